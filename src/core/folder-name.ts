/** Name of an incremental folder: the UTC second in which it was opened, `2024-10-10T00.29.50Z`; as text they rise with time. */
export type FolderName = string;

/** Dots in place of colons, as genuine folders have it. */
export const FOLDER_NAME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}\.[0-9]{2}\.[0-9]{2}Z$/;

/**
 * The name of a folder that is opened at this time. Names rise even if the clock was set back: never one that is not
 * above `before`, but the second after it.
 */
export function folderNameAt(ms: number, before: FolderName | null): FolderName {
  const name = nameOf(ms);
  return before === null || name > before ? name : nameOf(folderTimeMs(before) + 1_000);
}

/** When a folder was opened, by its name. */
export function folderTimeMs(name: FolderName): number {
  return Date.parse(name.replace(/\./g, ':'));
}

function nameOf(ms: number): FolderName {
  return `${new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, 19).replace(/:/g, '.')}Z`;
}
