import { existingRow, writable, writeHeaders, writerOf } from './data-write.ts';
import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badPayload, unknownSegment } from './errors.ts';
import { navigationEnd } from './navigation-end.ts';
import { requireRead, requireReadOfRow } from './privileges.ts';
import { allowOptions } from './query-options.ts';
import { rowOf, tableOfSet } from './row-address.ts';
import { requireConditions } from './row-conditions.ts';
import { isReference } from './row-defaults.ts';
import { parseBody } from './row-input.ts';
import { updateFromBody } from './row-write.ts';
import { valueEncoder } from './value-json.ts';
import type { Answer, Call, Environment, Handler, PathParts } from './wire.ts';
import { json } from './wire.ts';
import { isLookup, type WireColumn, wireColumns } from './wire-columns.ts';

/** `GET /accounts(<key>)/name`: its value, or 204 when it is empty ("Retrieve a table row using the Web API"). */
export const readProperty: Handler = (environment, call, parts) => {
  const { table, stored } = readable(environment, call, parts);
  const { column, property } = propertyOf(table, parts.property);
  const shown = column.isSecured !== true || call.application.readsSecuredColumns;
  const cell = stored.row[column.logicalName] ?? null;
  if (cell === null || !shown) return { status: 204 };
  const value = valueEncoder(column, { ieee754: call.ieee754 })(cell);
  if (parts.raw !== undefined) return rawValue(value);
  const context = `${environment.apiUrl}/$metadata#${table.entitySetName}(${stored.id})/${property}`;
  return { status: 200, body: `{"@odata.context":${JSON.stringify(context)},"value":${value}}` };
};

/** `GET /accounts(<key>)/primarycontactid/$ref`: the address of the row a lookup points to. */
export const readReference: Handler = (environment, call, parts) => {
  const { table, stored } = readable(environment, call, parts);
  const end = navigationEnd(environment.database, table, parts.property ?? '');
  if (end?.kind !== 'single') throw unknownSegment(end === null ? (parts.property ?? '') : '$ref');
  const cell = stored.row[end.column.logicalName];
  const target = isReference(cell) && end.targets.includes(cell.table) ? cell : null;
  const set = target === null ? undefined : environment.database.table(target.table)?.entitySetName;
  if (target === null || set === undefined) return { status: 204 };
  const context = `${environment.apiUrl}/$metadata#$ref`;
  return json({ '@odata.context': context, '@odata.id': `${environment.apiUrl}/${set}(${target.id})` });
};

/** `PUT /accounts(<key>)/name` with `{"value": ...}`. */
export const writeProperty: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const given = parseBody(call.body, table);
  if (!('value' in given)) throw badPayload({ set: table.entitySetName, reason: "The body has no 'value'." });
  return changed(environment, call, parts, { table, value: given.value });
};

/** `DELETE /accounts(<key>)/name`: empties it. */
export const clearProperty: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  return changed(environment, call, parts, { table, value: null });
};

function changed(
  environment: Environment,
  call: Call,
  parts: PathParts,
  { table, value }: { readonly table: TableDefinition; readonly value: unknown },
): Answer {
  const { column } = propertyOf(table, parts.property);
  if (isLookup(column) || !column.isValidForUpdate) {
    const reason = `The property '${parts.property}' cannot be set by itself.`;
    throw badPayload({ set: table.entitySetName, reason });
  }
  const old = existingRow(environment, call, table, parts.key);
  requireConditions(call, old);
  const given = { [column.logicalName]: value };
  const stored = updateFromBody(writerOf(environment, call), table, { given, id: old.id });
  call.noted.rows = 1;
  return { status: 204, headers: writeHeaders(table, stored) };
}

function readable(
  environment: Environment,
  call: Call,
  parts: PathParts,
): { readonly table: TableDefinition; readonly stored: StoredRow } {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  allowOptions(call.options, []);
  requireRead(environment, call, table);
  const { stored, unknown } = rowOf(environment, call, table, parts.key);
  if (stored === undefined) throw unknown;
  requireReadOfRow(environment, call, table, stored);
  call.noted.rows = 1;
  return { table, stored };
}

function propertyOf(table: TableDefinition, name: string | undefined): WireColumn {
  const found = wireColumns(table).find(one => one.property === name);
  if (found === undefined) throw unknownSegment(name ?? '');
  return found;
}

function rawValue(json: string): Answer {
  const body = json.startsWith('"') ? String(JSON.parse(json)) : json;
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
}
