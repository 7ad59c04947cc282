import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import { silentLog } from '../src/app/log.ts';
import { readSettings } from '../src/app/settings.ts';
import { startService } from '../src/app/start-service.ts';
import { parseLinkName } from '../src/core/names.ts';
import { standardApplication } from '../src/sandbox/applications.ts';
import type { LoggedRequest } from '../src/sandbox/request-log.ts';
import { openSandbox, type Sandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { inPlace, NEAR_REAL_TIME } from '../test/kit/choices.ts';
import { installWideEnvironment, wideTableName } from '../test/kit/wide-environment.ts';

/**
 * What a link costs its environment while nothing happens there: HTTP requests a minute, and operations a minute (a batch
 * is one request of many operations), by what they ask. A link of many small tables is synced, left alone until all of
 * them are polled at their slowest pace, and then watched. Tables and minutes: `node … 1000 3`.
 */
const LINK = parseLinkName('idle');
const signal = new AbortController().signal;
const [tableCount = 1_000, minutes = 3] = process.argv.slice(2).map(Number);
await measure();

async function measure(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-idle-'));
  const database = openSandboxDatabase({ path: ':memory:' });
  fill();
  const sandbox = await openSandbox({ database, clock: systemClock, requestLogMax: 1_000_000 });
  const settings = readSettings({ LAKELINK_HOME: join(home, 'home') });
  const service = await startService({ settings, log: silentLog, version: 'bench' });
  try {
    const start = performance.now();
    await service.links.createLink(await link(sandbox, home));
    const created = counted(sandbox);
    print(`link of ${tableCount} tables made and checked`, { start, ...created });
    await until(() => service.links.status(LINK).every(({ initialSync }) => initialSync === 'Completed'));
    print('initial sync of all of them', { start, ...counted(sandbox) });
    // From 5 seconds the pause between polls doubles up to 60: about two minutes, and one more.
    await systemClock.sleep(180_000, signal);
    sandbox.requestLog.clear();
    await systemClock.sleep(minutes * 60_000, signal);
    report(sandbox.requestLog.entries());
  } finally {
    await service.stop();
    await sandbox.close();
    database.close();
    await rm(home, { recursive: true, force: true });
  }

  function fill(): void {
    database.setOrganization({
      organizationId: '00000000-0000-4000-8000-000000000001',
      friendlyName: 'Idle',
      uniqueName: 'idle',
      version: '9.2.0.0',
      baseCurrencyId: '00000000-0000-4000-8000-000000000002',
      rootBusinessUnitId: '00000000-0000-4000-8000-000000000003',
    });
    installWideEnvironment(database, { tables: tableCount, columns: 10 });
    for (let number = 1; number <= tableCount; number += 1) {
      const name = wideTableName(number);
      database.put(name, [{ [`${name}id`]: '00000000-0000-4000-8000-000000000004', name: 'the only row' }]);
    }
  }
}

async function link({ url, authorityUrl, tenantId }: Sandbox, home: string) {
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const { clientId, clientSecret } = standardApplication;
  return {
    name: LINK,
    environmentUrl: url,
    authorityUrl,
    tenantId,
    clientId,
    clientSecret,
    lakePath,
    lakeName: null,
    partitionStrategy: 'year',
    pollSeconds: null,
    publishSeconds: null,
    ...NEAR_REAL_TIME,
    tables: inPlace(Array.from({ length: tableCount }, (_, n) => wideTableName(n + 1))),
  } as const;
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await systemClock.sleep(500, signal);
}

function counted({ requestLog }: Sandbox): { readonly requests: number } {
  return { requests: requestLog.entries().length };
}

function print(what: string, { start, requests }: { readonly start: number; readonly requests: number }): void {
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  console.log(`${what.padEnd(44)} ${seconds.padStart(5)} s  ${String(requests).padStart(6)} requests so far`);
}

function report(entries: readonly LoggedRequest[]): void {
  const kinds = new Map<string, { requests: number; operations: number }>();
  for (const entry of entries) {
    const kind = kindOf(entry);
    const known = kinds.get(kind) ?? { requests: 0, operations: 0 };
    kinds.set(kind, { requests: known.requests + 1, operations: known.operations + entry.operations });
  }
  const all = { requests: entries.length, operations: entries.reduce((sum, { operations }) => sum + operations, 0) };
  console.log(`${tableCount} quiet tables, ${minutes} minutes: a minute`);
  for (const [kind, { requests, operations }] of [...kinds, ['together', all] as const]) {
    const each = (count: number) => (count / minutes).toFixed(1).padStart(8);
    console.log(`${kind.padEnd(44)} ${each(requests)} requests  ${each(operations)} operations`);
  }
}

function kindOf({ path }: LoggedRequest): string {
  if (path.includes('$batch')) return 'have these tables changed ($batch)';
  if (path.includes('RetrieveMetadataChanges') || path.includes('EntityDefinitions')) return 'definitions';
  if (path.includes('WhoAmI') || path.includes('Organization')) return 'is it the same environment';
  return path.includes('token') ? 'sign-in' : 'single tables';
}
