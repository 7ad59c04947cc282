import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { PageKey, PageSpool, SpooledPage } from '../core/spool.ts';
import { ArrayEnd, joinLinks, type PageLinks, PageSplitter, parseTail } from './page-splitter.ts';

export interface SpoolOptions {
  /** Local folder of the spool; made when missing, readable by its owner only. */
  readonly folder: string;
  /** Makes names of temporary files. */
  readonly newId: () => string;
}

/** What the sidecar of a page holds. A page counts only when it has one, and it is written last. */
interface PageMeta {
  readonly format: 1;
  readonly bytes: number;
  readonly sha256: string;
  readonly next: string | null;
  readonly delta: string | null;
}

/**
 * Opens the spool on disk. File names are hashes: links and tokens never enter a path. The folder belongs to this spool
 * alone.
 */
export async function openSpool({ folder, newId }: SpoolOptions): Promise<PageSpool> {
  await makeFolder(folder);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // Pages that were on their way when an earlier process was killed.
    if (entry.isFile() && entry.name.endsWith('.tmp')) await removeFiles(join(entry.parentPath, entry.name));
  }
  return new DiskSpool(folder, newId);
}

class DiskSpool implements PageSpool {
  readonly #folder: string;
  readonly #newId: () => string;
  /** Folders of tables that this spool has made. */
  readonly #made = new Set<string>();

  constructor(folder: string, newId: () => string) {
    this.#folder = folder;
    this.#newId = newId;
  }

  async find(key: PageKey): Promise<SpooledPage | null> {
    const { data, meta } = this.#paths(key);
    const found = await readMeta(meta);
    if (found === null || !(await isWhole(data, found))) {
      await removeFiles(meta, data);
      return null;
    }
    return { key, path: data, bytes: found.bytes, next: found.next, delta: found.delta };
  }

  async receive(key: PageKey, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<SpooledPage> {
    const splitter = new PageSplitter();
    return this.#store(key, async (write, path) => {
      for await (const chunk of body) {
        signal.throwIfAborted();
        for (const part of splitter.push(chunk)) await write(part);
      }
      signal.throwIfAborted();
      const end = splitter.end();
      for (const part of end.rest) await write(part);
      if (end.is === 'split') return { next: end.next, delta: end.delta, whole: null };
      return cutArray(path, end.head);
    });
  }

  async compose(key: PageKey, rows: readonly Uint8Array[], signal: AbortSignal): Promise<SpooledPage> {
    return this.#store(key, async write => {
      await write(Buffer.from('['));
      for (const [position, row] of rows.entries()) {
        signal.throwIfAborted();
        if (position > 0) await write(Buffer.from(','));
        await write(row);
      }
      await write(Buffer.from(']'));
      return { next: null, delta: null, whole: null };
    });
  }

  async remove(page: SpooledPage): Promise<void> {
    const { data, meta } = this.#paths(page.key);
    await removeFiles(meta, data);
  }

  async clear(link: LinkName, table: TableName): Promise<void> {
    const folder = this.#tableFolder({ link, table });
    await rm(folder, { recursive: true, force: true });
    this.#made.delete(folder);
  }

  /** Writes a page under a temporary name; the sidecar's rename at the end is what makes it a page. */
  async #store(key: PageKey, fill: Fill): Promise<SpooledPage> {
    const { data, meta } = this.#paths(key);
    await this.#makeTableFolder(key);
    const temporary = `${data}.${this.#newId()}.tmp`;
    try {
      const { next, delta, bytes, sha256 } = await writePage(temporary, fill);
      await removeFiles(meta);
      await rename(temporary, data);
      await this.#writeMeta(meta, { format: 1, bytes, sha256, next, delta });
      return { key, path: data, bytes, next, delta };
    } catch (failure) {
      // Someone may have removed the folder; the next page makes it again.
      this.#made.delete(this.#tableFolder(key));
      await removeFiles(temporary);
      throw spoolFault(failure);
    }
  }

  /** Once for each table: a quiet one is polled all day. */
  async #makeTableFolder(key: PageKey): Promise<void> {
    const folder = this.#tableFolder(key);
    if (this.#made.has(folder)) return;
    await makeFolder(this.#folder, key.link, key.table);
    this.#made.add(folder);
  }

  async #writeMeta(path: string, meta: PageMeta): Promise<void> {
    const temporary = `${path}.${this.#newId()}.tmp`;
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(meta));
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  #tableFolder({ link, table }: { readonly link: LinkName; readonly table: TableName }): string {
    return join(this.#folder, link, table);
  }

  #paths(key: PageKey): { readonly data: string; readonly meta: string } {
    const name = createHash('sha256')
      .update(JSON.stringify([key.link, key.table, key.generation, key.read, key.address]))
      .digest('hex');
    const base = join(this.#tableFolder(key), name);
    return { data: `${base}.json`, meta: `${base}.meta` };
  }
}

