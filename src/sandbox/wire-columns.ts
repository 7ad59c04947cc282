import type { ColumnDefinition, RelationshipDefinition, TableDefinition } from './definition.ts';

/** A column as a property of the Web API. */
export interface WireColumn {
  readonly column: ColumnDefinition;
  /** `name`, or `_ownerid_value` for a lookup. */
  readonly property: string;
}

const lookups = new Set(['LookupType', 'OwnerType', 'CustomerType']);
const neverServed = new Set(['VirtualType', 'PartyListType', 'CalendarRulesType']);
const known = new WeakMap<TableDefinition, readonly WireColumn[]>();

export function isLookup(column: ColumnDefinition): boolean {
  return lookups.has(column.type);
}

/**
 * The columns that rows on the wire have. Virtual columns, and columns that only describe a lookup or a choice
 * (`createdbyname`, `owneridtype`), are metadata without a property; what hangs on an image id is a property.
 */
export function wireColumns(table: TableDefinition): readonly WireColumn[] {
  let columns = known.get(table);
  if (columns === undefined) {
    const types = new Map(table.columns.map(one => [one.logicalName, one.type]));
    columns = table.columns
      .filter(column => isServed(column, types))
      .map(column => ({ column, property: isLookup(column) ? `_${column.logicalName}_value` : column.logicalName }));
    known.set(table, columns);
  }
  return columns;
}

function isServed(column: ColumnDefinition, types: ReadonlyMap<string, string>): boolean {
  if (!column.isValidForRead || neverServed.has(column.type)) return false;
  if (column.attributeOf === null) return true;
  const described = types.get(column.attributeOf);
  return described === undefined ? column.type === 'ImageType' : described === 'UniqueidentifierType';
}

/** The single-valued navigation property of a lookup towards one of its targets. */
export function navigationName({
  relationships,
  table,
  column,
  target,
}: {
  readonly relationships: readonly RelationshipDefinition[];
  readonly table: string;
  readonly column: ColumnDefinition;
  readonly target: string;
}): string {
  const found = relationships.find(
    one =>
      one.kind === 'OneToMany' &&
      one.table2 === table &&
      one.column2 === column.logicalName &&
      one.table1 === target &&
      one.navigation2 !== '',
  );
  if (found !== undefined) return found.navigation2;
  if (column.type === 'OwnerType') return column.logicalName;
  const name = column.isCustom ? column.schemaName : column.logicalName;
  return (column.targets?.length ?? 1) > 1 ? `${name}_${target}` : name;
}

export interface Navigation {
  readonly column: ColumnDefinition;
  readonly targets: readonly string[];
}

/** All single-valued navigation properties of a table, by name. */
export function navigations(
  table: TableDefinition,
  relationships: readonly RelationshipDefinition[],
): ReadonlyMap<string, Navigation> {
  const own = relationships.filter(one => one.kind === 'OneToMany' && one.table2 === table.logicalName);
  const found = new Map<string, Navigation>();
  for (const column of table.columns) {
    if (!isLookup(column)) continue;
    for (const target of column.targets ?? []) {
      const name = navigationName({ relationships: own, table: table.logicalName, column, target });
      found.set(name, { column, targets: [...(found.get(name)?.targets ?? []), target] });
    }
  }
  return found;
}
