import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { batch, counter, fold, full, live, openLog, reset, rows, running, start } from '../../test/kit/log-values.ts';
import { Died, MemoryStore, type StoreFault } from '../../test/kit/memory-store.ts';
import type { EntryBody, TableState } from './commit.ts';
import { sameCursor } from './cursor.ts';
import { Fault, type FaultCode } from './fault.ts';
import { limits } from './limits.ts';
import { emptyState } from './log-state.ts';

const mode: EntryBody = { kind: 'mode', partitionStrategy: 'year' };
const entryPath = (sequence: number) => `.lakelink/account/log/${String(sequence).padStart(20, '0')}.json`;
const checkpointPath = (sequence: number) => `.lakelink/account/checkpoint/${String(sequence).padStart(20, '0')}.json`;

async function codeOf(work: Promise<unknown>): Promise<FaultCode | 'none' | 'other'> {
  try {
    await work;
    return 'none';
  } catch (failure) {
    return failure instanceof Fault ? failure.code : 'other';
  }
}

/** Commits `count` entries that only move the cursor. */
async function commitMany(log: ReturnType<typeof openLog>, state: TableState, count: number): Promise<TableState> {
  let current = state;
  for (let step = 0; step < count; step += 1) {
    const body = rows(current, running(current.tail + 1));
    current = (await log.commit(current, body, { signal: live })).state;
  }
  return current;
}

describe('a table without a log', () => {
  test('loads as the empty state and touches nothing (I-7)', async () => {
    const store = new MemoryStore();
    expect(await openLog(store).load(live)).toEqual(emptyState());
    expect(store.paths).toEqual([]);
  });
});

