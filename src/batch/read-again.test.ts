import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, shapeOf } from '../../test/kit/batch-fixtures.ts';
import { FoldedTable, type FoldOptions, FoldWorld, type Word } from '../../test/kit/folded-table.ts';

let world: FoldWorld;

beforeAll(async () => {
  world = await FoldWorld.open();
});

afterAll(() => world.close());

const row = (id: number, version: number, name: string): Word => ({ id, version, name, day: '2018-01-01' });
const gone = (id: number, version: number): Word => ({ id, version, deleted: true });
const batch = (...words: Word[]) => ({ epoch: 1, words });
const keepParts: FoldOptions = { keep: 'parts' };

/** `1v5 name` of every row in the parts, in the order that readers have. */
async function versions(table: FoldedTable): Promise<string[]> {
  const paths = (table.parts ?? []).map(({ path }) => `'${path}'`);
  const rows = await world.run(
    `SELECT left("Id"::VARCHAR, 8)::INTEGER || 'v' || __version || ' ' || coalesce(name, CASE WHEN __deleted THEN '-' ELSE 'null' END) AS told ` +
      `FROM read_parquet([${paths.join(', ')}], union_by_name = true) ORDER BY "SinkModifiedOn", "Id"`,
  );
  return rows.map(({ told }) => String(told));
}

describe('a row that is read again in the version it had', () => {
  test('is a line more where its values are others: no version of the environment tells of it', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5, 'old'), row(2, 6, 'same'))], keepParts);
    const { parts } = await table.fold([batch(row(1, 5, 'new'), row(2, 6, 'same'))], keepParts);
    expect(parts.map(({ file }) => file.rows)).toEqual([3]);
    expect(await versions(table)).toEqual(['1v5 old', '2v6 same', '1v5 new']);
  });

  test('also where both come in one fold, as when the definition changed between them', async () => {
    const table = new FoldedTable(world);
    await table.fold(
      [batch(row(1, 5, 'old')), batch(row(1, 5, 'new'), row(2, 6, 'x')), batch(row(1, 5, 'new'))],
      keepParts,
    );
    expect(await versions(table)).toEqual(['1v5 old', '1v5 new', '2v6 x']);
  });

  test('is none where a newer version or its delete is known', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5, 'old'), row(2, 6, 'x'))], keepParts);
    await table.fold([batch(row(1, 7, 'newer'), gone(2, 7)), batch(row(1, 5, 'late'), row(2, 6, 'late'))], keepParts);
    expect(await versions(table)).toEqual(['1v5 old', '2v6 x', '1v7 newer', '2v6 -']);
  });

  test('is none for what a removed column no longer says', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5, 'old'))], keepParts);
    const shape = shapeOf([column('name', 'string', { removed: true }), column('createdon', 'datetime')]);
    await table.fold([batch({ id: 1, version: 5, day: '2018-01-01' })], { ...keepParts, shape });
    expect(await versions(table)).toEqual(['1v5 old']);
  });

  test('is a change for incremental folders too', async () => {
    const table = new FoldedTable(world);
    await table.fold([batch(row(1, 5, 'old'))], { keep: 'changes' });
    const { changes } = await table.fold([batch(row(1, 5, 'new'))], { keep: 'changes' });
    expect(changes.map(({ rows }) => rows)).toEqual([1]);
  });
});
