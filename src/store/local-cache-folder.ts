import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { removeQuietly } from './durable-file.ts';
import { folderFault, systemCode } from './folder-fault.ts';

/** A copy that somebody asked for. `path` is a local one. */
export interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  /** First half of the SHA-256 of its bytes, hex. */
  readonly hash: string;
  /** Whether its bytes were held against the hash in this process. */
  isProven: boolean;
  /** How many use it now. */
  pins: number;
  /** Without being told who uses it, it is taken to be in use until then. */
  busyUntilMs: number;
}

export interface CacheFolderOptions {
  /** Of this process and this lake alone; made where it is missing. */
  readonly folder: string;
  readonly bytesMax: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Unique texts for temporary files: letters, digits and hyphens. */
  readonly newId: () => string;
  /** How a new file is written: the system's way, unless a test says otherwise. */
  readonly write?: (path: string, content: Uint8Array) => Promise<void>;
}

/** A copy is named by what it is of and what is in it: `<path, 32 hex>-<content, 32 hex>-<bytes>`. */
const NAME = /^([0-9a-f]{32})-([0-9a-f]{32})-([0-9]{1,15})$/;
const TEMPORARY = /^tmp-/;

/**
 * The files of a cache in one folder, up to a number of bytes. What was used longest ago goes first; what is in use stays.
 * The folder is one process's own. A crash leaves copies that are whole or that their names give away, and temporary
 * names, which go with the next opening.
 */
export class CacheFolder {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #newId: () => string;
  readonly #writeFile: (path: string, content: Uint8Array) => Promise<void>;
  /** By the hash of their path, in the order of their last use. */
  readonly #files = new Map<string, CachedFile>();
  #bytes = 0;

  constructor(options: CacheFolderOptions) {
    this.#folder = options.folder;
    this.#bytesMax = options.bytesMax;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#writeFile = options.write ?? writeNew;
  }

  /** Bytes of all copies, those on their way to disk among them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes over what an earlier process left. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const found: { readonly key: string; readonly file: CachedFile; readonly usedMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      if (TEMPORARY.test(name)) await removeQuietly(join(this.#folder, name));
      const [, key, hash, digits] = NAME.exec(name) ?? [];
      if (key === undefined || hash === undefined) continue;
      const path = join(this.#folder, name);
      const facts = await stat(path).catch(() => null);
      const bytes = Number(digits);
      if (facts === null || facts.size !== bytes) {
        await removeQuietly(path);
        continue;
      }
      const file: CachedFile = { path, bytes, hash, isProven: false, pins: 0, busyUntilMs: 0 };
      found.push({ key, file, usedMs: facts.mtimeMs });
    }
    for (const { key, file } of found.sort((a, b) => a.usedMs - b.usedMs)) {
      const older = this.#files.get(key);
      if (older !== undefined) await this.#drop(key, older);
      this.#files.set(key, file);
      this.#bytes += file.bytes;
    }
    await this.#reserve(0);
  }

  /** The copy of a path, pinned for whoever asks; null: there is none. A damaged one goes. */
  async take(path: string): Promise<CachedFile | null> {
    const key = hashOf(path);
    const file = this.#files.get(key);
    if (file === undefined) return null;
    file.pins += 1;
    if (await this.#isWhole(file)) {
      this.#renew(key, file);
      await this.#stamp(file.path);
      return file;
    }
    file.pins -= 1;
    await this.#drop(key, file);
    return null;
  }

