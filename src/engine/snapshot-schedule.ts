import type { Clock } from '../core/clock.ts';
import type { TableState } from '../core/commit.ts';
import { type Fault, toFault } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { SnapshotWriter } from '../core/replica.ts';
import { intervalAt, isChanged, isComplete, snapshotReason, untilNextMs } from './snapshot-policy.ts';
import type { EngineLog } from './table-parts.ts';
import type { SnapshotOrder, SnapshotOutcome } from './take-snapshot.ts';

/** A table of the link at work. */
export interface ScheduledTable {
  readonly table: TableName;
  /** Null until its log was read. */
  readonly state: TableState | null;
  /** It was asked for changes since the start: those of a downtime are committed. */
  readonly caughtUp: boolean;
  readonly snapshot: (order: SnapshotOrder) => Promise<SnapshotOutcome>;
}

/** How it went with a table that a person wanted a snapshot of. */
export interface SnapshotResult {
  readonly table: TableName;
  readonly outcome: SnapshotOutcome | 'failed';
  readonly fault: Fault | null;
}

export interface ScheduleParts {
  readonly writer: SnapshotWriter;
  /** As chosen now; null: no snapshots are taken. */
  readonly settings: () => { readonly intervalMs: number; readonly keep: number } | null;
  readonly tables: () => readonly ScheduledTable[];
  /** Shows the newest snapshots to readers; false while it cannot yet, because logs are still being read. */
  readonly publish: () => Promise<boolean>;
  readonly clock: Clock;
  readonly report: EngineLog;
}

/** A clock that jumps is noticed after this long. */
const LOOK_MS = 60_000;
/** Tables that complete their initial sync one after the other share a manifest. */
const PASS_PAUSE_MS = 1_000;
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 300_000;

/**
 * Takes the snapshots of a link: all tables that are due, one failing or not, then one manifest that shows them, which is
 * what readers' triggers wait for. A table that failed is tried again by itself, with growing pauses (I-8).
 */
