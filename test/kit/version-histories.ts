import fc from 'fast-check';
import { guid } from './batch-fixtures.ts';

/** What a batch says of an id. */
export interface HistoryWord {
  readonly id: number;
  readonly version: number;
  readonly deleted: boolean;
  /** Of createdon; null for none. */
  readonly year: number | null;
}

export interface HistoryBatch {
  readonly epoch: number;
  readonly words: readonly HistoryWord[];
}

const word: fc.Arbitrary<HistoryWord> = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  version: fc.integer({ min: 1, max: 6 }),
  deleted: fc.boolean(),
  year: fc.constantFrom(2023, 2024, null),
});

/** Deletes of one batch all take one version, as a build writes them; ids are different inside a batch. */
export const histories: fc.Arbitrary<HistoryBatch[]> = fc.array(
  fc.record({
    epoch: fc.constantFrom(1, 1, 1, 2),
    words: fc.uniqueArray(word, { minLength: 1, maxLength: 5, selector: ({ id }) => id }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** The rule of I-4, said in JavaScript: highest (epoch, version), a delete before a row, then the later batch. */
export function winnersOf(history: readonly HistoryBatch[]): Map<string, { version: number; year: number | null }> {
  const winners = new Map<number, { rank: number[]; word: HistoryWord; version: number }>();
  for (const [sequence, { epoch, words }] of history.entries()) {
    const deleteVersion = words.find(({ deleted }) => deleted)?.version ?? 1;
    for (const said of words) {
      const version = said.deleted ? deleteVersion : said.version;
      const rank = [epoch, version, said.deleted ? 1 : 0, sequence];
      const other = winners.get(said.id);
      if (other === undefined || isHigher(rank, other.rank)) winners.set(said.id, { rank, word: said, version });
    }
  }
  const live = [...winners.values()].filter(winner => !winner.word.deleted);
  return new Map(live.map(({ word: said, version }) => [guid(said.id), { version, year: said.year }]));
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at !== -1 && (a[at] ?? 0) > (b[at] ?? 0);
}
