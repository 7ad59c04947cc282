import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery } from './errors.ts';
import { ExpressionReader } from './filter-parse.ts';
import { bindPath } from './row-path.ts';
import { type RowScope, referenceIn } from './row-scope.ts';
import { compareValues, kindOf, type Value, type ValueKind } from './row-value.ts';
import { isLookup } from './wire-columns.ts';

/** Where a row stands in an order. The id settles what the columns leave open. */
export interface Place {
  readonly keys: readonly (Value | null)[];
  readonly id: string;
}

export interface RowOrder {
  place(stored: StoredRow): Place;
  compare(left: Place, right: Place): number;
  /** The keys as text for a paging cookie, without quotes or spaces. */
  encode(place: Place): string;
  /** @throws WireError 400 for a text of another order */
  decode(text: string, id: string): Place;
}

interface Key {
  readonly kind: ValueKind;
  readonly descending: boolean;
  readonly read: (stored: StoredRow) => Value | null;
}

/**
 * Characters of a text that decide its place. The place of a page's last row goes into the link to the next page, and
 * an address is limited; texts that begin alike for longer are in order of their ids. Ours, nothing says it.
 */
const decidingLength = 200;

/**
 * `$orderby`: columns, `asc` or `desc`. Lookups are in order of the names they show, choices of their numbers (page
 * "Order rows using OData"); empty cells are the lowest, as in the database below. @throws WireError 400
 */
export function rowOrder(scope: RowScope, table: TableDefinition, text: string): RowOrder {
  const keys = keysOf(scope, table, text);
  return {
    place: stored => ({ keys: keys.map(key => key.read(stored)), id: stored.id }),
    compare: (left, right) => comparePlaces(keys, left, right),
    encode: ({ keys: values }) => encodeURIComponent(JSON.stringify(values, (_key, value: unknown) => packed(value))),
    decode: (given, id) => ({ keys: decoded(keys, given), id }),
  };
}

function keysOf(scope: RowScope, table: TableDefinition, text: string): readonly Key[] {
  const reader = new ExpressionReader(text, new Map());
  const keys: Key[] = [];
  do {
    const steps = [reader.name()];
    while (reader.accept('/')) steps.push(reader.name());
    const descending = !reader.acceptName('asc') && reader.acceptName('desc');
    keys.push(keyOf(scope, table, { steps, descending }));
  } while (reader.accept(','));
  reader.end();
  return keys;
}

function keyOf(
  scope: RowScope,
  table: TableDefinition,
  { steps, descending }: { readonly steps: readonly string[]; readonly descending: boolean },
): Key {
  const { type, column, read, holder } = bindPath(scope, table, steps);
  const kind = kindOf(type);
  if (column !== null && isLookup(column)) {
    const { logicalName } = column;
    const hidden = scope.hidesSecured && column.isSecured === true;
    const named = (stored: StoredRow): Value | null => {
      const reference = hidden ? null : referenceIn(holder(stored)?.row[logicalName]);
      return reference === null ? null : (scope.nameOf(reference)?.slice(0, decidingLength) ?? null);
    };
    return { kind: 'text', descending, read: named };
  }
  if (kind === 'other') throw badQuery(`The property '${steps.join('/')}' cannot be ordered by.`);
  if (kind !== 'text') return { kind, descending, read };
  return {
    kind,
    descending,
    read: stored => {
      const value = read(stored);
      return value === null ? null : String(value).slice(0, decidingLength);
    },
  };
}

function comparePlaces(keys: readonly Key[], left: Place, right: Place): number {
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    const [a, b] = [left.keys[index] ?? null, right.keys[index] ?? null];
    if (key === undefined) break;
    const difference =
      a === null || b === null ? Number(a !== null) - Number(b !== null) : compareValues(key.kind, a, b);
    if (difference !== 0) return key.descending ? -difference : difference;
  }
  return left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
}

function packed(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function decoded(keys: readonly Key[], text: string): readonly (Value | null)[] {
  const refusal = badQuery('Malformed XML in the Paging Cookie');
  let values: unknown;
  try {
    values = JSON.parse(decodeURIComponent(text));
  } catch {
    throw refusal;
  }
  if (!Array.isArray(values) || values.length !== keys.length) throw refusal;
  return keys.map((key, index) => {
    const value: unknown = values[index];
    if (value === null) return null;
    const plain = key.kind === 'exact' ? unpacked(value) : value;
    if (plain === null || !suits(key.kind, plain)) throw refusal;
    return plain as Value;
  });
}

function unpacked(value: unknown): Value | null {
  const { digits, scale } = value as { readonly digits?: unknown; readonly scale?: unknown };
  const isExact = typeof digits === 'string' && /^-?\d{1,80}$/.test(digits) && typeof scale === 'number';
  return isExact && scale >= 0 && scale <= 80 ? { digits: BigInt(digits), scale } : null;
}

function suits(kind: ValueKind, value: unknown): boolean {
  switch (kind) {
    case 'text':
    case 'guid':
      return typeof value === 'string';
    case 'double':
    case 'moment':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'exact':
      return true;
    case 'other':
      return false;
  }
}
