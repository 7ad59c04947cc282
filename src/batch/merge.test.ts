import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  built,
  column,
  countingIds,
  deletedRow,
  fileRows,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import {
  type HistoryBatch as Batch,
  type HistoryWord,
  histories,
  winnersOf as model,
} from '../../test/kit/version-histories.ts';
import type { Batcher, FoldPartition, FoldResult, MergeBatch, MergeInput } from '../core/batcher.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import type { TableShape } from '../core/shape.ts';
import type { PageSpool } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { mergeSql } from './merge.ts';
import { openSpool } from './spool.ts';

const signal = new AbortController().signal;
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-merge-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const shape = shapeOf([column('name', 'string'), column('createdon', 'datetime')]);

let made = 0;

async function batchFile({ epoch, words }: Batch, of: TableShape = shape): Promise<string> {
  made += 1;
  const deleteVersion = String(words.find(({ deleted }) => deleted)?.version ?? 1);
  const rows = words.map(({ id, version, deleted, year }) =>
    deleted
      ? deletedRow(guid(id))
      : JSON.stringify({
          '@odata.etag': `W/"${version}"`,
          accountid: guid(id),
          name: `batch ${made}`,
          createdon: year === null ? null : `${year}-12-31T23:59:59Z`,
          versionnumber: version,
        }),
  );
  const page = await spool.receive(pageKey({ address: `batch ${made}` }), inPieces(answer(rows)), signal);
  return built(await batcher.build({ ...requestRest, shape: of, page, epoch, deleteVersion }, signal)).file.path;
}

async function batchFiles(history: readonly Batch[]): Promise<MergeBatch[]> {
  const batches: MergeBatch[] = [];
  for (const [n, batch] of history.entries())
    batches.push({ path: await batchFile(batch), sequence: n + 1, epoch: batch.epoch });
  return batches;
}

async function merged(input: MergeInput): Promise<Map<string, { version: number; year: number | null }>> {
  const sql = `SELECT "Id"::VARCHAR AS id, __version::INTEGER AS version, year(createdon)::INTEGER AS year FROM (${mergeSql(input)})`;
  const rows = await engine.session(session => session.runAll(sql), signal);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  const yearOf = (year: unknown) => (year === null ? null : Number(year));
  return new Map(rows.map(({ id, version, year }) => [String(id), { version: Number(version), year: yearOf(year) }]));
}

function imageAfter(image: readonly FoldPartition[], { changed }: FoldResult): FoldPartition[] {
  const partitions = new Map(image.map(partition => [partition.name, partition]));
  for (const { name, file } of changed) partitions.set(name, { name, path: file.path });
  return [...partitions.values()];
}

function fold(
  image: readonly FoldPartition[],
  batches: readonly MergeBatch[],
  partitionStrategy: PartitionStrategy = 'year',
) {
  return batcher.fold({ shape, image, batches, partitionStrategy }, signal);
}

describe('any history of rows and deletes', () => {
  test('merges to what the rule of versions says (I-4)', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        const batches = await batchFiles(history);
        expect(await merged({ shape, image: [], batches })).toEqual(model(history));
      }),
      { numRuns: 15 },
    );
  });

  test('folds to the same rows at once or in two steps, each in its own partition only (I-2)', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(6), async (history, cut) => {
        const batches = await batchFiles(history);
        const whole = await fold([], batches);
        const image = imageAfter([], whole);
        expect(await merged({ shape, image, batches: [] })).toEqual(model(history));
        expect(whole.rowCount).toBe(model(history).size);

        // A tombstone goes with its fold, so what follows may not be older than it: the engine's promise.
        const early = history.slice(0, cut).filter(({ words }) => words.every(({ deleted }) => !deleted));
        const late = history.filter(batch => !early.includes(batch));
        const ordered = [...early, ...late];
        const orderedBatches = await batchFiles(ordered);
        const first = await fold([], orderedBatches.slice(0, early.length));
        const firstImage = imageAfter([], first);
        const rest = orderedBatches.slice(early.length);
        expect(await merged({ shape, image: firstImage, batches: rest })).toEqual(model(ordered));
        const second = await fold(firstImage, rest);
        const secondImage = imageAfter(firstImage, second);
        expect(await merged({ shape, image: secondImage, batches: [] })).toEqual(model(ordered));
        expect(second.rowCount).toBe(model(ordered).size);
        await expectPartitions(secondImage);
      }),
      { numRuns: 10 },
    );
  });
});

