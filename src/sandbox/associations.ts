import { existingRow, writable, writerOf } from './data-write.ts';
import type { TableDefinition } from './definition.ts';
import { badPayload, badQuery, unknownRow, unknownSegment } from './errors.ts';
import { navigationEnd } from './navigation-end.ts';
import { idOfRow } from './row-address.ts';
import { requireConditions } from './row-conditions.ts';
import { referenceOf } from './row-input.ts';
import { addLink, findLink } from './row-links.ts';
import { changeRow } from './row-write.ts';
import type { Handler } from './wire.ts';

/** `POST /accounts(<key>)/<navigation>/$ref` with `@odata.id`; `PUT` for a single-valued one. */
export const associate: Handler = (environment, call, parts) => {
  const { database } = environment;
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const stored = existingRow(environment, call, table, parts.key);
  requireConditions(call, stored);
  const { id } = stored;
  const end = navigationEnd(database, table, parts.navigation ?? '');
  if (end === null) throw unknownSegment(parts.navigation ?? '');
  const targets = end.kind === 'single' ? end.targets : [end.table.logicalName];
  const other = referenceOf({ database, set: table.entitySetName, value: linkOf(call.body, table), targets });
  const writer = writerOf(environment, call);
  if (end.kind === 'single') {
    changeRow(writer, table, { id, cells: { [end.column.logicalName]: other } });
  } else if (end.kind === 'collection') {
    const cells = { [end.column]: { table: table.logicalName, id } };
    changeRow(writer, end.table, { id: other.id, cells });
  } else {
    addLink(environment, end, { own: id, other: other.id });
  }
  return { status: 204 };
};

/** `DELETE /accounts(<key>)/<navigation>(<other>)/$ref`, or with `?$id=<url of the other>`. */
export const disassociate: Handler = (environment, call, parts) => {
  const { database } = environment;
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const stored = existingRow(environment, call, table, parts.key);
  requireConditions(call, stored);
  const { id } = stored;
  const writer = writerOf(environment, call);
  const end = navigationEnd(database, table, parts.navigation ?? '');
  if (end === null) throw unknownSegment(parts.navigation ?? '');
  if (end.kind === 'single') {
    changeRow(writer, table, { id, cells: { [end.column.logicalName]: null } });
    return { status: 204 };
  }
  const named = parts.other ?? /\(([^()]*)\)$/.exec(call.options.values.get('$id') ?? '')?.[1];
  if (named === undefined) throw badQuery('The other row is not named.');
  const other = idOfRow({ database, table: end.table, key: named });
  if (end.kind === 'collection') {
    changeRow(writer, end.table, { id: other, cells: { [end.column]: null } });
    return { status: 204 };
  }
  const link = findLink(database, end, { own: id, other });
  if (link === undefined) throw unknownRow({ table: end.intersect.logicalName, id: other });
  database.remove(end.intersect.logicalName, link.id);
  return { status: 204 };
};

function linkOf(body: string, table: TableDefinition): unknown {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && '@odata.id' in value) return value['@odata.id'];
  } catch {
    // The refusal below says it.
  }
  throw badPayload({ set: table.entitySetName, reason: "The body has no '@odata.id'." });
}
