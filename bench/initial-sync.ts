import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'csv-stringify';
import { DynamicsWebApi } from 'dynamics-web-api';
import { silentLog } from '../src/app/log.ts';
import { readSettings } from '../src/app/settings.ts';
import { startService } from '../src/app/start-service.ts';
import { sourceOf } from '../src/app/wiring.ts';
import { rowsSql } from '../src/batch/build.ts';
import { openEngine } from '../src/batch/duckdb.ts';
import { partitionSql } from '../src/batch/fold-rows.ts';
import { openSpool } from '../src/batch/spool.ts';
import { literal, PARQUET_OPTIONS } from '../src/batch/sql.ts';
import { partitionCsvSql } from '../src/cdm/partition-csv.ts';
import { inParallel } from '../src/core/in-parallel.ts';
import { parseLinkName, parseTableName } from '../src/core/names.ts';
import { lakeColumns } from '../src/core/shape.ts';
import type { OpenSource } from '../src/dataverse/source.ts';
import { inPlace, NEAR_REAL_TIME } from '../test/kit/choices.ts';
import { type PreparedRequest, servePrepared } from './prepared-environment.ts';
import { WIDE_TABLE, type WideForm } from './wide-table.ts';

/**
 * A whole initial sync of one table, from pages written beforehand, against three measures of the same run: the pages
 * downloaded and thrown away (the floor), DuckDB alone turning the spooled pages into the same image and partition
 * files with the same threads, and a plain program of `dynamics-web-api` and `csv-stringify` (the rival). The
 * environment and each measure run in processes of their own on this machine; memory is a process's highest.
 *
 *   node --import tsx bench/initial-sync.ts [rows] [wide|ten] [ms a page]
 */
const TABLE = parseTableName(WIDE_TABLE);
const LINK = parseLinkName('bench');
const signal = new AbortController().signal;
const self = fileURLToPath(import.meta.url);

type Address = Awaited<ReturnType<typeof servePrepared>>;

interface Job {
  readonly kind: keyof typeof measures;
  readonly address: Address;
  readonly home: string;
}

/** Milliseconds since the measure began. */
interface Marks {
  readonly [what: string]: number;
}

interface Result {
  readonly marks: Marks;
  readonly peakMb: number;
  readonly processorSeconds: number;
}

const measures = {
  floor: download,
  spool: spoolPages,
  duckdb: duckDbAlone,
  sync: initialSync,
  rival: plainProgram,
};

if (process.argv[2] === 'job') process.once('message', job => void runJob(job as Job));
else if (process.argv[2] === 'environment')
  process.once('message', asked => void runEnvironment(asked as PreparedRequest));
else await measureAll();

