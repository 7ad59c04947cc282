import { fileNameOf, placeOf } from '../core/partition-name.ts';

/** How many rows come from a file that is read; `file` is its place among all of them. */
export interface RowsOfFile {
  readonly file: number;
  readonly rows: number;
}

export interface SplitRequest {
  readonly partition: string;
  /** Its last file so far. */
  readonly last: { readonly name: string; readonly csvBytes: number } | null;
  /** How many rows come, by the files that they come from. */
  readonly rows: readonly RowsOfFile[];
  /** About how many bytes each of them takes as CSV. */
  readonly rowBytes: number;
  /** How many bytes a file may have; infinite: any. */
  readonly bytesMax: number;
}

export interface FileShare {
  readonly name: string;
  readonly rows: number;
  /** Where its rows begin: at the `offset`-th of those that come from that file. */
  readonly from: { readonly file: number; readonly offset: number };
}

/** A file may stay this much emptier than allowed if it ends with a file that is read: else that one is read twice. */
const EMPTY_SHARE_MAX = 0.25;

/** How many of the rows go to which file, in their order: the last one is filled, then others follow. Each has a row. */
export function shareRows({ partition, last, rows, rowBytes, bytesMax }: SplitRequest): FileShare[] {
  const perFile = Math.max(1, Math.floor(bytesMax / Math.max(1, rowBytes)));
  const isFree = last === null || last.csvBytes === 0;
  const room = isFree ? perFile : Math.floor(Math.max(0, bytesMax - last.csvBytes) / Math.max(1, rowBytes));
  const borders = bordersOf(rows);
  const total = borders.at(-1) ?? 0;
  const shares: FileShare[] = [];
  let place = last === null ? 0 : placeOf(last.name);
  for (let start = 0, size = room; start < total; size = perFile, place += 1) {
    const end = Math.min(total, endOf(borders, { start, size }));
    if (end > start) {
      shares.push({ name: fileNameOf(partition, place), rows: end - start, from: rowAt(rows, borders, start) });
    }
    start = end;
  }
  return shares;
}

/** How many rows there are up to the end of each file that is read. */
function bordersOf(rows: readonly RowsOfFile[]): number[] {
  let sum = 0;
  return rows.map(one => {
    sum += one.rows;
    return sum;
  });
}

function endOf(borders: readonly number[], { start, size }: { readonly start: number; readonly size: number }): number {
  const end = start + size;
  const border = borders.findLast(one => one <= end) ?? 0;
  return border - start >= size * (1 - EMPTY_SHARE_MAX) ? border : end;
}

function rowAt(rows: readonly RowsOfFile[], borders: readonly number[], at: number): FileShare['from'] {
  const index = borders.findIndex(border => border > at);
  return { file: rows[index]?.file ?? 0, offset: at - (borders[index - 1] ?? 0) };
}