/** Every row lies in the partition of its createdon, and once. */
async function expectPartitions(image: readonly FoldPartition[]): Promise<void> {
  for (const { name, path } of image) {
    const sql = `SELECT "Id"::VARCHAR AS id, coalesce(year(createdon)::VARCHAR, '1') AS year FROM ${fileRows(shape, path)}`;
    const rows = await engine.session(session => session.runAll(sql), signal);
    expect(rows.every(({ year }) => year === name)).toBe(true);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  }
}

const live = (id: number, version: number, year: number | null): HistoryWord => ({ id, version, year, deleted: false });
const gone = (id: number, version: number): HistoryWord => ({ id, version, year: null, deleted: true });

test('a fold rewrites only partitions that gain or lose rows; an emptied one keeps a file of zero rows', async () => {
  const [first, second] = await batchFiles([
    { epoch: 1, words: [live(1, 1, 2022), live(2, 2, 2023), live(3, 3, 2024), live(4, 4, null)] },
    { epoch: 1, words: [gone(1, 9), live(3, 8, 2023)] },
  ]);
  if (first === undefined || second === undefined) throw new Error('no batches');
  const initial = await fold([], [first]);
  expect(initial.changed.map(({ name, file }) => [name, file.rows])).toEqual([
    ['1', 1],
    ['2022', 1],
    ['2023', 1],
    ['2024', 1],
  ]);
  const image = imageAfter([], initial);
  const next = await fold(image, [second]);
  expect(next.changed.map(({ name, file }) => [name, file.rows])).toEqual([
    ['2022', 0],
    ['2023', 2],
    ['2024', 0],
  ]);
  expect(next.rowCount).toBe(3);
  expect([...(await merged({ shape, image: imageAfter(image, next), batches: [] })).keys()].sort()).toEqual([
    guid(2),
    guid(3),
    guid(4),
  ]);
});

test('what is older than the image changes nothing, and rewrites nothing', async () => {
  const [first, older] = await batchFiles([
    { epoch: 1, words: [live(1, 5, 2022)] },
    { epoch: 1, words: [live(1, 4, 2023), gone(2, 4)] },
  ]);
  if (first === undefined || older === undefined) throw new Error('no batches');
  const image = imageAfter([], await fold([], [first]));
  expect(await fold(image, [older])).toMatchObject({ changed: [], rowCount: 1 });
  expect(await merged({ shape, image, batches: [older] })).toEqual(new Map([[guid(1), { version: 5, year: 2022 }]]));
});

test('partitions follow createdon in UTC by year or month, also in 1753 and 9999; a table without createdon has one', async () => {
  const words = [live(1, 1, 1753), live(2, 2, 9999), live(3, 3, 2024), live(4, 4, null)];
  const batches = await batchFiles([{ epoch: 1, words }]);
  expect((await fold([], batches, 'month')).changed.map(({ name }) => name)).toEqual([
    '1',
    '1753-12',
    '2024-12',
    '9999-12',
  ]);
  const bare = shapeOf([column('name', 'string')]);
  const result = await batcher.fold({ shape: bare, image: [], batches, partitionStrategy: 'year' }, signal);
  expect(result.changed.map(({ name, file }) => [name, file.rows])).toEqual([['1', 4]]);
});

