import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  built,
  column,
  countingIds,
  fileRows,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import type { Batcher } from '../core/batcher.ts';
import type { PageSpool } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine, type Row } from './duckdb.ts';
import { openSpool } from './spool.ts';
import { literal } from './sql.ts';

/**
 * Each trap of DuckDB that this area is built around: first as it is in the version in use, then our way past it. When
 * a newer DuckDB fails the first half, the way around it may go.
 */
const signal = new AbortController().signal;
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-traps-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const sql = (text: string): Promise<Row[]> => engine.session(session => session.runAll(text), signal);

let files = 0;

async function fileOf(text: string | Buffer, ending = 'json'): Promise<string> {
  files += 1;
  const path = join(folder, `trap-${files}.${ending}`);
  await writeFile(path, text);
  return path;
}

const shape = shapeOf([
  column('name', 'string'),
  column('rate', 'decimal', { precision: 10 }),
  column('revenue', 'money', { precision: 4 }),
  column('employees', 'integer'),
  column('createdon', 'datetime'),
]);

/** One row through our way: what stands in the Parquet file, as text. */
async function ours(members: string) {
  const row = `{"accountid":"${guid(1)}","versionnumber":1,${members}}`;
  files += 1;
  const page = await spool.receive(pageKey({ address: `trap ${files}` }), inPieces(answer([row])), signal);
  const result = built(await batcher.build({ ...requestRest, shape, page }, signal));
  const columns =
    'name, rate::VARCHAR AS rate, revenue::VARCHAR AS revenue, employees, epoch_us(createdon)::VARCHAR AS createdon';
  const [found] = await sql(`SELECT ${columns} FROM ${fileRows(shape, result.file.path)}`);
  return { ...result, found };
}

test('the version these traps were seen in', async () => {
  expect(await sql('SELECT version() AS version')).toEqual([{ version: 'v1.5.6' }]);
});

describe('a JSON number with a fraction goes through a double', () => {
  test('as it is: as text, as JSON, and as a decimal', async () => {
    const path = await fileOf('[{"a":922337203685477.5807,"b":922337203685477.5807,"c":922337203685477.5807}]');
    const columns = `{a: 'VARCHAR', b: 'JSON', c: 'DECIMAL(38,4)'}`;
    const [row] = await sql(
      `SELECT a, b::VARCHAR AS b, c::VARCHAR AS c FROM read_json('${path}', format = 'array', columns = ${columns})`,
    );
    expect([row?.a, row?.b]).toEqual(['922337203685477.6', '922337203685477.6']);
    expect(row?.c).not.toBe('922337203685477.5807');
  });

  test('as it is: a text that looks exact is rounded once it is a JSON, and CASE makes it one', async () => {
    const spread = `CASE WHEN random() < 2 THEN '100000000000.0000000001' ELSE '"x"'::JSON END`;
    expect(await sql(`SELECT typeof(${spread}) AS type, (${spread})::DECIMAL(38,10)::VARCHAR AS value`)).toEqual([
      { type: 'JSON', value: '100000000000.0000000000' },
    ]);
  });

  test('ours: exact, as a number and as a text', async () => {
    const bare = await ours('"revenue":922337203685477.5807,"rate":100000000000.0000000001');
    expect(bare.found).toMatchObject({ revenue: '922337203685477.5807', rate: '100000000000.0000000001' });
    const texts = await ours('"revenue":"922337203685477.5807","rate":"100000000000.0000000001"');
    expect(texts.found).toEqual(bare.found);
  });
});

describe('a value of the wrong type becomes null, is rounded, or fails the page', () => {
  test('as it is', async () => {
    const path = await fileOf('[{"a":"x","b":1},{"a":1.5,"b":2}]');
    const columns = `{a: 'INTEGER', b: 'INTEGER'}`;
    await expect(
      sql(`SELECT a FROM read_json('${path}', format = 'array', columns = ${columns})`),
    ).rejects.toMatchObject({ code: 'batch/engine' });
    expect(
      await sql(`SELECT a, b FROM read_json('${path}', format = 'array', ignore_errors = true, columns = ${columns})`),
    ).toEqual([
      { a: null, b: 1 },
      { a: expect.any(Number), b: 2 },
    ]);
    expect(
      await sql(
        `SELECT TRY_CAST('1.5' AS INTEGER) AS a, TRY_CAST('1_000' AS INTEGER) AS b, TRY_CAST('infinity' AS DATE)::VARCHAR AS c`,
      ),
    ).toEqual([{ a: 2, b: 1000, c: 'infinity' }]);
  });

  test('ours: a fault that names column and id', async () => {
    for (const value of ['"x"', '1.5', '"1_000"']) {
      await expect(ours(`"employees":${value}`)).rejects.toMatchObject({
        code: 'batch/cast',
        details: { column: 'employees', id: guid(1) },
      });
    }
  });

  test('as it is: an array of anything is read as rows of one column, unless it is told what a row is', async () => {
    const path = await fileOf('[1,{"a":"x"}]');
    expect(await sql(`SELECT a FROM read_json('${path}', format = 'array', columns = {a: 'VARCHAR'})`)).toEqual([
      { a: '1' },
      { a: '{"a":"x"}' },
    ]);
    await expect(
      sql(`SELECT a FROM read_json('${path}', format = 'array', records = true, columns = {a: 'VARCHAR'})`),
    ).rejects.toMatchObject({ code: 'batch/engine' });
  });
});

