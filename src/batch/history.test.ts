import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, guid, shapeOf } from '../../test/kit/batch-fixtures.ts';
import { FoldedTable, type FoldOptions, FoldWorld, type KeptRow, type Word } from '../../test/kit/folded-table.ts';
import type { FoldPart } from '../core/batcher.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});

afterAll(() => world.close());

const row = (id: number, version: number, day: string | null = '2018-01-01'): Word => ({ id, version, day });
const gone = (id: number, version: number): Word => ({ id, version, deleted: true });
const batch = (...words: Word[]) => ({ epoch: 1, words });

/** `2018: 1v5` for a row, `2018: 1v5-` for a delete. */
const told = (rows: readonly KeptRow[]) =>
  rows.map(({ file, id, version, deleted }) => `${file}: ${id}v${version}${deleted ? '-' : ''}`).sort();

/** What is said of an id, in the order in which it was taken in. */
const lines = (rows: readonly KeptRow[], id: number) =>
  [...rows]
    .filter(one => one.id === id)
    .sort((a, b) => (a.sink < b.sink ? -1 : 1))
    .map(({ version, deleted }) => `${id}v${version}${deleted ? '-' : ''}`);

const keepParts: FoldOptions = { keep: 'parts' };

async function partsAfter(...folds: (readonly ReturnType<typeof batch>[])[]): Promise<string[]> {
  const table = new FoldedTable(world);
  for (const batches of folds) await table.fold(batches, keepParts);
  return told(await table.partRows());
}

