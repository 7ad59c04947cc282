import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/app/clock.ts';
import { silentLog } from '../src/app/log.ts';
import type { SandboxAddress } from '../src/app/sandbox-process.ts';
import { readSettings } from '../src/app/settings.ts';
import { type Service, startService } from '../src/app/start-service.ts';
import { parseLinkName, parseTableName } from '../src/core/names.ts';
import { standardApplication } from '../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../src/sandbox/database.ts';
import { installCatalogue, seedRows } from '../src/sandbox/seed.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { inPlace, NEAR_REAL_TIME } from '../test/kit/choices.ts';
import { servePrepared } from './prepared-environment.ts';
import { WIDE_TABLE } from './wide-table.ts';

/**
 * From a change's commit in the environment to its commit in the lake, with 10 changes a second over 20 tables, for the
 * usual poll interval and the demo's. A change counts as committed with the file of the first log entry that reaches
 * its version. The environment runs in a process of its own. Seconds to measure: `node … 60`. With `node … adding`, for
 * the usual interval, while nothing else happens and while a table of 1,000,000 rows is being added, whose pages take
 * 500 ms each.
 */
const CHANGES_PER_SECOND = 10;
const TABLES = 20;
const ROWS = 5_000;
const ADDED_ROWS = 1_000_000;
const ADDED_PAGE_MS = 500;
const LINK = parseLinkName('latency');
const signal = new AbortController().signal;

interface Change {
  readonly table: string;
  readonly version: string;
  readonly ms: number;
}

const [mode] = process.argv.slice(2);
if (mode === 'environment') await serve(process.argv[3] ?? null);
else if (mode === 'adding') await withLink(5, duringAdding);
else for (const pollSeconds of [5, 1]) await withLink(pollSeconds, run => freshness(run, Number(mode ?? 60)));

interface Run {
  readonly service: Service;
  readonly environment: ChildProcess;
  readonly lakePath: string;
  readonly pollSeconds: number;
}

/** 95 % of the changes of the other tables, before and while a big table is added. */
async function duringAdding(run: Run): Promise<void> {
  console.log('nothing else happens');
  const idle = await freshness(run, 60);
  await run.service.links.addTables(LINK, [parseTableName(WIDE_TABLE)], { partitionStrategy: null, appendOnly: false });
  console.log(`while a table of ${ADDED_ROWS} rows is added`);
  const adding = await freshness(run, 60);
  const added = run.service.links.status(LINK).find(({ table }) => table === WIDE_TABLE);
  console.log(
    `${(adding / idle).toFixed(2)} times; of the added table ${added?.progress?.rows ?? 'all'} rows were read meanwhile`,
  );
}

/** Makes changes for so long, says how long they took to be committed, and answers the 95th percentile, ms. */
async function freshness({ environment, lakePath, pollSeconds }: Run, seconds: number): Promise<number> {
  const changes = await changesOf(environment, seconds);
  await systemClock.sleep(pollSeconds * 2_000 + 3_000, signal);
  const waits = await waitsOf(changes, lakePath);
  const msAt = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? 0;
  const at = (share: number) => `${(msAt(share) / 1_000).toFixed(2)} s`;
  console.log(
    `poll every ${pollSeconds} s: ${waits.length} of ${changes.length} changes, half within ${at(0.5)}, ` +
      `95 % within ${at(0.95)}, all within ${at(1)}`,
  );
  return msAt(0.95);
}

