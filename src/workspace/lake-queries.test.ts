import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CrateLake, openCrateLake } from '../../test/kit/crate-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { Fault } from '../core/fault.ts';
import { lakeColumns } from '../core/shape.ts';

const ROWS_MAX = 50_000;

let lake: CrateLake;

beforeAll(async () => {
  lake = await openCrateLake({ rowsMax: ROWS_MAX });
});
afterAll(() => lake.close());

const id = (digit: string) => `'00000000-0000-0000-0000-00000000000${digit}'`;

const query = (sql: string) => lake.sql.query(sql);
const columnsOf = async (sql: string) => (await query(sql)).fields.map(({ name, typeOid }) => ({ name, typeOid }));
const rows = async (sql: string) => (await query(sql)).rows;

describe('near real-time tables', () => {
  test('image and pending batches are read together; deletes are gone (R: near real-time, I-4)', async () => {
    expect(await rows('SELECT name FROM crate ORDER BY name')).toEqual([['four'], ['one, changed'], ['two']]);
  });

  test('the columns are the lake’s, in its order, without our own', async () => {
    const { fields } = await query('FROM crate LIMIT 0');
    expect(fields.map(({ name }) => name)).toEqual(lakeColumns(crateShape).map(({ name }) => name));
  });

  test('decimals and wide integers are exact text (R: exact numbers)', async () => {
    expect(await rows(`SELECT price FROM crate WHERE Id = ${id('1')}`)).toEqual([['922337203685477.5807']]);
    expect(await rows(`SELECT exchangerate, versionnumber FROM crate WHERE name = 'two'`)).toEqual([
      ['100000000000.000000000100', '9007199254740993'],
    ]);
    expect(await rows('SELECT sum(price) + 0.0001 FROM crate')).toEqual([['922337203685477.5808']]);
  });

  test('a byte order mark at the start of a text is a character like others, also inside lists and structs', async () => {
    const [row] = await rows(
      "SELECT chr(65279) || 'a' AS short, chr(65279) || repeat('b', 20) AS long, [chr(65279) || 'c'] AS l, {'k': chr(65279)} AS s",
    );
    expect(row).toEqual(['\uFEFFa', `\uFEFF${'b'.repeat(20)}`, '{"\uFEFFc"}', '{"k":"\uFEFF"}']);
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

  test('the newest snapshot is <table>_partitioned, of its own moment, with the same columns (R 33, PD#3458)', async () => {
    const { rows: found, tables } = await query(
      'SELECT Id, statecode, SinkCreatedOn FROM crate_partitioned ORDER BY Id',
    );
    expect(found).toEqual([
      ['00000000-0000-0000-0000-000000000005', '5', '2024-01-01 00:00:00'],
      ['00000000-0000-0000-0000-000000000006', '6', '2024-01-01 00:00:00'],
    ]);
    expect(tables).toEqual([{ table: 'crate_partitioned', sequence: 4, initialSyncCompleted: true }]);
    expect(await columnsOf('FROM crate_partitioned LIMIT 0')).toEqual(await columnsOf('FROM crate LIMIT 0'));
    expect(await rows('SELECT count(*) FROM crate JOIN crate_partitioned USING (statecode)')).toEqual([['0']]);
    await expect(query('FROM shelf_partitioned')).rejects.toMatchObject({ code: 'input/sql' });
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
    expect((await query(sql)).fields.length).toBeGreaterThan(0);
  });

  test('SHOW TABLES and DESCRIBE answer from the lake', async () => {
    const width = String(lakeColumns(crateShape).length);
    const shown = await rows('SHOW TABLES;');
    for (const name of ['crate', 'crate_partitioned', 'shelf']) {
      expect(shown).toContainEqual(['dbo', name, 'table', width]);
    }
    expect(shown.map(([, name]) => name)).not.toContain('undefined_yet');
    const described = await rows('DESCRIBE crate');
    expect(described.slice(0, 2).map(row => row.slice(0, 2))).toEqual([
      ['Id', 'UUID'],
      ['SinkCreatedOn', 'TIMESTAMP'],
    ]);
    expect(described).toHaveLength(Number(width));
  });

  test('a table that cannot be read stops those who name it, and nobody else (I-8)', async () => {
    lake.broken = new Fault('lake/corrupt', { path: '.lakelink/shelf/log' });
    await expect(query('SELECT * FROM shelf')).rejects.toMatchObject({ code: 'lake/corrupt' });
    expect(await rows('SELECT count(*) FROM crate')).toEqual([['3']]);
    lake.broken = null;
    expect(await rows('SELECT count(*) FROM shelf')).toEqual([['0']]);
  });
});

describe('a result is whole or a fault', () => {
  test('more rows than the limit are a fault, not a shorter result (R: never cut in silence)', async () => {
    expect((await query(`FROM range(${ROWS_MAX})`)).rows).toHaveLength(ROWS_MAX);
    await expect(query(`FROM range(${ROWS_MAX + 1})`)).rejects.toMatchObject({
      code: 'sql/rows',
      details: { max: ROWS_MAX },
    });
  });

  test('an error in the middle of a result is a fault', async () => {
    const bad = "SELECT CASE WHEN range = 40000 THEN 'bad' ELSE '1' END AS x FROM range(50000)";
    await expect(query(`SELECT CAST(x AS INTEGER) FROM (${bad})`)).rejects.toMatchObject({ code: 'input/sql' });
  });

  test('the order of the query is the order of the result', async () => {
    const result = await rows('SELECT range FROM range(50000) ORDER BY range DESC');
    expect(result.map(([value]) => Number(value))).toEqual(
      Array.from({ length: 50_000 }, (_, index) => 49_999 - index),
    );
  });

  test('columns of one name stay two, as in PostgreSQL', async () => {
    const { fields } = await query('SELECT a.name, b.name FROM crate a JOIN crate b USING (Id)');
    expect(fields.map(({ name }) => name)).toEqual(['name', 'name']);
  });

  test('an aborted query ends with the reason of the abort', async () => {
    const aborting = new AbortController();
    const running = lake.sql.query(
      'SELECT count(*) FROM range(100000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 1',
      {
        signal: aborting.signal,
      },
    );
    setImmediate(() => aborting.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
  });
});
