import type { ExportedEntry, TableState } from '../core/commit.ts';
import { Fault, type FaultCode } from '../core/fault.ts';
import { type Advance, ChangeReader } from './change-reader.ts';
import { describe, startFullRead } from './describe.ts';
import { FullReader } from './full-reader.ts';
import { Gate } from './gate.ts';
import { NarrowPass } from './narrow-pass.ts';
import type { PageOutcome } from './page-commit.ts';
import { PageReader } from './page-reader.ts';
import { followMode } from './table-mode.ts';
import { CommittedTable, isPast, type TableParts } from './table-parts.ts';
import { TableUpkeep } from './table-upkeep.ts';
import type { SnapshotOrder, SnapshotOutcome } from './take-snapshot.ts';
import type { TableWitnesses } from './witness-check.ts';

const MORE: Advance = { is: 'more' };
/** At a periodic look; a column added meanwhile is found by the next one, or earlier by the rows that carry it. */
const DEFINITION_AGE_MS_MAX = 60_000;

/** What an environment that is being restored, or was, may answer. */
const MAY_BE_A_RESTORE: ReadonlySet<FaultCode> = new Set([
  'source/unreachable',
  'source/unavailable',
  'source/timeout',
  'source/token-rejected',
  'source/refused',
]);

export interface WorkEvents {
  /** A page was committed. */
  readonly onPage: (page: PageOutcome) => void;
  /** Something failed beside the steps; the next one throws it. */
  readonly onFailure: () => void;
}

/** The work of one table, a step at a time; which step follows from what is committed, so a restart goes on by itself. */
export class TableWork {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  readonly #full: FullReader;
  readonly #narrowReader: PageReader;
  readonly #changes: ChangeReader;
  readonly #upkeep: TableUpkeep;
  #narrow: { readonly pass: NarrowPass; readonly sinceMs: number } | null = null;
  #deletesConfirmed = false;
  #described = { ms: Number.NEGATIVE_INFINITY, asked: false };
  #postProcessingMs: number | null = null;

