/** Bytes of JSON by name, and how single characters of it are told apart. */
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
const LETTER_U = 0x75;

/** Every byte of a character is there when this many follow; also of two escapes that make one. */
export const CHARACTER_BYTES_MAX = 12;

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Bytes of numbers, `true`, `false`, `null`. */
export function isLiteral(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte >= 0x61 && byte <= 0x7a) || byte === 0x45;
  return isDigit || isLetter || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}

/** Whether a closing bracket is of the kind that was opened. */
export function closes(opened: number | undefined, byte: number): boolean {
  return opened === (byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY);
}

/**
 * The character at `at` inside a string, which is no plain ASCII: its length in bytes (a pair of surrogate escapes is
 * one character); negative when one U+FFFD has to stand for that many bytes; 0 when it is no JSON.
 */
export function characterLength(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  if (byte === 0) return -1;
  if (byte !== BACKSLASH) return utf8Length(bytes, at);
  const next = bytes[at + 1];
  if (next === undefined) return 0;
  if (next !== LETTER_U) return '"\\/bfnrt'.includes(String.fromCharCode(next)) ? 2 : 0;
  const unit = codeUnit(bytes, at);
  if (unit === null) return 0;
  if (unit === 0) return -6;
  if (unit < 0xd800 || unit > 0xdfff) return 6;
  const low = unit < 0xdc00 ? codeUnit(bytes, at + 6) : null;
  return low !== null && low >= 0xdc00 && low <= 0xdfff ? 12 : -6;
}

/** The code unit of the escape `\uXXXX` at `at`; null when there is none. */
function codeUnit(bytes: Buffer, at: number): number | null {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return null;
  const text = bytes.toString('latin1', at + 2, at + 6);
  return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : null;
}

/** As the Unicode standard recommends: one U+FFFD for the longest part of a character that could have gone on. */
function utf8Length(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let n = 1; n < length; n += 1) {
    const byte = bytes[at + n] ?? 0;
    const fits = n === 1 ? byte >= lowest && byte <= highest : byte >= 0x80 && byte <= 0xbf;
    if (!fits) return -n;
  }
  return length;
}
