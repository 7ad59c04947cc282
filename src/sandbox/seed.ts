import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { standardChoices, standardOrganization, standardRelationships, standardTables } from './catalogue.ts';
import type { Row, SandboxDatabase } from './database.ts';
import type { OrganizationDefinition } from './definition.ts';
import { activityMakers } from './seed-activity.ts';
import { everythingMakers } from './seed-everything.ts';
import { CURRENCIES, peopleMakers } from './seed-people.ts';
import { planRows, type TablePlan } from './seed-plan.ts';
import { guidOf, hash32, Random } from './seed-random.ts';
import { salesMakers } from './seed-sales.ts';
import { createdAt } from './seed-time.ts';
import type { Currency, Made, Maker, World } from './seed-world.ts';
import { Texts } from './text.ts';

const CHUNK_ROWS = 250;
const DAY_MS = 86_400_000;
/** The share of texts that are hostile when nothing else is asked. */
export const HOSTILE_SHARE = 0.02;

export interface SeedOptions {
  /** Rows over all tables together. */
  readonly rows: number;
  readonly seed: number;
  readonly clock: Clock;
  /** Texts with quotes, line ends, NUL …: their share, `true` for the usual one, `false` for none. */
  readonly hostile?: boolean | number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SeedProgress) => void;
}

export interface SeedProgress {
  readonly table: string;
  /** Rows written over all tables, and rows there will be. */
  readonly done: number;
  readonly total: number;
}

/** Makers of every table that can be filled. */
export const makers: Readonly<Record<string, Maker>> = {
  ...peopleMakers,
  ...salesMakers,
  ...activityMakers,
  ...everythingMakers,
};

/** Creates the standard tables, choices, relationships and the organization, unless they exist. */
export function installCatalogue(database: SandboxDatabase, { seed }: { readonly seed: number }): void {
  database.transaction(() => {
    for (const choice of standardChoices()) database.putChoice(choice);
    for (const table of standardTables()) {
      if (database.table(table.logicalName) === undefined) database.createTable(table);
    }
    for (const relationship of standardRelationships()) database.putRelationship(relationship);
    if (database.meta('catalogue') === null) database.setOrganization(standardOrganization({ seed }));
    database.setMeta('catalogue', '1');
  });
}

/**
 * Fills the environment with rows made from a seed and answers how many each table has. The same seed on the same day
 * (UTC) makes the same rows with the same ids; a run that was cut off can be repeated, one that ended is not done
 * again. Writes in chunks and lets other work in between. The standard tables must be there (`installCatalogue`).
 */
export async function seedRows(database: SandboxDatabase, options: SeedOptions): Promise<ReadonlyMap<string, number>> {
  const plans = planRows(options);
  const written = new Map<string, number>();
  if (database.meta('seeded') !== null) return countsOf(database);
  const endMs = anchorOf(database, options.clock);
  const ids = new Ids({ seed: options.seed, organization: database.organization(), plans });
  let done = 0;
  for (const plan of plans) {
    const world = worldOf({ database, options, ids, table: plan.table, endMs });
    for (const chunk of chunksOf(plan, world, ids)) {
      options.signal?.throwIfAborted();
      done += writeMade(database, chunk, written);
      options.onProgress?.({ table: plan.table, done, total: Math.max(options.rows, done) });
      await setImmediate();
    }
  }
  database.setMeta('seeded', JSON.stringify({ seed: options.seed, rows: options.rows }));
  return written;
}

/** Writes made rows table by table in one transaction; answers how many. */
export function writeMade(database: SandboxDatabase, made: readonly Made[], written?: Map<string, number>): number {
  const byTable = new Map<string, Row[]>();
  for (const { table, row } of made) {
    const rows = byTable.get(table);
    if (rows === undefined) byTable.set(table, [row]);
    else rows.push(row);
  }
  database.transaction(() => {
    for (const [table, rows] of byTable) {
      database.put(table, rows);
      written?.set(table, (written.get(table) ?? 0) + rows.length);
    }
  });
  return made.length;
}