  /** Keeps these bytes as the copy of a path, with one pin. `store/full` where files in use leave no room for it. */
  async put(path: string, content: Uint8Array): Promise<CachedFile> {
    const bytes = content.byteLength;
    const key = hashOf(path);
    const hash = hashOf(content);
    const before = this.#files.get(key);
    if (before !== undefined && before.hash === hash) {
      // Fetched twice at once, as when the first who asked had left: nothing is taken from under its users.
      before.pins += 1;
      return before;
    }
    if (before !== undefined) await this.#drop(key, before);
    if (!(await this.#reserve(bytes))) {
      throw new Fault('store/full', { path, where: 'cache', reason: `no room for ${bytes} bytes beside files in use` });
    }
    const local = join(this.#folder, `${key}-${hash}-${bytes}`);
    try {
      await this.#write(local, content).catch(async failure => {
        // The disk is full before the cache is: what nobody uses makes room, once.
        if (systemCode(failure) !== 'ENOSPC' || !(await this.#dropIdle())) throw failure;
        await this.#write(local, content);
      });
    } catch (failure) {
      this.#bytes -= bytes;
      throw folderFault(failure, { path, doing: 'write' });
    }
    const file: CachedFile = { path: local, bytes, hash, isProven: true, pins: 1, busyUntilMs: 0 };
    this.#files.set(key, file);
    return file;
  }

  /** So many users more, or less. */
  pin(file: CachedFile, users: number): void {
    file.pins += users;
  }

  /** For users who cannot say when they are done. */
  keepBusy(file: CachedFile, ms: number): void {
    file.busyUntilMs = Math.max(file.busyUntilMs, this.#clock.nowMs() + ms);
  }

  /** Whether a copy is what it has to be. */
  isThis(file: CachedFile, expected: { readonly bytes: number; readonly sha256: string }): boolean {
    return file.bytes === expected.bytes && expected.sha256.startsWith(file.hash);
  }

  /** The file of this path is gone, or is not what it should be; a copy in use stays as long as it is. */
  async forget(path: string): Promise<void> {
    const key = hashOf(path);
    const file = this.#files.get(key);
    if (file !== undefined && !this.#isBusy(file)) await this.#drop(key, file);
  }

  async #write(path: string, content: Uint8Array): Promise<void> {
    const temporary = join(this.#folder, `tmp-${this.#newId()}`);
    try {
      await this.#writeFile(temporary, content);
      await this.#stamp(temporary);
      await rename(temporary, path);
    } catch (failure) {
      await removeQuietly(temporary).catch(() => undefined);
      throw failure;
    }
  }

  /** Copies are not synced: after a power cut a name may stand over other bytes, so those of an earlier process are read once. */
  async #isWhole(file: CachedFile): Promise<boolean> {
    try {
      if (file.isProven) return (await stat(file.path)).size === file.bytes;
      file.isProven = hashOf(await readFile(file.path)) === file.hash;
      return file.isProven;
    } catch {
      return false;
    }
  }

  #renew(key: string, file: CachedFile): void {
    if (this.#files.get(key) !== file) return;
    this.#files.delete(key);
    this.#files.set(key, file);
  }

  /** For the order after the next start; no harm is done without it. */
  async #stamp(path: string): Promise<void> {
    const now = new Date(this.#clock.nowMs());
    await utimes(path, now, now).catch(() => undefined);
  }

  async #dropIdle(): Promise<boolean> {
    const idle = [...this.#files].filter(([, file]) => !this.#isBusy(file));
    for (const [key, file] of idle) await this.#drop(key, file);
    return idle.length > 0;
  }

  /** Makes room and counts it as taken in one step: others may come for it at the same time. */
  async #reserve(bytes: number): Promise<boolean> {
    // What is too large for all of it drives nothing out.
    if (bytes > this.#bytesMax) return false;
    const fits = () => this.#bytes + bytes <= this.#bytesMax;
    for (const [key, file] of fits() ? [] : [...this.#files]) {
      if (!this.#isBusy(file)) await this.#drop(key, file);
      if (fits()) break;
    }
    if (!fits()) return false;
    this.#bytes += bytes;
    return true;
  }

  #isBusy({ pins, busyUntilMs }: CachedFile): boolean {
    return pins > 0 || busyUntilMs > this.#clock.nowMs();
  }

  /** At most once for each copy: while one is removed its path may have another. */
  async #drop(key: string, file: CachedFile): Promise<void> {
    if (this.#files.get(key) !== file) return;
    this.#files.delete(key);
    this.#bytes -= file.bytes;
    // What Windows does not let go, since someone reads it, goes with a later opening.
    await removeQuietly(file.path).catch(() => undefined);
  }
}

function writeNew(path: string, content: Uint8Array): Promise<void> {
  return writeFile(path, content, { flag: 'wx', mode: 0o600 });
}

function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
