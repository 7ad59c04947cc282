import { toFault } from '../../src/core/fault.ts';
import { parseTableName, type TableName } from '../../src/core/names.ts';
import type { TableStatus } from '../../src/core/status.ts';
import { Chance } from '../kit/chance.ts';
import { SeededClock } from './seeded-clock.ts';
import { SeededEnvironment } from './seeded-environment.ts';
import { type FaultKind, SeededFaults } from './seeded-faults.ts';
import { SeededHappenings } from './seeded-happenings.ts';
import { type Plant, type ProcessParts, type SeededOutput, SeededProcess, seededTables } from './seeded-process.ts';
import { wrongsOf } from './seeded-proof.ts';
import type { NamedTable } from './seeded-replica.ts';
import { SpoolDisk } from './seeded-spool.ts';
import { SeededDisk } from './seeded-store.ts';

const tables = ['crate', 'barrel', 'parcel'].map(parseTableName);
/** Turns of the clock before a world that does not come to rest is called stuck. */
const TURNS_MAX = 60_000;
const TROUBLE_MS_MAX = 900_000;
const CALM_MS_MAX = 1_800_000;
/** How long all stays as it is before the world counts as quiet: longer than a poll, a fold and a publication. */
const QUIET_MS = 20_000;
/** Also longer than a folder or a snapshot waits for its next try. */
const QUIET_MS_LONG = 400_000;

export interface Outcome {
  readonly seed: number;
  /** Empty when nothing was lost or repeated. */
  readonly wrongs: readonly string[];
  readonly history: readonly string[];
  readonly played: ReadonlyMap<FaultKind, number>;
  /** Requests to the environment and entries of the tables' logs. */
  readonly requests: number;
}

/** Runs one seed's world to its end. Unless told, every third world is one with snapshots. */
export function runSeed(seed: number, plant: Plant = {}, output: SeededOutput | null = null): Promise<Outcome> {
  return new SeededWorld(seed, plant, output ?? (seed % 3 === 0 ? 'in-place' : 'plain')).run();
}

/**
 * The production engine, two or three tables, a lake and an environment in memory, under one clock and one seed. First
 * a time of trouble; then nothing goes wrong any more, the world comes to rest, and lake and environment are compared.
 */
