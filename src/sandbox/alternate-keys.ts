import { cellOfText } from './cell-input.ts';
import type { Row, SandboxDatabase, StoredRow } from './database.ts';
import type { ColumnDefinition, KeyDefinition, TableDefinition } from './definition.ts';
import { badQuery, WireError } from './errors.ts';
import { isLookup } from './wire-columns.ts';

/** Values by the name of their property, as written in an address. */
export type KeyValues = ReadonlyMap<string, string>;

/** The cells that the values of an alternate key stand for. @throws WireError 400 when the names are no key of the table. */
export function requireKey({
  database,
  table,
  named,
}: {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly named: KeyValues;
}): Row {
  const columns = keysOf(table)
    .map(key => columnsOf(table, key))
    .find(found => found.length === named.size && found.every(column => named.has(propertyOf(column))));
  if (columns === undefined) {
    const type = `Microsoft.Dynamics.CRM.${table.logicalName}`;
    throw badQuery(
      `The key in the request URI is not valid for resource '${type}'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource '${type}'.`,
    );
  }
  return Object.fromEntries(
    columns.map(column => {
      const text = named.get(propertyOf(column)) ?? '';
      return [column.logicalName, cellOfText({ database, table, column, text })];
    }),
  );
}

/** The row whose cells these are; a cell that is empty leads to none. */
export function rowByKeyValues({
  database,
  table,
  cells,
}: {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly cells: Row;
}): StoredRow | undefined {
  if (Object.values(cells).some(cell => cell === null)) return undefined;
  const id = cells[table.primaryId];
  if (typeof id === 'string') {
    const stored = database.get(table.logicalName, id);
    const same = Object.entries(cells).every(([column, cell]) => stored?.row[column] === cell);
    return same ? stored : undefined;
  }
  return database.find(table.logicalName, cells, { limit: 1 })[0];
}

/**
 * Alternate keys forbid a second row of equal values; where one of them is empty, nothing is forbidden ("Define
 * alternate keys for a table"). @throws WireError 412
 */
export function requireUniqueKeys({
  database,
  table,
  id,
  row,
}: {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly id: string;
  /** The whole row as it will be. */
  readonly row: Row;
}): void {
  for (const key of keysOf(table)) {
    const columns = columnsOf(table, key);
    const cells = Object.fromEntries(columns.map(column => [column.logicalName, row[column.logicalName] ?? null]));
    if (Object.values(cells).some(cell => cell === null)) continue;
    const other = database.find(table.logicalName, cells, { limit: 2 }).find(found => found.id !== id);
    if (other !== undefined) throw keyViolated(key, columns);
  }
}

/** Whether all rows that are there obey a key. */
export function keyHolds(database: SandboxDatabase, table: TableDefinition, columns: readonly string[]): boolean {
  const seen = new Set<string>();
  let after: string | null = null;
  for (;;) {
    const rows: StoredRow[] = database.page(table.logicalName, { after, limit: 5_000 });
    for (const { row } of rows) {
      const cells = columns.map(column => row[column] ?? null);
      if (cells.includes(null)) continue;
      const text = JSON.stringify(cells).toLowerCase();
      if (seen.has(text)) return false;
      seen.add(text);
    }
    if (rows.length < 5_000) return true;
    after = rows.at(-1)?.id ?? null;
  }
}

function keysOf(table: TableDefinition): readonly KeyDefinition[] {
  return (table.keys ?? []).filter(key => key.status === 'Active');
}

function columnsOf(table: TableDefinition, key: KeyDefinition): readonly ColumnDefinition[] {
  return key.columns.flatMap(name => table.columns.find(column => column.logicalName === name) ?? []);
}

function propertyOf(column: ColumnDefinition): string {
  return isLookup(column) ? `_${column.logicalName}_value` : column.logicalName;
}

/** Code and text of DuplicateRecordEntityKey ("Web service error codes"). */
function keyViolated(key: KeyDefinition, columns: readonly ColumnDefinition[]): WireError {
  const names = columns.map(column => column.displayName ?? column.schemaName).join(', ');
  return new WireError({
    status: 412,
    code: '0x80060892',
    message: `Entity Key ${key.displayName} violated. A record with the same value for ${names} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
  });
}
