import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { openHome } from '../../src/app/home.ts';
import { silentLog } from '../../src/app/log.ts';
import type { OpenLake } from '../../src/app/service-parts.ts';
import { openLinkStarter } from '../../src/app/wiring.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { Fault } from '../../src/core/fault.ts';
import { parseLinkName } from '../../src/core/names.ts';
import type { LinkSettings, RunningLink } from '../../src/engine/control.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { installCatalogue } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import { openFolderLake } from '../../src/verify/lake-reader.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { verifyLink } from '../../src/verify/verify-link.ts';
import { Chance } from '../kit/chance.ts';
import { linkTables, NEAR_REAL_TIME } from '../kit/choices.ts';
import { SweepEnvironment, TABLES } from './sweep-environment.ts';
import { type OutputShape, SweepReaders } from './sweep-readers.ts';

const seed = Number(process.env.LAKELINK_CRASH_SEED ?? Math.floor(Math.random() * 1e9));
const ROUNDS = 6;
const PATIENCE_MS = 180_000;
const LOOK_MS = 100;
const PACE = { pollMs: 60, quietPollMs: 100, retryMs: 30, retryMsMax: 200, publishMs: 60, folderMs: 800 };
const { signal } = new AbortController();
const shapes: readonly OutputShape[] = ['in place', 'append only', 'incremental folders'];

test.each(shapes)(
  '%s: two workers on one lake, which no lock keeps apart, lose no version and tell none twice (I-2, I-3)',
  async shape => {
    console.log(`two workers, ${shape}: LAKELINK_CRASH_SEED=${seed}`);
    await using cleanup = new Cleanup();
    const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-two-')), path =>
      rm(path, { recursive: true, force: true, maxRetries: 5 }),
    );
    const database = cleanup.add(openSandboxDatabase({ path: join(folder, 'environment.db') }), opened =>
      opened.close(),
    );
    installCatalogue(database, { seed: 1 });
    const environment = new SweepEnvironment(database, new Chance(seed));
    const sandbox = cleanup.add(await openSandbox({ database, clock: systemClock }), opened => opened.close());
    const lakePath = join(folder, 'lake');
    await mkdir(lakePath);
    const settings = settingsOf({ shape, sandbox, lakePath, organizationId: database.organization().organizationId });
    const workers = await Promise.all(
      ['one', 'two'].map(name => startWorker(cleanup, { settings, home: join(folder, name) })),
    );
    const lake = await openFolderLake(lakePath);
    const readers = new SweepReaders({ shape, environment });
    const given = { away: new Set<string>(), columns: new Map<string, string>() };
    const rest = async () => {
      const endMs = systemClock.nowMs() + PATIENCE_MS;
      for (;;) {
        const wrong = await readers.wrongOf(lake, given);
        if (wrong.lost.length + wrong.unreadable.length === 0) return environment.settle(given.away);
        if (systemClock.nowMs() > endMs) {
          const status = JSON.stringify(workers.map(worker => worker.status())).slice(0, 4_000);
          throw new Error(`readers never found ${JSON.stringify(wrong).slice(0, 2_000)}\n${status}`);
        }
        await systemClock.sleep(LOOK_MS, signal);
      }
    };
    await rest();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const table of TABLES) environment.update(table, 0.3);
      environment.remove(TABLES[round % TABLES.length] ?? TABLES[0], 2);
      environment.insert(TABLES[0], 3);
      if (shape !== 'incremental folders') await Promise.all(workers.map(snapshotsOf));
      await rest();
    }
    await Promise.all(workers.map(worker => worker.stop()));
    // A manifest shows what its worker knew. One that works alone brings it up to date: here the next life.
    const alone = await startWorker(cleanup, { settings, home: join(folder, 'alone') });
    await atRest(alone);
    await alone.stop();
    const wrong = await readers.wrongOf(lake, given);
    expect(wrong).toEqual({ lost: [], repeated: [], unreadable: [] });
    const { url, tenantId, authorityUrl: authority } = sandbox;
    const { clientId, clientSecret } = standardApplication;
    const proof = await verifyLink({
      environment: { url, tenantId, clientId, clientSecret, authority },
      lake,
      tables: TABLES,
      atRest: true,
      clock: systemClock,
      signal,
    });
    expect(proof.tables.filter(({ clean }) => !clean)).toEqual([]);
    expect(proof.layout.problems).toEqual([]);
    // Files of a snapshot that the other worker was quicker with are named nowhere, and stay for the time of retention.
    const snapshotsKept = NEAR_REAL_TIME.snapshotsKept + workers.length * ROUNDS;
    const rules = await verifyLayout({ lake, snapshotsKept, atRest: true, clock: systemClock, signal });
    expect(rules.layout.problems).toEqual([]);
  },
  300_000,
);

async function atRest(worker: RunningLink): Promise<void> {
  const endMs = systemClock.nowMs() + PATIENCE_MS;
  const isAtRest = () =>
    worker.status().every(({ label, pendingBatches }) => label === 'Active' && pendingBatches === 0);
  while (!isAtRest()) {
    if (systemClock.nowMs() > endMs) throw new Error(JSON.stringify(worker.status()).slice(0, 4_000));
    await systemClock.sleep(LOOK_MS, signal);
  }
}

/** Of two that show the lake at once one may lose its turn: what it made is shown by the other, or the next time. */
async function snapshotsOf(worker: RunningLink): Promise<void> {
  await worker.takeSnapshots(null).catch(failure => {
    if (!(failure instanceof Fault)) throw failure;
  });
}

/** A worker as the service makes it, but for the lock on its lake. */
async function startWorker(
  cleanup: Cleanup,
  { settings, home: path }: { readonly settings: LinkSettings; readonly home: string },
): Promise<RunningLink> {
  const home = openHome(path);
  const engine = { engineMemoryMb: 512, engineThreads: 1 };
  const network = { httpsProxy: null, httpProxy: null, noProxy: null, caFile: null };
  const starter = cleanup.add(
    await openLinkStarter({ settings: { ...engine, ...network }, home, log: silentLog, pace: PACE, rowsPerPage: 18 }),
    opened => opened.close(),
  );
  const store = await openFolderStore({ root: settings.lakePath, newId: randomUUID, clock: systemClock });
  const refuse = () => Promise.reject(new Error('not of a worker'));
  const lake: OpenLake = {
    store,
    describe: refuse,
    contents: refuse,
    loggedTables: refuse,
    erase: refuse,
    close: refuse,
  };
  return cleanup.add(await starter.startLink(settings, { secret: standardApplication.clientSecret, lake }), started =>
    started.stop(),
  );
}

function settingsOf(parts: {
  readonly shape: OutputShape;
  readonly sandbox: Sandbox;
  readonly lakePath: string;
  readonly organizationId: string;
}): LinkSettings {
  const { shape, sandbox, lakePath, organizationId } = parts;
  const appendOnly = shape === 'append only';
  return {
    id: 'two-workers',
    name: parseLinkName('two'),
    environmentUrl: sandbox.url,
    tenantId: sandbox.tenantId,
    clientId: standardApplication.clientId,
    authorityUrl: sandbox.authorityUrl,
    lakePath,
    lakeName: 'dataverse-two-1',
    partitionStrategy: 'year',
    pollSeconds: 1,
    publishSeconds: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    organizationId,
    ...NEAR_REAL_TIME,
    ...(shape === 'incremental folders' ? { output: 'incremental' as const } : { snapshotMinutes: 60 }),
    paused: null,
    tables: linkTables(TABLES).map(chosen => ({ ...chosen, appendOnly })),
  };
}
