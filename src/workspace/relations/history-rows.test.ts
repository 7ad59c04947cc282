import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guid } from '../../../test/kit/batch-fixtures.ts';
import { FoldModel, type ModelRow } from '../../../test/kit/fold-model.ts';
import { FoldedTable, FoldWorld, foldShape, type Word, type WordBatch } from '../../../test/kit/folded-table.ts';
import { RelationLake } from '../../../test/kit/relation-lake.ts';
import type { FoldPartition } from '../../core/batcher.ts';
import type { ImagePartition, TableState } from '../../core/commit.ts';
import { appendColumns, lakeColumns } from '../../core/shape.ts';

let world: FoldWorld;
let lake: RelationLake;

beforeAll(async () => {
  world = await FoldWorld.open();
  lake = await RelationLake.open();
});
afterAll(async () => {
  await world.close();
  await lake.close();
});

/** A table that was folded, with batches that are pending; it is the lake's only one. */
async function table(folded: FoldedTable, pending: readonly WordBatch[]): Promise<void> {
  const file = ({ name, path }: FoldPartition): ImagePartition => ({
    name,
    changedAt: 3,
    file: { path, bytes: 0, sha256: '', rows: 0 },
  });
  const batches: TableState['pending'][number][] = [];
  for (const one of pending) {
    const { path, epoch } = await world.batch(one);
    const batch = { path, bytes: 0, sha256: '', rows: 0, deletes: 0 };
    batches.push({ sequence: 10 + batches.length, epoch, batch });
  }
  const { rowCount, parts } = folded;
  const image = { foldedAt: 3, through: 2, rowCount, partitions: folded.image.map(file) };
  lake.add(foldShape, {
    writeMode: 'append',
    image: parts === null ? image : { ...image, parts: parts.map(one => ({ ...file(one), deletes: one.deletes })) },
    pending: batches,
  });
}

const EPOCH_VERSIONS = 10 ** 15;

/** `<id> <epoch>.<version>`, with `-` behind a delete. */
async function history(): Promise<string[]> {
  const rows = await lake.rows(
    'account',
    `SELECT "Id"::VARCHAR AS id, versionnumber::VARCHAR AS version, "IsDelete" AS gone FROM t`,
  );
  return rows
    .map(({ id, version, gone }) => {
      const whole = Number(version);
      const epoch = Math.floor(whole / EPOCH_VERSIONS);
      const number = Number.parseInt(String(id).slice(0, 8), 16);
      return `${number} ${epoch}.${whole - epoch * EPOCH_VERSIONS}${gone === true ? '-' : ''}`;
    })
    .sort();
}

const wordsOf = (rows: readonly Pick<ModelRow, 'id' | 'epoch' | 'version' | 'deleted'>[]) =>
  rows.map(({ id, epoch, version, deleted }) => `${id} ${epoch}.${version}${deleted ? '-' : ''}`).sort();

