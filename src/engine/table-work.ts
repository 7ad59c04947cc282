import type { ImagePartition, TableState } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { Fault, toFault } from '../core/fault.ts';
import type { SpooledPage } from '../core/spool.ts';
import { describe, shapeOf, startFullRead } from './describe.ts';
import { type FoldReason, foldReason } from './fold-policy.ts';
import { Gate } from './gate.ts';
import { NarrowPass } from './narrow-pass.ts';
import { commitPage, type PageOutcome } from './page-commit.ts';
import { type PageAsk, PageReader } from './page-reader.ts';
import { CommittedTable, mergeInput, type TableParts } from './table-parts.ts';

/** What one step of a table's work came to. */
export type Advance = { readonly is: 'more' } | { readonly is: 'caught-up'; readonly changed: boolean };

const MORE: Advance = { is: 'more' };
const SWEEP_EVERY_MS = 3_600_000;
/** At a periodic look; a column added meanwhile is found by the next one, or earlier by the rows that carry it. */
const DEFINITION_AGE_MS_MAX = 60_000;
const LAST_PUBLICATION_MS_MAX = 30_000;

/** An empty JSON array, give or take white space. */
const EMPTY_PAGE_BYTES = 4;

/** The work of one table, a step at a time; which step follows from what is committed, so a restart goes on by itself. */
export class TableWork {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  readonly #fullReader: PageReader;
  readonly #deltaReader: PageReader;
  readonly #narrowReader: PageReader;
  readonly #onPage: (page: PageOutcome) => void;
  #narrow: { readonly pass: NarrowPass; readonly sinceMs: number } | null = null;
  /** Newest delta link of polls that brought nothing; only worth a commit when rows come or the committed one grows old. */
  #quietDelta: { readonly base: string; readonly link: string } | null = null;
  #deletesConfirmed = false;
  #described = { ms: Number.NEGATIVE_INFINITY, asked: false };
  #foldedMs = 0;
  #published: { readonly sequence: number; readonly shapeAt: number } | null = null;
  #sweptMs: number;
  #postProcessingMs: number | null = null;

  constructor(parts: TableParts, committed: CommittedTable, onPage: (page: PageOutcome) => void) {
    const { link, table, source, spool, fullGate, deltaGate } = parts;
    this.#parts = parts;
    this.#committed = committed;
    const reader = { link, table, source, spool, oneAtATime: new Gate(1) };
    this.#fullReader = new PageReader({ ...reader, gate: fullGate });
    this.#deltaReader = new PageReader({ ...reader, gate: deltaGate });
    this.#narrowReader = new PageReader({ ...reader, gate: fullGate });
    this.#onPage = onPage;
    this.#sweptMs = parts.clock.nowMs();
  }

  static async open(parts: TableParts, onPage: (page: PageOutcome) => void, signal: AbortSignal): Promise<TableWork> {
    return new TableWork(parts, await CommittedTable.load(parts, signal), onPage);
  }

