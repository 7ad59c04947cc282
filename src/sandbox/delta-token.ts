import type { SandboxDatabase } from './database.ts';
import { badQuery, expiredDeltaToken } from './errors.ts';
import type { Environment } from './wire.ts';

/** A moment of the environment: a version and the second it was the newest. */
export interface DeltaToken {
  readonly version: bigint;
  readonly atMs: number;
  /** `$select` of the read it ends, null for all columns; missing where tokens are good for any columns. */
  readonly select?: readonly string[] | null;
}

const globalFloor = 'delta-floor';

/** `919042!08/22/2017 08:10:44`, and where it keeps its columns `!name,weight` or `!*` behind it: our form. */
export function deltaTokenText({ version, atMs, select }: DeltaToken): string {
  const iso = new Date(atMs).toISOString();
  const columns = select === undefined ? '' : `!${select === null ? '*' : select.join(',')}`;
  return `${version}!${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}${columns}`;
}

/** Escaped for a URL as the platform does it. */
export function deltaTokenParameter(token: DeltaToken): string {
  return deltaTokenText(token).replace(/[!/ :,*]/g, one => `%${one.charCodeAt(0).toString(16)}`);
}

/** @throws WireError 400 for a text that is no token. */
export function parseDeltaToken(text: string): DeltaToken {
  const match = /^(\d{1,19})!(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)(?:!([\w,]+|\*))?$/.exec(text);
  const atMs = match === null ? Number.NaN : Date.parse(`${match[4]}-${match[2]}-${match[3]}T${match[5]}Z`);
  if (match === null || Number.isNaN(atMs)) throw badQuery(`The delta token '${text}' is not valid.`);
  const columns = match[6];
  const select = columns === '*' ? null : columns?.split(',');
  return { version: BigInt(match[1] ?? '0'), atMs, ...(select === undefined ? {} : { select }) };
}

/** @throws WireError 0x80044352 when the token is older than its life or than a forced end, or newer than can be. */
export function refuseExpiredToken(
  { database, behaviour, clock }: Environment,
  { table, token }: { readonly table: string; readonly token: DeltaToken },
): void {
  const floors = [globalFloor, `${globalFloor}:${table}`].map(key => BigInt(database.meta(key) ?? '0'));
  const fromFuture = behaviour.deltaTokenFromFuture === 'expired' && token.version > database.version();
  const isOld = clock.nowMs() - token.atMs > behaviour.deltaTokenLifeMs;
  if (isOld || fromFuture || floors.some(floor => token.version < floor)) throw expiredDeltaToken();
}

/** Ends all tokens given out so far, of one table or of every one. */
export function expireDeltaTokens(database: SandboxDatabase, table: string | null): void {
  const floor = database.takeVersion();
  database.setMeta(table === null ? globalFloor : `${globalFloor}:${table}`, floor.toString());
}
