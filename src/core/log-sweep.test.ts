import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { live, openLog, rows, running } from '../../test/kit/log-values.ts';
import { Died, MemoryStore } from '../../test/kit/memory-store.ts';
import type { FoldEntry, TableState } from './commit.ts';
import type { TableLog } from './commit-log.ts';
import { limits } from './limits.ts';
import { emptyState } from './log-state.ts';

const hourMs = 3_600_000;

async function put(log: TableLog, kind: 'batch' | 'image' = 'batch') {
  return log.putData({ kind, file: { content: new Uint8Array([1]), rows: 1 }, signal: live });
}

async function commitBatch(log: TableLog, state: TableState): Promise<TableState> {
  const file = await put(log);
  const body = rows(state, running(state.tail + 1), { batch: { ...file, deletes: 0 } });
  return (await log.commit(state, body, { signal: live })).state;
}

async function commitFold(log: TableLog, state: TableState): Promise<TableState> {
  const file = await put(log, 'image');
  const partitions = [{ name: '2026', changedAt: state.tail + 1, file }];
  const body: FoldEntry = { kind: 'fold', through: state.tail, partitions, rowCount: 1 };
  return (await log.commit(state, body, { signal: live })).state;
}

async function commitMany(log: TableLog, state: TableState, count: number): Promise<TableState> {
  let current = state;
  for (let step = 0; step < count; step += 1) current = await commitBatch(log, current);
  return current;
}

function world() {
  const clock = new FakeClock({ auto: true });
  const store = new MemoryStore({ clock });
  return { clock, store, log: openLog(store, { clock }) };
}

function sequencesIn(store: MemoryStore, kind: 'log' | 'checkpoint'): number[] {
  return store.paths.filter(path => path.includes(`/${kind}/`)).map(path => Number(/(\d{20})/.exec(path)?.[1]));
}

describe('sweep', () => {
  test('keeps everything while retention has not passed', async () => {
    const { clock, store, log } = world();
    let state = await commitMany(log, emptyState(), 230);
    state = await commitFold(log, state);
    await clock.advance(limits.retentionMs - hourMs);
    const before = store.paths.filter(path => !path.includes('/checkpoint/'));
    expect(await log.sweep(state, live)).toMatchObject({ entries: 0, dataFiles: 0 });
    expect(store.paths.filter(path => !path.includes('/checkpoint/'))).toEqual(before);
  });

  test('removes entries below the checkpoint before the newest, oldest first, and loads the same', async () => {
    const { clock, store, log } = world();
    let state = await commitMany(log, emptyState(), 250);
    await clock.advance(limits.retentionMs + hourMs);
    state = await commitMany(log, state, 60);
    const watched = store.handle();
    await openLog(watched, { clock }).sweep(state, live);
    const removed = watched.calls.filter(call => call.operation === 'remove' && call.path.includes('/log/'));
    expect(removed.map(call => call.path)).toEqual(removed.map(call => call.path).toSorted());
    expect(sequencesIn(store, 'log')[0]).toBe(200);
    expect(sequencesIn(store, 'checkpoint')).toEqual([200, 300]);
    expect(await openLog(store, { clock }).load(live)).toEqual(state);
  });

  test('keeps a folded batch for a day after the fold, for queries that began before it (I-5)', async () => {
    const { clock, store, log } = world();
    let state = await commitMany(log, emptyState(), 100);
    const folded = state.pending.map(p => p.batch.path);
    await clock.advance(3 * limits.retentionMs);
    state = await commitFold(log, state);
    state = await commitMany(log, state, 105);
    await log.sweep(state, live);
    expect(store.paths).toEqual(expect.arrayContaining(folded));
    await clock.advance(limits.retentionMs + hourMs);
    state = await commitMany(log, state, 100);
    await log.sweep(state, live);
    expect(store.paths.filter(path => folded.includes(path))).toEqual([]);
    const named = [...state.pending.map(p => p.batch.path), ...(state.image?.partitions.map(p => p.file.path) ?? [])];
    expect(store.paths).toEqual(expect.arrayContaining(named));
  });

  test('removes orphans after a day, not before, and nothing that is not ours', async () => {
    const { clock, store, log } = world();
    const orphan = await put(log);
    const strangers = [
      '.lakelink/account/data/notes.txt',
      '.lakelink/account/log/notes.txt',
      '.lakelink/account/other/batch-1.parquet',
      '.lakelink/contact/data/batch-1.parquet',
      'account/2026.csv',
    ];
    for (const path of strangers) store.plant(path, 'x');
    const state = await commitBatch(log, emptyState());
    await log.sweep(state, live);
    expect(store.paths).toContain(orphan.path);
    await clock.advance(limits.retentionMs + 1);
    expect(await log.sweep(state, live)).toMatchObject({ dataFiles: 1 });
    expect(store.paths).not.toContain(orphan.path);
    expect(store.paths).toEqual(expect.arrayContaining(strangers));
  });

  test('keeps of each hour one checkpoint, and always the newest two', async () => {
    const { clock, store, log } = world();
    let state = emptyState();
    for (let step = 0; step < 8; step += 1) {
      state = await commitMany(log, state, 100);
      await clock.advance(hourMs / 2);
    }
    await log.sweep(state, live);
    expect(sequencesIn(store, 'checkpoint')).toEqual([100, 300, 500, 700, 800]);
  });

  test('that dies at any call leaves a log that loads the same', async () => {
    const built = world();
    let state = await commitMany(built.log, emptyState(), 205);
    await built.clock.advance(limits.retentionMs + hourMs);
    state = await commitMany(built.log, state, 100);
    for (let call = 1; ; call += 1) {
      const doomed = built.store.handle({ script: [{ call, do: 'apply-then-die' }] });
      const outcome = await openLog(doomed, { clock: built.clock })
        .sweep(state, live)
        .catch((failure: unknown) => failure);
      // The reading calls in between are many and alike: from the first removal on every call is tried.
      if (call % 25 === 1) expect(await openLog(built.store, { clock: built.clock }).load(live)).toEqual(state);
      if (!(outcome instanceof Died)) break;
      const removals = doomed.calls.some(({ operation }) => operation === 'remove');
      if (!removals) call += 40;
    }
    expect(await openLog(built.store, { clock: built.clock }).load(live)).toEqual(state);
  });
});

