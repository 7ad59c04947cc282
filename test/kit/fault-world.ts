import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/app/clock.ts';
import { openBatcher } from '../../src/batch/batcher.ts';
import { type Engine, openEngine } from '../../src/batch/duckdb.ts';
import { openSpool } from '../../src/batch/spool.ts';
import { openCdmReplica } from '../../src/cdm/replica.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import type { FaultCode } from '../../src/core/fault.ts';
import { LinkLog } from '../../src/core/link-log.ts';
import { parseLinkName } from '../../src/core/names.ts';
import type { TableStatus } from '../../src/core/status.ts';
import { openSource, type SourceOptions } from '../../src/dataverse/source.ts';
import type { LinkSettings } from '../../src/engine/control.ts';
import { LinkRunner } from '../../src/engine/link-runner.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { installCatalogue } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { verifyLink } from '../../src/verify/verify-link.ts';
import { linkTables, NEAR_REAL_TIME } from './choices.ts';

const signal = new AbortController().signal;

/** The table that has the trouble, and one that must not notice it (I-8). */
export const troubled = 'contact';
export const calm = 'account';
export const ROWS = 230;
const CALM_ROWS = 12;
const ROWS_PER_PAGE = 50;

const LOOK_MS = 15;
const PATIENCE_MS = 25_000;

export interface FaultWorldOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  readonly source?: Partial<SourceOptions>;
}

/** Short enough that a stalled exchange costs a test a moment; the program has the same limits, only longer. */
const TIMEOUTS = { connectMs: 1_000, headersMs: 400, bodyMs: 400, wholeMs: 3_000 };
const PATIENCE = { waitTotalMs: 2_500, attemptsMax: 3 };

const PACE = {
  pollMs: 30,
  quietPollMs: 60,
  retryMs: 20,
  retryMsMax: 100,
  pausedMs: 150,
  publishMs: 60,
} as const;

/** What the worlds of a test file share: the embedded engine. */
export class FaultBench {
  readonly #cleanup = new Cleanup();
  readonly #engine: Engine;
  readonly #folder: string;
  #worlds = 0;

  private constructor(engine: Engine, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
  }

  static async open(): Promise<FaultBench> {
    const folder = await mkdtemp(join(tmpdir(), 'lakelink-faults-'));
    const engine = await openEngine({ memoryMb: 512, threads: 2, tempDirectory: join(folder, 'spill') });
    const bench = new FaultBench(engine, folder);
    bench.#cleanup.add(folder, path => rm(path, { recursive: true, force: true }));
    bench.#cleanup.add(engine, opened => opened.close());
    return bench;
  }

