import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { startSimulatedUsers } from '../../src/sandbox/users.ts';
import { runCommand, type ServiceProcess, startServiceProcess } from '../kit/service-process.ts';

const KILLS_IN_INITIAL_SYNC = 10;
const KILLS_IN_UPDATES = 10;
const ROWS = 45_000;
const LAST_REQUESTS_MS = 300;
const signal = new AbortController().signal;

/** A run is named by its seed: LAKELINK_CRASH_SEED repeats the moments of a failed one. */
const seed = Number(process.env.LAKELINK_CRASH_SEED ?? Math.floor(Math.random() * 1e9));
console.log(`LAKELINK_CRASH_SEED=${seed}`);
const random = mulberry32(seed);

const cleanup = new Cleanup();
let database: SandboxDatabase;
let sandbox: Sandbox;
let environment: Record<string, string>;
let lakePath: string;

beforeAll(async () => {
  const home = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-crash-')), path =>
    rm(path, { recursive: true, force: true }),
  );
  database = cleanup.add(openSandboxDatabase({ path: join(home, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: ROWS, seed: 1, hostile: 0.1, clock: systemClock });
  sandbox = cleanup.add(await openSandbox({ database, clock: systemClock, requestLogMax: 1_000_000 }), opened =>
    opened.close(),
  );
  lakePath = join(home, 'lake');
  await mkdir(lakePath);
  environment = {
    LAKELINK_HOME: join(home, 'home'),
    LAKELINK_POLL_SECONDS: '0.2',
    LAKELINK_PUBLISH_SECONDS: '1',
    LAKELINK_LOG_LEVEL: 'error',
    SANDBOX_SECRET: standardApplication.clientSecret,
  };
}, 120_000);

afterAll(() => cleanup.close());

test('killed twenty times, in the initial sync and in updates, nothing is lost, repeated or read more than once again (I-2)', async () => {
  const deathsMs: number[] = [];
  let service = await firstStart();
  const nextLife = async () => {
    // What the dead process had sent is still being answered: it belongs to its life, not to the next one.
    await allAnswered();
    deathsMs.push(systemClock.nowMs());
    service = await startServiceProcess(environment);
  };
  for (let kill = 0; kill < KILLS_IN_INITIAL_SYNC; kill += 1) {
    await pause(100 + random() * 700);
    await service.kill();
    await nextLife();
  }
  await allActive();
  // A life that goes on reading whole tables follows a kill in the initial sync.
  const after = livesOf(sandbox.requestLog.entries(), deathsMs).slice(1);
  const inInitialSync = after.filter(life => life.some(({ page }) => page?.includes(' tracked ') === true)).length;
  console.log(`${inInitialSync} of ${KILLS_IN_INITIAL_SYNC} kills fell into the initial sync`);
  expect(inInitialSync).toBeGreaterThanOrEqual(3);
  await proveEqual('after the initial sync');

  const users = startSimulatedUsers(database, { changesPerSecond: 40, seed, clock: systemClock, signal });
  for (let kill = 0; kill < KILLS_IN_UPDATES; kill += 1) {
    await pause(500 + random() * 2_500);
    await service.kill();
    await nextLife();
    if (kill % 4 === 3) {
      await allActive();
      await proveEqual(`while users work, after kill ${kill + 1}`);
    }
  }
  await users.stop();
  await allActive();
  await proveEqual('at the end');
  await service.kill();
  reportRepeats(livesOf(sandbox.requestLog.entries(), deathsMs));
}, 600_000);

async function firstStart(): Promise<ServiceProcess> {
  const service = await startServiceProcess(environment);
  const tables = database
    .tables()
    .filter(({ changeTracking, kind = 'Standard' }) => changeTracking && kind === 'Standard')
    .map(({ logicalName }) => logicalName);
  const created = await runCommand(
    [
      'link',
      'create',
      'crash',
      '--environment-url',
      sandbox.url,
      '--authority-url',
      sandbox.authorityUrl,
      '--tenant-id',
      sandbox.tenantId,
      '--client-id',
      standardApplication.clientId,
      '--client-secret-env',
      'SANDBOX_SECRET',
      '--lake',
      lakePath,
      '--tables',
      tables.join(','),
    ],
    environment,
  );
  expect(created).toMatchObject({ code: 0 });
  sandbox.requestLog.clear();
  return service;
}

interface Status {
  readonly table: string;
  readonly label: string;
  readonly initialSync: string;
}

async function statuses(): Promise<Status[]> {
  const { code, out, err } = await runCommand(['status', '--json'], environment);
  if (code !== 0) throw new Error(err);
  return (JSON.parse(out) as { tables: Status[] }).tables;
}

async function allActive(): Promise<void> {
  const endMs = systemClock.nowMs() + 180_000;
  for (;;) {
    const waiting = (await statuses()).filter(({ label }) => label !== 'Active');
    if (waiting.length === 0) return;
    if (systemClock.nowMs() > endMs) throw new Error(`not active: ${JSON.stringify(waiting)}`);
    await pause(250);
  }
}

/** Until no request is logged any more: one after the other is answered, some of them for longer than one pause. */
async function allAnswered(): Promise<void> {
  for (let before = -1; before !== sandbox.requestLog.entries().length; ) {
    before = sandbox.requestLog.entries().length;
    await pause(LAST_REQUESTS_MS);
  }
}

async function proveEqual(when: string): Promise<void> {
  const { code, out, err } = await runCommand(['verify', 'crash'], environment);
  expect({ when, code, report: code === 0 ? '' : `${out}${err}`.slice(-4_000) }).toEqual({ when, code: 0, report: '' });
}

/** Requests by the life in which they began. They are logged when they end, which for a killed client is later. */
function livesOf(requests: readonly LoggedRequest[], deathsMs: readonly number[]): LoggedRequest[][] {
  const lives: LoggedRequest[][] = [...deathsMs, 0].map(() => []);
  for (const request of requests) {
    const beganMs = Date.parse(request.time);
    lives[deathsMs.filter(deathMs => deathMs <= beganMs).length]?.push(request);
  }
  return lives;
}

/** Per table and kill at most one page with rows may be asked in two lives, and none twice in one life. */
function reportRepeats(lives: readonly (readonly LoggedRequest[])[]): void {
  const seen = new Set<string>();
  let repeated = 0;
  lives.forEach((life, index) => {
    const again = new Map<string, string[]>();
    const here = new Set<string>();
    for (const { page, table, rows, status } of life) {
      if (page === null || table === null || status !== 200 || rows === null || rows === 0) continue;
      // Untracked pages of every column are the verifier's own reading.
      if (page.startsWith(`${table} list * `)) continue;
      if (seen.has(page) || here.has(page)) again.set(table, [...(again.get(table) ?? []), page]);
      here.add(page);
    }
    for (const page of here) seen.add(page);
    for (const [table, pages] of again) {
      repeated += pages.length;
      expect({ life: index, table, pages: pages.length, which: pages.slice(0, 3) }).toEqual({
        life: index,
        table,
        pages: 1,
        which: expect.anything(),
      });
    }
  });
  console.log(`${seen.size} pages, ${repeated} of them asked again over ${lives.length - 1} kills`);
}

function pause(ms: number): Promise<void> {
  return systemClock.sleep(ms, signal);
}

function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
