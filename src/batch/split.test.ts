import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FoldedTable, FoldWorld, foldShape, type Word } from '../../test/kit/folded-table.ts';
import { partitionCsvSql } from '../cdm/partition-csv.ts';
import { outputNames } from './merge.ts';
import { shareRows } from './split.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});

afterAll(() => world.close());

/** Versions of one length, so that rows are of one size. */
const row = (id: number, version: number, day: string | null, name = 'a'): Word => ({
  id,
  version: 1_000 + version,
  day,
  name,
});
const gone = (id: number, version: number): Word => ({ id, version: 1_000 + version, deleted: true });

/** So many rows of one day, with ids from 1. */
const rowsOf = (count: number, day: string, more: Partial<Word> = {}): Word[] =>
  Array.from({ length: count }, (_, n) => ({ ...row(n + 1, n + 1, day), ...more }));

const sizes = (files: readonly { readonly name: string; readonly file: { readonly rows: number } }[]) =>
  files.map(({ name, file }) => [name, file.rows]);

describe('shares of new rows', () => {
  const share = (rows: number, last: { name: string; csvBytes: number } | null) =>
    shareRows({ partition: '2018', last, rows: [{ file: 0, rows }], rowBytes: 10, bytesMax: 100 }).map(one => [
      one.name,
      one.rows,
    ]);

  test('a new partition is filled file by file', () => {
    expect(share(25, null)).toEqual([
      ['2018', 10],
      ['2018_001', 10],
      ['2018_002', 5],
    ]);
    expect(share(10, null)).toEqual([['2018', 10]]);
  });

  test('the last file is filled before the next one is begun; a full one is left alone', () => {
    expect(share(5, { name: '2018_001', csvBytes: 70 })).toEqual([
      ['2018_001', 3],
      ['2018_002', 2],
    ]);
    expect(share(5, { name: '2018', csvBytes: 95 })).toEqual([['2018_001', 5]]);
    expect(share(1, { name: '2018_999', csvBytes: 2_000 })).toEqual([['2018_1000', 1]]);
  });

  test('a row larger than a file has one of its own', () => {
    const shares = shareRows({
      partition: '1',
      last: null,
      rows: [{ file: 0, rows: 2 }],
      rowBytes: 1_000,
      bytesMax: 100,
    });
    expect(shares.map(({ name, rows }) => [name, rows])).toEqual([
      ['1', 1],
      ['1_001', 1],
    ]);
  });

  test('without a limit there is one file', () => {
    const rows = [{ file: 3, rows: 1e9 }];
    const bytesMax = Number.POSITIVE_INFINITY;
    expect(shareRows({ partition: '2018', last: null, rows, rowBytes: 0, bytesMax })).toEqual([
      { name: '2018', rows: 1e9, from: { file: 3, offset: 0 } },
    ]);
  });

  test('a file ends with one that is read, where it is nearly full by then: no file is read twice', () => {
    const rows = [4, 4, 4, 25, 3].map((count, file) => ({ file, rows: count }));
    const shares = shareRows({ partition: '1', last: null, rows, rowBytes: 10, bytesMax: 100 });
    expect(shares.map(({ rows: count, from }) => [count, from.file, from.offset])).toEqual([
      [8, 0, 0],
      [10, 2, 0],
      [10, 3, 6],
      [9, 3, 16],
      [3, 4, 0],
    ]);
  });
});

test('partitions by day follow createdon in UTC', async () => {
  const table = new FoldedTable(world);
  const words = [row(1, 1, '2024-03-31'), row(2, 2, '2024-04-01'), row(3, 3, null)];
  const { changed } = await table.fold([{ epoch: 1, words }], { strategy: 'day' });
  expect(sizes(changed)).toEqual([
    ['1', 1],
    ['2024-03-31', 1],
    ['2024-04-01', 1],
  ]);
});

/** The limit that ten rows of `rowsOf` fill. */
async function limitOfTen(): Promise<number> {
  const { changed } = await new FoldedTable(world).fold([{ epoch: 1, words: rowsOf(10, '2018-01-01') }]);
  return changed[0]?.csvBytes ?? 0;
}

