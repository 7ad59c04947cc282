import type { PublishedTable } from '../core/replica.ts';

/** A text that changes exactly when what the link's manifest shows of its tables changes. */
export function manifestKey(tables: readonly PublishedTable[]): string {
  return JSON.stringify(
    tables.map(({ table, state }) => [
      table,
      state.shapeAt,
      state.partitionStrategy,
      state.initialSyncCompletedAt,
      (state.image?.partitions ?? []).map(({ name }) => name),
    ]),
  );
}