interface Contents {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a page's bytes; `whole` is given when the file was cut afterwards, else what was written counts. */
type Fill = (
  write: (part: Uint8Array) => Promise<void>,
  path: string,
) => Promise<PageLinks & { readonly whole: Contents | null }>;

async function writePage(path: string, fill: Fill): Promise<PageLinks & Contents> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const { next, delta, whole } = await fill(async part => {
      hash.update(part);
      bytes += part.byteLength;
      await writeWhole(file, part);
    }, path);
    return { next, delta, ...(whole ?? { bytes, sha256: hash.digest('hex') }) };
  } finally {
    await file.close();
  }
}

/** Looks at every byte for the end of the array, cuts the file there, and reads the links from what followed. */
async function cutArray(path: string, head: PageLinks): Promise<PageLinks & { readonly whole: Contents }> {
  const finder = new ArrayEnd();
  let bytes: number | null = null;
  const behind: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (bytes !== null) behind.push(chunk);
    else {
      const start: number = finder.offset;
      bytes = finder.push(chunk);
      if (bytes !== null) behind.push(chunk.subarray(bytes - start));
    }
  }
  const tail = bytes === null ? null : parseTail(Buffer.concat(behind));
  if (bytes === null || tail === null) throw new Fault('batch/page-invalid', { reason: 'it broke off' });
  await truncate(path, bytes);
  return { ...joinLinks(head, tail), whole: { bytes, sha256: await hashOf(path) } };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function makeFolder(root: string, ...below: readonly string[]): Promise<void> {
  let path = root;
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (below.length === 0) await chmod(path, 0o700);
  for (const name of below) {
    path = join(path, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}

async function writeWhole(file: Awaited<ReturnType<typeof open>>, part: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < part.byteLength) {
    const { bytesWritten } = await file.write(part, offset, part.byteLength - offset);
    offset += bytesWritten;
  }
}

async function readMeta(path: string): Promise<PageMeta | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isMeta(value) ? value : null;
  } catch (failure) {
    // Missing or cut off: the page was never complete. Anything else is a disk that cannot be read.
    if (failure instanceof SyntaxError || codeOf(failure) === 'ENOENT') return null;
    throw spoolFault(failure);
  }
}

function isMeta(value: unknown): value is PageMeta {
  if (typeof value !== 'object' || value === null) return false;
  const meta = value as Record<string, unknown>;
  const isLink = (link: unknown) => link === null || typeof link === 'string';
  return (
    meta.format === 1 &&
    typeof meta.bytes === 'number' &&
    typeof meta.sha256 === 'string' &&
    isLink(meta.next) &&
    isLink(meta.delta)
  );
}

async function isWhole(path: string, meta: PageMeta): Promise<boolean> {
  try {
    if ((await stat(path)).size !== meta.bytes) return false;
    return (await hashOf(path)) === meta.sha256;
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT') return false;
    throw spoolFault(failure);
  }
}

async function removeFiles(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await unlink(path);
    } catch (failure) {
      if (codeOf(failure) !== 'ENOENT') throw failure;
    }
  }
}

/** Failures of the disk as faults; what the body or the caller threw passes as it is. */
function spoolFault(failure: unknown): unknown {
  const code = codeOf(failure);
  if (code === null || failure instanceof Fault) return failure;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Fault('store/full', { where: 'spool' }, { cause: failure });
  if (/^E[A-Z]+$/.test(code)) return new Fault('store/failed', { where: 'spool', reason: code }, { cause: failure });
  return failure;
}

/** The `code` of an error of Node's file system (they also carry `syscall`); null for anything else. */
function codeOf(failure: unknown): string | null {
  if (!(failure instanceof Error) || !('code' in failure) || !('syscall' in failure)) return null;
  return typeof failure.code === 'string' ? failure.code : null;
}
