import type { SandboxDatabase, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import type { Environment } from './wire.ts';

/** Some rows and where to go on behind them. */
interface OrderedRows {
  readonly rows: readonly StoredRow[];
  /** The place of the last row, opaque text without upper-case letters; null for none. */
  readonly last: string | null;
  readonly more: boolean;
}

interface Span {
  readonly after: string | null;
  readonly limit: number;
}

const scanRows = 2_000;

/** Whether pages follow the ids, as the database keeps its rows. */
export function isStandardOrder({ behaviour }: Environment): boolean {
  return behaviour.pageOrder === 'id' && behaviour.pages === 'keyset';
}

/**
 * Rows after a place, in the order and by the kind of paging that the environment is told to have. Any but the standard one
 * looks through the whole table again after each write: for tables of a test.
 */
export function rowsInOrder(environment: Environment, table: TableDefinition, { after, limit }: Span): OrderedRows {
  const { database, behaviour } = environment;
  if (isStandardOrder(environment)) {
    // One row more than wanted tells whether there is a next slice or page.
    const slice = database.page(table.logicalName, { after, limit: limit + 1 });
    const rows = slice.slice(0, limit);
    return { rows, last: rows.at(-1)?.id ?? null, more: slice.length > limit };
  }
  const keys = keysOf(database, table, behaviour.pageOrder);
  const from = behaviour.pages === 'offset' ? Number(after ?? '0') : firstAfter(keys, after ?? '');
  const taken = keys.slice(from, from + limit);
  const rows = taken.flatMap(key => database.get(table.logicalName, idIn(key)) ?? []);
  const end = from + taken.length;
  const last = taken.at(-1) ?? null;
  return { rows, last: last === null || behaviour.pages === 'keyset' ? last : String(end), more: end < keys.length };
}

interface KeptKeys {
  readonly version: bigint;
  readonly order: string;
  readonly keys: readonly string[];
}

const kept = new WeakMap<SandboxDatabase, Map<string, KeptKeys>>();

/** For whoever changes rows without taking new versions. */
export function forgetOrder(database: SandboxDatabase): void {
  kept.delete(database);
}

/** `2024-01-02t03:04:05z|<id>` for each row, or `|<id>` without a time, sorted; those come last. */
function keysOf(
  database: SandboxDatabase,
  { logicalName }: TableDefinition,
  order: 'id' | 'created',
): readonly string[] {
  const tables = kept.get(database) ?? new Map<string, KeptKeys>();
  kept.set(database, tables);
  const known = tables.get(logicalName);
  const version = database.version();
  if (known?.version === version && known.order === order) return known.keys;
  const keys: string[] = [];
  for (let after: string | null = null; ; ) {
    const rows = database.page(logicalName, { after, limit: scanRows });
    for (const { id, row } of rows) {
      const created = order === 'created' && typeof row.createdon === 'string' ? row.createdon.toLowerCase() : '';
      keys.push(`${created}|${id}`);
    }
    after = rows.at(-1)?.id ?? null;
    if (rows.length < scanRows) break;
  }
  keys.sort();
  tables.set(logicalName, { version, order, keys });
  return keys;
}

function idIn(key: string): string {
  return key.slice(key.indexOf('|') + 1);
}

/** The index of the first key behind a place. */
function firstAfter(keys: readonly string[], place: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
