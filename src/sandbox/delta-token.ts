import type { SandboxDatabase } from './database.ts';
import { badQuery, expiredDeltaToken } from './errors.ts';

/** A moment of the environment: a version and the second it was the newest. */
export interface DeltaToken {
  readonly version: bigint;
  readonly atMs: number;
}

const globalFloor = 'delta-floor';

/** `919042!08/22/2017 08:10:44`. */
export function deltaTokenText({ version, atMs }: DeltaToken): string {
  const iso = new Date(atMs).toISOString();
  return `${version}!${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`;
}

/** Escaped for a URL as the platform does it. */
export function deltaTokenParameter(token: DeltaToken): string {
  return deltaTokenText(token).replace('!', '%21').replaceAll('/', '%2f').replace(' ', '%20').replaceAll(':', '%3a');
}

/** @throws WireError 400 for a text that is no token. */
export function parseDeltaToken(text: string): DeltaToken {
  const match = /^(\d{1,19})!(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/.exec(text);
  const atMs = match === null ? Number.NaN : Date.parse(`${match[4]}-${match[2]}-${match[3]}T${match[5]}Z`);
  if (match === null || Number.isNaN(atMs)) throw badQuery(`The delta token '${text}' is not valid.`);
  return { version: BigInt(match[1] ?? '0'), atMs };
}

/** @throws WireError 0x80044352 when the token is older than its life or than a forced end. */
export function refuseExpiredToken({
  database,
  table,
  token,
  nowMs,
  lifeMs,
}: {
  readonly database: SandboxDatabase;
  readonly table: string;
  readonly token: DeltaToken;
  readonly nowMs: number;
  readonly lifeMs: number;
}): void {
  const floors = [globalFloor, `${globalFloor}:${table}`].map(key => BigInt(database.meta(key) ?? '0'));
  if (nowMs - token.atMs <= lifeMs && floors.every(floor => token.version >= floor)) return;
  throw expiredDeltaToken();
}

/** Ends all tokens given out so far, of one table or of every one. */
export function expireDeltaTokens(database: SandboxDatabase, table: string | null): void {
  const floor = database.takeVersion();
  database.setMeta(table === null ? globalFloor : `${globalFloor}:${table}`, floor.toString());
}
