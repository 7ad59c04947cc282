import type { Cell, Row } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { parseFilter } from './metadata-filter.ts';
import { type WireColumn, wireColumns } from './wire-columns.ts';

const numbers = new Set(['DecimalType', 'MoneyType', 'BigIntType']);

/**
 * `$filter` on rows: equality of properties with texts, GUIDs, numbers, booleans and null, with `and`, `or`, `not`.
 * Numbers are compared as doubles. @throws WireError 400 for a property that is none.
 */
export function rowFilter(table: TableDefinition, text: string): (row: Row) => boolean {
  const filter = parseFilter(text, table.logicalName);
  const columns = wireColumns(table);
  const properties = (row: Row) =>
    Object.fromEntries(columns.map(one => [one.property, plain(one, row[one.column.logicalName] ?? null)]));
  filter(properties({}));
  return row => filter(properties(row));
}

function plain({ column }: WireColumn, cell: Cell): string | number | boolean | null {
  if (cell === null) return null;
  if (Array.isArray(cell)) return cell.join(',');
  if (typeof cell === 'object' && 'id' in cell) return cell.id;
  if (numbers.has(column.type)) return Number(cell);
  return cell as string | number | boolean;
}
