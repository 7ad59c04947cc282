/** The boundary of a `multipart/mixed` body, out of its Content-Type; null where the type is another or names none. */
export function boundaryOf(contentType: string | null): string | null {
  if (contentType === null || !/^\s*multipart\/mixed\s*;/i.test(contentType)) return null;
  const found = /;\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2] ?? null;
}

/** A part of a multipart body: its bytes without the line end before the next boundary; null when it was too large. */
export type Part = Uint8Array | null;

/**
 * The parts of a multipart body (RFC 2046, section 5.1) as they arrive, in order. Line ends may be CRLF or LF. What comes
 * before the first boundary and after the closing one is skipped; a part whose end never came is not given. A part larger
 * than `partBytesMax` is skipped and comes as null, so that no more than that (and one piece of the body) is held.
 */
export async function* partsOf(
  body: AsyncIterable<Uint8Array>,
  { boundary, partBytesMax }: { readonly boundary: string; readonly partBytesMax: number },
): AsyncGenerator<Part> {
  const scanner = new PartScanner(boundary, partBytesMax);
  for await (const chunk of body) {
    scanner.add(chunk);
    for (let part = scanner.next(); part !== undefined; part = scanner.next()) yield part;
  }
  scanner.end();
  for (let part = scanner.next(); part !== undefined; part = scanner.next()) yield part;
}

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

class PartScanner {
  readonly #delimiter: Buffer;
  readonly #partBytesMax: number;
  #held: Buffer = Buffer.alloc(0);
  /** Whether the held bytes begin at the beginning of a line. */
  #atLineStart = true;
  #in: 'preamble' | 'part' | 'epilogue' = 'preamble';
  #isTooLarge = false;
  #hasEnded = false;

  constructor(boundary: string, partBytesMax: number) {
    this.#delimiter = Buffer.from(`--${boundary}`, 'latin1');
    this.#partBytesMax = partBytesMax;
  }

  add(chunk: Uint8Array): void {
    if (this.#in === 'epilogue') return;
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
  }

  end(): void {
    this.#hasEnded = true;
  }

  /** The next whole part; undefined when more bytes are needed, or there are no more. */
  next(): Part | undefined {
    while (this.#in !== 'epilogue') {
      const found = this.#boundary();
      if (found === null) {
        this.#letGo();
        return undefined;
      }
      const part = this.#isTooLarge || found.at > this.#partBytesMax ? null : withoutLineEnd(this.#held, found.at);
      const wasPart = this.#in === 'part';
      this.#in = found.isLast ? 'epilogue' : 'part';
      this.#held = this.#held.subarray(found.end);
      this.#atLineStart = true;
      this.#isTooLarge = false;
      if (wasPart) return part;
    }
    return undefined;
  }

  /** Where the next boundary line begins and the line after it; null when none is wholly there. */
  #boundary(): { readonly at: number; readonly end: number; readonly isLast: boolean } | null {
    const held = this.#held;
    for (let from = 0; ; ) {
      const at = held.indexOf(this.#delimiter, from);
      if (at === -1) return null;
      const isLineStart = at === 0 ? this.#atLineStart : held[at - 1] === LF;
      const after = at + this.#delimiter.length;
      const line = isLineStart ? this.#lineAfter(after) : 'other';
      if (line === 'incomplete') return null;
      if (line !== 'other') return { at, ...line };
      from = at + 1;
    }
  }

  /** What follows a boundary on its line: `--` where it closes the body, and white space. */
  #lineAfter(after: number): { readonly end: number; readonly isLast: boolean } | 'incomplete' | 'other' {
    const held = this.#held;
    const isLast = held[after] === DASH && held[after + 1] === DASH;
    const lineEnd = held.indexOf(LF, after);
    if (isLast) return { end: lineEnd === -1 ? held.length : lineEnd + 1, isLast };
    const rest = held.subarray(after, lineEnd === -1 ? held.length : lineEnd).toString('latin1');
    if (!/^-?[ \t]*\r?$/.test(rest)) return 'other';
    if (lineEnd === -1) return this.#hasEnded ? 'other' : 'incomplete';
    return rest.startsWith('-') ? 'other' : { end: lineEnd + 1, isLast };
  }

  /** Bytes of a part that is too large, or before the first one, are not kept; a boundary may have begun at their end. */
  #letGo(): void {
    const keepBytes = this.#delimiter.length + 80;
    const maxBytes = this.#in === 'part' ? this.#partBytesMax + keepBytes : keepBytes;
    if (this.#held.length <= maxBytes) return;
    this.#isTooLarge = this.#in === 'part';
    const from = this.#held.length - keepBytes;
    this.#atLineStart = this.#held[from - 1] === LF;
    this.#held = Buffer.from(this.#held.subarray(from));
  }
}

function withoutLineEnd(held: Buffer, at: number): Uint8Array {
  let end = at;
  if (end > 0 && held[end - 1] === LF) end -= 1;
  if (end > 0 && held[end - 1] === CR) end -= 1;
  return held.subarray(0, end);
}

/** An HTTP answer inside a part of type `application/http`; null for anything else. */
export interface PartAnswer {
  readonly status: number;
  readonly body: string;
}

/** The status and body of the HTTP answer that a part holds; null when it holds none. */
export function answerInPart(part: Uint8Array): PartAnswer | null {
  const text = new TextDecoder().decode(part);
  const outer = splitAtBlankLine(text);
  if (outer === null || !/^content-type:[ \t]*application\/http\b/im.test(outer.head)) return null;
  const inner = splitAtBlankLine(outer.rest) ?? { head: outer.rest, rest: '' };
  const status = /^\s*HTTP\/\d(?:\.\d)? (\d{3})(?!\d)/.exec(inner.head)?.[1];
  return status === undefined ? null : { status: Number(status), body: inner.rest };
}

function splitAtBlankLine(text: string): { readonly head: string; readonly rest: string } | null {
  const found = /\r?\n\r?\n/.exec(text);
  return found === null ? null : { head: text.slice(0, found.index), rest: text.slice(found.index + found[0].length) };
}
