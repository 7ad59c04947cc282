import { printable, textTable } from './text-table.ts';

/** A query's answer that is here as a whole. Values as the embedded engine shows them: wide numbers, decimals, dates and ids are text. */
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** As a table for a person, one line a row. */
export function resultText(answer: QueryAnswer, { width }: { readonly width: number }): string {
  const lines = textTable({
    columns: answer.columns.map(({ name, type }) => ({ title: name, right: isNumber(type) })),
    rows: answer.rows.map(row => row.map(value => (value === null ? 'null' : printable(textOf(value))))),
    width,
  });
  const count = answer.rows.length;
  return `${lines.join('\n')}\n(${count} ${count === 1 ? 'row' : 'rows'})\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/i.test(type);
}
