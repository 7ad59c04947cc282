import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LINK_FILE, type LinkFile, parseLinkFile } from '../core/link-file.ts';
import type { LakeContents } from '../engine/control.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { eraseFiles, lakeContents, loggedTables, OWN_FOLDER, removeEmptyFolders } from './lake-contents.ts';
import { readableMark, removeOwnFolder } from './lake-folder.ts';

/** How a lake that no link uses was cleared. `foreign`: files of others, which stay; of many the first ones. */
export interface ErasedLake {
  /** `gone`: there was nothing of ours; `claimed`: another link's by now, and not touched. */
  readonly outcome: 'erased' | 'gone' | 'claimed';
  readonly foreign: readonly string[];
}

/**
 * Removes what Lakelink wrote in a lake whose link ended, as long as it still carries that link's mark or, after an
 * interruption, none. Repeats. `store/busy`: a service works on it; `lake/corrupt`: the mark cannot be read. An abort
 * leaves the rest for the next time.
 */
export async function eraseKeptLake(
  { path, lakeId }: { readonly path: string; readonly lakeId: string },
  { signal }: { readonly signal: AbortSignal },
): Promise<ErasedLake> {
  // Without our folder nothing says which of the files are ours.
  if (!(await exists(join(path, OWN_FOLDER)))) return { outcome: 'gone', foreign: [] };
  const lock = await lockFolder({ path, purpose: 'service' });
  try {
    // Asked under the lock: from here on nobody else marks it.
    const mark = await markIn(path);
    const isClaimed = mark === null ? await exists(join(path, OWN_FOLDER, 'ledger.db')) : mark.linkId !== lakeId;
    if (isClaimed) return { outcome: 'claimed', foreign: [] };
    const { foreign } = await lakeContents(path);
    await eraseFiles(path, { foreign: false, signal });
    await removeOwnFolder(path, lock);
    await removeEmptyFolders(path);
    return { outcome: 'erased', foreign };
  } finally {
    lock.release();
  }
}

/** Tables that have a log in the lake; null: the folder cannot be read, or is no lake. */
export async function tablesOfLake(path: string): Promise<number | null> {
  if (!(await exists(join(path, OWN_FOLDER)))) return null;
  return (await loggedTables(path)).length;
}

/** Counts and sizes of its files by what they are; nothing where the lake is not there. */
export async function contentsOfLake(path: string): Promise<LakeContents> {
  return (await exists(path)) ? lakeContents(path) : { kinds: [], foreign: [] };
}

async function markIn(path: string): Promise<LinkFile | null> {
  const bytes = await readFile(join(path, LINK_FILE)).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return null;
    throw failure;
  });
  if (bytes === null) return null;
  try {
    return parseLinkFile(bytes);
  } catch (failure) {
    throw readableMark(failure, path);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
