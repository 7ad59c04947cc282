import type { FoldPartition } from '../core/batcher.ts';

/** The partition that a file belongs to: `2018` of `2018` and of `2018_001`. */
export function partitionOf(fileName: string): string {
  return fileName.split('_', 1)[0] ?? fileName;
}

/** Which file of its partition it is, from 0. */
function placeOf(fileName: string): number {
  return Number(fileName.slice(partitionOf(fileName).length + 1));
}

function fileName(partition: string, place: number): string {
  return place === 0 ? partition : `${partition}_${String(place).padStart(3, '0')}`;
}

/** The file that new rows of the partition go to; null where it has none yet. By number: `2018_1000` is behind `2018_999`. */
export function lastFileOf<T extends Pick<FoldPartition, 'name'>>(files: readonly T[], partition: string): T | null {
  const own = files.filter(({ name }) => partitionOf(name) === partition);
  return own.sort((a, b) => placeOf(b.name) - placeOf(a.name))[0] ?? null;
}

export interface SplitRequest {
  readonly partition: string;
  /** Its last file so far. */
  readonly last: { readonly name: string; readonly csvBytes: number } | null;
  /** How many rows come. */
  readonly rows: number;
  /** About how many bytes each of them takes as CSV. */
  readonly rowBytes: number;
  /** How many bytes a file may have; infinite: any. */
  readonly bytesMax: number;
}

export interface FileShare {
  readonly name: string;
  readonly rows: number;
}

/** How many of the rows go to which file, in their order: the last one is filled, then others follow. Each has a row. */
export function shareRows({ partition, last, rows, rowBytes, bytesMax }: SplitRequest): FileShare[] {
  const perFile = Math.max(1, Math.floor(bytesMax / Math.max(1, rowBytes)));
  const isFree = last === null || last.csvBytes === 0;
  const room = isFree ? perFile : Math.floor(Math.max(0, bytesMax - last.csvBytes) / Math.max(1, rowBytes));
  const shares: FileShare[] = [];
  let place = last === null ? 0 : placeOf(last.name);
  for (let left = rows, size = room; left > 0; size = perFile, place += 1) {
    const taken = Math.min(left, size);
    if (taken > 0) shares.push({ name: fileName(partition, place), rows: taken });
    left -= taken;
  }
  return shares;
}
