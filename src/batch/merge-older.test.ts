import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FoldedTable, FoldWorld, foldShape, type Word, type WordBatch } from '../../test/kit/folded-table.ts';
import type { MergeBatch } from '../core/batcher.ts';
import { areIdsOnce, columnsIn, imageMayBeNewer, mergeSql } from './merge.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});
afterAll(() => world.close());

/** An image made of the first batches, with the others pending. */
async function filesOf(folded: readonly WordBatch[], pending: readonly WordBatch[]) {
  const table = new FoldedTable(world);
  await table.fold(folded);
  const batches: MergeBatch[] = [];
  for (const one of pending) batches.push({ ...(await world.batch(one)), sequence: 10 + batches.length });
  return { shape: foldShape, image: table.image, batches };
}

type Files = Awaited<ReturnType<typeof filesOf>>;

const mayBeNewer = (files: Files) => world.engine.session(session => imageMayBeNewer(session, files));

const word: fc.Arbitrary<Word> = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  version: fc.integer({ min: 1, max: 9 }),
  deleted: fc.boolean(),
  day: fc.constantFrom('2023-01-05', '2024-03-31', null),
});
const batches = fc.array(
  fc.record({
    epoch: fc.constantFrom(1, 1, 2),
    words: fc.uniqueArray(word, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
  }),
  { maxLength: 3 },
);

test('where the image is older, its ids need not be held against the batches: the rows are the same (I-4)', async () => {
  await fc.assert(
    fc.asyncProperty(batches, batches, async (folded, pending) => {
      const files = await filesOf(folded, pending);
      if (await mayBeNewer(files)) return;
      const paths = files.image.map(({ path }) => path);
      const imageColumns = await world.engine.session(session => columnsIn(session, paths));
      const rowsOf = (sql: string) => world.run(`SELECT * FROM (${sql}) ORDER BY ALL`);
      const rows = await rowsOf(mergeSql(files));
      const isOnce = await world.engine.session(session => areIdsOnce(session, files.batches));
      const ids = pending.flatMap(({ words }) => words.map(({ id }) => id));
      expect(isOnce).toBe(new Set(ids).size === ids.length);
      for (const how of [{ areBatchesSmall: true }, {}, { areIdsOnce: isOnce }]) {
        const known = { ...how, imageIsOlder: true, imageColumns };
        expect(await rowsOf(mergeSql({ ...files, ...known }))).toEqual(rows);
        const some = mergeSql({ ...files, ...known }, ['createdon']);
        expect(await rowsOf(some)).toEqual(await rowsOf(`SELECT createdon FROM (${mergeSql(files)})`));
      }
    }),
    { numRuns: 40 },
  );
});

test('an image with a higher version or a later epoch of an id that a batch speaks of may be newer', async () => {
  const one = (version: number, epoch = 0): WordBatch[] => [{ epoch, words: [{ id: 1, version }] }];
  expect(await mayBeNewer(await filesOf(one(5), one(4)))).toBe(true);
  expect(await mayBeNewer(await filesOf(one(1, 2), one(4, 1)))).toBe(true);
  expect(await mayBeNewer(await filesOf(one(5), one(5)))).toBe(false);
  expect(await mayBeNewer(await filesOf(one(5), one(1, 1)))).toBe(false);
  const other = [{ epoch: 0, words: [{ id: 2, version: 9 }] }];
  expect(await mayBeNewer(await filesOf([...one(3), ...other], one(4)))).toBe(false);
});