test('files of an older shape merge and fold: a new column is null in them, a wider decimal keeps its values', async () => {
  const before = shapeOf([column('createdon', 'datetime'), column('rate', 'decimal', { precision: 10 })]);
  const after = shapeOf([
    column('createdon', 'datetime'),
    column('rate', 'decimal', { precision: 12 }),
    column('new_a', 'memo'),
  ]);
  const build = async (of: TableShape, row: string) => {
    made += 1;
    const page = await spool.receive(pageKey({ address: `older ${made}` }), inPieces(answer([row])), signal);
    return built(await batcher.build({ ...requestRest, shape: of, page }, signal)).file.path;
  };
  const old = await build(before, `{"accountid":"${guid(1)}","versionnumber":1,"rate":"100000000000.0000000001"}`);
  const next = {
    path: await build(after, `{"accountid":"${guid(2)}","versionnumber":2,"new_a":"x"}`),
    sequence: 2,
    epoch: 1,
  };
  const folded = await batcher.fold(
    { shape: before, image: [], batches: [{ path: old, sequence: 1, epoch: 1 }], partitionStrategy: 'year' },
    signal,
  );
  const image = imageAfter([], folded);
  const show = async (input: MergeInput) =>
    engine.session(
      session => session.runAll(`SELECT rate::VARCHAR AS rate, new_a FROM (${mergeSql(input)}) ORDER BY __version`),
      signal,
    );
  const expected = [
    { rate: '100000000000.000000000100', new_a: null },
    { rate: null, new_a: 'x' },
  ];
  expect(await show({ shape: after, image, batches: [next] })).toEqual(expected);
  expect(await show({ shape: after, image, batches: [] })).toEqual(expected.slice(0, 1));
  const again = await batcher.fold({ shape: after, image, batches: [next], partitionStrategy: 'year' }, signal);
  expect(await show({ shape: after, image: imageAfter(image, again), batches: [] })).toEqual(expected);
});

test('a table without image and batches has its columns and no rows', async () => {
  const rows = await engine.session(
    session => session.runAll(`DESCRIBE ${mergeSql({ shape, image: [], batches: [] })}`),
    signal,
  );
  expect(rows.map(row => [row.column_name, row.column_type])).toEqual([
    ['Id', 'UUID'],
    ['SinkCreatedOn', 'TIMESTAMP'],
    ['SinkModifiedOn', 'TIMESTAMP'],
    ['accountid', 'UUID'],
    ['name', 'VARCHAR'],
    ['createdon', 'TIMESTAMP WITH TIME ZONE'],
    ['versionnumber', 'BIGINT'],
    ['__version', 'BIGINT'],
    ['__epoch', 'INTEGER'],
  ]);
  expect(await merged({ shape, image: [], batches: [] })).toEqual(new Map());
  expect(await fold([], [])).toMatchObject({ changed: [], rowCount: 0 });
});

test('a row lifted over a delete takes its own version again in the image, so a later full read of it counts (I-4, I-6)', async () => {
  const [first] = await batchFiles([{ epoch: 1, words: [gone(1, 9)] }]);
  if (first === undefined) throw new Error('no batch');
  const again = (name: string) =>
    `{"@odata.etag":"W/\\"5\\"","accountid":"${guid(1)}","name":"${name}","createdon":null,"versionnumber":5}`;
  const lifted = built(
    await batcher.build(
      {
        ...requestRest,
        shape,
        page: await spool.receive(
          pageKey({ read: 'rows', address: 'lifted' }),
          inPieces(answer([again('old')])),
          signal,
        ),
        chain: [first.path],
      },
      signal,
    ),
  );
  expect(lifted.highWater).toBe('10');
  const second = { path: lifted.file.path, sequence: 2, epoch: 1 };
  const image = imageAfter([], await fold([], [first, second]));
  const full = built(
    await batcher.build(
      {
        ...requestRest,
        shape,
        page: await spool.receive(pageKey({ read: 'full', address: 'full' }), inPieces(answer([again('new')])), signal),
      },
      signal,
    ),
  );
  const rows = await engine.session(session =>
    session.runAll(
      `SELECT name, __version FROM (${mergeSql({ shape, image, batches: [{ path: full.file.path, sequence: 4, epoch: 1 }] })})`,
    ),
  );
  expect(rows).toEqual([{ name: 'new', __version: '5' }]);
});