describe('broken text and large objects fail the page whole', () => {
  const read = (path: string) =>
    sql(`SELECT a FROM read_json('${path}', format = 'array', records = true, columns = {a: 'VARCHAR'})`);

  test('as it is', async () => {
    const pages = [
      '[{"a":"good"},{"a":"\\ud800"}]',
      Buffer.concat([Buffer.from('[{"a":"good"},{"a":"'), Buffer.from([0xff]), Buffer.from('"}]')]),
      `[{"a":"good"},{"a":"${'x'.repeat(33 * 1024 * 1024)}"}]`,
      '[{"a":"good"},{"a":"x","a":"y"}]',
    ];
    for (const page of pages) await expect(read(await fileOf(page))).rejects.toMatchObject({ code: 'batch/engine' });
  });

  test('ours: repaired and counted; large rows arrive', async () => {
    expect(await ours('"name":"a\\ud800b"')).toMatchObject({ repaired: 1, found: { name: 'a\ufffdb' } });
    const large = await ours(`"name":"${'x'.repeat(17 * 1024 * 1024)}"`);
    expect([large.repaired, String(large.found?.name).length]).toEqual([0, 17 * 1024 * 1024]);
  });
});

describe('NUL is written raw', () => {
  test('as it is', async () => {
    const path = await fileOf('', 'csv');
    await sql(`COPY (SELECT 'a' || chr(0) || 'b' AS a) TO '${path}' (FORMAT csv, HEADER false)`);
    expect(await readFile(path, 'latin1')).toContain('a\0b');
  });

  test('ours: NUL is U+FFFD before it can be written, counted', async () => {
    expect(await ours('"name":"a\\u0000b"')).toMatchObject({ repaired: 1, found: { name: 'a\ufffdb' } });
  });
});

describe('a stream ends early and in silence when an error comes in mid-result', () => {
  const failing = `SELECT CASE WHEN range = 400000 THEN error('late') ELSE range END AS n FROM range(1000000)`;

  test('as it is', async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const reader = await connection.streamAndReadAll(failing);
    expect(reader.done).toBe(true);
    expect(reader.currentRowCount).toBeGreaterThan(0);
    expect(reader.currentRowCount).toBeLessThan(1_000_000);
    connection.closeSync();
    instance.closeSync();
  });

  test('ours: a session throws, whichever way the rows are asked for', async () => {
    await expect(sql(failing)).rejects.toMatchObject({ code: 'batch/engine' });
    const rows = engine.session(session => session.runRows(failing), signal);
    await expect(rows).rejects.toMatchObject({ code: 'batch/engine' });
  });
});

describe('the session time zone moves texts and years', () => {
  const moment = `TIMESTAMPTZ '2024-12-31 23:30:00+00'`;

  test('as it is: also a plain COPY writes true, exponents and a space', async () => {
    const shown = await sql(
      `SET TimeZone = 'Asia/Tokyo'; SELECT ${moment}::VARCHAR AS text, year(${moment})::INTEGER AS year`,
    );
    expect(shown).toEqual([{ text: '2025-01-01 08:30:00+09', year: 2025 }]);
    const path = await fileOf('', 'csv');
    await sql(`COPY (SELECT true AS a, 1e-7::DOUBLE AS b, ${moment} AS c) TO '${path}' (FORMAT csv, HEADER false)`);
    expect((await readFile(path, 'utf8')).trim()).toBe('true,1e-07,2024-12-31 23:30:00+00');
  });

  test('ours: every session is in UTC, whatever another one was set to', async () => {
    await engine.session(async session => {
      await session.runAll(`SET TimeZone = 'Asia/Tokyo'`);
      expect(await sql(`SELECT ${moment}::VARCHAR AS text, year(${moment})::INTEGER AS year`)).toEqual([
        { text: '2024-12-31 23:30:00+00', year: 2024 },
      ]);
    }, signal);
    const { found } = await ours('"createdon":"0001-01-01T00:00:00.1234567Z"');
    expect(found?.createdon).toBe(String(-62135596800000000n + 123456n));
  });
});

describe('ragged CSV with quoted newlines fails in the parallel reader', () => {
  test('as it is, and the way past it', async () => {
    const path = await fileOf('1,"a\nb"\n2,"c",3\n', 'csv');
    const columns = `{a: 'VARCHAR', b: 'VARCHAR', c: 'VARCHAR'}`;
    const read = (more: string) =>
      sql(
        `SELECT * FROM read_csv('${path}', header = false, auto_detect = false, delim = ',', quote = '"', columns = ${columns}, null_padding = true${more})`,
      );
    await expect(read('')).rejects.toMatchObject({ code: 'batch/engine' });
    expect(await read(', parallel = false')).toEqual([
      { a: '1', b: 'a\nb', c: null },
      { a: '2', b: 'c', c: '3' },
    ]);
  });
});

