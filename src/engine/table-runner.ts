import type { ExportedEntry, TableState } from '../core/commit.ts';
import { Fault, toFault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import type { PageOutcome } from './page-commit.ts';
import { isQuiet, type RunEvent, type RunState, START, step } from './run-state.ts';
import type { TableParts, TableSettings } from './table-parts.ts';
import { tableStatus } from './table-status.ts';
import { TableWork } from './table-work.ts';
import type { SnapshotOrder, SnapshotOutcome } from './take-snapshot.ts';
import type { TableWitnesses } from './witness-check.ts';

/** A step that a person may break off. */
const HANGS_MS = 5_000;
/** Rows per second is measured over this long. */
const RATE_WINDOW_MS = 10_000;

/**
 * Runs one table until stopped: performs steps, waits, retries, pauses. It decides nothing: `run-state.ts` says when the
 * next step is due, `table-work.ts` what it is. A fault of this table never leaves it (I-8).
 */
export class TableRunner {
  readonly #parts: TableParts;
  readonly #stopped = new AbortController();
  #run: RunState = START;
  #work: TableWork | null = null;
  #loop: Promise<void> | null = null;
  #wake: () => void = () => {};
  #estimate: number | null = null;
  #lastPolledMs: number | null = null;
  #rowsRead = 0;
  #recent: { readonly ms: number; readonly rows: number }[] = [];
  #confirmed = false;
  readonly #readAgainAsked: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[] = [];
  readonly #chosen: { settings: TableSettings };
  #paused: string | null = null;
  /** What breaks off a step that hangs. */
  #attempt = new AbortController();
  #steppedMs = 0;

  constructor(parts: TableParts) {
    const chosen = { settings: parts.settings };
    this.#chosen = chosen;
    // The work under way sees what a person changed at its next step.
    this.#parts = {
      ...parts,
      get settings() {
        return chosen.settings;
      },
    };
  }

  /** The committed state; null until the log was read. */
  get state(): TableState | null {
    return this.#work?.state ?? null;
  }

  get witnesses(): TableWitnesses | null {
    return this.#work?.witnesses ?? null;
  }

  /** False until the log was read or is found to be one that a person has to look at; a failure that passes is waited out. */
  get known(): boolean {
    return this.#work !== null || this.#run.at === 'paused' || this.#run.at === 'stopped';
  }

  /** Everything that the environment had at some moment since the start is committed. */
  get caughtUp(): boolean {
    return this.#lastPolledMs !== null;
  }

  start(): void {
    this.#loop ??= this.#untilStopped();
  }

  /** Ends after the step at hand; twice is allowed. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#attempt.abort(this.#stopped.signal.reason);
    this.#parts.readQueue.leave(this.#parts.table);
    this.#wake();
    await this.#loop;
  }

  /** Other settings from the next step on. Another mode or strategy is committed by it, and readers' files follow. */
  change(settings: TableSettings): void {
    // Most changes of a link are of another table: this one is not woken for them.
    if (JSON.stringify(settings) === JSON.stringify(this.#chosen.settings)) return;
    this.#chosen.settings = settings;
    this.retryNow();
  }

  /** With a reason: asks the environment for nothing more once the step at hand is done. Null: goes on. */
  pause(reason: string | null): void {
    if (this.#paused === reason) return;
    this.#paused = reason;
    if (reason === null) this.retryNow();
    else {
      this.#parts.readQueue.leave(this.#parts.table);
      this.#wake();
    }
  }

  /** A person wants it to be looked at now: a step that hangs is broken off and made again. */
  retryAsked(): void {
    const { clock, table } = this.#parts;
    if (this.#run.at === 'working' && clock.nowMs() - this.#steppedMs >= HANGS_MS) {
      this.#attempt.abort(new Fault('source/timeout', { table, reason: 'it was broken off to be asked again' }));
      this.#attempt = new AbortController();
    }
    this.retryNow();
  }

  retryNow(): void {
    this.#on({ kind: 'retry-asked' });
    this.#wake();
  }

  confirmDeletes(): void {
    if (this.#work === null) this.#confirmed = true;
    else this.#work.confirmDeletes();
    this.retryNow();
  }

  /**
   * Every row is read again, so that the lake has what an unchanged row holds in a column that was added. Resolves when
   * that is committed; what keeps it from being committed is the asker's.
   */
  readAgain(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#readAgainAsked.push({ resolve, reject });
      this.#parts.readQueue.leave(this.#parts.table);
      this.retryNow();
    });
  }

  /** Folds what is committed, also while the table waits or is paused; a failure is the asker's. */
  async foldForFolder(): Promise<void> {
    await this.#untilStop(signal => this.#work?.foldForFolder(signal));
  }

  /** What folders hold of the table up to an entry of its log needs no keeping any more. */
  async markExported(entry: ExportedEntry): Promise<void> {
    await this.#untilStop(signal => this.#work?.markExported(entry, signal));
  }

  /** A snapshot of what is committed, also while the table waits or is paused; a failure is the asker's. */
  async snapshot(order: SnapshotOrder): Promise<SnapshotOutcome> {
    return (await this.#untilStop(signal => this.#work?.snapshot(order, signal))) ?? 'not-ready';
  }

  /** Work that is asked for beside the steps. When the table is stopped meanwhile, that is what it fails with. */
  async #untilStop<T>(work: (signal: AbortSignal) => Promise<T> | undefined): Promise<T | undefined> {
    const { signal } = this.#stopped;
    try {
      return await work(signal);
    } catch (failure) {
      if (!signal.aborted) throw failure;
      throw new Fault('service/stopped', { table: this.#parts.table }, { cause: failure });
    }
  }

  status(): TableStatus {
    const { link, table, clock, settings, readQueue } = this.#parts;
    const nowMs = clock.nowMs();
    this.#recent = this.#recent.filter(({ ms }) => nowMs - ms < RATE_WINDOW_MS);
    const rows = this.#recent.reduce((sum, page) => sum + page.rows, 0);
    const state = this.#work?.state ?? null;
    return tableStatus({
      link,
      table,
      partitionStrategy: settings.partitionStrategy,
      writeMode: settings.writeMode,
      state,
      run: this.#run,
      paused: this.#paused,
      queued: readQueue.placeOf(table),
      rowsPerSecond: Math.round((rows * 1000) / RATE_WINDOW_MS),
      rowsRead: this.#rowsRead,
      estimate: this.#estimate,
      lastPolledMs: this.#lastPolledMs,
      unpublishedBatches: this.#work?.unpublishedBatches ?? 0,
      postProcessingMs: this.#work?.postProcessingMs ?? null,
    });
  }

  /** The environment's own estimate of the table's rows, for the progress bar. */
  expect(estimate: number | null): void {
    this.#estimate = estimate;
  }

  async #untilStopped(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      if (this.#readAgainAsked.length > 0) await this.#beginReadAgain(signal);
      else if (this.#paused !== null) await this.#rest(signal);
      else if (this.#run.at === 'working') await this.#step(this.#run, signal);
      else await this.#wait();
    }
    for (const { reject } of this.#readAgainAsked) reject(new Fault('service/stopped', { table: this.#parts.table }));
    await this.#work?.stop();
    this.#on({ kind: 'stop' });
  }

  async #beginReadAgain(signal: AbortSignal): Promise<void> {
    const asked = this.#readAgainAsked.splice(0);
    try {
      this.#work ??= await this.#open(signal);
      await this.#work.readAgain('it was asked for', signal);
      this.#rowsRead = 0;
      for (const { resolve } of asked) resolve();
    } catch (thrown) {
      for (const { reject } of asked) reject(thrown);
      if (!signal.aborted) await this.#recover(thrown, signal);
    }
  }

  async #step({ quietPolls }: RunState & { at: 'working' }, signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts;
    const attempt = this.#attempt.signal;
    try {
      this.#work ??= await this.#open(signal);
      if (!(await this.#mayStep(this.#work, signal))) return;
      const beganMs = clock.nowMs();
      this.#steppedMs = beganMs;
      const advance = await this.#work.advance({ isQuiet: isQuiet(quietPolls, settings) }, attempt);
      if (advance.is === 'more') return this.#on({ kind: 'advanced' });
      // What the environment has since then may not be in the answer.
      this.#lastPolledMs = beganMs;
      this.#on({ kind: 'caught-up', changed: advance.changed });
    } catch (thrown) {
      if (signal.aborted) return;
      await this.#recover(attempt.aborted ? attempt.reason : thrown, signal);
    }
  }

  /** Whether it is the table's turn: only one that reads all its rows has to wait for it. */
  async #mayStep({ state: { cursor } }: TableWork, signal: AbortSignal): Promise<boolean> {
    const { readQueue, table } = this.#parts;
    if (cursor.at !== 'start' && cursor.at !== 'full') {
      readQueue.leave(table);
      return true;
    }
    return (await readQueue.enter(table)) && this.#paused === null && !signal.aborted;
  }

  /** Until the person who paused the table lets it go on. Its log is read even so: the link's manifest shows the table. */
  async #rest(signal: AbortSignal): Promise<void> {
    try {
      this.#work ??= await this.#open(signal);
      await this.#work.rest();
    } catch (thrown) {
      if (signal.aborted) return;
      await this.#recover(thrown, signal);
      return this.#wait();
    }
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      if (signal.aborted || this.#paused === null) resolve();
    });
  }

  async #open(signal: AbortSignal): Promise<TableWork> {
    const events = {
      onPage: (page: PageOutcome) => this.#count(page.rows + page.deletes),
      onFailure: () => this.retryNow(),
    };
    const work = await TableWork.open(this.#parts, events, signal);
    const { cursor } = work.state;
    if (cursor.at === 'full') this.#rowsRead = work.state.rowsCommitted;
    if (this.#confirmed) work.confirmDeletes();
    this.#confirmed = false;
    return work;
  }

  async #recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    let fault = toFault(thrown);
    this.#parts.readQueue.leave(this.#parts.table);
    this.#warn('step failed', fault);
    try {
      if (fault.entry.retry === 'resync') this.#rowsRead = 0;
      await this.#work?.recover(fault, signal);
    } catch (second) {
      if (signal.aborted) return;
      fault = toFault(second);
      this.#warn('recovery failed', fault);
    }
    this.#on({ kind: 'fault', fault });
  }

  #warn(sentence: string, fault: Fault): void {
    this.#parts.report.warn(sentence, { table: this.#parts.table, code: fault.code, reason: fault.message });
  }

  /** Sleeps until the state is due; `stop` and `retryNow` wake it. */
  async #wait(): Promise<void> {
    const state = this.#run;
    if (state.at === 'working' || state.at === 'stopped') return;
    const { clock } = this.#parts;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    try {
      await clock.sleep(Math.max(0, state.dueMs - clock.nowMs()), woken.signal);
    } catch {
      // Woken or stopped: the state says which.
    }
    this.#on({ kind: 'tick' });
  }

  #on(event: RunEvent): void {
    this.#run = step(this.#run, event, this.#parts.clock.nowMs(), this.#parts.settings);
  }

  #count(rows: number): void {
    this.#rowsRead += rows;
    const nowMs = this.#parts.clock.nowMs();
    // Also where nobody asks for the status.
    this.#recent = this.#recent.filter(({ ms }) => nowMs - ms < RATE_WINDOW_MS);
    this.#recent.push({ ms: nowMs, rows });
  }
}
