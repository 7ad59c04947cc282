import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import { RowScanner } from './row-scanner.ts';

export interface ScanRequest {
  /** A spooled page: a JSON array. */
  readonly path: string;
  /** Where the rows go, one JSON object a line. */
  readonly linesPath: string;
  /** Where rows that were set aside go, as they came; not made when there are none. */
  readonly quarantinePath: string;
  /** Property that holds a row's id. */
  readonly idProperty: string;
  /** A longer row is set aside. */
  readonly rowBytesMax: number;
  readonly signal: AbortSignal;
}

export interface ScanResult {
  readonly rows: number;
  /** Texts in which something was replaced by U+FFFD. */
  readonly repaired: number;
  /** Ids of rows that were set aside, or `#<position>` (from 0) where the id cannot be read. */
  readonly quarantined: readonly string[];
  readonly longestRowBytes: number;
}

const CHUNK_BYTES = 256 * 1024;

/** An escaped NUL, as every writer of JSON makes it. */
const NUL_ESCAPE = Buffer.from('\\u0000');

/** Whether a page may hold a NUL. It may say yes for an escaped backslash before `u0000`; that only costs time. */
export async function holdsNul(path: string, signal: AbortSignal): Promise<boolean> {
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    if (chunk.includes(NUL_ESCAPE) || Buffer.concat([tail, chunk.subarray(0, 5)]).includes(NUL_ESCAPE)) return true;
    tail = Buffer.from(chunk.subarray(-5));
  }
  return false;
}

const REPLACEMENT_ESCAPE = Buffer.from('\\ufffd');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Writes a copy of a page in which every escaped NUL is U+FFFD; answers in how many texts. Both escapes have six bytes,
 * so nothing moves, and a page with a NUL and no other oddity can still go the fast way. Holds the page in memory.
 */
export async function mendNul({ path, target }: { readonly path: string; readonly target: string }): Promise<number> {
  const bytes = await readFile(path);
  let texts = 0;
  let end = 0;
  for (let at = bytes.indexOf(NUL_ESCAPE); at !== -1; at = bytes.indexOf(NUL_ESCAPE, at + NUL_ESCAPE.length)) {
    if (isEscaped(bytes, at)) continue;
    REPLACEMENT_ESCAPE.copy(bytes, at);
    if (end === 0 || holdsQuote(bytes, { from: end, to: at })) texts += 1;
    end = at + NUL_ESCAPE.length;
  }
  await writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
  return texts;
}

/** Whether the backslash at this place is itself escaped. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let before = 0;
  while (bytes[at - 1 - before] === BACKSLASH) before += 1;
  return before % 2 === 1;
}

/** Whether a text ends in this range, which begins inside one. */
function holdsQuote(bytes: Buffer, { from, to }: { readonly from: number; readonly to: number }): boolean {
  for (let at = from; at < to; at += bytes[at] === BACKSLASH ? 2 : 1) if (bytes[at] === QUOTE) return true;
  return false;
}

/**
 * The careful way: slices a page into one JSON object a line. Every number of a row becomes a text with its own digits;
 * broken text and NUL become U+FFFD, counted; a row that is no JSON object is set aside. A page whose brackets do not
 * close is no page (`batch/page-invalid`): where its rows end cannot be told, so none is taken.
 */
export async function scanPage(request: ScanRequest): Promise<ScanResult> {
  const { path, linesPath, idProperty, rowBytesMax, signal } = request;
  const lines = new LineFile(await open(linesPath, 'wx', 0o600));
  const scanner = new RowScanner({ idProperty, rowBytesMax, out: lines });
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      scanner.push(chunk);
      await lines.drain();
    }
    if (!scanner.end()) throw new Fault('batch/page-invalid', { reason: 'its brackets do not close' });
    await lines.flush();
  } finally {
    await lines.close();
  }
  await copyRanges({ from: path, to: request.quarantinePath, ranges: scanner.aside });
  return {
    rows: scanner.rows,
    repaired: scanner.repaired,
    quarantined: scanner.aside.map(({ id }) => id),
    longestRowBytes: scanner.longestRowBytes,
  };
}

/** Bytes on their way into a file, which can be taken back to an earlier position. */
export class LineFile {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  #used = 0;
  #flushedBytes = 0;
  #cutTo: number | null = null;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  get position(): number {
    return this.#flushedBytes + this.#used;
  }

  write(bytes: Buffer, from: number, to: number): void {
    const needed = this.#used + to - from;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(2 * needed);
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    if (to - from === 1) this.#buffer[this.#used] = bytes[from] ?? 0;
    else bytes.copy(this.#buffer, this.#used, from, to);
    this.#used = needed;
  }

  /** Forgets everything from `position` on. */
  rewind(position: number): void {
    if (position < this.#flushedBytes) {
      this.#cutTo = position;
      this.#flushedBytes = position;
      this.#used = 0;
    } else this.#used = position - this.#flushedBytes;
  }

  /** Writes when enough has gathered. */
  async drain(): Promise<void> {
    if (this.#used >= CHUNK_BYTES || this.#cutTo !== null) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#cutTo !== null) await this.#file.truncate(this.#cutTo);
    this.#cutTo = null;
    let offset = 0;
    while (offset < this.#used) {
      const { bytesWritten } = await this.#file.write(
        this.#buffer,
        offset,
        this.#used - offset,
        this.#flushedBytes + offset,
      );
      offset += bytesWritten;
    }
    this.#flushedBytes += this.#used;
    this.#used = 0;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function copyRanges({
  from,
  to,
  ranges,
}: {
  readonly from: string;
  readonly to: string;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}): Promise<void> {
  if (ranges.length === 0) return;
  const target = await open(to, 'wx', 0o600);
  try {
    for (const { start, end } of ranges) {
      for await (const chunk of createReadStream(from, { start, end: end - 1 })) await target.write(chunk as Buffer);
      await target.write('\n');
    }
  } finally {
    await target.close();
  }
}
