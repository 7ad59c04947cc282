import { removeRow } from './cascade.ts';
import { etag, rowBody } from './data-rows.ts';
import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { missingPrivilege } from './errors.ts';
import { allowOptions } from './query-options.ts';
import { addressOf, type RowAddress, tableOfSet } from './row-address.ts';
import { mayCreate, requireConditions } from './row-conditions.ts';
import { type BodyObject, parseBody } from './row-input.ts';
import { createFromBody, updateFromBody, type Writer } from './row-write.ts';
import type { Answer, Call, Environment, Handler } from './wire.ts';

/** `POST /accounts` */
export const createRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Create' });
  const stored = createFromBody(writerOf(environment, call), table, { given: parseBody(call.body, table) });
  return created(environment, call, table, stored);
};

/** `PATCH /accounts(<key>)`: update, or create when there is no such row and no `If-Match` forbids it. */
export const updateRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const given = parseBody(call.body, table);
  const writer = writerOf(environment, call);
  const { stored: old, cells, unknown } = addressed(environment, call, table, { key: parts.key, given });
  if (old === undefined) {
    if (!mayCreate(call)) throw unknown;
    return created(environment, call, table, createFromBody(writer, table, { given, fixed: cells }));
  }
  requireConditions(call, old);
  const stored = updateFromBody(writer, table, { given, id: old.id });
  call.noted.rows = 1;
  const headers = { 'OData-EntityId': rowUrl(environment, table, stored), ...writeHeaders(table, stored) };
  if (!call.preferences.returnRepresentation) return { status: 204, headers };
  return { status: 200, headers, body: rowBody(environment, call, table, stored) };
};

/** `DELETE /accounts(<key>)`, and what the table's relationships say about the rows that point to it. */
export const deleteRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Delete' });
  const stored = existingRow(environment, call, table, parts.key);
  requireConditions(call, stored);
  removeRow(environment.database, table, stored.id);
  call.noted.rows = 1;
  return { status: 204 };
};

/** @throws WireError 403 when the application may not write. */
export function writable(
  environment: Environment,
  call: Call,
  { set, verb }: { readonly set: string | undefined; readonly verb: 'Create' | 'Write' | 'Delete' },
): TableDefinition {
  const table = tableOfSet(environment, set);
  call.noted.table = table.logicalName;
  allowOptions(call.options, ['$select', '$id']);
  if (!call.application.writes) throw missingPrivilege({ userId: call.application.userId, table, verb });
  return table;
}

export function writerOf(environment: Environment, call: Call): Writer {
  return { environment, userId: call.application.userId };
}

/** The row that a write is about. @throws WireError 404 */
export function existingRow(
  { database }: Environment,
  call: Call,
  table: TableDefinition,
  key: string | undefined,
): StoredRow {
  const { stored, unknown } = addressOf({ database, table, key, values: call.options.values });
  if (stored === undefined) throw unknown;
  return stored;
}

/** A row of an elastic table is one only together with its partition ("Use elastic tables"). */
export function rowUrl(environment: Environment, table: TableDefinition, { id, row }: StoredRow): string {
  const partition = table.kind === 'Elastic' && row.partitionid !== id ? String(row.partitionid ?? id) : null;
  const key =
    partition === null
      ? id
      : `${table.primaryId}=${id},partitionid='${encodeURIComponent(partition.replaceAll("'", "''"))}'`;
  return `${environment.apiUrl}/${table.entitySetName}(${key})`;
}

export function writeHeaders(table: TableDefinition, stored: StoredRow): Readonly<Record<string, string>> {
  return {
    ...etag(stored),
    ...(table.kind === 'Elastic' ? { 'x-ms-session-token': `240:8#${stored.version}#7=-1` } : {}),
  };
}

function created(environment: Environment, call: Call, table: TableDefinition, stored: StoredRow): Answer {
  call.noted.rows = 1;
  const url = rowUrl(environment, table, stored);
  const headers = { 'OData-EntityId': url, Location: url, ...writeHeaders(table, stored) };
  if (!call.preferences.returnRepresentation) return { status: 204, headers };
  return { status: 201, headers, body: rowBody(environment, call, table, stored) };
}

/** A PATCH names the partition of a row in its key or its body; the parameter `partitionId` is ignored there. */
function addressed(
  { database }: Environment,
  call: Call,
  table: TableDefinition,
  { key, given }: { readonly key: string | undefined; readonly given: BodyObject },
): RowAddress {
  const values = new Map(call.options.values);
  values.delete('partitionId');
  if (table.kind === 'Elastic' && typeof given.partitionid === 'string') values.set('partitionId', given.partitionid);
  return addressOf({ database, table, key, values });
}
