import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { parseTableName } from '../../src/core/names.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { differences, openSyncedWorld, openWorld, type World, worldLink } from '../kit/world.ts';

let world: World;
afterEach(() => world?.stop());

const links = () => world.service.links;
const TABLES = ['account', 'contact', 'lead', 'opportunity', 'task', 'phonecall', 'email', 'incident'];
const labels = () =>
  links()
    .status()
    .map(({ label }) => label);
const names = (...tables: string[]) => tables.map(parseTableName);

/** So many rows more in a table. */
function grow(database: SandboxDatabase, table: string, rows: number): void {
  const [like] = database.page(table, { after: null, limit: 1 });
  if (like === undefined) throw new Error('one row');
  const more = Array.from({ length: rows }, () => ({ ...like.row, [`${table}id`]: randomUUID() }));
  database.put(table, more);
}

describe('initial syncs', () => {
  test('are made some at once, the others stand in line with their place shown; all are done in the end', async () => {
    world = await openWorld({ rows: 1_500, tables: TABLES });
    const request = await world.request();
    world.sandbox.faults.set([{ match: '^GET ', do: 'slow', ms: 300 }]);
    await links().createLink(request);
    let most = 0;
    let places: (number | null)[] = [];
    await world.until('everything is read', () => {
      const queued = links()
        .status()
        .filter(({ label }) => label === 'Queued');
      if (queued.length > places.length) places = queued.map(one => one.queued);
      most = Math.max(most, labels().filter(label => label === 'Initial sync').length);
      return labels().every(label => label === 'Active');
    });
    expect(places.length).toBeGreaterThan(0);
    expect([...places].sort()).toEqual(places.map((_, index) => index + 1));
    expect(most).toBeLessThanOrEqual(4);
    world.sandbox.faults.set([]);
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });

  test('of a table that hangs keeps no other waiting: they are worked on, and it is asked again alone (PD#1757)', async () => {
    world = await openWorld({ rows: 1_500, tables: TABLES });
    // Its first page, after the check that it can be read.
    world.sandbox.faults.set([{ match: '^account$', skip: 1, times: 1, do: 'stall', at: 'start' }]);
    await links().createLink(await world.request());
    await world.until('the others are read', () => labels().filter(label => label === 'Active').length === 7);
    expect(world.status('account').label).not.toBe('Active');
    await links().removeTables(worldLink, names('contact'), { deleteData: true });
    await links().addTables(worldLink, names('contact'), { partitionStrategy: 'month', appendOnly: false });
    await world.until('it is there again', () => world.status('contact').label === 'Active');
    expect(world.status('account').label).not.toBe('Active');
    await world.until('a look again helps', async () => {
      await links().retryTable(worldLink, parseTableName('account'));
      return world.status('account').label === 'Active';
    });
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });
});

test('while a large table is added, changes of the others appear as soon as ever (I-8)', async () => {
  world = await openSyncedWorld({ rows: 600, tables: ['account', 'contact'] });
  grow(world.database, 'lead', 15_000);
  await links().addTables(worldLink, names('lead'), { partitionStrategy: null, appendOnly: false });
  const delays: number[] = [];
  const [row] = world.database.page('account', { after: null, limit: 1 });
  for (let round = 0; world.status('lead').label !== 'Active' && round < 20; round += 1) {
    const before = world.status('account').changes.rows;
    const beganMs = performance.now();
    world.database.patch('account', row?.id ?? '', { name: `round ${round}` });
    await world.until('it is committed', () => world.status('account').changes.rows > before);
    delays.push(performance.now() - beganMs);
  }
  expect(delays.length).toBeGreaterThan(2);
  delays.sort((a, b) => a - b);
  // Polls come every 200 ms or sooner; what is left is for a busy machine.
  expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(2_000);
  await world.caughtUp();
  expect(differences(await world.verify())).toEqual([]);
});
