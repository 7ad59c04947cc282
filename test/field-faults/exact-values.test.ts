import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/batch/duckdb.ts';
import { literal } from '../../src/batch/sql.ts';
import { optionsetFiles } from '../../src/cdm/optionset-files.ts';
import { partitionCsvSql } from '../../src/cdm/partition-csv.ts';
import { lakeColumns } from '../../src/core/shape.ts';
import { readCsv } from '../kit/csv.ts';
import { crateShape, type SqlRow, writeLakeParquet } from '../kit/lake-parquet.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-faults-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** The values of one column, as another program reads them from a partition file. */
async function published(column: string, values: readonly string[]): Promise<(string | undefined)[]> {
  const [source, target] = [join(folder, 'source.parquet'), join(folder, 'target.csv')];
  const names = lakeColumns(crateShape).map(({ name }) => name);
  const rows = values.map(
    (value, at): SqlRow => ({
      Id: `'11111111-0000-0000-0000-00000000000${at}'`,
      SinkCreatedOn: "'2021-06-28 16:34:35'",
      SinkModifiedOn: "'2021-06-28 16:34:35'",
      [column]: value,
    }),
  );
  await writeLakeParquet(engine, { shape: crateShape, rows, path: source });
  await engine.session(session =>
    session.runAll(partitionCsvSql({ shape: crateShape, source, present: names, target })),
  );
  return (await readCsv(await readFile(target, 'utf8'))).map(cells => cells[names.indexOf(column)]);
}

describe('values stay exactly as they are', () => {
  test('a text that a spreadsheet takes for a formula is not changed on its way into the lake', async () => {
    const texts = ["=cmd|' /C calc'!A0", '+1+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("x","y")'];
    expect(await published('name', texts.map(literal))).toEqual(texts);
  });

  test('a memo of 100,001 characters is whole, and so is what follows it', async () => {
    expect(await published('notes', ["repeat('x', 100000) || 'y'", "'next'"])).toEqual([
      `${'x'.repeat(100_000)}y`,
      'next',
    ]);
  });

  test('the highest and the lowest choice are whole numbers of an int64 column', async () => {
    expect(await published('colour', ['2147483647', '-2147483648'])).toEqual(['2147483647', '-2147483648']);
    expect(lakeColumns(crateShape).find(({ name }) => name === 'colour')?.modelType).toBe('int64');
  });

  test('the version of a row beyond what a double holds keeps its digits', async () => {
    expect(await published('versionnumber', ["'9007199254740993'"])).toEqual(['9007199254740993']);
  });
});

test('labels with commas, quotes, line ends, emoji and text from right to left are read back as they were', async () => {
  const labels = ['a,b', 'a "quoted" one', 'two\r\nlines', '😀', 'שלום', '\\', '=1+1'];
  const options = labels.map((text, value) => ({ value, labels: [{ languageCode: 1033, text }] }));
  const columns = crateShape.columns.map(column =>
    column.name === 'colour' ? { ...column, optionSet: { name: 'crate_colour', isGlobal: false, options } } : column,
  );
  const files = optionsetFiles([{ ...crateShape, columns }]);
  const file = files.find(({ path }) => path === 'OptionsetMetadata/OptionsetMetadata.csv');
  const rows = await readCsv(Buffer.from(file?.bytes ?? []).toString('utf8'));
  expect(rows.filter(([, name]) => name === 'colour').map(row => row[5])).toEqual(labels);
});
