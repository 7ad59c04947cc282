import type { Cell, SandboxDatabase, StoredRow } from './database.ts';
import type { RelationshipDefinition, TableDefinition } from './definition.ts';
import { unknownSegment, WireError } from './errors.ts';
import type { Environment } from './wire.ts';
import { isLookup, navigations } from './wire-columns.ts';

/** The end of a many-to-many relationship, as seen from one of its tables. */
export interface ManyEnd {
  readonly kind: 'many';
  readonly intersect: TableDefinition;
  readonly own: string;
  readonly other: string;
  readonly target: string;
}

/** Where a navigation property leads: across an intersect table, to the rows that point here, or along a lookup. */
export type NavigationEnd =
  | ManyEnd
  | { readonly kind: 'collection'; readonly table: string; readonly column: string }
  | { readonly kind: 'single'; readonly column: string; readonly targets: readonly string[] };

/** @throws WireError 404 for a name that is no navigation property of the table. */
export function endOfNavigation(database: SandboxDatabase, table: TableDefinition, navigation: string): NavigationEnd {
  const relationships = database.relationships();
  for (const one of relationships) {
    const end = endOfRelationship(database, table, one, navigation);
    if (end !== null) return end;
  }
  const single = navigations(table, relationships).get(navigation);
  if (single === undefined) throw unknownSegment(navigation);
  return { kind: 'single', column: single.column.logicalName, targets: single.targets };
}

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

function endOfRelationship(
  database: SandboxDatabase,
  table: TableDefinition,
  one: RelationshipDefinition,
  navigation: string,
): NavigationEnd | null {
  const first = one.table1 === table.logicalName && one.navigation1 === navigation;
  const second = one.table2 === table.logicalName && one.navigation2 === navigation;
  if (one.kind === 'OneToMany') return first ? { kind: 'collection', table: one.table2, column: one.column2 } : null;
  const intersect = database.table(one.intersectTable ?? '');
  if (intersect === undefined || (!first && !second)) return null;
  return first
    ? { kind: 'many', intersect, own: one.column1, other: one.column2, target: one.table2 }
    : { kind: 'many', intersect, own: one.column2, other: one.column1, target: one.table1 };
}

function idOf(cell: Cell | undefined): string | null {
  if (typeof cell === 'string') return cell;
  return cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : null;
}
