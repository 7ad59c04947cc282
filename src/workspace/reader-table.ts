import type { LogEntry, TableState } from '../core/commit.ts';
import type { TableLog } from '../core/commit-log.ts';
import { Fault } from '../core/fault.ts';
import { inParallel } from '../core/in-parallel.ts';
import { type KeptLog, sequenceAt } from '../core/log-history.ts';
import type { TableName } from '../core/names.ts';
import type { AsOf } from './database-view.ts';
import { type CommitFacts, commitFacts } from './reader-commits.ts';
import type { Held } from './reader-held.ts';
import { SharedLook } from './reader-look.ts';

/** What all tables of a lake hold together, each up to a bound. */
export interface HeldOfTables {
  /** By table: the newest state that is known. */
  readonly states: Held<TableState>;
  /** By table and sequence: they never change. */
  readonly past: Held<TableState>;
  /** By table: of the entries that are kept, without a gap, oldest first. */
  readonly commits: Held<readonly CommitFacts[]>;
}

const ENTRIES_AT_ONCE = 32;

/** One table of a lake as its log tells it. Never writes. */
export class TableReader {
  readonly #table: TableName;
  readonly #log: TableLog;
  readonly #held: HeldOfTables;
  readonly #queryMs: number;
  readonly #nowMs: () => number;
  readonly #newest: SharedLook<TableState>;
  readonly #facts: SharedLook<readonly CommitFacts[]>;
  /** When the look began that the held state comes from. */
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    readonly table: TableName;
    readonly log: TableLog;
    readonly held: HeldOfTables;
    /** The longest that a query may use a state. */
    readonly queryMs: number;
    readonly nowMs: () => number;
  }) {
    this.#table = parts.table;
    this.#log = parts.log;
    this.#held = parts.held;
    this.#queryMs = parts.queryMs;
    this.#nowMs = parts.nowMs;
    this.#newest = new SharedLook(signal => this.#look(signal));
    this.#facts = new SharedLook(signal => this.#readFacts(signal));
  }

  /** Everything that was committed before the call is in it. */
  state(signal: AbortSignal): Promise<TableState> {
    return this.#newest.fresh(signal);
  }

  /** A state that was the newest at most `maxAgeMs` ago; 0: as `state`, within the same millisecond too. */
  async recent(maxAgeMs: number, signal: AbortSignal): Promise<TableState> {
    const isRecent = maxAgeMs > 0 && this.#nowMs() - this.#lookedMs <= maxAgeMs;
    const held = isRecent ? this.#held.states.get(this.#table) : null;
    return held ?? this.state(signal);
  }

  /** `input/sql` for a commit that is not there yet, `sql/not-retained` for what is kept no more. */
  async stateAt(asOf: AsOf, signal: AbortSignal): Promise<TableState> {
    requireMoment(asOf);
    const now = await this.state(signal);
    if (asOf.is === 'commit') {
      if (asOf.sequence === now.tail) return now;
      if (asOf.sequence > now.tail) throw this.#unborn(asOf.sequence, now.tail);
    }
    for (let attempt = 1; ; attempt += 1) {
      const kept = await this.#log.kept({ queryMs: this.#queryMs, signal });
      const sequence = await this.#sequenceOf(asOf, kept, signal);
      if (sequence === null || sequence < kept.oldest) throw await this.#notRetained(asOf, kept, signal);
      if (sequence === now.tail) return now;
      const state = await this.#pastState(sequence, kept, signal);
      if (state !== null) return state;
      // A sweep went by between the two: what is kept now says what there is.
      if (attempt === ATTEMPTS) throw await this.#notRetained(asOf, kept, signal);
    }
  }

  /** Facts of the entries that are kept, oldest first, read only once. */
  commits(signal: AbortSignal): Promise<readonly CommitFacts[]> {
    return this.#facts.fresh(signal);
  }

  /** The entries that are kept, oldest first. */
  async entries(signal: AbortSignal): Promise<readonly LogEntry[]> {
    const { first, newest } = await this.#log.kept({ queryMs: this.#queryMs, signal });
    return this.#read({ first, newest }, entry => entry, signal);
  }

  /** The entry of this number; null: it is not kept. */
  entry(sequence: number, signal: AbortSignal): Promise<LogEntry | null> {
    return this.#log.entry(sequence, signal);
  }

  async #look(signal: AbortSignal): Promise<TableState> {
    const lookedMs = this.#nowMs();
    const held = this.#held.states.get(this.#table);
    try {
      const state = held === null ? await this.#log.load(signal) : await this.#follow(held, signal);
      if (state !== held) this.#held.states.set(this.#table, state);
      this.#lookedMs = lookedMs;
      return state;
    } catch (failure) {
      this.#held.states.drop(this.#table);
      throw failure;
    }
  }

  /** What was held may be of a life of the table that ended: what cannot follow it is read from the beginning. */
  async #follow(held: TableState, signal: AbortSignal): Promise<TableState> {
    try {
      return await this.#log.refresh(held, signal);
    } catch (failure) {
      if (failure instanceof Fault && failure.code === 'lake/corrupt') return this.#log.load(signal);
      throw failure;
    }
  }

  async #sequenceOf(asOf: AsOf, { first, newest }: KeptLog, signal: AbortSignal): Promise<number | null> {
    if (asOf.is === 'commit') return asOf.sequence;
    const facts = await this.commits(signal);
    return sequenceAt(
      facts.filter(({ sequence }) => sequence >= first && sequence <= newest),
      asOf.ms,
    );
  }

  async #pastState(sequence: number, kept: KeptLog, signal: AbortSignal): Promise<TableState | null> {
    const key = `${this.#table}/${sequence}`;
    const held = this.#held.past.get(key);
    if (held !== null) return held;
    const state = await this.#log.stateOf(sequence, kept, signal);
    if (state !== null) this.#held.past.set(key, state);
    return state;
  }

  async #readFacts(signal: AbortSignal): Promise<readonly CommitFacts[]> {
    const { first, newest } = await this.#log.kept({ queryMs: this.#queryMs, signal });
    const held = this.#held.commits.get(this.#table)?.filter(({ sequence }) => sequence >= first) ?? [];
    // What is held goes on without a gap, or begins anew.
    const known = held[0]?.sequence === first ? held : [];
    const next = (known.at(-1)?.sequence ?? Math.max(1, first) - 1) + 1;
    const come = await this.#read({ first: next, newest }, commitFacts, signal);
    const facts = come[0] === undefined || come[0].sequence === next ? [...known, ...come] : come;
    this.#held.commits.set(this.#table, facts);
    return facts;
  }

  /** The entries of a run; where a sweep took the first ones meanwhile, those that follow without a gap. */
  async #read<T>(
    run: { readonly first: number; readonly newest: number },
    take: (entry: LogEntry) => T,
    signal: AbortSignal,
  ): Promise<T[]> {
    const first = Math.max(1, run.first);
    const numbers = Array.from({ length: Math.max(0, run.newest - first + 1) }, (_, n) => first + n);
    const found = await inParallel({ items: numbers, atOnce: ENTRIES_AT_ONCE }, async number => {
      signal.throwIfAborted();
      const entry = await this.#log.entry(number, signal);
      return entry === null ? null : take(entry);
    });
    return found.slice(found.lastIndexOf(null) + 1).filter(one => one !== null);
  }

  #unborn(sequence: number, newest: number): Fault {
    return new Fault('input/sql', { reason: `${this.#table} has no commit ${sequence} yet; its newest is ${newest}` });
  }

  async #notRetained(asOf: AsOf, { oldest, newest }: KeptLog, signal: AbortSignal): Promise<Fault> {
    const entry = oldest > newest ? null : await this.#log.entry(oldest, signal);
    return new Fault('sql/not-retained', {
      table: this.#table,
      asked: askedFor(asOf),
      oldest: entry?.sequence,
      oldestAt: entry?.at,
    });
  }
}

const ATTEMPTS = 3;

/** What was asked for, for people; a time that no calendar has as it was given. */
export function askedFor(asOf: AsOf): number | string {
  if (asOf.is === 'commit') return asOf.sequence;
  return Math.abs(asOf.ms) <= 8.64e15 ? new Date(asOf.ms).toISOString() : String(asOf.ms);
}

function requireMoment(asOf: AsOf): void {
  const isOne = asOf.is === 'commit' ? Number.isSafeInteger(asOf.sequence) : !Number.isNaN(asOf.ms);
  if (!isOne) throw new Fault('input/sql', { reason: 'this is no commit and no time' });
}
