/** A cell: text is quoted, numbers and booleans are bare, null is nothing between the commas. */
export type Cell = string | number | boolean | null;

/** Rows in the dialect of the partition files (see `partition-csv.ts`), for the small files made without the engine. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map(row => `${row.map(cellText).join(',')}\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'boolean') return cell ? 'True' : 'False';
  if (typeof cell === 'number') return String(cell);
  return `"${cell.replaceAll('"', '""')}"`;
}

/**
 * `M/d/yyyy h:mm:ss tt`, UTC, for example `6/28/2021 4:34:35 PM`: the form of SinkCreatedOn and of
 * `Athena:InitialSyncDataCompletedTime`. `iso` is an ISO time with a zone.
 */
export function usDate(iso: string): string {
  const date = new Date(iso);
  const hour = date.getUTCHours();
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  const time = `${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${time} ${hour < 12 ? 'AM' : 'PM'}`;
}
