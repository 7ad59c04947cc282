import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '../core/cleanup.ts';
import { Fault, faults, toFault } from '../core/fault.ts';
import { DEFAULT_OUTPUT } from '../core/link-choices.ts';
import { parseLinkName } from '../core/names.ts';
import type { TableStatus } from '../core/status.ts';
import { parseUserName } from '../core/user-name.ts';
import { systemClock } from './clock.ts';
import { makeChange } from './demo-change.ts';
import { type SandboxProcess, startSandboxProcess } from './demo-sandbox.ts';
import { openHome } from './home.ts';
import { openLog } from './log.ts';
import type { SandboxAddress } from './sandbox-process.ts';
import type { Settings } from './settings.ts';
import { answerOf, type SqlAnswer } from './sql-answer.ts';
import type { SqlClient } from './sql-client.ts';
import { openLocalSql } from './sql-local.ts';
import { type Service, startService } from './start-service.ts';
import { sourceOf } from './wiring.ts';

const LINK = parseLinkName('demo');
const USER = parseUserName('demo');
const LOOK_MS = 150;
/** So that a change in a quiet table is seen while someone watches. */
const QUIET_POLL_MS = 2_000;
/** A table in need of a person for this long ends the first sync with its reason. */
const TROUBLE_MS_MAX = 15_000;
/** Nothing moved for this long. */
const STANDSTILL_MS_MAX = 180_000;
const CHANGE_MS_MAX = 60_000;
const SNAPSHOTS_MS_MAX = 60_000;
/** Somebody who looks on sees the first ones change. */
const SNAPSHOT_MINUTES = 1;

export const SAMPLE_SQL = `SELECT a.name AS account, count(*) AS opportunities, sum(o.estimatedvalue) AS estimated
FROM opportunity o JOIN account a ON a.accountid = o.parentaccountid
GROUP BY a.accountid, a.name ORDER BY estimated DESC NULLS LAST, account LIMIT 5`;

export interface DemoOptions {
  /** End after the first full sync and one incremental update. */
  readonly once: boolean;
  readonly rows: number;
  readonly seed: number;
  readonly changesPerSecond: number;
  readonly month: boolean;
}

/** Where the demo shows what happens. */
export interface DemoScreen {
  say(line: string): void;
  /** The made-up environment is being filled. */
  seeding(progress: { readonly done: number; readonly total: number }): void;
  /** The initial sync, many times a second. */
  progress(tables: readonly TableStatus[]): void;
  result(sql: string, answer: SqlAnswer): void;
  /** What the user has now, and what to try. */
  overview(about: {
    readonly lakePath: string;
    readonly home: string;
    readonly link: string;
    /** Null: there is no SQL endpoint. */
    readonly sql: DemoSignIn | null;
  }): void;
  /** The state of every table, many times a second. */
  live(tables: readonly TableStatus[], nowMs: number): void;
  /** The last state of every table. */
  end(tables: readonly TableStatus[]): void;
}

