import { fileNameOf, placeOf } from '../core/partition-name.ts';

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
    if (taken > 0) shares.push({ name: fileNameOf(partition, place), rows: taken });
    left -= taken;
  }
  return shares;
}
