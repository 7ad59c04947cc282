import type { ResultSink, SqlCell, SqlColumn } from '../app/sql-client.ts';
import { usage } from './exit.ts';
import { printable, textLine } from './text-table.ts';
import { textWidth } from './text-width.ts';

export type TextFormat = 'table' | 'json' | 'jsonl' | 'csv';
export type SqlFormat = TextFormat | 'parquet';

const FORMATS: readonly SqlFormat[] = ['table', 'json', 'jsonl', 'csv', 'parquet'];
/** Rows that say how wide columns are; those that come later are cut to that. */
const ROWS_HELD = 2_000;

export function parseSqlFormat(text: string): SqlFormat {
  const found = FORMATS.find(format => format === text);
  if (found === undefined) throw usage('--format', 'it is table, json, jsonl, csv or parquet');
  return found;
}

export interface OutputOptions {
  readonly format: TextFormat;
  /** Characters of a line; for tables. */
  readonly width: number;
  /** One line a value instead of one a row; for tables. */
  readonly expanded: boolean;
  /** Resolves when more may come, so that a slow reader holds the query and not the memory. */
  readonly write: (text: string) => Promise<void>;
  readonly notice: (text: string) => void;
}

/** Writes results as text, chunk by chunk. */
export function textSink(options: OutputOptions): ResultSink {
  const { notice } = options;
  const writer = writerOf(options);
  let hasRows = false;
  return {
    notice,
    raw: options.write,
    columns: columns => {
      hasRows = true;
      return writer.begin(columns);
    },
    rows: rows => writer.rows(rows),
    done: tag => {
      const ended = hasRows ? writer.end() : writer.said(tag);
      hasRows = false;
      return ended;
    },
  };
}

/** One result after the other; `said` is for a statement that has none. */
interface Writer {
  begin(columns: readonly SqlColumn[]): Promise<void>;
  rows(rows: readonly (readonly SqlCell[])[]): Promise<void>;
  end(): Promise<void>;
  said(tag: string): Promise<void>;
}

function writerOf(options: OutputOptions): Writer {
  switch (options.format) {
    case 'table':
      return options.expanded ? new ExpandedWriter(options) : new TableWriter(options);
    case 'json':
      return new JsonWriter(options.write);
    case 'jsonl':
      return new LinesWriter(options.write);
    case 'csv':
      return new CsvWriter(options.write);
  }
}