describe('parts of an append-only table', () => {
  test('hold every version, also several of one id that are folded together', async () => {
    expect(await partsAfter([batch(row(1, 1)), batch(row(1, 2)), batch(row(1, 3, '2019-01-01'))])).toEqual([
      '2018: 1v1',
      '2018: 1v2',
      '2019: 1v3',
    ]);
  });

  test('hold a row that is read again with the same version once (I-2)', async () => {
    expect(await partsAfter([batch(row(1, 5)), batch(row(1, 5))], [batch(row(1, 5))])).toEqual(['2018: 1v5']);
  });

  test('do not go back to an older version, as a full read beside the changes brings it', async () => {
    expect(await partsAfter([batch(row(1, 5)), batch(row(1, 4), row(2, 1))], [batch(row(1, 3))])).toEqual([
      '2018: 1v5',
      '2018: 2v1',
    ]);
  });

  test('hold a delete in the partition of its row, from the image or from the same batches', async () => {
    const first = [batch(row(1, 1), row(2, 1, '2019-01-01'))];
    expect(await partsAfter(first, [batch(gone(1, 9)), batch(row(3, 10, '2020-01-01')), batch(gone(3, 11))])).toEqual([
      '2018: 1v1',
      '2018: 1v1-',
      '2019: 2v1',
      '2020: 3v10',
      '2020: 3v10-',
    ]);
  });

  test('hold a delete in the partition that its row moved to before', async () => {
    expect(await partsAfter([batch(row(1, 1))], [batch(row(1, 2, '2019-01-01')), batch(gone(1, 3))])).toEqual([
      '2018: 1v1',
      '2019: 1v2',
      '2019: 1v2-',
    ]);
  });

  test('hold the delete of a row that was made and deleted between two polls, in the partition without dates', async () => {
    expect(await partsAfter([batch(row(1, 1))], [batch(gone(7, 5))])).toEqual(['1: 7v0-', '2018: 1v1']);
  });

  test('hold a second delete of what is gone once, and none that is older than the row', async () => {
    expect(await partsAfter([batch(row(1, 5), row(2, 5))], [batch(gone(1, 6), gone(2, 4)), batch(gone(1, 7))])).toEqual(
      ['2018: 1v5', '2018: 1v5-', '2018: 2v5'],
    );
  });

  test('hold no row that is older than a delete that came a second time', async () => {
    expect(await partsAfter([batch(row(1, 1)), batch(gone(1, 3)), batch(gone(1, 9)), batch(row(1, 8))])).toEqual([
      '2018: 1v1',
      '2018: 1v1-',
    ]);
  });

  test('hold a row that was deleted and made again under its id, whichever partition it is in then', async () => {
    expect(await partsAfter([batch(row(1, 1)), batch(gone(1, 3)), batch(row(1, 4, '2020-01-01'))])).toEqual([
      '2018: 1v1',
      '2018: 1v1-',
      '2020: 1v4',
    ]);
  });

  test('hold a delete of the version that the row has: it is the later word (I-4)', async () => {
    expect(await partsAfter([batch(row(1, 3))], [batch(gone(1, 3))])).toEqual(['2018: 1v3', '2018: 1v3-']);
  });

  test('take a row of a restored environment for newer whatever its version (I-9)', async () => {
    const restored = { epoch: 2, words: [row(1, 2)] };
    expect(await partsAfter([batch(row(1, 9))], [restored, batch(row(1, 10))])).toEqual(['2018: 1v2', '2018: 1v9']);
  });

  test('show of a delete its id, its time and its version alone', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 1)), batch(gone(1, 3))], keepParts);
    const [part] = table.parts ?? [];
    const rows = await world.run(`SELECT * FROM '${part?.path}' WHERE __deleted`);
    expect(rows).toEqual([
      {
        Id: guid(1),
        SinkCreatedOn: expect.any(String),
        SinkModifiedOn: expect.any(String),
        accountid: null,
        name: null,
        createdon: null,
        versionnumber: '1',
        __version: '1',
        __epoch: 1,
        __deleted: true,
      },
    ]);
    expect(part).toMatchObject({ rows: 2, deletes: 1 });
  });

  test('show a row that was read again and found alive in its own version, not in that which lifts it over a delete', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5), row(2, 5)), batch(gone(1, 9), gone(2, 9))], keepParts);
    // The first was made again before others changed, the second was never gone.
    await table.fold([batch({ ...row(1, 10), own: 7 }, { ...row(2, 10), own: 5 })], keepParts);
    await table.fold([batch(row(1, 7), row(2, 5)), batch(gone(1, 12))], keepParts);
    expect(lines(await table.partRows(), 1)).toEqual(['1v5', '1v5-', '1v7', '1v7-']);
    expect(lines(await table.partRows(), 2)).toEqual(['2v5', '2v5-', '2v5']);
    expect(told(await table.liveRows())).toEqual(['2018: 2v5']);
  });

  test('are made from the image where the table had none, without batches and with them', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 1), row(2, 2, '2019-01-01')), batch(row(1, 3))]);
    await table.fold([], keepParts);
    expect(told(await table.partRows())).toEqual(['2018: 1v3', '2019: 2v2']);

    await table.fold([batch(row(3, 4))]);
    expect(table.parts).toBeNull();
    await table.fold([batch(gone(1, 9)), batch(row(2, 5, '2019-01-01'))], keepParts);
    expect(told(await table.partRows())).toEqual(['2018: 1v3', '2018: 1v3-', '2018: 3v4', '2019: 2v2', '2019: 2v5']);
  });

  test('of a table without rows are none', async () => {
    const table = new FoldedTable(world);
    expect(await table.fold([], keepParts)).toMatchObject({ changed: [], parts: [], rowCount: 0 });
  });

  test('are cut anew by another strategy: a delete goes with its row, one without a row to the partition without dates', async () => {
    const table = new FoldedTable(world);
    await table.fold(
      [batch(row(1, 1, '2018-01-05')), batch(row(1, 2, '2018-03-05')), batch(gone(1, 3), gone(8, 3))],
      keepParts,
    );
    const { parts } = await table.fold([batch(row(2, 4, '2018-05-05')), batch(gone(2, 5))], {
      ...keepParts,
      strategy: 'month',
    });
    expect(parts.map(({ name, deletes }) => [name, deletes])).toEqual([
      ['1', 1],
      ['2018-01', 0],
      ['2018-03', 1],
      ['2018-05', 1],
    ]);
    expect(told(await table.partRows())).toEqual([
      '1: 8v0-',
      '2018-01: 1v1',
      '2018-03: 1v2',
      '2018-03: 1v2-',
      '2018-05: 2v4',
      '2018-05: 2v4-',
    ]);
  });
});

