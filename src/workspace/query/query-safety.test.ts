import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';
import { openEngine } from '../../batch/duckdb.ts';
import { allowedFunctions, allowedTableFunctions } from '../sql-functions.ts';

let world: QueryWorld;
let secret: string;

beforeAll(async () => {
  world = await openQueryWorld({ 'dbo.account': "SELECT 1 AS n, 'x' AS name" });
  secret = join(world.folder, 'secret.csv');
  await writeFile(secret, 'a,b\n1,2\n');
});
afterAll(() => world.close());

/** The engine's functions that no client may call, with where they stand. */
async function refusedFunctions(): Promise<{ readonly name: string; readonly inFrom: boolean }[]> {
  const engine = await openEngine({ tempDirectory: join(world.folder, 'other'), threads: 1 });
  const known = await engine.session(session =>
    session.runAll('SELECT DISTINCT function_name AS name, function_type AS type FROM duckdb_functions() ORDER BY ALL'),
  );
  engine.close();
  return known
    .map(row => ({
      name: String(row.name),
      inFrom: String(row.type).startsWith('table') || row.type === 'pragma',
    }))
    .filter(({ name, inFrom }) => {
      const allowed = inFrom ? allowedTableFunctions : allowedFunctions;
      return /^[a-z_][a-z0-9_]*$/i.test(name) && !allowed.has(name.toLowerCase());
    });
}

describe('no file, setting or process can be reached (R: SQL is checked before it runs)', () => {
  test.each(['', 'main.', 'pg_catalog.', 'system.', 'system.main.', 'information_schema.'])(
    'functions that are not on the list are refused as %s<name>',
    async schema => {
      const all = await refusedFunctions();
      expect(all.length).toBeGreaterThan(150);
      for (const { name, inFrom } of all) {
        const call = `${schema}"${name}"('x')`;
        const failure = await world.refusal(inFrom ? `SELECT * FROM ${call}` : `SELECT ${call}`);
        expect(failure.details, name).toMatchObject({
          sqlstate: '42883',
          reason: `the function ${name} cannot be used here`,
        });
      }
    },
    60_000,
  );

  test('a file’s name is no relation, wherever it stands', async () => {
    const quoted = secret.replaceAll('"', '""');
    for (const sql of [
      `FROM '${secret}'`,
      `SELECT * FROM "${quoted}"`,
      `SELECT * FROM dbo."${quoted}"`,
      `SELECT * FROM "${quoted}" AT (VERSION => 1)`,
      `SELECT * FROM account AT (VERSION => (SELECT a FROM '${secret}'))`,
      `SELECT CAST((SELECT a FROM '${secret}') AS INTEGER)`,
      `SELECT name ~ (SELECT a FROM '${secret}') FROM account`,
      `SELECT 1 FROM account LIMIT (SELECT a FROM '${secret}')`,
      `SELECT $1 = ANY(SELECT a FROM '${secret}')`,
      `WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a`,
      `WITH "${quoted}" AS (SELECT 1 AS a) SELECT * FROM "${quoted}"`,
      `WITH x AS (WITH "s" AS (SELECT 1) SELECT * FROM s) SELECT * FROM s, '${secret}'`,
      `DESCRIBE '${secret}'`,
      `SUMMARIZE '${secret}'`,
      `SELECT * FROM (DESCRIBE '${secret}')`,
      `SELECT * FROM temp.main."result 1"`,
      `SELECT * FROM main."result 1"`,
      'SELECT * FROM "lakelink:1"',
      'SELECT * FROM "lakelink:1", account',
      'SELECT * FROM duckdb_settings',
      'SELECT * FROM sqlite_master',
      'SELECT * FROM system.information_schema.tables',
    ]) {
      const { details, code } = await world.refusal(sql);
      expect(code, sql).toBe('input/sql');
      expect(String(details.sqlstate), sql).toMatch(/^(42P01|0A000|22023)$/);
    }
  });

  test('a view reaches no more than its reader', async () => {
    const other = await openQueryWorld({
      'public.file': { view: `SELECT * FROM '${secret}'` },
      'public.call': { view: `SELECT * FROM read_text('${secret}')` },
      'public.env': { view: "SELECT getenv('PATH')" },
      'public.two': { view: 'SELECT 1; SELECT 2' },
      'public.write': { view: `COPY (SELECT 1) TO '${secret}'` },
      'public.sneaky': { view: `SELECT 1) AS x, (SELECT * FROM '${secret}'` },
    });
    for (const name of ['file', 'call', 'env', 'two', 'write', 'sneaky']) {
      expect((await other.refusal(`SELECT * FROM public.${name}`)).code, name).toBe('input/sql');
    }
    await other.close();
  });

  test('what a name, text or parameter holds stays what it is', async () => {
    const nasty = `x'); DROP TABLE t; --"; SELECT * FROM '${secret}`;
    const quoted = `"${nasty.replaceAll('"', '""')}"`;
    const text = `'${nasty.replaceAll("'", "''")}'`;
    expect(await world.rows(`SELECT ${quoted} FROM (SELECT ${text} AS ${quoted}) AS ${quoted}`)).toEqual([[nasty]]);
    expect(await world.rows('SELECT $1', nasty)).toEqual([[nasty]]);
    expect((await world.refusal(`SELECT ${quoted} FROM account`)).details.sqlstate).toBe('42703');
    expect((await world.refusal(`SELECT 1 COLLATE ${quoted}`)).code).toBe('input/sql');
    expect((await world.refusal(`SELECT ${quoted}(1)`)).details.sqlstate).toBe('42883');
    expect((await world.refusal(`SELECT 1::${quoted}`)).details.sqlstate).toBe('42704');
    await expect(world.session.set('TimeZone', nasty)).rejects.toMatchObject({ code: 'input/sql' });
  });

  test.each([
    "COPY account TO 'x.csv'",
    'INSTALL httpfs',
    'LOAD httpfs',
    "ATTACH 'x.db'",
    "SET memory_limit = '1GB'",
    'PRAGMA version',
    'CALL pragma_version()',
    'CREATE TABLE a (b INT)',
    'INSERT INTO account SELECT 1',
    'DROP VIEW a',
    'PREPARE a AS SELECT 1',
    'EXPLAIN ANALYZE SELECT 1',
    "EXPORT DATABASE 'x'",
    'SHOW DATABASES',
    'SELECT * FROM (SHOW TABLES)',
    'WITH a AS (INSERT INTO account SELECT 1) SELECT 1',
  ])('%s', async sql => {
    expect((await world.refusal(sql)).code).toBe('input/sql');
  });
});
