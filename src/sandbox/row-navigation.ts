import type { StoredRow } from './database.ts';
import type { ColumnDefinition, RelationshipDefinition, TableDefinition } from './definition.ts';
import { othersTurn } from './page-read.ts';
import { linksOf } from './row-links.ts';
import { namedSource, type RowSource, tableSource } from './row-read.ts';
import { type RowScope, referenceIn } from './row-scope.ts';
import { navigations } from './wire-columns.ts';

/** What a navigation property leads to. */
export type NavigationEnd =
  | { readonly kind: 'single'; readonly column: ColumnDefinition; readonly targets: readonly string[] }
  | { readonly kind: 'collection'; readonly table: TableDefinition; readonly column: string }
  | {
      readonly kind: 'many';
      readonly table: TableDefinition;
      readonly intersect: TableDefinition;
      readonly own: string;
      readonly other: string;
    };

/** Null when the table has no navigation property of this name. */
export function navigationEnd(scope: RowScope, table: TableDefinition, name: string): NavigationEnd | null {
  const { database } = scope.environment;
  const relationships = database.relationships();
  const single = navigations(table, relationships).get(name);
  if (single !== undefined) return { kind: 'single', ...single };
  for (const one of relationships) {
    const end = collectionEnd(scope, table, { one, name });
    if (end !== null) return end;
  }
  return null;
}

function collectionEnd(
  scope: RowScope,
  { logicalName }: TableDefinition,
  { one, name }: { readonly one: RelationshipDefinition; readonly name: string },
): NavigationEnd | null {
  const { database } = scope.environment;
  const isFirst = one.table1 === logicalName && one.navigation1 === name;
  if (one.kind === 'OneToMany') {
    const many = database.table(one.table2);
    return isFirst && many !== undefined ? { kind: 'collection', table: many, column: one.column2 } : null;
  }
  if (!isFirst && !(one.table2 === logicalName && one.navigation2 === name)) return null;
  const intersect = database.table(one.intersectTable ?? '');
  const table = database.table(isFirst ? one.table2 : one.table1);
  if (intersect === undefined || table === undefined) return null;
  const [own, other] = isFirst ? [one.column1, one.column2] : [one.column2, one.column1];
  return { kind: 'many', table, intersect, own, other };
}

type Collection = Exclude<NavigationEnd, { readonly kind: 'single' }>;

/** The rows that belong to one row. */
export function memberSource(
  scope: RowScope,
  end: Collection,
  owner: { readonly table: string; readonly id: string },
): RowSource {
  const { database } = scope.environment;
  if (end.kind === 'collection') {
    const belongs = ({ row }: StoredRow): boolean => {
      const reference = referenceIn(row[end.column]);
      return reference !== null && reference.id === owner.id && reference.table === owner.table;
    };
    return tableSource(database, end.table, belongs);
  }
  const ids = linksOf(database, end.intersect, { column: end.own, id: owner.id }).map(({ row }) =>
    idIn(row[end.other]),
  );
  return namedSource(
    database,
    end.table,
    ids.filter(id => id !== null),
  );
}

/** What a many-to-many relationship links to each of these rows, by one walk over all its links. */
export async function linkedIds(
  scope: RowScope,
  end: Extract<NavigationEnd, { readonly kind: 'many' }>,
  owners: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const linked = new Map<string, string[]>();
  for await (const [owner, member] of links(scope, end)) {
    if (!owners.has(owner)) continue;
    const ids = linked.get(owner);
    if (ids === undefined) linked.set(owner, [member]);
    else ids.push(member);
  }
  return linked;
}

/** All links, each from the table's side to the other. */
export async function* links(
  scope: RowScope,
  { intersect, own, other }: Extract<NavigationEnd, { readonly kind: 'many' }>,
): AsyncGenerator<readonly [owner: string, member: string]> {
  for (const slice of tableSource(scope.environment.database, intersect).slices(null)) {
    for (const { row } of slice) {
      const [owner, member] = [idIn(row[own]), idIn(row[other])];
      if (owner !== null && member !== null) yield [owner, member];
    }
    await othersTurn();
  }
}

function idIn(cell: StoredRow['row'][string] | undefined): string | null {
  return typeof cell === 'string' ? cell.toLowerCase() : (referenceIn(cell)?.id ?? null);
}
