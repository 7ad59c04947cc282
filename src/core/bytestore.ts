/** What is put: bytes in memory or a local file. It is left where it is, and must not change: a store may link it. */
export type Content = { readonly bytes: Uint8Array } | { readonly file: string };

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/**
 * A lake's storage. Paths are relative, `/`-separated, never absolute and never with `..`.
 *
 * Promises every implementation keeps (the suite in test/contract/bytestore.ts is this text as tests):
 * - Visibility: a name is never visible empty or half written.
 * - Durability: once a put or publish resolves, it survives power loss.
 * - `putIfAbsent`: of any number of writers to one path exactly one gets `created`. A rejected call may have happened
 *   all the same (a lost answer): the caller reads back.
 * - `publish`: replaces a fixed name whole. The sequence shown under a name never falls: a publisher with a lower
 *   sequence than one that went before gets `stale` and changes nothing. The same sequence again is `published`.
 * - Stopping: an abort before the commit point leaves nothing visible.
 */
export interface ByteStore {
  /** For people: where this is, without secrets. */
  readonly location: string;
  /** A path that `localFile` answered stays good for as long as the lake keeps the file. Absent: it may not. */
  readonly isOnThisMachine?: boolean;
  /** The address of a path for readers' manifests: `https://...` or `file:///...`. */
  urlOf(path: string): string;
  putIfAbsent(path: string, content: Content, signal: AbortSignal): Promise<'created' | 'exists'>;
  /** The bytes, or null where there is no such file. */
  read(path: string, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Files below a folder at any depth (`deep`, default) or directly in it, by path in code-unit order. No folder: none. */
  list(folder: string, options: { readonly signal: AbortSignal; readonly deep?: boolean }): Promise<StoredFile[]>;
  /** Removing what is not there is not a failure. */
  remove(path: string, signal: AbortSignal): Promise<void>;
  publish(
    path: string,
    content: Content,
    options: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<'published' | 'stale'>;
  /** The sequence a fixed name shows for certain; null when it was never published or a publication broke off. */
  publishedSequence(path: string, signal: AbortSignal): Promise<number | null>;
  /** A local path with the bytes of an immutable file, for the engine to scan; a remote store fetches it into its cache. */
  localFile(path: string, signal: AbortSignal): Promise<string>;
}
