import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import type { Engine } from '../src/batch/duckdb.ts';
import { localFile } from '../src/batch/local-file.ts';
import { ident, literal, PARQUET_OPTIONS } from '../src/batch/sql.ts';
import type { ByteStore } from '../src/core/bytestore.ts';
import type { ImagePartition, TableState } from '../src/core/commit.ts';
import { TableLog } from '../src/core/commit-log.ts';
import { writeLinkFile } from '../src/core/link-file.ts';
import { parseLinkName, parseTableName } from '../src/core/names.ts';
import { type Column, type LakeColumn, lakeColumns, type TableShape } from '../src/core/shape.ts';
import { openFolderStore } from '../src/store/folder-store.ts';
import { countingIds, shapeOf } from '../test/kit/batch-fixtures.ts';

/** A column with the SQL of its value, of `n`, the row's number, and `changed`, whether the row was changed since. */
export interface MadeColumn {
  readonly column: Column;
  readonly sql: string;
  /** Of the column beside a lookup. */
  readonly entityType?: string;
}

/** A table made by hand: its rows are spread evenly over months from 2020 on, and numbered in that order. */
export interface MadeTable {
  readonly name: string;
  readonly primaryId: string;
  readonly rows: number;
  readonly months: number;
  readonly columns: readonly MadeColumn[];
}

export interface MadeLake {
  readonly path: string;
  /** Bytes of a table's image. */
  readonly imageBytes: ReadonlyMap<string, number>;
  /** Commits `count` changes of each table in `batches` batches, one in 50 of them a delete. Once. */
  change(changes: Changes): Promise<void>;
}

export interface Changes {
  readonly count: number;
  readonly batches: number;
}

const { signal } = new AbortController();

/** SQL of an id: in no order, as those of an environment. */
export function idSql(table: string, n: string): string {
  return `md5(${literal(table)} || (${n})::VARCHAR)::UUID`;
}

/** SQL of when a row was made: its month, and a second within its first 28 days. */
export function createdSql({ rows, months }: Pick<MadeTable, 'rows' | 'months'>): string {
  const month = `to_months((n // ${perMonth({ rows, months })})::INTEGER)`;
  return `TIMESTAMPTZ '2020-01-01 00:00:00+00' + ${month} + to_seconds((n * 7919) % 2419200)`;
}

export function shapeOfMade({ name, primaryId, columns }: MadeTable): TableShape {
  const [key, ...others] = shapeOf(columns.map(({ column }) => column)).columns;
  if (key === undefined) throw new Error('a shape has its id');
  return shapeOf([], {
    table: parseTableName(name),
    displayName: name,
    entitySetName: `${name}s`,
    primaryId,
    columns: [{ ...key, name: primaryId, property: primaryId }, ...others],
  });
}

