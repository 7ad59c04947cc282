import { describe, expect, test } from 'vitest';
import { batch, dataFile, full, running } from '../../test/kit/log-values.ts';
import type { Snapshot, TableState } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import { isShown, snapshotReason, untilNextMs } from './snapshot-policy.ts';

const HOUR_MS = 3_600_000;
const AT_MS = Date.UTC(2026, 2, 1, 10, 20);

/** A table in one partition, folded by entry 9, that a snapshot shows whole. */
function shown(changes: Partial<TableState> = {}): TableState {
  return { ...complete(), snapshots: [snapshot()], ...changes };
}

function complete(changedAt = 9): TableState {
  const partitions = [{ name: '2026', changedAt, file: dataFile('image') }];
  const image = { foldedAt: changedAt, through: 8, partitions, rowCount: 1 };
  return { ...emptyState(), tail: 10, shapeAt: 2, cursor: running(1), initialSyncCompletedIn: 8, image };
}

function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  const file = { partition: '2026', path: 'account/Snapshot/2026_1.csv', bytes: 1, rows: 1, changedAt: 9 };
  const takenAt = new Date(AT_MS).toISOString();
  return { sequence: 10, takenAt, foldedAt: 9, shapeAt: 2, strategy: 'year', append: false, files: [file], ...changes };
}

const pending = [{ sequence: 11, epoch: 0, batch: batch('new') }];
const due = (state: TableState, nowMs: number, intervalMs = HOUR_MS) => snapshotReason(state, { nowMs, intervalMs });

describe('when a snapshot is due', () => {
  test('at the full hour, and only for a table that changed since its newest one (facts row 90)', () => {
    const changed = shown({ pending });
    const moments = [0, 39, 40, 99, 100].map(minutes => due(changed, AT_MS + minutes * 60_000));
    expect(moments).toEqual([null, null, 'interval', 'interval', 'interval']);
    expect(due(shown(), AT_MS + 100 * HOUR_MS)).toBeNull();
    expect(due(shown({ image: complete(12).image }), AT_MS + HOUR_MS)).toBe('interval');
  });

  test('an interval of one minute, and one that a person changed, count from now on', () => {
    const changed = shown({ pending });
    expect(due(changed, AT_MS + 59_000, 60_000)).toBeNull();
    expect(due(changed, AT_MS + 60_000, 60_000)).toBe('interval');
    expect(untilNextMs({ nowMs: AT_MS + 59_000, intervalMs: 60_000 })).toBe(1_000);
    expect(untilNextMs({ nowMs: AT_MS, intervalMs: HOUR_MS })).toBe(40 * 60_000);
  });

  test('a clock that was set back does not hold it up', () => {
    expect(due(shown({ pending }), AT_MS - 5 * HOUR_MS)).toBe('interval');
  });

  test('the first one when the initial sync is complete and whole in the image, also without any rows', () => {
    const first = complete();
    expect(due(first, AT_MS)).toBe('first');
    expect(due({ ...first, initialSyncCompletedIn: 9 }, AT_MS)).toBeNull();
    expect(due({ ...first, initialSyncCompletedIn: null }, AT_MS)).toBeNull();
    expect(due({ ...first, image: null }, AT_MS)).toBeNull();
    const none = { foldedAt: 9, through: 8, partitions: [], rowCount: 0 };
    expect(due({ ...first, image: none }, AT_MS)).toBe('first');
    expect(due(shown({ image: none, snapshots: [snapshot({ files: [] })] }), AT_MS + HOUR_MS)).toBeNull();
  });

  test('at once after a new definition or mode, since the manifest shows the table as it is now', () => {
    expect(due(shown({ shapeAt: 11 }), AT_MS)).toBe('form');
    const part = { name: '2026', changedAt: 12, file: dataFile('part'), deletes: 0 };
    const image = { foldedAt: 12, through: 10, partitions: [], rowCount: 0, parts: [part] };
    expect(due(shown({ image }), AT_MS)).toBe('form');
  });

  test('not for what a full read under way has brought: half of it is no state the table was ever in', () => {
    expect(due(shown({ pending, cursor: full(3) }), AT_MS + HOUR_MS)).toBeNull();
  });
});

test('a file shows its partition until that changes, and none does after a column changed its type', () => {
  expect(isShown(shown())).toBe(true);
  expect(isShown(shown({ image: complete(12).image }))).toBe(false);
  expect(isShown(shown({ retypedAt: 11, snapshots: [snapshot()] }))).toBe(false);
  const file = { partition: '2026', path: 'account/Snapshot/2026_2.csv', bytes: 1, rows: 1, changedAt: 11 };
  expect(isShown(shown({ retypedAt: 11, snapshots: [snapshot({ files: [file] })] }))).toBe(true);
  // A fold that changes no partition leaves the snapshot as it is.
  const image = complete().image;
  expect(isShown(shown({ image: image === null ? null : { ...image, foldedAt: 20 } }))).toBe(true);
});
