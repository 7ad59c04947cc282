import type { ImagePartition } from '../core/commit.ts';
import type { PublishedTable } from '../core/replica.ts';
import type { TableShape } from '../core/shape.ts';
import { readableSince } from './model-json.ts';
import type { CsvRows } from './partition-csv.ts';

/** A table that has a definition. */
export interface ShapedTable extends PublishedTable {
  readonly shape: TableShape;
}

export function shaped({ table, state }: PublishedTable): ShapedTable | null {
  return state.shape === null ? null : { table, state, shape: state.shape };
}

/** What readers are shown of a table. */
export interface ShownFiles {
  readonly rows: CsvRows;
  /** In the order of their names; none before readers may use the table. */
  readonly files: readonly ImagePartition[];
}

/** It follows the image: a newer mode or strategy is shown once a fold has made its files. */
export function shownFiles({ state }: ShapedTable): ShownFiles {
  const { image, writeMode } = state;
  const parts = image?.parts;
  const rows = parts !== undefined || (image === null && writeMode === 'append') ? 'versions' : 'live';
  if (image === null || readableSince(state) === null) return { rows, files: [] };
  return { rows, files: [...(parts ?? image.partitions)].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
