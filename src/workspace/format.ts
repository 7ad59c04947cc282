import type { Json } from '../batch/duckdb.ts';
import { fitText, textWidth } from './text-width.ts';
import type { QueryResult } from './workspace.ts';

/** What is printed of a result; a `QueryResult` or an answer of the service. */
export type PrintedResult = Pick<QueryResult, 'columns' | 'rows'>;

export type ResultFormat = 'table' | 'json' | 'jsonl' | 'csv';

/** Cells of a table are cut at this many columns when nothing else is said. */
const CELL_WIDTH_MAX = 60;
const CUT = '…';
const NULL = 'NULL';

/** A result as text, in pieces, each ending in a line break: long results never stand in one string. */
export function formatResult(result: PrintedResult, format: ResultFormat): Generator<string> {
  switch (format) {
    case 'table':
      return tableText(result);
    case 'json':
      return jsonText(result);
    case 'jsonl':
      return jsonLines(result);
    case 'csv':
      return csvText(result);
  }
}

/**
 * An aligned table for people: null is `NULL`, numbers stand right, control characters are shown and not sent to the
 * terminal. A cell wider than `cellWidthMax` ends in `…`, and a last line says how many did.
 */
export function* tableText(
  { columns, rows }: PrintedResult,
  { cellWidthMax = CELL_WIDTH_MAX }: { readonly cellWidthMax?: number } = {},
): Generator<string> {
  let cutCount = 0;
  const cut = (text: string) => {
    if (textWidth(text) <= cellWidthMax) return text;
    cutCount += 1;
    return fitText(text, cellWidthMax - 1) + CUT;
  };
  const head = columns.map(({ name }) => cut(visible(name)));
  const cells = rows.map(row => columns.map((_, index) => cut(visible(cellText(row[index] ?? null, NULL)))));
  const widths = head.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, textWidth(row[index] ?? '')), textWidth(name)),
  );
  const isNumber = columns.map(({ type }) => NUMBER_TYPE.test(type));
  const line = (row: readonly string[]) => {
    const padded = row.map((cell, index) => {
      const space = ' '.repeat((widths[index] ?? 0) - textWidth(cell));
      return isNumber[index] === true ? space + cell : cell + space;
    });
    return `${padded.join('  ').trimEnd()}\n`;
  };
  yield line(head);
  yield line(widths.map(width => '─'.repeat(width)));
  for (const row of cells) yield line(row);
  yield `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}\n`;
  if (cutCount > 0) {
    yield `${cutCount} ${cutCount === 1 ? 'cell was' : 'cells were'} cut at ${cellWidthMax} characters (${CUT}); JSON and CSV show them whole\n`;
  }
}

/** One JSON array of objects, one object a line. */
export function* jsonText(result: PrintedResult): Generator<string> {
  let before = '[';
  for (const line of jsonLines(result)) {
    yield `${before}\n${line.slice(0, -1)}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

/** One JSON object a line, keys in the order of the columns. What a double cannot hold is text (see `QueryResult`). */
export function* jsonLines({ columns, rows }: PrintedResult): Generator<string> {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  for (const row of rows) {
    const members = keys.map((key, index) => `${key}:${JSON.stringify(row[index] ?? null)}`);
    yield `{${members.join(',')}}\n`;
  }
}

/** CSV with a header: null is nothing between the commas, the empty text is `""`, quotes are doubled. (A null alone in its row is an empty line.) */
export function* csvText({ columns, rows }: PrintedResult): Generator<string> {
  yield `${columns.map(({ name }) => csvCell(name)).join(',')}\n`;
  for (const row of rows) {
    const line = columns.map((_, index) => csvCell(row[index] ?? null)).join(',');
    yield `${line}\n`;
  }
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL.*|DOUBLE|FLOAT)$/;

function csvCell(value: Json): string {
  if (value === null) return '';
  const text = cellText(value, '');
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function cellText(value: Json, nullText: string): string {
  if (value === null) return nullText;
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Control characters, and those that turn the direction of writing, as escapes: a cell cannot steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, character => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
