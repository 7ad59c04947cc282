import { type KeyValues, requireKey, rowByKeyValues } from './alternate-keys.ts';
import type { Row, SandboxDatabase, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, unknownRow, unknownSegment, WireError } from './errors.ts';
import { refuseVirtual } from './table-kinds.ts';
import type { Call, Environment } from './wire.ts';

/** @throws WireError 404 for a set that is none, 400 for one of a virtual table; names are case sensitive. */
export function tableOfSet(environment: Environment, set: string | undefined): TableDefinition {
  const table = environment.database.tableBySet(set ?? '');
  if (table === undefined) throw unknownSegment(set ?? '');
  refuseVirtual(table);
  return table;
}

/** What the parentheses behind a set name, and the row it leads to, if there is one. */
export interface RowAddress {
  /** Null when an alternate key leads to no row. */
  readonly id: string | null;
  readonly stored: StoredRow | undefined;
  /** What a row made under this address has: its id, or the values of the key. */
  readonly cells: Row;
  /** What to answer when there is no row. */
  readonly unknown: WireError;
}

interface Addressed {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  /** What stands in the parentheses: a GUID, `accountid=<guid>` or the values of an alternate key. */
  readonly key: string | undefined;
  /** For `@name` in place of a value, and for `partitionId`. */
  readonly values?: ReadonlyMap<string, string>;
}

/** @throws WireError 400 for a text that is no key of the table. */
export function addressOf({ database, table, key = '', values = new Map() }: Addressed): RowAddress {
  const pairs = pairsOf(key, values);
  const partition = values.get('partitionId')?.replace(/^'(.*)'$/s, '$1');
  const single = pairs.length === 1 ? pairs[0] : undefined;
  if (single !== undefined && (single.name === null || single.name === table.primaryId)) {
    const id = guid(single.value);
    const stored = database.get(table.logicalName, id);
    const cells: Row = { [table.primaryId]: id };
    return {
      id,
      stored: inPartition(table, stored, partition ?? null),
      cells,
      unknown: unknownRow({ table: table.logicalName, id }),
    };
  }
  const named: KeyValues = new Map(pairs.map(({ name, value }) => [name ?? '', value]));
  const cells = requireKey({ database, table, named });
  const stored = rowByKeyValues({ database, table, cells });
  return { id: stored?.id ?? idIn(cells, table), stored, cells, unknown: unknownKey(table) };
}

/** The id of a row that is there. @throws WireError 404 when it is not */
export function idOfRow(addressed: Addressed): string {
  const { stored, unknown } = addressOf(addressed);
  if (stored === undefined) throw unknown;
  return stored.id;
}

/** The same for the parts of a request. */
export function rowOf(
  { database }: Environment,
  call: Call,
  table: TableDefinition,
  key: string | undefined,
): RowAddress {
  return addressOf({ database, table, key, values: call.options.values });
}

/** A GUID from the parentheses of a path, or `accountid=<guid>`. @throws WireError 400 */
export function keyOf(text: string | undefined, table: TableDefinition): string {
  return guid((text ?? '').replace(new RegExp(`^${table.primaryId}=`), ''));
}

function guid(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw badQuery('Bad Request - Error in query syntax.');
  }
  return text.toLowerCase();
}

/**
 * A row of an elastic table that was put into a partition is found by its id only together with it ("Use elastic
 * tables"); without one of its own, a row's partition is named like the row.
 */
function inPartition(
  table: TableDefinition,
  stored: StoredRow | undefined,
  partition: string | null,
): StoredRow | undefined {
  if (table.kind !== 'Elastic' || stored === undefined) return stored;
  return (stored.row.partitionid ?? stored.id) === (partition ?? stored.id) ? stored : undefined;
}

function idIn(cells: Row, table: TableDefinition): string | null {
  const id = cells[table.primaryId];
  return typeof id === 'string' ? id : null;
}

interface Pair {
  readonly name: string | null;
  /** As written, quotes and all. */
  readonly value: string;
}

function pairsOf(text: string, values: ReadonlyMap<string, string>): readonly Pair[] {
  const pairs: Pair[] = [];
  const pattern = /\s*(?:(\w+)\s*=\s*)?('(?:[^']|'')*'|@\w+|[^',@=]+?)\s*(?:,|$)/gy;
  for (let place = 0; place < text.length; place = pattern.lastIndex) {
    pattern.lastIndex = place;
    const match = pattern.exec(text);
    if (match === null) throw badQuery('Bad Request - Error in query syntax.');
    const [, name = null, value = ''] = match;
    const alias = value.startsWith('@') ? values.get(value) : value;
    if (alias === undefined) throw badQuery(`The parameter alias '${value}' has no value.`);
    pairs.push({ name, value: alias });
  }
  if (pairs.length === 0 || (pairs.length > 1 && pairs.some(({ name }) => name === null))) {
    throw badQuery('Bad Request - Error in query syntax.');
  }
  return pairs;
}

function unknownKey(table: TableDefinition): WireError {
  return new WireError({
    status: 404,
    code: '0x80060891',
    message: `A record with the specified key values does not exist in ${table.logicalName} entity`,
  });
}
