import { copyFile, link, mkdir, open, rmdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Content } from '../core/bytestore.ts';
import { systemCode } from './folder-fault.ts';

/** Makes a directory's names survive power loss. Windows cannot sync a directory; its names are journaled. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using handle = await openDisposable(path, 'r');
    await handle.file.sync();
  } catch (failure) {
    const code = systemCode(failure);
    if (process.platform === 'win32' && (code === 'EPERM' || code === 'EISDIR' || code === 'EACCES')) return;
    throw failure;
  }
}

/** Writes a temporary file whole and syncs it. A file is finished and its owner only removes it, so a link will do. */
export async function writeDurably(path: string, content: Content): Promise<void> {
  if ('bytes' in content) await writeFile(path, content.bytes, { flag: 'wx' });
  else await link(content.file, path).catch(() => copyFile(content.file, path));
  await using handle = await openDisposable(path, 'r+');
  await handle.file.sync();
}

/** Makes the folders between `root` (which must exist) and `folder`, each one durable. */
export async function makeFolders(root: string, folder: string): Promise<void> {
  let current = root;
  for (const part of relative(root, folder).split(sep)) {
    if (part === '') continue;
    const parent = current;
    current = join(current, part);
    try {
      await mkdir(current);
      await syncDirectory(parent);
    } catch (failure) {
      if (systemCode(failure) !== 'EEXIST') throw failure;
    }
  }
}

/** Removes a file; one that is not there is fine. */
export async function removeQuietly(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (failure) {
    if (systemCode(failure) !== 'ENOENT') throw failure;
  }
}

/** Removes the folders a file was in, from the inside out, as long as they are empty; `root` itself stays. */
export async function removeEmptyParents(root: string, file: string): Promise<void> {
  for (let folder = dirname(file); folder !== root && folder.startsWith(root + sep); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      // Not empty, or someone else removed it: either way it is not ours to insist.
      return;
    }
  }
}

/** The folder a file is in. */
export const folderOf = dirname;

async function openDisposable(path: string, flags: string) {
  const file = await open(path, flags);
  return { file, [Symbol.asyncDispose]: () => file.close() };
}