const word: fc.Arbitrary<Word> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  version: fc.integer({ min: 1, max: 8 }),
  deleted: fc.boolean(),
  day: fc.constantFrom('2023-01-05', '2024-03-31', null),
});
const batches = fc.array(
  fc.record({
    epoch: fc.constantFrom(1, 1, 1, 2),
    words: fc.uniqueArray(word, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
  }),
  { maxLength: 4 },
);

describe('an append-only table shows every version and delete', () => {
  test('whatever the history and wherever it was folded, its rows are those that the next publication has, none twice (I-2)', async () => {
    await fc.assert(
      fc.asyncProperty(batches, batches, async (first, second) => {
        const folded = new FoldedTable(world);
        const model = new FoldModel();
        const early = model.possible(first);
        model.fold(early, { strategy: 'year', keepsParts: true });
        await folded.fold(early, { keep: 'parts' });
        const late = model.possible(second);
        model.fold(late, { strategy: 'year', keepsParts: true });
        await table(folded, late);
        const before = await history();
        expect(before).toEqual(wordsOf(model.parts ?? []));
        await folded.fold(late, { keep: 'parts' });
        expect(wordsOf(await folded.partRows())).toEqual(before);
        await table(folded, []);
        expect(await history()).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });

  test('before the first fold that keeps versions, each live row of the image counts once', async () => {
    const folded = new FoldedTable(world);
    await folded.fold([
      {
        epoch: 0,
        words: [
          { id: 1, version: 1 },
          { id: 2, version: 2 },
        ],
      },
    ]);
    await table(folded, [
      {
        epoch: 0,
        words: [
          { id: 1, version: 1 },
          { id: 2, version: 4, deleted: true },
        ],
      },
    ]);
    expect(await history()).toEqual(['1 0.1', '2 0.2', '2 0.2-']);
  });

  test('a row that counts above a delete is told with its own version, folded or not', async () => {
    const folded = new FoldedTable(world);
    const lifted = { epoch: 0, words: [{ id: 1, version: 5, own: 3 }] };
    await folded.fold([lifted]);
    await table(folded, [{ epoch: 0, words: [{ id: 2, version: 7, own: 6 }] }]);
    const before = await history();
    expect(before).toEqual(['1 0.3', '2 0.6']);
    await folded.fold([], { keep: 'parts' });
    expect((await folded.partRows()).map(({ id, version }) => `${id} 0.${version}`)).toEqual(before.slice(0, 1));
  });

  test('a version that came again counts again only with other values', async () => {
    const folded = new FoldedTable(world);
    await folded.fold(
      [
        {
          epoch: 0,
          words: [
            { id: 1, version: 3, name: 'a' },
            { id: 2, version: 3, name: 'a' },
          ],
        },
      ],
      {
        keep: 'parts',
      },
    );
    await table(folded, [
      {
        epoch: 0,
        words: [
          { id: 1, version: 3, name: 'a' },
          { id: 2, version: 3, name: 'b' },
        ],
      },
    ]);
    expect(await history()).toEqual(['1 0.3', '2 0.3', '2 0.3']);
  });

  test('of a delete only the id, the sink dates, versionnumber and IsDelete are filled', async () => {
    const folded = new FoldedTable(world);
    await folded.fold([{ epoch: 0, words: [{ id: 1, version: 1, name: 'a', day: '2024-01-01' }] }], { keep: 'parts' });
    await table(folded, [{ epoch: 0, words: [{ id: 1, version: 2, deleted: true }] }]);
    const [row] = await lake.rows('account', 'SELECT * FROM t WHERE "IsDelete"');
    const filled = Object.entries(row ?? {}).filter(([, value]) => value !== null);
    expect(filled.map(([name]) => name)).toEqual([
      'Id',
      'SinkCreatedOn',
      'SinkModifiedOn',
      'versionnumber',
      'IsDelete',
    ]);
    expect(row).toMatchObject({ Id: guid(1), versionnumber: '1', IsDelete: true });
    expect(await lake.rows('account', 'SELECT count(*)::INT AS n FROM t WHERE "IsDelete" IS NULL')).toEqual([{ n: 1 }]);
  });
});

describe('<table>_current', () => {
  test('has one row for each id that is not deleted, with the columns of the environment', async () => {
    const folded = new FoldedTable(world);
    await folded.fold([{ epoch: 0, words: [1, 2, 3].map(id => ({ id, version: id, name: `v${id}` })) }], {
      keep: 'parts',
    });
    await table(folded, [
      {
        epoch: 0,
        words: [
          { id: 1, version: 7, name: 'newer' },
          { id: 2, version: 6, deleted: true },
        ],
      },
    ]);
    expect(await lake.rows('account_current', 'SELECT name FROM t ORDER BY name')).toEqual([
      { name: 'newer' },
      { name: 'v3' },
    ]);
    const names = async (name: string) => (await lake.find(name)).info.columns.map(one => one.name);
    expect(await names('account_current')).toEqual(lakeColumns(foldShape).map(({ name }) => name));
    expect(await names('account')).toEqual(appendColumns(foldShape).map(({ name }) => name));
    expect((await lake.find('account_current')).info.primaryKey).toEqual(['Id']);
    expect((await lake.find('account')).info.primaryKey).toEqual([]);
  });

  test('its labels are those of the present', async () => {
    const folded = new FoldedTable(world);
    await folded.fold([{ epoch: 0, words: [{ id: 1, version: 1 }] }], { keep: 'parts' });
    await table(folded, [{ epoch: 0, words: [{ id: 1, version: 2, name: 'now' }] }]);
    expect(await lake.rows('account_labels', 'SELECT name FROM t')).toEqual([{ name: 'now' }]);
  });
});
