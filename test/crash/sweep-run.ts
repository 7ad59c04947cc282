import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/app/clock.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { parseLinkName } from '../../src/core/names.ts';
import type { CreateLinkRequest } from '../../src/engine/control.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { installCatalogue } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { openFolderLake } from '../../src/verify/lake-reader.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { verifyLink } from '../../src/verify/verify-link.ts';
import { Chance } from '../kit/chance.ts';
import { inPlace, NEAR_REAL_TIME } from '../kit/choices.ts';
import { SweepEnvironment, TABLES } from './sweep-environment.ts';
import { Died, Refused, SweepLife } from './sweep-life.ts';
import type { Plan } from './sweep-plan.ts';
import { type OutputShape, SweepReaders } from './sweep-readers.ts';
import type { Ask, Orders } from './sweep-words.ts';

const LINK = parseLinkName('sweep');
const LOOK_MS = 100;
/** Without a death in between; a death begins it anew. */
const PATIENCE_MS = 180_000;
const PACE = {
  pollMs: 100,
  quietPollMs: 150,
  retryMs: 50,
  retryMsMax: 400,
  pausedMs: 500,
  publishMs: 100,
  describeMs: 400,
  folderMs: 1_000,
};
/** Less than a table has rows, so that full reads and deltas have several. */
const ROWS_PER_PAGE = 18;
const COLUMN = 'new_added';
const { signal } = new AbortController();

export const STEPS = [
  'initial sync',
  'updates',
  'deletes',
  'added column',
  'snapshot',
  'rows that come back',
  'table removed',
  'table added again',
  'at the end',
] as const;

export interface SweepOutcome {
  /** How often each place was passed. */
  readonly passed: ReadonlyMap<string, number>;
  readonly deaths: number;
  /** What readers do not find, find twice, or cannot read. */
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  readonly unreadable: readonly string[];
}