  /** An environment of its own with two small tables, and a lake; nothing is read before `start`. */
  async world(options: FaultWorldOptions = {}): Promise<FaultWorld> {
    this.#worlds += 1;
    const folder = join(this.#folder, String(this.#worlds));
    await mkdir(join(folder, 'lake'), { recursive: true });
    const database = openSandboxDatabase({ path: join(folder, 'environment.db') });
    installCatalogue(database, { seed: 1 });
    database.put(
      troubled,
      Array.from({ length: ROWS }, (_, number) => contact(number, `first ${number}`)),
    );
    database.put(
      calm,
      Array.from({ length: CALM_ROWS }, (_, number) => account(number)),
    );
    const sandbox = await openSandbox({ database, clock: systemClock, ...options.sandbox });
    const world = new FaultWorld({ folder, database, sandbox, engine: this.#engine, options });
    this.#cleanup.add(world, opened => opened.close());
    return world;
  }

  async close(): Promise<void> {
    await this.#cleanup.close();
  }
}

interface WorldParts {
  readonly folder: string;
  readonly database: SandboxDatabase;
  readonly sandbox: Sandbox;
  readonly engine: Engine;
  readonly options: FaultWorldOptions;
}

/** The embedded environment over HTTP, the real source, the whole engine, a lake in a folder: one link of two tables. */
export class FaultWorld {
  readonly database: SandboxDatabase;
  readonly sandbox: Sandbox;
  readonly #parts: WorldParts;
  readonly #running = new Cleanup();
  #runner: LinkRunner | null = null;
  #isClosed = false;
  /** Faults the tables had, in their order, as the engine reported them. */
  readonly reported: { readonly table: string; readonly code: string }[] = [];

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.database = parts.database;
    this.sandbox = parts.sandbox;
  }

  /** Scripts the environment's faults over its own lever. */
  async script(...rules: readonly FaultRule[]): Promise<void> {
    await this.lever('faults', rules);
  }

  /** A lever of the embedded environment that is not part of the platform's wire. */
  async lever(name: string, body: unknown): Promise<void> {
    const url = `${this.sandbox.localUrl}/__sandbox/${name}`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }

  /** Rules that were played, by what they do, over all requests and parts of batches so far. */
  played(fault: string): number {
    return this.sandbox.requestLog
      .entries()
      .flatMap(entry => [entry, ...(entry.parts ?? [])])
      .filter(entry => entry.fault === fault).length;
  }

  /** Begins to work, from what lies in the lake; with the organization of an earlier time where one is given. */
  async start(link: { readonly organizationId?: string } = {}): Promise<void> {
    const { folder, sandbox, engine, options } = this.#parts;
    const clock = systemClock;
    const newNonce = randomUUID;
    const store = await openFolderStore({ root: join(folder, 'lake'), newId: randomUUID, clock });
    const source = openSource({ ...this.#address(), clock, ...TIGHT, ...options.source });
    const spool = await openSpool({ folder: join(folder, 'spool'), newId: randomUUID });
    const batcher = await openBatcher({ engine, folder: join(folder, 'batches'), newId: randomUUID });
    await mkdir(join(folder, 'publish'), { recursive: true });
    const organizationId = link.organizationId ?? (await source.identity(signal)).organizationId;
    const runner = new LinkRunner({
      settings: this.#settings(sandbox.url, organizationId),
      source,
      store,
      linkLog: new LinkLog({ store, clock, newNonce }),
      spool,
      batcher,
      replica: openCdmReplica({ store, engine, tempFolder: join(folder, 'publish'), newId: randomUUID }),
      snapshots: null,
      folders: null,
      clock,
      newNonce,
      report: {
        info: () => {},
        warn: (_sentence, { table, code }) => this.reported.push({ table: String(table), code: String(code) }),
      },
      pace: PACE,
    });
    this.#running.add(source, opened => opened.close());
    this.#running.add(batcher, opened => opened.close());
    this.#running.add(runner, started => started.stop());
    this.#runner = runner;
    await runner.start();
  }

  get runner(): LinkRunner {
    if (this.#runner === null) throw new Error('it was not started');
    return this.#runner;
  }

  status(table: string = troubled): TableStatus {
    const found = this.runner.status().find(one => one.table === table);
    if (found === undefined) throw new Error(`${table} is not in the link`);
    return found;
  }

  /** Whether a fault of this code was met. */
  met(code: FaultCode): boolean {
    return this.reported.some(fault => fault.table === troubled && fault.code === code);
  }

  /** Changes a row, removes one and makes one, so that there is something to lose. */
  change(number: number): void {
    this.database.patch(troubled, contactId(number), { lastname: `changed ${this.database.version()}` });
    this.database.remove(troubled, contactId(number + 1));
    this.database.put(troubled, [contact(1_000 + number, 'made meanwhile')]);
  }

  /** Until every table is active and was asked for changes since the call, and what that brought is published. */
  async caughtUp(tables: readonly string[] = [troubled, calm]): Promise<void> {
    const sinceMs = systemClock.nowMs();
    await this.until('everything is caught up', () =>
      tables.map(table => this.status(table)).every(status => isCaughtUp(status, sinceMs)),
    );
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = systemClock.nowMs() + PATIENCE_MS;
    while (!(await holds())) {
      if (systemClock.nowMs() > endMs) {
        const tables = this.runner.status().map(({ table, label, error }) => `${table}: ${label} ${error?.message}`);
        throw new Error(`it never came to: ${what}\n${tables.join('\n')}`);
      }
      await systemClock.sleep(LOOK_MS, signal);
    }
  }

  async pausedFor(code: FaultCode, table: string = troubled): Promise<TableStatus> {
    await this.until(`${table} pauses for ${code}`, () => {
      const { label, error } = this.status(table);
      return label === 'Paused' && error?.code === code;
    });
    return this.status(table);
  }

  async verify(tables: readonly string[] = [troubled, calm]): Promise<VerifyReport> {
    const { url, authority, ...access } = this.#address();
    return verifyLink({
      environment: { url, authority, ...access },
      lake: { root: join(this.#parts.folder, 'lake') },
      tables,
      clock: systemClock,
      signal,
    });
  }

  /** Ends the work; what lies in the lake stays, and `start` goes on from it. */
  async stop(): Promise<void> {
    await this.#running.close();
    this.#runner = null;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.stop();
    await this.sandbox.close();
    this.database.close();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }

  #address() {
    const { url, tenantId, authorityUrl: authority } = this.sandbox;
    const { clientId, clientSecret } = standardApplication;
    return { url, tenantId, clientId, clientSecret, authority };
  }

  #settings(environmentUrl: string, organizationId: string): LinkSettings {
    const addedAt = '2026-01-01T00:00:00.000Z';
    const { tenantId, clientId } = this.#address();
    return {
      id: 'link-1',
      name: parseLinkName('faults'),
      environmentUrl,
      tenantId,
      clientId,
      authorityUrl: this.sandbox.authorityUrl,
      lakePath: join(this.#parts.folder, 'lake'),
      lakeName: 'dataverse-faults-1',
      partitionStrategy: 'year',
      pollSeconds: 1,
      publishSeconds: 1,
      createdAt: addedAt,
      organizationId,
      ...NEAR_REAL_TIME,
      paused: null,
      tables: linkTables([troubled, calm], { addedAt }),
    };
  }
}

const TIGHT = { rowsPerPage: ROWS_PER_PAGE, timeouts: TIMEOUTS, patience: PATIENCE } as const;

function isCaughtUp({ label, pendingBatches, lastPolledOn }: TableStatus, sinceMs: number): boolean {
  return label === 'Active' && pendingBatches === 0 && lastPolledOn !== null && Date.parse(lastPolledOn) > sinceMs;
}

export function contactId(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function contact(number: number, lastname: string) {
  return {
    contactid: contactId(number),
    firstname: `First ${number}`,
    lastname,
    fullname: `First ${number} ${lastname}`,
    createdon: `2025-0${1 + (number % 9)}-11T08:00:00Z`,
    modifiedon: '2026-01-01T00:00:00Z',
  };
}

function account(number: number) {
  return {
    accountid: contactId(number),
    name: `Account ${number}`,
    createdon: '2025-03-04T05:06:07Z',
    modifiedon: '2026-01-01T00:00:00Z',
  };
}
