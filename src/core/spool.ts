import type { LinkName, TableName } from './names.ts';

/**
 * Identity of a page: what was asked, not when. The same key is never fetched twice while its page lies in the spool,
 * so a killed process repeats at most the page that was on its way.
 */
export interface PageKey {
  readonly link: LinkName;
  readonly table: TableName;
  readonly generation: number;
  /** `full`, `delta` or `narrow`; for rows read one by one `rows`. */
  readonly read: 'full' | 'delta' | 'narrow' | 'rows';
  /** The link asked, verbatim; null for a first page. */
  readonly address: string | null;
}

/** A page on disk: exactly the JSON array of rows, and the links that stood beside it. */
export interface SpooledPage {
  readonly key: PageKey;
  /** Local path of the array. */
  readonly path: string;
  readonly bytes: number;
  readonly next: string | null;
  readonly delta: string | null;
}

/** Pages between the wire and their commit. Files are readable by their owner only and go after the commit. */
export interface PageSpool {
  /** A complete page received earlier, also before a crash; null when there is none. */
  find(key: PageKey): Promise<SpooledPage | null>;
  /** Receives a page. A body that breaks off, or is no page, leaves nothing and throws (`batch/page-invalid` for the latter). */
  receive(key: PageKey, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<SpooledPage>;
  /** A page made of rows that were read one by one (each a JSON object). */
  compose(key: PageKey, rows: readonly Uint8Array[], signal: AbortSignal): Promise<SpooledPage>;
  remove(page: SpooledPage): Promise<void>;
  /** Removes every page of a table (after a reset, when the table leaves). */
  clear(link: LinkName, table: TableName): Promise<void>;
}
