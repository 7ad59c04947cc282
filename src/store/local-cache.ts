import type { ByteStore, Content, StoredFile } from '../core/bytestore.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { type CachedFile, CacheFolder, type CacheFolderOptions } from './local-cache-folder.ts';
import { SharedFetches } from './shared-fetches.ts';

export interface LocalCacheOptions extends CacheFolderOptions {
  readonly remote: ByteStore;
}

/** Files on their way at once: each is in memory meanwhile. */
const FETCHES_AT_ONCE = 8;

/** What a data file has to be, as its commit says. */
export interface ExpectedFile {
  readonly bytes: number;
  /** Of its bytes, hex. */
  readonly sha256: string;
}

/** Files that somebody uses for a while. */
export interface CacheLease {
  /** As the cache; files that its `localFile` answers stay until `release`. */
  readonly store: CachedStore;
  /** Twice is allowed. */
  release(): void;
}

export interface CachedStore extends ByteStore {
  /** `expected`: what came is held against it; `store/failed` when it is something else. */
  localFile(path: string, signal: AbortSignal, expected?: ExpectedFile): Promise<string>;
}

/**
 * Opens a cache of a remote store's immutable files in a local folder. Everything but `localFile` goes to the remote.
 * Copies of an earlier process are taken over, up to the bound; what it left half written goes.
 */
export async function openLocalCache(options: LocalCacheOptions): Promise<LocalCache> {
  const folder = new CacheFolder(options);
  await folder.open();
  return new LocalCache(options.remote, folder);
}

/** Made by `openLocalCache`. */
export class LocalCache implements CachedStore {
  readonly #remote: ByteStore;
  readonly #folder: CacheFolder;
  readonly #fetches: SharedFetches<CachedFile>;

  constructor(remote: ByteStore, folder: CacheFolder) {
    this.#remote = remote;
    this.#folder = folder;
    this.#fetches = new SharedFetches({
      work: (path, signal) => this.#fetch(path, signal),
      // It came with one pin.
      onValue: (file, users) => folder.pin(file, users - 1),
      atOnce: FETCHES_AT_ONCE,
    });
  }

  /** Bytes that lie in the folder. */
  get bytes(): number {
    return this.#folder.bytes;
  }

  /** For a query or a piece of work with an end: its files stay until then, and no longer. */
  lease(): CacheLease {
    const taken: CachedFile[] = [];
    let isOver = false;
    const localFile: CachedStore['localFile'] = async (path, signal, expected) => {
      if (isOver) throw new Fault('internal/bug', { path, reason: 'the lease of this file is over' });
      const file = await this.#pinned(path, signal, expected);
      // It ended while the file was on its way.
      if (isOver) this.#folder.pin(file, -1);
      else taken.push(file);
      return file.path;
    };
    const release = () => {
      isOver = true;
      for (const file of taken.splice(0)) this.#folder.pin(file, -1);
    };
    return { store: leased(this, localFile), release };
  }

  /**
   * A copy of an immutable file. Who asks here does not say when it is done: the file stays for as long as a query may
   * take. `store/full` when files in use leave no room, or the disk does not.
   */
  async localFile(path: string, signal: AbortSignal, expected?: ExpectedFile): Promise<string> {
    const file = await this.#pinned(path, signal, expected);
    this.#folder.keepBusy(file, limits.queryMarginMs);
    this.#folder.pin(file, -1);
    return file.path;
  }

  get location(): string {
    return this.#remote.location;
  }

  urlOf(path: string): string {
    return this.#remote.urlOf(path);
  }

  putIfAbsent(path: string, content: Content, signal: AbortSignal): Promise<'created' | 'exists'> {
    return this.#remote.putIfAbsent(path, content, signal);
  }

  read(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#remote.read(path, signal);
  }

  list(folder: string, options: { readonly signal: AbortSignal; readonly deep?: boolean }): Promise<StoredFile[]> {
    return this.#remote.list(folder, options);
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#remote.remove(path, signal);
    await this.#folder.forget(path);
  }

  publish(
    path: string,
    content: Content,
    options: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<'published' | 'stale'> {
    return this.#remote.publish(path, content, options);
  }

  publishedSequence(path: string, signal: AbortSignal): Promise<number | null> {
    return this.#remote.publishedSequence(path, signal);
  }

  /** A copy with one pin that is the caller's. */
  async #pinned(path: string, signal: AbortSignal, expected: ExpectedFile | undefined): Promise<CachedFile> {
    signal.throwIfAborted();
    const held = await this.#folder.take(path);
    if (held !== null && this.#isRight(held, expected)) return held;
    if (held !== null) await this.#letGo(path, held);
    const file = await this.#fetches.get(path, signal);
    if (this.#isRight(file, expected)) return file;
    await this.#letGo(path, file);
    throw new Fault('store/failed', { path, reason: 'what came is not what was committed' });
  }

  #isRight(file: CachedFile, expected: ExpectedFile | undefined): boolean {
    return expected === undefined || this.#folder.isThis(file, expected);
  }

  async #letGo(path: string, file: CachedFile): Promise<void> {
    this.#folder.pin(file, -1);
    await this.#folder.forget(path);
  }

  async #fetch(path: string, signal: AbortSignal): Promise<CachedFile> {
    const content = await this.#remote.read(path, signal);
    if (content === null) throw new Fault('store/failed', { path, reason: 'ENOENT' });
    return this.#folder.put(path, content);
  }
}

/** The cache with another way to local files. */
function leased(cache: LocalCache, localFile: CachedStore['localFile']): CachedStore {
  return {
    location: cache.location,
    urlOf: path => cache.urlOf(path),
    putIfAbsent: (path, content, signal) => cache.putIfAbsent(path, content, signal),
    read: (path, signal) => cache.read(path, signal),
    list: (folder, options) => cache.list(folder, options),
    remove: (path, signal) => cache.remove(path, signal),
    publish: (path, content, options) => cache.publish(path, content, options),
    publishedSequence: (path, signal) => cache.publishedSequence(path, signal),
    localFile,
  };
}
