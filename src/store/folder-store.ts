import { link, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ByteStore, Content, StoredFile } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { folderOf, makeFolders, removeQuietly, syncDirectory, writeDurably } from './durable-file.ts';
import { folderFault, systemCode } from './folder-fault.ts';
import { INTERNAL, isInternal, resolveInside } from './folder-path.ts';
import { FolderPublisher } from './folder-publish.ts';

export interface FolderStoreOptions {
  /** The lake's folder; it must exist. */
  readonly root: string;
  /** Unique texts for temporary files: letters, digits and hyphens. */
  readonly newId: () => string;
  readonly clock?: Pick<Clock, 'nowMs'>;
  /** For a lake at rest: nothing is probed, made or removed, and writing is `store/read-only`. */
  readonly readOnly?: boolean;
  /** How a hard link is made: the system's, unless a test says otherwise. */
  readonly makeLink?: (from: string, to: string) => Promise<void>;
}

const STATS_AT_ONCE = 64;

/**
 * Opens a folder as a lake's storage. Fails with `store/missing`, `store/read-only`, or `store/no-link` where the file
 * system cannot make hard links (a commit is one `link()`). Opening writes only below `.lakelink/`.
 */
export async function openFolderStore(options: FolderStoreOptions): Promise<FolderStore> {
  const root = resolve(options.root);
  const nowMs = options.clock === undefined ? Date.now : () => options.clock?.nowMs() ?? Date.now();
  await requireFolder(root);
  const store = new FolderStore({ root, newId: options.newId, readOnly: options.readOnly === true });
  if (options.readOnly !== true) {
    await prepare({ root, newId: options.newId, nowMs: nowMs(), makeLink: options.makeLink ?? link });
  }
  return store;
}

/** A lake in a folder. Made by `openFolderStore`. */
export class FolderStore implements ByteStore {
  readonly location: string;
  readonly isOnThisMachine = true;
  readonly #root: string;
  readonly #newId: () => string;
  readonly #readOnly: boolean;
  readonly #publisher: FolderPublisher;

  constructor({
    root,
    newId,
    readOnly,
  }: {
    readonly root: string;
    readonly newId: () => string;
    readonly readOnly: boolean;
  }) {
    this.location = root;
    this.#root = root;
    this.#newId = newId;
    this.#readOnly = readOnly;
    this.#publisher = new FolderPublisher({ root, newId });
  }

