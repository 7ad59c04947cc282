import type { ByteStore, StoredFile } from './bytestore.ts';
import type { Clock } from './clock.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';

/** Entries that are read side by side when an old state is made again. */
const ENTRIES_AT_ONCE = 32;

/** How one kind of log is written, read and reduced. `reduce` refuses an entry that cannot follow with `lake/corrupt`. */
export interface LogForm<S extends { readonly tail: number }, E extends SequencedEntry> {
  readonly empty: () => S;
  readonly reduce: (state: S, entry: E) => S;
  readonly encodeEntry: (entry: E) => Uint8Array;
  readonly parseEntry: (bytes: Uint8Array, path: string) => E;
  readonly encodeCheckpoint: (state: S) => Uint8Array;
  readonly parseCheckpoint: (bytes: Uint8Array, path: string) => S;
}

export interface SequencedEntry {
  readonly sequence: number;
  readonly nonce: string;
}

export interface Appended<S> {
  /** `discarded`: it did not take effect, or no longer needs to; go on from `state`. */
  readonly outcome: 'committed' | 'discarded';
  readonly state: S;
}

export interface SequencedLogOptions<S extends { readonly tail: number }, E extends SequencedEntry> {
  readonly store: ByteStore;
  /** The folder that gets `log/` and `checkpoint/`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly newNonce: () => string;
  readonly form: LogForm<S, E>;
}

/**
 * A log of numbered files, each put only if absent: whoever gets a number has committed (I-3).
 *
 * **Invariant kept here:** an entry counts only while no checkpoint is at or above its number. Old entries are removed
 * below a checkpoint, which frees their names; a writer that slept through that could put a number a second time. So
 * after every put and every look for newer entries the checkpoints are listed; one at or above means: start again from it.
 */
export class SequencedLog<S extends { readonly tail: number }, E extends SequencedEntry> {
  readonly #store: ByteStore;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #newNonce: () => string;
  readonly #form: LogForm<S, E>;

  constructor({ store, folder, clock, newNonce, form }: SequencedLogOptions<S, E>) {
    this.#store = store;
    this.#folder = folder;
    this.#clock = clock;
    this.#newNonce = newNonce;
    this.#form = form;
  }

  /** The committed state: the newest readable checkpoint and every entry after it. A gap is `lake/corrupt`. */
  async load(signal: AbortSignal): Promise<S> {
    const first = await this.#loadOnce(signal);
    if (first.missing === null) return first.state;
    // Entries may have been removed below a newer checkpoint while we read; looking again settles it.
    const second = await this.#loadOnce(signal);
    if (second.missing === null) return second.state;
    throw new Fault('lake/corrupt', { path: this.entryPath(second.missing), reason: 'missing between other entries' });
  }

  /** The state with every entry that came since. */
  async refresh(state: S, signal: AbortSignal): Promise<S> {
    const next = await this.#follow(state, signal);
    const newest = (await this.checkpoints(signal)).at(-1);
    return newest !== undefined && newest.sequence > state.tail ? this.load(signal) : next;
  }

  /**
   * Puts the entry that `make` answers for the newest state at its next number; when someone else has that number, asks
   * again with the state after theirs. `make` answers null when the entry has lost its reason: `discarded`.
   * Fails when the store does, or with `lake/lost-race`; then whether it is committed is open: load again.
   */
  async append(state: S, make: (state: S, nonce: string) => E | null, signal: AbortSignal): Promise<Appended<S>> {
    // One nonce for all tries: a put whose answer was lost may still land while the next one is on its way.
    const nonce = this.#newNonce();
    let current = state;
    for (let race = 0; race < limits.commitRaces; race += 1) {
      signal.throwIfAborted();
      const entry = make(current, nonce);
      if (entry === null) return { outcome: 'discarded', state: current };
      if ((await this.#land(entry, signal)) === 'own') return this.#confirm(current, entry, signal);
      current = await this.refresh(current, signal);
    }
    throw new Fault('lake/lost-race', { path: this.entryPath(state.tail + 1) });
  }

  /** Puts a checkpoint of a committed state. */
  async checkpoint(state: S, signal: AbortSignal): Promise<void> {
    const bytes = this.#form.encodeCheckpoint(state);
    await this.#store.putIfAbsent(this.checkpointPath(state.tail), { bytes }, signal);
  }

  /** One entry; null when it is not there. */
  async entry(sequence: number, signal: AbortSignal): Promise<E | null> {
    const path = this.entryPath(sequence);
    const bytes = await this.#store.read(path, signal);
    if (bytes === null) return null;
    const entry = this.#form.parseEntry(bytes, path);
    if (entry.sequence === sequence) return entry;
    throw new Fault('lake/corrupt', { path, reason: `it says it is number ${entry.sequence}` });
  }

  /**
   * The state after the entry of this number, from the newest readable one of `bases` (checkpoints lowest first, or 0) at
   * or below it; null when there is none, or an entry between is no more.
   */
  async stateOf(sequence: number, bases: readonly number[], signal: AbortSignal): Promise<S | null> {
    for (const base of bases.filter(number => number <= sequence).reverse()) {
      const state = base === 0 ? this.#form.empty() : await this.readCheckpoint(base, signal);
      if (state !== null) return this.#replay(state, sequence, signal);
    }
    return null;
  }

  /** The state in a checkpoint; null when it is not there or cannot be read. */
  async readCheckpoint(sequence: number, signal: AbortSignal): Promise<S | null> {
    const path = this.checkpointPath(sequence);
    const bytes = await this.#store.read(path, signal);
    if (bytes === null) return null;
    try {
      const state = this.#form.parseCheckpoint(bytes, path);
      return state.tail === sequence ? state : null;
    } catch (failure) {
      if (failure instanceof Fault && failure.code === 'lake/corrupt') return null;
      throw failure;
    }
  }

  /** Entry files, oldest first. */
  entries(signal: AbortSignal): Promise<NumberedFile[]> {
    return this.#numbered('log', signal);
  }

  /** Checkpoint files, oldest first. */
  checkpoints(signal: AbortSignal): Promise<NumberedFile[]> {
    return this.#numbered('checkpoint', signal);
  }

  entryPath(sequence: number): string {
    return `${this.#folder}/log/${twentyDigits(sequence)}.json`;
  }

  checkpointPath(sequence: number): string {
    return `${this.#folder}/checkpoint/${twentyDigits(sequence)}.json`;
  }

  async #loadOnce(signal: AbortSignal): Promise<{ readonly state: S; readonly missing: number | null }> {
    let state = this.#form.empty();
    for (const { sequence } of (await this.checkpoints(signal)).reverse()) {
      const found = await this.readCheckpoint(sequence, signal);
      if (found === null) continue;
      state = found;
      break;
    }
    state = await this.#follow(state, signal);
    // Nothing at the next number, but something beyond: listed names may come in any order, so look there once more.
    const beyond = (await this.entries(signal)).some(file => file.sequence > state.tail);
    if (beyond) state = await this.#follow(state, signal);
    const newest = beyond ? (await this.entries(signal)).at(-1) : undefined;
    const isGap = newest !== undefined && newest.sequence > state.tail;
    return { state, missing: isGap ? state.tail + 1 : null };
  }

  async #follow(state: S, signal: AbortSignal): Promise<S> {
    let current = state;
    for (;;) {
      const entry = await this.entry(current.tail + 1, signal);
      if (entry === null) return current;
      current = this.#reduce(current, entry);
    }
  }

