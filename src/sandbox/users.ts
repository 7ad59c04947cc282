import type { Clock } from '../core/clock.ts';
import type { Row, SandboxDatabase } from './database.ts';
import { makers, writeMade } from './seed.ts';
import { partyId, pointerOf } from './seed-activity.ts';
import { CURRENCIES } from './seed-people.ts';
import { Random } from './seed-random.ts';
import { isoSeconds } from './seed-time.ts';
import type { World } from './seed-world.ts';
import { Texts } from './text.ts';

export interface UserOptions {
  /** Changes of all users together; one change may write several rows. */
  readonly changesPerSecond: number;
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Share of hostile texts among those the users write. */
  readonly hostileShare?: number;
}

export interface UserCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

export interface SimulatedUsers {
  /** Resolves when the last change is written; no change comes after it. */
  stop(): Promise<void>;
  /** Changes so far. */
  counts(): UserCounts;
}

/** Of a hundred changes, this many are updates and creates; the others are deletes. */
const UPDATES = 70;
const CREATES = 20;

/** How often each table is worked on. */
const WORK: readonly (readonly [table: string, weight: number])[] = [
  ['contact', 20],
  ['account', 12],
  ['opportunity', 12],
  ['email', 12],
  ['task', 12],
  ['lead', 9],
  ['incident', 9],
  ['annotation', 6],
  ['phonecall', 4],
  ['appointment', 4],
  ['lake_everything', 3],
  ['contactleads', 2],
  ['product', 1],
  ['lake_untracked', 1],
];

/** Tables people delete from; what belongs to an activity goes with it. Lookups that point to a deleted row stay. */
const DELETED_FROM: readonly string[] = [
  'task',
  'email',
  'phonecall',
  'appointment',
  'annotation',
  'lead',
  'contact',
  'contactleads',
  'lake_everything',
  'lake_untracked',
];

const ACTIVITIES: ReadonlySet<string> = new Set(['task', 'email', 'phonecall', 'appointment']);
const INTERSECTS: ReadonlySet<string> = new Set(['contactleads', 'systemuserroles']);
/** Cells an update leaves as they are. */
const FIXED = /^(createdon|createdby|createdonbehalfby|ticketnumber|activitytypecode|overriddencreatedon)$/;

const TICK_MS = 100;
/** Changes made at one tick at most, so that a paused process does not make up for hours at once. */
const CHANGES_PER_TICK_MAX = 500;

/**
 * Lets people work in the environment until stopped or aborted: 70 % updates, 20 % creates, 10 % deletes, spread over
 * the tables. The tables must be there. The same seed makes the same choices; the times are the clock's.
 */
export function startSimulatedUsers(database: SandboxDatabase, options: UserOptions): SimulatedUsers {
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const users = new Users(database, options);
  const running = users.run(signal);
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
    counts: () => users.counts(),
  };
}

class Users {
  readonly #database: SandboxDatabase;
  readonly #options: UserOptions;
  readonly #random: Random;
  readonly #texts: Texts;
  #created = 0;
  #updated = 0;
  #deleted = 0;

  constructor(database: SandboxDatabase, options: UserOptions) {
    this.#database = database;
    this.#options = options;
    this.#random = new Random(options.seed ^ 0x5eed);
    this.#texts = new Texts(this.#random, { hostileShare: options.hostileShare ?? 0.02 });
  }

