import { createHash } from 'node:crypto';
import type { LocalFile } from './batcher.ts';
import type { ByteStore, Content } from './bytestore.ts';
import type { Clock } from './clock.ts';
import type { DataFile, EntryBody, LogEntry, TableState } from './commit.ts';
import { cursorKey } from './cursor.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';
import { encodeCheckpoint, encodeJson, parseCheckpoint, parseEntry } from './log-codec.ts';
import { type KeptLog, keptLog } from './log-history.ts';
import { emptyState, reduce } from './log-state.ts';
import { filesOfEntry, removeAllBefore, type Swept, sweepLog } from './log-sweep.ts';
import type { TableName } from './names.ts';
import { type Appended, type LogForm, SequencedLog } from './sequenced-log.ts';
import type { TableShape } from './shape.ts';

export interface TableLogOptions {
  readonly store: ByteStore;
  readonly table: TableName;
  readonly clock: Clock;
  /** Random texts of 8 to 64 letters, digits and hyphens. */
  readonly newNonce: () => string;
}

/** What the entry and the data file are put with. `epoch` and `generation` are the state's unless given; a reset raises the latter. */
export interface CommitOptions {
  readonly signal: AbortSignal;
  readonly epoch?: number;
  readonly generation?: number;
  /** The older state that the entry was made from, when work on it took a while: it is that one's basis that must still hold. */
  readonly madeFrom?: TableState;
}

export type DataKind = 'batch' | 'image' | 'snapshot';

/** Where a table's log, checkpoints and data lie in the lake. */
export function tableFolder(table: TableName): string {
  return `.lakelink/${table}`;
}

const form: LogForm<TableState, LogEntry> = {
  empty: emptyState,
  reduce,
  encodeEntry: encodeJson,
  parseEntry,
  encodeCheckpoint,
  parseCheckpoint,
};

/**
 * The log of one table: its one truth. The cursor and the data it accounts for become true in the same put (I-1, I-2).
 * Holds no state of the table: the caller keeps what `load` and `commit` answer. After any failure, load again.
 */
export class TableLog {
  readonly #store: ByteStore;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #newNonce: () => string;
  readonly #log: SequencedLog<TableState, LogEntry>;
  /** When this process put a data file that no entry names yet. */
  readonly #putAtMs = new Map<string, number>();

  constructor({ store, table, clock, newNonce }: TableLogOptions) {
    this.#store = store;
    this.#folder = tableFolder(table);
    this.#clock = clock;
    this.#newNonce = newNonce;
    this.#log = new SequencedLog({ store, folder: this.#folder, clock, newNonce, form });
  }

  /** The committed state; of a table without a log the empty one. An unreadable or missing entry is `lake/corrupt`. */
  load(signal: AbortSignal): Promise<TableState> {
    return this.#log.load(signal);
  }

  /** The state with every entry that came since `state`. */
  refresh(state: TableState, signal: AbortSignal): Promise<TableState> {
    return this.#log.refresh(state, signal);
  }

