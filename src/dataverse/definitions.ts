import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { OfferedTable } from '../core/source.ts';
import { DefinitionReader, type ReadTables } from './definition-reader.ts';
import { offeredTables } from './metadata.ts';
import { type KnownTable, PackedShapes } from './packed-shapes.ts';
import type { WebApi } from './web-api.ts';

/**
 * A definition is read whole again after this long. What changed is told by the environment; whether that holds for
 * everything (a global choice relabelled, say) is written nowhere.
 */
const READ_AGAIN_MS = 24 * 3_600_000;

interface Waiter {
  readonly table: TableName;
  readonly maxAgeMs: number | undefined;
  resolve(shape: TableShape): void;
  reject(failure: unknown): void;
}

/** Questions that are asked together: begun after every one of its waiters came. */
interface Round {
  readonly number: number;
  readonly nowMs: number;
  readonly waiters: Set<Waiter>;
  readonly stop: AbortController;
}

/**
 * Definitions of the tables that are used. They are kept, packed, and one question asks for all of them what changed; a
 * table that changed is read whole again, since an answer holds only the parts that did (of an option set, the labels of
 * new options alone: "Tracking Options" in "Cache schema data").
 *
 * One round of questions runs at a time. Whoever comes while it runs waits for the next, which begins after he came: what
 * was true when he asked is seen.
 */
export class Definitions {
  readonly #reader: DefinitionReader;
  readonly #clock: Clock;
  readonly #known = new PackedShapes();
  /** What to ask by: no known table was read before it. Null while nothing may be asked. */
  #stamp: string | null = null;
  #waiting = new Set<Waiter>();
  #round: Round | null = null;
  #rounds = 0;

  constructor({ api, clock }: { readonly api: WebApi; readonly clock: Clock }) {
    this.#reader = new DefinitionReader({ api, clock });
    this.#clock = clock;
  }

