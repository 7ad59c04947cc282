import { literal } from '../../batch/sql.ts';

const FIELD = '\u001f';
const ROW = '\u001e';

export type Cell = string | number | boolean | null;

/** A column of a table that rows go into, and its engine type. */
export type RowColumn = readonly [name: string, type: string];

/**
 * A SELECT of these rows. They go as one text that the engine takes apart: a hundred thousand rows written as VALUES
 * would be parsed for seconds. An empty text is NULL.
 */
export function selectRows(columns: readonly RowColumn[], rows: readonly (readonly Cell[])[]): string {
  const text = rows.map(row => row.map(cellText).join(FIELD)).join(ROW);
  const list = columns.map(([name, type], index) => `CAST(nullif(w[${index + 1}], '') AS ${type}) AS ${name}`);
  const words = `SELECT string_split(r, chr(31)) AS w FROM (SELECT unnest(string_split(${literal(text)}, chr(30))) AS r)`;
  return `SELECT ${list.join(', ')} FROM (${words}) WHERE ${rows.length > 0}`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  // Separators inside a name or a comment say nothing to anybody.
  return typeof cell === 'string'
    ? [FIELD, ROW, '\0'].reduce((text, mark) => text.replaceAll(mark, ' '), cell)
    : String(cell);
}

/** `CREATE TABLE` with no rows. */
export function createTable(name: string, columns: readonly RowColumn[]): string {
  return `CREATE TABLE ${name} (${columns.map(([column, type]) => `${column} ${type}`).join(', ')})`;
}
