import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/app/clock.ts';
import { silentLog } from '../../src/app/log.ts';
import { readSettings, type Settings } from '../../src/app/settings.ts';
import { answerOf, type SqlAnswer } from '../../src/app/sql-answer.ts';
import type { SqlClient } from '../../src/app/sql-client.ts';
import { openLocalSql } from '../../src/app/sql-local.ts';
import { type Service, startService } from '../../src/app/start-service.ts';
import { type LinkPace, sourceOf } from '../../src/app/wiring.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { parseLinkName, type TableName } from '../../src/core/names.ts';
import type { TableStatus } from '../../src/core/status.ts';
import type { CreateLinkRequest } from '../../src/engine/control.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { verifyLink } from '../../src/verify/verify-link.ts';
import { inPlace, NEAR_REAL_TIME } from './choices.ts';

export const worldLink = parseLinkName('world');
const signal = new AbortController().signal;

export interface WorldOptions {
  /** Rows of made-up data over all tables; 0 for an empty environment. */
  readonly rows: number;
  readonly seed?: number;
  /** Share of texts with quotes, line ends, NUL and the like. */
  readonly hostile?: number;
  /** Fills the environment after the made-up rows, before the link is made. */
  readonly fill?: (database: SandboxDatabase) => void | Promise<void>;
  /** Logical names; without it every table that can be exported. */
  readonly tables?: readonly string[];
  readonly sandbox?: Partial<SandboxOptions>;
  readonly pace?: LinkPace;
  readonly month?: boolean;
  /** With a SQL endpoint at a free port. */
  readonly sql?: boolean;
  /** Further settings by their environment names. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The whole program in this process: an embedded environment, a service, one link to a lake in a temporary folder. */
export interface World {
  readonly database: SandboxDatabase;
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly lakePath: string;
  readonly service: Service;
  /** What a link to this world's environment is made with. */
  request(change?: Partial<CreateLinkRequest>): Promise<CreateLinkRequest>;
  status(table: string): TableStatus;
  /** Until every table is active and was polled since the call, and what it brought is published. */
  caughtUp(): Promise<void>;
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** `atRest`: the service is stopped, so nothing is waited for. */
  verify(tables?: readonly string[], options?: { readonly atRest?: boolean }): Promise<VerifyReport>;
  /** As `lakelink sql --lake` answers it. */
  query(sql: string): Promise<SqlAnswer>;
  /** Starts the service again after it was stopped by itself. */
  start(): Promise<void>;
  /** Stops the service and starts it again on the same home. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Quick enough for tests; the usual pace otherwise. */
const PACE: LinkPace = {
  pollMs: 100,
  quietPollMs: 200,
  retryMs: 100,
  retryMsMax: 1_000,
  pausedMs: 500,
  publishMs: 200,
};
const LOOK_MS = 50;
const PATIENCE_MS = 120_000;

/** Opens a world without its link. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const cleanup = new Cleanup();
  try {
    const home = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-world-')), path =>
      rm(path, { recursive: true, force: true }),
    );
    const database = cleanup.add(openSandboxDatabase({ path: join(home, 'environment.db') }), opened => opened.close());
    const { seed = 1, rows, hostile = 0.1 } = options;
    installCatalogue(database, { seed });
    if (rows > 0) await seedRows(database, { rows, seed, hostile, clock: systemClock });
    await options.fill?.(database);
    const sandbox = cleanup.add(await openSandbox({ database, clock: systemClock, ...options.sandbox }), opened =>
      opened.close(),
    );
    const lakePath = join(home, 'lake');
    await mkdir(lakePath);
    const memory = { LAKELINK_ENGINE_MEMORY_MB: '1024', LAKELINK_SQL_MEMORY_MB: '512' };
    const own = { LAKELINK_HOME: join(home, 'home'), LAKELINK_SQL_PORT: '0', ...memory, ...options.settings };
    const settings = readSettings(own);
    const world = new RealWorld({ cleanup, database, sandbox, settings, lakePath, options });
    await world.start();
    return world;
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

/** Opens a world, makes its link and waits for the first full sync. */
export async function openSyncedWorld(options: WorldOptions): Promise<World> {
  const world = await openWorld(options);
  try {
    await world.service.links.createLink(await world.request());
    await world.caughtUp();
    return world;
  } catch (failure) {
    await world.stop();
    throw failure;
  }
}

/** A lake at rest, full of hostile texts, for readers that we did not write. */
export async function syncedLake(
  options: Partial<WorldOptions> = {},
): Promise<{ readonly root: string; stop(): Promise<void> }> {
  const world = await openSyncedWorld({ rows: 3_000, hostile: 0.5, ...options });
  return { root: world.lakePath, stop: () => world.stop() };
}

class RealWorld implements World {
  readonly database: SandboxDatabase;
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly lakePath: string;
  readonly #cleanup: Cleanup;
  readonly #options: WorldOptions;
  #service: Service | null = null;
  #lake: SqlClient | null = null;

