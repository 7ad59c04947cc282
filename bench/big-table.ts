import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import { openBatcher } from '../src/batch/batcher.ts';
import { openEngine } from '../src/batch/duckdb.ts';
import { localFile } from '../src/batch/local-file.ts';
import { openSpool } from '../src/batch/spool.ts';
import { ident, literal, PARQUET_OPTIONS } from '../src/batch/sql.ts';
import { partitionCsvSql } from '../src/cdm/partition-csv.ts';
import { openCdmReplica } from '../src/cdm/replica.ts';
import { openSnapshotWriter } from '../src/cdm/snapshots.ts';
import type { ByteStore } from '../src/core/bytestore.ts';
import type { ImagePartition, TableState } from '../src/core/commit.ts';
import { TableLog } from '../src/core/commit-log.ts';
import { parseLinkName } from '../src/core/names.ts';
import { lakeColumns } from '../src/core/shape.ts';
import { foldTable } from '../src/engine/fold-table.ts';
import { Gate } from '../src/engine/gate.ts';
import { commitPage } from '../src/engine/page-commit.ts';
import { ReadQueue } from '../src/engine/read-queue.ts';
import { CommittedTable, type TableParts } from '../src/engine/table-parts.ts';
import { TableUpkeep } from '../src/engine/table-upkeep.ts';
import { takeSnapshot } from '../src/engine/take-snapshot.ts';
import { openFolderStore } from '../src/store/folder-store.ts';
import { answer, column, countingIds, inPieces, pageKey, shapeOf } from '../test/kit/batch-fixtures.ts';
import { type FixedLake, openFixedLake } from '../test/kit/fixed-lake.ts';

/**
 * What a change costs in a big table, beside the same in a small one and beside the engine alone: from page to commit,
 * the query of one id, the rewriting of one month's CSV, a snapshot after it. Tables of 120 monthly partitions, made by
 * hand; rows of the big one: `node … 10000000`.
 */
const SMALL_ROWS = 100_000;
const MONTHS = 120;
const CHANGES = 1_000;
const ROUNDS = 5;
const signal = new AbortController().signal;
const shape = shapeOf([
  column('name', 'string'),
  column('description', 'memo'),
  column('statecode', 'state'),
  column('industrycode', 'choice'),
  column('ownerid', 'owner'),
  column('revenue', 'money', { precision: 4 }),
  column('numberofemployees', 'integer'),
  column('createdon', 'datetime'),
  column('modifiedon', 'datetime'),
]);

interface Table {
  readonly rows: number;
  readonly parts: TableParts;
  readonly committed: CommittedTable;
  readonly upkeep: TableUpkeep;
  readonly sql: FixedLake;
  version: number;
}

const folder = await mkdtemp(join(tmpdir(), 'lakelink-bench-'));
const engine = await openEngine({ tempDirectory: join(folder, 'temp') });
try {
  await run(Number(process.argv[2] ?? 10_000_000));
} finally {
  engine.close();
  await rm(folder, { recursive: true, force: true });
}

async function run(bigRows: number): Promise<void> {
  const small = await makeTable('small', SMALL_ROWS);
  const big = await makeTable('big', bigRows);
  // Once without measuring: files of the first round come from nowhere.
  for (const table of [small, big]) await commitChanges(table, everywhere(table));
  const commits = { small: [] as number[], big: [] as number[] };
  const queries = { small: [] as number[], big: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, table] of [
      ['small', small],
      ['big', big],
    ] as const) {
      commits[name].push(await timed(() => commitChanges(table, everywhere(table))));
      queries[name].push(await timed(() => queryOne(table, idOf(table.rows / 2))));
    }
  }
  say(`${CHANGES} changes over all partitions, page to commit`, commits.small, commits.big, bigRows);
  say('query of one id just after', queries.small, queries.big, bigRows);
  await rewriting(big);
  await Promise.all([small, big].map(({ sql }) => sql.close()));
}

