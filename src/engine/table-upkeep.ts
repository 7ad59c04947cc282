import type { ImagePartition } from '../core/commit.ts';
import { toFault } from '../core/fault.ts';
import { type FoldReason, foldReason } from './fold-policy.ts';
import { type CommittedTable, isPast, mergeInput, type TableParts } from './table-parts.ts';

const SWEEP_EVERY_MS = 3_600_000;
const LAST_PUBLICATION_MS_MAX = 30_000;

/** What follows a table's commits: batches are folded into the image, readers' files published, what is past retention removed. */
export class TableUpkeep {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  #foldedMs = 0;
  #published: { readonly sequence: number; readonly shapeAt: number } | null = null;
  #sweptMs: number;

  constructor(parts: TableParts, committed: CommittedTable) {
    this.#parts = parts;
    this.#committed = committed;
    this.#sweptMs = parts.clock.nowMs();
  }

  /** Does what is due. */
  async keepUp(signal: AbortSignal): Promise<void> {
    await this.foldIfDue(signal);
    await this.#publishIfDue(signal);
    await this.#sweepIfDue(signal);
  }

  async foldIfDue(signal: AbortSignal): Promise<void> {
    const { publishMs } = this.#parts.settings;
    const clock = { nowMs: this.#parts.clock.nowMs(), foldedMs: this.#foldedMs, publishMs };
    const reason = foldReason(this.#committed.state, clock);
    if (reason !== null) await this.#fold(reason, signal);
  }

  /** A stop may fall between a fold and its publication. What fails now is published at the next start. */
  async publishLast(): Promise<void> {
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

  async #fold(reason: FoldReason, signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    const { state } = this.#committed;
    const { image, tail, partitionStrategy } = state;
    const input = await mergeInput(parts, state, signal);
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
    const { clock, log } = this.#parts;
    if (!isPast(clock, { sinceMs: this.#sweptMs, ms: SWEEP_EVERY_MS })) return;
    this.#sweptMs = clock.nowMs();
    await log.sweep(this.#committed.state, signal);
  }
}

function byName(partitions: ImagePartition[]): ImagePartition[] {
  return partitions.sort((a, b) => (a.name < b.name ? -1 : 1));
}