describe.each(['parts', 'changes'] as const)('a delete in kept %s is told with the version of its row', keep => {
  const rowsOf = (table: FoldedTable) => (keep === 'parts' ? table.partRows() : table.changeRows());

  test('so that a row which was made again before a higher version was known is newer than it', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5))], { keep });
    // The row's next life has version 7. Others had changed up to 30 when its delete came, and the token expired then.
    await table.fold([batch(gone(1, 30))], { keep });
    await table.fold([batch(row(1, 7))], { keep });
    expect(lines(await rowsOf(table), 1)).toEqual(['1v5', '1v5-', '1v7']);
    expect(told(await table.liveRows())).toEqual(['2018: 1v7']);
  });

  test('also where the row came in the same fold, and again in each of its lives', async () => {
    const table = new FoldedTable(world);
    const lives = [row(1, 5), row(1, 6), gone(1, 30), row(1, 31), gone(1, 32), gone(1, 40), row(1, 41)];
    await table.fold(
      lives.map(word => batch(word)),
      { keep },
    );
    expect(lines(await rowsOf(table), 1)).toEqual(['1v5', '1v6', '1v6-', '1v31', '1v31-', '1v41']);
  });

  test('and a row that comes back as it was, as when rights were taken away for a time, is behind it', async () => {
    const table = new FoldedTable(world);
    for (const word of [row(1, 5), gone(1, 30), row(1, 5)]) await table.fold([batch(word)], { keep });
    expect(lines(await rowsOf(table), 1)).toEqual(['1v5', '1v5-', '1v5']);
  });

  test('and of its epoch: what a restored environment has is newer (I-9)', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 9))], { keep });
    await table.fold([{ epoch: 2, words: [gone(1, 4)] }], { keep });
    await table.fold([{ epoch: 2, words: [row(1, 3)] }], { keep });
    const rows = (await rowsOf(table)).map(({ epoch, version, deleted }) => `${epoch}.${version}${deleted ? '-' : ''}`);
    expect(rows.sort()).toEqual(['1.9', '1.9-', '2.3']);
  });

  test('or with 0 where no row is there: whatever is read of the id later is newer', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(gone(1, 30))], { keep });
    await table.fold([batch(row(1, 7))], { keep });
    await table.fold([batch(gone(1, 31))], { keep });
    await table.fold([batch(gone(1, 40))], { keep });
    expect(lines(await rowsOf(table), 1)).toEqual(['1v0-', '1v7', '1v7-', '1v0-']);
  });
});

test('a delete of an older part stays as it was told, also where files are cut anew', async () => {
  const table = new FoldedTable(world);
  await table.fold([batch(row(1, 5)), batch(gone(1, 30))], keepParts);
  await table.fold([batch(row(1, 7)), batch(gone(1, 30))], { ...keepParts, strategy: 'month' });
  expect(told(await table.partRows())).toEqual(['2018-01: 1v5', '2018-01: 1v5-', '2018-01: 1v7', '2018-01: 1v7-']);
});

describe('files of an append-only table', () => {
  const rowsOf = (count: number, from: number) => Array.from({ length: count }, (_, n) => row(from + n, from + n));

  async function limitOfTen(): Promise<number> {
    const { parts } = await new FoldedTable(world).fold([batch(...rowsOf(10, 1000))], keepParts);
    return (parts[0]?.csvBytes ?? 0) + 20;
  }

  test('never change again but the last of a partition; what is too much opens the next', async () => {
    const table = new FoldedTable(world);
    const options = { ...keepParts, partBytesMax: await limitOfTen() };
    const names: [string, number][][] = [];
    for (const [count, from] of [
      [6, 1000],
      [8, 2000],
      [3, 3000],
      [20, 4000],
    ] as const) {
      const before: FoldPart[] = [...(table.parts ?? [])];
      const { parts } = await table.fold([batch(...rowsOf(count, from))], options);
      names.push(parts.map(({ name, file }) => [name, file.rows]));
      for (const sealed of before.slice(0, -1)) expect(table.parts).toContainEqual(sealed);
    }
    expect(names).toEqual([
      [['2018', 6]],
      [
        ['2018', 10],
        ['2018_001', 4],
      ],
      [['2018_001', 7]],
      [
        ['2018_001', 10],
        ['2018_002', 10],
        ['2018_003', 7],
      ],
    ]);
    expect(await table.partRows()).toHaveLength(37);
  });

  test('are not even read where they cannot grow', async () => {
    const table = new FoldedTable(world);
    const options = { ...keepParts, partBytesMax: await limitOfTen() };
    await table.fold([batch(...rowsOf(12, 1000), row(1, 1, '2019-01-01'))], options);
    const lost = (table.parts ?? []).map(part => (part.name === '2018_001' ? part : { ...part, path: 'not there' }));
    table.parts = lost;
    const { parts } = await table.fold([batch(row(1000, 5000))], options);
    expect(parts.map(({ name, file }) => [name, file.rows])).toEqual([['2018_001', 3]]);
  });

  test('leave nothing behind when they cannot be written, nor does the image', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 1))], keepParts);
    table.parts = (table.parts ?? []).map(part => ({ ...part, path: join(world.folder, 'missing.parquet') }));
    const before = await readdir(join(world.folder, 'batch'));
    await expect(table.fold([batch(row(1, 2))], keepParts)).rejects.toMatchObject({ code: 'batch/engine' });
    expect(await readdir(join(world.folder, 'batch'))).toEqual(before);
  });

  test('are only those of the partitions that rows came to', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 1), row(2, 1, '2019-01-01'), row(3, 1, null))], keepParts);
    const { parts } = await table.fold([batch(row(2, 2, '2019-01-01'))], keepParts);
    expect(parts.map(({ name }) => name)).toEqual(['2019']);
    expect((await table.fold([batch(row(2, 1, '2019-01-01'))], keepParts)).parts).toEqual([]);
  });
});

