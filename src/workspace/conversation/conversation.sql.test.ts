import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/kit/clock.ts';
import { crateShape } from '../../../test/kit/lake-parquet.ts';
import { portalCursor } from '../../../test/kit/pg-rows.ts';
import { RelationLake } from '../../../test/kit/relation-lake.ts';
import { FakeDirectory } from '../../../test/kit/spoken-world.ts';
import { scramVerifier } from '../../core/scram.ts';
import { catalogueOpener } from '../catalogue/open.ts';
import type { LakeDatabase } from '../database-view.ts';
import type { Directory } from '../directory.ts';
import { openQueryEngine, type QueryEngine } from '../query/query-engine.ts';
import { openWire, type Wire } from '../wire/listener.ts';
import { wireLimits } from '../wire/wire-limits.ts';
import { conversations } from './open-conversation.ts';

const DATABASE = 'dataverse-env-org';
const id = (digit: number) => `'00000000-0000-0000-0000-00000000000${digit}'`;

let lake: RelationLake;
let engine: QueryEngine;
let wire: Wire;
let client: pg.Client;
const bugs: unknown[] = [];

beforeAll(async () => {
  lake = await RelationLake.open();
  const rows = [1, 2, 3].map(digit => ({
    Id: id(digit),
    name: `'crate ${digit}'`,
    pieces: String(digit * 10),
    createdon: `'2026-07-0${digit} 22:00:00+00'`,
  }));
  lake.add(crateShape, { tail: 4, image: await lake.image(crateShape, rows) });
  engine = await openQueryEngine({
    memoryMb: 512,
    threads: 2,
    tempMb: 512,
    tempDirectory: join(lake.folder, 'spill'),
    rowsMax: 100_000,
    timeoutMs: 60_000,
    openCatalogue: catalogueOpener(),
  });
  const verifier = await scramVerifier('pw');
  const made = new FakeDirectory();
  const directory: Directory = {
    user: async name => ({ name, role: 'Maker', databases: 'all', verifier }),
    databases: made.databases,
    views: made.views,
    createView: view => made.createView(view),
    dropView: view => made.dropView(view),
    dropDatabase: drop => made.dropDatabase(drop),
  };
  lake.views = made.saved;
  const held: LakeDatabase = {
    name: DATABASE,
    view: options => lake.database.view(options),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const clock = new FakeClock();
  wire = await openWire({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    requireTls: false,
    directory,
    limits: wireLimits,
    clock,
    newBytes: count => randomBytes(count),
    decoyKey: randomBytes(32),
    nextTurn: () => setImmediate(),
    log: () => {},
    openConversation: conversations({
      directory,
      openDatabase: async () => held,
      openQuerySession: facts => engine.openSession(facts),
      userNames: async () => ['ann'],
      clock,
      statementTimeoutMs: 60_000,
      version: '0.1.0',
      report: fault => bugs.push(fault.cause ?? fault),
    }),
  });
  client = await connect();
});

afterAll(async () => {
  await client?.end();
  await wire?.close();
  await engine?.close();
  await lake?.close();
  expect(bugs).toEqual([]);
});

async function connect(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const opened = new pg.Client({
    host: '127.0.0.1',
    port: wire.port,
    user: 'ann',
    password: 'pw',
    database: DATABASE,
    ...config,
  });
  await opened.connect();
  return opened;
}

async function rows(sql: string, values: unknown[] = []): Promise<unknown[]> {
  return (await client.query<unknown[]>({ text: sql, values, rowMode: 'array' })).rows;
}

async function failure(sql: string): Promise<string> {
  try {
    await client.query(sql);
  } catch (thrown) {
    const { code, message, position } = thrown as pg.DatabaseError;
    return `${code} ${message.split('\n')[0]} @${position}`;
  }
  return 'no failure';
}

describe('a driver at a lake', () => {
  test('reads rows in both protocols, and by a portal bit by bit', async () => {
    const expected = [
      ['crate 1', 10],
      ['crate 2', 20],
      ['crate 3', 30],
    ];
    expect(await rows('SELECT name, pieces FROM crate ORDER BY 1')).toEqual(expected);
    expect(await rows('SELECT name, pieces FROM crate WHERE pieces > $1 ORDER BY 1', [15])).toEqual(expected.slice(1));
    const cursor = client.query(portalCursor('SELECT name FROM crate ORDER BY 1'));
    expect([await cursor.read(2), await cursor.read(2), await cursor.read(2)]).toEqual([
      [{ name: 'crate 1' }, { name: 'crate 2' }],
      [{ name: 'crate 3' }],
      [],
    ]);
  });

  test('a SCROLL cursor of SQL goes back over real rows', async () => {
    await client.query('BEGIN; DECLARE c SCROLL CURSOR FOR SELECT pieces FROM crate ORDER BY 1');
    expect(await rows('FETCH ALL FROM c')).toEqual([[10], [20], [30]]);
    expect(await rows('FETCH ABSOLUTE 2 FROM c')).toEqual([[20]]);
    await client.query('COMMIT');
  });

  test('an error has its place in the whole text', async () => {
    const sql = 'SELECT 1; SELECT nosuch FROM crate';
    expect(await failure(sql)).toMatch(/^42703 .*nosuch.* @18$/);
    expect(await failure('SELECT 1; SELECT * FROM nosuch')).toMatch(/^42P01 .*nosuch.* @25$/);
    expect(await failure("COPY (SELECT 'ä', nosuch FROM crate) TO STDOUT")).toMatch(/^42703 .*nosuch.* @19$/);
  });

  test('the time zone of the session is that of its times', async () => {
    await client.query("SET TIME ZONE 'Europe/Berlin'");
    const text = 'SELECT createdon::text FROM crate ORDER BY 1 LIMIT 1';
    expect(await rows(text)).toEqual([['2026-07-02 00:00:00+02']]);
    await client.query('SET TIME ZONE 5');
    expect(await rows(text)).toEqual([['2026-07-02 03:00:00+05']]);
    await client.query('RESET TIME ZONE');
    expect(await rows(text)).toEqual([['2026-07-01 22:00:00+00']]);
  });

  test('what is set is what the catalogue shows', async () => {
    await client.query("SET application_name = 'mine'; SELECT set_config('a.b', 'x', false)");
    const sql = "SELECT current_setting('application_name'), current_setting('a.b'), current_setting('search_path')";
    expect(await rows(sql)).toEqual([['mine', 'x', 'dbo, public, lakelink']]);
    expect(await rows("SELECT setting FROM pg_settings WHERE name = 'a.b'")).toEqual([['x']]);
  });

  test('the text of values that are executed is read by the engine', async () => {
    await client.query('PREPARE p AS SELECT name FROM crate WHERE pieces = $1');
    expect(await rows('EXECUTE p (20)')).toEqual([['crate 2']]);
    expect(await rows('EXECUTE p (10 + 20)')).toEqual([['crate 3']]);
    await client.query('DEALLOCATE p');
  });
});

describe("a user's view", () => {
  test('is checked, read, and gone when it is dropped', async () => {
    expect(await failure('CREATE VIEW v AS SELECT nosuch FROM crate')).toMatch(/^42703 .* @25$/);
    expect(await failure('CREATE VIEW v AS SELECT $1::int')).toMatch(/^42P02 there is no parameter \$1/);
    await client.query('CREATE VIEW heavy (label, kilos) AS SELECT name, pieces FROM crate WHERE pieces > 15 -- more');
    expect(await rows('SELECT label, kilos FROM heavy ORDER BY 1')).toEqual([
      ['crate 2', 20],
      ['crate 3', 30],
    ]);
    expect(await failure('CREATE OR REPLACE VIEW heavy AS SELECT * FROM public.heavy')).toMatch(/^42P17/);
    await client.query('SET search_path = public');
    expect(await rows('SELECT count(*)::int FROM heavy')).toEqual([[2]]);
    await client.query('RESET search_path');
    await client.query('DROP VIEW heavy');
    expect(await failure('SELECT * FROM heavy')).toMatch(/^42P01/);
  });
});

describe('the maintenance database', () => {
  test('answers without a lake', async () => {
    const other = await connect({ database: 'postgres' });
    expect((await other.query('SELECT current_database() AS d')).rows).toEqual([{ d: 'postgres' }]);
    await expect(other.query('SELECT * FROM crate')).rejects.toMatchObject({ code: '42P01' });
    await other.end();
  });
});

test('start-up settings reach the engine in its own words', async () => {
  const other = await connect({ options: '-c timezone=GMT-02:00 -c lakelink.language=1033' });
  const text = 'SELECT createdon::text AS t FROM crate ORDER BY 1 LIMIT 1';
  expect((await other.query(text)).rows).toEqual([{ t: '2026-07-02 00:00:00+02' }]);
  await other.end();
});
