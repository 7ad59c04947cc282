/** Names of a table's files: a partition's first file has its name, those that it goes on in are numbered. */

/** The partition that a file belongs to: `2018` of `2018` and of `2018_001`. */
export function partitionOf(fileName: string): string {
  return fileName.split('_', 1)[0] ?? fileName;
}

/** Which file of its partition it is, from 0. */
export function placeOf(fileName: string): number {
  return Number(fileName.slice(partitionOf(fileName).length + 1));
}

/** The name of a partition's file, by its place from 0. */
export function fileNameOf(partition: string, place: number): string {
  return place === 0 ? partition : `${partition}_${String(place).padStart(3, '0')}`;
}

/** A partition's last file, the only one that still grows. By number: `2018_1000` is behind `2018_999`. */
export function lastFileOf<T extends { readonly name: string }>(files: readonly T[], partition: string): T | null {
  const own = files.filter(({ name }) => partitionOf(name) === partition);
  return own.sort((a, b) => placeOf(b.name) - placeOf(a.name))[0] ?? null;
}
