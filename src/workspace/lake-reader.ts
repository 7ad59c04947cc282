import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import type { LogEntry, TableState } from '../core/commit.ts';
import { TableLog } from '../core/commit-log.ts';
import { Fault, toFault } from '../core/fault.ts';
import { inParallel } from '../core/in-parallel.ts';
import { limits } from '../core/limits.ts';
import { type LinkFile, readLinkFile } from '../core/link-file.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { AsOf } from './database-view.ts';
import type { CommitFacts } from './reader-commits.ts';
import { Held } from './reader-held.ts';
import { SharedLook } from './reader-look.ts';
import { type HeldOfTables, TableReader } from './reader-table.ts';
import { weightOf } from './reader-weight.ts';

/** What is committed in a lake, kept up by reading what came since; any number of processes may read one lake. */
export interface LakeReader {
  /** What the link is; read again at most every second. `lake/unmarked` where the folder is no lake. */
  link(signal: AbortSignal): Promise<LinkFile>;
  /**
   * The table as it is committed now: everything whose commit came before this call is in it (R: visible at the next query).
   * A name that the link does not have as last read is looked for in it again before it is `link/table-unknown`.
   */
  state(table: TableName, signal: AbortSignal): Promise<TableState>;
  /**
   * As of another time; `sql/not-retained` names the oldest that is kept (`oldest`, its sequence, and `oldestAt`, its
   * time), `input/sql` says that a commit is not there yet. A state that is answered has all its data files until
   * `queryMs` from now; files of its snapshots may be gone (see `snapshotAsOf`). What a time means: `sequenceAt`.
   */
  stateAt(table: TableName, asOf: AsOf, signal: AbortSignal): Promise<TableState>;
  /** All tables of the link as they are known, at most `maxAgeMs` old: for the catalogue and for monitoring. */
  states(options: {
    readonly maxAgeMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly { readonly table: TableName; readonly state: TableState | Fault }[]>;
  /** The entries of a table's log that are kept, oldest first. */
  entries(table: TableName, signal: AbortSignal): Promise<readonly LogEntry[]>;
}

/** More of the same: what monitoring asks. */
export interface LakeHistory {
  /** Facts of the commits that are kept, oldest first; each entry is read once as long as they are held. */
  commits(table: TableName, signal: AbortSignal): Promise<readonly CommitFacts[]>;
  /** The definition that this commit brought; null where it brought none or is kept no more. */
  shapeAt(table: TableName, sequence: number, signal: AbortSignal): Promise<TableShape | null>;
}

export interface LakeReaderOptions {
  readonly store: ByteStore;
  readonly clock: Clock;
  /** For the log's type only: a reader never commits. */
  readonly newNonce: () => string;
  /** The longest that a query may read a state's files; the margin of the sweep by default. */
  readonly queryMs?: number;
  /** About how many bytes of states are held; one that is not held is loaded again when it is asked for. */
  readonly stateBytesMax?: number;
}

/** A lake's link is looked at again after so long. */
const LINK_AGE_MS = 1_000;
const STATE_BYTES_MAX = 256 * 1024 * 1024;
const PAST_BYTES_MAX = 32 * 1024 * 1024;
const COMMITS_MAX = 200_000;
const TABLES_AT_ONCE = 16;

/** Opens a lake for reading; reads nothing yet, and never writes. */
export function openLakeReader(options: LakeReaderOptions): LakeReader & LakeHistory {
  return new StoreLakeReader(options);
}

class StoreLakeReader implements LakeReader, LakeHistory {
  readonly #options: LakeReaderOptions;
  readonly #held: HeldOfTables;
  readonly #tables = new Map<TableName, TableReader>();
  readonly #linkLook: SharedLook<LinkFile>;
  #link: { readonly file: LinkFile; readonly readMs: number } | null = null;

  constructor(options: LakeReaderOptions) {
    this.#options = options;
    const { stateBytesMax = STATE_BYTES_MAX } = options;
    this.#held = {
      states: new Held({ weightMax: stateBytesMax, weigh: weightOf }),
      past: new Held({ weightMax: Math.min(stateBytesMax, PAST_BYTES_MAX), weigh: weightOf }),
      commits: new Held({ weightMax: COMMITS_MAX, weigh: facts => facts.length }),
    };
    this.#linkLook = new SharedLook(signal => this.#readLink(signal));
  }

  async link(signal: AbortSignal): Promise<LinkFile> {
    const known = this.#link;
    if (known !== null && this.#options.clock.nowMs() - known.readMs < LINK_AGE_MS) return known.file;
    return this.#linkLook.fresh(signal);
  }

  async state(table: TableName, signal: AbortSignal): Promise<TableState> {
    return (await this.#table(table, signal)).state(signal);
  }

  async stateAt(table: TableName, asOf: AsOf, signal: AbortSignal): Promise<TableState> {
    return (await this.#table(table, signal)).stateAt(asOf, signal);
  }

  async states({
    maxAgeMs,
    signal,
  }: {
    readonly maxAgeMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly { readonly table: TableName; readonly state: TableState | Fault }[]> {
    const { tables } = await this.link(signal);
    return inParallel({ items: tables, atOnce: TABLES_AT_ONCE }, async table => {
      try {
        return { table, state: await this.#reader(table).recent(maxAgeMs, signal) };
      } catch (failure) {
        signal.throwIfAborted();
        // One table's trouble is its own (I-8).
        return { table, state: toFault(failure) };
      }
    });
  }

  async entries(table: TableName, signal: AbortSignal): Promise<readonly LogEntry[]> {
    return (await this.#table(table, signal)).entries(signal);
  }

  async commits(table: TableName, signal: AbortSignal): Promise<readonly CommitFacts[]> {
    return (await this.#table(table, signal)).commits(signal);
  }

  async shapeAt(table: TableName, sequence: number, signal: AbortSignal): Promise<TableShape | null> {
    const entry = await (await this.#table(table, signal)).entry(sequence, signal);
    return entry?.kind === 'shape' ? entry.shape : null;
  }

  /** The reader of a table of the link, which may have come a moment ago. */
  async #table(table: TableName, signal: AbortSignal): Promise<TableReader> {
    const known = await this.link(signal);
    if (known.tables.includes(table)) return this.#reader(table);
    const { tables } = await this.#linkLook.fresh(signal);
    if (tables.includes(table)) return this.#reader(table);
    throw new Fault('link/table-unknown', { table });
  }

  #reader(table: TableName): TableReader {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const { store, clock, newNonce, queryMs = limits.queryMarginMs } = this.#options;
    const log = new TableLog({ store, table, clock, newNonce });
    const reader = new TableReader({ table, log, held: this.#held, queryMs, nowMs: () => clock.nowMs() });
    this.#tables.set(table, reader);
    return reader;
  }

  async #readLink(signal: AbortSignal): Promise<LinkFile> {
    const { store, clock } = this.#options;
    const readMs = clock.nowMs();
    const file = await readLinkFile(store, signal);
    if (file === null) throw new Fault('lake/unmarked', { path: store.location });
    this.#link = { file, readMs };
    this.#forget(new Set(file.tables));
    return file;
  }

  /** What is held of tables that left the link. */
  #forget(tables: ReadonlySet<TableName>): void {
    for (const table of this.#tables.keys()) {
      if (tables.has(table)) continue;
      this.#tables.delete(table);
      this.#held.states.drop(table);
      this.#held.commits.drop(table);
    }
  }
}
