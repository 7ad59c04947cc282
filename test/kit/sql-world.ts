import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Cleanup } from '../../src/core/cleanup.ts';
import { parseTableName } from '../../src/core/names.ts';
import { parseUserName } from '../../src/core/user-name.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { makeCertificates } from './certificates.ts';
import { inPlace } from './choices.ts';
import { eventId, HISTORY, installTypedRows, TYPED } from './typed-rows.ts';
import { WireClient } from './wire-client.ts';
import { openWorld, type World, worldLink } from './world.ts';

/** Of every user of a SQL world. */
export const PASSWORD = 'correct horse: battery/@staple';

/** Tables of the usual kind, with some hundred made-up rows together. */
export const BUSINESS = ['account', 'contact', 'opportunity'] as const;

export interface SqlWorldOptions {
  /** Made-up rows over all tables. */
  readonly rows?: number;
  /** Further settings by their environment names. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly fill?: (database: SandboxDatabase) => void;
  /** Tables that `fill` made, to be linked in place. */
  readonly tables?: readonly string[];
}

/**
 * A running service with a SQL endpoint under TLS, over a lake that it synchronized: account, contact and opportunity;
 * `new_crate` with a column of every type (`typed-rows.ts`); `new_event` append-only, its first row changed and its
 * second one deleted since; a snapshot of each. Users: `root` (System Administrator), `maker`, `ana` (Reader) who may
 * use the database, `stranger` (Reader) who may not.
 */
export interface SqlWorld {
  readonly world: World;
  readonly database: string;
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** PEM file of the authority that signed the endpoint's certificate. */
  readonly caFile: string;
  readonly ca: string;
  /** A connection under TLS as `ana`, closed with the world. */
  connect(change?: pg.ClientConfig): Promise<pg.Client>;
  /** One that says single messages, signed in without TLS, which this machine may do; closed with the world. */
  wire(): Promise<WireClient>;
  stop(): Promise<void>;
}

export async function openSqlWorld(options: SqlWorldOptions = {}): Promise<SqlWorld> {
  const cleanup = new Cleanup();
  try {
    const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'lakelink-sql-world-')), path =>
      rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
    );
    const { authority, certificate, key } = await makeCertificates(['localhost']);
    const file = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const world = cleanup.add(
      await openWorld({
        rows: options.rows ?? 300,
        sql: true,
        fill: database => {
          installTypedRows(database);
          options.fill?.(database);
        },
        settings: {
          LAKELINK_SQL_CERT_FILE: file('server.pem', certificate),
          LAKELINK_SQL_KEY_FILE: file('server.key', key),
          ...options.settings,
        },
      }),
      opened => opened.stop(),
    );
    await fillLake(world, options.tables ?? []);
    await addUsers(world);
    const caFile = file('ca.pem', authority);
    const client = clientsOf(world, { ca: authority, cleanup });
    return { ...client, world, password: PASSWORD, caFile, ca: authority, stop: () => cleanup.close() };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

async function fillLake(world: World, tables: readonly string[]): Promise<void> {
  const history = { table: parseTableName(HISTORY), appendOnly: true, partitionStrategy: 'year' as const };
  await world.service.links.createLink(
    await world.request({ snapshotMinutes: 60, tables: [...inPlace([...BUSINESS, TYPED, ...tables]), history] }),
  );
  await world.caughtUp();
  world.database.patch(HISTORY, eventId(1), { new_count: 100 });
  world.database.remove(HISTORY, eventId(2));
  await world.caughtUp();
  const results = await world.service.links.takeSnapshots(worldLink, null);
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) throw new Error(`no snapshot: ${JSON.stringify(failed)}`);
}

async function addUsers(world: World): Promise<void> {
  const database = world.service.links.link(worldLink).lakeName;
  const { users } = world.service.administration;
  const named = (name: string) => ({ name: parseUserName(name), password: PASSWORD });
  await users.create({ ...named('root'), role: 'System Administrator', databases: 'all' });
  await users.create({ ...named('maker'), role: 'Maker', databases: [database] });
  await users.create({ ...named('ana'), role: 'Reader', databases: [database] });
  await users.create({ ...named('stranger'), role: 'Reader', databases: [] });
}

/** The certificate is for this name. */
const HOST = 'localhost';

function clientsOf(
  world: World,
  { ca, cleanup }: { readonly ca: string; readonly cleanup: Cleanup },
): Pick<SqlWorld, 'connect' | 'wire' | 'host' | 'port' | 'database'> {
  const address = world.service.sql?.address;
  if (address === null || address === undefined) throw new Error('there is no endpoint');
  const host = HOST;
  const { port } = address;
  const database = world.service.links.link(worldLink).lakeName;
  const connect = async (change: pg.ClientConfig = {}) => {
    const client = new pg.Client({ host, port, user: 'ana', password: PASSWORD, database, ssl: { ca }, ...change });
    // The end of a connection is looked at where it is expected.
    client.on('error', () => undefined);
    await client.connect();
    cleanup.add(client, opened => opened.end().catch(() => undefined));
    return client;
  };
  const wire = async () => {
    const opened = cleanup.add(await WireClient.connect(port), each => each.destroy());
    const [last] = (await opened.signIn({ user: 'ana', password: PASSWORD, database })).slice(-1);
    if (last?.type !== 'Z') throw new Error(`not signed in: ${last?.body.toString()}`);
    return opened;
  };
  return { connect, wire, host, port, database };
}