  urlOf(path: string): string {
    return pathToFileURL(resolveInside(this.#root, path)).href;
  }

  async putIfAbsent(path: string, content: Content, signal: AbortSignal): Promise<'created' | 'exists'> {
    const target = resolveInside(this.#root, path);
    return this.#writing(path, signal, async () => {
      const temporary = await this.#temporary(content);
      try {
        await makeFolders(this.#root, folderOf(target));
        signal.throwIfAborted();
        // Commit point: the name appears, whole, or someone else has it.
        const answer = await linkIfAbsent(temporary, target).catch(async failure => {
          if (!isAbsence(failure)) throw failure;
          // A removal took the folder, which was empty, between the two steps.
          await makeFolders(this.#root, folderOf(target));
          return linkIfAbsent(temporary, target);
        });
        await syncDirectory(folderOf(target));
        return answer;
      } finally {
        await removeQuietly(temporary);
      }
    });
  }

  async read(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const target = resolveInside(this.#root, path);
    return this.#reading(path, signal, async () => {
      try {
        return await readFile(target, { signal });
      } catch (failure) {
        if (!isAbsence(failure)) throw failure;
        await requireFolder(this.#root);
        return null;
      }
    });
  }

  async list(
    folder: string,
    { signal, deep = true }: { readonly signal: AbortSignal; readonly deep?: boolean },
  ): Promise<StoredFile[]> {
    if (folder !== '') resolveInside(this.#root, folder);
    return this.#reading(folder, signal, async () => {
      const found: StoredFile[] = [];
      await this.#collect({ folder, deep, found, signal });
      if (found.length === 0) await requireFolder(this.#root);
      return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    });
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    const target = resolveInside(this.#root, path);
    await this.#writing(path, signal, () => this.#publisher.remove({ path, target, signal }));
  }

  async publish(
    path: string,
    content: Content,
    { sequence, signal }: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<'published' | 'stale'> {
    const target = resolveInside(this.#root, path);
    return this.#writing(path, signal, async () => {
      const request = { path, target, sequence, signal };
      if ('bytes' in content) {
        // Before the lock, which makes its folder: a lake that is away must not come to life empty.
        await requireFolder(this.#root);
        return this.#publisher.replace({
          ...request,
          equalTo: content.bytes,
          write: () => this.#temporary(content),
        });
      }
      // A large file is copied before its turn, so that others need not wait for it.
      const temporary = await this.#temporary(content);
      try {
        return await this.#publisher.replace({ ...request, equalTo: null, write: async () => temporary });
      } finally {
        await removeQuietly(temporary);
      }
    });
  }

  async publishedSequence(path: string, signal: AbortSignal): Promise<number | null> {
    const target = resolveInside(this.#root, path);
    return this.#reading(path, signal, () => this.#publisher.shown({ path, target }));
  }

  async localFile(path: string, signal: AbortSignal): Promise<string> {
    const target = resolveInside(this.#root, path);
    return this.#reading(path, signal, async () => {
      await stat(target);
      return target;
    });
  }

  /** Writes content under a name nobody else uses, on the lake's file system, synced. */
  async #temporary(content: Content): Promise<string> {
    const temporary = join(this.#root, INTERNAL.temporary, this.#newId());
    try {
      await writeDurably(temporary, content);
    } catch (failure) {
      // Our folder for them went away: a cleaned lake, or no lake at all.
      if (!isAbsence(failure)) {
        await removeQuietly(temporary).catch(() => undefined);
        throw failure;
      }
      await requireFolder(this.#root);
      await makeFolders(this.#root, folderOf(temporary));
      await writeDurably(temporary, content);
    }
    return temporary;
  }

  async #collect(walk: {
    readonly folder: string;
    readonly deep: boolean;
    readonly found: StoredFile[];
    readonly signal: AbortSignal;
  }): Promise<void> {
    walk.signal.throwIfAborted();
    const entries = await readdir(join(this.#root, walk.folder), { withFileTypes: true }).catch(absenceAs([]));
    const below = (name: string) => (walk.folder === '' ? name : `${walk.folder}/${name}`);
    const visible = entries.filter(entry => !isInternal(below(entry.name)));
    const files = visible.filter(entry => entry.isFile()).map(entry => below(entry.name));
    for (let start = 0; start < files.length; start += STATS_AT_ONCE) {
      const some = await Promise.all(files.slice(start, start + STATS_AT_ONCE).map(path => this.#describe(path)));
      for (const file of some) if (file !== null) walk.found.push(file);
    }
    for (const entry of visible) {
      if (entry.isDirectory() && walk.deep) await this.#collect({ ...walk, folder: below(entry.name) });
    }
  }

  /** A file's facts; null when it went away since it was seen. */
  async #describe(path: string): Promise<StoredFile | null> {
    const facts = await stat(join(this.#root, path)).catch(absenceAs(null));
    return facts === null ? null : { path, bytes: facts.size, modifiedMs: Math.floor(facts.mtimeMs) };
  }

  async #writing<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#readOnly) throw new Fault('store/read-only', { path, reason: 'opened for reading' });
    try {
      return await work();
    } catch (failure) {
      throw folderFault(failure, { path, doing: 'write', signal });
    }
  }

  async #reading<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (failure) {
      throw folderFault(failure, { path, doing: 'read', signal });
    }
  }
}

async function linkIfAbsent(temporary: string, target: string): Promise<'created' | 'exists'> {
  try {
    await link(temporary, target);
    return 'created';
  } catch (failure) {
    if (systemCode(failure) === 'EEXIST') return 'exists';
    throw failure;
  }
}

async function requireFolder(root: string): Promise<void> {
  const facts = await stat(root).catch(absenceAs(null));
  if (facts === null || !facts.isDirectory()) throw new Fault('store/missing', { path: root });
}

/** Proves that the folder can be written and linked, and removes temporary files that died with their process. */
async function prepare({
  root,
  newId,
  nowMs,
  makeLink,
}: {
  readonly root: string;
  readonly newId: () => string;
  readonly nowMs: number;
  readonly makeLink: (from: string, to: string) => Promise<void>;
}): Promise<void> {
  const folder = join(root, INTERNAL.temporary);
  const first = join(folder, newId());
  const second = join(folder, newId());
  try {
    await makeFolders(root, folder);
    await writeDurably(first, { bytes: new Uint8Array([1]) });
    await makeLink(first, second).catch((failure: unknown) => {
      throw new Fault('store/no-link', { path: root, reason: systemCode(failure) }, { cause: failure });
    });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const facts = await stat(path).catch(absenceAs(null));
      if (facts !== null && facts.mtimeMs < nowMs - limits.retentionMs) await removeQuietly(path);
    }
  } catch (failure) {
    throw folderFault(failure, { path: root, doing: 'write' });
  } finally {
    await removeQuietly(first).catch(() => undefined);
    await removeQuietly(second).catch(() => undefined);
  }
}

function isAbsence(failure: unknown): boolean {
  const code = systemCode(failure);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For `catch`: what is not there counts as `value`. */
function absenceAs<T>(value: T): (failure: unknown) => T {
  return failure => {
    if (isAbsence(failure)) return value;
    throw failure;
  };
}