  constructor(parts: TableParts, committed: CommittedTable, { onPage, onFailure }: WorkEvents) {
    const { link, table, source, spool, fullGate, deltaGate } = parts;
    const oneAtATime = new Gate(1);
    this.#parts = parts;
    this.#committed = committed;
    const reader = { link, table, source, spool, oneAtATime };
    // The read queue says which tables read, each a page at a time: one that hangs holds up no other's page (I-8).
    this.#full = new FullReader(parts, committed, { reader: new PageReader({ ...reader, gate: new Gate(1) }), onPage });
    this.#narrowReader = new PageReader({ ...reader, gate: fullGate });
    this.#changes = new ChangeReader(parts, committed, {
      reader: new PageReader({ ...reader, gate: deltaGate }),
      onPage,
    });
    this.#upkeep = new TableUpkeep(parts, committed, onFailure);
  }

  static async open(parts: TableParts, events: WorkEvents, signal: AbortSignal): Promise<TableWork> {
    return new TableWork(parts, await CommittedTable.load(parts, signal), events);
  }

  get state(): TableState {
    return this.#committed.state;
  }

  /** What the table knows of the environment's past (I-9); null while it knows nothing. */
  get witnesses(): TableWitnesses | null {
    const { shape, epoch, witnesses = [], cursor } = this.#committed.state;
    if (shape === null) return null;
    const { polledAfterLook } = this.#changes;
    return { table: this.#parts.table, shape, epoch, witnesses, running: cursor.at === 'running', polledAfterLook };
  }

  /** Committed batches that the published files do not show. */
  get unpublishedBatches(): number {
    return this.#upkeep.unpublishedBatches;
  }

  /** How long the newest post-processing took, or takes; null before the first. */
  get postProcessingMs(): number | null {
    return this.#narrow === null ? this.#postProcessingMs : this.#parts.clock.nowMs() - this.#narrow.sinceMs;
  }

  /** Reads the definition again at the next step. */
  askDescription(): void {
    this.#described = { ...this.#described, asked: true };
  }

  confirmDeletes(): void {
    this.#deletesConfirmed = true;
  }

  /** Between two steps: every row is read again, with the definition as it is now. Committed when it resolves. */
  async readAgain(reason: string, signal: AbortSignal): Promise<void> {
    this.#abandonNarrow();
    this.#changes.forget();
    this.askDescription();
    // What holds no row yet reads all of them anyway.
    if (this.#committed.state.cursor.at === 'start') return;
    await startFullRead(this.#parts, this.#committed, { reason }, signal);
  }

  /** What a fault asks for before the step is tried again. */
  async recover(fault: Fault, signal: AbortSignal): Promise<void> {
    this.#abandonNarrow();
    this.#changes.forget();
    if (MAY_BE_A_RESTORE.has(fault.code)) this.#parts.environment.doubt();
    await this.#committed.refresh(signal);
    if (fault.entry.retry === 'refresh-shape') this.askDescription();
    if (fault.entry.retry === 'resync') await this.#readAgain(fault.code, signal);
    // What is committed has to be published whatever the environment does, and while a person is asked about deletes.
    if (/^(source|sync)\//.test(fault.code)) await this.#upkeep.begin(signal);
  }

  /** A token may be refused because the environment was restored: that is found out before everything is read again. */
  async #readAgain(reason: string, signal: AbortSignal): Promise<void> {
    const { epoch } = await this.#parts.environment.require({ doubt: true });
    // A person's word was on what an earlier read did not show.
    this.#deletesConfirmed = false;
    await startFullRead(this.#parts, this.#committed, { reason, epoch }, signal);
  }

  /**
   * One step: a page. When everything is read, what is due of folding, publishing and tidying begins beside the next steps.
   * `isQuiet`: the table was quiet lately.
   */
  async advance({ isQuiet }: { readonly isQuiet: boolean }, signal: AbortSignal): Promise<Advance> {
    this.#upkeep.throwFailure();
    const { epoch, looks } = await this.#parts.environment.require();
    await this.#enterEpoch(epoch, signal);
    if (this.#describeDue()) await this.#describe(signal);
    await followMode(this.#parts, this.#committed, signal);
    await this.#upkeep.relieve(signal);
    const { cursor } = this.#committed.state;
    if (cursor.at === 'start' || cursor.at === 'full') {
      await this.#full.read(cursor, signal);
      return MORE;
    }
    const poll = await this.#changes.poll(cursor, { wasQuiet: isQuiet, looks }, signal);
    if (poll.is === 'more') return poll;
    const settled = await this.#postProcess(signal);
    await this.#upkeep.begin(signal);
    return settled === 'working' ? { is: 'caught-up', changed: true } : poll;
  }

  /** A snapshot of what is committed, beside the steps. */
  snapshot(order: SnapshotOrder, signal: AbortSignal): Promise<SnapshotOutcome> {
    return this.#beside(() => this.#upkeep.snapshot(order, signal), signal);
  }

  /** Folds what is committed, beside the steps. */
  foldForFolder(signal: AbortSignal): Promise<void> {
    return this.#beside(() => this.#upkeep.foldNow('folder', signal), signal);
  }

  async markExported(entry: ExportedEntry, signal: AbortSignal): Promise<void> {
    await this.#beside(() => this.#committed.commit(entry, signal), signal);
  }

  async #beside<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      if (!signal.aborted) await this.#committed.refresh(signal);
      throw failure;
    }
  }

  /** Nothing more is asked, and readers' files show what the image holds. The next `advance` goes on. */
  async rest(): Promise<void> {
    this.#abandonNarrow();
    this.#changes.forget();
    await this.stop();
  }

  /** Waits for what is on its way; pages that arrived stay in the spool. Then readers' files show what the image holds. */
  async stop(): Promise<void> {
    await Promise.all([this.#full.settle(), this.#changes.settle(), this.#narrow?.pass.whenCollected()]);
    await this.#narrowReader.settle();
    await this.#upkeep.end();
  }

  /** A table that is behind the environment's epoch reads everything anew; one that holds nothing yet just begins in it. */
  async #enterEpoch(epoch: number, signal: AbortSignal): Promise<void> {
    const { state } = this.#committed;
    if (state.epoch >= epoch) return;
    if (state.cursor.at !== 'start') throw new Fault('source/restored', { table: this.#parts.table, epoch });
    await startFullRead(this.#parts, this.#committed, { reason: 'the first read of this epoch', epoch }, signal);
  }

  #describeDue(): boolean {
    if (this.#committed.state.shape === null || this.#described.asked) return true;
    const { clock, settings } = this.#parts;
    // A table that is described already is read first and described again later: a restart must not ask everything anew.
    if (this.#described.ms === Number.NEGATIVE_INFINITY) this.#described = { ...this.#described, ms: clock.nowMs() };
    return isPast(clock, { sinceMs: this.#described.ms, ms: settings.describeMs });
  }

  async #describe(signal: AbortSignal): Promise<void> {
    // A look that only the time asked for may share its definitions with other tables' looks.
    const periodic = this.#committed.state.shape !== null && !this.#described.asked;
    await describe(this.#parts, this.#committed, signal, periodic ? { maxAgeMs: DEFINITION_AGE_MS_MAX } : {});
    this.#described = { ms: this.#parts.clock.nowMs(), asked: false };
  }

  #abandonNarrow(): void {
    this.#narrow?.pass.abandon();
    this.#narrow = null;
  }

  /** Post-processing (I-6): starts the narrow pass, and once its pages are there and one poll came after them, settles it. */
  async #postProcess(signal: AbortSignal): Promise<'done' | 'working'> {
    if (this.#committed.state.cursor.at !== 'settling') return 'done';
    // A full read that began meanwhile has its own pass: the older pages do not show what changed behind it.
    if (this.#narrow?.pass.generation !== this.#committed.state.generation) this.#abandonNarrow();
    if (this.#narrow === null) {
      this.#narrow = {
        pass: new NarrowPass(this.#parts, this.#committed, this.#narrowReader, signal),
        sinceMs: this.#parts.clock.nowMs(),
      };
      return 'working';
    }
    const { pass, sinceMs } = this.#narrow;
    if (!pass.readyToSettle()) return 'working';
    const found = await pass.settle(this.#committed, { confirmed: this.#deletesConfirmed }, signal);
    this.#narrow = null;
    this.#deletesConfirmed = false;
    this.#postProcessingMs = this.#parts.clock.nowMs() - sinceMs;
    this.#parts.report.info('post-processing done', {
      table: this.#parts.table,
      behind: found.behind.length,
      vanished: found.vanished.length,
      ms: this.#postProcessingMs,
    });
    return 'done';
  }
}
