import type { TableState } from '../core/commit.ts';
import { limits } from '../core/limits.ts';

/** Why a table's batches are folded into its image now; null: not yet. */
export type FoldReason =
  | 'first-image'
  | 'batches'
  | 'rows'
  | 'interval'
  | 'back-pressure'
  | 'mode'
  | 'snapshot'
  | 'folder';

export interface FoldClock {
  readonly nowMs: number;
  /** When the last fold ended; 0 when none did since the start. */
  readonly foldedMs: number;
  /** How long changes may stay out of the published files. */
  readonly publishMs: number;
}

/**
 * When to fold. In a full read only back-pressure counts: every fold of scattered rows rewrites nearly every partition,
 * so a few large ones are cheaper than many small ones.
 */
export function foldReason(state: TableState, clock: FoldClock): FoldReason | null {
  if (state.pending.length >= limits.batchesMax) return 'back-pressure';
  const reading = state.cursor.at === 'start' || state.cursor.at === 'full';
  if (reading) return null;
  // An image made by back-pressure in the middle of the initial sync holds only a part of it.
  if (state.image === null || state.image.through < (state.initialSyncCompletedIn ?? 0)) return 'first-image';
  if (needsOtherFiles(state)) return 'mode';
  if (state.pending.length === 0) return null;
  if (state.pending.length >= limits.foldBatches) return 'batches';
  const waitingRows = state.pending.reduce((sum, { batch }) => sum + batch.rows + batch.deletes, 0);
  if (waitingRows >= Math.max(limits.rowsPerPage, state.image.rowCount * limits.foldRowShare)) return 'rows';
  // A clock that was set back behind the last fold must not hold up the next one.
  return clock.nowMs < clock.foldedMs || clock.nowMs - clock.foldedMs >= clock.publishMs ? 'interval' : null;
}

/** Whether the table's mode asks for other files than the image came with, also where nothing changed since. */
export function needsOtherFiles({ image, writeMode, partitionStrategy }: TableState): boolean {
  if (image === null) return false;
  const { parts, strategy = partitionStrategy } = image;
  return (writeMode === 'append') !== (parts !== undefined) || strategy !== partitionStrategy;
}
