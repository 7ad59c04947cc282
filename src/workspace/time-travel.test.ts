import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { LakeOfLogs, table } from '../../test/kit/lake-of-logs.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { filesOfState } from '../core/log-sweep.ts';
import type { AsOf } from './database-view.ts';
import { openLakeReader } from './lake-reader.ts';
import { snapshotAsOf } from './reader-snapshots.ts';

const ACCOUNT = table('account');
const hourMs = 3_600_000;

function world({ queryMs }: { readonly queryMs?: number } = {}) {
  const clock = new FakeClock({ auto: true });
  const store = new MemoryStore({ clock });
  const lake = new LakeOfLogs({ store, clock });
  const longest = queryMs === undefined ? {} : { queryMs };
  const open = () => openLakeReader({ store: store.handle(), clock, newNonce: counter('reader'), ...longest });
  return { clock, store, lake, reader: open(), open };
}

/** The rows of a state as its files have them: here the texts in them. */
function rowsOf(store: MemoryStore, state: TableState): (string | null)[] {
  return filesOfState(state).map(path => store.text(path));
}

interface Commit {
  readonly state: TableState;
  readonly rows: readonly (string | null)[];
  readonly atMs: number;
}

const plan = fc.array(
  fc.record({
    rows: fc.integer({ min: 1, max: 50 }),
    fold: fc.boolean(),
    sweep: fc.boolean(),
    thenMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 4 * hourMs })),
  }),
  { minLength: 3, maxLength: 30 },
);

const twoDays = Array.from({ length: 12 }, () => ({ rows: 30, fold: true, sweep: true, thenMs: 4 * hourMs }));

