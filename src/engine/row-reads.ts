import { limits } from '../core/limits.ts';
import type { TableShape } from '../core/shape.ts';
import type { TableParts } from './table-parts.ts';

/** Rows as the environment has them now, one request each, and the ids that no longer exist. */
export interface RowReads {
  readonly rows: readonly Uint8Array[];
  readonly gone: readonly string[];
}

/** Reads rows one by one, at most `limits.rowReadsAtOnce` at a time. */
export async function readRows(
  parts: TableParts,
  { shape, ids }: { readonly shape: TableShape; readonly ids: readonly string[] },
  signal: AbortSignal,
): Promise<RowReads> {
  const rows: Uint8Array[] = [];
  const gone: string[] = [];
  const left = ids[Symbol.iterator]();
  const reader = async () => {
    for (const id of left) {
      const row = await parts.source.row(shape, id, signal);
      if (row === null) gone.push(id);
      else rows.push(row);
    }
  };
  await Promise.all(Array.from({ length: limits.rowReadsAtOnce }, reader));
  return { rows, gone };
}

/** A deletion as the environment's own deltas write it, for ids that single reads found gone. */
export function deletedEntity(id: string): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify({ '@odata.context': '$metadata/$deletedEntity', id, reason: 'deleted' }),
  );
}
