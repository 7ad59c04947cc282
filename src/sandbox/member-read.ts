import { etag, expandedBody } from './data-rows.ts';
import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { unknownSegment } from './errors.ts';
import { type NavigationEnd, navigationEnd } from './navigation-end.ts';
import { requireRead, requireReadOfRow } from './privileges.ts';
import { allowOptions } from './query-options.ts';
import { rowOf, tableOfSet } from './row-address.ts';
import { answerCount, answerRows } from './row-list.ts';
import { memberSource } from './row-navigation.ts';
import { readProperty } from './row-property.ts';
import type { RowSource } from './row-read.ts';
import { RowScope, referenceIn } from './row-scope.ts';
import type { Answer, Call, Environment, Handler, PathParts } from './wire.ts';
import { wireColumns } from './wire-columns.ts';

/**
 * `GET /accounts(<key>)/name`, `.../primarycontactid` or `.../Account_Tasks`: a property, the row a lookup points to
 * (204 for none), or the rows of a collection with all options of a list. The links of `$expand` lead here.
 */
export const readMember: Handler = async (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  if (wireColumns(table).some(({ property }) => property === parts.property)) {
    return readProperty(environment, call, parts);
  }
  const { scope, stored, end } = memberOf(environment, call, { table, parts });
  if (end.kind === 'single') return lookedUp(scope, stored, end);
  const source = members(scope, { table, stored, end });
  return answerRows({ scope, source, path: `${table.entitySetName}(${stored.id})/${parts.property}` });
};

/** `GET /accounts(<key>)/Account_Tasks/$count`: text, at most 5000. */
export const countMembers: Handler = async (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  allowOptions(call.options, ['$filter']);
  const { scope, stored, end } = memberOf(environment, call, { table, parts });
  if (end.kind === 'single') throw unknownSegment('$count');
  return answerCount(scope, members(scope, { table, stored, end }));
};

function memberOf(
  environment: Environment,
  call: Call,
  { table, parts }: { readonly table: TableDefinition; readonly parts: PathParts },
): { readonly scope: RowScope; readonly stored: StoredRow; readonly end: NavigationEnd } {
  const name = parts.property ?? '';
  call.noted.table = table.logicalName;
  requireRead(environment, call, table);
  const scope = new RowScope(environment, call);
  const end = navigationEnd(scope.environment.database, table, name);
  if (end === null) throw unknownSegment(name);
  const { stored, unknown } = rowOf(environment, call, table, parts.key);
  if (stored === undefined) throw unknown;
  requireReadOfRow(environment, call, table, stored);
  return { scope, stored, end };
}

async function lookedUp(
  scope: RowScope,
  { row }: StoredRow,
  { column, targets }: Extract<NavigationEnd, { kind: 'single' }>,
): Promise<Answer> {
  allowOptions(scope.call.options, ['$select', '$expand']);
  const reference = referenceIn(row[column.logicalName]);
  if (reference === null || !targets.includes(reference.table)) return { status: 204 };
  const table = scope.readable(reference.table);
  const related = scope.related(reference);
  if (table === undefined || related === null) return { status: 204 };
  scope.call.noted.table = table.logicalName;
  scope.call.noted.rows = 1;
  return { status: 200, headers: etag(related), body: await expandedBody(scope, table, related) };
}

function members(
  scope: RowScope,
  {
    table,
    stored,
    end,
  }: {
    readonly table: TableDefinition;
    readonly stored: StoredRow;
    readonly end: Exclude<NavigationEnd, { kind: 'single' }>;
  },
): RowSource {
  scope.readable(end.table.logicalName);
  scope.call.noted.table = end.table.logicalName;
  return memberSource(scope, end, { table: table.logicalName, id: stored.id });
}
