import type { Snapshot } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import type { TableName } from '../../core/names.ts';
import type { LakeReader } from '../lake-reader.ts';
import type { TableRelation } from './table-relations.ts';
import type { DefinedState } from './table-rows.ts';

/**
 * A snapshot of a table with the definition that its files were written under. Files stay readable by a later definition
 * that only has columns more; once a column changed its type the older one is looked up in the log. Where it is gone from
 * there, `sql/not-retained` until the next snapshot.
 */
export async function definedSnapshot(
  reader: LakeReader,
  {
    table,
    at: { state, shape },
    snapshot,
  }: { readonly table: TableName; readonly at: DefinedState; readonly snapshot: Snapshot | null | undefined },
  signal: AbortSignal,
): Promise<TableRelation['snapshot']> {
  if (snapshot === null || snapshot === undefined) return null;
  if (state.retypedAt <= snapshot.shapeAt) return { state, shape, snapshot };
  const entries = await reader.entries(table, signal);
  const written = entries.findLast(entry => entry.kind === 'shape' && entry.sequence <= snapshot.shapeAt);
  if (written?.kind !== 'shape') {
    throw new Fault('sql/not-retained', {
      table,
      reason: 'the table was defined in another way since that snapshot, and how it was is no longer known',
    });
  }
  return { state, shape: written.shape, snapshot };
}