  counts(): UserCounts {
    return { created: this.#created, updated: this.#updated, deleted: this.#deleted };
  }

  /** Ends quietly when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, changesPerSecond } = this.#options;
    let lastMs = clock.nowMs();
    let owed = 0;
    while (!signal.aborted) {
      try {
        await clock.sleep(TICK_MS, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        throw thrown;
      }
      const nowMs = clock.nowMs();
      owed = Math.min(CHANGES_PER_TICK_MAX, owed + ((nowMs - lastMs) * changesPerSecond) / 1000);
      lastMs = nowMs;
      for (; owed >= 1 && !signal.aborted; owed--) this.#change(nowMs);
    }
  }

  #change(nowMs: number): void {
    const roll = this.#random.below(100);
    if (roll < UPDATES) this.#update(nowMs);
    else if (roll < UPDATES + CREATES) this.#create(nowMs);
    else this.#delete();
  }

  #create(nowMs: number): void {
    const table = this.#table();
    const made = makers[table]?.(this.#world(nowMs), { id: this.#random.guid(), atMs: nowMs, index: this.#index() });
    if (made === undefined || made.length === 0) return;
    writeMade(this.#database, made);
    this.#created += 1;
  }

  /** Gives some cells of a row values that a new row might have. */
  #update(nowMs: number): void {
    const table = this.#table();
    const id = this.#pick(table);
    if (id === null || INTERSECTS.has(table)) return;
    const fresh = makers[table]?.(this.#world(nowMs), { id, atMs: nowMs, index: this.#index() })[0]?.row;
    if (fresh === undefined) return;
    const primaryId = this.#database.table(table)?.primaryId;
    const names = Object.keys(fresh).filter(name => name !== primaryId && !FIXED.test(name));
    const some = new Set(Array.from({ length: this.#random.between(1, 3) }, () => this.#random.pick(names)));
    const cells: Row = {
      ...Object.fromEntries(names.filter(name => belongs(name, some)).map(name => [name, fresh[name] ?? null])),
      modifiedon: isoSeconds(nowMs),
      modifiedby: fresh.modifiedby ?? null,
    };
    this.#database.transaction(() => {
      this.#database.patch(table, id, cells);
      if (ACTIVITIES.has(table)) this.#database.patch('activitypointer', id, pointerOf(cells));
    });
    this.#updated += 1;
  }

  #delete(): void {
    const table = this.#random.pick(DELETED_FROM);
    const id = this.#pick(table);
    if (id === null) return;
    this.#database.transaction(() => {
      this.#database.remove(table, id);
      if (!ACTIVITIES.has(table)) return;
      this.#database.remove('activitypointer', id);
      this.#database.remove('activityparty', partyId(id, 0));
      this.#database.remove('activityparty', partyId(id, 1));
    });
    this.#deleted += 1;
  }

  #table(): string {
    let roll = this.#random.below(WORK.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [table, weight] of WORK) {
      roll -= weight;
      if (roll < 0) return table;
    }
    return 'contact';
  }

  /** Some row of a table; rows after a random point of the id range, so that no list of ids is needed. */
  #pick(table: string): string | null {
    if (this.#database.table(table) === undefined) return null;
    const from = this.#random.guid();
    const row =
      this.#database.page(table, { after: from, limit: 1 })[0] ??
      this.#database.page(table, { after: null, limit: 1 })[0];
    return row?.id ?? null;
  }

  /** Past the extremes that the first rows of a table show. */
  #index(): number {
    return 1000 + this.#random.below(90_000);
  }

  #world(nowMs: number): World {
    const { organizationId, rootBusinessUnitId, baseCurrencyId } = this.#database.organization();
    return {
      random: this.#random,
      texts: this.#texts,
      endMs: nowMs,
      organizationId,
      rootBusinessUnitId,
      currencies: CURRENCIES.slice(0, 1).map(currency => ({ ...currency, id: baseCurrencyId })),
      pick: table => this.#pick(table),
    };
  }
}

/** Cells that only make sense together change together: money with its base, an owner with what follows from it. */
function belongs(name: string, some: ReadonlySet<string>): boolean {
  if (some.has(name)) return true;
  const group = GROUPS.find(members => members.test(name));
  return group !== undefined && [...some].some(other => group.test(other));
}

const GROUPS: readonly RegExp[] = [
  /^(ownerid|owning.*)$/,
  /^(statecode|statuscode|actualend)$/,
  /^(transactioncurrencyid|exchangerate|.*_base|revenue|creditlimit|price|standardcost|.*amount|.*value|.*cost|.*revenue|lake_money)$/,
  /^(objectid|objecttypecode)$/,
  /^(firstname|lastname|fullname)$/,
  /^(lake_picture.*)$/,
  /^(address1_.*)$/,
];
