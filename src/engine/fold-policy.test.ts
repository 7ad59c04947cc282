import { expect, test } from 'vitest';
import type { PendingBatch, TableState } from '../core/commit.ts';
import { limits } from '../core/limits.ts';
import { emptyState } from '../core/log-state.ts';
import { foldReason } from './fold-policy.ts';

function batches(count: number, rows = 1): PendingBatch[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: index + 3,
    epoch: 0,
    batch: { path: `${index}`, bytes: 1, sha256: '', rows, deletes: 0 },
  }));
}

function state(change: Partial<TableState>): TableState {
  return {
    ...emptyState(),
    tail: 10,
    generation: 1,
    shapeAt: 2,
    cursor: { at: 'running', delta: 'd', next: null },
    image: { foldedAt: 2, through: 2, partitions: [], rowCount: 10_000_000 },
    ...change,
  };
}

const clock = { nowMs: 100_000, foldedMs: 99_000, publishMs: 60_000 };

test('a table without changes is not folded', () => {
  expect(foldReason(state({}), { ...clock, foldedMs: 0 })).toBeNull();
});

test('changes are published at their interval', () => {
  expect(foldReason(state({ pending: batches(1) }), clock)).toBeNull();
  expect(foldReason(state({ pending: batches(1) }), { ...clock, foldedMs: 40_000 })).toBe('interval');
});

test('many batches or many rows are folded at once', () => {
  expect(foldReason(state({ pending: batches(limits.foldBatches) }), clock)).toBe('batches');
  expect(foldReason(state({ pending: batches(1, 100_000) }), clock)).toBe('rows');
});

test('a full read folds only under back-pressure', () => {
  const cursor = { at: 'full', next: 'n', pages: 70 } as const;
  expect(foldReason(state({ cursor, pending: batches(limits.batchesMax - 1) }), { ...clock, foldedMs: 0 })).toBeNull();
  expect(foldReason(state({ cursor, pending: batches(limits.batchesMax) }), clock)).toBe('back-pressure');
});

test('the first image is made as soon as the full read ends, also of no rows', () => {
  expect(foldReason(state({ image: null }), clock)).toBe('first-image');
});

test('an image made in the middle of the initial sync is completed as soon as the read ends', () => {
  const image = { foldedAt: 514, through: 513, partitions: [], rowCount: 2_560_000 };
  const partial = state({ image, initialSyncCompletedIn: 520, pending: batches(3) });
  expect(foldReason(partial, clock)).toBe('first-image');
  expect(foldReason({ ...partial, image: { ...image, through: 520 }, pending: [] }, clock)).toBeNull();
});

test('another mode asks for other files, also of a table where nothing changes', () => {
  const image = { foldedAt: 2, through: 2, partitions: [], rowCount: 1, strategy: 'year' } as const;
  const reason = (change: Partial<TableState>) => foldReason(state({ image, ...change }), clock);
  expect(reason({ writeMode: 'append' })).toBe('mode');
  expect(reason({ writeMode: 'append', image: { ...image, parts: [] } })).toBeNull();
  expect(reason({ writeMode: 'in-place', image: { ...image, parts: [] } })).toBe('mode');
  expect(reason({ writeMode: 'folders' })).toBeNull();
  expect(reason({ partitionStrategy: 'day' })).toBe('mode');
  expect(reason({ partitionStrategy: 'day', cursor: { at: 'full', next: null, pages: 1 } })).toBeNull();
  // An image from before strategies were kept is taken to be as the table is.
  expect(foldReason(state({ partitionStrategy: 'day' }), clock)).toBeNull();
});
