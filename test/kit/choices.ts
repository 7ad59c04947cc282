import type { PartitionStrategy } from '../../src/core/commit.ts';
import { DEFAULT_OUTPUT, type OutputChoice, type TableChoice } from '../../src/core/link-choices.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { LinkTable } from '../../src/engine/control.ts';

/** Tables as they are, without snapshots: model.json names the near real-time files. */
export const NEAR_REAL_TIME: OutputChoice = { ...DEFAULT_OUTPUT, snapshotMinutes: null };

/** Tables in place, by year unless told. */
export function inPlace(tables: readonly string[], partitionStrategy: PartitionStrategy = 'year'): TableChoice[] {
  return tables.map(table => ({ table: parseTableName(table), appendOnly: false, partitionStrategy }));
}

/** The same as a link keeps them. */
export function linkTables(
  tables: readonly string[],
  {
    addedAt = '2026-01-01T00:00:00.000Z',
    partitionStrategy = 'year',
  }: { readonly addedAt?: string; readonly partitionStrategy?: PartitionStrategy } = {},
): LinkTable[] {
  return inPlace(tables, partitionStrategy).map(choice => ({ ...choice, addedAt, paused: null }));
}
