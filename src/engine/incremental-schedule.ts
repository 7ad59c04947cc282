import { type FolderName, folderTimeMs } from '../core/folder-name.ts';

/**
 * Milliseconds until the folder in progress is to be closed; 0: now. `lookedMs`: when that was last tried, null before
 * the first try of this process: then the folder's own time counts, so that a restart neither waits anew nor hurries.
 * After a downtime of any length one folder makes up for all that were missed. A clock that was set back behind the last
 * try does not hold the next one up.
 */
export function untilClosingMs({
  folder,
  lookedMs,
  nowMs,
  intervalMs,
}: {
  readonly folder: FolderName;
  readonly lookedMs: number | null;
  readonly nowMs: number;
  readonly intervalMs: number;
}): number {
  const sinceMs = lookedMs ?? folderTimeMs(folder);
  // Names rise by a second where the clock does not, so a name can be of a later time than now.
  if (nowMs < sinceMs) return 0;
  return Math.max(0, sinceMs + intervalMs - nowMs);
}