export class SnapshotSchedule {
  readonly #parts: ScheduleParts;
  /** Tables that were looked at in an interval: what changes after that waits for the next one. */
  readonly #looked = new Map<TableName, number>();
  /** Tables of which readers know newer rows than those of the newest snapshot. */
  readonly #behind = new Set<TableName>();
  readonly #failures = new Map<
    TableName,
    { readonly fault: Fault; readonly pauseMs: number; readonly dueMs: number }
  >();
  readonly #ended = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> | null = null;
  #isWoken = true;
  #wake = () => {};
  /** When the manifest is tried again; null: it shows what there is. */
  #publishAgainMs: number | null = null;
  #passedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Something may be due: a table was published. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /**
   * Snapshots are made again after a time without them, in which readers were led to newer rows: whatever changed since the
   * newest snapshot is in one now, rather than after the interval.
   */
  catchUp(): void {
    for (const { table } of this.#parts.tables()) this.#behind.add(table);
    this.wake();
  }

  /** What the newest try of a table failed with; null after one that did not. */
  faultOf(table: TableName): Fault | null {
    return this.#failures.get(table)?.fault ?? null;
  }

  /** Snapshots of these tables now, and a manifest that names them; its failure is thrown. */
  takeNow(tables: readonly TableName[]): Promise<SnapshotResult[]> {
    return this.#inTurn(async () => {
      const chosen = this.#parts.tables().filter(({ table }) => tables.includes(table));
      const results = await Promise.all(chosen.map(one => this.#take(one)));
      if (!(await this.#parts.publish())) this.wake();
      return results;
    });
  }

  /** Ends after what is at hand; twice is allowed. */
  async end(): Promise<void> {
    this.#ended.abort();
    this.#wake();
    await this.#loop;
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#wait();
      if (!signal.aborted) await this.#inTurn(() => this.#pass());
    }
  }

  async #pass(): Promise<void> {
    const { clock, tables, publish, report } = this.#parts;
    this.#isWoken = false;
    this.#publishAgainMs = null;
    const due = tables().filter(one => this.#isDue(one));
    for (const table of this.#failures.keys()) {
      if (!due.some(one => one.table === table)) this.#failures.delete(table);
    }
    for (const table of this.#looked.keys()) {
      if (!tables().some(one => one.table === table)) this.#looked.delete(table);
    }
    await Promise.all(due.filter(one => !this.#isHeldBack(one)).map(one => this.#take(one)));
    try {
      // Also at the end: what was taken is shown.
      if (!(await publish())) this.#publishAgainMs = clock.nowMs() + PASS_PAUSE_MS;
    } catch (failure) {
      report.warn('manifest not published', { code: toFault(failure).code });
      this.#publishAgainMs = clock.nowMs() + RETRY_MS;
    }
    this.#passedMs = clock.nowMs();
  }

  #isDue({ table, state, caughtUp }: ScheduledTable): boolean {
    const { clock, settings } = this.#parts;
    const chosen = settings();
    if (state === null || chosen === null) return false;
    const now = { nowMs: clock.nowMs(), intervalMs: chosen.intervalMs };
    const isLookedAt = this.#looked.get(table) === intervalAt(now) && !this.#failures.has(table);
    if (caughtUp) this.#looked.set(table, intervalAt(now));
    if (this.#behind.has(table) && isComplete(state)) {
      if (isChanged(state)) return true;
      this.#behind.delete(table);
    }
    const reason = snapshotReason(state, now);
    return reason === 'interval' ? !isLookedAt : reason !== null;
  }

  #isHeldBack({ table }: ScheduledTable): boolean {
    const failure = this.#failures.get(table);
    const leftMs = failure === undefined ? 0 : failure.dueMs - this.#parts.clock.nowMs();
    // After the clock was set back the pause is over.
    return leftMs > 0 && leftMs <= (failure?.pauseMs ?? 0);
  }

  async #take({ table, snapshot }: ScheduledTable): Promise<SnapshotResult> {
    const { writer, settings, clock, report, tables } = this.#parts;
    try {
      const outcome = await snapshot({ writer, keep: settings()?.keep ?? 1 });
      this.#failures.delete(table);
      this.#behind.delete(table);
      return { table, outcome, fault: null };
    } catch (failure) {
      const fault = toFault(failure);
      // A table that was stopped may be back already, as another one of its name, which nothing failed for.
      const isAtWork =
        fault.code !== 'service/stopped' && !this.#ended.signal.aborted && tables().some(one => one.table === table);
      if (isAtWork) {
        const pauseMs = Math.min(RETRY_MS_MAX, (this.#failures.get(table)?.pauseMs ?? RETRY_MS / 2) * 2);
        this.#failures.set(table, { fault, pauseMs, dueMs: clock.nowMs() + pauseMs });
        report.warn('no snapshot', { table, code: fault.code, reason: fault.message });
      } else this.#failures.delete(table);
      return { table, outcome: 'failed', fault };
    }
  }

  /** Until something may be due. */
  async #wait(): Promise<void> {
    const { clock } = this.#parts;
    const waitMs = this.#isWoken ? this.#untilPassMs() : this.#untilDueMs();
    if (waitMs <= 0) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await clock.sleep(waitMs, AbortSignal.any([woken.signal, this.#ended.signal])).catch(() => {});
    // Woken: a pause since the last pass may be left.
    if (this.#isWoken && this.#untilPassMs() > 0) {
      await clock.sleep(this.#untilPassMs(), this.#ended.signal).catch(() => {});
    }
  }

  #untilPassMs(): number {
    const sinceMs = this.#parts.clock.nowMs() - this.#passedMs;
    // Negative: the clock was set back.
    return sinceMs < 0 ? 0 : Math.max(0, PASS_PAUSE_MS - sinceMs);
  }

  #untilDueMs(): number {
    const { clock, settings } = this.#parts;
    const intervalMs = settings()?.intervalMs ?? LOOK_MS;
    const nowMs = clock.nowMs();
    const retries = [...this.#failures.values()].map(({ dueMs }) => dueMs - nowMs);
    const publishMs = this.#publishAgainMs === null ? LOOK_MS : this.#publishAgainMs - nowMs;
    return Math.max(PASS_PAUSE_MS, Math.min(LOOK_MS, untilNextMs({ nowMs, intervalMs }), publishMs, ...retries));
  }
}
