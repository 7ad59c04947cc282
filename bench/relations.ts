import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import { openEngine } from '../src/batch/duckdb.ts';
import { ident, literal, literalList, PARQUET_OPTIONS } from '../src/batch/sql.ts';
import type { ByteStore } from '../src/core/bytestore.ts';
import type { DataFile, TableState } from '../src/core/commit.ts';
import { emptyState } from '../src/core/log-state.ts';
import { lakeColumns, type OptionSet } from '../src/core/shape.ts';
import type { LakeReader } from '../src/workspace/lake-reader.ts';
import { columnsUsed } from '../src/workspace/relations/columns-used.ts';
import { openLakeDatabase } from '../src/workspace/relations/database.ts';
import { noSystemRelations } from '../src/workspace/relations/system-relations.ts';
import { column, shapeOf } from '../test/kit/batch-fixtures.ts';

/**
 * What queries of a near real-time table cost beside the same on plain Parquet files: 120 monthly partitions, without and
 * with 1,000 pending changes in 10 batches. Rows: `node … 3000000`. The times are those of the engine and of making the SQL.
 */
const ROWS = Number(process.argv[2] ?? 3_000_000);
const MONTHS = 120;
const BATCHES = 10;
const CHANGES = 100;
const ROUNDS = 7;
const { signal } = new AbortController();

const industries: OptionSet = {
  name: 'industry',
  isGlobal: true,
  options: Array.from({ length: 40 }, (_, value) => ({
    value,
    labels: [{ languageCode: 1033, text: `Industry ${value}` }],
  })),
};
const shape = shapeOf([
  column('name', 'string'),
  column('description', 'memo'),
  column('statecode', 'state'),
  column('industrycode', 'choice', { optionSet: industries }),
  column('ownerid', 'owner', { targets: [{ table: 'account', attribute: null }] }),
  column('revenue', 'money', { precision: 4 }),
  column('numberofemployees', 'integer'),
  column('createdon', 'datetime'),
  column('modifiedon', 'datetime'),
]);
const perMonth = Math.ceil(ROWS / MONTHS);

const QUERIES: readonly (readonly [string, string])[] = [
  ['count(*)', 'SELECT count(*) FROM t'],
  [
    'sum of one month',
    `SELECT sum(revenue) FROM t WHERE createdon >= TIMESTAMPTZ '2020-03-01 00:00:00+00' AND createdon < TIMESTAMPTZ '2020-04-01 00:00:00+00'`,
  ],
  ['one id, all columns', `SELECT * FROM t WHERE "Id" = '${idOf(Math.floor(ROWS / 2))}'`],
  ['top 10', 'SELECT name, revenue FROM t ORDER BY revenue DESC LIMIT 10'],
  ['group by a choice', 'SELECT industrycode, count(*), sum(revenue) FROM t GROUP BY ALL'],
];
const LABELS = 'SELECT industrycode_label, count(*), sum(revenue) FROM t GROUP BY ALL';

const folder = await mkdtemp(join(tmpdir(), 'lakelink-bench-'));
const engine = await openEngine({ tempDirectory: join(folder, 'temp') });
try {
  await run();
} finally {
  engine.close();
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  await mkdir(join(folder, 'lake'));
  const image = [];
  for (let month = 0; month < MONTHS; month += 1) {
    const rows = `range(${month * perMonth}, ${Math.min(ROWS, (month + 1) * perMonth)}) r(n)`;
    image.push({ name: `${month}`, changedAt: 2, file: await write(`m${month}`, { rows, version: 'n', more: '' }) });
  }
  const pending = [];
  for (let at = 0; at < BATCHES; at += 1) {
    const step = Math.floor(ROWS / (BATCHES * CHANGES));
    const rows = `(SELECT r * ${step} + ${at} AS n FROM range(${at * CHANGES}, ${(at + 1) * CHANGES}) s(r)) r`;
    const more = ', n % 50 = 7 AS __deleted';
    const file = await write(`b${at}`, { rows, version: `n + ${2 * ROWS}`, more });
    pending.push({ sequence: 10 + at, epoch: 0, batch: { ...file, deletes: 0 } });
  }
  const state: TableState = {
    ...emptyState(),
    tail: 20,
    shape,
    image: { foldedAt: 2, through: 1, partitions: image, rowCount: ROWS },
  };
  const plain = `SELECT * EXCLUDE (__version, __epoch) FROM read_parquet(${literalList(image.map(({ file }) => file.path))})`;
  console.log(`${ROWS} rows in ${MONTHS} files; milliseconds, middle of ${ROUNDS}, and times the plain files`);
  for (const [name, query] of QUERIES) {
    const base = await middle(async () => plain, query);
    const settled = await middle(relationSql(state, 'account', query), query);
    const changing = await middle(relationSql({ ...state, pending }, 'account', query), query);
    const beside = (ms: number) => `${ms.toFixed(0)} (${(ms / base).toFixed(2)})`;
    say(name, `plain ${base.toFixed(0)}  image ${beside(settled)}  with changes ${beside(changing)}`);
  }
  const labelled = await middle(relationSql({ ...state, pending }, 'account_labels', LABELS), LABELS);
  say('group by its label', `with changes ${labelled.toFixed(0)}`);
}

