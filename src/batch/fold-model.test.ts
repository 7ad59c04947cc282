import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FoldModel, type ModelRow } from '../../test/kit/fold-model.ts';
import { FoldedTable, FoldWorld, type KeptRow, type Word, type WordBatch } from '../../test/kit/folded-table.ts';
import { partitionOf } from '../core/partition-name.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});

afterAll(() => world.close());

const word: fc.Arbitrary<Word> = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  version: fc.integer({ min: 1, max: 8 }),
  deleted: fc.boolean(),
  day: fc.constantFrom('2023-01-05', '2023-01-06', '2023-04-01', '2024-03-31', null),
});

const batch: fc.Arbitrary<WordBatch> = fc.record({
  epoch: fc.constantFrom(1, 1, 1, 2),
  words: fc.uniqueArray(word, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
});

const folds = fc.array(
  fc.record({
    batches: fc.array(batch, { maxLength: 4 }),
    strategy: fc.constantFrom('year', 'year', 'year', 'month', 'day'),
    keep: fc.constantFrom('parts', 'parts', 'parts', 'changes'),
    /** Two rows and more. */
    partBytesMax: fc.constantFrom(400, 1_000, undefined),
  }),
  { minLength: 1, maxLength: 4 },
);

const wordsOf = (rows: readonly Omit<KeptRow, 'file' | 'sink' | 'day'>[]) =>
  rows.map(({ id, epoch, version, deleted }) => `${id} ${epoch}.${version}${deleted ? '-' : ''}`).sort();

const placesOf = (rows: readonly (Omit<KeptRow, 'file' | 'sink' | 'day'> & { readonly partition: string })[]) =>
  rows.map(row => `${row.partition}: ${wordsOf([row])[0]}`).sort();

const inPartitions = (rows: readonly KeptRow[]) => rows.map(row => ({ ...row, partition: partitionOf(row.file) }));

/** What a reader takes for the present: of each id the highest version, then the latest time; not what is deleted. */
function reduced(rows: readonly KeptRow[]): KeptRow[] {
  const newest = new Map<number, KeptRow>();
  for (const row of rows) {
    const before = newest.get(row.id);
    const rank = (one: KeptRow) => [one.epoch, one.version, Date.parse(`${one.sink}Z`)] as const;
    const order = before === undefined ? 1 : compare(rank(row), rank(before));
    expect(order).not.toBe(0);
    if (order > 0) newest.set(row.id, row);
  }
  return [...newest.values()].filter(({ deleted }) => !deleted);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

test('whatever the history and wherever it is cut, the image, its parts and its changes are what the rules say (I-2, I-4)', async () => {
  await fc.assert(
    fc.asyncProperty(folds, async steps => {
      const table = new FoldedTable(world);
      const model = new FoldModel();
      const changes: ModelRow[] = [];
      for (const { batches: all, strategy, keep, partBytesMax } of steps) {
        const batches = model.possible(all);
        const before = table.image;
        const news = model.fold(batches, { strategy, keepsParts: keep === 'parts' });
        const result = await table.fold(batches, {
          strategy,
          keep,
          ...(partBytesMax === undefined ? {} : { partBytesMax }),
        });

        const live = await table.liveRows();
        const expected = [...model.image].map(([id, known]) => ({ id, ...known }));
        expect(wordsOf(live)).toEqual(wordsOf(expected));
        expect(table.rowCount).toBe(live.length);
        // One row per id, in the partition of its date.
        expect(new Set(live.map(({ id }) => id)).size).toBe(live.length);
        for (const { file, day } of live) expect(partitionOf(file)).toBe(model.partitionOfDay(day));
        // Files that nothing is said of are as they were.
        const changed = new Set([...result.changed.map(({ name }) => name), ...result.dropped]);
        for (const file of before) if (!changed.has(file.name)) expect(table.image).toContainEqual(file);

        if (keep === 'changes') changes.push(...news);
        expect(wordsOf(await table.changeRows())).toEqual(wordsOf(changes));
        if (steps.every(step => step.keep === 'changes')) {
          expect(wordsOf(reduced(await table.changeRows()))).toEqual(wordsOf(live));
        }
        if (model.parts === null) continue;
        const parts = await table.partRows();
        expect(placesOf(inPartitions(parts))).toEqual(placesOf(model.parts));
        expect(wordsOf(reduced(parts))).toEqual(wordsOf(live));
        expectRising(parts);
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);

/** In the order of their times, no line of an id is older than the one before, but for a delete of what is gone already. */
function expectRising(parts: readonly KeptRow[]): void {
  const inTime = [...parts].sort((a, b) => Date.parse(`${a.sink}Z`) - Date.parse(`${b.sink}Z`));
  const last = new Map<number, KeptRow>();
  for (const row of inTime) {
    const before = last.get(row.id);
    if (before?.deleted === true && row.deleted) continue;
    if (before !== undefined)
      expect(compare([row.epoch, row.version], [before.epoch, before.version])).not.toBeLessThan(0);
    last.set(row.id, row);
  }
}
