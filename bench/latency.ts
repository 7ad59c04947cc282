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
import { startService } from '../src/app/start-service.ts';
import { parseLinkName } from '../src/core/names.ts';
import { standardApplication } from '../src/sandbox/applications.ts';
import { installCatalogue, seedRows } from '../src/sandbox/seed.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { inPlace, NEAR_REAL_TIME } from '../test/kit/choices.ts';

/**
 * From a change's commit in the environment to its commit in the lake, with 10 changes a second over 20 tables, for the
 * usual poll interval and the demo's. A change counts as committed with the file of the first log entry that reaches
 * its version. The environment runs in a process of its own. Seconds to measure: `node … 60`.
 */
const CHANGES_PER_SECOND = 10;
const TABLES = 20;
const ROWS = 5_000;
const LINK = parseLinkName('latency');
const signal = new AbortController().signal;

interface Change {
  readonly table: string;
  readonly version: string;
  readonly ms: number;
}

if (process.argv[2] === 'environment') await serve();
else for (const pollSeconds of [5, 1]) await measure(pollSeconds, Number(process.argv[2] ?? 60));

async function measure(pollSeconds: number, seconds: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-latency-'));
  const environment = fork(fileURLToPath(import.meta.url), ['environment'], { execArgv: ['--import', 'tsx'] });
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
    const changes = await changesOf(environment, seconds);
    await systemClock.sleep(pollSeconds * 2_000 + 3_000, signal);
    const waits = await waitsOf(changes, lakePath);
    const at = (share: number) => `${((waits[Math.floor(share * (waits.length - 1))] ?? 0) / 1_000).toFixed(2)} s`;
    console.log(
      `poll every ${pollSeconds} s: ${waits.length} of ${changes.length} changes, half within ${at(0.5)}, ` +
        `95 % within ${at(0.95)}, all within ${at(1)}`,
    );
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

async function serve(): Promise<void> {
  const database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: ROWS, seed: 1, clock: systemClock });
  const { url, authorityUrl, tenantId } = await openSandbox({ database, clock: systemClock });
  const { clientId, clientSecret } = standardApplication;
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
  const address: SandboxAddress = { url, authorityUrl, tenantId, clientId, clientSecret };
  process.send?.({ address, tables });
}