async function withLink(pollSeconds: number, work: (run: Run) => Promise<unknown>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-latency-'));
  const environment = fork(fileURLToPath(import.meta.url), ['environment', ...(mode === 'adding' ? [home] : [])], {
    execArgv: ['--import', 'tsx'],
  });
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const service = await startService({
    settings: readSettings({ LAKELINK_HOME: join(home, 'home') }),
    log: silentLog,
    version: 'bench',
  });
  try {
    const [{ address, tables }] = (await once(environment, 'message')) as [
      { address: SandboxAddress; tables: string[] },
    ];
    await service.links.createLink({
      name: LINK,
      environmentUrl: address.url,
      authorityUrl: address.authorityUrl,
      tenantId: address.tenantId,
      clientId: address.clientId,
      clientSecret: address.clientSecret,
      lakePath,
      lakeName: null,
      partitionStrategy: 'year',
      pollSeconds,
      publishSeconds: null,
      ...NEAR_REAL_TIME,
      tables: inPlace(tables),
    });
    while (!service.links.status(LINK).every(({ label }) => label === 'Active')) await systemClock.sleep(100, signal);
    await work({ service, environment, lakePath, pollSeconds });
  } finally {
    environment.kill();
    await service.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function changesOf(environment: ChildProcess, seconds: number): Promise<readonly Change[]> {
  environment.send({ seconds });
  const [changes] = (await once(environment, 'message')) as [Change[]];
  return changes;
}

/** Milliseconds of each change, ascending; one that is not in the lake is missing. */
async function waitsOf(changes: readonly Change[], lakePath: string): Promise<readonly number[]> {
  const commits = new Map<string, readonly { readonly highWater: bigint; readonly ms: number }[]>();
  for (const table of new Set(changes.map(one => one.table))) {
    const folder = join(lakePath, '.lakelink', table, 'log');
    const entries = [];
    for (const name of (await readdir(folder)).filter(file => /^\d{20}\.json$/.test(file)).sort()) {
      const entry = JSON.parse(await readFile(join(folder, name), 'utf8')) as { kind: string; highWater?: string };
      if (entry.kind !== 'rows' || entry.highWater === undefined) continue;
      entries.push({ highWater: BigInt(entry.highWater), ms: (await stat(join(folder, name))).mtimeMs });
    }
    commits.set(table, entries);
  }
  return changes
    .flatMap(({ table, version, ms }) => {
      const found = commits.get(table)?.find(({ highWater }) => highWater >= BigInt(version));
      return found === undefined ? [] : [Math.max(0, found.ms - ms)];
    })
    .sort((a, b) => a - b);
}

/** `folder`: where the pages of a table to be added are written; null: there is none. */
async function serve(folder: string | null): Promise<void> {
  const database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: ROWS, seed: 1, clock: systemClock });
  const usable = database.tables().filter(table => table.changeTracking && !table.isIntersect && !table.isPrivate);
  const rowsOf = new Map(
    usable
      .map(({ logicalName }) => [logicalName, database.page(logicalName, { after: null, limit: 500 })] as const)
      .filter(([, rows]) => rows.length > 0)
      .slice(0, TABLES),
  );
  const tables = [...rowsOf.keys()];
  process.on('message', ({ seconds }: { readonly seconds: number }) => {
    const changes: Change[] = [];
    const timer = setInterval(() => {
      const table = tables[changes.length % tables.length] ?? '';
      const rows = rowsOf.get(table) ?? [];
      const row = rows[changes.length % rows.length];
      const stored = row === undefined ? undefined : database.patch(table, row.id, {});
      if (stored !== undefined) changes.push({ table, version: stored.version.toString(), ms: Date.now() });
      if (changes.length < seconds * CHANGES_PER_SECOND) return;
      clearInterval(timer);
      process.send?.(changes);
    }, 1_000 / CHANGES_PER_SECOND);
  });
  const address = await addressOf(database, folder);
  process.send?.({ address, tables });
}

async function addressOf(database: SandboxDatabase, folder: string | null): Promise<SandboxAddress> {
  if (folder !== null) {
    return servePrepared({ folder, rows: ADDED_ROWS, form: 'ten', pageDelayMs: ADDED_PAGE_MS, database });
  }
  const { url, authorityUrl, tenantId } = await openSandbox({ database, clock: systemClock });
  return { url, authorityUrl, tenantId, ...standardApplication };
}
