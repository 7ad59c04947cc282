import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { CreateLinkRequest } from '../../src/engine/control.ts';
import { openFolderLake } from '../../src/verify/lake-reader.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { readManifest } from '../../src/verify/manifest.ts';
import { inPlace } from '../kit/choices.ts';
import { openWorld, type World } from '../kit/world.ts';

const { signal } = new AbortController();
const TABLES = ['account', 'contact', 'lead', 'task', 'systemuserroles'];

/** A synced world of one link, given to `look`, then changed in every way and given to it again. */
async function twice(change: Partial<CreateLinkRequest>, look: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld({ rows: 1_000, hostile: 0.5, tables: TABLES });
  try {
    await world.service.links.createLink(await world.request(change));
    await world.caughtUp();
    await look(world);
    const ids = world.database.page('contact', { after: null, limit: 60 }).map(({ id }) => id);
    for (const id of ids.slice(0, 40)) world.database.patch('contact', id, { description: `"${id}",\n` });
    for (const id of ids.slice(20, 50)) world.database.remove('contact', id);
    await world.caughtUp();
    await look(world);
  } finally {
    await world.stop();
  }
}

async function problemsOf(world: World) {
  const { layout } = await verifyLayout({ lake: { root: world.lakePath }, clock: systemClock, signal });
  expect(layout.kind).toBe('replicas');
  const live = TABLES.reduce((sum, table) => sum + world.database.count(table), 0);
  expect(layout.rows).toBeGreaterThanOrEqual(live);
  return layout.problems.slice(0, 20);
}

const expectNoProblems = async (world: World) => expect(await problemsOf(world)).toEqual([]);

describe('what a link publishes keeps every rule of the layout, its texts full of what breaks readers', () => {
  test('in place, by year (R 24)', () => twice({}, expectNoProblems));

  test('in place by month, day and year, with snapshots (R 30)', () => {
    const [account, contact, ...others] = inPlace(TABLES);
    if (account === undefined || contact === undefined) throw new Error('no tables');
    const tables = [
      { ...account, partitionStrategy: 'day' as const },
      { ...contact, partitionStrategy: 'month' as const },
      ...others,
    ];
    return twice({ snapshotMinutes: 1, tables }, async world => {
      const lake = await openFolderLake(world.lakePath);
      await world.until('snapshots of all tables are named', async () => {
        const entities = await readManifest(lake, 'model.json');
        if (entities === null || typeof entities === 'string' || entities.length < TABLES.length) return false;
        return entities.every(({ name, partitions }) =>
          partitions.length === 0
            ? world.database.count(name) === 0
            : partitions.every(({ location }) => location.includes('/Snapshot/')),
        );
      });
      await expectNoProblems(world);
    });
  });

  test('append only (R 25)', () =>
    twice({ tables: inPlace(TABLES).map(table => ({ ...table, appendOnly: true })) }, expectNoProblems));
});
