import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { usage } from './exit.ts';

/** A new file that results are written to, as text. */
export interface ResultFile {
  write(text: string): Promise<void>;
  /** What was written is complete; closing twice is allowed. */
  close(): Promise<void>;
}

/** Opens a new file. One that is there is somebody's work, and stays. */
export async function openNewFile(path: string, option: string): Promise<ResultFile> {
  const file = await opened(path, option);
  let isOpen = true;
  return {
    write: async text => {
      await file.writeFile(text);
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await file.close();
    },
  };
}

async function opened(path: string, option: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (cause) {
    throw refusalOf(path, { option, cause });
  }
}

/**
 * Lets `fill` write a file under another name in the same folder and gives it its own name when it is whole: nobody sees
 * half a file, and a failure leaves none. With `force` a file that is there is replaced.
 */
export async function writeWhole<T>(
  path: string,
  options: { readonly force: boolean; readonly option: string },
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  const { force, option } = options;
  if (!force && existsSync(path)) throw usage(option, `${path} exists already; --force replaces it`);
  const temporary = join(dirname(path), `.lakelink-${randomUUID()}.tmp`);
  try {
    // Seen here, a folder that cannot be written costs nothing yet.
    await (await open(temporary, 'wx')).close();
    await rm(temporary);
  } catch (cause) {
    throw refusalOf(path, { option, cause });
  }
  try {
    const result = await fill(temporary);
    await named(temporary, { path, force, option });
    return result;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Without `force` a link, which never replaces; where links cannot be made, a rename. */
async function named(
  temporary: string,
  { path, force, option }: { readonly path: string; readonly force: boolean; readonly option: string },
): Promise<void> {
  if (!force) {
    try {
      await link(temporary, path);
      return;
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') throw usage(option, `${path} exists already; --force replaces it`);
    }
  }
  await rename(temporary, path);
}

function refusalOf(path: string, { option, cause }: { readonly option: string; readonly cause: unknown }): Fault {
  const reasons: Readonly<Record<string, string>> = {
    EEXIST: `${path} exists already`,
    ENOENT: `the folder of ${path} does not exist`,
    EACCES: `${path} cannot be written`,
    EISDIR: `${path} is a folder`,
  };
  const reason = reasons[codeOf(cause)] ?? `${path} cannot be written`;
  return new Fault('input/invalid', { option, reason }, { cause });
}

function codeOf(failure: unknown): string {
  return failure instanceof Error && 'code' in failure ? String(failure.code) : '';
}
