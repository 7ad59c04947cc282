import { refusal } from './refusal.ts';
import { booleanOf } from './setting-values.ts';

/*
 * The options of COPY TO, their defaults and what does not go together: PostgreSQL documentation, command COPY; the
 * words of the errors are those that PostgreSQL 15 answers.
 */

export interface CopyOptions {
  readonly format: 'text' | 'csv' | 'binary';
  readonly header: boolean;
  /** One byte. */
  readonly delimiter: string;
  /** What stands for NULL. */
  readonly nullText: string;
  /** One byte each; CSV only. */
  readonly quote: string;
  readonly escape: string;
  /** Columns whose values are always quoted; CSV only. */
  readonly forceQuote: '*' | readonly string[];
}

/** One option as it was written. */
export interface GivenOption {
  readonly name: string;
  readonly value: string | readonly string[] | null;
  /** UTF-16 units from 0. */
  readonly start: number;
}

const KNOWN = new Set(
  'format freeze delimiter null header quote escape force_quote force_not_null force_null encoding'.split(' '),
);
/** Names that mean UTF-8, letters and digits only. */
const UTF8 = new Set(['utf8', 'unicode']);
const OTHER_ENCODING =
  /^(latin\d+|iso8859\d+|win\d+|windows\d+|sqlascii|euc\w+|koi8\w*|sjis|big5|gbk|gb18030|uhc|johab|mule\w*)$/;

export function optionsOf(given: readonly GivenOption[]): CopyOptions {
  const byName = new Map<string, GivenOption>();
  for (const option of given) {
    const position = option.start + 1;
    if (!KNOWN.has(option.name)) {
      throw refusal({ state: '42601', message: `option "${option.name}" not recognized`, position });
    }
    if (byName.has(option.name)) {
      throw refusal({ state: '42601', message: 'conflicting or redundant options', position });
    }
    byName.set(option.name, option);
  }
  checkEncoding(byName.get('encoding'));
  const format = formatOf(byName.get('format'));
  if (format === 'binary') checkBinary(byName);
  const isCsv = format === 'csv';
  const options: CopyOptions = {
    format,
    header: headerOf(byName.get('header')),
    delimiter: textOf(byName.get('delimiter')) ?? (isCsv ? ',' : '\t'),
    nullText: textOf(byName.get('null')) ?? (isCsv ? '' : '\\N'),
    quote: textOf(byName.get('quote')) ?? '"',
    escape: textOf(byName.get('escape')) ?? textOf(byName.get('quote')) ?? '"',
    forceQuote: columnsOf(byName.get('force_quote')),
  };
  if (format !== 'binary') checkTexts(options, byName);
  return options;
}

function formatOf(option: GivenOption | undefined): CopyOptions['format'] {
  const format = textOf(option) ?? 'text';
  if (format === 'text' || format === 'csv' || format === 'binary') return format;
  throw refusal({
    state: '22023',
    message: `COPY format "${format}" not recognized`,
    position: (option?.start ?? 0) + 1,
  });
}

function headerOf(option: GivenOption | undefined): boolean {
  if (option === undefined) return false;
  if (option.value === null) return true;
  const text = String(option.value);
  if (text.toLowerCase() === 'match') {
    throw refusal({ state: '0A000', message: 'cannot use "match" with HEADER in COPY TO' });
  }
  const value = booleanOf(text);
  if (value === null) throw refusal({ state: '42601', message: 'header requires a Boolean value or "match"' });
  return value;
}

function textOf(option: GivenOption | undefined): string | null {
  if (option === undefined) return null;
  if (typeof option.value !== 'string') {
    throw refusal({ state: '42601', message: `${option.name} requires a parameter` });
  }
  return option.value;
}

function columnsOf(option: GivenOption | undefined): CopyOptions['forceQuote'] {
  if (option === undefined) return [];
  if (option.value === '*' || Array.isArray(option.value)) return option.value;
  throw refusal({
    state: '22023',
    message: `argument to option "${option.name}" must be a list of column names`,
    position: option.start + 1,
  });
}

function checkEncoding(option: GivenOption | undefined): void {
  const name = textOf(option);
  if (option === undefined || name === null) return;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (UTF8.has(plain)) return;
  const position = option.start + 1;
  if (OTHER_ENCODING.test(plain)) {
    throw refusal({ state: '0A000', message: 'Lakelink sends UTF8 only', position });
  }
  const message = 'argument to option "encoding" must be a valid encoding name';
  throw refusal({ state: '22023', message, position });
}

function checkBinary(given: ReadonlyMap<string, GivenOption>): void {
  if (given.has('delimiter')) throw refusal({ state: '42601', message: 'cannot specify DELIMITER in BINARY mode' });
  if (given.has('null')) throw refusal({ state: '42601', message: 'cannot specify NULL in BINARY mode' });
  if (headerOf(given.get('header'))) {
    throw refusal({ state: '0A000', message: 'cannot specify HEADER in BINARY mode' });
  }
  checkCsvOnly(given);
}

function checkCsvOnly(given: ReadonlyMap<string, GivenOption>): void {
  for (const [option, words] of [
    ['quote', 'quote'],
    ['escape', 'escape'],
    ['force_quote', 'force quote'],
    ['force_not_null', 'force not null'],
    ['force_null', 'force null'],
  ] as const) {
    if (given.has(option)) {
      throw refusal({ state: '0A000', message: `COPY ${words} available only in CSV mode` });
    }
  }
}

function checkTexts(options: CopyOptions, given: ReadonlyMap<string, GivenOption>): void {
  const { delimiter, nullText, quote } = options;
  if (!isOneByte(delimiter)) throw notOneByte('delimiter');
  if (/[\r\n]/.test(delimiter)) {
    throw refusal({ state: '22023', message: 'COPY delimiter cannot be newline or carriage return' });
  }
  if (/[\r\n]/.test(nullText)) {
    throw refusal({ state: '22023', message: 'COPY null representation cannot use newline or carriage return' });
  }
  if (options.format === 'text') {
    if (/[\\.a-z0-9]/.test(delimiter)) {
      throw refusal({ state: '22023', message: `COPY delimiter cannot be "${delimiter}"` });
    }
    checkCsvOnly(given);
  } else {
    if (!isOneByte(quote)) throw notOneByte('quote');
    if (delimiter === quote) throw refusal({ state: '22023', message: 'COPY delimiter and quote must be different' });
    if (!isOneByte(options.escape)) throw notOneByte('escape');
    for (const words of ['not null', 'null']) {
      if (given.has(`force_${words.replace(' ', '_')}`)) {
        throw refusal({ state: '0A000', message: `COPY force ${words} only available using COPY FROM` });
      }
    }
  }
  if (nullText.includes(delimiter)) {
    throw refusal({ state: '0A000', message: 'COPY delimiter must not appear in the NULL specification' });
  }
  if (options.format === 'csv' && nullText.includes(quote)) {
    throw refusal({ state: '0A000', message: 'CSV quote character must not appear in the NULL specification' });
  }
}

function isOneByte(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 0x80;
}

function notOneByte(what: string) {
  return refusal({ state: '0A000', message: `COPY ${what} must be a single one-byte character` });
}
