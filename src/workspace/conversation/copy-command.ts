import { type CopyOptions, type GivenOption, optionsOf } from './copy-options.ts';
import { refusal } from './refusal.ts';
import type { TextPart, TokenReader } from './token-reader.ts';

/** COPY (query) TO STDOUT, or COPY relation [(columns)] TO STDOUT. */
export interface CopyCommand {
  readonly is: 'copy';
  readonly from:
    | { readonly is: 'query'; readonly query: TextPart }
    /** `sql` reads the relation; it is ours, so positions in it mean nothing to the client. */
    | { readonly is: 'relation'; readonly name: string; readonly sql: string };
  readonly options: CopyOptions;
}

/** What follows the word COPY. */
export function parseCopy(reader: TokenReader): CopyCommand {
  const given: GivenOption[] = [];
  // Syntax of before version 7.3, which PostgreSQL still takes.
  if (reader.word() === 'binary' && reader.word(1) !== 'to' && reader.word(1) !== 'from') {
    given.push({ name: 'format', value: 'binary', start: reader.take().token.start });
  }
  const from = reader.isSign('(') ? { is: 'query' as const, query: reader.inBrackets() } : relation(reader);
  if (from.is === 'relation' && reader.takes('from')) throw refusedFrom();
  reader.expect('to');
  target(reader);
  if (reader.takes('using', 'delimiters') || reader.takes('delimiters')) {
    given.push({ name: 'delimiter', value: reader.text(), start: reader.statement.start });
  }
  reader.takes('with');
  given.push(...(reader.isSign('(') ? listedOptions(reader) : oldOptions(reader)));
  if (reader.word() === 'where') {
    const position = (reader.next?.start ?? 0) + 1;
    throw refusal({ state: '42601', message: 'WHERE clause not allowed with COPY TO', position });
  }
  reader.end();
  return { is: 'copy', from, options: optionsOf(given) };
}

function relation(reader: TokenReader): CopyCommand['from'] {
  const parts = [quoted(reader.name())];
  while (reader.takesSign('.')) parts.push(quoted(reader.name()));
  const columns = reader.isSign('(') ? names(reader) : null;
  const twice = columns?.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refusal({ state: '42701', message: `column "${twice}" specified more than once` });
  const list = columns === null ? '*' : columns.map(quoted).join(', ');
  return { is: 'relation', name: parts.join('.'), sql: `SELECT ${list} FROM ${parts.join('.')}` };
}

/** STDOUT, or, as PostgreSQL has it, STDIN; files and programs of the server are nobody's here. */
function target(reader: TokenReader): void {
  if (reader.takes('stdout') || reader.takes('stdin')) return;
  if (reader.takes('program')) {
    throw refusal({
      state: '42501',
      message: 'permission denied to COPY to or from an external program',
      hint: "Anyone can COPY to stdout. psql's \\copy command also works for anyone.",
    });
  }
  if (reader.next?.kind !== 'text') throw reader.unexpected();
  throw refusal({
    state: '42501',
    message: 'permission denied to COPY to or from a file',
    hint: "Anyone can COPY to stdout. psql's \\copy command also works for anyone.",
  });
}

function refusedFrom() {
  return refusal({
    state: '42501',
    message: 'COPY FROM is not allowed: a lake database is read-only',
    hint: 'Rows come from the environment only.',
  });
}

/** `(FORMAT csv, HEADER, FORCE_QUOTE (a, b))`. */
function listedOptions(reader: TokenReader): GivenOption[] {
  const options: GivenOption[] = [];
  reader.expectSign('(');
  do {
    const start = reader.next?.start ?? 0;
    const name = reader.name();
    options.push({ name, value: optionValue(reader), start });
  } while (reader.takesSign(','));
  reader.expectSign(')');
  return options;
}

function optionValue(reader: TokenReader): GivenOption['value'] {
  if (reader.takesSign('*')) return '*';
  if (reader.isSign('(')) return names(reader);
  if (reader.isSign(',') || reader.isSign(')')) return null;
  const sign = reader.takesSign('-') ? '-' : '';
  return sign + reader.take().text;
}

/** The options of before version 9.0: words one after the other. */
function oldOptions(reader: TokenReader): GivenOption[] {
  const options: GivenOption[] = [];
  while (!reader.isAtEnd && reader.word() !== 'where') {
    const start = reader.next?.start ?? 0;
    options.push({ ...oldOption(reader), start });
  }
  return options;
}

function oldOption(reader: TokenReader): Omit<GivenOption, 'start'> {
  if (reader.takes('binary')) return { name: 'format', value: 'binary' };
  if (reader.takes('csv')) return { name: 'format', value: 'csv' };
  if (reader.takes('header')) return { name: 'header', value: 'true' };
  if (reader.takes('freeze')) return { name: 'freeze', value: 'true' };
  if (reader.takes('encoding')) return { name: 'encoding', value: reader.text() };
  for (const name of ['delimiter', 'null', 'quote', 'escape']) {
    if (reader.takes(name)) {
      reader.takes('as');
      return { name, value: reader.text() };
    }
  }
  for (const [words, name] of [
    [['force', 'quote'], 'force_quote'],
    [['force', 'not', 'null'], 'force_not_null'],
    [['force', 'null'], 'force_null'],
  ] as const) {
    if (reader.takes(...words)) return { name, value: reader.takesSign('*') ? '*' : bareNames(reader) };
  }
  throw reader.unexpected();
}

function names(reader: TokenReader): string[] {
  reader.expectSign('(');
  const found = bareNames(reader);
  reader.expectSign(')');
  return found;
}

function bareNames(reader: TokenReader): string[] {
  const found = [reader.name()];
  while (reader.takesSign(',')) found.push(reader.name());
  return found;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
