import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/app/clock.ts';
import { silentLog } from '../src/app/log.ts';
import type { SandboxAddress } from '../src/app/sandbox-process.ts';
import { readSettings } from '../src/app/settings.ts';
import { startService } from '../src/app/start-service.ts';
import { sourceOf } from '../src/app/wiring.ts';
import { parseLinkName, parseTableName } from '../src/core/names.ts';
import type { TableShape } from '../src/core/shape.ts';
import type { Source } from '../src/core/source.ts';
import { standardApplication } from '../src/sandbox/applications.ts';
import { installCatalogue, seedRows } from '../src/sandbox/seed.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';

/**
 * Rows per second of a whole initial sync of one wide table, from making the link to the published files, against two
 * measures of the same run: only downloading the pages to disk (the floor) and what a simple program would do,
 * JSON.parse and row by row into CSV (the rival). The environment runs in a process of its own, on the same machine:
 * what it takes is in every figure. Rows: `node … 200000`.
 */
const TABLE = parseTableName('account');
const signal = new AbortController().signal;
const [mode, folder = ''] = process.argv.slice(2);
if (mode === 'environment') await serve(folder, Number(process.argv[4]));
else await measureAll(Number(mode ?? 50_000));

async function measureAll(rowCount: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-first-sync-'));
  const environment = fork(fileURLToPath(import.meta.url), ['environment', home, String(rowCount)], {
    execArgv: ['--import', 'tsx'],
  });
  try {
    const [address] = (await once(environment, 'message')) as [SandboxAddress];
    const source = sourceOf({ ...address, environmentUrl: address.url });
    const shape = await source.shape(TABLE, signal);
    console.log(`${rowCount} rows of ${TABLE}, ${shape.columns.length} columns`);
    const floorMs = await measure({ name: 'pages to disk (floor)', rowCount }, () => download(source, { shape, home }));
    const relative = { rowCount, floorMs };
    await measure({ name: 'JSON.parse, row by row to CSV', ...relative }, () => rival(source, { shape, home }));
    await measure({ name: 'initial sync, all of it', ...relative }, () => sync(address, home));
    await source.close();
  } finally {
    environment.kill();
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(
  {
    name,
    rowCount,
    floorMs = null,
  }: { readonly name: string; readonly rowCount: number; readonly floorMs?: number | null },
  work: () => Promise<void>,
): Promise<number> {
  globalThis.gc?.();
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, process.memoryUsage.rss());
  }, 20);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  const figures = [
    `${(ms / 1_000).toFixed(1).padStart(6)} s`,
    `${((rowCount * 1_000) / ms).toFixed(0).padStart(7)} rows/s`,
    `${((user + system) / 1_000_000).toFixed(1).padStart(6)} s of processor`,
    `${(memory / 1_000_000).toFixed(0).padStart(5)} MB`,
    floorMs === null ? '' : `${(ms / floorMs).toFixed(1)} x the floor`,
  ];
  console.log(`${name.padEnd(32)} ${figures.join('  ')}`);
  return ms;
}

/** Each page as it comes, chunk by chunk; answers the link of the next one. */
async function* pagesOf(source: Source, shape: TableShape): AsyncGenerator<AsyncIterable<Uint8Array>> {
  let link: string | null = null;
  do {
    let tail = Buffer.alloc(0);
    const body: AsyncIterable<Uint8Array> = await source.page({ read: 'full', shape, link }, signal);
    yield (async function* () {
      for await (const chunk of body) {
        yield chunk;
        tail = Buffer.concat([tail, chunk]).subarray(-8_192);
      }
    })();
    const next: string | undefined = /"@odata.nextLink":("[^"]*")/.exec(tail.toString('utf8'))?.[1];
    link = next === undefined ? null : String(JSON.parse(next));
  } while (link !== null);
}

async function download(source: Source, { shape, home }: { readonly shape: TableShape; readonly home: string }) {
  let pages = 0;
  for await (const page of pagesOf(source, shape)) {
    pages += 1;
    await writeFile(join(home, `page-${pages}.json`), page);
  }
}

async function rival(source: Source, { shape, home }: { readonly shape: TableShape; readonly home: string }) {
  const file = createWriteStream(join(home, 'rival.csv'));
  const properties = shape.columns.map(({ property }) => property);
  for await (const page of pagesOf(source, shape)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of page) chunks.push(chunk);
    const { value } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      readonly value: Record<string, unknown>[];
    };
    for (const row of value) {
      const line = properties.map(property => cell(row[property])).join(',');
      if (!file.write(`${line}\n`)) await once(file, 'drain');
    }
  }
  file.end();
  await once(file, 'close');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value);
}

/** The product's own way: a link is made, and its table's rows are in the published files. */
async function sync(address: SandboxAddress, home: string): Promise<void> {
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const settings = readSettings({ LAKELINK_HOME: join(home, 'home') });
  const service = await startService({ settings, log: silentLog, version: 'bench' });
  try {
    await service.links.createLink({
      name: parseLinkName('bench'),
      environmentUrl: address.url,
      tenantId: address.tenantId,
      clientId: address.clientId,
      clientSecret: address.clientSecret,
      authorityUrl: address.authorityUrl,
      lakePath,
      lakeName: null,
      partitionStrategy: 'year',
      pollSeconds: null,
      publishSeconds: null,
      tables: [TABLE],
    });
    while (!(await isPublished(lakePath))) await systemClock.sleep(20, signal);
  } finally {
    await service.stop();
  }
}

async function isPublished(lakePath: string): Promise<boolean> {
  const text = await readFile(join(lakePath, 'model.json'), 'utf8').catch(() => '{}');
  const { entities = [] } = JSON.parse(text) as { readonly entities?: { readonly partitions?: unknown[] }[] };
  return entities.some(({ partitions = [] }) => partitions.length > 0);
}

/** The environment: rows made from the seed, and then again under new ids until there are enough. */
async function serve(home: string, rowCount: number): Promise<void> {
  const database = openSandboxDatabase({ path: join(home, 'environment.db') });
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: 10_000, seed: 1, hostile: false, clock: systemClock });
  const seeded = database.page(TABLE, { after: null, limit: rowCount }).map(({ row }) => row);
  for (let made = seeded.length; made < rowCount; made += seeded.length) {
    const copies = seeded.slice(0, rowCount - made).map(row => ({ ...row, accountid: randomUUID() }));
    database.put(TABLE, copies);
  }
  const sandbox = await openSandbox({ database, clock: systemClock });
  const { url, authorityUrl, tenantId } = sandbox;
  const { clientId, clientSecret } = standardApplication;
  process.send?.({ url, authorityUrl, tenantId, clientId, clientSecret } satisfies SandboxAddress);
}
