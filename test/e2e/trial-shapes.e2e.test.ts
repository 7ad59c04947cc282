import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { parseLinkName } from '../../src/core/names.ts';
import { compareLakes } from '../../src/verify/compare-lakes.ts';
import { inPlace } from '../kit/choices.ts';
import { openWorld, type World } from '../kit/world.ts';

const TABLES = ['contact', 'activityparty', 'lake_everything'];
const { signal } = new AbortController();
let world: World;
const lakes = { inPlace: '', appendOnly: '', folders: '' };

beforeAll(async () => {
  world = await openWorld({ rows: 1_200, hostile: 0.5, pace: { folderMs: 500, describeMs: 200 } });
  const make = async (name: keyof typeof lakes, change: Parameters<World['request']>[0]) => {
    lakes[name] = join(world.lakePath, '..', name);
    await mkdir(lakes[name]);
    const link = name.toLowerCase();
    const own = { name: parseLinkName(link), lakePath: lakes[name], lakeName: `dataverse-trial-${link}` };
    await world.service.links.createLink(await world.request({ tables: inPlace(TABLES, 'month'), ...change, ...own }));
  };
  await make('inPlace', {});
  await make('appendOnly', { tables: inPlace(TABLES).map(choice => ({ ...choice, appendOnly: true })) });
  await make('folders', { output: 'incremental' });
});
afterAll(() => world?.stop());

/** Until the two lakes agree on every row; a failure shows what they do not agree on. */
async function agree(original: string, ours: string): Promise<void> {
  const look = async () => {
    try {
      const report = await compareLakes({ original: { root: original }, ours: { root: ours }, signal });
      return report.tables.map(({ table, rows, unexplained }) => ({ table, equal: rows?.equal, unexplained }));
    } catch (failure) {
      // Nothing is published yet.
      if (failure instanceof Fault && failure.code === 'lake/no-manifest') return failure.code;
      throw failure;
    }
  };
  const wanted = [...TABLES].sort().map(table => ({ table, equal: world.database.count(table), unexplained: [] }));
  await expect.poll(look, { timeout: 60_000, interval: 500 }).toEqual(wanted);
}

const pairs = [
  ['inPlace', 'appendOnly'],
  ['inPlace', 'folders'],
  ['folders', 'appendOnly'],
  ['appendOnly', 'inPlace'],
] as const;

test('lakes of one environment agree whatever their shapes, on hostile texts, versions and deletes', async () => {
  for (const [original, ours] of pairs) await agree(lakes[original], lakes[ours]);
  const rows = world.database.page('contact', { after: null, limit: 30 });
  for (const { id } of rows.slice(0, 20)) world.database.patch('contact', id, { description: `"${id}",\r\n` });
  for (const { id } of rows.slice(10, 25)) world.database.remove('contact', id);
  const [again] = rows.slice(12);
  if (again === undefined) throw new Error('no contacts');
  world.database.put('contact', [{ ...again.row, description: 'born again' }]);
  for (const [original, ours] of pairs) await agree(lakes[original], lakes[ours]);
});