/** A change of one row: the fold and the CSV of its month, beside the engine alone writing that month's CSV. */
async function rewriting(table: Table): Promise<void> {
  await foldAndPublish(table);
  const { parts } = table;
  const state = () => table.committed.state;
  const writer = openSnapshotWriter(published(parts.store, 'big'));
  const snapshot = () => takeSnapshot(parts, table.committed, { writer, keep: 5 }, signal);
  await snapshot();
  const [folds, csvs, snapshots, floors]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await commitChanges(table, [Math.floor(table.rows / 3) + round]);
    const entry = await timed(async () => {
      await table.committed.commit(await foldTable(parts, state(), signal), signal, { madeFrom: state() });
    });
    folds.push(entry);
    csvs.push(await timed(() => parts.replica.publishTable({ table: shape.table, state: state() }, signal)));
    snapshots.push(await timed(snapshot));
    floors.push(await timed(() => csvAlone(state())));
  }
  const floor = middle(floors);
  console.log(`one change in one of ${MONTHS} months; the engine alone writes that month's CSV in ${ms(floor)}`);
  for (const [what, values] of [
    ['fold, which finds and rewrites its file of the image', folds],
    ['CSV', csvs],
    ['snapshot', snapshots],
  ] as const)
    console.log(`  ${what}: ${ms(middle(values))}, ${ratio(middle(values), floor)}`);
}

function published(store: ByteStore, name: string) {
  return { store, engine, tempFolder: join(folder, name, 'publish'), newId: countingIds() };
}

async function foldAndPublish({ upkeep }: Table): Promise<void> {
  await upkeep.begin(signal);
  await upkeep.end();
}

async function csvAlone({ image }: TableState): Promise<void> {
  const newest = [...(image?.partitions ?? [])].sort((a, b) => b.changedAt - a.changedAt)[0];
  if (newest === undefined) throw new Error('no image');
  const source = join(folder, 'big', 'lake', newest.file.path);
  const target = join(folder, 'alone.csv');
  const present = lakeColumns(shape).map(({ name }) => name);
  await engine.session(session => session.runAll(partitionCsvSql({ shape, source, present, target })));
}

function say(what: string, small: readonly number[], big: readonly number[], bigRows: number): void {
  const [a, b] = [middle(small), middle(big)];
  console.log(`${what}: ${SMALL_ROWS} rows ${ms(a)}, ${bigRows} rows ${ms(b)}: ${ratio(b, a)}`);
}

function everywhere({ rows }: Table): number[] {
  return Array.from({ length: CHANGES }, (_, n) => Math.floor((n * rows) / CHANGES));
}

async function commitChanges(table: Table, numbers: readonly number[]): Promise<void> {
  const { parts, committed } = table;
  table.version += numbers.length;
  const texts = numbers.map((n, at) => rowText(n, table.rows, table.version + at));
  const body = answer(texts, { delta: `https://example.crm.dynamics.com/delta?${table.version}` });
  const page = await parts.spool.receive(pageKey({ read: 'delta' }), inPieces(body), signal);
  const nextCursor = { at: 'running', delta: `d${table.version}`, next: null } as const;
  await commitPage(parts, committed, { page, madeFrom: committed.state, nextCursor }, signal);
}

async function queryOne({ sql }: Table, id: string): Promise<void> {
  const { rows } = await sql.query(`SELECT * FROM ${shape.table} WHERE "Id" = '${id}'`);
  if (rows.length !== 1) throw new Error(`${rows.length} rows of one id`);
}

async function makeTable(name: string, rows: number): Promise<Table> {
  const home = join(folder, name);
  for (const part of ['lake', 'publish']) await mkdir(join(home, part), { recursive: true });
  const store = await openFolderStore({ root: join(home, 'lake'), newId: countingIds(), clock: systemClock });
  let nonces = 0;
  const newNonce = () => `${name}-nonce-${++nonces}`;
  const log = new TableLog({ store, table: shape.table, clock: systemClock, newNonce });
  const gate = new Gate(1);
  const parts: TableParts = {
    link: parseLinkName('bench'),
    table: shape.table,
    // Nothing is asked of an environment here.
    source: {} as TableParts['source'],
    store,
    log,
    spool: await openSpool({ folder: join(home, 'spool'), newId: countingIds() }),
    batcher: await openBatcher({ engine, folder: join(home, 'batches'), newId: countingIds() }),
    replica: openCdmReplica(published(store, name)),
    clock: systemClock,
    settings: { partitionStrategy: 'month', writeMode: 'in-place', publishMs: 0 } as TableParts['settings'],
    readQueue: new ReadQueue({ places: 1, clock: systemClock, patienceMs: 60_000 }),
    fullGate: gate,
    deltaGate: gate,
    upkeepGate: gate,
    quietPolls: { ask: async () => ({ is: 'changed' }) },
    report: { info: () => {}, warn: () => {} },
    environment: { require: async () => ({ epoch: 0, looks: 0 }), doubt: () => {} },
    onPublished: () => {},
  };
  let { state } = await log.commit(await log.load(signal), { kind: 'mode', partitionStrategy: 'month' }, { signal });
  ({ state } = await log.commit(state, { kind: 'shape', shape }, { signal }));
  const head = { kind: 'rows', batch: null, highWater: String(rows), repaired: 0, quarantined: [] } as const;
  const nextCursor = { at: 'running', delta: 'd0', next: null } as const;
  const sinkAt = new Date().toISOString();
  ({ state } = await log.commit(state, { ...head, prevCursor: state.cursor, nextCursor, sinkAt }, { signal }));
  const partitions = await makeImage(log, home, rows);
  await log.commit(state, { kind: 'fold', through: state.tail, partitions, rowCount: rows }, { signal });
  const committed = await CommittedTable.load(parts, signal);
  const sql = await openFixedLake({ store, tables: () => [{ table: shape.table, state: committed.state }] });
  return { rows, parts, committed, upkeep: new TableUpkeep(parts, committed, () => {}), sql, version: rows };
}

