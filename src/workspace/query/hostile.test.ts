import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { facts, openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';
import type { Fault } from '../../core/fault.ts';
import { catalogueOpener } from '../catalogue/open.ts';

let world: QueryWorld;

beforeAll(async () => {
  world = await openQueryWorld(
    {
      'dbo.account': "SELECT i::INTEGER AS n, 'secret ' || i AS name FROM range(10) t(i)",
      'public.pg_class': { view: "SELECT 'not the real one' AS relname" },
      'public.classes': { view: 'SELECT count(*) > 100 AS many FROM (SELECT relname FROM pg_class)' },
      'public.formatted': { view: "SELECT format('%s is %I', n, name) AS t FROM account WHERE n = 1" },
      'public.of_formatted': { view: 'SELECT t FROM formatted' },
    },
    { openCatalogue: catalogueOpener() },
  );
});
afterAll(() => world.close());

describe('a WITH name hides what the engine takes for the same name, and nothing else', () => {
  test.each([
    ['the Kelvin sign is no k', 'WITH "duc\u212adb_tables" AS (SELECT 1) SELECT * FROM duckdb_tables'],
    [
      'nor in what repeats',
      'WITH RECURSIVE "duc\u212adb_logs" AS (SELECT 1 UNION ALL SELECT 2 FROM duckdb_logs) SELECT 1',
    ],
    ['not before it is there', 'WITH a AS (SELECT * FROM duckdb_views), duckdb_views AS (SELECT 1) SELECT * FROM a'],
    ['not beside it', 'SELECT * FROM (WITH duckdb_views AS (SELECT 1) SELECT 1), duckdb_views'],
  ])('%s', async (_, sql) => {
    expect((await world.refusal(sql)).details.sqlstate).toBe('42P01');
  });

  test('it is found in any case', async () => {
    expect(await world.rows('WITH "Ab" AS (SELECT 7) SELECT * FROM aB')).toEqual([['7']]);
  });
});

describe('the catalogue stands in front, also of what users named like it', () => {
  test.each([
    ['SELECT many FROM classes', 't'],
    ['SELECT count(*) > 100 FROM pg_class', 't'],
    ['SELECT relname FROM public.pg_class', 'not the real one'],
    ["SELECT format('%s is %I', n, name) FROM account WHERE n = 1", '1 is "secret 1"'],
    ['SELECT t FROM formatted', '1 is "secret 1"'],
    ['SELECT t FROM of_formatted', '1 is "secret 1"'],
  ])('%s', async (sql, value) => {
    expect((await world.rows(sql))[0]?.[0]).toBe(value);
  });
});

describe('what cannot be interrupted', () => {
  // One value; some hundred milliseconds to seconds, as the machine is.
  const sql = "SELECT levenshtein(repeat('a', 12000), repeat('b', 12000))";

  test.each([
    ['is told of, with its user', 20, sql, ['reader']],
    ['is not told of when the interrupt ends it', 20_000, 'SELECT count(*) FROM range(1000000000000)', []],
  ])('a statement that goes on after its interrupt %s', async (_, stuckMs, statement, told) => {
    const heard: string[] = [];
    const short = await openQueryWorld({}, { stuckMs, onStuck: user => heard.push(user) });
    try {
      const signal = AbortSignal.timeout(10);
      await expect(short.query(statement, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(heard).toEqual(told);
    } finally {
      await short.close();
    }
  });
});

describe('literals say what they say in PostgreSQL', () => {
  test.each([
    ["'1000'::numeric", '1000'],
    ["'1e3'::numeric", '1000'],
    ["'1.5e-3'::numeric", '0.0015'],
    ["'1.10'::numeric", '1.10'],
    ["'99999999999999999999999999999999999999'::numeric", '99999999999999999999999999999999999999'],
    ["'2024-01-01 10:00+02'::timestamptz", '2024-01-01 08:00:00+00'],
    ["'2024-01-01T10:00Z'::timestamptz", '2024-01-01 10:00:00+00'],
    ["'2024-01-01 10:00:30-03:30'::timestamptz", '2024-01-01 13:30:30+00'],
    ["'2024-01-01 10:00'::timestamp", '2024-01-01 10:00:00'],
    ["'2024-01-01'::timestamptz", '2024-01-01 00:00:00+00'],
  ])('%s', async (literal, text) => {
    expect(await world.rows(`SELECT ${literal}`)).toEqual([[text]]);
  });

  test('parameters too', async () => {
    expect(await world.rows('SELECT $1::timestamptz', '2024-01-01T10:00Z')).toEqual([['2024-01-01 10:00:00+00']]);
  });
});

describe('more statements than threads to call the engine on', () => {
  test('one that was aborted before it began never runs (R: nothing keeps others waiting for ever)', async () => {
    const endless = 'SELECT count(*) FROM range(1000000) a, range(1000000) b';
    const { view, engine } = world;
    const prepared = async () => {
      const session = await engine.openSession(facts);
      const signal = new AbortController().signal;
      const query = await session.prepare(endless, { view, parameterTypes: [], signal });
      return { session, run: (until: AbortSignal) => query.run({ view, parameters: [], signal: until }) };
    };
    // Node calls the engine on four threads unless it is told otherwise.
    const all = await Promise.all(Array.from({ length: 5 }, prepared));
    const [last, ...others] = all;
    const holding = new AbortController();
    const held = others.map(({ run }) => expect(run(holding.signal)).rejects.toMatchObject({ name: 'AbortError' }));
    await delay(100);
    const late = expect(last?.run(AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
    await delay(200);
    holding.abort();
    await Promise.all([...held, late]);
    for (const { session } of all) await session.close();
  });
});

test('the disk that all queries may spill to together is kept to (R: limits of memory and disk)', async () => {
  const tempMb = 40;
  const small = await openQueryWorld({}, { memoryMb: 100, tempMb });
  const sql = 'SELECT repeat(md5(i::text), 10) FROM range(300000) t(i)';
  const codes: string[] = [];
  let bytes = 0;
  for (let index = 0; index < 4; index += 1) {
    const session = await small.engine.openSession(facts);
    const signal = new AbortController().signal;
    const query = await session.prepare(sql, { view: small.view, parameterTypes: [], signal });
    // Not closed: a client that reads its result slowly.
    const end = query.run({ view: small.view, parameters: [], signal });
    codes.push(
      await end.then(
        () => 'held',
        (fault: Fault) => fault.code,
      ),
    );
    bytes = Math.max(bytes, await sizeOf(join(small.folder, 'spill')));
  }
  await small.close();
  expect(codes).toContain('sql/temp-disk');
  expect(bytes).toBeLessThan(1.2 * tempMb * 1_000_000);
});

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async file => (await stat(join(folder, file))).size));
  return sizes.reduce((total, size) => total + size, 0);
}

describe('what would be planned for minutes', () => {
  const joined = (word: string, count: number) =>
    `SELECT count(*) FROM range(2) a0 ${Array.from({ length: count }, (_, i) => `${word} range(2) a${i + 1} ON a${i + 1}.range = a0.range`).join(' ')}`;

  test('more than 100 inner joins are refused, and as many others are not', async () => {
    const refused = await world.refusal(joined('JOIN', 101));
    expect(refused.details).toMatchObject({ sqlstate: '54001', reason: expect.stringContaining('100 inner joins') });
    const cross = `SELECT 1 FROM ${Array.from({ length: 102 }, (_, i) => `range(1) r${i}`).join(', ')}`;
    expect((await world.refusal(cross)).details.sqlstate).toBe('54001');
    expect(await world.rows(joined('LEFT JOIN', 101))).toEqual([['2']]);
  });

  test('depth is told without the engine’s advice', async () => {
    const deep = `SELECT * FROM ${'(SELECT * FROM '.repeat(245)}account${')'.repeat(245)}`;
    expect((await world.refusal(deep)).details).toMatchObject({
      sqlstate: '54001',
      reason: 'the query is nested too deeply',
    });
  });
});
