import type { PartitionStrategy } from '../../src/core/commit.ts';
import type { Word, WordBatch } from './folded-table.ts';

/** What is kept of an id, and where: with the version that readers are told. */
export interface ModelRow {
  readonly id: number;
  readonly epoch: number;
  readonly version: number;
  readonly deleted: boolean;
  readonly day: string | null;
  partition: string;
}

interface Known {
  readonly epoch: number;
  readonly version: number;
  readonly deleted: boolean;
  readonly day: string | null;
}

type Rank = Pick<Known, 'epoch' | 'version' | 'deleted'>;

/**
 * The rules of folds, said in plain JavaScript one word after the other: which version of a row is live, and which
 * versions and deletes are kept, in which partition.
 */
export class FoldModel {
  image = new Map<number, Known>();
  /** Null: no history is kept. */
  parts: ModelRow[] | null = null;
  /** The last row of each id. What follows, also after its delete, is not older, and no epoch is: the engine's promise. */
  readonly #last = new Map<number, Known>();
  readonly #days = new Map<string, string | null>();
  #strategy: PartitionStrategy = 'year';

  /**
   * The batches without what the engine would never bring: a row that is older than one of its id whose delete is folded,
   * a delete of an earlier epoch, and another day for a version that had one (other values of a known version are the
   * matter of `read-again.test.ts`). A row can be older than the version that the delete before it counted with.
   */
  possible(batches: readonly WordBatch[]): WordBatch[] {
    return batches
      .map(({ epoch, words }) => ({
        epoch,
        words: words
          .filter(({ id, version, deleted = false }) => {
            const last = this.image.has(id) ? undefined : this.#last.get(id);
            if (last === undefined) return true;
            return deleted ? epoch >= last.epoch : !isNewer(last, { epoch, version, deleted });
          })
          .map(word => (word.deleted === true ? word : { ...word, day: this.#dayOf(epoch, word) })),
      }))
      .filter(({ words }) => words.length > 0);
  }

  #dayOf(epoch: number, { id, version, day = null }: Word): string | null {
    const key = `${epoch} ${id} ${version}`;
    const first = this.#days.get(key);
    if (first !== undefined) return first;
    this.#days.set(key, day);
    return day;
  }

  fold(
    batches: readonly WordBatch[],
    { strategy, keepsParts }: { readonly strategy: PartitionStrategy; readonly keepsParts: boolean },
  ): ModelRow[] {
    const isCutAnew = strategy !== this.#strategy;
    this.#strategy = strategy;
    const base = keepsParts
      ? (this.parts ?? [...this.image].map(([id, known]) => ({ id, ...known, partition: '' })))
      : [];
    const isMadeAnew = keepsParts && (this.parts === null || isCutAnew);
    const kept = this.#news(batches);
    const placed = kept.map((row, n): [ModelRow, ModelRow[]] => [row, kept.slice(0, n)]);
    // The image before this fold tells where a row was; old parts only where they are written anew.
    const image = [...this.image].map(([id, known]) => ({ id, ...known, partition: '' }));
    for (const [row, earlier] of placed)
      row.partition = this.#partitionOf(row, [...(isMadeAnew ? base : image), ...earlier]);
    if (isMadeAnew) {
      for (const row of base) {
        const older = base.filter(one => !isNewer(one, row));
        row.partition = this.#partitionOf(row, older);
      }
    }
    this.#settle(batches);
    this.parts = keepsParts ? [...base, ...kept] : null;
    return kept;
  }

  /** What is newer than all that was known of its id when it came. */
  #news(batches: readonly WordBatch[]): ModelRow[] {
    const known = new Map(this.image);
    const kept: ModelRow[] = [];
    for (const { epoch, words } of batches) {
      for (const { id, version, deleted = false, day = null } of words) {
        const said = { epoch, version, deleted, day };
        const before = known.get(id);
        if (before !== undefined && !isNewer(said, before)) continue;
        known.set(id, said);
        if (deleted && before?.deleted === true) continue;
        // A delete has no version: readers are told that of the row it takes away.
        const { epoch: shownEpoch, version: shown } = !deleted ? said : (before ?? { epoch, version: 0 });
        kept.push({ id, ...said, epoch: shownEpoch, version: shown, partition: '' });
      }
    }
    return kept;
  }

  /** The partition of a row's date; of a delete that of the newest row before it. */
  #partitionOf(row: ModelRow, before: readonly ModelRow[]): string {
    if (!row.deleted) return this.partitionOfDay(row.day);
    const rows = before.filter(({ id, deleted }) => id === row.id && !deleted);
    const newest = rows.reduce<ModelRow | null>(
      (best, one) => (best === null || isNewer(one, best) ? one : best),
      null,
    );
    return this.partitionOfDay(newest?.day ?? null);
  }

  partitionOfDay(day: string | null): string {
    if (day === null) return '1';
    return day.slice(0, { year: 4, month: 7, day: 10 }[this.#strategy]);
  }

  /** The highest word on each id counts; of two that are the same the later one, and the image's only if it is higher. */
  #settle(batches: readonly WordBatch[]): void {
    for (const { epoch, words } of batches) {
      for (const word of words) this.#settleWord(epoch, word);
    }
    for (const [id, known] of this.image) if (known.deleted) this.image.delete(id);
  }

  #settleWord(epoch: number, { id, version, deleted = false, day = null }: Word): void {
    const said = { epoch, version, deleted, day };
    const before = this.image.get(id);
    if (before !== undefined && isNewer(before, said)) return;
    this.image.set(id, said);
    if (!deleted) this.#last.set(id, said);
    else if (epoch > (this.#last.get(id)?.epoch ?? -1)) this.#last.set(id, { ...said, version: 0 });
  }
}

/** `a` takes effect over `b`: a higher epoch, then a higher version, then a delete over a row. */
export function isNewer(a: Rank, b: Rank): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  if (a.version !== b.version) return a.version > b.version;
  return a.deleted && !b.deleted;
}
