import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { openEngine } from '../src/batch/duckdb.ts';
import { ident, literal } from '../src/batch/sql.ts';
import { businessTables } from './sql-business.ts';
import { type Endpoint, openEndpoint } from './sql-endpoint.ts';
import { type Changes, idSql, type MadeTable, makeLake, makePlain } from './sql-lake.ts';

/**
 * Ten analytical queries through the SQL endpoint, by node-postgres over TCP, beside DuckDB itself over the same rows as
 * plain Parquet files, one a table: same row groups, threads and memory, in turns. Without pending changes, and with
 * 1,000 of each table in 10 batches. Thousands of opportunities: `node … 1000`; accounts and contacts follow.
 */
const OPPORTUNITIES = Number(process.argv[2] ?? 1_000) * 1_000;
const ROUNDS = Number(process.argv[3] ?? 9);
const THREADS = 2;
const MEMORY_MB = 2_000;
const CHANGES: Changes = { count: 1_000, batches: 10 };

const QUERIES: readonly (readonly [string, string])[] = [
  ['count', 'SELECT count(*) FROM opportunity'],
  [
    'group by choices',
    'SELECT industrycode, statecode, count(*), sum(revenue) FROM account GROUP BY 1, 2 ORDER BY 1, 2',
  ],
  [
    'join of three',
    'SELECT a.industrycode, count(*), sum(o.estimatedvalue) FROM account a JOIN contact c ON c.parentcustomerid = a.accountid ' +
      'JOIN opportunity o ON o.parentcontactid = c.contactid WHERE o.statecode = 1 GROUP BY 1 ORDER BY 1',
  ],
  ['top 20', 'SELECT name, estimatedvalue, createdon FROM opportunity ORDER BY estimatedvalue DESC, name LIMIT 20'],
  [
    'window',
    'SELECT parentaccountid, name, estimatedvalue FROM (SELECT parentaccountid, name, estimatedvalue, ' +
      'row_number() OVER (PARTITION BY parentaccountid ORDER BY estimatedvalue DESC, name) AS place FROM opportunity) best ' +
      'WHERE place = 1 ORDER BY estimatedvalue DESC, name LIMIT 100',
  ],
  [
    'date range',
    `SELECT date_trunc('month', createdon) AS month, statuscode, count(*), sum(estimatedvalue) FROM opportunity ` +
      `WHERE createdon >= '2022-01-01T00:00:00Z' AND createdon < '2023-01-01T00:00:00Z' GROUP BY 1, 2 ORDER BY 1, 2`,
  ],
  ['memo search', `SELECT count(*), min(name) FROM opportunity WHERE description LIKE '%renewal of 77%'`],
  ['distinct', 'SELECT count(DISTINCT parentaccountid), count(DISTINCT ownerid) FROM opportunity'],
  [
    'one month',
    'SELECT statuscode, count(*), avg(estimatedvalue) FROM opportunity ' +
      `WHERE createdon >= '2022-03-01T00:00:00Z' AND createdon < '2022-04-01T00:00:00Z' GROUP BY 1 ORDER BY 1`,
  ],
  ['one id', `SELECT * FROM account WHERE accountid = (SELECT ${idSql('account', '4711')})`],
];

const folder = await mkdtemp(join(tmpdir(), 'lakelink-bench-'));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const tables = businessTables(OPPORTUNITIES);
  const engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: THREADS });
  const lake = await makeLake({ folder, engine, tables });
  const plainOf = (table: MadeTable, is: string) => join(folder, `${table.name}-${is}.parquet`);
  for (const table of tables) {
    await makePlain({ path: plainOf(table, 'before'), engine, table, changes: null });
    await makePlain({ path: plainOf(table, 'after'), engine, table, changes: CHANGES });
  }
  const rows = tables.map(table => `${table.name} ${table.rows.toLocaleString('en')}`).join(', ');
  console.log(`${rows} in ${tables[0]?.months} months; milliseconds, middle of ${ROUNDS} (least), and times DuckDB`);
  const endpoint = await openEndpoint({ folder, lakePath: lake.path, threads: THREADS, memoryMb: MEMORY_MB });
  const client = await endpoint.connect();
  try {
    const before = (table: MadeTable) => plainOf(table, 'before');
    await withPlain(tables, before, plain => compare('without changes', { endpoint, client, plain }));
    await lake.change(CHANGES);
    const after = (table: MadeTable) => plainOf(table, 'after');
    await withPlain(tables, after, plain => compare('with 1,000 changes of each table', { endpoint, client, plain }));
  } finally {
    await client.end();
    await endpoint.stop();
    engine.close();
  }
}