async function measureAll(): Promise<void> {
  const rows = Number(process.argv[2] ?? 100_000);
  const form = (process.argv[3] ?? 'wide') as WideForm;
  const pageDelayMs = Number(process.argv[4] ?? 0);
  const home = await mkdtemp(join(tmpdir(), 'lakelink-initial-sync-'));
  const environment = child('environment', {
    folder: join(home, 'pages'),
    rows,
    form,
    pageDelayMs,
  } satisfies PreparedRequest);
  try {
    const [address] = (await once(environment, 'message')) as [Address];
    const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB`;
    console.log(
      `${rows} rows, ${form === 'wide' ? 100 : 10} columns, ${pageDelayMs} ms a page; ${machine}; Node.js ${process.version}`,
    );
    const run = async (kind: Job['kind']) => {
      const worker = child('job', { kind, address, home } satisfies Job);
      const [result] = (await once(worker, 'message')) as [Result];
      await once(worker, 'exit');
      return result;
    };
    const print = (name: string, { marks, peakMb, processorSeconds }: Result, against: readonly [string, number][]) => {
      for (const [what, ms] of Object.entries(marks)) {
        const ratios = against.map(([whom, base]) => `${(ms / base).toFixed(2)} x ${whom}`).join(', ');
        const speed = `${((rows * 1_000) / ms).toFixed(0).padStart(7)} rows/s`;
        console.log(`${`${name}: ${what}`.padEnd(44)} ${(ms / 1_000).toFixed(1).padStart(7)} s ${speed}  ${ratios}`);
      }
      console.log(
        `${''.padEnd(44)} ${peakMb.toFixed(0).padStart(7)} MB at most, ${processorSeconds.toFixed(0)} s of processor`,
      );
    };
    const floor = await run('floor');
    print('download and throw away (floor)', floor, []);
    const floors: [string, number][] = [['the floor', floor.marks.all ?? 1]];
    if (pageDelayMs === 0) {
      await run('spool');
      const alone = await run('duckdb');
      print('DuckDB alone', alone, floors);
      floors.push(['DuckDB alone', alone.marks.all ?? 1]);
      await rm(join(home, 'spooled'), { recursive: true });
      await rm(join(home, 'alone'), { recursive: true });
    }
    print('initial sync', await run('sync'), floors);
    if (pageDelayMs === 0) print('dynamics-web-api and csv-stringify', await run('rival'), floors);
  } finally {
    environment.kill();
    await rm(home, { recursive: true, force: true });
  }
}

function child(role: string, message: object): ChildProcess {
  const started = fork(self, [role], { execArgv: ['--import', 'tsx'] });
  started.send(message);
  return started;
}

async function runEnvironment(asked: PreparedRequest): Promise<void> {
  process.send?.(await servePrepared(asked));
}

async function runJob({ kind, address, home }: Job): Promise<void> {
  const start = performance.now();
  const marks = await measures[kind](address, home, () => performance.now() - start);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.send?.({
    marks,
    peakMb: maxRSS / 1_024,
    processorSeconds: (userCPUTime + systemCPUTime) / 1e6,
  } satisfies Result);
  process.disconnect();
}

type Since = () => number;

function open(address: Address): OpenSource {
  return sourceOf({ ...address, environmentUrl: address.url });
}

/** The pages of a tracked read, the next one asked for while this one is on its way: what any client can have. */
async function download(address: Address, _home: string, since: Since): Promise<Marks> {
  await using source = open(address);
  const shape = await source.shape(TABLE, signal);
  let link: string | null = null;
  do {
    let tail: Uint8Array = new Uint8Array();
    const body: AsyncIterable<Uint8Array> = await source.page({ read: 'full', shape, link }, signal);
    for await (const chunk of body) tail = chunk.length > 4_096 ? chunk : Buffer.concat([tail, chunk]);
    const next: string | undefined = /"@odata.nextLink":("[^"]*")/.exec(Buffer.from(tail).toString('latin1'))?.[1];
    link = next === undefined ? null : String(JSON.parse(next));
  } while (link !== null);
  return { all: since() };
}

async function spoolPages(address: Address, home: string, since: Since): Promise<Marks> {
  await using source = open(address);
  const shape = await source.shape(TABLE, signal);
  const spool = await openSpool({ folder: join(home, 'spooled'), newId: () => String(since()).replace('.', '') });
  let link: string | null = null;
  do {
    const key = { link: LINK, table: TABLE, generation: 1, read: 'full', address: link } as const;
    const page = await spool.receive(key, await source.page({ read: 'full', shape, link }, signal), signal);
    link = page.next;
  } while (link !== null);
  return { all: since() };
}

/** One statement from all pages to the image, then one for each partition file, as fast as we know. */
async function duckDbAlone(address: Address, home: string, since: Since): Promise<Marks> {
  await using source = open(address);
  const shape = await source.shape(TABLE, signal);
  const folder = join(home, 'alone');
  await mkdir(folder);
  const start = since();
  const image = join(folder, 'image');
  const engine = await openEngine({ tempDirectory: join(folder, 'temp') });
  try {
    await engine.session(async session => {
      const path = join(home, 'spooled', '**', '*.json');
      const page = { key: { link: LINK, table: TABLE, generation: 1, read: 'full', address: null } } as const;
      const rows = rowsSql(
        { shape, epoch: 1, sinkAt: new Date(), deleteVersion: '0', settled: null, chain: [], page: page as never },
        { paths: [path], way: 'fast', rowBytesMax: 0, filled: null },
      );
      await session.runAll(
        `COPY (SELECT * EXCLUDE (__misfit, __inexact), ${partitionSql(shape, 'year')} AS p FROM (${rows}) ORDER BY p, "Id") ` +
          `TO ${literal(image)} (${PARQUET_OPTIONS}, PARTITION_BY (p))`,
      );
    });
    // Two at a time, as we do: one of few rows keeps one core busy.
    await inParallel({ items: await readdir(image), atOnce: 2 }, async partition => {
      const target = join(folder, `${partition.slice(2)}.csv`);
      const present = lakeColumns(shape).map(({ name }) => name);
      const sql = partitionCsvSql({ shape, source: join(image, partition, '*.parquet'), present, target });
      await engine.session(session => session.runAll(sql));
    });
  } finally {
    engine.close();
  }
  return { all: since() - start };
}

/** The product's own way: a link is made; then its rows are committed, then they are in the published files. */
async function initialSync(address: Address, home: string, since: Since): Promise<Marks> {
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const settings = readSettings({ LAKELINK_HOME: join(home, 'home') });
  const service = await startService({ settings, log: silentLog, version: 'bench' });
  try {
    const start = since();
    const { url: environmentUrl, tenantId, clientId, clientSecret, authorityUrl } = address;
    await service.links.createLink({
      ...{ name: LINK, environmentUrl, tenantId, clientId, clientSecret, authorityUrl, lakePath, lakeName: null },
      ...{
        partitionStrategy: 'year',
        pollSeconds: null,
        publishSeconds: null,
        ...NEAR_REAL_TIME,
        tables: inPlace([TABLE]),
      },
    });
    const committed = await until(
      () =>
        service.links.status(LINK)[0]?.label === 'Post-processing' || service.links.status(LINK)[0]?.label === 'Active',
      since,
    );
    const published = await until(() => isPublished(lakePath), since);
    return { 'rows committed': committed - start, published: published - start };
  } finally {
    await service.stop();
  }
}

async function until(holds: () => boolean | Promise<boolean>, since: Since): Promise<number> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 20));
  return since();
}

async function isPublished(lakePath: string): Promise<boolean> {
  const text = await readFile(join(lakePath, 'model.json'), 'utf8').catch(() => '{}');
  const { entities = [] } = JSON.parse(text) as { readonly entities?: { readonly partitions?: unknown[] }[] };
  return entities.some(({ partitions = [] }) => partitions.length > 0);
}

async function plainProgram(address: Address, home: string, since: Since): Promise<Marks> {
  await using source = open(address);
  const shape = await source.shape(TABLE, signal);
  const token = await signIn(address);
  const start = since();
  const client = new DynamicsWebApi({
    serverUrl: address.url,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => token,
  });
  const file = createWriteStream(join(home, 'rival.csv'));
  const rows = stringify({ columns: shape.columns.map(({ property }) => property), quoted_string: true });
  rows.pipe(file);
  const request = { collection: shape.entitySetName, maxPageSize: 5_000, trackChanges: true } as const;
  let link: string | undefined;
  do {
    const page = await client.retrieveMultiple<object>(request, link);
    for (const row of page.value) if (!rows.write(row)) await once(rows, 'drain');
    link = page.oDataNextLink;
  } while (link !== undefined);
  rows.end();
  await once(file, 'close');
  return { all: since() - start };
}

async function signIn({ url, authorityUrl, tenantId, clientId, clientSecret }: Address): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${url}/.default`,
  };
  const response = await fetch(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return ((await response.json()) as { readonly access_token: string }).access_token;
}
