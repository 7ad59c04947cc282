import type { SandboxDatabase } from './database.ts';
import type { ColumnDefinition, RelationshipDefinition, TableDefinition } from './definition.ts';
import { navigations } from './wire-columns.ts';

/** The end of a many-to-many relationship: across an intersect table, whose columns `own` and `other` name the rows. */
export interface ManyEnd {
  readonly kind: 'many';
  readonly table: TableDefinition;
  readonly intersect: TableDefinition;
  readonly own: string;
  readonly other: string;
}

/** What a navigation property leads to: along a lookup, to the rows that point here, or across an intersect table. */
export type NavigationEnd =
  | { readonly kind: 'single'; readonly column: ColumnDefinition; readonly targets: readonly string[] }
  | { readonly kind: 'collection'; readonly table: TableDefinition; readonly column: string }
  | ManyEnd;

/** Null when the table has no navigation property of this name. */
export function navigationEnd(database: SandboxDatabase, table: TableDefinition, name: string): NavigationEnd | null {
  const relationships = database.relationships();
  const single = navigations(table, relationships).get(name);
  if (single !== undefined) return { kind: 'single', ...single };
  for (const one of relationships) {
    const end = collectionEnd(database, table, { one, name });
    if (end !== null) return end;
  }
  return null;
}

function collectionEnd(
  database: SandboxDatabase,
  { logicalName }: TableDefinition,
  { one, name }: { readonly one: RelationshipDefinition; readonly name: string },
): NavigationEnd | null {
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