/** Makes a lake of these tables, each an image cut by month without pending batches. */
export async function makeLake({
  folder,
  engine,
  tables,
}: {
  readonly folder: string;
  readonly engine: Engine;
  readonly tables: readonly MadeTable[];
}): Promise<MadeLake> {
  const path = join(folder, 'lake');
  const workshop = join(folder, 'made');
  for (const one of [path, workshop]) await mkdir(one, { recursive: true });
  const store = await openFolderStore({ root: path, newId: countingIds(), clock: systemClock });
  const imageBytes = new Map<string, number>();
  const makers: TableMaker[] = [];
  for (const table of tables) {
    const maker = new TableMaker({ table, engine, store, workshop });
    imageBytes.set(table.name, await maker.makeImage());
    makers.push(maker);
  }
  await writeLinkFile(
    store,
    {
      format: 1,
      revision: 1,
      linkId: 'bench',
      name: parseLinkName('bench'),
      environmentUrl: 'https://example.crm.dynamics.com',
      organizationId: 'bench',
      tables: tables.map(({ name }) => parseTableName(name)),
      partitionStrategy: 'month',
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    signal,
  );
  return {
    path,
    imageBytes,
    change: async changes => {
      for (const maker of makers) await maker.change(changes);
    },
  };
}

/** The table's rows as one plain Parquet file with row groups as the lake's; after the changes where they are given. */
export async function makePlain({
  path,
  engine,
  table,
  changes,
}: {
  readonly path: string;
  readonly engine: Engine;
  readonly table: MadeTable;
  readonly changes: Changes | null;
}): Promise<void> {
  const isChanged = changes === null ? 'false' : changedSql(table, changes);
  const rows = `(SELECT n, ${isChanged} AS changed FROM range(${table.rows}) r(n))`;
  const isDeleted = changes === null ? 'false' : `changed AND ${deletedSql(table, changes)}`;
  const sql = `SELECT ${valuesSql(table, 'n + 1')} FROM ${rows} WHERE NOT (${isDeleted})`;
  // The engine keeps no order unless asked.
  await engine.session(session =>
    session.runAll(
      `SET preserve_insertion_order = true; COPY (${sql}) TO ${literal(path)} (${PARQUET_OPTIONS}); SET preserve_insertion_order = false`,
    ),
  );
}

class TableMaker {
  readonly #parts: {
    readonly table: MadeTable;
    readonly engine: Engine;
    readonly store: ByteStore;
    readonly workshop: string;
  };
  readonly #log: TableLog;
  #state: TableState | null = null;

  constructor(parts: {
    readonly table: MadeTable;
    readonly engine: Engine;
    readonly store: ByteStore;
    readonly workshop: string;
  }) {
    this.#parts = parts;
    const { store, table } = parts;
    let nonces = 0;
    const newNonce = () => `${table.name.replaceAll('_', '-')}-nonce-${++nonces}`;
    this.#log = new TableLog({ store, table: parseTableName(table.name), clock: systemClock, newNonce });
  }

  async makeImage(): Promise<number> {
    const { table } = this.#parts;
    const log = this.#log;
    let { state } = await log.commit(await log.load(signal), { kind: 'mode', partitionStrategy: 'month' }, { signal });
    ({ state } = await log.commit(state, { kind: 'shape', shape: shapeOfMade(table) }, { signal }));
    ({ state } = await log.commit(state, this.#rowsEntry(state, { batch: null, highWater: table.rows }), { signal }));
    const partitions = await this.#partitions();
    ({ state } = await log.commit(
      state,
      { kind: 'fold', through: state.tail, partitions, rowCount: table.rows },
      { signal },
    ));
    this.#state = state;
    return partitions.reduce((bytes, { file }) => bytes + file.bytes, 0);
  }

  async change(changes: Changes): Promise<void> {
    const { table } = this.#parts;
    if (this.#state === null) throw new Error('there is no image yet');
    const each = Math.ceil(changes.count / changes.batches);
    for (let at = 0; at < changes.batches; at += 1) {
      const [from, to] = [at * each, Math.min(changes.count, (at + 1) * each)];
      const source = `(SELECT k * ${stepOf(table, changes)} AS n, true AS changed FROM range(${from}, ${to}) r(k))`;
      const version = `n + ${table.rows + 1}`;
      const path = join(this.#parts.workshop, `${table.name}-${at}.parquet`);
      const system = `(${version})::BIGINT AS __version, 0::INTEGER AS __epoch, ${deletedSql(table, changes)} AS __deleted`;
      const file = await this.#put('batch', {
        path,
        rows: to - from,
        sql: `SELECT ${valuesSql(table, version)}, ${system} FROM ${source}`,
      });
      const highWater = 2 * table.rows + at;
      const entry = this.#rowsEntry(this.#state, { batch: { ...file, deletes: 0 }, highWater });
      ({ state: this.#state } = await this.#log.commit(this.#state, entry, { signal }));
    }
  }

  #rowsEntry(
    state: TableState,
    { batch, highWater }: { readonly batch: TableState['pending'][number]['batch'] | null; readonly highWater: number },
  ) {
    return {
      kind: 'rows',
      batch,
      prevCursor: state.cursor,
      nextCursor: { at: 'running', delta: `d${highWater}`, next: null },
      highWater: String(highWater),
      sinkAt: new Date().toISOString(),
      repaired: 0,
      quarantined: [],
    } as const;
  }

  async #partitions(): Promise<ImagePartition[]> {
    const { table, workshop } = this.#parts;
    const partitions: ImagePartition[] = [];
    for (let month = 0; month < table.months; month += 1) {
      const [from, to] = [month * perMonth(table), Math.min(table.rows, (month + 1) * perMonth(table))];
      const path = join(workshop, `${table.name}-image.parquet`);
      const source = `(SELECT n, false AS changed FROM range(${from}, ${to}) r(n))`;
      const sql = `SELECT ${valuesSql(table, 'n + 1')}, (n + 1)::BIGINT AS __version, 0::INTEGER AS __epoch FROM ${source}`;
      const file = await this.#put('image', { path, rows: to - from, sql });
      const name = `${2020 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
      partitions.push({ name, changedAt: 4, file });
    }
    return partitions;
  }

  async #put(
    kind: 'image' | 'batch',
    { path, rows, sql }: { readonly path: string; readonly rows: number; readonly sql: string },
  ) {
    const { engine } = this.#parts;
    await engine.session(session => session.runAll(`COPY (${sql}) TO ${literal(path)} (${PARQUET_OPTIONS})`));
    const file = await this.#log.putData({ kind, file: await localFile({ path, rows, signal }), signal });
    await rm(path, { force: true });
    return file;
  }
}

/** The lake columns of a table's row. */
function valuesSql(table: MadeTable, version: string): string {
  const shape = shapeOfMade(table);
  return lakeColumns(shape)
    .map(column => `CAST(${valueSql(table, column, version)} AS ${column.sqlType}) AS ${ident(column.name)}`)
    .join(', ');
}

function valueSql(table: MadeTable, { role, source }: LakeColumn, version: string): string {
  if (role === 'id') return idSql(table.name, 'n');
  if (role === 'sink') return `TIMESTAMP '2024-01-01 00:00:00'`;
  if (source?.name === table.primaryId) return idSql(table.name, 'n');
  if (source?.name === 'versionnumber') return version;
  const made = table.columns.find(({ column }) => column.name === source?.name);
  return (role === 'target-type' ? made?.entityType : made?.sql) ?? 'NULL';
}

function perMonth({ rows, months }: Pick<MadeTable, 'rows' | 'months'>): number {
  return Math.ceil(rows / months);
}

function stepOf({ rows }: MadeTable, { count }: Changes): number {
  return Math.floor(rows / count);
}

function changedSql(table: MadeTable, changes: Changes): string {
  const step = stepOf(table, changes);
  return `(n % ${step} = 0 AND n < ${step * changes.count})`;
}

function deletedSql(table: MadeTable, changes: Changes): string {
  return `((n // ${stepOf(table, changes)}) % 50 = 7)`;
}