function* chunksOf(plan: TablePlan, world: World, ids: Ids): Generator<Made[]> {
  const maker = makers[plan.table];
  if (maker === undefined) return;
  const seen = INTERSECTS.has(plan.table) ? new Set<string>() : null;
  let chunk: Made[] = [];
  for (let index = 0; index < plan.rows; index++) {
    const id = ids.of(plan.table, index);
    const atMs = createdAt(world.random, { endMs: world.endMs, years: plan.years });
    const make = () => maker(world, { id, atMs, index });
    chunk.push(...withoutSelf(seen === null ? make() : unseen(make, seen), id));
    if (chunk.length >= CHUNK_ROWS) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

const INTERSECTS: ReadonlySet<string> = new Set(['contactleads', 'systemuserroles']);

/** A pair is in an intersect table once; tries again a number of times, then leaves the row out. */
function unseen(make: () => readonly Made[], seen: Set<string>): readonly Made[] {
  for (let attempt = 0; attempt < 200; attempt++) {
    const made = make();
    const pair = made.map(({ row }) => Object.values(row).slice(1).join(' ')).join();
    if (seen.has(pair)) continue;
    seen.add(pair);
    return made;
  }
  return [];
}

/** Nothing is its own parent. */
function withoutSelf(made: readonly Made[], id: string): Made[] {
  return made.map(({ table, row }) => {
    const own = Object.entries(row).filter(([, cell]) => isReferenceTo(cell, { table, id }));
    if (own.length === 0) return { table, row };
    const names = new Set(own.map(([name]) => name));
    return { table, row: Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name))) };
  });
}

function isReferenceTo(cell: unknown, { table, id }: { readonly table: string; readonly id: string }): boolean {
  return cell !== null && typeof cell === 'object' && 'id' in cell && 'table' in cell
    ? cell.id === id && cell.table === table
    : false;
}

function worldOf({
  database,
  options,
  ids,
  table,
  endMs,
}: {
  readonly database: SandboxDatabase;
  readonly options: SeedOptions;
  readonly ids: Ids;
  readonly table: string;
  readonly endMs: number;
}): World {
  const random = new Random(hash32(`${options.seed} rows ${table}`));
  const organization = database.organization();
  return {
    random,
    texts: new Texts(random, { hostileShare: hostileShareOf(options.hostile) }),
    endMs,
    organizationId: organization.organizationId,
    rootBusinessUnitId: organization.rootBusinessUnitId,
    currencies: ids.currencies,
    pick: target => ids.pick(target, random),
  };
}

export function hostileShareOf(hostile: boolean | number | undefined): number {
  if (typeof hostile === 'number') return hostile;
  return hostile === false ? 0 : HOSTILE_SHARE;
}

/** Ids that follow from seed, table and number, so that rows can point to rows that are not written yet. */
class Ids {
  readonly currencies: readonly Currency[];
  readonly #seed: number;
  readonly #organization: OrganizationDefinition;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #keys = new Map<string, number>();

  constructor({
    seed,
    organization,
    plans,
  }: {
    readonly seed: number;
    readonly organization: OrganizationDefinition;
    readonly plans: readonly TablePlan[];
  }) {
    this.#seed = seed;
    this.#organization = organization;
    this.#counts = new Map(plans.map(plan => [plan.table, plan.rows]));
    this.currencies = CURRENCIES.map((currency, index) => ({ ...currency, id: this.of('transactioncurrency', index) }));
  }

  of(table: string, index: number): string {
    if (index === 0 && table === 'businessunit') return this.#organization.rootBusinessUnitId;
    if (index === 0 && table === 'transactioncurrency') return this.#organization.baseCurrencyId;
    return guidOf(this.#keyOf(table), index);
  }

  #keyOf(table: string): number {
    const known = this.#keys.get(table);
    if (known !== undefined) return known;
    const key = hash32(`${this.#seed} id ${table}`);
    this.#keys.set(table, key);
    return key;
  }

  pick(table: string, random: Random): string | null {
    const count = this.#counts.get(table) ?? 0;
    return count === 0 ? null : this.of(table, random.leaning(count, 1.3));
  }
}

/** The end of the ten years: the start of the day of the first attempt, so that a repeated one makes the same rows. */
function anchorOf(database: SandboxDatabase, clock: Clock): number {
  const kept = database.meta('seed-anchor');
  if (kept !== null) return Number(kept);
  const anchor = Math.floor(clock.nowMs() / DAY_MS) * DAY_MS;
  database.setMeta('seed-anchor', String(anchor));
  return anchor;
}

function countsOf(database: SandboxDatabase): ReadonlyMap<string, number> {
  return new Map(database.tables().map(table => [table.logicalName, database.count(table.logicalName)]));
}
