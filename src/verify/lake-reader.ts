import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../core/fault.ts';

/** What the verifier needs of a lake: reading, and nothing else. Paths are relative and `/`-separated. */
export interface LakeReader {
  /** For people. */
  readonly location: string;
  /** The bytes, or null where there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** Names directly in a folder, files and folders, sorted; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** A local path with the file's bytes. */
  localFile(path: string): Promise<string>;
  /** The path a manifest's address stands for; null when it leads elsewhere. */
  pathOf(address: string): string | null;
  /** The file's bytes as they come; throws where there is no such file. */
  open(path: string): AsyncIterable<Uint8Array>;
}

/** A lake in a folder. A missing folder is `store/missing`. */
export async function openFolderLake(root: string): Promise<LakeReader> {
  const found = await stat(root).catch(() => null);
  if (found === null || !found.isDirectory()) throw new Fault('store/missing', { path: root });
  const local = (path: string) => join(root, ...path.split('/'));
  return {
    location: root,
    read: async path => readFile(local(path)).catch(absentAsNull),
    list: async folder => ((await readdir(local(folder)).catch(absentAsNull)) ?? []).sort(),
    localFile: async path => local(path),
    pathOf: address => pathInside(root, address),
    open: path => createReadStream(local(path), { highWaterMark: 1 << 20 }),
  };
}

function absentAsNull(failure: unknown): null {
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw new Fault('store/failed', { reason: String(code) }, { cause: failure });
}

function pathInside(root: string, address: string): string | null {
  try {
    const path = relative(root, fileURLToPath(address));
    return path === '' || path.startsWith('..') || isAbsolute(path) ? null : path.split(sep).join('/');
  } catch {
    return null;
  }
}
