import type { Token } from './lexer.ts';
import { refusal } from './refusal.ts';

/** Of one name or text in a command; queries may hold longer ones, which are not looked at here. */
const LENGTH_MAX = 1_000_000;

/**
 * What a word, a quoted name, a string or a number says: words in lower case, quotes and escapes taken away. Unicode
 * escapes (`U&`) are read with the backslash; a UESCAPE clause is not known to the commands that ask for a text here.
 */
export function tokenText(sql: string, { kind, start, end }: Token): string {
  if (end - start > LENGTH_MAX) {
    throw refusal({ state: '54000', message: `a text longer than ${LENGTH_MAX} characters`, position: start + 1 });
  }
  const raw = sql.slice(start, end);
  switch (kind) {
    case 'word':
      return folded(raw);
    case 'quoted':
      return raw.startsWith('"') ? inner(raw, '"') : unicode(inner(raw.slice(2), '"'), start);
    case 'text':
      return stringText(raw, start);
    case 'number':
    case 'parameter':
    case 'operator':
    case 'mark':
      return raw;
  }
}

/** PostgreSQL folds A to Z, and leaves other letters in a UTF-8 database as they are. */
function folded(word: string): string {
  return word.replace(/[A-Z]+/g, upper => upper.toLowerCase());
}

function inner(raw: string, quote: string): string {
  return raw.slice(1, -1).replaceAll(quote + quote, quote);
}

function stringText(raw: string, start: number): string {
  if (raw.startsWith('$')) {
    const tag = raw.slice(0, raw.indexOf('$', 1) + 1);
    return raw.slice(tag.length, -tag.length);
  }
  const quote = raw.indexOf("'");
  const prefix = raw.slice(0, quote).toLowerCase();
  const body = parts(raw.slice(quote), prefix === 'e').join('');
  if (prefix === 'e') return escaped(body, start);
  if (prefix === 'u&') return unicode(body.replaceAll("''", "'"), start);
  return body.replaceAll("''", "'");
}

/** The bodies of a string that goes on in other lines. */
function parts(raw: string, escapes: boolean): string[] {
  const part = escapes ? /'((?:[^'\\]|\\.|'')*)'(?:[^']*)/gsy : /'((?:[^']|'')*)'(?:[^']*)/gy;
  return [...raw.matchAll(part)].map(([, body]) => body ?? '');
}

const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const ESCAPE = /((?:\\[0-7]{1,3}|\\x[0-9A-Fa-f]{1,2})+)|\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|''/gs;

function escaped(body: string, start: number): string {
  return body.replace(ESCAPE, (all, bytes: string | undefined, single: string | undefined) => {
    if (bytes !== undefined) return byteText(bytes);
    if (single === undefined) return all === "''" ? "'" : all;
    if (single.length > 1) return codePoint(Number.parseInt(single.slice(1), 16), start);
    return LETTERS[single] ?? single;
  });
}

/** Octal and hexadecimal escapes are bytes of UTF-8. */
function byteText(escapes: string): string {
  const bytes = [...escapes.matchAll(/\\(?:x([0-9A-Fa-f]+)|([0-7]+))/g)].map(([, hex, octal]) =>
    hex === undefined ? Number.parseInt(octal ?? '0', 8) & 255 : Number.parseInt(hex, 16),
  );
  return Buffer.from(bytes).toString('utf8');
}

function unicode(body: string, start: number): string {
  return body.replace(/\\(?:([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6})|(\\)|)/g, (_, four, six, backslash) => {
    if (backslash !== undefined) return '\\';
    const digits: string | undefined = four ?? six;
    if (digits === undefined) throw invalidUnicode(start);
    return codePoint(Number.parseInt(digits, 16), start);
  });
}

function codePoint(value: number, start: number): string {
  if (value === 0 || value > 0x10ffff) throw invalidUnicode(start);
  return String.fromCodePoint(value);
}

function invalidUnicode(start: number) {
  return refusal({
    state: '42601',
    message: 'invalid Unicode escape',
    hint: 'Unicode escapes must be \\XXXX or \\+XXXXXX.',
    position: start + 1,
  });
}
