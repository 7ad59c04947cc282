import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CrateLake, openCrateLake } from '../../test/kit/crate-lake.ts';
import { Fault } from '../core/fault.ts';
import { allowedFunctions, allowedTableFunctions } from './sql-functions.ts';

let lake: CrateLake;

beforeAll(async () => {
  lake = await openCrateLake();
});
afterAll(() => lake.close());

async function refusal(sql: string): Promise<Fault> {
  const failure = await lake.sql.query(sql).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(failure instanceof Fault)) throw new Error(`not refused: ${sql} (${String(failure)})`);
  return failure;
}

describe('what is refused (R: SQL is checked before it runs)', () => {
  test('an unknown table is named, with its place', async () => {
    expect((await refusal('SELECT * FROM acount')).details).toEqual({
      reason: 'relation "acount" does not exist',
      sqlstate: '42P01',
      position: 15,
    });
  });

  test('an unknown column and broken syntax come in the engine’s words, without our own SQL', async () => {
    const column = await refusal('SELECT nam FROM crate');
    expect(column.details.reason).toContain('Referenced column "nam" not found');
    expect(column.message).not.toContain('read_parquet');
    expect((await refusal('SELECT 1 FRM crate x')).details).toMatchObject({
      reason: 'syntax error at or near "crate"',
      position: 14,
    });
  });

  test('a failed cast does not tell the value', async () => {
    const failure = await refusal("SELECT CAST(name AS INTEGER) FROM crate WHERE name = 'four'");
    expect(failure.code).toBe('input/sql');
    expect(failure.message).not.toContain('four');
  });

  test.each([
    ...['', '  ', '-- nothing', 'SELECT 1; SELECT 2', 'SELECT \0'],
    ...[
      "ATTACH 'x.db'",
      "COPY crate TO 'x.csv'",
      "COPY (SELECT 1) TO 'x.csv'",
      "EXPORT DATABASE 'x'",
      "IMPORT DATABASE 'x'",
    ],
    ...[
      'INSTALL httpfs',
      'LOAD httpfs',
      "SET memory_limit = '1GB'",
      'RESET memory_limit',
      'PRAGMA version',
      'CALL pragma_version()',
    ],
    ...[
      'CREATE TABLE a (b INT)',
      'CREATE VIEW a AS SELECT 1',
      'CREATE MACRO m() AS 1',
      'DROP TABLE crate',
      'USE memory',
    ],
    ...[
      'INSERT INTO crate SELECT 1',
      'UPDATE crate SET name = 1',
      'DELETE FROM crate',
      'TRUNCATE crate',
      'VACUUM',
      'CHECKPOINT',
    ],
    ...[
      'EXPLAIN SELECT 1',
      'EXPLAIN ANALYZE SELECT 1',
      'BEGIN',
      'PREPARE a AS SELECT 1',
      'EXECUTE a',
      'DESCRIBE',
      'SHOW ALL TABLES',
    ],
    ...[
      'SHOW DATABASES',
      'SELECT * FROM (SHOW TABLES)',
      'SHOW',
      'SELECT ?',
      'SELECT $1',
      'SELECT $name',
      'PIVOT crate ON name',
    ],
    ...['SELECT * FROM main.crate', 'SELECT * FROM memory.main.crate', 'FROM duckdb_settings'],
    ...[
      'SELECT * FROM pg_catalog.duckdb_tables',
      'SELECT * FROM sqlite_master',
      'FROM duckdb_tables',
      'FROM undefined_yet',
    ],
    ...['SELECT * FROM crate AT (VERSION => x)', 'WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a'],
    ...[
      'SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a',
      'WITH RECURSIVE a AS (SELECT * FROM a UNION SELECT 1) SELECT * FROM a',
      // The Kelvin sign is a k to Unicode and not to the engine.
      'WITH "duc\u212adb_tables" AS (SELECT 1) SELECT * FROM duckdb_tables',
    ],
    ...[
      'WITH a AS (INSERT INTO crate SELECT 1) SELECT 1',
      'SELECT system.main.getvariable(1)',
      'SELECT main.getvariable(1)',
    ],
  ])('%s', async sql => {
    expect((await refusal(sql)).code).toBe('input/sql');
  });

  test('files cannot be read by any name a table may have', async () => {
    for (const name of [
      'secret.csv',
      lake.secretPath,
      lake.secretPath.replace('.csv', '.parquet'),
      'https://example.com/a.csv',
      's3://a/b.parquet',
    ]) {
      const quoted = name.replaceAll('"', '""');
      for (const sql of [
        `FROM '${name}'`,
        `SELECT * FROM "${quoted}"`,
        `SELECT (SELECT a FROM '${name}')`,
        `WITH x AS (WITH "${quoted}" AS (SELECT 1 AS a) SELECT * FROM "${quoted}") SELECT * FROM "${quoted}"`,
        `SELECT * FROM crate WHERE name IN (SELECT a FROM '${name}')`,
        `SELECT * FROM crate JOIN '${name}' ON true`,
        `DESCRIBE '${name}'`,
        `SUMMARIZE '${name}'`,
        `SELECT list_transform([1], lambda x: (SELECT a FROM '${name}'))`,
        `SELECT 1 ORDER BY (SELECT a FROM '${name}')`,
        `SELECT 1 LIMIT (SELECT a FROM '${name}')`,
        `VALUES ((SELECT a FROM '${name}'))`,
        `SELECT sum(1) OVER (ORDER BY (SELECT a FROM '${name}'))`,
        `SELECT * FROM range((SELECT a FROM '${name}'))`,
        `SELECT 1 UNION SELECT a FROM '${name}'`,
        `SELECT 1 GROUP BY ALL HAVING (SELECT a FROM '${name}') = 1 QUALIFY (SELECT true FROM '${name}')`,
        `SELECT * REPLACE ((SELECT a FROM '${name}') AS name) FROM crate`,
        `SELECT CAST((SELECT a FROM '${name}') AS INTEGER)`,
        `SELECT count(*) FILTER (WHERE EXISTS (FROM '${name}')) FROM crate`,
        `SELECT string_agg(name ORDER BY (SELECT a FROM '${name}')) FROM crate`,
        `SELECT DISTINCT ON ((SELECT a FROM '${name}')) 1`,
      ]) {
        expect((await refusal(sql)).details.reason).toMatch(/does not exist|cannot be a WITH name/);
      }
    }
  });

  test('no function of the engine that is not on the list can be called, in FROM or elsewhere', async () => {
    const known = await lake.engine.session(session =>
      session.runAll(
        'SELECT DISTINCT function_name AS name, function_type AS type FROM duckdb_functions() ORDER BY ALL',
      ),
    );
    const names = known.map(row => ({
      name: String(row.name),
      inFrom: String(row.type).startsWith('table') || row.type === 'pragma',
    }));
    const callable = (name: string) => /^[a-z_][a-z0-9_]*$/i.test(name);
    const refused = names.filter(
      ({ name, inFrom }) =>
        callable(name) && !(inFrom ? allowedTableFunctions : allowedFunctions).has(name.toLowerCase()),
    );
    expect(refused.length).toBeGreaterThan(150);
    for (const { name, inFrom } of refused) {
      const call = `"${name}"('x', 'y', 'z', 'a', 'b', 'c', 'd', 'e')`;
      const { details } = await refusal(inFrom ? `SELECT * FROM ${call}` : `SELECT ${call}`);
      // So many arguments that none of the catalogue's own takes them. PostgreSQL's own of that name are the catalogue's, which knows how many arguments each takes.
      expect(details.reason, name).toMatch(/^the function .* cannot be used here$|^function .* does not exist$/);
      expect(details.sqlstate, name).toBe('42883');
    }
  });

  test('none of the allowed functions belongs to a kind that reaches out of the query', () => {
    const reaching =
      /^(read_|glob|getenv|current_setting|query|sniff|parquet_(?!kv)|duckdb_|pragma_|pg_(?!typeof|size_pretty)|which_|set_|write_|getvariable|nextval|currval|sleep|json_(execute|serialize|deserialize)|__internal|.*(scan|secret|extension|setting|connection|database|catalog|schema))/;
    const all = [...allowedFunctions, ...allowedTableFunctions].filter(name => name !== 'set_bit');
    expect(all.filter(name => reaching.test(name))).toEqual([]);
  });

  test('the list names only functions that this engine has', async () => {
    const known = await lake.engine.session(session =>
      session.runAll('SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions()'),
    );
    const names = new Set(known.map(({ name }) => name));
    expect([...allowedFunctions, ...allowedTableFunctions].filter(name => !names.has(name.toLowerCase()))).toEqual([]);
  });
});