describe('a table as of another time', () => {
  test('has exactly the rows that a replay of its whole history gives, or is refused; never within a day', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        plan,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12 }),
        async (steps, where) => {
          const { clock, store, lake, reader } = world();
          await lake.link(['account']);
          const history: Commit[] = [];
          const keep = (state: TableState) => history.push({ state, rows: rowsOf(store, state), atMs: clock.nowMs() });
          for (const { rows, fold, sweep, thenMs } of steps) {
            for (let n = 0; n < rows; n += 1) keep(await lake.commitRow('account', `row ${history.length}`));
            if (fold) keep(await lake.commitFold('account', `image ${history.length}`));
            await clock.advance(thenMs);
            if (sweep) await lake.sweep('account');
            // What the reader knew before changes nothing.
            if (fold) await reader.commits(ACCOUNT, live);
          }
          const horizonMs = clock.nowMs() - limits.retentionMs;
          for (const share of where) {
            const at = Math.min(history.length - 1, Math.floor(share * history.length));
            const commit = history[at];
            const next = history[at + 1];
            if (commit === undefined) continue;
            for (const [asOf, expected] of [
              [{ is: 'commit', sequence: commit.state.tail }, commit],
              [{ is: 'time', ms: commit.atMs }, history.findLast(({ atMs }) => atMs <= commit.atMs)],
            ] as const) {
              const found = await reader.stateAt(ACCOUNT, asOf, live).catch((failure: unknown) => failure);
              if (found instanceof Fault) {
                refused += 1;
                expect(found).toMatchObject({ code: 'sql/not-retained', details: { table: 'account' } });
                expect((next ?? { atMs: Number.POSITIVE_INFINITY }).atMs).toBeLessThan(horizonMs);
                continue;
              }
              expect(found).toEqual(expected?.state);
              expect(rowsOf(store, found as TableState)).toEqual(expected?.rows);
            }
          }
        },
      ),
      { numRuns: 10, examples: [[twoDays, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]]] },
    );
    // Of two days the first one is gone.
    expect(refused).toBeGreaterThan(0);
  });

  test('past what is kept names the oldest that is, which can be read', async () => {
    const { clock, lake, reader } = world();
    await lake.link(['account']);
    for (let n = 0; n < 150; n += 1) await lake.commitRow('account');
    await clock.advance(25 * hourMs);
    for (let n = 0; n < 100; n += 1) await lake.commitRow('account');
    await lake.sweep('account');
    const early: AsOf[] = [
      { is: 'commit', sequence: 99 },
      { is: 'commit', sequence: 0 },
      { is: 'time', ms: Date.UTC(2025, 0, 1) },
      { is: 'time', ms: Number.NEGATIVE_INFINITY },
    ];
    for (const asOf of early) {
      const oldestAt = '2026-01-01T00:00:00.000Z';
      const details = { table: 'account', oldest: 100, oldestAt };
      await expect(reader.stateAt(ACCOUNT, asOf, live)).rejects.toMatchObject({ code: 'sql/not-retained', details });
    }
    expect((await reader.stateAt(ACCOUNT, { is: 'commit', sequence: 100 }, live)).tail).toBe(100);
    expect((await reader.stateAt(ACCOUNT, { is: 'time', ms: Number.POSITIVE_INFINITY }, live)).tail).toBe(250);
  });

  test('that is none, or a commit that is not there yet, is input/sql', async () => {
    const { lake, reader } = world();
    await lake.link(['account']);
    await lake.commitRow('account');
    for (const asOf of [
      { is: 'commit', sequence: 2 },
      { is: 'commit', sequence: 0.5 },
      { is: 'time', ms: Number.NaN },
    ] as const) {
      await expect(reader.stateAt(ACCOUNT, asOf, live)).rejects.toMatchObject({ code: 'input/sql' });
    }
  });

  test('of a table without commits, or before its first, is refused', async () => {
    const { clock, lake, reader } = world();
    await lake.link(['account']);
    const asOf = { is: 'time', ms: clock.nowMs() } as const;
    await expect(reader.stateAt(ACCOUNT, asOf, live)).rejects.toMatchObject({ code: 'sql/not-retained' });
    await clock.advance(1);
    await lake.commitRow('account');
    await expect(reader.stateAt(ACCOUNT, asOf, live)).rejects.toMatchObject({
      code: 'sql/not-retained',
      details: { oldest: 1 },
    });
  });

  test('before it was removed and added again is refused: the data of that life went with it', async () => {
    const { lake, reader } = world();
    await lake.link(['account']);
    for (let n = 0; n < 5; n += 1) await lake.commitRow('account');
    expect((await reader.stateAt(ACCOUNT, { is: 'commit', sequence: 3 }, live)).tail).toBe(3);
    await lake.remove('account');
    await lake.commitRow('account');
    await expect(reader.stateAt(ACCOUNT, { is: 'commit', sequence: 3 }, live)).rejects.toMatchObject({
      code: 'sql/not-retained',
      details: { oldest: 6 },
    });
  });

  test('goes as much less far back as a query may take longer than the margin', async () => {
    for (const [queryMs, answered] of [
      [limits.queryMarginMs, true],
      [limits.queryMarginMs + 2 * hourMs, false],
    ] as const) {
      const { clock, lake, reader } = world({ queryMs });
      await lake.link(['account']);
      for (let n = 0; n < 100; n += 1) await lake.commitRow('account');
      await clock.advance(23 * hourMs);
      await lake.commitRow('account');
      const found = reader.stateAt(ACCOUNT, { is: 'commit', sequence: 50 }, live);
      if (answered) expect((await found).tail).toBe(50);
      else await expect(found).rejects.toMatchObject({ code: 'sql/not-retained' });
    }
  });

  test('is made again when a sweep goes by in the middle', async () => {
    const { clock, store, lake } = world();
    await lake.link(['account']);
    for (let n = 0; n < 250; n += 1) await lake.commitRow('account');
    await clock.advance(25 * hourMs);
    for (let n = 0; n < 100; n += 1) await lake.commitRow('account');
    // Gone between the look at what is there and the reading of it.
    const slow = store.handle();
    const list = slow.list.bind(slow);
    slow.list = async (folder, options) => {
      const files = await list(folder, options);
      if (folder.endsWith('/log')) await lake.sweep('account');
      return files;
    };
    const reader = openLakeReader({ store: slow, clock, newNonce: counter('reader') });
    const asOf = { is: 'commit', sequence: 230 } as const;
    expect((await reader.stateAt(ACCOUNT, asOf, live)).tail).toBe(230);
    await expect(reader.stateAt(ACCOUNT, { is: 'commit', sequence: 150 }, live)).rejects.toMatchObject({
      code: 'sql/not-retained',
      details: { oldest: 200 },
    });
  });
});

describe('a snapshot as of another time', () => {
  const snapshot = (sequence: number, hour: number) => ({
    sequence,
    takenAt: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    foldedAt: sequence - 1,
    shapeAt: 1,
    files: [],
  });
  const state = async (): Promise<TableState> => {
    const { lake } = world();
    return { ...lake.state('account'), snapshots: [snapshot(30, 3), snapshot(20, 2), snapshot(10, 1)] };
  };

  test('is the newest that was there then', async () => {
    const at = async (asOf: AsOf) => snapshotAsOf(await state(), { table: 'account', asOf })?.sequence;
    expect(await at({ is: 'time', ms: Date.UTC(2026, 0, 1, 2, 59) })).toBe(20);
    expect(await at({ is: 'time', ms: Date.UTC(2026, 0, 1, 3) })).toBe(30);
    expect(await at({ is: 'time', ms: Number.POSITIVE_INFINITY })).toBe(30);
    expect(await at({ is: 'commit', sequence: 29 })).toBe(20);
  });

  test('before the oldest that is kept is refused, with its time', async () => {
    const early = { is: 'time', ms: Date.UTC(2026, 0, 1, 0, 59) } as const;
    const kept = await state();
    const look = () => snapshotAsOf(kept, { table: 'account', asOf: early });
    expect(look).toThrow('account_partitioned');
    expect(look).toThrow('2026-01-01T01:00:00.000Z');
    expect(snapshotAsOf({ ...kept, snapshots: [] }, { table: 'account', asOf: early })).toBeNull();
  });
});