  /** All tables, in one request. */
  async tables(signal: AbortSignal): Promise<OfferedTable[]> {
    try {
      return offeredTables(await this.#reader.entities(signal));
    } catch (error) {
      throw namingDefinitions(error);
    }
  }

  /** As `Source.shape` promises. */
  async shape(table: TableName, signal: AbortSignal, maxAgeMs?: number): Promise<TableShape> {
    signal.throwIfAborted();
    const known = maxAgeMs === undefined ? null : this.#known.known(table);
    const isFresh = known !== null && isWithin(known.asOfMs, { nowMs: this.#clock.nowMs(), maxAgeMs });
    const shape = isFresh ? this.#known.shape(table) : null;
    return shape ?? (await this.#wait(table, signal, maxAgeMs));
  }

  async #wait(table: TableName, signal: AbortSignal, maxAgeMs: number | undefined): Promise<TableShape> {
    // A thousand tables may be asked for by one signal, which warns of so many listeners of its own.
    const own = AbortSignal.any([signal]);
    return await new Promise<TableShape>((resolve, reject) => {
      const leave = () => {
        this.#leave(waiter, own.reason);
        reject(own.reason);
      };
      const waiter: Waiter = {
        table,
        maxAgeMs,
        resolve: shape => {
          own.removeEventListener('abort', leave);
          resolve(shape);
        },
        reject: failure => {
          own.removeEventListener('abort', leave);
          reject(failure);
        },
      };
      own.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiter);
      // Those who come at the same moment go together.
      queueMicrotask(() => this.#next());
    });
  }

  #leave(waiter: Waiter, reason: unknown): void {
    this.#waiting.delete(waiter);
    const round = this.#round;
    if (round?.waiters.delete(waiter) === true && round.waiters.size === 0) round.stop.abort(reason);
  }

  #next(): void {
    if (this.#round !== null || this.#waiting.size === 0) return;
    this.#rounds += 1;
    const round: Round = {
      number: this.#rounds,
      nowMs: this.#clock.nowMs(),
      waiters: this.#waiting,
      stop: new AbortController(),
    };
    this.#waiting = new Set();
    this.#round = round;
    const end = (failure: unknown) => {
      for (const waiter of round.waiters) waiter.reject(failure);
      this.#round = null;
      this.#next();
    };
    this.#run(round).then(
      () => end(new Fault('internal/bug', { reason: 'a definition was never answered' })),
      (failure: unknown) => end(namingDefinitions(failure)),
    );
  }

  async #run(round: Round): Promise<void> {
    const { waiters, nowMs } = round;
    const { signal } = round.stop;
    for (const { table } of waiters) {
      const known = this.#known.known(table);
      if (known !== null && !isWithin(known.readAtMs, { nowMs, maxAgeMs: READ_AGAIN_MS })) this.#known.drop(table);
    }
    this.#answer(round);
    if ([...waiters].some(({ table }) => this.#known.known(table) !== null)) await this.#check(round);
    this.#answer(round);
    const missing = [...new Set([...waiters].map(({ table }) => table))];
    for await (const group of this.#reader.read(missing, signal)) {
      this.#keep(group, round);
      this.#answer(round);
    }
  }

  /** Gives everybody what is known well enough. */
  #answer(round: Round): void {
    for (const waiter of round.waiters) {
      const known = this.#known.known(waiter.table);
      if (known === null || !isEnough(known, waiter, round)) continue;
      const shape = this.#known.shape(waiter.table);
      if (shape === null) continue;
      round.waiters.delete(waiter);
      waiter.resolve(shape);
    }
  }

  /** Drops what changed; everything else holds as of the beginning of this round. */
  async #check(round: Round): Promise<void> {
    if (this.#stamp === null) return;
    const tables = this.#known.names();
    const checked = await this.#reader.check({ stamp: this.#stamp, tables }, round.stop.signal);
    if (checked.is !== 'told') {
      this.#stamp = null;
      if (checked.is === 'start-over') this.#known.clear();
      return;
    }
    const { changes } = checked;
    const changed = new Set(changes.tables.map(({ name }) => name));
    for (const table of tables) if (changed.has(table)) this.#known.drop(table);
    this.#known.dropOwners(changes.deletedIds);
    for (const known of this.#known.all()) {
      if (known.ids === null) continue;
      known.asOfMs = round.nowMs;
      known.asOfRound = round.number;
    }
    this.#stamp = changes.stamp;
  }

  #keep({ stamp, tables }: ReadTables, round: Round): void {
    if (stamp !== null && this.#stamp === null) {
      // What was read before a first stamp is not covered by it.
      this.#known.clear();
      this.#stamp = stamp;
    }
    for (const read of tables) {
      if ('shape' in read) {
        this.#known.put(read.shape, { ids: read.ids, nowMs: round.nowMs, round: round.number });
        continue;
      }
      this.#known.drop(read.table);
      for (const waiter of round.waiters) {
        if (waiter.table !== read.table) continue;
        round.waiters.delete(waiter);
        waiter.reject(read.fault);
      }
    }
  }
}

function isEnough(known: KnownTable, { maxAgeMs }: Waiter, { number, nowMs }: Round): boolean {
  return known.asOfRound === number || (maxAgeMs !== undefined && isWithin(known.asOfMs, { nowMs, maxAgeMs }));
}

/** A time ahead of now (the clock was set back) is no time at all. */
function isWithin(
  sinceMs: number,
  { nowMs, maxAgeMs = 0 }: { readonly nowMs: number; readonly maxAgeMs?: number | undefined },
) {
  return nowMs >= sinceMs && nowMs - sinceMs <= maxAgeMs;
}

/** A user may read rows and not definitions, and definitions may be slow where rows are not: the fault says which it was. */
function namingDefinitions(failure: unknown): unknown {
  if (!(failure instanceof Fault)) return failure;
  const { code, details } = failure;
  const because = typeof details.reason === 'string' ? ` (${details.reason})` : '';
  if (code === 'source/forbidden') {
    const reason = `it may not read the definitions of tables: that takes Read on Entity, Attribute and Relationship${because}`;
    return new Fault(code, { ...details, table: undefined, reason }, { cause: failure });
  }
  if (code !== 'source/timeout') return failure;
  return new Fault(
    code,
    { ...details, reason: `the definitions of tables took too long${because}` },
    { cause: failure },
  );
}
