import type { EncodedRow } from '../sql-session.ts';
import type { CopyOptions } from './copy-options.ts';

/*
 * The bytes of COPY TO, as PostgreSQL writes them (documentation, command COPY, "File Formats"; what CSV quotes and
 * where the binary header goes was seen with PostgreSQL 15). One message per row: readers of the binary form and of
 * Python's row-wise COPY rely on it.
 */

const NEW_LINE = 0x0a;
const BACKSLASH = 0x5c;
const LETTERS: ReadonlyMap<number, number> = new Map(
  [...'\bb\ff\nn\rr\tt\vv'.matchAll(/(.)(.)/gs)].map(([, raw = '', letter = '']) => [
    raw.charCodeAt(0),
    letter.charCodeAt(0),
  ]),
);
const SIGNATURE = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);

/** Writes the rows of one COPY. */
export interface CopyWriter {
  /** What comes before the first row; null: nothing. */
  readonly header: Buffer | null;
  row(values: EncodedRow): Buffer;
  /** What comes after the last row; null: nothing. */
  readonly trailer: Buffer | null;
}

/** `columns`: names in order. Values come in the text format, for `binary` in the binary one. */
export function copyWriter(options: CopyOptions, columns: readonly string[]): CopyWriter {
  if (options.format === 'binary') return new BinaryWriter();
  return options.format === 'csv' ? csvWriter(options, columns) : textWriter(options, columns);
}

function textWriter({ delimiter, nullText, header }: CopyOptions, columns: readonly string[]): CopyWriter {
  const separator = delimiter.charCodeAt(0);
  const nothing = Buffer.from(nullText);
  const line = (values: EncodedRow) =>
    joined(
      values.map(value => (value === null ? nothing : escapedText(value, separator))),
      separator,
    );
  return { header: header ? line(columns.map(name => Buffer.from(name))) : null, row: line, trailer: null };
}

/** Control characters that have a letter, the delimiter and the backslash stand behind a backslash. */
function escapedText(value: Uint8Array, separator: number): Uint8Array {
  const isSpecial = (byte: number) => byte === BACKSLASH || byte === separator || LETTERS.has(byte);
  return withBefore(value, byte => (isSpecial(byte) ? BACKSLASH : null), separator);
}

/** `before`: what stands before a byte; null: nothing. A control character becomes its letter. */
function withBefore(value: Uint8Array, before: (byte: number) => number | null, separator: number | null): Uint8Array {
  let extra = 0;
  for (const byte of value) if (before(byte) !== null) extra += 1;
  if (extra === 0) return value;
  const out = new Uint8Array(value.length + extra);
  let at = 0;
  for (const byte of value) {
    const mark = before(byte);
    if (mark !== null) {
      out[at] = mark;
      at += 1;
    }
    out[at] = mark !== null && separator !== null ? (LETTERS.get(byte) ?? byte) : byte;
    at += 1;
  }
  return out;
}

function csvWriter(options: CopyOptions, columns: readonly string[]): CopyWriter {
  const { delimiter, nullText, quote, forceQuote, header } = options;
  const separator = delimiter.charCodeAt(0);
  const [quoteByte, escapeByte] = [quote.charCodeAt(0), options.escape.charCodeAt(0)];
  const nothing = Buffer.from(nullText);
  const isForced = columns.map(name => forceQuote === '*' || forceQuote.includes(name));
  const needsQuotes = (value: Uint8Array): boolean => {
    if (Buffer.compare(value, nothing) === 0) return true;
    // Alone on its line it would end the data.
    if (columns.length === 1 && value.length === 2 && value[0] === BACKSLASH && value[1] === 0x2e) return true;
    return value.some(byte => byte === separator || byte === quoteByte || byte === NEW_LINE || byte === 0x0d);
  };
  const quoted = (value: Uint8Array): Uint8Array => {
    const isMarked = (byte: number) => byte === quoteByte || byte === escapeByte;
    const inner = withBefore(value, byte => (isMarked(byte) ? escapeByte : null), null);
    return Buffer.concat([Buffer.from([quoteByte]), inner, Buffer.from([quoteByte])]);
  };
  const line = (values: EncodedRow, forced: readonly boolean[]) =>
    joined(
      values.map((value, index) => {
        if (value === null) return nothing;
        return forced[index] === true || needsQuotes(value) ? quoted(value) : value;
      }),
      separator,
    );
  const names = columns.map(name => Buffer.from(name));
  return { header: header ? line(names, []) : null, row: values => line(values, isForced), trailer: null };
}

function joined(values: readonly Uint8Array[], separator: number): Buffer {
  let length = Math.max(1, values.length);
  for (const value of values) length += value.length;
  const line = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [index, value] of values.entries()) {
    if (index > 0) {
      line[at] = separator;
      at += 1;
    }
    line.set(value, at);
    at += value.length;
  }
  line[at] = NEW_LINE;
  return line.subarray(0, at + 1);
}

/** The signature goes out with the first row, or with the trailer where there is none. */
class BinaryWriter implements CopyWriter {
  readonly header = null;
  #isFirst = true;

  row(values: EncodedRow): Buffer {
    const parts: Uint8Array[] = [this.#signature(), int16(values.length)];
    for (const value of values) parts.push(int32(value?.length ?? -1), value ?? EMPTY);
    return Buffer.concat(parts);
  }

  get trailer(): Buffer {
    return Buffer.concat([this.#signature(), TRAILER]);
  }

  #signature(): Uint8Array {
    if (!this.#isFirst) return EMPTY;
    this.#isFirst = false;
    return SIGNATURE;
  }
}

const EMPTY = new Uint8Array(0);

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