test('a file that is in the lake is discarded; twice is allowed', async () => {
  const { changed } = await fold([], await batchFiles([{ epoch: 1, words: [live(1, 1, 2022)] }]));
  const [made] = changed;
  if (made === undefined) throw new Error('nothing changed');
  await batcher.discard(made.file);
  await batcher.discard(made.file);
  expect((await readdir(join(folder, 'batch'))).map(name => join(folder, 'batch', name))).not.toContain(made.file.path);
});

test('a fold that fails leaves none of its files', async () => {
  const [first] = await batchFiles([{ epoch: 1, words: [live(1, 1, 2022), live(2, 2, 2023)] }]);
  if (first === undefined) throw new Error('no batch');
  const missing = { path: join(folder, 'missing.parquet'), sequence: 2, epoch: 1 };
  const before = await readdir(join(folder, 'batch'));
  await expect(fold([], [first, missing])).rejects.toMatchObject({ code: 'batch/engine' });
  expect(await readdir(join(folder, 'batch'))).toEqual(before);
});

describe('a narrow pass (I-6)', () => {
  const narrowPage = (rows: readonly object[], address: string) =>
    spool.compose(
      pageKey({ read: 'narrow', address }),
      rows.map(row => Buffer.from(JSON.stringify(row))),
      signal,
    );

  test('finds what is newer or unknown, and what vanished', async () => {
    const [first, second] = await batchFiles([
      { epoch: 1, words: [live(1, 1, 2022), live(2, 2, 2022), live(3, 3, 2022), live(4, 4, 2022)] },
      { epoch: 1, words: [gone(4, 6)] },
    ]);
    if (first === undefined || second === undefined) throw new Error('no batches');
    const image = imageAfter([], await fold([], [first]));
    const pages = [
      await narrowPage(
        [
          { accountid: guid(1), versionnumber: 1 },
          { accountid: guid(2), '@odata.etag': 'W/"5"' },
        ],
        'a',
      ),
      await narrowPage([], 'b'),
      await narrowPage(
        [
          { accountid: guid(4), versionnumber: '4' },
          { accountid: guid(5), versionnumber: 6 },
        ],
        'c',
      ),
    ];
    expect(await batcher.compareNarrow({ shape, image, batches: [second], pages }, signal)).toEqual({
      behind: [guid(2), guid(4), guid(5)],
      unknown: [guid(4), guid(5)],
      vanished: [guid(3)],
      shown: 4,
      live: 3,
    });
  });

  test('a row that came since the first page was asked is no candidate for deletion', async () => {
    const batches = await batchFiles([{ epoch: 1, words: [live(1, 3, 2022), live(2, 4, 2022), live(3, 5, 2022)] }]);
    const compared = await batcher.compareNarrow({ shape, image: [], batches, pages: [], knownThrough: '4' }, signal);
    expect(compared).toMatchObject({ vanished: [guid(1), guid(2)], live: 3 });
  });

  test('without pages everything vanished; without rows everything is behind', async () => {
    const batches = await batchFiles([{ epoch: 1, words: [live(1, 1, 2022)] }]);
    expect(await batcher.compareNarrow({ shape, image: [], batches, pages: [] }, signal)).toEqual({
      behind: [],
      unknown: [],
      vanished: [guid(1)],
      shown: 0,
      live: 1,
    });
    const pages = [await narrowPage([{ accountid: guid(1), versionnumber: 1 }], 'd')];
    expect(await batcher.compareNarrow({ shape, image: [], batches: [], pages }, signal)).toEqual({
      behind: [guid(1)],
      unknown: [guid(1)],
      vanished: [],
      shown: 1,
      live: 0,
    });
  });

  test('a shown row without id or version fails the pass: missed, it would look as if it had vanished', async () => {
    for (const row of [{ versionnumber: 1 }, { accountid: guid(1) }, { accountid: 'x', versionnumber: 1 }]) {
      const pages = [await narrowPage([row], JSON.stringify(row))];
      await expect(batcher.compareNarrow({ shape, image: [], batches: [], pages }, signal)).rejects.toMatchObject({
        code: 'batch/engine',
      });
    }
  });
});
