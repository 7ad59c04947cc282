import type { Engine, Json, Session } from '../batch/duckdb.ts';
import { ident } from '../batch/sql.ts';
import { csvColumns } from '../cdm/partition-csv.ts';
import { rowsOf } from '../cdm/snapshot-model.ts';
import { snapshotRowsSql } from '../cdm/snapshot-rows.ts';
import type { ByteStore } from '../core/bytestore.ts';
import type { Snapshot, TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { PublishedTable } from '../core/replica.ts';
import type { TableShape } from '../core/shape.ts';
import { liveRowsSql } from './relations/table-rows.ts';
import { checkQuery } from './sql-check.ts';
import { bracketable, inBrackets, parseQuery } from './sql-tree.ts';

export interface ResultColumn {
  /** Unique in a result: the second `name` of a join is `name_1`. */
  readonly name: string;
  /** In the engine's words, for example `DECIMAL(38,4)`. */
  readonly type: string;
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  /** Whole numbers up to 32 bits, doubles and booleans as such; wider numbers, decimals, GUIDs, dates and times as exact text. */
  readonly rows: readonly (readonly Json[])[];
  /** A result is whole or it is a fault. */
  readonly truncated: false;
  /** What was read: each table's commit, and whether its initial sync was complete. */
  readonly tables: readonly ReadTable[];
}

export interface ReadTable {
  readonly table: string;
  readonly sequence: number;
  readonly initialSyncCompleted: boolean;
}

export interface QueryOptions {
  readonly signal: AbortSignal;
  /** A result with more rows is refused; by default the workspace's limit. */
  readonly rowsMax?: number;
}

/** SQL over a lake: near real-time tables by their names, the newest snapshot of each as `<table>_partitioned`. */
export interface Workspace {
  /**
   * Runs one query that reads. Each table is one commit for the query's whole life: its image with the batches that are
   * not folded in yet, or its newest snapshot. Throws `input/sql` for what cannot be run here, with the engine's words where it has some.
   */
  query(sql: string, options: QueryOptions): Promise<QueryResult>;
}

/** A table as it is committed, or why that cannot be read: a query that does not use it runs all the same (I-8). */
export type LakeTable = PublishedTable | { readonly table: TableName; readonly unreadable: Fault };

export interface WorkspaceParts {
  readonly engine: Engine;
  readonly store: ByteStore;
  /** The lake's tables as they are committed now. */
  readonly tables: () => Promise<readonly LakeTable[]>;
  readonly limits?: { readonly rowsMax: number };
}

/** Rows of a result that are held in memory when nothing else is said. */
const ROWS_MAX = 1_000_000;

export function openWorkspace(parts: WorkspaceParts): Workspace {
  return { query: (sql, options) => runQuery(parts, { sql, ...options }) };
}

interface DefinedTable {
  readonly state: TableState;
  readonly shape: TableShape;
  /** Of a snapshot table: what it shows; null: the near real-time table. */
  readonly snapshot: Snapshot | null;
}

/** How the original names the read-only copy of a table. */
const SNAPSHOT_SUFFIX = '_partitioned';

async function runQuery(
  { engine, store, tables, limits }: WorkspaceParts,
  { sql, signal, rowsMax = limits?.rowsMax ?? ROWS_MAX }: QueryOptions & { readonly sql: string },
): Promise<QueryResult> {
  const all = await tables();
  const lake = new Map(all.flatMap(definedTable));
  // A table of its own may have a name that ends so; it stands before the snapshot of another.
  for (const one of all) for (const [name, table] of definedTable(one).slice(0, 1)) lake.set(name, table);
  return engine.session(async session => {
    const node = await parseQuery(session, sql);
    const checked = checkQuery(node, [...lake.keys()]);
    if (checked.is === 'show-tables') return tableList(lake);
    const body = await bracketable(session, { sql, node });
    const used = checked.tables.flatMap((name): [string, DefinedTable][] => {
      const table = lake.get(name);
      if (table instanceof Fault) throw table;
      return table === undefined ? [] : [[name, table]];
    });
    const relations: string[] = [];
    for (const [name, table] of used)
      relations.push(`${ident(name)} AS NOT MATERIALIZED (${await tableSql({ store, session }, table, signal)})`);
    const names = relations.length === 0 ? '' : `WITH ${relations.join(', ')} `;
    const result = await collect(session, { sql: `${names}${inBrackets(body)} LIMIT ${rowsMax + 1}`, rowsMax });
    return { ...result, truncated: false, tables: used.map(([name, table]) => readTable(name, table)) };
  }, signal);
}

function definedTable(one: LakeTable): [string, DefinedTable | Fault][] {
  if ('unreadable' in one) return [[one.table, one.unreadable]];
  const { table, state } = one;
  if (state.shape === null) return [];
  const defined = { state, shape: state.shape };
  const [newest] = state.snapshots;
  const snapshot: [string, DefinedTable][] =
    newest === undefined ? [] : [[`${table}${SNAPSHOT_SUFFIX}`, { ...defined, snapshot: newest }]];
  return [[table, { ...defined, snapshot: null }], ...snapshot];
}

/** SQL of a table's live rows without our own columns, or of its snapshot's rows. */
async function tableSql(
  { store, session }: { readonly store: ByteStore; readonly session: Session },
  { state, shape, snapshot }: DefinedTable,
  signal: AbortSignal,
): Promise<string> {
  if (snapshot !== null) {
    const files = await Promise.all(
      snapshot.files.map(async ({ path, bytes }) => ({ path: await store.localFile(path, signal), bytes })),
    );
    return snapshotRowsSql({ shape, rows: rowsOf(snapshot), files });
  }
  return liveRowsSql({ store, session }, { state, shape }, { signal });
}

async function collect(
  session: Session,
  { sql, rowsMax }: { readonly sql: string; readonly rowsMax: number },
): Promise<Pick<QueryResult, 'columns' | 'rows'>> {
  try {
    const result = await session.runRows(sql);
    const columns = result.names.map((name, index) => ({ name, type: result.types[index] ?? '' }));
    const rows: (readonly Json[])[] = [];
    for await (const chunk of result.rows()) rows.push(...chunk);
    if (rows.length > rowsMax) {
      throw new Fault('input/sql', { reason: `the result has more than ${rowsMax} rows; add a LIMIT or a WHERE` });
    }
    return { columns, rows };
  } catch (failure) {
    throw queryFault(failure);
  }
}

/**
 * A failure that the query's author can mend, in the engine's words. Words of a failed computation may quote a row's
 * value, which must not enter an error's text, so only their kind is said.
 */
function queryFault(failure: unknown): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'batch/engine' || !(failure.cause instanceof Error))
    return failure;
  const [first = ''] = failure.cause.message.split('\n\nLINE ');
  const kind = /^(Parser|Binder|Catalog|Conversion|Invalid Input|Out of Range|Not implemented|Syntax) Error: /.exec(
    first,
  );
  if (kind === null) return failure;
  const isOfText = kind[1] === 'Parser' || kind[1] === 'Binder' || kind[1] === 'Catalog' || kind[1] === 'Syntax';
  const reason = isOfText
    ? first.slice(kind[0].length)
    : `${kind[1]}: a value does not fit; TRY_CAST gives null instead`;
  return new Fault('input/sql', { reason }, { cause: failure.cause });
}

function tableList(lake: ReadonlyMap<string, DefinedTable | Fault>): QueryResult {
  const tables = [...lake].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    columns: [
      { name: 'table', type: 'VARCHAR' },
      { name: 'columns', type: 'INTEGER' },
      { name: 'initial_sync', type: 'VARCHAR' },
    ],
    rows: tables.map(([name, table]) => {
      if (table instanceof Fault) return [name, null, 'Unreadable'];
      const { shape, state, snapshot } = table;
      const columns = csvColumns(shape, snapshot === null ? 'live' : rowsOf(snapshot));
      return [name, columns.length, state.initialSyncCompletedAt === null ? 'InProgress' : 'Completed'];
    }),
    truncated: false,
    tables: tables.flatMap(([name, table]) => (table instanceof Fault ? [] : [readTable(name, table)])),
  };
}

function readTable(table: string, { state, snapshot }: DefinedTable): ReadTable {
  const sequence = snapshot?.sequence ?? state.tail;
  return { table, sequence, initialSyncCompleted: state.initialSyncCompletedAt !== null };
}