/** Runs the whole scenario once, with the deaths of a plan or without any. */
export async function runSweep(options: {
  readonly shape: OutputShape;
  /** `sweep-child.ts` as plain JavaScript. */
  readonly program: string;
  readonly seed: number;
  readonly plan: Plan | null;
  readonly again: boolean;
}): Promise<SweepOutcome> {
  await using cleanup = new Cleanup();
  const home = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-sweep-')), path =>
    rm(path, { recursive: true, force: true, maxRetries: 5 }),
  );
  const database = cleanup.add(openSandboxDatabase({ path: join(home, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: 1 });
  const environment = new SweepEnvironment(database, new Chance(options.seed).part());
  const sandbox = cleanup.add(await openSandbox({ database, clock: systemClock }), opened => opened.close());
  const lakePath = join(home, 'lake');
  await mkdir(lakePath);
  const sweep = new Sweep({ ...options, environment, sandbox, lakePath, home: join(home, 'home') });
  cleanup.add(sweep, one => one.close());
  return await sweep.run();
}

class Sweep {
  readonly #shape: OutputShape;
  readonly #program: string;
  readonly #plan: Plan | null;
  readonly #again: boolean;
  readonly #environment: SweepEnvironment;
  readonly #sandbox: Sandbox;
  readonly #lakePath: string;
  readonly #home: string;
  readonly #readers: SweepReaders;
  readonly #passed = new Map<string, number>();
  readonly #away = new Set<string>();
  #step: string = STEPS[0];
  #life: SweepLife | null = null;
  #standby: SweepLife | null = null;
  #deaths = 0;
  #lives = 0;
  #isCalm = false;

  constructor(parts: {
    readonly shape: OutputShape;
    readonly program: string;
    readonly plan: Plan | null;
    readonly again: boolean;
    readonly environment: SweepEnvironment;
    readonly sandbox: Sandbox;
    readonly lakePath: string;
    readonly home: string;
  }) {
    this.#shape = parts.shape;
    this.#program = parts.program;
    this.#plan = parts.plan;
    this.#again = parts.again;
    this.#environment = parts.environment;
    this.#sandbox = parts.sandbox;
    this.#lakePath = parts.lakePath;
    this.#home = parts.home;
    this.#readers = new SweepReaders({ shape: parts.shape, environment: parts.environment });
  }

  async run(): Promise<SweepOutcome> {
    const environment = this.#environment;
    await this.#enter('initial sync');
    await this.#done({ do: 'create', request: this.#request() }, 'link/exists');
    await this.#rest();
    await this.#enter('updates');
    for (const table of TABLES) environment.update(table, 0.3);
    environment.insert(TABLES[0], 6);
    await this.#rest();
    await this.#enter('deletes');
    for (const table of TABLES) environment.remove(table, 3);
    await this.#rest();
    await this.#enter('added column');
    environment.addColumn(TABLES[2], COLUMN);
    await this.#rest();
    await this.#enter('snapshot');
    for (const table of TABLES.slice(0, 3)) environment.update(table, 0.1);
    await this.#rest();
    await this.#snapshots();
    await this.#enter('rows that come back');
    for (const table of TABLES.slice(2)) environment.bringBack(table);
    environment.update(TABLES[4], 0.5);
    await this.#rest();
    await this.#removedAndAdded(TABLES[1]);
    await this.#enter('at the end');
    for (const table of TABLES) environment.update(table, 0.1);
    for (const table of TABLES) environment.remove(table, 1);
    await this.#rest();
    await this.#snapshots();
    return await this.#prove();
  }

  async #removedAndAdded(table: (typeof TABLES)[number]): Promise<void> {
    await this.#enter('table removed');
    await this.#done({ do: 'remove', link: LINK, table }, 'link/table-unknown');
    this.#away.add(table);
    await this.#readers.forget(await openFolderLake(this.#lakePath), table);
    this.#environment.update(table, 0.2);
    this.#environment.remove(table, 2);
    this.#environment.update(TABLES[0], 0.1);
    await this.#rest();
    await this.#enter('table added again');
    await this.#done({ do: 'add', link: LINK, table, appendOnly: this.#shape === 'append only' }, 'link/table-exists');
    this.#away.delete(table);
    await this.#rest();
  }

  async close(): Promise<void> {
    await Promise.all([this.#life?.end(), this.#standby?.end()].map(end => end?.catch(() => undefined)));
  }

  /** The next step: from here on its deaths are due. */
  async #enter(step: (typeof STEPS)[number]): Promise<void> {
    this.#step = step;
    if (this.#life === null) return;
    await this.#done({ do: 'orders', orders: this.#orders() });
  }

  async #snapshots(): Promise<void> {
    if (this.#shape === 'incremental folders') return;
    for (let look = 0; ; look += 1) {
      const results = (await this.#done({ do: 'snapshots', link: LINK })) as { readonly outcome: string }[];
      if (results.every(({ outcome }) => outcome !== 'failed')) return;
      if (look * LOOK_MS > PATIENCE_MS) throw new Error(`no snapshots: ${JSON.stringify(results)}`);
      await systemClock.sleep(LOOK_MS, signal);
    }
  }

  /** Until readers find what the environment holds, however often the service dies meanwhile. */
  async #rest(): Promise<void> {
    const lake = await openFolderLake(this.#lakePath);
    let sinceMs = systemClock.nowMs();
    for (;;) {
      if (this.#life?.isOver !== false) {
        await this.#startAgain();
        sinceMs = systemClock.nowMs();
      }
      const deaths = this.#deaths;
      const wrong = await this.#readers.wrongOf(lake, { away: this.#away, columns: this.#columns() });
      const isQuiet = deaths === this.#deaths && this.#life?.isOver === false;
      if (isQuiet && wrong.lost.length === 0 && wrong.unreadable.length === 0) {
        this.#environment.settle(this.#away);
        return;
      }
      if (systemClock.nowMs() - sinceMs > PATIENCE_MS) {
        const status = JSON.stringify(await this.#done({ do: 'status' })).slice(0, 3_000);
        throw new Error(`${this.#step}: readers never found ${JSON.stringify(wrong).slice(0, 2_000)}\n${status}`);
      }
      await systemClock.sleep(LOOK_MS, signal);
    }
  }

  #columns(): ReadonlyMap<string, string> {
    const isAdded = (STEPS as readonly string[]).indexOf(this.#step) >= STEPS.indexOf('added column');
    return new Map(isAdded ? [[TABLES[2], COLUMN]] : []);
  }

  /** Asks until it is answered; where it died meanwhile, `done` says that the effect is there. */
  async #done(ask: Ask, done?: string): Promise<unknown> {
    const endMs = systemClock.nowMs() + PATIENCE_MS;
    for (;;) {
      if (this.#life?.isOver !== false) await this.#startAgain();
      const asked = ask.do === 'orders' ? { ...ask, orders: this.#orders() } : ask;
      try {
        const answer = await this.#life?.ask(asked);
        if (ask.do === 'orders') this.#count(answer as Record<string, number>);
        return answer;
      } catch (failure) {
        if (failure instanceof Refused) {
          if (failure.code === done) return null;
          if (!SOON.has(failure.code) || systemClock.nowMs() > endMs) throw failure;
          await systemClock.sleep(LOOK_MS, signal);
        } else if (!(failure instanceof Died)) throw failure;
      }
    }
  }

  /** Also the first start. */
  async #startAgain(): Promise<void> {
    for (;;) {
      await this.#bury();
      this.#life = this.#standby ?? this.#newLife();
      // Most of a start is reading the program: the next life does that meanwhile.
      this.#standby = this.#plan === null || this.#isCalm ? null : this.#newLife();
      try {
        await this.#life.ask({
          do: 'start',
          orders: this.#orders(),
          environment: {
            LAKELINK_HOME: this.#home,
            LAKELINK_ENGINE_MEMORY_MB: '512',
            LAKELINK_ENGINE_THREADS: '1',
          },
          pace: PACE,
          rowsPerPage: ROWS_PER_PAGE,
        });
        return;
      } catch (failure) {
        if (!(failure instanceof Died)) throw failure;
      }
    }
  }

  #newLife(): SweepLife {
    this.#lives += 1;
    return new SweepLife({
      program: this.#program,
      lastWords: join(this.#home, '..', `last-words-${this.#lives}.json`),
    });
  }

  /** What the life that is over told at its end. */
  async #bury(): Promise<void> {
    const words = await this.#life?.ended;
    if (this.#life === null) return;
    if (words === null || words === undefined) throw new Error('the service ended without being killed');
    this.#life = null;
    this.#deaths += 1;
    this.#count(words.passed);
    this.#plan?.died(words.died);
    // The world goes on while the service is dead.
    if (this.#step !== STEPS[0]) this.#environment.change();
  }

  #count(passed: Readonly<Record<string, number>>): void {
    for (const [place, times] of Object.entries(passed)) this.#passed.set(place, times);
  }

  #orders(): Orders {
    const passed = Object.fromEntries([...this.#passed].filter(([place]) => place.startsWith(`${this.#step}|`)));
    if (this.#plan === null || this.#isCalm) return { step: this.#step, passed, targets: [], sites: [], known: null };
    return this.#plan.orders(this.#step, passed, { again: this.#again });
  }

  async #prove(): Promise<SweepOutcome> {
    this.#isCalm = true;
    await this.#enter('at the end');
    await this.#rest();
    const lake = { root: this.#lakePath };
    const proof = await verifyLink({ environment: this.#access(), lake, clock: systemClock, signal });
    this.#count((await this.#done({ do: 'stop' })) as Record<string, number>);
    // A death between a snapshot's files and its commit leaves them for the time of retention, named nowhere.
    const snapshotsKept = NEAR_REAL_TIME.snapshotsKept + this.#deaths;
    const rules = await verifyLayout({ lake, snapshotsKept, atRest: true, clock: systemClock, signal });
    const wrong = await this.#readers.wrongOf(await openFolderLake(this.#lakePath), {
      away: this.#away,
      columns: this.#columns(),
    });
    const bad = proof.tables.filter(({ clean }) => !clean);
    const rows = (is: string) =>
      bad.flatMap(({ table, samples }) =>
        samples.filter(one => one.is === is).map(({ id }) => `${table}: ${is} ${id}`),
      );
    const rest = bad.filter(({ missing, extra, different }) => missing + extra + different === 0);
    return {
      passed: this.#passed,
      deaths: this.#deaths,
      lost: [...wrong.lost, ...rows('missing'), ...rows('different')],
      repeated: [...wrong.repeated, ...rows('extra')],
      unreadable: [
        ...wrong.unreadable,
        ...rest.map(table => `${table.table}: ${JSON.stringify(table).slice(0, 500)}`),
        ...[...proof.layout.problems, ...rules.layout.problems].map(({ path, problem }) => `${path}: ${problem}`),
      ],
    };
  }

  #access() {
    const { clientId, clientSecret } = standardApplication;
    const { url, tenantId, authorityUrl: authority } = this.#sandbox;
    return { url, tenantId, clientId, clientSecret, authority };
  }

  #request(): CreateLinkRequest {
    const appendOnly = this.#shape === 'append only';
    return {
      name: LINK,
      environmentUrl: this.#sandbox.url,
      tenantId: this.#sandbox.tenantId,
      clientId: standardApplication.clientId,
      clientSecret: standardApplication.clientSecret,
      authorityUrl: this.#sandbox.authorityUrl,
      lakePath: this.#lakePath,
      lakeName: null,
      partitionStrategy: 'year',
      pollSeconds: null,
      publishSeconds: null,
      ...NEAR_REAL_TIME,
      ...(this.#shape === 'incremental folders' ? { output: 'incremental' } : { snapshotMinutes: 60 }),
      tables: inPlace(TABLES).map(choice => ({ ...choice, appendOnly })),
    };
  }
}

/** Refusals of a service that is only just up again. */
const SOON: ReadonlySet<string> = new Set([
  'service/stopped',
  'store/failed',
  'store/busy',
  'source/unreachable',
  'link/paused',
]);