/** How a SQL client gets in, as long as the demo runs. */
export interface DemoSignIn {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

interface Demo {
  readonly service: Service;
  readonly sandbox: SandboxProcess;
  readonly screen: DemoScreen;
  readonly signal: AbortSignal;
  readonly lakePath: string;
  readonly lake: SqlClient;
  readonly password: string;
}

/**
 * The whole product on one machine: the embedded environment in a child process, the service in this one, a link to a
 * folder. Ends by Ctrl-C, or with `once` by itself; a failure is thrown with its reason after everything was stopped.
 */
export async function runDemo(parts: {
  readonly settings: Settings;
  readonly options: DemoOptions;
  readonly screen: DemoScreen;
  readonly signal: AbortSignal;
  readonly version: string;
}): Promise<void> {
  const { options, screen, signal, version } = parts;
  const settings: Settings = { ...parts.settings, pollSeconds: 1, publishSeconds: 2 };
  const home = openHome(settings.home);
  const cleanup = new Cleanup();
  try {
    // First the environment: a link whose environment does not answer yet would wait before it asks again.
    const sandbox = cleanup.add(
      await startSandboxProcess({
        folder: home.sandboxPath,
        ...options,
        onSeeding: progress => screen.seeding(progress),
        signal,
      }),
      started => started.stop(),
    );
    const log = openLog({ level: settings.logLevel, file: home.demoLogPath });
    const pace = { quietPollMs: QUIET_POLL_MS };
    // Whoever wants it over in seconds connects to nothing.
    const sql = options.once ? {} : { sql: { portTaken: 'free' } as const };
    const service = cleanup.add(await startService({ settings, log, version, pace, ...sql }), started =>
      started.stop(),
    );
    const password = randomBytes(12).toString('base64url');
    if (service.sql !== null) cleanup.add(await makeUser(service, password), remove => remove());
    const lakePath = join(home.lakesPath, 'demo');
    await ensureLink({ service, sandbox, screen, signal, lakePath }, options);
    const wanted = { link: null, database: null, lakePath };
    const lake = cleanup.add(await openLocalSql({ ...wanted, settings, version }), opened => opened.close());
    const demo = { service, sandbox, screen, signal, lakePath, lake, password };
    await untilStopped(demo, run(demo, options));
  } catch (failure) {
    if (!signal.aborted) throw failure;
  } finally {
    await cleanup.close();
  }
}

async function run(demo: Demo, options: DemoOptions): Promise<void> {
  const { screen, service, lakePath } = demo;
  await firstSync(demo);
  if (options.once) await oneUpdate(demo);
  screen.result(SAMPLE_SQL, await answerOf(demo.lake, { sql: SAMPLE_SQL, signal: demo.signal }));
  screen.overview({ lakePath, home: service.home.path, link: LINK, sql: await signInOf(demo) });
  if (options.once) await firstSnapshots(demo);
  else await live(demo);
  screen.end(service.links.status(LINK));
}

/** A user of this demo alone; one that a killed demo left has a password that nobody knows. Answers what removes it. */
async function makeUser({ administration }: Service, password: string): Promise<() => Promise<void>> {
  const { users } = administration;
  if ((await users.list()).some(({ name }) => name === USER)) await users.remove(USER);
  await users.create({ name: USER, role: 'Maker', databases: 'all', password });
  return () => users.remove(USER);
}

/** Null: there is no endpoint; why not was said. */
async function signInOf({ service, screen, password }: Demo): Promise<DemoSignIn | null> {
  const { sql } = service;
  if (sql === null) return null;
  try {
    await sql.begun;
  } catch (failure) {
    screen.say(`no SQL endpoint: ${toFault(failure).message}`);
    return null;
  }
  if (sql.address === null) return null;
  const { host, port } = sql.address;
  return { host, port, user: USER, password, database: service.links.link(LINK).lakeName };
}

/** Ends early when the sandbox dies or someone asked the service to stop. */
async function untilStopped(demo: Demo, work: Promise<void>): Promise<void> {
  const died = demo.sandbox.died.then(fault => {
    throw fault;
  });
  await Promise.race([work, died, demo.service.stopAsked]);
}

/** The demo's link over kept data, or a new one with every table that can be exported. */
async function ensureLink(demo: Omit<Demo, 'lake' | 'password'>, options: DemoOptions): Promise<void> {
  const { service, screen, lakePath, sandbox } = demo;
  const { address } = sandbox;
  const kept = service.links.links().find(link => link.name === LINK);
  if (kept !== undefined) {
    if (kept.environmentUrl !== address.url)
      throw new Fault('source/changed', { link: LINK, url: kept.environmentUrl });
    screen.say(`going on with the kept data: ${kept.tables.length} tables in ${lakePath}`);
    return;
  }
  mkdirSync(lakePath, { recursive: true, mode: 0o700 });
  const tables = await exportableTables(address, demo.signal);
  screen.say(`linking ${tables.length} tables of ${address.url} to ${lakePath}`);
  const partitionStrategy = options.month ? 'month' : 'year';
  await service.links.createLink({
    name: LINK,
    environmentUrl: address.url,
    tenantId: address.tenantId,
    clientId: address.clientId,
    clientSecret: address.clientSecret,
    authorityUrl: address.authorityUrl,
    lakePath,
    lakeName: null,
    partitionStrategy,
    pollSeconds: null,
    publishSeconds: null,
    ...DEFAULT_OUTPUT,
    snapshotMinutes: SNAPSHOT_MINUTES,
    tables: tables.map(table => ({ table, appendOnly: false, partitionStrategy })),
  });
}

async function exportableTables(address: SandboxAddress, signal: AbortSignal) {
  const source = sourceOf({ ...address, environmentUrl: address.url });
  try {
    const offered = await source.tables(signal);
    return offered.filter(table => table.refusal === null).map(table => table.table);
  } finally {
    await source.close();
  }
}

async function firstSync({ service, screen, signal }: Demo): Promise<void> {
  let moved = '';
  let movedAtMs = systemClock.nowMs();
  const troubled = new Map<string, number>();
  for (;;) {
    const tables = service.links.status(LINK);
    screen.progress(tables);
    if (tables.every(table => table.initialSync === 'Completed')) return;
    const nowMs = systemClock.nowMs();
    for (const table of tables) refuseTrouble(table, { troubled, nowMs });
    const now = JSON.stringify(tables.map(table => [table.label, table.count, table.progress?.rows]));
    if (now !== moved) movedAtMs = nowMs;
    moved = now;
    if (nowMs - movedAtMs > STANDSTILL_MS_MAX) {
      const waiting = tables.filter(table => table.initialSync !== 'Completed').map(table => table.table);
      throw new Fault('source/timeout', { link: LINK, table: waiting.join(','), waitedMs: STANDSTILL_MS_MAX });
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
}

function refuseTrouble(table: TableStatus, known: { readonly troubled: Map<string, number>; readonly nowMs: number }) {
  const { troubled, nowMs } = known;
  if (table.error === null || !['pause', 'never'].includes(faults[table.error.code].retry)) {
    troubled.delete(table.table);
    return;
  }
  const sinceMs = troubled.get(table.table) ?? nowMs;
  troubled.set(table.table, sinceMs);
  if (nowMs - sinceMs > TROUBLE_MS_MAX) {
    throw new Fault(table.error.code, { table: table.table, reason: table.error.message });
  }
}

/** Makes a change in the environment, as a user would, and waits until SQL shows it. */
async function oneUpdate(demo: Demo): Promise<void> {
  const { screen, sandbox, signal } = demo;
  const startedMs = systemClock.nowMs();
  const { id, name } = await makeChange(sandbox.address, { nowMs: startedMs, signal });
  const sql = `SELECT name FROM account WHERE accountid = '${id}'`;
  for (;;) {
    const { rows } = await answerOf(demo.lake, { sql, signal });
    if (rows[0]?.[0] === name) break;
    if (systemClock.nowMs() - startedMs > CHANGE_MS_MAX) {
      throw new Fault('source/timeout', { link: LINK, table: 'account', waitedMs: CHANGE_MS_MAX });
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
  const seconds = ((systemClock.nowMs() - startedMs) / 1_000).toFixed(1);
  screen.say(`incremental update: a new account was in the lake ${seconds} s after it was saved`);
}

/** Then `model.json` names what there is. A table that is in trouble is not waited for longer than that. */
async function firstSnapshots({ service, signal }: Demo): Promise<void> {
  const endMs = systemClock.nowMs() + SNAPSHOTS_MS_MAX;
  while (service.links.status(LINK).some(({ lastSnapshotOn }) => lastSnapshotOn === null)) {
    if (systemClock.nowMs() > endMs) return;
    await systemClock.sleep(LOOK_MS, signal);
  }
}

async function live({ service, screen, signal }: Demo): Promise<void> {
  while (!signal.aborted) {
    screen.live(service.links.status(LINK), systemClock.nowMs());
    await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
