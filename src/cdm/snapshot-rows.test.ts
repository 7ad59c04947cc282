import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import { ident, literal } from '../batch/sql.ts';
import { lakeColumns } from '../core/shape.ts';
import { partitionCsvSql } from './partition-csv.ts';
import { snapshotRowsSql } from './snapshot-rows.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-rows-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const columns = lakeColumns(crateShape);
const names = columns.map(({ name }) => name);
const id = (digit: number) => `'11111111-0000-0000-0000-00000000000${digit}'`;
const head = (digit: number): SqlRow => ({
  Id: id(digit),
  SinkCreatedOn: "'2021-06-28 16:34:35'",
  SinkModifiedOn: "'2021-12-01 00:00:05'",
});

/** A value of every kind of column that is easily lost on the way. */
const ODD: Readonly<Record<string, string>> = {
  VARCHAR: `'a "quoted", text' || chr(10) || 'of two lines, ' || chr(13) || ' é 易 ' || chr(128512)`,
  UUID: "'aaaaaaaa-0000-0000-0000-00000000000c'",
  INTEGER: '-2147483648',
  BIGINT: '9007199254740993',
  DOUBLE: '1e-7',
  BOOLEAN: 'false',
  DATE: "'2024-02-29'",
  TIMESTAMP: "'2024-02-29 23:59:59.123456'",
  TIMESTAMPTZ: "'2024-02-29 23:59:59.004+00'",
};

function oddRow(): SqlRow {
  const cells = columns.map(({ name, sqlType }) => [name, ODD[sqlType] ?? '100000000000.0000'] as const);
  return { ...Object.fromEntries(cells), ...head(3) };
}

async function csvOf(rows: readonly SqlRow[], name: string): Promise<{ source: string; target: string }> {
  const [source, target] = [join(folder, `${name}.parquet`), join(folder, `${name}.csv`)];
  await writeLakeParquet(engine, { shape: crateShape, rows, path: source });
  const sql = partitionCsvSql({ shape: crateShape, source, present: names, target });
  await engine.session(session => session.runAll(sql));
  return { source, target };
}

const fileOf = (path: string) => ({ path, bytes: statSync(path).size });

test('every value of every kind comes back with its type, also nothing and the empty text (R 33)', async () => {
  const rows: SqlRow[] = [head(1), { ...head(2), name: "''", notes: `repeat('x', 3000000)` }, oddRow()];
  const { source, target } = await csvOf(rows, 'all');
  const back = snapshotRowsSql({ shape: crateShape, rows: 'live', files: [fileOf(target)] });
  const list = names.map(ident).join(', ');
  const kept = `SELECT ${list} FROM read_parquet(${literal(source)})`;
  const differing = await engine.session(session =>
    session.runAll(`(${back} EXCEPT ALL ${kept}) UNION ALL (${kept} EXCEPT ALL ${back})`),
  );
  expect(differing).toEqual([]);
  const types = await engine.session(session => session.runAll(`DESCRIBE ${back}`));
  const kinds = await engine.session(session => session.runAll(`DESCRIBE ${kept}`));
  expect(types).toEqual(kinds);
});

test('short lines are null at their end, files of no bytes are no rows, and no files are a table of no rows', async () => {
  const { target } = await csvOf([head(1)], 'whole');
  const short = join(folder, 'short.csv');
  await writeFile(short, '11111111-0000-0000-0000-000000000002,"6/28/2021 4:34:35 PM","6/28/2021 4:34:35 PM",0,\n');
  const empty = join(folder, 'empty.csv');
  await writeFile(empty, '');
  const ids = (files: readonly string[]) =>
    engine.session(session =>
      session.runAll(
        `SELECT CAST("Id" AS VARCHAR) AS id, name FROM (${snapshotRowsSql({ shape: crateShape, rows: 'live', files: files.map(fileOf) })}) ORDER BY 1`,
      ),
    );
  expect(await ids([target, short, empty])).toEqual([
    { id: '11111111-0000-0000-0000-000000000001', name: null },
    { id: '11111111-0000-0000-0000-000000000002', name: null },
  ]);
  expect(await ids([empty])).toEqual([]);
  expect(await ids([])).toEqual([]);
});

test('small files are read with little memory, and a line as long as its file is read too', async () => {
  const { target } = await csvOf([{ ...head(1), notes: `repeat('"', 1000000)` }], 'one');
  const small = await openEngine({ tempDirectory: join(folder, 'small'), threads: 1, memoryMb: 64 });
  const sql = snapshotRowsSql({ shape: crateShape, rows: 'live', files: [fileOf(target)] });
  try {
    const read = await small.session(session => session.runAll(`SELECT length(notes) AS n FROM (${sql})`));
    expect(read).toEqual([{ n: '1000000' }]);
  } finally {
    small.close();
  }
});