describe('a removed table', () => {
  test('leaves one entry and its checkpoint, and starts clean when it is added again (I-3)', async () => {
    const { clock, store, log } = world();
    const state = await commitMany(log, emptyState(), 120);
    const gone = await log.remove(state, live);
    expect(store.paths).toEqual([
      `.lakelink/account/checkpoint/${String(121).padStart(20, '0')}.json`,
      `.lakelink/account/log/${String(121).padStart(20, '0')}.json`,
    ]);
    expect(gone).toEqual({ ...emptyState(), tail: 121, generation: 1 });
    const again = await commitBatch(log, gone);
    expect(again).toMatchObject({ tail: 122, rowsCommitted: 1, generation: 1 });
    expect(await openLog(store, { clock }).load(live)).toEqual(again);
  });

  test('is gone whatever dies, after the removal was asked again', async () => {
    for (let call = 1; ; call += 1) {
      const { clock, store, log } = world();
      const state = await commitMany(log, emptyState(), 3);
      const doomed = store.handle({ script: [{ call, do: 'apply-then-die' }] });
      const outcome = await openLog(doomed, { clock, writer: 'doomed' })
        .remove(state, live)
        .catch((failure: unknown) => failure);
      const late = openLog(store, { clock, writer: 'second' });
      await late.remove(await late.load(live), live);
      expect(store.paths.filter(path => path.includes('/data/'))).toEqual([]);
      expect(sequencesIn(store, 'log')).toHaveLength(1);
      expect((await late.load(live)).pending).toEqual([]);
      if (!(outcome instanceof Died)) break;
    }
  });

  test('cannot be committed to by a worker that did not notice (I-3)', async () => {
    const { clock, store, log } = world();
    const state = await commitMany(log, emptyState(), 3);
    await log.remove(state, live);
    const late = openLog(store.handle(), { clock, writer: 'late' });
    const answer = await late.commit(state, rows(state, running(9)), { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(answer.state).toEqual({ ...emptyState(), tail: 4, generation: 1 });
  });
});