  /** What of the log is kept for a query that begins now and is over after `queryMs`. */
  async kept({ queryMs, signal }: { readonly queryMs: number; readonly signal: AbortSignal }): Promise<KeptLog> {
    const checkpoints = await this.#log.checkpoints(signal);
    const entries = await this.#log.entries(signal);
    return keptLog({ entries, checkpoints, nowMs: this.#clock.nowMs(), queryMs });
  }

  /** The state after the entry of this number, made again from what is kept; null when a part of that went meanwhile. */
  stateOf(sequence: number, { bases }: KeptLog, signal: AbortSignal): Promise<TableState | null> {
    return this.#log.stateOf(sequence, bases, signal);
  }

  /** One entry; null when it is not there. */
  entry(sequence: number, signal: AbortSignal): Promise<LogEntry | null> {
    return this.#log.entry(sequence, signal);
  }

  /** The definition that the entry of this number committed; null where it is no `shape` or is no more. */
  async shapeAt(sequence: number, signal: AbortSignal): Promise<TableShape | null> {
    const entry = await this.#log.entry(sequence, signal);
    return entry?.kind === 'shape' ? entry.shape : null;
  }

  /**
   * Commits an entry made from `state`. When other entries came first it is put behind them as long as what it was made
   * from still holds (see `basisOf`), else it is `discarded`; a discarded entry's data files are left to the sweep.
   */
  async commit(state: TableState, body: EntryBody, options: CommitOptions): Promise<Appended<TableState>> {
    if (options.generation !== undefined && options.generation < state.generation) {
      throw new Fault('internal/bug', { reason: 'a generation cannot fall' });
    }
    const basis = basisOf(options.madeFrom ?? state, body);
    const raises = body.kind === 'reset' || body.kind === 'removed';
    const make = (current: TableState, nonce: string): LogEntry | null => {
      if (!isMadeFrom(current, body) || basisOf(current, body) !== basis || this.#isStale(body)) return null;
      return {
        format: 1,
        sequence: current.tail + 1,
        at: new Date(this.#clock.nowMs()).toISOString(),
        nonce,
        epoch: options.epoch ?? current.epoch,
        generation: options.generation ?? current.generation + (raises ? 1 : 0),
        ...body,
      };
    };
    const appended = await this.#log.append(state, make, options.signal);
    for (const path of filesOfEntry(body)) this.#putAtMs.delete(path);
    return appended;
  }

  /**
   * Puts a data file under a name nobody else has; it counts from the commit that names it. Local files are left where
   * they are.
   */
  async putData({
    kind,
    file,
    signal,
  }: {
    readonly kind: DataKind;
    readonly file: LocalFile | { readonly content: Uint8Array; readonly rows: number };
    readonly signal: AbortSignal;
  }): Promise<DataFile> {
    const path = `${this.#folder}/data/${kind}-${this.#newNonce()}.parquet`;
    this.#putAtMs.set(path, this.#clock.nowMs());
    if ('path' in file) {
      await this.#putNew(path, { file: file.path }, signal);
      return { path, bytes: file.bytes, sha256: file.sha256, rows: file.rows };
    }
    await this.#putNew(path, { bytes: file.content }, signal);
    const sha256 = createHash('sha256').update(file.content).digest('hex');
    return { path, bytes: file.content.byteLength, sha256, rows: file.rows };
  }

  /** Removes what retention no longer asks for; see `sweepLog`. */
  sweep(state: TableState, signal: AbortSignal): Promise<Swept> {
    return sweepLog({
      store: this.#store,
      log: this.#log,
      folder: this.#folder,
      state,
      nowMs: this.#clock.nowMs(),
      signal,
    });
  }

  /**
   * Takes the table out of the link: a `removed` entry, after which its rows count no more, then its data. The log goes
   * on from there if the table is added again. Repeating it after a crash completes it.
   */
  async remove(state: TableState, signal: AbortSignal): Promise<TableState> {
    let current = state;
    while (!isRemoved(current)) {
      const body = { kind: 'removed', prevCursor: current.cursor } as const;
      current = (await this.commit(current, body, { signal })).state;
    }
    if (current.tail > 0) {
      await removeAllBefore({ store: this.#store, log: this.#log, folder: this.#folder, state: current, signal });
    }
    return current;
  }

  async #putNew(path: string, content: Content, signal: AbortSignal): Promise<void> {
    let pauseMs: number = limits.putPauseMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // The name is ours alone: one that is there already is ours too, from a try whose answer was lost.
        await this.#store.putIfAbsent(path, content, signal);
        return;
      } catch (failure) {
        signal.throwIfAborted();
        const passes = !(failure instanceof Fault) || failure.entry.retry === 'soon';
        if (attempt >= limits.putAttempts || !passes) throw failure;
      }
      await this.#clock.sleep(pauseMs, signal);
      pauseMs *= 2;
    }
  }

  /** Whether a data file waited so long for its commit that a sweep may have taken it for an orphan (a sleeping laptop). */
  #isStale(body: EntryBody): boolean {
    const oldestMs = this.#clock.nowMs() - limits.retentionMs / 2;
    return filesOfEntry(body).some(path => (this.#putAtMs.get(path) ?? oldestMs) < oldestMs);
  }
}

/** A table that never was, or that was removed and not added again. */
export function isRemoved(state: TableState): boolean {
  return state.cursor.at === 'start' && state.shape === null && state.image === null && state.pending.length === 0;
}

/** What an entry was made from. It may go behind other entries only while this is the same. */
function basisOf(state: TableState, body: EntryBody): string {
  const generation = [state.epoch, state.generation];
  switch (body.kind) {
    case 'rows':
    case 'reset':
    case 'removed':
      return JSON.stringify([cursorKey(state.cursor), state.rowsCommitted, state.deletesCommitted, ...generation]);
    case 'fold': {
      const folded = state.pending.filter(batch => batch.sequence <= body.through).map(batch => batch.sequence);
      const { image, partitionStrategy, writeMode, retypedAt } = state;
      // Its files carry the number after the tail that it was made from. Below a definition after which all files are
      // written again, one would count as shown by what was published for that definition.
      return JSON.stringify([image?.foldedAt ?? 0, partitionStrategy, writeMode, retypedAt, folded]);
    }
    case 'shape':
      return JSON.stringify([state.shapeAt, state.epoch]);
    case 'mode':
      return JSON.stringify([state.partitionStrategy, state.writeMode]);
    case 'snapshot':
      return JSON.stringify([state.image?.foldedAt ?? 0, state.shapeAt, state.snapshots[0]?.sequence ?? 0]);
    case 'exported':
      return JSON.stringify(state.waiting.map(({ sequence }) => sequence).filter(at => at <= body.through));
  }
}

/** Whether an entry says it continues from exactly this state. */
function isMadeFrom(state: TableState, body: EntryBody): boolean {
  switch (body.kind) {
    case 'rows':
    case 'reset':
    case 'removed':
      return cursorKey(body.prevCursor) === cursorKey(state.cursor);
    case 'fold':
      return body.through <= state.tail && body.through >= (state.image?.through ?? 0);
    case 'snapshot':
      return body.foldedAt === state.image?.foldedAt;
    case 'shape':
    case 'mode':
    case 'exported':
      return true;
  }
}
