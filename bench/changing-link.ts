import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/app/clock.ts';
import { silentLog } from '../src/app/log.ts';
import type { SandboxAddress } from '../src/app/sandbox-process.ts';
import { readSettings } from '../src/app/settings.ts';
import { type Service, type ServiceOptions, startService } from '../src/app/start-service.ts';
import { parseLinkName } from '../src/core/names.ts';
import { standardApplication } from '../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../src/sandbox/database.ts';
import { installCatalogue, seedRows } from '../src/sandbox/seed.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { inPlace, NEAR_REAL_TIME } from '../test/kit/choices.ts';
import { servePrepared } from './prepared-environment.ts';

/**
 * A link of 20 tables whose environment, in a process of its own, makes 10 changes a second in turn over them. Run as a
 * program it is that environment.
 */
const CHANGES_PER_SECOND = 10;
const TABLES = 20;
const ROWS = 5_000;
export const ADDED_ROWS = 1_000_000;
const ADDED_PAGE_MS = 500;
export const LINK = parseLinkName('latency');
const signal = new AbortController().signal;

export interface Change {
  readonly table: string;
  /** Decimal text. */
  readonly version: string;
  /** Of the environment's commit. */
  readonly ms: number;
}

export interface ChangingLink {
  readonly service: Service;
  readonly lakePath: string;
  readonly tables: readonly string[];
  readonly pollSeconds: number;
  /** Makes changes for so long; answers them at the end. */
  change(seconds: number): Promise<readonly Change[]>;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2] ?? null);

export interface ChangingOptions {
  readonly pollSeconds: number;
  /** With a table of 1,000,000 rows that can be added, whose pages take 500 ms each. */
  readonly withAdded?: boolean;
  readonly sql?: ServiceOptions['sql'];
}

export async function withChangingLink(
  { pollSeconds, withAdded = false, sql }: ChangingOptions,
  work: (link: ChangingLink) => Promise<unknown>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-latency-'));
  const environment = fork(fileURLToPath(import.meta.url), withAdded ? [home] : [], { execArgv: ['--import', 'tsx'] });
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const service = await startService({
    settings: readSettings({ LAKELINK_HOME: join(home, 'home'), LAKELINK_SQL_PORT: '0' }),
    log: silentLog,
    version: 'bench',
    ...(sql === undefined ? {} : { sql }),
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
    await work({ service, lakePath, tables, pollSeconds, change: seconds => changesOf(environment, seconds) });
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
