import type { Cell, SandboxDatabase, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { WireError } from './errors.ts';
import type { ManyEnd } from './navigation-end.ts';
import type { Environment } from './wire.ts';
import { isLookup } from './wire-columns.ts';

/** Links two rows, once. @throws WireError 412 when they are linked already. */
export function addLink(
  { database, newId }: Environment,
  end: ManyEnd,
  { own, other }: { readonly own: string; readonly other: string },
): void {
  if (findLink(database, end, { own, other }) !== undefined) {
    throw new WireError({ status: 412, code: '0x80040237', message: 'Cannot insert duplicate key.' });
  }
  database.put(end.intersect.logicalName, [{ [end.intersect.primaryId]: newId(), [end.own]: own, [end.other]: other }]);
}

export function findLink(
  database: SandboxDatabase,
  end: ManyEnd,
  { own, other }: { readonly own: string; readonly other: string },
): StoredRow | undefined {
  return linksOf(database, end.intersect, { column: end.own, id: own }).find(
    ({ row }) => idOf(row[end.other]) === other,
  );
}

/** The rows of an intersect table that hold an id. Their columns are plain ids, or lookups in hand-made definitions. */
export function linksOf(
  database: SandboxDatabase,
  intersect: TableDefinition,
  { column, id }: { readonly column: string; readonly id: string },
): readonly StoredRow[] {
  const definition = intersect.columns.find(one => one.logicalName === column);
  const tables = definition !== undefined && isLookup(definition) ? (definition.targets ?? []) : [];
  const cells: Cell[] = tables.length === 0 ? [id] : tables.map(table => ({ table, id }));
  return cells.flatMap(cell => database.find(intersect.logicalName, { [column]: cell }));
}

function idOf(cell: Cell | undefined): string | null {
  if (typeof cell === 'string') return cell;
  return cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : null;
}
