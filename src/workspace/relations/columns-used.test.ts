import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../batch/duckdb.ts';
import { literal } from '../../batch/sql.ts';
import { columnsUsed } from './columns-used.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-used-'));
  engine = await openEngine({ tempDirectory: folder, threads: 1 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function used(sql: string): Promise<string[] | null> {
  const [row] = await engine.session(session => session.runAll(`SELECT json_serialize_sql(${literal(sql)}) AS tree`));
  const names = columnsUsed(JSON.parse(String(row?.tree)));
  return names === null ? null : [...names].sort();
}

describe('every column that a statement names is among those it may use, wherever it stands', () => {
  test.each([
    ['SELECT Name FROM account', ['name']],
    ['SELECT count(*) FROM account', []],
    ['SELECT a.name AS n FROM account a ORDER BY n', ['a', 'n', 'name']],
    ['SELECT sum(x) FILTER (WHERE y > 1) OVER (PARTITION BY z ORDER BY w) FROM account', ['w', 'x', 'y', 'z']],
    ['SELECT 1 FROM account JOIN contact USING (k) WHERE EXISTS (SELECT 1 FROM lead WHERE m = q)', ['k', 'm', 'q']],
    ['WITH c AS (SELECT x FROM account) SELECT c.x FROM c GROUP BY ALL HAVING max(y) > 1', ['c', 'x', 'y']],
    [
      'SELECT list_transform([x], lambda e: e + y) FROM account QUALIFY row_number() OVER (ORDER BY z) = 1',
      ['e', 'x', 'y', 'z'],
    ],
    ['SELECT x FROM account UNION ALL SELECT y FROM contact ORDER BY 1', ['x', 'y']],
  ])('%s', async (sql, names) => {
    expect(await used(sql)).toEqual(names);
  });
});

describe('a statement whose columns are not all named may use all', () => {
  test.each([
    'FROM account',
    'TABLE account',
    'SELECT a.* FROM account a',
    'SELECT count(*) FROM (SELECT * EXCLUDE (x) FROM account)',
    "SELECT COLUMNS('a.*') FROM account",
    'SELECT x FROM account NATURAL JOIN contact',
    'SELECT a FROM account a',
    'SELECT (account) FROM account',
    'SELECT dbo.account FROM dbo.account',
    'SELECT r.name FROM (SELECT a AS r FROM account a)',
    'SELECT p FROM account AS a(p, q)',
    'SELECT #1 FROM account',
    'SUMMARIZE account',
    'DESCRIBE account',
  ])('%s', async sql => {
    expect(await used(sql)).toBeNull();
  });
});
