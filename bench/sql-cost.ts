import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Engine, openEngine } from '../src/batch/duckdb.ts';
import { literal } from '../src/batch/sql.ts';
import { portalCursor } from '../test/kit/pg-rows.ts';
import { wideTable } from './sql-business.ts';
import { type Endpoint, openEndpoint } from './sql-endpoint.ts';
import { idSql, type MadeTable, makeLake, makePlain } from './sql-lake.ts';

/**
 * What queries of a table of 20 columns and 120 months read, of all its bytes, each in an endpoint that has read nothing
 * yet (Linux only: what the process's read calls answered), and their time afterwards beside DuckDB over one plain file.
 * Then a whole table of 1,000,000 rows to a client. Rows of the big table and of the other: `node … 10000000 1000000`.
 */
const ROWS = Number(process.argv[2] ?? 10_000_000);
const FETCHED = Number(process.argv[3] ?? 1_000_000);
const ROUNDS = 5;
const THREADS = 2;
const MEMORY_MB = 2_000;
const CURSOR_ROWS = 10_000;

const QUERIES: readonly (readonly [string, string])[] = [
  ['count(*)', 'SELECT count(*) FROM big'],
  ['sum of one column', 'SELECT sum(revenue) FROM big'],
  [
    'sum of one month',
    `SELECT sum(revenue) FROM big WHERE createdon >= '2024-03-01T00:00:00Z' AND createdon < '2024-04-01T00:00:00Z'`,
  ],
  ['one id, all columns', `SELECT * FROM big WHERE "Id" = (SELECT ${idSql('big', '4711')})`],
  ['top 10 by date', 'SELECT name, createdon FROM big ORDER BY createdon DESC, name LIMIT 10'],
];

const folder = await mkdtemp(join(tmpdir(), 'lakelink-bench-'));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: THREADS });
  try {
    if (ROWS > 0) await reading(engine, wideTable('big', ROWS));
    if (FETCHED > 0) await fetching(engine, wideTable('fetched', FETCHED));
  } finally {
    engine.close();
  }
}

async function reading(engine: Engine, table: MadeTable): Promise<void> {
  const home = join(folder, 'reading');
  const lake = await makeLake({ folder: home, engine, tables: [table] });
  const path = join(home, 'plain.parquet');
  await makePlain({ path, engine, table, changes: null });
  const bytes = lake.imageBytes.get(table.name) ?? 0;
  console.log(
    `${table.rows.toLocaleString('en')} rows, ${mb(bytes)}; as one plain file ${mb((await stat(path)).size)}`,
  );
  const open = (name: string) =>
    openEndpoint({ folder: join(home, name), lakePath: lake.path, threads: THREADS, memoryMb: MEMORY_MB });
  const cold: (number | null)[] = [];
  for (const [at, [, query]] of QUERIES.entries()) {
    const endpoint = await open(`cold-${at}`);
    cold.push(await bytesOf(endpoint, query));
    await endpoint.stop();
  }
  const warm = await open('warm');
  await withPlain(path, async plain => {
    for (const [at, [name, query]] of QUERIES.entries()) {
      const { ours, theirs } = await inTurns(warm, plain, query);
      const read = cold[at] ?? null;
      const share = read === null ? 'not known' : `${mb(read)} read, ${((100 * read) / bytes).toFixed(2)} %`;
      console.log(
        `  ${name.padEnd(20)} ${share.padEnd(24)} ${ours.toFixed(1)} ms, DuckDB ${theirs.toFixed(1)} ms: ${(ours / theirs).toFixed(2)} (load ${load()})`,
      );
    }
  });
  await warm.stop();
  await rm(home, { recursive: true, force: true });
}

async function bytesOf(endpoint: Endpoint, query: string): Promise<number | null> {
  const client = await endpoint.connect();
  // What a first statement loads of the program is not the table's.
  await client.query('SELECT 1');
  const before = await endpoint.bytesRead();
  await client.query(query);
  const after = await endpoint.bytesRead();
  await client.end();
  return before === null || after === null ? null : after - before;
}

async function withPlain(path: string, work: (plain: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(THREADS),
    memory_limit: `${MEMORY_MB}MB`,
    temp_directory: join(folder, 'plain-temp'),
  });
  const plain = await instance.connect();
  try {
    await plain.run(`SET TimeZone = 'UTC'`);
    for (const name of ['big', 'fetched']) {
      await plain.run(`CREATE VIEW ${name} AS SELECT * FROM read_parquet(${literal(path)})`);
    }
    await work(plain);
  } finally {
    plain.closeSync();
    instance.closeSync();
  }
}

async function inTurns(endpoint: Endpoint, plain: DuckDBConnection, query: string) {
  const client = await endpoint.connect();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const mine = await timed(() => client.query(query));
    const other = await timed(async () => (await plain.runAndReadAll(query)).getRowsJson());
    if (round === 0) continue;
    ours.push(mine);
    theirs.push(other);
  }
  await client.end();
  return { ours: middle(ours), theirs: middle(theirs) };
}

/** All rows and columns to a client that throws them away. */
async function fetching(engine: Engine, table: MadeTable): Promise<void> {
  const home = join(folder, 'fetching');
  const lake = await makeLake({ folder: home, engine, tables: [table] });
  const path = join(home, 'plain.parquet');
  await makePlain({ path, engine, table, changes: null });
  const endpoint = await openEndpoint({
    folder: join(home, 'endpoint'),
    lakePath: lake.path,
    threads: THREADS,
    memoryMb: MEMORY_MB,
  });
  console.log(`SELECT * of ${table.rows.toLocaleString('en')} rows of 20 columns`);
  const say = (what: string, ms: number) =>
    console.log(
      `  ${what.padEnd(44)} ${(ms / 1_000).toFixed(1)} s, ${Math.round((1_000 * table.rows) / ms).toLocaleString('en')} rows/s (load ${load()})`,
    );
  try {
    await withPlain(path, async plain => {
      const csv = () => plain.run(`COPY fetched TO '/dev/null' (FORMAT csv, HEADER)`);
      say('DuckDB alone, as CSV to /dev/null', await timed(csv));
    });
    say(
      `node-postgres, a cursor of ${CURSOR_ROWS.toLocaleString('en')} rows`,
      await timed(() => byCursor(endpoint, table)),
    );
    const all = 'SELECT * FROM fetched';
    say('psql --csv to /dev/null', await timed(() => psql(endpoint, ['--csv', '-v', 'FETCH_COUNT=10000', '-c', all])));
    say('COPY TO STDOUT, by psql to /dev/null', await timed(() => psql(endpoint, ['-c', `COPY (${all}) TO STDOUT`])));
  } finally {
    await endpoint.stop();
  }
}

async function byCursor(endpoint: Endpoint, table: MadeTable): Promise<void> {
  const client = await endpoint.connect();
  const cursor = client.query(portalCursor('SELECT * FROM fetched'));
  let rows = 0;
  for (;;) {
    const read = await cursor.read(CURSOR_ROWS);
    if (read.length === 0) break;
    rows += read.length;
  }
  await cursor.close();
  await client.end();
  if (rows !== table.rows) throw new Error(`${rows} rows`);
}

async function psql({ url }: Endpoint, args: readonly string[]): Promise<void> {
  const child = spawn('psql', ['--no-psqlrc', ...args, url], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`psql ended with ${code}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function mb(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
