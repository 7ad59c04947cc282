import { edmType } from './csdl.ts';
import type { StoredRow } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badQuery, unknownProperty } from './errors.ts';
import { type RowScope, referenceIn } from './row-scope.ts';
import { type Value, valueReader } from './row-value.ts';
import { type Navigation, navigations, wireColumns } from './wire-columns.ts';

/** A property of a row, or of one that a lookup leads to, and how it is read. */
export interface BoundPath {
  readonly type: string;
  readonly column: ColumnDefinition | null;
  /** The table that has the property; of several targets of a lookup, the first that has it. */
  readonly table: string;
  readonly read: (stored: StoredRow) => Value | null;
  /** The row that holds the property: the row itself, or what its lookups lead to. */
  readonly holder: (stored: StoredRow) => StoredRow | null;
}

/**
 * `name`, `_ownerid_value`, `primarycontactid/fullname`, `primarycontactid/createdby/fullname`.
 * @throws WireError 400 for what is no property, 403 for a table on the way that the caller may not read
 */
export function bindPath(scope: RowScope, table: TableDefinition, steps: readonly string[]): BoundPath {
  const [first = '', ...rest] = steps;
  const found = wireColumns(table).find(one => one.property === first);
  if (found !== undefined) return boundColumn(scope, table, found.column, rest);
  const navigation = navigations(table, scope.environment.database.relationships()).get(first);
  if (navigation === undefined) throw unknownProperty(first, table.logicalName);
  return rest.length === 0 ? boundNavigation(navigation) : boundThrough(scope, navigation, rest);
}

function boundColumn(
  scope: RowScope,
  table: TableDefinition,
  column: ColumnDefinition,
  rest: readonly string[],
): BoundPath {
  const hidden = scope.hidesSecured && column.isSecured === true;
  const { logicalName } = column;
  const at = table.logicalName;
  const holder = (stored: StoredRow): StoredRow => stored;
  if (column.type === 'ManagedPropertyType' && rest.length === 1 && rest[0] === 'Value') {
    const read = ({ row }: StoredRow): boolean => row[logicalName] === true || row[logicalName] === 1;
    return { type: 'Edm.Boolean', column: null, table: at, read, holder };
  }
  if (rest.length > 0) throw unknownProperty(rest[0] ?? '', `${table.logicalName}.${logicalName}`);
  const value = valueReader(column);
  const read = hidden ? () => null : ({ row }: StoredRow): Value | null => value(row[logicalName] ?? null);
  return { type: edmType(column), column, table: at, read, holder };
}

/** The lookup itself: it can only be compared with null. */
function boundNavigation({ column, targets }: Navigation): BoundPath {
  return {
    type: `Microsoft.Dynamics.CRM.${targets.length === 1 ? targets[0] : 'principal'}`,
    column: null,
    table: targets[0] ?? '',
    read: ({ row }) => {
      const reference = referenceIn(row[column.logicalName]);
      return reference !== null && targets.includes(reference.table) ? reference.id : null;
    },
    holder: stored => stored,
  };
}

function boundThrough(scope: RowScope, { column, targets }: Navigation, rest: readonly string[]): BoundPath {
  const { bounds, refusal } = boundTargets(scope, targets, rest);
  const [first] = bounds.values();
  if (first === undefined) throw refusal ?? badQuery(`The property '${column.logicalName}' leads nowhere.`);
  const target = (stored: StoredRow): readonly [BoundPath, StoredRow] | null => {
    const reference = referenceIn(stored.row[column.logicalName]);
    const bound = reference === null ? undefined : bounds.get(reference.table);
    const row = reference === null || bound === undefined ? null : scope.related(reference);
    return row === null || bound === undefined ? null : [bound, row];
  };
  return {
    type: first.type,
    column: first.column,
    table: first.table,
    read: stored => {
      const found = target(stored);
      return found === null ? null : found[0].read(found[1]);
    },
    holder: stored => {
      const found = target(stored);
      return found === null ? null : found[0].holder(found[1]);
    },
  };
}

/** A property that only some of a lookup's targets have is one; on the others it is null. */
function boundTargets(
  scope: RowScope,
  targets: readonly string[],
  rest: readonly string[],
): { readonly bounds: ReadonlyMap<string, BoundPath>; readonly refusal: unknown } {
  const bounds = new Map<string, BoundPath>();
  let refusal: unknown = null;
  for (const name of targets) {
    const table = scope.readable(name);
    if (table === undefined) continue;
    try {
      bounds.set(name, bindPath(scope, table, rest));
    } catch (failure) {
      refusal = failure;
    }
  }
  return { bounds, refusal };
}