describe('changes for incremental folders', () => {
  const keep: FoldOptions = { keep: 'changes' };

  test('are the same rows, in a file of their own for each fold', async () => {
    const table = new FoldedTable(world);
    const first = await table.fold([batch(row(1, 1), row(2, 1)), batch(row(1, 2))], keep);
    expect(first.changes).toMatchObject([{ rows: 3, deletes: 0 }]);
    const second = await table.fold([batch(row(2, 1), row(1, 3)), batch(gone(1, 4), gone(9, 4))], keep);
    expect(second.changes).toMatchObject([{ rows: 1, deletes: 2 }]);
    expect(second.parts).toEqual([]);
    expect(told(await table.changeRows())).toEqual(
      ['1v1', '1v2', '1v3', '1v3-', '2v1', '9v0-'].map(one => `changes: ${one}`),
    );
  });

  test('are none where nothing is news', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 1))], keep);
    expect((await table.fold([batch(row(1, 1))], keep)).changes).toEqual([]);
    expect((await table.fold([], keep)).changes).toEqual([]);
  });

  test('are several files past the size limit', async () => {
    const table = new FoldedTable(world);
    const words = Array.from({ length: 25 }, (_, n) => row(n + 1, 1000 + n, n % 2 === 0 ? '2018-01-01' : '2019-01-01'));
    const ten = words.slice(0, 10).map(word => ({ ...word, day: '2018-01-01' }));
    const { changed } = await new FoldedTable(world).fold([batch(...ten)]);
    const partBytesMax = (changed[0]?.csvBytes ?? 0) + 10;
    const { changes } = await table.fold([batch(...words.slice(0, 12)), batch(...words.slice(12))], {
      ...keep,
      partBytesMax,
    });
    expect(changes.map(({ rows }) => rows)).toEqual([10, 10, 5]);
    expect(new Set((await table.changeRows()).map(({ id }) => id)).size).toBe(25);
  });
});

test('files that are written after a column changed its type hold old rows under the new one', async () => {
  const table = new FoldedTable(world);
  const named = (id: number, version: number, name: string): Word => ({ ...row(id, version), name });
  await table.fold([batch(named(1, 1, '7'), named(2, 2, 'seven'))], keepParts);
  const shape = shapeOf([column('name', 'integer'), column('createdon', 'datetime')]);
  await table.fold([batch(named(3, 3, '8'))], { ...keepParts, shape });
  for (const [file] of [table.image, table.parts ?? []]) {
    const rows = await world.run(`SELECT name, typeof(name) AS type FROM '${file?.path}' ORDER BY "Id"`);
    expect(rows.map(({ name }) => name)).toEqual([7, null, 8]);
    expect(rows[0]?.type).toBe('INTEGER');
  }
});

test('a fold of many partitions at once takes each row to its own, past the number of reads that whole rows are worth', async () => {
  const table = new FoldedTable(world);
  const years = Array.from({ length: 7 }, (_, n) => 2010 + n);
  const rows = years.map((year, n) => row(n + 1, 1, `${year}-01-01`));
  await table.fold([batch(...rows), batch(gone(1, 5)), batch(row(2, 6, '2020-02-02'))], keepParts);
  expect(told(await table.partRows())).toEqual([
    '2010: 1v1',
    '2010: 1v1-',
    ...years.slice(1).map((year, n) => `${year}: ${n + 2}v1`),
    '2020: 2v6',
  ]);
  await table.fold([batch(...rows.map(word => ({ ...word, version: 9 })))], keepParts);
  expect(told(await table.liveRows())).toEqual(years.map((year, n) => `${year}: ${n + 1}v9`));
  expect(await table.partRows()).toHaveLength(16);
});
