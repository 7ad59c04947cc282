import type { Cell, Row } from './database.ts';
import { quoted, storageNames } from './storage.ts';

/** A question for rows by the values of cells, as SQL over the JSON they are kept as. */
export interface RowSearch {
  /** Makes what lets the question be answered without reading every row; cheap when it is there already. */
  readonly index: string | null;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Rows that have all these cells; null is a cell that is empty. Texts are compared without regard to the case of
 * English letters, as the platform's database does. A column gets an index when it is first asked for: few ever are,
 * and the index costs each later write.
 */
export function rowSearch(table: string, cells: Row): RowSearch {
  const { rows } = storageNames(table);
  const parameters: unknown[] = [];
  const conditions: string[] = [];
  let index: string | null = null;
  for (const [column, cell] of Object.entries(cells)) {
    const place = placeOf(column, cell);
    if (cell === null) {
      conditions.push(`${place} IS NULL`);
      continue;
    }
    conditions.push(`${place} = ? COLLATE NOCASE`);
    parameters.push(parameterOf(cell));
    if (isReference(cell)) {
      conditions.push(`json_extract(cells, ${path(column)} || '.table') = ?`);
      parameters.push(cell.table);
    }
    index ??= `CREATE INDEX IF NOT EXISTS ${quoted(`rows:${table}:cell:${column}`)} ON ${rows} (${place} COLLATE NOCASE)
      WHERE ${place} IS NOT NULL`;
  }
  const sql = `SELECT id, version, cells FROM ${rows} WHERE ${conditions.join(' AND ') || 'TRUE'} ORDER BY id LIMIT ?`;
  return { index, sql, parameters };
}

function placeOf(column: string, cell: Cell): string {
  return isReference(cell)
    ? `json_extract(cells, ${text(`$."${column}".id`)})`
    : `json_extract(cells, ${text(`$."${column}"`)})`;
}

function path(column: string): string {
  return text(`$."${column}"`);
}

/** A literal: an expression with a parameter would not be the expression that has the index. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function parameterOf(cell: Exclude<Cell, null>): unknown {
  if (isReference(cell)) return cell.id;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'object' ? JSON.stringify(cell) : cell;
}

function isReference(cell: Cell): cell is { readonly table: string; readonly id: string } {
  return cell !== null && typeof cell === 'object' && 'table' in cell;
}
