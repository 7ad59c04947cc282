import type { SqlAnswer } from '../app/sql-answer.ts';
import { printable, textTable } from './text-table.ts';

/** An answer that is here as a whole as a table for a person, one line a row. */
export function resultText(
  { columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>,
  { width }: { readonly width: number },
): string {
  const lines = textTable({
    columns: columns.map(({ name, isNumber }) => ({ title: name, right: isNumber })),
    rows: rows.map(row => row.map(value => (value === null ? 'null' : printable(String(value))))),
    width,
  });
  const count = rows.length;
  return `${lines.join('\n')}\n(${count} ${count === 1 ? 'row' : 'rows'})\n`;
}
