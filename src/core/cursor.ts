/**
 * Where a table's reading stands. It is committed together with the data it accounts for. Links are the environment's
 * own, verbatim and opaque; they are secrets for logs and error texts.
 */
export type Cursor =
  /** Nothing was read yet. */
  | { readonly at: 'start' }
  /** A full read is under way; `next` is the page to fetch, null for its first page. */
  | { readonly at: 'full'; readonly next: string | null; readonly pages: number }
  /** A full read is complete and the narrow pass is not (post-processing); deltas are read from `delta` meanwhile. */
  | { readonly at: 'settling'; readonly delta: string; readonly next: string | null }
  /** Running: `delta` is the link to ask next; `next` a page in the middle of a delta, else null. */
  | { readonly at: 'running'; readonly delta: string; readonly next: string | null };

/** Equality of cursors by value: what `prevCursor` of a commit is held against. */
export function sameCursor(a: Cursor, b: Cursor): boolean {
  return cursorKey(a) === cursorKey(b);
}

/** A text that is equal for equal cursors. */
export function cursorKey(cursor: Cursor): string {
  switch (cursor.at) {
    case 'start':
      return 'start';
    case 'full':
      return JSON.stringify(['full', cursor.next, cursor.pages]);
    case 'settling':
      return JSON.stringify(['settling', cursor.delta, cursor.next]);
    case 'running':
      return JSON.stringify(['running', cursor.delta, cursor.next]);
  }
}