class TableWriter implements Writer {
  readonly #options: OutputOptions;
  #columns: readonly { readonly title: string; readonly right: boolean }[] = [];
  #held: string[][] = [];
  #line: ((cells: readonly string[]) => string) | null = null;
  #count = 0;
  #cut = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  async begin(columns: readonly SqlColumn[]): Promise<void> {
    this.#columns = columns.map(({ name, isNumber }) => ({ title: printable(name), right: isNumber }));
    this.#held = [];
    this.#line = null;
    this.#count = 0;
    this.#cut = 0;
  }

  async rows(rows: readonly (readonly SqlCell[])[]): Promise<void> {
    const texts = rows.map(row => row.map(cellText));
    this.#count += texts.length;
    if (this.#line !== null) return this.#options.write(linesText(texts.map(this.#line)));
    this.#held.push(...texts);
    if (this.#held.length >= ROWS_HELD) await this.#layOut();
  }

  async end(): Promise<void> {
    if (this.#line === null) await this.#layOut();
    await this.#options.write(`(${this.#count} ${this.#count === 1 ? 'row' : 'rows'})\n`);
    if (this.#cut > 0) {
      const cells = this.#cut === 1 ? 'a value was' : `${this.#cut} values were`;
      this.#options.notice(`${cells} cut to fit the window (…); \\x or another format shows all`);
    }
  }

  said(tag: string): Promise<void> {
    return this.#options.write(`${tag}\n`);
  }

  async #layOut(): Promise<void> {
    const onCut = () => {
      this.#cut += 1;
    };
    const line = textLine({ columns: this.#columns, rows: this.#held, width: this.#options.width, onCut });
    const titles = this.#columns.map(({ title }) => title);
    const text = linesText([titles, ...this.#held].map(line));
    this.#line = line;
    this.#held = [];
    await this.#options.write(text);
  }
}

class ExpandedWriter implements Writer {
  readonly #write: OutputOptions['write'];
  #titles: readonly string[] = [];
  #count = 0;

  constructor({ write }: OutputOptions) {
    this.#write = write;
  }

  async begin(columns: readonly SqlColumn[]): Promise<void> {
    const names = columns.map(({ name }) => printable(name));
    const width = Math.max(0, ...names.map(textWidth));
    this.#titles = names.map(name => name + ' '.repeat(width - textWidth(name)));
    this.#count = 0;
  }

  async rows(rows: readonly (readonly SqlCell[])[]): Promise<void> {
    const lines = rows.flatMap(row => {
      this.#count += 1;
      return [`-[ row ${this.#count} ]-`, ...this.#titles.map((title, at) => `${title}  ${cellText(row[at] ?? null)}`)];
    });
    await this.#write(linesText(lines));
  }

  async end(): Promise<void> {
    if (this.#count === 0) await this.#write('(0 rows)\n');
  }

  said(tag: string): Promise<void> {
    return this.#write(`${tag}\n`);
  }
}

/** One array a result. */
class JsonWriter implements Writer {
  readonly #write: OutputOptions['write'];
  #keys: readonly string[] = [];
  #isFirst = true;

  constructor(write: OutputOptions['write']) {
    this.#write = write;
  }

  async begin(columns: readonly SqlColumn[]): Promise<void> {
    this.#keys = keysOf(columns);
    this.#isFirst = true;
    await this.#write('[');
  }

  async rows(rows: readonly (readonly SqlCell[])[]): Promise<void> {
    if (rows.length === 0) return;
    const text = rows.map(row => objectText(this.#keys, row)).join(',');
    const comma = this.#isFirst ? '' : ',';
    this.#isFirst = false;
    await this.#write(`${comma}${text}`);
  }

  end(): Promise<void> {
    return this.#write(']\n');
  }

  async said(): Promise<void> {}
}

/** One object a line. */
class LinesWriter implements Writer {
  readonly #write: OutputOptions['write'];
  #keys: readonly string[] = [];

  constructor(write: OutputOptions['write']) {
    this.#write = write;
  }

  async begin(columns: readonly SqlColumn[]): Promise<void> {
    this.#keys = keysOf(columns);
  }

  rows(rows: readonly (readonly SqlCell[])[]): Promise<void> {
    return this.#write(linesText(rows.map(row => objectText(this.#keys, row))));
  }

  async end(): Promise<void> {}

  async said(): Promise<void> {}
}

/** RFC 4180 with `\n`; null is nothing between the commas, the empty text is `""`. */
class CsvWriter implements Writer {
  readonly #write: OutputOptions['write'];

  constructor(write: OutputOptions['write']) {
    this.#write = write;
  }

  begin(columns: readonly SqlColumn[]): Promise<void> {
    return this.#write(linesText([columns.map(({ name }) => quoted(name)).join(',')]));
  }

  rows(rows: readonly (readonly SqlCell[])[]): Promise<void> {
    const cell = (value: SqlCell) => (value === null ? '' : quoted(String(value)));
    return this.#write(linesText(rows.map(row => row.map(cell).join(','))));
  }

  async end(): Promise<void> {}

  async said(): Promise<void> {}
}

function linesText(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('');
}

function cellText(value: SqlCell): string {
  return value === null ? 'null' : printable(String(value));
}

/** `keys`: each with its colon, as JSON has them. */
function objectText(keys: readonly string[], row: readonly SqlCell[]): string {
  return `{${keys.map((key, at) => key + JSON.stringify(row[at] ?? null)).join(',')}}`;
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A column name that repeats gets a number: an object has each once. */
function keysOf(columns: readonly SqlColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let times = 2; taken.has(unique); times += 1) unique = `${name}_${times}`;
    taken.add(unique);
    return `${JSON.stringify(unique)}:`;
  });
}