describe('a partition past the size limit', () => {
  test('is made of several files at once, and each row is in one of them', async () => {
    const table = new FoldedTable(world);
    const partBytesMax = await limitOfTen();
    const words = [
      ...rowsOf(35, '2018-01-01'),
      ...rowsOf(3, '2019-01-01').map(word => ({ ...word, id: word.id + 100 })),
    ];
    const batches = [words.slice(0, 7), words.slice(7, 20), words.slice(20)].map(some => ({ epoch: 1, words: some }));
    const { changed, rowCount } = await table.fold(batches, { partBytesMax });
    expect(sizes(changed)).toEqual([
      ['2018', 10],
      ['2018_001', 10],
      ['2018_002', 10],
      ['2018_003', 5],
      ['2019', 3],
    ]);
    expect(rowCount).toBe(38);
    expect((await table.liveRows()).map(({ id }) => id).sort((a, b) => a - b)).toEqual(
      words.map(({ id }) => id).sort((a, b) => a - b),
    );
  });

  test('keeps rows in their file; a new one goes to the last, and what is too much to the next', async () => {
    const table = new FoldedTable(world);
    const partBytesMax = await limitOfTen();
    await table.fold([{ epoch: 1, words: rowsOf(15, '2018-01-01') }], { partBytesMax });
    const before = new Map((await table.liveRows()).map(({ id, file }) => [id, file]));
    const fresh = Array.from({ length: 8 }, (_, n) => row(100 + n, 100 + n, '2018-06-01'));
    const updated = [row(2, 50, '2018-01-01'), row(13, 51, '2018-01-01')];
    const { changed } = await table.fold([{ epoch: 1, words: [...updated, ...fresh] }], { partBytesMax });
    expect(sizes(changed)).toEqual([
      ['2018', 10],
      ['2018_001', 10],
      ['2018_002', 3],
    ]);
    const after = await table.liveRows();
    for (const { id, file } of after.filter(one => one.id < 100)) expect(file).toBe(before.get(id));
    expect(after).toHaveLength(23);
  });

  test('a file stays untouched where only rows of another one change', async () => {
    const table = new FoldedTable(world);
    const partBytesMax = await limitOfTen();
    await table.fold([{ epoch: 1, words: rowsOf(25, '2018-01-01') }], { partBytesMax });
    const { changed } = await table.fold([{ epoch: 1, words: [row(12, 90, '2018-02-01')] }], { partBytesMax });
    expect(sizes(changed)).toEqual([['2018_001', 10]]);
  });

  test('its emptied file keeps zero rows under its name and is filled again as the last one only', async () => {
    const table = new FoldedTable(world);
    const partBytesMax = await limitOfTen();
    await table.fold([{ epoch: 1, words: rowsOf(20, '2018-01-01') }], { partBytesMax });
    const all = rowsOf(20, '2018-01-01').map(({ id }) => gone(id, 90));
    expect(sizes((await table.fold([{ epoch: 1, words: all }], { partBytesMax })).changed)).toEqual([
      ['2018', 0],
      ['2018_001', 0],
    ]);
    const { changed, rowCount } = await table.fold([{ epoch: 1, words: [row(1, 95, '2018-01-01')] }], { partBytesMax });
    expect(sizes(changed)).toEqual([['2018_001', 1]]);
    expect(rowCount).toBe(1);
  });

  test('is split in many partitions at once, past the number of reads that whole rows are worth', async () => {
    const table = new FoldedTable(world);
    const partBytesMax = await limitOfTen();
    const years = Array.from({ length: 8 }, (_, n) => 2010 + n);
    const words = years.flatMap(year =>
      rowsOf(12, `${year}-05-05`).map(word => ({ ...word, id: word.id + year * 100 })),
    );
    const shuffled = words.map((word, n) => ({ word, at: (n * 37) % words.length })).sort((a, b) => a.at - b.at);
    const batch = { epoch: 1, words: shuffled.map(({ word }) => word) };
    const { changed } = await table.fold([batch], { partBytesMax });
    expect(sizes(changed)).toEqual(
      years.flatMap(year => [
        [`${year}`, 10],
        [`${year}_001`, 2],
      ]),
    );
    expect((await table.liveRows()).every(({ file, day }) => day?.slice(0, 4) === file.slice(0, 4))).toBe(true);
  });
});

test('a row whose createdon was overridden leaves the file it was in', async () => {
  const table = new FoldedTable(world);
  await table.fold([{ epoch: 1, words: [row(1, 1, '2018-01-01'), row(2, 2, '2018-01-01')] }]);
  const { changed } = await table.fold([{ epoch: 1, words: [row(1, 3, '2020-01-01')] }]);
  expect(sizes(changed)).toEqual([
    ['2018', 1],
    ['2020', 1],
  ]);
  expect(await table.liveRows()).toMatchObject([
    { file: '2018', id: 2 },
    { file: '2020', id: 1 },
  ]);
});

describe('another partition strategy', () => {
  test('cuts every partition anew and names those that are no more, also without batches', async () => {
    const table = new FoldedTable(world);
    const words = [row(1, 1, '2018-01-01'), row(2, 2, '2018-03-01'), row(3, 3, null)];
    await table.fold([{ epoch: 1, words }]);
    const { changed, dropped, rowCount } = await table.fold([], { strategy: 'month' });
    expect(sizes(changed)).toEqual([
      ['1', 1],
      ['2018-01', 1],
      ['2018-03', 1],
    ]);
    expect(dropped).toEqual(['2018']);
    expect(rowCount).toBe(3);
  });

  test('takes what waits as well: the newest word on an id counts', async () => {
    const table = new FoldedTable(world);
    await table.fold([
      { epoch: 1, words: [row(1, 1, '2018-01-01'), row(2, 2, '2018-03-01'), row(3, 3, '2018-03-02')] },
    ]);
    const batches = [{ epoch: 1, words: [row(1, 4, '2018-02-01'), gone(2, 5), row(3, 2, '2018-05-05')] }];
    const { dropped } = await table.fold(batches, { strategy: 'day' });
    expect(dropped).toEqual(['2018']);
    expect(await table.liveRows()).toMatchObject([
      { file: '2018-02-01', id: 1, version: 1004 },
      { file: '2018-03-02', id: 3, version: 1003 },
    ]);
  });
});

test('how large a file is as CSV is known without writing it: about, and rather too much', async () => {
  const texts = ['', 'a', 'ä "quoted"', 'x'.repeat(300), 'same', 'same'];
  const words = Array.from({ length: 600 }, (_, n) => row(n + 1, 1_000_000 + n, '2018-01-01', `${texts[n % 6]}`));
  for (const some of [words, words.slice(0, 5), words.map(word => ({ ...word, name: `${word.name}${word.id}` }))]) {
    const { changed } = await new FoldedTable(world).fold([{ epoch: 1, words: some }]);
    const [made] = changed;
    if (made === undefined) throw new Error('nothing was written');
    const target = join(world.folder, 'size.csv');
    const present = outputNames(foldShape).filter(name => !name.startsWith('__'));
    await world.run(partitionCsvSql({ shape: foldShape, source: made.file.path, present, target }));
    const real = (await readFile(target)).length;
    expect(made.csvBytes).toBeGreaterThan(real * 0.98);
    expect(made.csvBytes).toBeLessThan(real * 1.15);
  }
});
