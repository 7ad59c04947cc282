import type { Clock } from '../core/clock.ts';
import type { ExportedEntry, TableState } from '../core/commit.ts';
import type { TableLog } from '../core/commit-log.ts';
import { type Fault, toFault } from '../core/fault.ts';
import { folderNameAt } from '../core/folder-name.ts';
import { emptyLinkState, type LinkLog, type LinkState } from '../core/link-log.ts';
import type { TableName } from '../core/names.ts';
import type { FolderWriter } from '../core/replica.ts';
import { Gate } from './gate.ts';
import {
  type ClosingParts,
  closingOf,
  type FolderLogs,
  finishFolder,
  freeExported,
  markExported,
} from './incremental-close.ts';
import { untilClosingMs } from './incremental-schedule.ts';
import type { EngineLog } from './table-parts.ts';

/** A table at work, as the folders of its link see it. */
export interface FolderSource {
  readonly table: TableName;
  /** Null until its log was read; with `known` it cannot be. */
  readonly state: TableState | null;
  readonly known: boolean;
  /** Folds all that is committed, where a fold is allowed now. */
  fold(): Promise<void>;
  markExported(entry: ExportedEntry): Promise<void>;
}

export interface IncrementalParts {
  readonly linkLog: LinkLog;
  readonly writer: FolderWriter;
  /** Tables at work, in the order of the manifest. */
  readonly tables: () => readonly FolderSource[];
  /** The log of any table. */
  readonly logOf: (table: TableName) => TableLog;
  readonly intervalMs: () => number;
  readonly clock: Clock;
  readonly report: EngineLog;
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
const KNOWN_LOOK_MS = 100;

/**
 * The incremental folders of one link: at every interval the changes of all tables since the last folder are decided in
 * one entry of the link's log and written from it. A folder that was decided and not finished comes first, whoever
 * decided it. A table that cannot be folded brings into the folder what it has, and the rest into the next (I-8).
 */
export class IncrementalFolders {
  readonly #parts: IncrementalParts;
  readonly #stopped = new AbortController();
  /** Closing a folder and taking tables out of the link exclude each other. */
  readonly #turn = new Gate(1);
  #link: LinkState = emptyLinkState();
  #isOpen = false;
  #lookedMs: number | null = null;
  #woken = new AbortController();
  #loop: Promise<void> | null = null;
  #fault: Fault | null = null;

  constructor(parts: IncrementalParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop ??= this.#untilStopped();
  }

  /** What keeps the folder from being closed or finished; null while nothing does. One folder is that of all tables. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** The interval may have changed. */
  wake(): void {
    this.#woken.abort();
  }

  /** A folder that is being written is finished after the next start. Twice is allowed. */
  async end(): Promise<void> {
    this.#stopped.abort();
    this.wake();
    await this.#loop;
  }