  get state(): TableState {
    return this.#committed.state;
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

  /** What a fault asks for before the step is tried again. */
  async recover(fault: Fault, signal: AbortSignal): Promise<void> {
    this.#abandonNarrow();
    this.#quietDelta = null;
    await this.#committed.refresh(signal);
    if (fault.entry.retry === 'refresh-shape') this.askDescription();
    if (fault.entry.retry === 'resync') await startFullRead(this.#parts, this.#committed, fault.code, signal);
  }

  /** One step, `isSlow` when its table was quiet lately: a page, or when everything is read, what is due of folding, publishing and tidying. */
  async advance({ isSlow }: { readonly isSlow: boolean }, signal: AbortSignal): Promise<Advance> {
    await this.#parts.requireEnvironment();
    if (this.#describeDue()) await this.#describe(signal);
    const { cursor } = this.#committed.state;
    if (cursor.at === 'start' || cursor.at === 'full') {
      await this.#foldIfDue(signal);
      await this.#readFullPage(cursor, signal);
      return MORE;
    }
    if (isSlow && (await this.#isQuiet(cursor, signal)))
      return this.#keepUp({ is: 'caught-up', changed: false }, signal);
    const poll = await this.#readDeltaPage(cursor, signal);
    if (poll.is === 'more') return poll;
    const settled = await this.#postProcess(signal);
    return this.#keepUp(settled === 'working' ? { is: 'caught-up', changed: true } : poll, signal);
  }

  async #keepUp(advance: Advance, signal: AbortSignal): Promise<Advance> {
    await this.#foldIfDue(signal);
    await this.#publishIfDue(signal);
    await this.#sweepIfDue(signal);
    return advance;
  }

  /** Waits for what is on its way; pages that arrived stay in the spool. Then readers' files show what the image holds. */
  async stop(): Promise<void> {
    await Promise.all([this.#fullReader.settle(), this.#deltaReader.settle(), this.#narrow?.pass.whenCollected()]);
    await this.#narrowReader.settle();
    await this.#publishLast();
  }

  /** A stop may fall between a fold and its publication. What fails now is published at the next start. */
  async #publishLast(): Promise<void> {
    const published = new AbortController();
    const tooLong = new AbortController();
    this.#parts.clock.sleep(LAST_PUBLICATION_MS_MAX, published.signal).then(
      () => tooLong.abort(),
      () => {},
    );
    try {
      await this.#committed.refresh(tooLong.signal);
      if (this.#committed.state.cursor.at !== 'full') await this.#publishIfDue(tooLong.signal);
    } catch (failure) {
      this.#parts.report.warn('not published before the end', {
        table: this.#parts.table,
        code: toFault(failure).code,
      });
    } finally {
      published.abort();
    }
  }

  #describeDue(): boolean {
    if (this.#committed.state.shape === null || this.#described.asked) return true;
    // A table that is described already is read first and described again later: a restart must not ask everything anew.
    if (this.#described.ms === Number.NEGATIVE_INFINITY) {
      this.#described = { ...this.#described, ms: this.#parts.clock.nowMs() };
    }
    return this.#isPast(this.#described.ms, this.#parts.settings.describeMs);
  }

  async #describe(signal: AbortSignal): Promise<void> {
    // A look that only the time asked for may share its definitions with other tables' looks.
    const periodic = this.#committed.state.shape !== null && !this.#described.asked;
    await describe(this.#parts, this.#committed, signal, periodic ? { maxAgeMs: DEFINITION_AGE_MS_MAX } : {});
    this.#described = { ms: this.#parts.clock.nowMs(), asked: false };
  }

  async #readFullPage(cursor: Cursor & { at: 'start' | 'full' }, signal: AbortSignal): Promise<void> {
    const address = cursor.at === 'full' ? cursor.next : null;
    const pages = cursor.at === 'full' ? cursor.pages : 0;
    const { generation } = this.#committed.state;
    const ask: PageAsk = { read: 'full', generation, address, shape: shapeOf(this.#committed) };
    const page = await this.#fullReader.read(ask, signal);
    const nextCursor: Cursor =
      page.next === null
        ? { at: 'settling', delta: await this.#tokenOf(page, this.#fullReader, ask, signal), next: null }
        : { at: 'full', next: page.next, pages: pages + 1 };
    this.#onPage(await commitPage(this.#parts, this.#committed, { page, nextCursor }, signal));
  }

  /**
   * Asks, together with other tables, whether anything changed; a quiet answer is as good as an empty page. Only where a
   * page would be asked for from the beginning, nothing of it is here already, and no page has to renew the cursor.
   */
  async #isQuiet(cursor: Cursor & { at: 'settling' | 'running' }, signal: AbortSignal): Promise<boolean> {
    if (cursor.at !== 'running' || cursor.next !== null || this.#renewalDue()) return false;
    const ask = this.#deltaAsk(cursor);
    if (await this.#deltaReader.holds(ask)) return false;
    const answer = await this.#parts.quietPolls.ask({ shape: ask.shape, link: ask.address }, signal);
    if (answer.is === 'quiet') this.#quietDelta = { base: cursor.delta, link: answer.delta };
    return answer.is === 'quiet';
  }

  #deltaAsk(cursor: Cursor & { at: 'settling' | 'running' }): PageAsk & { readonly address: string } {
    const quiet = this.#quietDelta?.base === cursor.delta ? this.#quietDelta.link : cursor.delta;
    const { generation } = this.#committed.state;
    return { read: 'delta', generation, address: cursor.next ?? quiet, shape: shapeOf(this.#committed) };
  }

  async #readDeltaPage(cursor: Cursor & { at: 'settling' | 'running' }, signal: AbortSignal): Promise<Advance> {
    const ask = this.#deltaAsk(cursor);
    const page = await this.#deltaReader.read(ask, signal);
    if (page.next !== null) {
      this.#onPage(
        await commitPage(this.#parts, this.#committed, { page, nextCursor: { ...cursor, next: page.next } }, signal),
      );
      return MORE;
    }
    const delta = await this.#tokenOf(page, this.#deltaReader, ask, signal);
    if (page.bytes <= EMPTY_PAGE_BYTES && cursor.next === null && !this.#renewalDue()) {
      this.#quietDelta = { base: cursor.delta, link: delta };
      await this.#parts.spool.remove(page);
      return { is: 'caught-up', changed: false };
    }
    const outcome = await commitPage(
      this.#parts,
      this.#committed,
      { page, nextCursor: { ...cursor, delta, next: null } },
      signal,
    );
    this.#onPage(outcome);
    return { is: 'caught-up', changed: outcome.rows + outcome.deletes > 0 };
  }

  /**
   * The change token of a last page. Some environments leave it out when annotations are asked for: then the same page
   * is asked once more without them, only for its link. A read is never taken as complete without a token.
   */
  async #tokenOf(page: SpooledPage, reader: PageReader, ask: PageAsk, signal: AbortSignal): Promise<string> {
    if (page.delta !== null) return page.delta;
    const plain = await reader.read({ ...ask, plain: true }, signal);
    await this.#parts.spool.remove(plain);
    if (plain.delta !== null) return plain.delta;
    await this.#parts.spool.remove(page);
    throw new Fault('source/no-token', { table: this.#parts.table });
  }

  #renewalDue(): boolean {
    const { cursorAt } = this.#committed.state;
    return cursorAt !== null && this.#isPast(Date.parse(cursorAt), this.#parts.settings.renewCursorMs);
  }

  /** Whether that long has passed; also when the clock was set back behind that moment, which would hold things up. */
  #isPast(sinceMs: number, ms: number): boolean {
    const nowMs = this.#parts.clock.nowMs();
    return nowMs < sinceMs || nowMs - sinceMs >= ms;
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

  async #foldIfDue(signal: AbortSignal): Promise<void> {
    const { publishMs } = this.#parts.settings;
    const clock = { nowMs: this.#parts.clock.nowMs(), foldedMs: this.#foldedMs, publishMs };
    const reason = foldReason(this.#committed.state, clock);
    if (reason !== null) await this.#fold(reason, signal);
  }

  async #fold(reason: FoldReason, signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    const { image, tail, partitionStrategy } = this.#committed.state;
    const input = await mergeInput(parts, this.#committed, signal);
    const result = await parts.batcher.fold({ ...input, partitionStrategy }, signal);
    const partitions = new Map((image?.partitions ?? []).map(partition => [partition.name, partition]));
    try {
      for (const { name, file } of result.changed) {
        const stored = await parts.log.putData({ kind: 'image', file, signal }); // nothing points at it yet
        // The number of this entry, unless another worker's rows come between; it rises with every fold either way.
        partitions.set(name, { name, changedAt: tail + 1, file: stored });
      }
    } finally {
      for (const { file } of result.changed) await parts.batcher.discard(file);
    }
    await this.#committed.commit(
      { kind: 'fold', through: tail, partitions: byName([...partitions.values()]), rowCount: result.rowCount },
      signal,
    );
    // ^ COMMIT POINT (I-1): the image is now the new one; its files were complete before.
    this.#foldedMs = parts.clock.nowMs();
    parts.report.info('folded', {
      table: parts.table,
      reason,
      partitions: result.changed.length,
      rows: result.rowCount,
    });
  }

  /** Publication follows the commit and is made again from it after a restart (I-1). */
  async #publishIfDue(signal: AbortSignal): Promise<void> {
    const { state } = this.#committed;
    if (state.image === null) return;
    const shown = { sequence: state.image.foldedAt, shapeAt: state.shapeAt };
    if (this.#published?.sequence === shown.sequence && this.#published.shapeAt === shown.shapeAt) return;
    await this.#parts.replica.publishTable({ table: this.#parts.table, state }, signal);
    this.#published = shown;
    this.#parts.onPublished(state);
  }

  async #sweepIfDue(signal: AbortSignal): Promise<void> {
    if (!this.#isPast(this.#sweptMs, SWEEP_EVERY_MS)) return;
    this.#sweptMs = this.#parts.clock.nowMs();
    await this.#parts.log.sweep(this.#committed.state, signal);
  }
}

function byName(partitions: ImagePartition[]): ImagePartition[] {
  return partitions.sort((a, b) => (a.name < b.name ? -1 : 1));
}