async function makeImage(log: TableLog, home: string, rows: number): Promise<ImagePartition[]> {
  const perMonth = Math.ceil(rows / MONTHS);
  const partitions: ImagePartition[] = [];
  for (let month = 0; month < MONTHS; month += 1) {
    const [from, to] = [month * perMonth, Math.min(rows, (month + 1) * perMonth)];
    const path = join(home, `${month}.parquet`);
    await engine.session(session =>
      session.runAll(`COPY (${imageSql(from, to, rows)}) TO ${literal(path)} (${PARQUET_OPTIONS})`),
    );
    const file = await localFile({ path, rows: to - from, signal });
    const name = `${2015 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
    partitions.push({ name, changedAt: 4, file: await log.putData({ kind: 'image', file, signal }) });
    await rm(path);
  }
  return partitions;
}

function imageSql(from: number, to: number, rows: number): string {
  const created = `TIMESTAMPTZ '2015-01-01 00:00:00+00' + to_months((n // ${Math.ceil(rows / MONTHS)})::INTEGER) + to_seconds(n % 2000000)`;
  const values: Readonly<Record<string, string>> = {
    Id: `${literal('00000000-0000-4000-8000-')} || lpad(to_hex(n), 12, '0')`,
    SinkCreatedOn: `TIMESTAMP '2024-01-01 00:00:00'`,
    SinkModifiedOn: `TIMESTAMP '2024-01-01 00:00:00'`,
    accountid: `${literal('00000000-0000-4000-8000-')} || lpad(to_hex(n), 12, '0')`,
    name: `'Row number ' || n`,
    description: `repeat(md5(n::VARCHAR), 3)`,
    statecode: 'n % 2',
    industrycode: 'n % 40',
    ownerid: `${literal('00000000-0000-4000-9000-')} || lpad(to_hex(n % 100), 12, '0')`,
    ownerid_entitytype: `'systemuser'`,
    revenue: 'n * 1.25',
    numberofemployees: 'n % 5000',
    createdon: created,
    modifiedon: created,
    versionnumber: 'n',
  };
  const list = lakeColumns(shape).map(
    ({ name, sqlType }) => `CAST(${values[name] ?? 'NULL'} AS ${sqlType}) AS ${ident(name)}`,
  );
  return `SELECT ${list.join(', ')}, n::BIGINT AS __version, 0::INTEGER AS __epoch FROM range(${from}, ${to}) t(n)`;
}

function idOf(n: number): string {
  return `00000000-0000-4000-8000-${Math.floor(n).toString(16).padStart(12, '0')}`;
}

function rowText(n: number, rows: number, version: number): string {
  const month = Math.floor(n / Math.ceil(rows / MONTHS));
  const created = new Date(Date.UTC(2015, month, 1) + (n % 2_000_000) * 1_000).toISOString().replace(/\.000Z$/, 'Z');
  return JSON.stringify({
    '@odata.etag': `W/"${version}"`,
    [shape.primaryId]: idOf(n),
    name: `Changed ${n}`,
    description: 'text '.repeat(20),
    statecode: 0,
    industrycode: 7,
    _ownerid_value: idOf(1),
    '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'systemuser',
    revenue: '12.5000',
    numberofemployees: 3,
    createdon: created,
    modifiedon: '2024-05-06T07:08:09Z',
    versionnumber: String(version),
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(2)} times`;
}
