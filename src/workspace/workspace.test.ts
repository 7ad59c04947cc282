import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import type { PendingBatch, TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { emptyState } from '../core/log-state.ts';
import { parseTableName } from '../core/names.ts';
import type { PublishedTable } from '../core/replica.ts';
import { lakeColumns } from '../core/shape.ts';
import { allowedFunctions, allowedTableFunctions } from './sql-functions.ts';
import { openWorkspace, type QueryResult, type Workspace } from './workspace.ts';

let folder: string;
let engine: Engine;
let lake: MemoryStore;
let crates: PublishedTable;
let workspace: Workspace;
let outside: string;

const id = (digit: string) => `'00000000-0000-0000-0000-00000000000${digit}'`;
const sink = { SinkCreatedOn: "'2024-01-01'", SinkModifiedOn: "'2024-01-01'" };

async function put(name: string, rows: readonly SqlRow[], as: 'image' | 'batch') {
  const local = join(folder, `${name}.parquet`);
  const file = await writeLakeParquet(engine, {
    shape: crateShape,
    rows: rows.map(row => ({ ...sink, ...row })),
    path: local,
    as,
  });
  const path = `.lakelink/crate/data/${name}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { ...file, path };
}

async function crateState(): Promise<TableState> {
  const image = [
    {
      name: '2023',
      changedAt: 3,
      file: await put(
        'i2023',
        [{ Id: id('1'), name: "'one'", price: "'922337203685477.5807'", __version: '10' }],
        'image',
      ),
    },
    {
      name: '2024',
      changedAt: 3,
      file: await put(
        'i2024',
        [
          {
            Id: id('2'),
            name: "'two'",
            exchangerate: "'100000000000.0000000001'",
            versionnumber: "'9007199254740993'",
            __version: '10',
          },
          { Id: id('3'), name: "'three'", createdon: "'2024-02-03 04:05:06.789+02'", __version: '10' },
        ],
        'image',
      ),
    },
  ];
  const first = await put(
    'b4',
    [{ Id: id('1'), name: "'one, changed'", price: "'922337203685477.5807'", __version: '20' }],
    'batch',
  );
  const second = await put(
    'b5',
    [
      { Id: id('3'), __version: '21', __deleted: 'true' },
      { Id: id('4'), name: "'four'", __version: '22' },
    ],
    'batch',
  );
  const pending: PendingBatch[] = [
    { sequence: 4, epoch: 0, batch: { ...first, deletes: 0 } },
    { sequence: 5, epoch: 0, batch: { ...second, deletes: 1 } },
  ];
  return {
    ...emptyState(),
    tail: 5,
    shape: crateShape,
    shapeAt: 1,
    image: { foldedAt: 3, through: 2, partitions: image, rowCount: 3 },
    pending,
    initialSyncCompletedAt: '2024-01-01T00:00:00.000Z',
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-sql-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
  lake = new MemoryStore();
  outside = join(folder, 'secret.csv');
  await writeFile(outside, 'a,b\n1,2\n');
  crates = { table: crateShape.table, state: await crateState() };
  const empty: PublishedTable = {
    table: parseTableName('shelf'),
    state: { ...emptyState(), tail: 1, shape: { ...crateShape, table: parseTableName('shelf') }, shapeAt: 1 },
  };
  const unknown: PublishedTable = { table: parseTableName('undefined_yet'), state: emptyState() };
  workspace = openWorkspace({ engine, store: lake, tables: async () => [crates, empty, unknown] });
});
afterAll(async () => {
  engine.close();
  await lake.close();
  await rm(folder, { recursive: true, force: true });
});

const query = (sql: string, rowsMax?: number): Promise<QueryResult> =>
  workspace.query(sql, rowsMax === undefined ? { signal: live } : { signal: live, rowsMax });
const rows = async (sql: string) => (await query(sql)).rows;

async function refusal(sql: string): Promise<Fault> {
  const failure = await query(sql).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(failure instanceof Fault)) throw new Error(`not refused: ${sql} (${String(failure)})`);
  return failure;
}

describe('near real-time tables', () => {
  test('image and pending batches are read together; deletes are gone (R: near real-time, I-4)', async () => {
    expect(await rows('SELECT name FROM crate ORDER BY name')).toEqual([['four'], ['one, changed'], ['two']]);
  });

  test('the columns are the lake’s, in its order, without our own', async () => {
    const { columns, truncated } = await query('FROM crate LIMIT 0');
    expect(columns).toEqual(lakeColumns(crateShape).map(({ name, sqlType }) => ({ name, type: sqlTypeName(sqlType) })));
    expect(truncated).toBe(false);
  });

  test('decimals and wide integers are exact text (R: exact numbers)', async () => {
    expect(await rows(`SELECT price FROM crate WHERE Id = ${id('1')}`)).toEqual([['922337203685477.5807']]);
    expect(await rows(`SELECT exchangerate, versionnumber FROM crate WHERE name = 'two'`)).toEqual([
      ['100000000000.000000000100', '9007199254740993'],
    ]);
    expect(await rows('SELECT sum(price) + 0.0001 FROM crate')).toEqual([['922337203685477.5808']]);
  });

  test('dates are exact text in UTC', async () => {
    expect(
      await rows(
        "SELECT t, SinkCreatedOn FROM (SELECT TIMESTAMPTZ '2024-02-03 04:05:06.789+02' AS t), crate WHERE name = 'two'",
      ),
    ).toEqual([['2024-02-03 02:05:06.789+00', '2024-01-01 00:00:00']]);
  });

  test('the answer says which commit of each table was read and whether its initial sync was complete (I-5)', async () => {
    expect((await query('SELECT 1 FROM crate, shelf')).tables).toEqual([
      { table: 'crate', sequence: 5, initialSyncCompleted: true },
      { table: 'shelf', sequence: 1, initialSyncCompleted: false },
    ]);
  });

  test('a table without rows yet has its columns and no rows', async () => {
    expect((await query('SELECT * FROM shelf')).rows).toEqual([]);
  });

  test('names are found without case, by an alias, more than once, and under a WITH name', async () => {
    expect(await rows('SELECT count(*) FROM Crate AS c JOIN CRATE d ON c.id = d.id')).toEqual([['3']]);
    expect(await rows("WITH crate AS (SELECT * FROM crate WHERE name = 'two') SELECT count(*) FROM crate")).toEqual([
      ['1'],
    ]);
    expect(
      await rows('WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n'),
    ).toEqual([['15']]);
  });

  test.each([
    'VALUES (1), (2)',
    'TABLE crate',
    '(SELECT 1)',
    'SELECT 1;',
    'SELECT 1 -- done',
    "SELECT ';' AS a; -- and; so on;",
    'SELECT 1 /* ; */ ;;',
    'SELECT unnest([1, 2]), x FROM range(3) t(x) ORDER BY ALL LIMIT 2',
    "SELECT list_transform([1, 2], lambda x: x + 1), CASE WHEN 1 BETWEEN 0 AND 2 THEN 'a' END, NOT true, 1 IN (1, 2)",
    "SELECT name COLLATE NOCASE, row_number() OVER (ORDER BY name), name ILIKE '%o%', CAST(price AS DOUBLE), COLUMNS('name') FROM crate",
    'SELECT statecode, count(*) FILTER (WHERE name IS NOT NULL) FROM crate GROUP BY ROLLUP (statecode) HAVING count(*) > 0 QUALIFY rank() OVER (ORDER BY statecode) < 9',
    'SELECT * FROM crate WHERE EXISTS (SELECT 1 FROM shelf) UNION SELECT * FROM crate INTERSECT SELECT * FROM crate',
    "SELECT {'a': 1}.a, MAP {'k': 1}['k'], [1, 2][1:1], date_trunc('day', now()), INTERVAL 1 DAY, coalesce(NULL, 1), current_date",
    'SELECT * EXCLUDE (name) REPLACE (1 AS pieces) FROM crate USING SAMPLE 50%',
    'SELECT DISTINCT ON (statecode) * FROM crate ORDER BY statecode DESC NULLS LAST OFFSET 1',
    'SELECT c.name FROM crate c LEFT JOIN LATERAL (SELECT c.name AS n) l ON l.n = c.name ASOF JOIN crate d ON c.SinkCreatedOn >= d.SinkCreatedOn',
    'SUMMARIZE SELECT name FROM crate',
    'SHOW crate',
  ])('runs: %s', async sql => {
    expect((await query(sql)).columns.length).toBeGreaterThan(0);
  });

  test('SHOW TABLES and DESCRIBE answer from the lake', async () => {
    expect(await rows('SHOW TABLES;')).toEqual([
      ['crate', lakeColumns(crateShape).length, 'Completed'],
      ['shelf', lakeColumns(crateShape).length, 'InProgress'],
    ]);
    const described = await rows('DESCRIBE crate');
    expect(described.slice(0, 2).map(row => row.slice(0, 2))).toEqual([
      ['Id', 'UUID'],
      ['SinkCreatedOn', 'TIMESTAMP'],
    ]);
    expect(described).toHaveLength(lakeColumns(crateShape).length);
  });
});

describe('a result is whole or a fault', () => {
  test('more rows than asked for is a fault, not a shorter result (R: never cut in silence)', async () => {
    expect((await query('FROM range(10)', 10)).rows).toHaveLength(10);
    const failure = await query('FROM range(11)', 10).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      code: 'input/sql',
      details: { reason: expect.stringContaining('more than 10 rows') },
    });
  });

  test('an error in the middle of a result is a fault', async () => {
    expect(
      (
        await refusal(
          "SELECT CAST(x AS INTEGER) FROM (SELECT CASE WHEN range = 400000 THEN 'bad' ELSE '1' END AS x FROM range(500000))",
        )
      ).code,
    ).toBe('input/sql');
  });

  test('the order of the query is the order of the result', async () => {
    const result = await rows('SELECT range FROM range(50000) ORDER BY range DESC');
    expect(result.map(([value]) => Number(value))).toEqual(
      Array.from({ length: 50_000 }, (_, index) => 49_999 - index),
    );
  });

  test('columns of one name get names of their own', async () => {
    const { columns } = await query('SELECT a.name, b.name FROM crate a JOIN crate b USING (Id)');
    expect(columns.map(({ name }) => name)).toEqual(['name', 'name_1']);
  });

  test('an aborted query ends with the reason of the abort', async () => {
    const aborting = new AbortController();
    const running = workspace.query(
      'SELECT count(*) FROM range(100000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 1',
      {
        signal: aborting.signal,
      },
    );
    setImmediate(() => aborting.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
  });
});

describe('what is refused (R: SQL is checked before it runs)', () => {
  test('an unknown table is named, with those there are', async () => {
    expect((await refusal('SELECT * FROM acount')).details).toEqual({
      reason: 'there is no table "acount"',
      tables: 'crate, shelf',
    });
  });

  test('an unknown column and broken syntax come in the engine’s words, without our own SQL', async () => {
    const column = await refusal('SELECT nam FROM crate');
    expect(column.details.reason).toContain('Referenced column "nam" not found');
    expect(column.message).not.toContain('read_parquet');
    expect((await refusal('SELECT 1 FRM crate x')).details.reason).toBe(
      'syntax error at or near "crate", at character 14',
    );
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
    ...[
      'SELECT * FROM main.crate',
      'SELECT * FROM memory.main.crate',
      'SELECT * FROM information_schema.tables',
      'FROM duckdb_settings',
    ],
    ...['SELECT * FROM pg_catalog.pg_class', 'SELECT * FROM sqlite_master', 'FROM duckdb_tables', 'FROM undefined_yet'],
    ...['SELECT * FROM crate AT (VERSION => 1)', 'WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a'],
    ...[
      'SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a',
      'WITH RECURSIVE a AS (SELECT * FROM a UNION SELECT 1) SELECT * FROM a',
    ],
    ...[
      'WITH a AS (INSERT INTO crate SELECT 1) SELECT 1',
      'SELECT system.main.getvariable(1)',
      'SELECT pg_catalog.now()',
    ],
  ])('%s', async sql => {
    expect((await refusal(sql)).code).toBe('input/sql');
  });

  test('files cannot be read by any name a table may have', async () => {
    for (const name of [
      'secret.csv',
      outside,
      outside.replace('.csv', '.parquet'),
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
        expect((await refusal(sql)).details.reason).toMatch(/there is no table|cannot be a WITH name/);
      }
    }
  });

  test('no function of the engine that is not on the list can be called, in FROM or elsewhere', async () => {
    const known = await engine.session(session =>
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
      const failure = await refusal(inFrom ? `SELECT * FROM "${name}"('x')` : `SELECT "${name}"('x')`);
      expect(failure.details.reason, name).toBe(`the function ${name} cannot be used here`);
    }
  });

  test('none of the allowed functions belongs to a kind that reaches out of the query', () => {
    const reaching =
      /^(read_|glob|getenv|current_setting|query|sniff|parquet_(?!kv)|duckdb_|pragma_|pg_(?!typeof|size_pretty)|which_|set_|write_|getvariable|nextval|currval|sleep|json_(execute|serialize|deserialize)|__internal|.*(scan|secret|extension|setting|connection|database|catalog|schema))/;
    const all = [...allowedFunctions, ...allowedTableFunctions].filter(name => name !== 'set_bit');
    expect(all.filter(name => reaching.test(name))).toEqual([]);
  });

  test('the list names only functions that this engine has', async () => {
    const known = await engine.session(session =>
      session.runAll('SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions()'),
    );
    const names = new Set(known.map(({ name }) => name));
    expect([...allowedFunctions, ...allowedTableFunctions].filter(name => !names.has(name.toLowerCase()))).toEqual([]);
  });
});

function sqlTypeName(sqlType: string): string {
  return sqlType === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : sqlType;
}
