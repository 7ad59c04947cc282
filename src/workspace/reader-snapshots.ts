import type { Snapshot, TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import type { AsOf } from './database-view.ts';
import { askedFor } from './reader-table.ts';

/**
 * The newest snapshot of a table at another time, of those that are kept by the table's newest state: files of others may
 * be gone. By the time it was taken, or by the commit it came in. Null: the table has no snapshot at all.
 * `sql/not-retained` with the oldest (`oldest`, `oldestAt`) where the first that is kept is later.
 */
export function snapshotAsOf(
  state: TableState,
  { table, asOf }: { readonly table: string; readonly asOf: AsOf },
): Snapshot | null {
  const oldest = state.snapshots.at(-1);
  if (oldest === undefined) return null;
  const found = state.snapshots.find(({ sequence, takenAt }) =>
    asOf.is === 'commit' ? sequence <= asOf.sequence : Date.parse(takenAt) <= asOf.ms,
  );
  if (found !== undefined) return found;
  throw new Fault('sql/not-retained', {
    table: `${table}_partitioned`,
    asked: askedFor(asOf),
    oldest: oldest.sequence,
    oldestAt: oldest.takenAt,
  });
}
