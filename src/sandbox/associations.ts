import { linkedId, writable } from './data-write.ts';
import type { SandboxDatabase, StoredRow } from './database.ts';
import type { RelationshipDefinition, TableDefinition } from './definition.ts';
import { badPayload, badQuery, unknownRow, unknownSegment, WireError } from './errors.ts';
import { keyOf } from './row-address.ts';
import { referenceOf } from './row-input.ts';
import type { Handler } from './wire.ts';
import { navigations } from './wire-columns.ts';

type End =
  | {
      readonly kind: 'many';
      readonly intersect: TableDefinition;
      readonly own: string;
      readonly other: string;
      readonly target: string;
    }
  | { readonly kind: 'collection'; readonly table: string; readonly column: string }
  | { readonly kind: 'single'; readonly column: string; readonly targets: readonly string[] };

/** `POST /accounts(<id>)/<navigation>/$ref` with `@odata.id`; `PUT` for a single-valued one. */
export const associate: Handler = (environment, call, parts) => {
  const { database } = environment;
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const id = existing(database, table, parts.key);
  const end = endOf(database, table, parts.navigation ?? '');
  const targets = end.kind === 'many' ? [end.target] : end.kind === 'collection' ? [end.table] : end.targets;
  const other = referenceOf({ database, set: table.entitySetName, value: linkOf(call.body, table), targets });
  if (end.kind === 'single') {
    database.patch(table.logicalName, id, { [end.column]: other });
  } else if (end.kind === 'collection') {
    database.patch(end.table, other.id, { [end.column]: { table: table.logicalName, id } });
  } else {
    if (findLink(database, end, { own: id, other: other.id }) !== undefined) {
      throw new WireError({ status: 412, code: '0x80040237', message: 'Cannot insert duplicate key.' });
    }
    const row = { [end.intersect.primaryId]: environment.newId(), [end.own]: id, [end.other]: other.id };
    database.put(end.intersect.logicalName, [row]);
  }
  return { status: 204 };
};

/** `DELETE /accounts(<id>)/<navigation>(<other>)/$ref`, or with `?$id=<url of the other>`. */
export const disassociate: Handler = (environment, call, parts) => {
  const { database } = environment;
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const id = existing(database, table, parts.key);
  const end = endOf(database, table, parts.navigation ?? '');
  if (end.kind === 'single') {
    database.patch(table.logicalName, id, { [end.column]: null });
    return { status: 204 };
  }
  const named = parts.other ?? /\(([^()]*)\)$/.exec(call.options.values.get('$id') ?? '')?.[1];
  if (named === undefined) throw badQuery('The other row is not named.');
  const target = database.table(end.kind === 'many' ? end.target : end.table);
  if (target === undefined) throw unknownSegment(parts.navigation ?? '');
  const other = keyOf(named, target);
  if (end.kind === 'collection') {
    database.patch(end.table, other, { [end.column]: null });
    return { status: 204 };
  }
  const link = findLink(database, end, { own: id, other });
  if (link === undefined) throw unknownRow({ table: end.intersect.logicalName, id: other });
  database.remove(end.intersect.logicalName, link.id);
  return { status: 204 };
};

function endOf(database: SandboxDatabase, table: TableDefinition, navigation: string): End {
  const relationships = database.relationships();
  for (const one of relationships) {
    const end = endOfRelationship(database, table, one, navigation);
    if (end !== null) return end;
  }
  const single = navigations(table, relationships).get(navigation);
  if (single === undefined) throw unknownSegment(navigation);
  return { kind: 'single', column: single.column.logicalName, targets: single.targets };
}

function endOfRelationship(
  database: SandboxDatabase,
  table: TableDefinition,
  one: RelationshipDefinition,
  navigation: string,
): End | null {
  const first = one.table1 === table.logicalName && one.navigation1 === navigation;
  const second = one.table2 === table.logicalName && one.navigation2 === navigation;
  if (one.kind === 'OneToMany') return first ? { kind: 'collection', table: one.table2, column: one.column2 } : null;
  const intersect = database.table(one.intersectTable ?? '');
  if (intersect === undefined || (!first && !second)) return null;
  return first
    ? { kind: 'many', intersect, own: one.column1, other: one.column2, target: one.table2 }
    : { kind: 'many', intersect, own: one.column2, other: one.column1, target: one.table1 };
}

function findLink(
  database: SandboxDatabase,
  end: Extract<End, { kind: 'many' }>,
  { own, other }: { readonly own: string; readonly other: string },
): StoredRow | undefined {
  let after: string | null = null;
  for (;;) {
    const rows: StoredRow[] = database.page(end.intersect.logicalName, { after, limit: 5_000 });
    const found = rows.find(({ row }) => linkedId(row[end.own]) === own && linkedId(row[end.other]) === other);
    if (found !== undefined || rows.length < 5_000) return found;
    after = rows.at(-1)?.id ?? null;
  }
}

function existing(database: SandboxDatabase, table: TableDefinition, key: string | undefined): string {
  const id = keyOf(key, table);
  if (database.get(table.logicalName, id) === undefined) throw unknownRow({ table: table.logicalName, id });
  return id;
}

function linkOf(body: string, table: TableDefinition): unknown {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && '@odata.id' in value) return value['@odata.id'];
  } catch {
    // The refusal below says it.
  }
  throw badPayload({ set: table.entitySetName, reason: "The body has no '@odata.id'." });
}
