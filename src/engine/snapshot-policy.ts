import type { ImagePartition, Snapshot, TableState } from '../core/commit.ts';

/** Why a snapshot of a table is taken. */
export type SnapshotReason = 'first' | 'form' | 'interval';

/**
 * Why a snapshot is due in this interval; null: none is. After a downtime of any length one snapshot makes up for all
 * that were missed. A clock that was set back stands in another interval than the newest snapshot, which holds nothing up.
 */
export function snapshotReason(
  state: TableState,
  { nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number },
): SnapshotReason | null {
  if (!isComplete(state)) return null;
  const [newest] = state.snapshots;
  if (newest === undefined) return 'first';
  // Readers take the columns of its files from the manifest, which shows the table as it is defined now.
  if (!hasForm(newest, state)) return 'form';
  const takenIn = intervalAt({ nowMs: Date.parse(newest.takenAt), intervalMs });
  return takenIn !== intervalAt({ nowMs, intervalMs }) && isChanged(state) ? 'interval' : null;
}

/**
 * The interval that a moment lies in. They begin at the multiples of their length since 1970 in UTC, every hour on the
 * hour, so that all tables of a link are due in the same moments and one manifest shows them together.
 */
export function intervalAt({ nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number }): number {
  return Math.floor(nowMs / intervalMs);
}

/** Milliseconds until the next interval begins. */
export function untilNextMs({ nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number }): number {
  return intervalMs - (nowMs % intervalMs);
}

/** Whether readers may use the table: its initial sync was completed, and all that it brought is in the image. */
export function isComplete({ image, initialSyncCompletedIn }: TableState): boolean {
  return image !== null && initialSyncCompletedIn !== null && image.through >= initialSyncCompletedIn;
}

/** Whether a snapshot taken now would be another one than the newest. */
export function isChanged(state: TableState): boolean {
  return (canFold(state) && state.pending.length > 0) || !isShown(state);
}

/** Whether the newest snapshot shows what the image holds, as the table is defined now. */
export function isShown(state: TableState): boolean {
  const [newest] = state.snapshots;
  if (newest === undefined || !hasForm(newest, state)) return false;
  const shown = new Map(newest.files.map(({ partition, changedAt }) => [partition, changedAt]));
  const held = heldPartitions(state);
  return held.length === shown.size && held.every(({ name, changedAt }) => shown.get(name) === changedAt);
}

/**
 * In the middle of a full read the image stays as it is, as it does for near real-time files: a half of a read is no
 * state that the table was ever in.
 */
export function canFold({ cursor }: TableState): boolean {
  return cursor.at === 'settling' || cursor.at === 'running';
}

function hasForm({ shapeAt, append = false }: Snapshot, state: TableState): boolean {
  return shapeAt === state.shapeAt && append === (state.image?.parts !== undefined);
}

/** What a snapshot of this image shows, each with the sequence that its file goes by. */
function heldPartitions({ image, retypedAt }: TableState): readonly Pick<ImagePartition, 'name' | 'changedAt'>[] {
  const partitions = image?.parts ?? image?.partitions ?? [];
  return partitions.map(({ name, changedAt }) => ({ name, changedAt: Math.max(changedAt, retypedAt) }));
}
