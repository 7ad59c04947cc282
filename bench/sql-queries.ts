import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { openEngine } from '../src/batch/duckdb.ts';
import { ident, literal } from '../src/batch/sql.ts';
import { businessTables } from './sql-business.ts';
import { openEndpoint } from './sql-endpoint.ts';
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
    await withPlain(tables, before, plain => compare('without changes', { client, plain }));
    await lake.change(CHANGES);
    const after = (table: MadeTable) => plainOf(table, 'after');
    await withPlain(tables, after, plain => compare('with 1,000 changes of each table', { client, plain }));
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
  readonly client: pg.Client;
  readonly plain: DuckDBConnection;
}

async function compare(title: string, { client, plain }: Contenders): Promise<void> {
  console.log(`${title} (load ${loadavg()[0]?.toFixed(1)})`);
  let worst = { name: '', ratio: 0 };
  for (const [name, query] of QUERIES) {
    await requireSame({ client, plain }, query);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      theirs.push(await timed(async () => (await plain.runAndReadAll(query)).getRowsJson()));
      ours.push(await timed(() => client.query(query)));
    }
    const ratio = middle(ours) / middle(theirs);
    if (ratio > worst.ratio) worst = { name, ratio };
    const show = (times: readonly number[]) => `${middle(times).toFixed(1)} (${Math.min(...times).toFixed(1)})`;
    const least = Math.min(...ours) / Math.min(...theirs);
    console.log(
      `  ${name.padEnd(18)} DuckDB ${show(theirs).padEnd(16)} endpoint ${show(ours).padEnd(16)} ${ratio.toFixed(2)} (${least.toFixed(2)})`,
    );
  }
  console.log(`  worst: ${worst.name}, ${worst.ratio.toFixed(2)}`);
}

/** Both must see the same rows, or the times mean nothing. It also reads the files once for both. */
async function requireSame({ client, plain }: Contenders, query: string): Promise<void> {
  const theirs = (await plain.runAndReadAll(query)).getRowsJson();
  const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
  const text = (value: unknown) => (value instanceof Date ? value.getTime() : Number(value));
  const numbers = (found: readonly (readonly unknown[])[]) =>
    JSON.stringify(found.map(row => row.map(value => (Number.isFinite(text(value)) ? text(value) : String(value)))));
  if (rows.length !== theirs.length || rows.length === 0)
    throw new Error(`${rows.length} rows for ${theirs.length}: ${query}`);
  const plainTimes = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d \d/.test(value)
      ? new Date(`${value.replace(' ', 'T')}Z`.replace('+00Z', 'Z'))
      : value;
  const expected = numbers(theirs.map(row => row.map(plainTimes)));
  if (numbers(rows) !== expected && !query.startsWith('SELECT *'))
    throw new Error(`other rows: ${query}\n${numbers(rows).slice(0, 300)}\n${expected.slice(0, 300)}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
