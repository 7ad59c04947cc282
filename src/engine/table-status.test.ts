import { describe, expect, test } from 'vitest';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { batch, dataFile } from '../../test/kit/log-values.ts';
import type { Image, TableState } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import { START } from './run-state.ts';
import { type StatusInput, tableStatus } from './table-status.ts';

const image = (more: Partial<Image> = {}): Image => ({
  foldedAt: 5,
  through: 4,
  partitions: [{ name: '2024', changedAt: 5, file: dataFile('image', 7) }],
  rowCount: 7,
  strategy: 'year',
  ...more,
});
const parts = [{ name: '2024', changedAt: 5, file: dataFile('part', 12), deletes: 2 }];

function status(state: Partial<TableState>, more: Partial<StatusInput> = {}) {
  return tableStatus({
    link: 'crates',
    table: 'crate',
    partitionStrategy: 'year',
    writeMode: state.writeMode ?? 'in-place',
    state: { ...emptyState(), shape: crateShape, cursor: { at: 'running', delta: 'd', next: null }, ...state },
    run: START,
    paused: null,
    queued: null,
    rowsPerSecond: 0,
    rowsRead: 0,
    estimate: null,
    lastPolledMs: null,
    unpublishedBatches: 0,
    postProcessingMs: null,
    ...more,
  });
}

describe('Count (R monitoring)', () => {
  test('is the live rows of a table in place', () => {
    expect(status({ image: image(), changesWritten: 99 }).count).toBe(7);
  });

  test('is the versions and deletes written of one that keeps them', () => {
    expect(status({ writeMode: 'append', image: image({ parts }), changesWritten: 12 }).count).toBe(12);
    expect(status({ writeMode: 'folders', image: image(), changesWritten: 30 }).count).toBe(30);
  });

  test('is the rows that arrived before the first image', () => {
    const pending = [{ sequence: 3, epoch: 0, batch: batch('b', { rows: 4, deletes: 1 }) }];
    expect(status({ writeMode: 'append', pending }).count).toBe(4);
  });

  test('follows a mode that was chosen just now with the files that readers find', () => {
    expect(status({ writeMode: 'append', image: image() }).count).toBe(7);
    expect(status({ writeMode: 'in-place', image: image({ parts }), changesWritten: 12 }).count).toBe(12);
  });
});

describe('what is not published yet', () => {
  test('is something until files follow the chosen mode and strategy', () => {
    expect(status({ image: image() }).pendingBatches).toBe(0);
    expect(status({ writeMode: 'append', image: image() }).pendingBatches).toBe(1);
    expect(status({ partitionStrategy: 'day', image: image() }, { partitionStrategy: 'day' }).pendingBatches).toBe(1);
    // Not even committed.
    expect(status({ image: image() }, { writeMode: 'append' }).pendingBatches).toBe(1);
  });
});

test('nothing is synchronized in the future, though sink times of kept versions run ahead of a quick source', () => {
  const cursorAt = '2024-03-09T10:00:00.000Z';
  const of = (sinkAt: string) => status({ sinkAt, cursorAt }).lastSynchronizedOn;
  expect(of('2024-03-09T10:00:05.000Z')).toBe(cursorAt);
  expect(of('2024-03-09T09:59:59.000Z')).toBe('2024-03-09T09:59:59.000Z');
});