describe('commit', () => {
  test('cursor and data become true in one put (I-1)', async () => {
    const store = new MemoryStore();
    const log = openLog(store);
    const first = await log.commit(emptyState(), rows({ cursor: start }, full(1), { batch: batch('b1') }), {
      signal: live,
    });
    expect(first.outcome).toBe('committed');
    expect(first.state.cursor).toEqual(full(1));
    expect(first.state.pending.map(p => p.batch.path)).toEqual([batch('b1').path]);
    expect(store.calls.filter(call => call.operation === 'putIfAbsent').map(call => call.path)).toEqual([entryPath(1)]);
    expect(await openLog(store).load(live)).toEqual(first.state);
  });

  test('ten writers at once get the sequences 1 to n exactly, each its own (I-3)', async () => {
    const store = new MemoryStore();
    const writers = Array.from({ length: 10 }, (_, index) => openLog(store.handle(), { writer: `writer-${index}` }));
    const each = 6;
    await Promise.all(
      writers.map(async log => {
        let state = emptyState();
        for (let step = 0; step < each; step += 1) state = (await log.commit(state, mode, { signal: live })).state;
      }),
    );
    const paths = store.paths.filter(path => path.includes('/log/'));
    expect(paths).toEqual(Array.from({ length: 10 * each }, (_, index) => entryPath(index + 1)));
    const nonces = paths.map(path => JSON.parse(store.text(path) ?? '').nonce);
    expect(new Set(nonces).size).toBe(10 * each);
    expect((await openLog(store).load(live)).tail).toBe(10 * each);
  });

  test('of ten writers with rows from one cursor exactly one commits, nine discard (I-2, I-3)', async () => {
    const store = new MemoryStore();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        openLog(store.handle(), { writer: `writer-${index}` }).commit(
          emptyState(),
          rows({ cursor: start }, full(1), { batch: batch(`b${index}`) }),
          { signal: live },
        ),
      ),
    );
    expect(answers.filter(answer => answer.outcome === 'committed')).toHaveLength(1);
    const state = await openLog(store).load(live);
    expect(state.tail).toBe(1);
    expect(state.pending).toHaveLength(1);
    expect(answers.every(answer => sameCursor(answer.state.cursor, full(1)))).toBe(true);
  });

  test('rows go behind an entry that did not move the cursor (I-3)', async () => {
    const store = new MemoryStore();
    await openLog(store, { writer: 'other' }).commit(emptyState(), mode, { signal: live });
    const answer = await openLog(store).commit(emptyState(), rows({ cursor: start }, full(1)), { signal: live });
    expect(answer.outcome).toBe('committed');
    expect(answer.state.tail).toBe(2);
  });

  test('rows read before a reset to the same cursor are discarded: the generation moved (I-6)', async () => {
    const store = new MemoryStore();
    const log = openLog(store);
    const before = (await log.commit(emptyState(), rows({ cursor: start }, full(0)), { signal: live })).state;
    await openLog(store, { writer: 'other' }).commit(before, reset(before, full(0)), { signal: live });
    const answer = await log.commit(before, rows(before, full(1)), { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(answer.state.generation).toBe(1);
  });

  test('an entry that does not go on from the cursor is not put: it would make the log unreadable (I-2)', async () => {
    const store = new MemoryStore();
    const log = openLog(store);
    const { state } = await log.commit(emptyState(), rows({ cursor: start }, full(1)), { signal: live });
    const answer = await log.commit(state, rows({ cursor: start }, full(2)), { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(store.paths).toEqual([entryPath(1)]);
  });

  test('a fold whose base moved is discarded (I-2)', async () => {
    const store = new MemoryStore();
    const log = openLog(store);
    const before = (
      await log.commit(emptyState(), rows({ cursor: start }, full(1), { batch: batch('b1') }), { signal: live })
    ).state;
    const other = openLog(store, { writer: 'other' });
    expect((await other.commit(before, fold(1, 'theirs'), { signal: live })).outcome).toBe('committed');
    const answer = await log.commit(before, fold(1, 'ours'), { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(answer.state.image?.partitions[0]?.file.path).toContain('theirs');
    expect(answer.state.pending).toEqual([]);
  });

  test('a fold of a state from before the table left the link is discarded, also by who knows that (I-2)', async () => {
    const log = openLog(new MemoryStore());
    const first = await log.commit(emptyState(), rows(emptyState(), running(1), { batch: batch('b1') }), {
      signal: live,
    });
    const removed = await log.remove(first.state, live);
    const again = await log.commit(removed, rows(removed, running(2), { batch: batch('b2') }), { signal: live });
    const options = { signal: live, madeFrom: first.state };
    const answer = await log.commit(again.state, fold(first.state.tail, 'image'), options);
    expect(answer).toMatchObject({ outcome: 'discarded', state: { image: null } });
  });

  test('a fold goes behind batches that came meanwhile, and they stay pending (I-2)', async () => {
    const store = new MemoryStore();
    const log = openLog(store);
    const before = (
      await log.commit(emptyState(), rows({ cursor: start }, full(1), { batch: batch('b1') }), { signal: live })
    ).state;
    await openLog(store, { writer: 'other' }).commit(before, rows(before, full(2), { batch: batch('b2') }), {
      signal: live,
    });
    const answer = await log.commit(before, fold(1, 'image'), { signal: live });
    expect(answer.outcome).toBe('committed');
    expect(answer.state.pending.map(p => p.batch.path)).toEqual([batch('b2').path]);
  });

  test('data that waited half the retention for its commit is discarded, since a sweep may have taken it', async () => {
    const clock = new FakeClock({ auto: true });
    const store = new MemoryStore({ clock });
    const log = openLog(store, { clock });
    const file = await log.putData({ kind: 'batch', file: { content: new Uint8Array([1]), rows: 1 }, signal: live });
    await clock.advance(limits.retentionMs / 2 + 1);
    const answer = await log.commit(
      emptyState(),
      rows({ cursor: start }, full(1), { batch: { ...file, deletes: 0 } }),
      { signal: live },
    );
    expect(answer.outcome).toBe('discarded');
    expect(answer.state.tail).toBe(0);
  });

  test('an abort before the put leaves nothing (I-1)', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    stop.abort(new Error('stop'));
    await expect(openLog(store).commit(emptyState(), mode, { signal: stop.signal })).rejects.toThrow('stop');
    expect(store.paths).toEqual([]);
  });
});

describe('a lost answer', () => {
  test('to a put that happened is success, with one entry (I-2)', async () => {
    const store = new MemoryStore({ script: [{ on: 'putIfAbsent', do: 'apply-then-fail' }] });
    const answer = await openLog(store).commit(emptyState(), mode, { signal: live });
    expect(answer.outcome).toBe('committed');
    expect(store.paths).toEqual([entryPath(1)]);
  });

  test('to a put that did not happen is tried again at the same number', async () => {
    const store = new MemoryStore({ script: [{ on: 'putIfAbsent', times: 2, do: 'refuse' }] });
    const answer = await openLog(store).commit(emptyState(), mode, { signal: live });
    expect(answer.state.tail).toBe(1);
  });

  test('is read back although the reading fails too (I-2)', async () => {
    const store = new MemoryStore({
      script: [
        { on: 'putIfAbsent', do: 'apply-then-fail' },
        { on: 'read', do: 'refuse' },
      ],
    });
    const answer = await openLog(store).commit(emptyState(), mode, { signal: live });
    expect(answer.outcome).toBe('committed');
    expect(store.paths).toEqual([entryPath(1)]);
  });

  test('gives up at the limit with what the store said, and a later try still commits once', async () => {
    const store = new MemoryStore({ script: [{ on: 'putIfAbsent', times: limits.putAttempts, do: 'refuse' }] });
    const log = openLog(store);
    expect(await codeOf(log.commit(emptyState(), mode, { signal: live }))).toBe('store/failed');
    expect((await log.commit(await log.load(live), mode, { signal: live })).state.tail).toBe(1);
  });

  test('of a data file is tried again under the same name', async () => {
    const store = new MemoryStore({ script: [{ on: 'putIfAbsent', do: 'apply-then-fail' }] });
    const file = await openLog(store).putData({
      kind: 'batch',
      file: { content: new Uint8Array([7]), rows: 1 },
      signal: live,
    });
    expect(store.paths).toEqual([file.path]);
    expect(file.bytes).toBe(1);
  });
});

describe('checkpoints', () => {
  test('are put every hundred entries and load as the replay does', async () => {
    const store = new MemoryStore();
    const state = await commitMany(openLog(store), emptyState(), 250);
    expect(store.paths.filter(path => path.includes('/checkpoint/'))).toEqual([
      checkpointPath(100),
      checkpointPath(200),
    ]);
    const loaded = await openLog(store).load(live);
    for (const path of store.paths.filter(path => path.includes('/checkpoint/'))) store.lose(path);
    expect(await openLog(store).load(live)).toEqual(loaded);
    expect(loaded).toEqual(state);
  });

  test('that cannot be put do not hurt the commit', async () => {
    const store = new MemoryStore({ script: [{ on: 'putIfAbsent', path: /checkpoint/, do: 'refuse' }] });
    expect((await commitMany(openLog(store), emptyState(), 100)).tail).toBe(100);
  });

  test('that are broken are passed over for an older one or the entries', async () => {
    const store = new MemoryStore();
    const state = await commitMany(openLog(store), emptyState(), 205);
    store.plant(checkpointPath(200), '{"format":1,"sta');
    expect(await openLog(store).load(live)).toEqual(state);
    store.plant(checkpointPath(100), '');
    expect(await openLog(store).load(live)).toEqual(state);
  });
});

describe('a writer that slept while its number was used and removed', () => {
  test('does not believe its put, and nobody reads it (I-3)', async () => {
    const clock = new FakeClock({ auto: true });
    const store = new MemoryStore({ clock });
    const awake = openLog(store.handle(), { clock, writer: 'awake' });
    const asleep = openLog(store.handle(), { clock, writer: 'asleep' });
    const old = await commitMany(awake, emptyState(), 50);
    let state = await commitMany(awake, old, 150);
    await clock.advance(limits.retentionMs + limits.queryMarginMs + 1);
    state = await commitMany(awake, state, 100);
    await awake.sweep(state, live);
    expect(store.paths).not.toContain(entryPath(51));
    const answer = await asleep.commit(old, rows(old, running(999), { batch: batch('late') }), { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(answer.state).toEqual(state);
    expect(await openLog(store).load(live)).toEqual(state);
    expect(await asleep.refresh(old, live)).toEqual(state);
  });
});

describe('damage', () => {
  test.each([
    ['a missing entry', (store: MemoryStore) => store.lose(entryPath(3))],
    ['an empty entry', (store: MemoryStore) => store.plant(entryPath(3), '')],
    ['half an entry', (store: MemoryStore) => store.plant(entryPath(3), (store.text(entryPath(3)) ?? '').slice(0, 40))],
    ['an entry of another number', (store: MemoryStore) => store.plant(entryPath(3), store.text(entryPath(2)) ?? '')],
    [
      'an unknown kind',
      (store: MemoryStore) => store.plant(entryPath(3), (store.text(entryPath(3)) ?? '').replace('"rows"', '"rowz"')),
    ],
    [
      'a data path outside the table',
      (store: MemoryStore) => {
        const text = JSON.parse(store.text(entryPath(3)) ?? '');
        text.batch = { ...batch('x'), path: '.lakelink/account/data/../../../etc/passwd' };
        store.plant(entryPath(3), JSON.stringify(text));
      },
    ],
    [
      'a cursor that does not join',
      (store: MemoryStore) => {
        const text = JSON.parse(store.text(entryPath(3)) ?? '');
        store.plant(entryPath(3), JSON.stringify({ ...text, prevCursor: { at: 'start' } }));
      },
    ],
  ])('%s is lake/corrupt and names the file, never a link', async (_, damage) => {
    const store = new MemoryStore();
    await commitMany(openLog(store), emptyState(), 5);
    damage(store);
    const failure = await openLog(store)
      .load(live)
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(Fault);
    if (!(failure instanceof Fault)) return;
    expect(failure.code).toBe('lake/corrupt');
    expect(failure.details.path).toBe(entryPath(3));
    expect(failure.message).not.toContain('"d3"');
  });
});

describe('dying at every store call', () => {
  /** One page: data, commit, then the publication of a fixed name with the commit's sequence. */
  async function onePage(store: MemoryStore): Promise<void> {
    const log = openLog(store, { writer: `w${store.calls.length}-${nextWriter()}` });
    const state = await log.load(live);
    let committed = state;
    if (sameCursor(state.cursor, start)) {
      const file = await log.putData({
        kind: 'batch',
        file: { content: new Uint8Array([1, 2]), rows: 2 },
        signal: live,
      });
      const body = rows(state, running(1), { batch: { ...file, deletes: 0 }, highWater: '7' });
      committed = (await log.commit(state, body, { signal: live })).state;
    }
    if ((await store.publishedSequence('account/2026.csv', live)) !== committed.tail) {
      const bytes = new TextEncoder().encode(`rows ${committed.rowsCommitted}`);
      await store.publish('account/2026.csv', { bytes }, { sequence: committed.tail, signal: live });
    }
  }

  async function callsOf(work: (store: MemoryStore) => Promise<void>): Promise<number> {
    const store = new MemoryStore();
    await work(store);
    return store.calls.length;
  }

  const nextWriter = counter('run');

  test.each(['die', 'apply-then-die'] satisfies StoreFault[])(
    'and restarting ends in the same table and publication (I-1, I-2): %s',
    async how => {
      const total = await callsOf(onePage);
      expect(total).toBeGreaterThan(5);
      for (let call = 1; call <= total; call += 1) {
        const store = new MemoryStore();
        await expect(onePage(store.handle({ script: [{ call, do: how }] }))).rejects.toBeInstanceOf(Died);
        await onePage(store.handle());
        const state = await openLog(store).load(live);
        expect(state.rowsCommitted, `died at call ${call}`).toBe(2);
        expect(state.pending, `died at call ${call}`).toHaveLength(1);
        expect(store.text('account/2026.csv'), `died at call ${call}`).toBe('rows 2');
        expect(await store.publishedSequence('account/2026.csv', live)).toBe(state.tail);
      }
    },
  );
});