function say(name: string, text: string): void {
  console.log(`${name.padEnd(22)} ${text}`);
}

async function write(
  name: string,
  { rows, version, more }: { readonly rows: string; readonly version: string; readonly more: string },
): Promise<DataFile> {
  const path = join(folder, 'lake', `${name}.parquet`);
  const created = `TIMESTAMPTZ '2015-01-01 00:00:00+00' + to_months((n // ${perMonth})::INTEGER) + to_seconds(n % 2000000)`;
  const values: Readonly<Record<string, string>> = {
    Id: idSql('n'),
    SinkCreatedOn: `TIMESTAMP '2024-01-01 00:00:00'`,
    SinkModifiedOn: `TIMESTAMP '2024-01-01 00:00:00'`,
    accountid: idSql('n'),
    name: `'Row number ' || n`,
    description: 'repeat(md5(n::VARCHAR), 3)',
    statecode: 'n % 2',
    industrycode: 'n % 40',
    ownerid: idSql('n % 100'),
    ownerid_entitytype: `'account'`,
    revenue: 'n * 1.25',
    numberofemployees: 'n % 5000',
    createdon: created,
    modifiedon: created,
    versionnumber: version,
  };
  const list = lakeColumns(shape).map(
    one => `CAST(${values[one.name] ?? 'NULL'} AS ${one.sqlType}) AS ${ident(one.name)}`,
  );
  const system = `(${version})::BIGINT AS __version, 0::INTEGER AS __epoch${more}`;
  await engine.session(session =>
    session.runAll(`COPY (SELECT ${list.join(', ')}, ${system} FROM ${rows}) TO ${literal(path)} (${PARQUET_OPTIONS})`),
  );
  return { path, bytes: (await stat(path)).size, sha256: '', rows: 0 };
}

/** Ids come in no order, as those of an environment. */
function idSql(n: string): string {
  return `left(md5((${n})::VARCHAR), 20) || lpad(to_hex(${n}), 12, '0')`;
}

function idOf(n: number): string {
  return `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;
}

function relationSql(state: TableState, name: string, query: string) {
  const reader = {
    link: async () => ({ tables: [shape.table] }),
    state: async () => state,
  } as unknown as LakeReader;
  const store = { localFile: async (path: string) => path } as unknown as ByteStore;
  const database = openLakeDatabase({
    name: 'bench',
    store,
    reader,
    systemRelations: noSystemRelations,
    views: async () => [],
    clock: systemClock,
  });
  return () =>
    engine.session(async session => {
      const [row] = await session.runAll(`SELECT json_serialize_sql(${literal(query)}) AS tree`);
      const view = database.view({ language: null });
      const relation = await view.find({ schema: null, name }, { asOf: null, signal });
      if (relation?.is !== 'rows') throw new Error(`no relation ${name}`);
      return relation.sql(session, signal, columnsUsed(JSON.parse(String(row?.tree))));
    });
}

async function middle(sql: () => Promise<string>, query: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const start = performance.now();
    const text = `WITH t AS NOT MATERIALIZED (${await sql()}) ${query}`;
    await engine.session(session => session.runAll(text));
    // The first reads files that nobody read before.
    if (round > 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
