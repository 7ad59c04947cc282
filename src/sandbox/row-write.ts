import { requireUniqueKeys } from './alternate-keys.ts';
import type { Cell, Row, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { unknownRow } from './errors.ts';
import { navigationEnd } from './navigation-end.ts';
import { duplicate } from './row-conditions.ts';
import { changedCells, initialCells } from './row-defaults.ts';
import { type BodyObject, type RowInput, rowInputOf } from './row-input.ts';
import { addLink } from './row-links.ts';
import type { Environment } from './wire.ts';

/** Who writes where; the same for all rows that one request makes. */
export interface Writer {
  readonly environment: Environment;
  readonly userId: string;
}

/**
 * Makes a row and the rows that the body makes along with it, in one transaction. `fixed` are the cells that the
 * address of the request decides. @throws WireError 400, 404, 412
 */
export function createFromBody(
  writer: Writer,
  table: TableDefinition,
  { given, fixed = {} }: { readonly given: BodyObject; readonly fixed?: Row },
): StoredRow {
  const { database, newId } = writer.environment;
  return database.transaction(() => {
    const input = rowInputOf({ database, table, given, purpose: 'create' });
    const cells: Record<string, Cell> = { ...input.cells, ...parentCells(writer, input), ...fixed };
    const id = cells[table.primaryId];
    const row = { ...cells, [table.primaryId]: typeof id === 'string' ? id : newId() };
    const stored = insertRow(writer, table, row);
    makeChildren(writer, table, { input, id: stored.id });
    return stored;
  });
}

/** Changes a row that is there. @throws WireError 400, 404, 412 */
export function updateFromBody(
  { environment, userId }: Writer,
  table: TableDefinition,
  { given, id }: { readonly given: BodyObject; readonly id: string },
): StoredRow {
  const { database } = environment;
  const { cells } = rowInputOf({ database, table, given, purpose: 'update' });
  return changeRow({ environment, userId }, table, { id, cells });
}

/** Changes cells of a row, and what follows from them. @throws WireError 404, 412 */
export function changeRow(
  { environment, userId }: Writer,
  table: TableDefinition,
  { id, cells }: { readonly id: string; readonly cells: Row },
): StoredRow {
  const { database } = environment;
  const old = database.get(table.logicalName, id);
  if (old === undefined) throw unknownRow({ table: table.logicalName, id });
  const changed: Row = { ...changedCells({ environment, table, userId, cells }), ...cells, [table.primaryId]: id };
  requireUniqueKeys({ database, table, id, row: { ...old.row, ...changed } });
  return database.patch(table.logicalName, id, changed) ?? old;
}

function insertRow({ environment, userId }: Writer, table: TableDefinition, cells: Row): StoredRow {
  const { database } = environment;
  const id = String(cells[table.primaryId]);
  if (database.get(table.logicalName, id) !== undefined) throw duplicate();
  const row: Row = { ...initialCells({ environment, table, userId, cells }), ...cells };
  requireUniqueKeys({ database, table, id, row });
  database.put(table.logicalName, [row]);
  const stored = database.get(table.logicalName, id);
  if (stored === undefined) throw unknownRow({ table: table.logicalName, id });
  return stored;
}

function parentCells(writer: Writer, { parents }: RowInput): Row {
  const { database } = writer.environment;
  const cells: Record<string, Cell> = {};
  for (const { column, table, body } of parents) {
    const target = database.table(table);
    if (target === undefined) throw new Error(`there is no table ${table}`);
    cells[column] = { table, id: createFromBody(writer, target, { given: body }).id };
  }
  return cells;
}

function makeChildren(
  writer: Writer,
  table: TableDefinition,
  { input, id }: { readonly input: RowInput; readonly id: string },
): void {
  const { database } = writer.environment;
  for (const { navigation, made, linked } of input.children) {
    const end = navigationEnd(database, table, navigation);
    if (end === null || end.kind === 'single') throw new Error(`there is no table behind ${navigation}`);
    const target = end.table;
    for (const given of made) {
      const fixed: Row = end.kind === 'collection' ? { [end.column]: { table: table.logicalName, id } } : {};
      const child = createFromBody(writer, target, { given, fixed });
      if (end.kind === 'many') addLink(writer.environment, end, { own: id, other: child.id });
    }
    for (const other of linked) {
      if (end.kind === 'many') addLink(writer.environment, end, { own: id, other: other.id });
      if (end.kind !== 'collection') continue;
      changeRow(writer, target, { id: other.id, cells: { [end.column]: { table: table.logicalName, id } } });
    }
  }
}