async function withPlain(
  tables: readonly MadeTable[],
  pathOf: (table: MadeTable) => string,
  work: (plain: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(THREADS),
    memory_limit: `${MEMORY_MB}MB`,
    temp_directory: join(folder, 'plain-temp'),
  });
  const plain = await instance.connect();
  try {
    await plain.run(`SET TimeZone = 'UTC'`);
    for (const table of tables) {
      await plain.run(`CREATE VIEW ${ident(table.name)} AS SELECT * FROM read_parquet(${literal(pathOf(table))})`);
    }
    await work(plain);
  } finally {
    plain.closeSync();
    instance.closeSync();
  }
}

interface Contenders {
  readonly endpoint: Endpoint;
  readonly client: pg.Client;
  readonly plain: DuckDBConnection;
}

async function compare(title: string, contenders: Contenders): Promise<void> {
  console.log(`${title} (load ${loadavg()[0]?.toFixed(1)})`);
  let worst = { name: '', ratio: 0 };
  for (const [name, query] of QUERIES) {
    await requireSame(contenders, query);
    const { ours, theirs, cpu } = await inTurns(contenders, query);
    const ratio = middle(ours) / middle(theirs);
    if (ratio > worst.ratio) worst = { name, ratio };
    const show = (times: readonly number[]) =>
      `${middle(times).toFixed(1)} (${Math.min(...times).toFixed(1)})`.padEnd(16);
    const least = Math.min(...ours) / Math.min(...theirs);
    console.log(
      `  ${name.padEnd(18)} DuckDB ${show(theirs)} endpoint ${show(ours)} ${ratio.toFixed(2)} (${least.toFixed(2)})  processor ${cpu}`,
    );
  }
  console.log(`  worst: ${worst.name}, ${worst.ratio.toFixed(2)}`);
}

/** Times of both, and what both took of the processors: that depends less on who else is at work. */
async function inTurns({ endpoint, client, plain }: Contenders, query: string) {
  const ours: number[] = [];
  const theirs: number[] = [];
  let plainCpu = 0;
  const before = await endpoint.cpuMs();
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    theirs.push(await timed(async () => (await plain.runAndReadAll(query)).getRowsJson()));
    const { user, system } = process.cpuUsage(start);
    plainCpu += (user + system) / 1_000;
    ours.push(await timed(() => client.query(query)));
  }
  const after = await endpoint.cpuMs();
  const cpu = before === null || after === null ? 'not known' : ((after - before) / plainCpu).toFixed(2);
  return { ours, theirs, cpu };
}

/** Both must see the same rows, or the times mean nothing. It also reads the files once for both. */
async function requireSame({ client, plain }: Contenders, query: string): Promise<void> {
  const theirs = (await plain.runAndReadAll(query)).getRowsJson();
  const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
  const [ours, expected] = [rows, theirs].map(all => JSON.stringify(all.map(row => row.map(plainValue))));
  if (rows.length === 0 || ours !== expected) {
    throw new Error(`other rows: ${query}\n${ours?.slice(0, 500)}\n${expected?.slice(0, 500)}`);
  }
}

/** Of either, in one form: the binding writes times and decimals as DuckDB does, the client as PostgreSQL. */
function plainValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d \d\d:/.test(text)) return Date.parse(`${text.replace(' ', 'T').slice(0, 19)}Z`);
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
