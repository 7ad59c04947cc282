import type { ModeEntry, TableState } from '../core/commit.ts';
import type { TableShape } from '../core/shape.ts';
import type { CommittedTable, TableParts, TableSettings } from './table-parts.ts';

/**
 * How a table of this definition stands in readers' files: as chosen, except that one whose rows do not say when they
 * were made keeps its versions and deletes (intersect tables, activity parties; "Export Microsoft Dataverse table data to
 * Azure Data Lake Storage Gen2 FAQ").
 */
export function modeOf(
  { partitionStrategy, writeMode }: Mode,
  shape: TableShape,
): ModeEntry & Required<Pick<ModeEntry, 'writeMode'>> {
  const isForced = writeMode === 'in-place' && !hasCreationTime(shape);
  return { kind: 'mode', partitionStrategy, writeMode: isForced ? 'append' : writeMode };
}

type Mode = Pick<TableSettings, 'partitionStrategy' | 'writeMode'>;

/** Whether a table is in the mode that it has to have; of one without a definition nothing can be said yet. */
export function isAsChosen({ shape, ...state }: Mode & Pick<TableState, 'shape'>, settings: Mode): boolean {
  if (shape === null) return true;
  const { partitionStrategy, writeMode } = modeOf(settings, shape);
  return partitionStrategy === state.partitionStrategy && writeMode === state.writeMode;
}

/**
 * Commits the mode where it is another one than the table's: a person chose anew, or the log was begun when tables without
 * createdon were kept in place. Files follow with the next fold, from what the lake holds: nothing is read again.
 */
export async function followMode(parts: TableParts, committed: CommittedTable, signal: AbortSignal): Promise<void> {
  const { shape } = committed.state;
  if (shape === null || isAsChosen(committed.state, parts.settings)) return;
  const mode = modeOf(parts.settings, shape);
  const settled = mode.writeMode === 'append' ? withIsDeleteLast(shape, committed.state) : shape;
  if (settled !== shape) await committed.commit({ kind: 'shape', shape: settled }, signal);
  await committed.commit(mode, signal);
  parts.report.info('table mode changed', {
    table: parts.table,
    mode: mode.writeMode,
    partitions: mode.partitionStrategy,
  });
}

/**
 * The definition of a table that keeps versions from now on: `IsDelete` comes behind all columns that it has by now, also
 * those that were added later. Manifest and files cannot change in one moment, and between the two a line in place would
 * have the first of these columns where `IsDelete` is looked for. Files that have `IsDelete` already keep its place.
 */
function withIsDeleteLast(
  shape: TableShape,
  { image, snapshots }: Pick<TableState, 'image' | 'snapshots'>,
): TableShape {
  const hasPlace = image?.parts !== undefined || snapshots.some(({ append }) => append === true);
  if (hasPlace || !shape.columns.some(({ addedLater }) => addedLater === true)) return shape;
  return { ...shape, columns: shape.columns.map(({ addedLater: _, ...column }) => column) };
}

/** What partitions are cut by. A column that the environment removed still holds the times of old rows. */
function hasCreationTime({ columns }: TableShape): boolean {
  return columns.some(({ name, kind }) => name === 'createdon' && kind === 'datetime');
}