  /**
   * Takes tables out of the link by `work`, never while a folder is written: one that is decided is finished before, where
   * that is possible. Their changes that no folder has are in none. With `isKept` their data stays; then it fails, before any
   * `work`, where their logs cannot be told what folders have: asked again it goes on.
   */
  leave(
    tables: readonly TableName[],
    { isKept, work }: { readonly isKept: boolean; readonly work: () => Promise<void> },
  ): Promise<void> {
    const { signal } = this.#stopped;
    return this.#turn.run(async () => {
      try {
        await this.#open();
      } catch (failure) {
        signal.throwIfAborted();
        this.#warn('folder not finished before tables leave', failure);
      }
      if (isKept) await this.#tellExported(tables);
      await work();
    }, signal);
  }

  /** The link's log forgets what it exported of a table that leaves; if the table comes back, its own log must know. */
  async #tellExported(tables: readonly TableName[]): Promise<void> {
    const { exported, folder } = await this.#parts.linkLog.load(this.#stopped.signal);
    for (const table of tables) {
      const through = exported[table];
      if (through === undefined) continue;
      try {
        await markExported(this.#logs, table, { kind: 'exported', through, folder: folder ?? '' });
      } catch (failure) {
        // A log that nobody can read brings no change back either, and a table must not stay for it.
        if (toFault(failure).code !== 'lake/corrupt') throw failure;
        this.#warn('not told what folders have', failure, { table });
      }
    }
  }

  /** One look: closes the folder if that is due; answers the milliseconds until the next look. */
  look(): Promise<number> {
    return this.#turn.run(async () => {
      await this.#open();
      const { clock, tables, intervalMs } = this.#parts;
      // A table that is not known yet would be missing in the folder's model.
      if (tables().some(({ known }) => !known)) return KNOWN_LOOK_MS;
      const nowMs = clock.nowMs();
      const waitMs = this.#untilMs(nowMs, intervalMs());
      if (waitMs > 0) return waitMs;
      await this.#close();
      this.#lookedMs = nowMs;
      return this.#untilMs(clock.nowMs(), intervalMs());
    }, this.#stopped.signal);
  }

  async #untilStopped(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stopped;
    let retryMs = RETRY_MS;
    while (!signal.aborted) {
      this.#woken = new AbortController();
      let waitMs: number;
      try {
        waitMs = await this.look();
        retryMs = RETRY_MS;
        this.#fault = null;
      } catch (failure) {
        if (signal.aborted) return;
        this.#fault = toFault(failure);
        this.#warn('folder not closed', failure);
        waitMs = retryMs;
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      }
      // Not in one piece: the service's clock may be set while this waits.
      await clock.sleep(Math.min(waitMs, RETRY_MS_MAX), this.#woken.signal).catch(() => {});
    }
  }

  #untilMs(nowMs: number, intervalMs: number): number {
    const { folder } = this.#link;
    return folder === null ? 0 : untilClosingMs({ folder, lookedMs: this.#lookedMs, nowMs, intervalMs });
  }

  /** The link's state with a folder in progress, which readers know of, and none that is unfinished. */
  async #open(): Promise<void> {
    const { linkLog, writer, clock } = this.#parts;
    const { signal } = this.#stopped;
    this.#link = this.#isOpen ? await linkLog.refresh(this.#link, signal) : await linkLog.load(signal);
    if (this.#link.folder === null) {
      const name = folderNameAt(clock.nowMs(), null);
      this.#link = (await linkLog.commit(this.#link, { kind: 'folder-opened', name }, { signal })).state;
    }
    await this.#finish();
    const { folder, tail } = this.#link;
    if (this.#isOpen || folder === null) return;
    await writer.announceFolder(folder, { sequence: tail, signal });
    this.#isOpen = true;
  }

  async #close(): Promise<void> {
    const { linkLog, clock, tables } = this.#parts;
    const { signal } = this.#stopped;
    const sources = tables();
    await Promise.all(sources.map(source => this.#fold(source)));
    const states = await Promise.all(sources.map(async ({ table }) => ({ table, state: await this.#stateOf(table) })));
    const found = states.flatMap(({ table, state }) => (state === null ? [] : [{ table, state }]));
    await this.#freeLeftovers(found);
    const body = closingOf(this.#link, found, clock.nowMs());
    if (body === null) return;
    // Commit point (I-1): what the folder holds is decided; whoever finds it unfinished writes exactly that.
    this.#link = (await linkLog.commit(this.#link, body, { signal })).state;
    await this.#finish();
    await linkLog.sweep(signal);
  }

  /** Changes that are in folders and wait nevertheless, since their table's log could not be told: a status shows them. */
  async #freeLeftovers(found: readonly { readonly table: TableName; readonly state: TableState }[]): Promise<void> {
    const { exported, folder } = this.#link;
    for (const { table, state } of found) {
      const through = exported[table] ?? 0;
      if (!state.waiting.some(({ sequence }) => sequence <= through)) continue;
      await freeExported(this.#closingParts(), table, { kind: 'exported', through, folder: folder ?? '' });
    }
  }

  async #finish(): Promise<void> {
    const { closing } = this.#link;
    if (closing !== null) this.#link = await finishFolder(this.#closingParts(), this.#link, closing);
  }

  async #fold({ table, state, fold }: FolderSource): Promise<void> {
    if (state === null) return;
    try {
      await fold();
    } catch (failure) {
      this.#stopped.signal.throwIfAborted();
      this.#warn('not folded for this folder', failure, { table });
    }
  }

  /** Null where its log cannot be read: the table is missing in this folder, and its changes come in a later one (I-8). */
  async #stateOf(table: TableName): Promise<TableState | null> {
    try {
      return await this.#logs.state(table, 0);
    } catch (failure) {
      this.#stopped.signal.throwIfAborted();
      this.#warn('not in this folder', failure, { table });
      return null;
    }
  }

  get #logs(): FolderLogs {
    const { tables, logOf } = this.#parts;
    const { signal } = this.#stopped;
    const running = (table: TableName) => tables().find(source => source.table === table && source.state !== null);
    return {
      state: async (table, through) => {
        const state = running(table)?.state ?? null;
        return state !== null && state.tail >= through ? state : logOf(table).load(signal);
      },
      shapeAt: (table, sequence) => logOf(table).shapeAt(sequence, signal),
      markExported: async (table, entry) => {
        const source = running(table);
        if (source !== undefined) return source.markExported(entry);
        const log = logOf(table);
        await log.commit(await log.load(signal), entry, { signal });
      },
    };
  }

  #closingParts(): ClosingParts {
    const { linkLog, writer, report } = this.#parts;
    return { linkLog, writer, logs: this.#logs, report, signal: this.#stopped.signal };
  }

  #warn(sentence: string, failure: unknown, fields: { readonly table?: TableName } = {}): void {
    this.#parts.report.warn(sentence, { ...fields, code: toFault(failure).code });
  }
}
