import type { SnapshotWriter } from '../core/replica.ts';
import { isShown } from './snapshot-policy.ts';
import type { CommittedTable, TableParts } from './table-parts.ts';

/** What a snapshot is taken with. */
export interface SnapshotOrder {
  readonly writer: SnapshotWriter;
  /** How many of the table are kept, this one among them. */
  readonly keep: number;
}

/** `unchanged`: the newest snapshot shows what the table holds; nothing was written. */
export type SnapshotOutcome = 'taken' | 'unchanged' | 'not-ready';

/** Writes and commits a snapshot of the table's image. Nothing may fold the table meanwhile. */
export async function takeSnapshot(
  { table, clock, report }: Pick<TableParts, 'table' | 'clock' | 'report'>,
  committed: CommittedTable,
  { writer, keep }: SnapshotOrder,
  signal: AbortSignal,
): Promise<SnapshotOutcome> {
  const { state } = committed;
  const { image, shapeAt, partitionStrategy } = state;
  if (image === null || state.shape === null) return 'not-ready';
  if (isShown(state)) return 'unchanged';
  const takenAtMs = clock.nowMs();
  const files = await writer.writeSnapshot({ table, state }, { takenAtMs, signal }); // nothing points at them yet
  const takenAt = new Date(takenAtMs).toISOString();
  const form = { strategy: image.strategy ?? partitionStrategy, append: image.parts !== undefined };
  const body = { kind: 'snapshot', takenAt, foldedAt: image.foldedAt, shapeAt, keep, ...form, files } as const;
  await committed.commit(body, signal, { madeFrom: state });
  // ^ COMMIT POINT (I-1): this is the newest snapshot; the next manifest leads readers to it.
  const before = new Set(state.snapshots[0]?.files.map(({ path }) => path));
  report.info('snapshot taken', {
    table,
    partitions: files.filter(({ path }) => !before.has(path)).length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
  });
  return 'taken';
}
