import type { TableState } from '../core/commit.ts';
import { toFault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { type FoldReason, foldReason } from './fold-policy.ts';
import { foldTable } from './fold-table.ts';
import { Gate } from './gate.ts';
import { canFold, isComplete } from './snapshot-policy.ts';
import { type CommittedTable, isPast, type TableParts } from './table-parts.ts';
import { type SnapshotOrder, type SnapshotOutcome, takeSnapshot } from './take-snapshot.ts';

const SWEEP_EVERY_MS = 3_600_000;
const LAST_PUBLICATION_MS_MAX = 30_000;

/**
 * What follows a table's commits: batches are folded into the image, readers' files published, what is past retention
 * removed. It goes on beside the reading of changes, once at a time; what it fails with is thrown by the next step.
 */
export class TableUpkeep {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  readonly #onFailure: () => void;
  /** What folds, publishes or shows the image takes turns. */
  readonly #turn = new Gate(1);
  #running: Promise<void> | null = null;
  #failure: { readonly thrown: unknown } | null = null;
  /** After a failure it is waited for, so that it is tried again with the growing pauses of its table. */
  #isAwaited = false;
  #foldedMs = 0;
  /** Batches folded since the newest publication. */
  #folded = 0;
  #published: { readonly sequence: number; readonly shapeAt: number } | null = null;
  #sweptMs: number;

  /** `onFailure`: the table's next step should come soon. */
  constructor(parts: TableParts, committed: CommittedTable, onFailure: () => void) {
    this.#parts = parts;
    this.#committed = committed;
    this.#onFailure = onFailure;
    this.#sweptMs = parts.clock.nowMs();
  }

  /** Committed batches that the published files do not show; at least one while a completed full read is not published. */
  get unpublishedBatches(): number {
    const { cursor, image, pending, shapeAt } = this.#committed.state;
    const isReading = cursor.at === 'start' || cursor.at === 'full';
    const isShown =
      image !== null && this.#published?.sequence === image.foldedAt && this.#published.shapeAt === shapeAt;
    return isReading || isShown ? pending.length : Math.max(1, pending.length + this.#folded);
  }

  /** Throws what the upkeep failed with since the last call. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure.thrown;
  }

  /** Begins what is due, beside what the caller does next; after a failure it is done before this resolves. */
  async begin(signal: AbortSignal): Promise<void> {
    if (this.#running !== null || !this.#isDue()) return;
    if (this.#isAwaited) return this.#keepUp(signal);
    this.#running = this.#keepUp(signal)
      .catch(thrown => {
        this.#failure = { thrown };
        if (!signal.aborted) this.#onFailure();
      })
      .finally(() => {
        this.#running = null;
      });
  }

  /** Back-pressure: while too many batches wait nothing is read until they are folded. */
  async relieve(signal: AbortSignal): Promise<void> {
    if (this.#committed.state.pending.length < limits.batchesMax) return;
    await this.#running;
    this.throwFailure();
    if (this.#committed.state.pending.length >= limits.batchesMax) await this.#keepUp(signal);
  }

  /** Folds everything that is committed, unless a full read goes on. */
  foldNow(reason: FoldReason, signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const { state } = this.#committed;
      if (!canFold(state) || state.pending.length === 0) return;
      await this.#fold(reason, signal);
      await this.#publishIfDue(signal);
    }, signal);
  }

  /** A snapshot of everything that is committed: it is folded first, and published as well. */
  snapshot(order: SnapshotOrder, signal: AbortSignal): Promise<SnapshotOutcome> {
    return this.#inTurn(async () => {
      const { state } = this.#committed;
      if (!isComplete(state)) return 'not-ready';
      if (canFold(state) && state.pending.length > 0) await this.#fold('snapshot', signal);
      await this.#publishIfDue(signal);
      return takeSnapshot(this.#parts, this.#committed, order, signal);
    }, signal);
  }

  /** Waits for what is under way, then for a publication of what is committed: a stop may fall between the two. */
  async end(): Promise<void> {
    await this.#running;
    await this.#turn.run(() => this.#publishLast(), new AbortController().signal);
  }

  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#turn.run(() => this.#parts.upkeepGate.run(work, signal), signal);
  }

  #isDue(): boolean {
    const { state } = this.#committed;
    return this.#foldReason() !== null || this.#isPublicationDue(state) || this.#isSweepDue();
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    this.#isAwaited = true;
    await this.#inTurn(async () => {
      const reason = this.#foldReason();
      if (reason !== null) await this.#fold(reason, signal);
      await this.#publishIfDue(signal);
      await this.#sweepIfDue(signal);
    }, signal);
    this.#isAwaited = false;
  }

  #foldReason(): FoldReason | null {
    const { clock, settings } = this.#parts;
    const { publishMs } = settings;
    return foldReason(this.#committed.state, { nowMs: clock.nowMs(), foldedMs: this.#foldedMs, publishMs });
  }

  /** What fails now is published at the next start. */
  async #publishLast(): Promise<void> {
    const published = new AbortController();
    const tooLong = new AbortController();
    this.#parts.clock.sleep(LAST_PUBLICATION_MS_MAX, published.signal).then(
      () => tooLong.abort(),
      () => {},
    );
    try {
      await this.#committed.refresh(tooLong.signal);
      await this.#publishIfDue(tooLong.signal);
    } catch (failure) {
      this.#parts.report.warn('not published before the end', {
        table: this.#parts.table,
        code: toFault(failure).code,
      });
    } finally {
      published.abort();
    }
  }

  async #fold(reason: FoldReason, signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    const { state } = this.#committed;
    const entry = await foldTable(parts, state, signal); // nothing points at its files yet
    await this.#committed.commit(entry, signal, { madeFrom: state });
    // ^ COMMIT POINT (I-1): the image is now the new one; its files were complete before. Rows that came since stay pending.
    this.#folded += state.pending.length;
    this.#foldedMs = parts.clock.nowMs();
    parts.report.info('folded', {
      table: parts.table,
      reason,
      partitions: entry.partitions.filter(({ changedAt }) => changedAt > state.tail).length,
      rows: entry.rowCount,
    });
  }

  /** Publication follows the commit and is made again from it after a restart (I-1). */
  async #publishIfDue(signal: AbortSignal): Promise<void> {
    const { state } = this.#committed;
    if (state.image === null || !this.#isPublicationDue(state)) return;
    const folded = this.#folded;
    await this.#parts.replica.publishTable({ table: this.#parts.table, state }, signal);
    this.#published = { sequence: state.image.foldedAt, shapeAt: state.shapeAt };
    this.#folded -= folded;
    this.#parts.onPublished(state);
  }

  #isPublicationDue({ image, shapeAt, initialSyncCompletedIn }: TableState): boolean {
    // An image made in the middle of the initial sync holds a part of the rows.
    const isWhole = initialSyncCompletedIn !== null && image !== null && image.through >= initialSyncCompletedIn;
    if (!isWhole) return false;
    return this.#published?.sequence !== image.foldedAt || this.#published.shapeAt !== shapeAt;
  }

  #isSweepDue(): boolean {
    return isPast(this.#parts.clock, { sinceMs: this.#sweptMs, ms: SWEEP_EVERY_MS });
  }

  async #sweepIfDue(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    if (!this.#isSweepDue()) return;
    this.#sweptMs = clock.nowMs();
    await log.sweep(this.#committed.state, signal);
  }
}