  async #replay(base: S, through: number, signal: AbortSignal): Promise<S | null> {
    let state = base;
    while (state.tail < through) {
      signal.throwIfAborted();
      const count = Math.min(ENTRIES_AT_ONCE, through - state.tail);
      const from = state.tail + 1;
      const entries = await Promise.all(Array.from({ length: count }, (_, n) => this.entry(from + n, signal)));
      for (const entry of entries) {
        if (entry === null) return null;
        state = this.#reduce(state, entry);
      }
    }
    return state;
  }

  #reduce(state: S, entry: E): S {
    try {
      return this.#form.reduce(state, entry);
    } catch (failure) {
      if (!(failure instanceof Fault) || failure.code !== 'lake/corrupt') throw failure;
      throw new Fault('lake/corrupt', { path: this.entryPath(entry.sequence), ...failure.details });
    }
  }

  /** Puts an entry until it is certain whose the number is. */
  async #land(entry: E, signal: AbortSignal): Promise<'own' | 'taken'> {
    const path = this.entryPath(entry.sequence);
    const bytes = this.#form.encodeEntry(entry);
    let pauseMs: number = limits.putPauseMs;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#put(path, bytes, signal);
      if (answer === 'created') return 'own';
      // Someone has the number, or the answer was lost: only reading back tells whose it is.
      const there = await this.#readBack(entry.sequence, signal);
      if (there === 'absent' && answer === 'exists') return 'taken';
      if (there !== 'absent' && there !== 'unreadable') return there.nonce === entry.nonce ? 'own' : 'taken';
      const failure = answer === 'exists' ? new Fault('store/failed', { path }) : answer.failure;
      if (attempt >= limits.putAttempts || !isPassing(failure)) throw failure;
      await this.#clock.sleep(pauseMs, signal);
      pauseMs *= 2;
    }
  }

  async #put(
    path: string,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<'created' | 'exists' | { readonly failure: unknown }> {
    try {
      // Commit point.
      return await this.#store.putIfAbsent(path, { bytes }, signal);
    } catch (failure) {
      signal.throwIfAborted();
      return { failure };
    }
  }

  async #readBack(sequence: number, signal: AbortSignal): Promise<E | 'absent' | 'unreadable'> {
    try {
      return (await this.entry(sequence, signal)) ?? 'absent';
    } catch (failure) {
      signal.throwIfAborted();
      if (failure instanceof Fault && failure.code === 'lake/corrupt') throw failure;
      return 'unreadable';
    }
  }

  async #confirm(before: S, entry: E, signal: AbortSignal): Promise<Appended<S>> {
    const newest = (await this.checkpoints(signal)).at(-1);
    if (newest !== undefined && newest.sequence >= entry.sequence) {
      // We slept: our number may have been used and removed long ago. The lake knows; whether we are in it is the same to us.
      return { outcome: 'discarded', state: await this.load(signal) };
    }
    const state = this.#reduce(before, entry);
    if (state.tail % limits.checkpointEvery === 0) {
      // The commit stands; without this checkpoint the next loading only reads more entries.
      await this.checkpoint(state, signal).catch(() => undefined);
    }
    return { outcome: 'committed', state };
  }

  async #numbered(kind: 'log' | 'checkpoint', signal: AbortSignal): Promise<NumberedFile[]> {
    const files = await this.#store.list(`${this.#folder}/${kind}`, { signal, deep: false });
    return files.flatMap(file => {
      const digits = /\/([0-9]{20})\.json$/.exec(file.path)?.[1];
      const sequence = Number(digits);
      return digits === undefined || !Number.isSafeInteger(sequence) ? [] : [{ ...file, sequence }];
    });
  }
}

export interface NumberedFile extends StoredFile {
  readonly sequence: number;
}

/** A sequence as the name of its file. */
export function twentyDigits(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

/** Whether trying again by ourselves makes sense. */
function isPassing(failure: unknown): boolean {
  return !(failure instanceof Fault) || failure.entry.retry === 'soon' || failure.entry.retry === 'after-delay';
}
