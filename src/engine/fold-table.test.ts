import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { FoldWorld, foldShape, type KeptRow, type Word } from '../../test/kit/folded-table.ts';
import { live, openLog, rows, running } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { EntryBody, ImagePartition, TableState } from '../core/commit.ts';
import { foldTable } from './fold-table.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});

afterAll(() => world.close());

/** A table in a lake in memory, with batches that a real batcher folds. */
async function opened() {
  const clock = new FakeClock({ auto: true });
  const store = new MemoryStore({ clock });
  const log = openLog(store, { clock });
  const parts = { store, log, batcher: world.batcher };
  let state: TableState = await log.load(live);
  const commit = async (body: EntryBody) => {
    state = (await log.commit(state, body, { signal: live })).state;
  };
  const arrive = async (...words: Word[]) => {
    const { path } = await world.batch({ epoch: 0, words });
    const bytes = await readFile(path);
    const deletes = words.filter(({ deleted }) => deleted).length;
    const file = await log.putData({
      kind: 'batch',
      file: { content: bytes, rows: words.length - deletes },
      signal: live,
    });
    await commit(rows(state, running(state.tail), { batch: { ...file, deletes } }));
  };
  const fold = async () => commit(await foldTable(parts, state, live));
  const show = async (files: readonly Pick<ImagePartition, 'name' | 'file'>[] = []) => {
    const local = files.map(async ({ name, file }) => ({ name, path: await store.localFile(file.path, live) }));
    return told(await world.rowsOf(await Promise.all(local)));
  };
  await commit({ kind: 'shape', shape: foldShape });
  return { commit, arrive, fold, show, state: () => state };
}

const told = (found: readonly KeptRow[]) =>
  found.map(({ file, id, version, deleted }) => `${file}: ${id}v${version}${deleted ? '-' : ''}`).sort();

const row = (id: number, version: number, day = '2018-01-05'): Word => ({ id, version, day });

test('a table goes from one mode to another and back by folds alone, and every file is as its mode asks', async () => {
  const { commit, arrive, fold, show, state } = await opened();
  await arrive(row(1, 1), row(2, 2, '2018-03-05'));
  await fold();
  expect(state().image).toMatchObject({ rowCount: 2, strategy: 'year' });
  expect(state().image?.partitions.every(({ csvBytes = 0 }) => csvBytes > 100)).toBe(true);
  expect(state().image?.parts).toBeUndefined();

  await commit({ kind: 'mode', partitionStrategy: 'year', writeMode: 'append' });
  await fold();
  expect(await show(state().image?.parts)).toEqual(['2018: 1v1', '2018: 2v2']);
  expect(state().changesWritten).toBe(2);

  await arrive(row(1, 3), { id: 2, version: 4, deleted: true });
  await fold();
  expect(await show(state().image?.parts)).toEqual(['2018: 1v1', '2018: 1v3', '2018: 2v2', '2018: 2v2-']);
  expect(state().image?.parts).toMatchObject([{ name: '2018', deletes: 1, file: { rows: 4 } }]);
  expect(state().changesWritten).toBe(4);
  expect(await show(state().image?.partitions)).toEqual(['2018: 1v3']);

  await commit({ kind: 'mode', partitionStrategy: 'month', writeMode: 'append' });
  await fold();
  expect(await show(state().image?.parts)).toEqual(['2018-01: 1v1', '2018-01: 1v3', '2018-03: 2v2', '2018-03: 2v2-']);
  expect(await show(state().image?.partitions)).toEqual(['2018-01: 1v3']);

  await commit({ kind: 'mode', partitionStrategy: 'month', writeMode: 'in-place' });
  await fold();
  expect(state().image?.parts).toBeUndefined();
  expect(state().image).toMatchObject({ rowCount: 1, strategy: 'month' });
});

test('parts that did not change keep their sequence, those that did rise', async () => {
  const { commit, arrive, fold, state } = await opened();
  await commit({ kind: 'mode', partitionStrategy: 'year', writeMode: 'append' });
  await arrive(row(1, 1), row(2, 2, '2019-01-01'));
  await fold();
  const before = state().image?.parts ?? [];
  await arrive(row(2, 3, '2019-01-01'));
  await fold();
  const after = state().image?.parts ?? [];
  expect(after[0]).toEqual(before[0]);
  expect(after[1]?.changedAt).toBe(state().image?.foldedAt);
});

test('changes of a link of incremental folders wait for their folder, fold by fold', async () => {
  const { commit, arrive, fold, show, state } = await opened();
  await commit({ kind: 'mode', partitionStrategy: 'year', writeMode: 'folders' });
  await arrive(row(1, 1), row(2, 2));
  await fold();
  await arrive(row(1, 3), { id: 2, version: 4, deleted: true });
  await fold();
  await arrive(row(1, 3));
  await fold();
  const { waiting, changesWritten } = state();
  expect(waiting.map(({ batch: { rows: count, deletes } }) => [count, deletes])).toEqual([
    [2, 0],
    [1, 1],
  ]);
  expect(changesWritten).toBe(4);
  expect(await show(waiting.map(({ sequence, batch }) => ({ name: `${sequence}`, file: batch })))).toEqual([
    '4: 1v1',
    '4: 2v2',
    '6: 1v3',
    '6: 2v2-',
  ]);
});
