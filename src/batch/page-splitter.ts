import { Fault } from '../core/fault.ts';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-bytes.ts';

/** The links that stand beside the rows, unescaped; null where there is none. */
export interface PageLinks {
  readonly next: string | null;
  readonly delta: string | null;
}

/** What stands before the rows must end within this. */
const HEAD_BYTES_MAX = 1024 * 1024;

/** Held back from writing until the body ends: what stands after the rows (a link of 32 KB and more) lies in here. */
const HOLD_BYTES = 128 * 1024;

/** How every answer of the service goes on after its rows, when anything follows. */
const TAIL_START = Buffer.from('],"@odata.');

export type SplitEnd =
  /** `rest`: the last bytes of the array. */
  | ({ readonly is: 'split'; readonly rest: readonly Uint8Array[] } & PageLinks)
  /** The tail is not of the usual form: write `rest`, then look for the array's end from the start (`ArrayEnd`). */
  | { readonly is: 'unclear'; readonly rest: readonly Uint8Array[]; readonly head: PageLinks };

/**
 * Cuts the array of rows out of an answer as it arrives. Rows are not looked at: the head is read up to `"value":[`,
 * the tail from `],"@odata.` to the end. Those bytes cannot stand inside a string (its quote would be escaped), and no
 * row holds an array followed by an `@odata.` property, so an answer cut short never looks complete.
 */
export class PageSplitter {
  #head: Buffer | null = Buffer.alloc(0);
  #headLinks: PageLinks = { next: null, delta: null };
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** Takes the next bytes of the body and answers those that are surely rows. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#head === null) return this.#hold(bytes);
    const head = Buffer.concat([this.#head, bytes]);
    const start = findArrayStart(head);
    if (start === null) {
      if (head.length > HEAD_BYTES_MAX) throw invalid('no rows begin in its first bytes');
      this.#head = head;
      return [];
    }
    this.#headLinks = parseHead(head.subarray(0, start));
    this.#head = null;
    return this.#hold(head.subarray(start));
  }

  end(): SplitEnd {
    if (this.#head !== null) throw invalid('it ended before its rows began');
    const held = Buffer.concat(this.#held);
    const at = held.lastIndexOf(TAIL_START);
    const tail = at === -1 ? null : parseTail(held.subarray(at + 1));
    if (tail === null) return { is: 'unclear', rest: [held], head: this.#headLinks };
    return { is: 'split', rest: [held.subarray(0, at + 1)], ...joinLinks(this.#headLinks, tail) };
  }

  #hold(bytes: Buffer): Buffer[] {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    const free: Buffer[] = [];
    for (;;) {
      const first = this.#held[0];
      if (first === undefined || this.#heldBytes - first.length < HOLD_BYTES) return free;
      this.#held.shift();
      this.#heldBytes -= first.length;
      free.push(first);
    }
  }
}

/** Finds where an array ends that begins with the first byte pushed; looks at every byte. */
export class ArrayEnd {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #offset = 0;

  /** Bytes pushed so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Offset just behind the closing bracket; null while it is not reached. */
  push(chunk: Uint8Array): number | null {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#depth += 1;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          if (byte !== CLOSE_ARRAY) throw invalid('its rows are not closed');
          return this.#offset + at + 1;
        }
      }
    }
    this.#offset += chunk.length;
    return null;
  }
}

/** The links in what follows the array (from behind `]` to the end); null when it does not close the answer. */
export function parseTail(tail: Uint8Array): PageLinks | null {
  const text = Buffer.from(tail).toString('utf8').trim();
  const members = text === '}' ? {} : text.startsWith(',') ? parseObject(`{${text.slice(1)}`) : null;
  if (members === null) return null;
  if ('error' in members) throw invalid('it ends in an error');
  return linksOf(members);
}

export function joinLinks(head: PageLinks, tail: PageLinks): PageLinks {
  return { next: tail.next ?? head.next, delta: tail.delta ?? head.delta };
}

function parseHead(head: Buffer): PageLinks {
  const text = head.toString('utf8').replace(/^\uFEFF/, '');
  const members = parseObject(`${text}[]}`);
  if (members === null) throw invalid('it is not JSON');
  return linksOf(members);
}

function linksOf(members: Readonly<Record<string, unknown>>): PageLinks {
  const link = (name: string) => {
    const value = members[name];
    return typeof value === 'string' ? value : null;
  };
  return { next: link('@odata.nextLink'), delta: link('@odata.deltaLink') };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Offset of the bracket in `"value":[` of the outermost object; null when the bytes end before it. */
function findArrayStart(bytes: Buffer): number | null {
  let at = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  if (at >= bytes.length) return null;
  if (bytes[at] !== OPEN_OBJECT) throw invalid('it is not a JSON object');
  at += 1;
  for (;;) {
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_OBJECT) throw invalid('it has no rows');
    const keyEnd = skipValue(bytes, at);
    if (keyEnd === null) return null;
    const key = bytes.toString('utf8', at, keyEnd);
    at = skipSpace(bytes, keyEnd);
    if (at >= bytes.length) return null;
    if (bytes[at] !== COLON) throw invalid('it is not JSON');
    at = skipSpace(bytes, at + 1);
    if (at >= bytes.length) return null;
    if (key === '"error"') throw invalid('it is an error');
    if (key === '"value"') {
      if (bytes[at] !== OPEN_ARRAY) throw invalid('it has no rows');
      return at;
    }
    const valueEnd = skipValue(bytes, at);
    if (valueEnd === null) return null;
    at = skipSpace(bytes, valueEnd);
    if (at >= bytes.length) return null;
    if (bytes[at] === CLOSE_OBJECT) throw invalid('it has no rows');
    if (bytes[at] !== COMMA) throw invalid('it is not JSON');
    at += 1;
  }
}

/** End of the value that begins at `at`; null when the bytes end before it does. */
function skipValue(bytes: Buffer, at: number): number | null {
  const first = bytes[at];
  if (first === QUOTE) return skipString(bytes, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    let end = at;
    while (end < bytes.length && !isEndOfLiteral(bytes[end])) end += 1;
    return end < bytes.length ? end : null;
  }
  let depth = 0;
  let end = at;
  while (end < bytes.length) {
    const byte = bytes[end];
    if (byte === QUOTE) {
      const behind = skipString(bytes, end);
      if (behind === null) return null;
      end = behind;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    end += 1;
    if (depth === 0) return end;
  }
  return null;
}

function skipString(bytes: Buffer, at: number): number | null {
  let end = at + 1;
  while (end < bytes.length) {
    if (bytes[end] === BACKSLASH) end += 2;
    else if (bytes[end] === QUOTE) return end + 1;
    else end += 1;
  }
  return null;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at])) at += 1;
  return at;
}

function isEndOfLiteral(byte: number | undefined): boolean {
  return isSpace(byte) || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte === COLON;
}

function invalid(reason: string): Fault {
  return new Fault('batch/page-invalid', { reason });
}
