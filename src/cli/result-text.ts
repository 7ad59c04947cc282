import { usage } from './exit.ts';
import { printable, textTable } from './text-table.ts';

/** A query's answer. Values as the embedded engine shows them: wide numbers, decimals, dates and ids are text. */
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

export type ResultFormat = 'table' | 'json' | 'csv';

export function parseFormat(text: string): ResultFormat {
  if (text === 'table' || text === 'json' || text === 'csv') return text;
  throw usage('--format', 'it is table, json or csv');
}

export function resultText(
  answer: QueryAnswer,
  options: { readonly format: ResultFormat; readonly width: number },
): string {
  switch (options.format) {
    case 'table':
      return tableText(answer, options.width);
    case 'json':
      return jsonText(answer);
    case 'csv':
      return csvText(answer);
  }
}

function tableText(answer: QueryAnswer, width: number): string {
  const lines = textTable({
    columns: answer.columns.map(({ name, type }) => ({ title: name, right: isNumber(type) })),
    rows: answer.rows.map(row => row.map(value => (value === null ? 'null' : printable(textOf(value))))),
    width,
  });
  const count = answer.rows.length;
  return `${lines.join('\n')}\n(${count} ${count === 1 ? 'row' : 'rows'})\n`;
}

/** One object a row; a column name that repeats gets a number. */
function jsonText(answer: QueryAnswer): string {
  const names = uniqueNames(answer.columns.map(column => column.name));
  const rows = answer.rows.map(row => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  return `${JSON.stringify(rows)}\n`;
}

/** RFC 4180 with `\n`; null is nothing between the commas, the empty text is `""`. */
function csvText(answer: QueryAnswer): string {
  const line = (cells: readonly string[]) => `${cells.join(',')}\n`;
  const cell = (value: unknown) => (value === null || value === undefined ? '' : quoted(textOf(value)));
  return line(answer.columns.map(column => quoted(column.name))) + answer.rows.map(row => line(row.map(cell))).join('');
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map(name => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  });
}

function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/i.test(type);
}