describe('column names do not differ by case', () => {
  test('as it is: a table made from a query renames, a select takes the first', async () => {
    const rows = await sql(`CREATE TEMP TABLE t AS SELECT 1 AS "Id", 2 AS id; SELECT column_name FROM (DESCRIBE t)`);
    expect(rows.map(({ column_name }) => column_name)).toEqual(['Id', 'id_1']);
  });

  test('ours: the lake names them apart', async () => {
    const own = shapeOf([column('id', 'string')]);
    const page = await spool.receive(
      pageKey({ address: 'own id' }),
      inPieces(answer([`{"accountid":"${guid(1)}","versionnumber":1,"id":"mine"}`])),
      signal,
    );
    const { file } = built(await batcher.build({ ...requestRest, shape: own, page }, signal));
    expect(await sql(`SELECT "Id"::VARCHAR AS a, id_1 AS b FROM read_parquet(${literal(file.path)})`)).toEqual([
      { a: guid(1), b: 'mine' },
    ]);
  });
});

describe('a scan of many files opens them late', () => {
  test('as it is: a fixed name replaced meanwhile gives a mixture, and no error', async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const rows = (version: number) =>
      `SELECT ${version} AS version, repeat('x', 200) || range AS filler FROM range(100000)`;
    const names = [1, 2, 3, 4].map(n => join(folder, `late-${n}.parquet`));
    for (const name of names) await connection.run(`COPY (${rows(1)}) TO ${literal(name)}`);
    const newer = join(folder, 'late-newer.parquet');
    await connection.run(`COPY (${rows(2)}) TO ${literal(newer)}`);
    const list = names.map(literal).join(', ');
    const result = await connection.stream(`SELECT version, filler FROM read_parquet([${list}])`);
    const versions = new Set<unknown>();
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      if (versions.size === 0) await rename(newer, names[3] ?? '');
      for (const version of chunk.getColumnValues(0)) versions.add(version);
    }
    expect([...versions]).toEqual([1, 2]);
    connection.closeSync();
    instance.closeSync();
  });

  test('ours: every file has a name of its own that no later work takes', async () => {
    const page = await spool.receive(
      pageKey({ address: 'names' }),
      inPieces(answer([`{"accountid":"${guid(1)}","versionnumber":1}`])),
      signal,
    );
    const first = built(await batcher.build({ ...requestRest, shape, page }, signal)).file;
    const second = built(await batcher.build({ ...requestRest, shape, page }, signal)).file;
    expect(first.path).not.toBe(second.path);
    const batches = [first, second].map(({ path }, n) => ({ path, sequence: n + 1, epoch: 1 }));
    const folds = [];
    for (let n = 0; n < 2; n += 1)
      folds.push(await batcher.fold({ shape, image: [], batches, partitionStrategy: 'year' }, signal));
    expect(new Set(folds.flatMap(({ changed }) => changed.map(({ file }) => file.path))).size).toBe(2);
  });
});

describe('allowed folders are allowed for writing too', () => {
  test('as it is: COPY TO and ATTACH work there, and the allowed paths stay as they were', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const allowed = join(folder, 'allowed');
    await mkdir(allowed);
    await connection.run(`SET allowed_directories = [${literal(`${allowed}/`)}]`);
    await connection.run(`SET allowed_paths = [${literal(join(folder, 'one.parquet'))}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run(`COPY (SELECT 1) TO ${literal(join(allowed, 'written.parquet'))}`);
    await connection.run(`ATTACH ${literal(join(allowed, 'attached.db'))}`);
    await expect(connection.run(`COPY (SELECT 1) TO ${literal(join(folder, 'elsewhere.parquet'))}`)).rejects.toThrow();
    await expect(connection.run("SET allowed_paths = ['/other.parquet']")).rejects.toThrow();
    connection.closeSync();
    instance.closeSync();
  });
  // Our way past it is no setting: SQL is parsed and checked before it runs, see src/workspace/sql-allowed.test.ts.
});

describe('extensions beyond the built-in ones are downloads', () => {
  test('ours: nothing is fetched; icu, json and parquet are there', async () => {
    const settings = await sql(
      `SELECT name, value FROM duckdb_settings() WHERE name IN ('autoinstall_known_extensions', 'autoload_known_extensions') ORDER BY name`,
    );
    expect(settings.map(({ value }) => value)).toEqual(['false', 'false']);
    const loaded = await sql(`SELECT extension_name AS name FROM duckdb_extensions() WHERE loaded ORDER BY name`);
    expect(loaded.map(({ name }) => name)).toEqual(expect.arrayContaining(['icu', 'json', 'parquet']));
    await expect(sql(`SELECT * FROM delta_scan('x')`)).rejects.toMatchObject({ code: 'batch/engine' });
  });
});