  constructor(parts: {
    readonly cleanup: Cleanup;
    readonly database: SandboxDatabase;
    readonly sandbox: Sandbox;
    readonly settings: Settings;
    readonly lakePath: string;
    readonly options: WorldOptions;
  }) {
    this.database = parts.database;
    this.sandbox = parts.sandbox;
    this.settings = parts.settings;
    this.lakePath = parts.lakePath;
    this.#cleanup = parts.cleanup;
    this.#options = parts.options;
  }

  get service(): Service {
    if (this.#service === null) throw new Error('the service does not run');
    return this.#service;
  }

  async start(): Promise<void> {
    const pace = { ...PACE, ...this.#options.pace };
    const sql = this.#options.sql === true ? { sql: { portTaken: 'fail' } as const } : {};
    this.#service = await startService({ settings: this.settings, log: silentLog, version: 'test', pace, ...sql });
  }

  async restart(): Promise<void> {
    await this.service.stop();
    await this.start();
  }

  async request(change: Partial<CreateLinkRequest> = {}): Promise<CreateLinkRequest> {
    const partitionStrategy = this.#options.month === true ? 'month' : 'year';
    return {
      name: worldLink,
      environmentUrl: this.sandbox.url,
      tenantId: this.sandbox.tenantId,
      clientId: standardApplication.clientId,
      clientSecret: standardApplication.clientSecret,
      authorityUrl: this.sandbox.authorityUrl,
      lakePath: this.lakePath,
      lakeName: null,
      partitionStrategy,
      pollSeconds: null,
      publishSeconds: null,
      ...NEAR_REAL_TIME,
      tables: change.tables ?? inPlace(this.#options.tables ?? (await this.#exportable()), partitionStrategy),
      ...change,
    };
  }

  status(table: string): TableStatus {
    const found = this.service.links.status(worldLink).find(one => one.table === table);
    if (found === undefined) throw new Error(`${table} is not in the link`);
    return found;
  }

  async caughtUp(): Promise<void> {
    const sinceMs = systemClock.nowMs();
    await this.until('every table is caught up', () =>
      this.service.links
        .status(worldLink)
        .every(
          ({ label, lastPolledOn, pendingBatches }) =>
            label === 'Active' &&
            pendingBatches === 0 &&
            lastPolledOn !== null &&
            Date.parse(lastPolledOn) > sinceMs + 2 * LOOK_MS,
        ),
    );
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = systemClock.nowMs() + PATIENCE_MS;
    while (!(await holds())) {
      if (systemClock.nowMs() > endMs) {
        const tables = this.service.links
          .status()
          .map(({ table, label, error }) => `${table}: ${label} ${error?.message ?? ''}`);
        throw new Error(`it never came to: ${what}\n${tables.join('\n')}`);
      }
      await systemClock.sleep(LOOK_MS, signal);
    }
  }

  verify(tables?: readonly string[], { atRest = false }: { readonly atRest?: boolean } = {}): Promise<VerifyReport> {
    return verifyLink({
      environment: {
        url: this.sandbox.url,
        tenantId: this.sandbox.tenantId,
        clientId: standardApplication.clientId,
        clientSecret: standardApplication.clientSecret,
        authority: this.sandbox.authorityUrl,
      },
      lake: { root: this.lakePath },
      tables,
      atRest,
      clock: systemClock,
      signal,
    });
  }

  async query(sql: string): Promise<SqlAnswer> {
    // A lake folder is read without a service and without its ledger, which tests stop, break and restore.
    const settings = { ...this.settings, home: join(this.settings.home, 'none') };
    const wanted = { link: null, database: null, lakePath: this.lakePath };
    this.#lake ??= this.#cleanup.add(await openLocalSql({ ...wanted, settings, version: 'test' }), lake =>
      lake.close(),
    );
    return answerOf(this.#lake, { sql, signal });
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    await this.#cleanup.close();
  }

  async #exportable(): Promise<TableName[]> {
    const request = await this.request({ tables: [] });
    const source = sourceOf(request);
    try {
      return (await source.tables(signal)).filter(({ refusal }) => refusal === null).map(({ table }) => table);
    } finally {
      await source.close();
    }
  }
}

/** The differences of a report, short enough for a failing test's message; empty when it is clean. */
export function differences(report: VerifyReport): unknown[] {
  const tables = report.tables
    .filter(table => !table.clean)
    .map(({ table, missing, extra, different, samples, columns }) => ({
      table,
      missing,
      extra,
      different,
      samples: samples.slice(0, 3),
      unnamed: columns.unnamed,
      mistyped: columns.mistyped,
    }));
  return [...tables, ...report.layout.problems.slice(0, 5)];
}
