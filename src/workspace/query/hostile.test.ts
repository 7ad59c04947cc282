import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';

let world: QueryWorld;

beforeAll(async () => {
  world = await openQueryWorld({ 'dbo.account': "SELECT i::INTEGER AS n, 'secret ' || i AS name FROM range(10) t(i)" });
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