class SeededWorld {
  readonly #seed: number;
  readonly #plant: Plant;
  readonly #output: SeededOutput;
  readonly #chance: Chance;
  readonly #clock = new SeededClock();
  readonly #tables: readonly TableName[];
  readonly #environment: SeededEnvironment;
  readonly #faults: SeededFaults;
  readonly #happenings: SeededHappenings;
  readonly #disk = new SeededDisk();
  readonly #memory = {
    firstRead: new Map<TableName, number>(),
    slipped: new Set<string>(),
    askedLinks: new Map<string, readonly string[]>(),
  };
  readonly #mainSpool = new SpoolDisk();
  readonly #history: string[] = [];
  readonly #wrongs: string[] = [];
  #main: SeededProcess | null = null;
  #second: SeededProcess | null = null;
  /** Of the link and on its way out, to be added again. A start goes on with that, as the service's does. */
  readonly #leaving = new Set<TableName>();
  #nonces = 0;
  #requests = 0;
  #turns = 0;
  #lives = 0;
  #calmMs = 0;
  #over = false;

  constructor(seed: number, plant: Plant, output: SeededOutput) {
    const chance = new Chance(seed);
    this.#seed = seed;
    this.#plant = plant;
    this.#output = output;
    this.#chance = chance.part();
    this.#tables = tables.slice(0, chance.between(2, 3));
    this.#environment = new SeededEnvironment(
      {
        pageSize: chance.between(1, 6),
        tokenMintedAt: chance.oneOf(['first-page', 'last-page'] as const),
        fullOrder: chance.oneOf(['id', 'id', 'id-descending', 'offset'] as const),
        deltaOrder: chance.oneOf(['rows-first', 'rows-first', 'deletes-first', 'by-version'] as const),
        annotationsDropToken: chance.happens(0.15),
      },
      this.#tables,
    );
    this.#faults = new SeededFaults({ chance: chance.part(), clock: this.#clock, holds: output !== 'plain' });
    this.#happenings = new SeededHappenings({
      chance: chance.part(),
      environment: this.#environment,
      faults: this.#faults,
      tables: this.#tables,
      note: what => this.#note(what),
    });
  }

  async run(): Promise<Outcome> {
    this.#note(`traits ${JSON.stringify(this.#environment.traits)} faults ${[...this.#faults.kinds].join(' ')}`);
    this.#happenings.fill();
    try {
      await this.#live();
    } catch (failure) {
      this.#wrongs.push(`stuck: ${failure instanceof Error ? failure.message : failure}`);
    }
    const { history, played } = { history: this.#history, played: this.#faults.played };
    return { seed: this.#seed, wrongs: this.#wrongs, history, played, requests: this.#requests };
  }

  async #live(): Promise<void> {
    await this.#startMain();
    const direction = this.#task(() => this.#direct());
    const person = this.#task(() => this.#lookAfter());
    const requestsMax = this.#chance.between(40, 250);
    const endMs = this.#clock.nowMs() + TROUBLE_MS_MAX;
    await this.#until('trouble ends', () => this.#requests >= requestsMax || this.#clock.nowMs() >= endMs);
    this.#calm();
    const quietSince = { ms: Number.POSITIVE_INFINITY };
    const calmEndMs = this.#clock.nowMs() + CALM_MS_MAX;
    await this.#until('rest', () => {
      if (this.#clock.nowMs() > calmEndMs) throw new Error(JSON.stringify(this.#main?.runner.status()));
      return direction.ended && this.#isQuietFor(quietSince);
    });
    this.#over = true;
    await this.#until('the end', () => person.ended);
    if (this.#wrongs.length > 0) return;
    const proof = { environment: this.#environment, disk: this.#disk, clock: this.#clock, output: this.#output };
    for (const table of this.#tables) this.#wrongs.push(...(await wrongsOf(table, proof)));
    this.#wrongs.push(...this.#disk.broken);
    const list = JSON.parse(this.#disk.text('tables.json') ?? '[]') as NamedTable[];
    const shown = list.map(({ table }) => table).sort();
    if (shown.join() !== [...this.#tables].sort().join()) this.#wrongs.push(`the link shows the tables ${shown}`);
  }

  /** From here on nothing goes wrong and nothing changes. */
  #calm(): void {
    this.#note('calm');
    this.#faults.end();
    this.#second?.life.kill();
    this.#second = null;
    this.#main?.life.spare();
    this.#calmMs = this.#clock.nowMs();
  }

  async #startMain(): Promise<void> {
    const process = this.#start({ name: `main ${this.#lives}`, spool: this.#mainSpool, slowness: 1 });
    this.#lives += 1;
    this.#main = process;
    void process.died.then(() => this.#task(() => this.#startAgain()));
    await process.start();
    for (const table of this.#leaving) this.#task(() => this.#addAgain(process, table));
  }

  async #startAgain(): Promise<void> {
    await this.#clock.sleep(this.#faults.on ? this.#chance.between(0, 20_000) : 100);
    if (this.#faults.allows('spool-lost') && this.#chance.happens(0.3)) {
      this.#played('spool-lost');
      this.#mainSpool.clear(null);
    }
    await this.#startMain();
  }

  #start(given: Pick<ProcessParts, 'name' | 'spool' | 'slowness'>): SeededProcess {
    const dies = this.#faults.allows('death') && this.#chance.happens(0.7);
    if (dies) this.#played('death');
    const call = this.#chance.between(1, this.#chance.oneOf([20, 100, 400]));
    return new SeededProcess({
      ...given,
      output: this.#output,
      tables: this.#tables.filter(table => !this.#leaving.has(table)),
      environment: this.#environment,
      memory: this.#memory,
      disk: this.#disk,
      clock: this.#clock,
      chance: this.#chance.part(),
      faults: this.#faults,
      death: dies ? { call, applied: this.#chance.happens(0.5) } : null,
      plant: this.#plant,
      meanwhile: () => {
        this.#requests += 0.5;
        this.#happenings.meanwhile();
      },
      metadataIdOf: table => this.#happenings.metadataIdOf(table),
      newNonce: () => {
        this.#nonces += 1;
        return `nonce-${String(this.#nonces).padStart(6, '0')}`;
      },
      note: what => this.#note(what),
    });
  }

  /** What befalls the whole world, one thing after the other. */
  async #direct(): Promise<void> {
    while (this.#faults.on) {
      await this.#clock.sleep(this.#chance.between(100, 12_000));
      const event = this.#chance.oneOf(EVENTS);
      if (event === 'burst') this.#happenings.burst();
      else if (this.#faults.allows(event)) {
        this.#played(event);
        await this.#befall(event);
      }
    }
  }

  async #befall(event: Exclude<(typeof EVENTS)[number], 'burst'>): Promise<void> {
    switch (event) {
      case 'expired-tokens':
        this.#happenings.expireTokens();
        break;
      case 'column-made-again':
        this.#happenings.makeColumnAgain();
        break;
      case 'nap':
        this.#clock.jump(this.#chance.oneOf([60_000, 7_200_000, 100_000_000]));
        break;
      case 'restart': {
        const main = this.#main;
        await main?.stop();
        // A process that ended and one that died are started again alike.
        main?.life.kill();
        break;
      }
      case 'second-worker':
        await this.#changeSecond();
        break;
    }
  }

  /** A second, slow worker on the same lake, that comes and is killed. */
  async #changeSecond(): Promise<void> {
    const hadOne = this.#second?.life.alive === true;
    this.#second?.life.kill();
    if (hadOne || this.#leaving.size > 0 || !this.#faults.on) return;
    const slowness = this.#chance.oneOf([1, 20, 200]);
    this.#second = this.#start({ name: `second ${this.#lives}`, spool: new SpoolDisk(), slowness });
    this.#lives += 1;
    await this.#second.start();
  }

  /** A person who looks at the tables: some troubles are theirs to end, others must never be. */
  async #lookAfter(): Promise<void> {
    while (!this.#over) {
      await this.#clock.sleep(5_000);
      for (const process of [this.#main, this.#second]) {
        for (const { table, error } of process?.life.alive === true ? process.runner.status() : []) {
          if (error !== null && NEVER.has(error.code)) throw new Error(`${table}: ${error.message}`);
          if (error?.code === 'source/foreign-link' && process === this.#main && process !== null) {
            await this.#addAgain(process, parseTableName(table));
          }
        }
      }
    }
  }

  /** A cursor that points to another host is of no use any more: the table is removed and added again. */
  async #addAgain(process: SeededProcess, table: TableName): Promise<void> {
    this.#note(`${table} is removed and added again`);
    this.#leaving.add(table);
    this.#second?.life.kill();
    this.#second = null;
    const again = async () => {
      while (!(await this.#removed(process, table))) await this.#clock.sleep(1_000);
      this.#leaving.delete(table);
      await process.runner.addTables(seededTables([table], this.#output));
    };
    await Promise.race([again(), process.died]);
  }

  async #removed({ runner }: SeededProcess, table: TableName): Promise<boolean> {
    try {
      await runner.removeTables([table], { deleteData: true });
      return true;
    } catch (failure) {
      // It is being stopped; the service would have waited for the removal.
      if (failure instanceof Error && failure.name === 'AbortError') return false;
      if (toFault(failure).entry.retry !== 'soon') throw failure;
      return false;
    }
  }

  #isQuietFor(since: { ms: number }): boolean {
    const nowMs = this.#clock.nowMs();
    if (!this.#isQuiet()) since.ms = Number.POSITIVE_INFINITY;
    else if (since.ms === Number.POSITIVE_INFINITY) since.ms = nowMs;
    return nowMs - since.ms >= (this.#output === 'plain' ? QUIET_MS : QUIET_MS_LONG);
  }

  #isQuiet(): boolean {
    const main = this.#main;
    if (main?.life.alive !== true || this.#leaving.size > 0) return false;
    const status = main.runner.status();
    return status.length === this.#tables.length && status.every(table => isAtRest(table, this.#calmMs));
  }

  /** Lets time pass until it holds. */
  async #until(what: string, holds: () => boolean): Promise<void> {
    for (let look = 0; this.#wrongs.length === 0; look += 1) {
      if (look % LOOK_EVERY === 0 && holds()) return;
      this.#turns += 1;
      if (this.#turns > TURNS_MAX) throw new Error(`it never came to ${what}`);
      await this.#clock.step();
    }
  }

  /** Something that goes on beside; its failure ends the world. */
  #task(work: () => Promise<void>): { readonly ended: boolean } {
    const task = { ended: false };
    work().then(
      () => {
        task.ended = true;
      },
      failure => {
        task.ended = true;
        this.#wrongs.push(failure instanceof Error ? failure.message : String(failure));
      },
    );
    return task;
  }

  #played(event: FaultKind): void {
    this.#faults.count(event);
    this.#note(event);
  }

  #note(what: string): void {
    this.#history.push(`${((this.#clock.nowMs() - START_MS) / 1_000).toFixed(3)} ${what}`);
  }
}

const EVENTS = ['burst', 'burst', 'expired-tokens', 'column-made-again', 'nap', 'restart', 'second-worker'] as const;
const START_MS = Date.UTC(2026, 0, 1);
/** Turns between two looks at what is waited for. */
const LOOK_EVERY = 8;
/** What no mixture of faults may come to. */
const NEVER: ReadonlySet<string> = new Set([
  'internal/bug',
  'lake/corrupt',
  'sync/too-many-deletes',
  'sync/restored-deletes',
  'source/changed',
  'source/restored',
]);

/** Active, folded, and asked for changes since the world was calm. */
function isAtRest({ label, pendingBatches, error, lastPolledOn }: TableStatus, calmMs: number): boolean {
  const isPolled = lastPolledOn !== null && Date.parse(lastPolledOn) > calmMs;
  return label === 'Active' && pendingBatches === 0 && error === null && isPolled;
}
