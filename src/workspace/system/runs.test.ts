import { describe, expect, test } from 'vitest';
import { entry, fold, full, reset, rows, running, settling } from '../../../test/kit/log-values.ts';
import type { EntryBody, LogEntry, TableState } from '../../core/commit.ts';
import type { Cursor } from '../../core/cursor.ts';
import { emptyState, reduce } from '../../core/log-state.ts';
import { commitFacts } from '../reader-commits.ts';
import { type Run, runsOf } from './runs.ts';

/** A log of these bodies, each made from the state before it. */
function logOf(bodies: readonly ((state: TableState) => EntryBody)[]): { entries: LogEntry[]; state: TableState } {
  let state = emptyState();
  const entries = bodies.map(body => {
    const one = entry(state, body(state));
    state = reduce(state, one);
    return one;
  });
  return { entries, state };
}

const read =
  (cursor: Cursor, rowCount = 10, deletes = 0) =>
  (state: TableState) => {
    const name = `batch-${state.tail + 1}`;
    const file = { path: `.lakelink/account/data/${name}.parquet`, bytes: 100, sha256: 'a'.repeat(64) };
    return rows(state, cursor, { batch: { ...file, rows: rowCount, deletes } });
  };

/** When an entry of this number came, by `entry`. */
const at = (sequence: number) => Date.UTC(2026, 0, 1) + sequence * 1_000;

function runs(bodies: readonly ((state: TableState) => EntryBody)[], { from = 1 } = {}): Partial<Run>[] {
  const { entries, state } = logOf(bodies);
  const kept = entries.filter(({ sequence }) => sequence >= from).map(commitFacts);
  return runsOf(kept, { initialSyncIn: state.initialSyncCompletedIn }).map(
    ({ kind, state: stands, startedMs, finishedMs, rows: count }) => ({
      kind,
      state: stands,
      startedMs,
      finishedMs,
      rows: count,
    }),
  );
}

const run = (kind: Run['kind'], [begun, ended]: readonly [number | null, number | null], count: number) => ({
  kind,
  state: ended === null ? 'running' : 'completed',
  startedMs: begun === null ? null : at(begun),
  finishedMs: ended === null ? null : at(ended),
  rows: count,
});

describe('the runs that a log tells of', () => {
  test('an initial sync of several pages, its post-processing, and no run for the changes that follow', () => {
    const found = runs([
      read(full(1)),
      read(full(2)),
      read(settling(1)),
      read(settling(2)),
      read(running(1)),
      read(running(2)),
    ]);
    expect(found).toEqual([run('initial sync', [1, 3], 30), run('post-processing', [3, 5], 20)]);
  });

  test('an initial sync that goes on, and one of a single page', () => {
    expect(runs([read(full(1))])).toEqual([run('initial sync', [1, null], 10)]);
    expect(runs([read(running(1))])).toEqual([run('initial sync', [1, 1], 10)]);
  });

  test('a full read after a reset, and one that another reset ended', () => {
    const again = (state: TableState) => reset(state);
    const found = runs([read(running(1)), again, read(full(1)), again, read(full(1)), read(running(2))]);
    expect(found).toEqual([
      run('initial sync', [1, 1], 10),
      { ...run('full read', [2, 4], 10), state: 'superseded' },
      run('full read', [4, 6], 20),
    ]);
  });

  test('folds and snapshots stand beside what is read meanwhile', () => {
    const snapshot = (state: TableState): EntryBody => ({
      kind: 'snapshot',
      takenAt: new Date(at(2)).toISOString(),
      foldedAt: state.image?.foldedAt ?? 0,
      shapeAt: 0,
      keep: 5,
      files: [{ partition: '2026', path: 'account/Snapshot/2026_1.csv', bytes: 7, rows: 4, changedAt: 1 }],
    });
    const found = runs([read(full(1)), () => fold(1, 'image', 9), snapshot, read(running(1))]);
    expect(found).toEqual([run('initial sync', [1, 4], 20), run('fold', [null, 2], 9), run('snapshot', [2, 3], 4)]);
  });

  test('of a log whose beginning is gone: what began there has no beginning', () => {
    const all = [read(full(1)), read(full(2)), read(running(1)), read(running(2))];
    expect(runs(all, { from: 2 })).toEqual([run('initial sync', [null, 3], 20)]);
    expect(runs(all, { from: 4 })).toEqual([]);
  });

  test('facts of a commit never hold a cursor: its links are secrets', () => {
    const secret = { at: 'running', delta: 'https://secret/delta', next: 'https://secret/next' } as const;
    const { entries } = logOf([read(secret), state => reset(state, { at: 'full', next: 'https://secret', pages: 0 })]);
    expect(JSON.stringify(entries.map(commitFacts))).not.toContain('secret');
  });
});
