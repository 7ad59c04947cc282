import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences, openSyncedWorld, type World } from '../kit/world.ts';

describe('an environment full of hostile text', () => {
  let world: World;
  beforeAll(async () => {
    world = await openSyncedWorld({ rows: 4_000, hostile: 0.5 });
  });
  afterAll(() => world?.stop());

  test('arrives whole: every cell of every table, and every published file (R 24, R 25)', async () => {
    const report = await world.verify();
    expect(differences(report)).toEqual([]);
    expect(report.tables.length).toBeGreaterThanOrEqual(20);
    expect(report.tables.reduce((sum, table) => sum + table.lakeRows, 0)).toBeGreaterThan(3_900);
  });

  test('Count is the number of live rows (R 25)', () => {
    for (const { table, count } of world.service.links.status())
      expect([table, count]).toEqual([table, world.database.count(table)]);
  });

  test('changes of every kind arrive, and the lake stays equal', async () => {
    const [first, second, third] = world.database.page('account', { after: null, limit: 3 });
    if (first === undefined || second === undefined || third === undefined) throw new Error('no accounts');
    world.database.patch('account', first.id, { name: 'renamed "quoted", and\r\nbroken \\' });
    world.database.remove('account', second.id);
    // Deleted and created again under its id between two polls (I-4).
    world.database.transaction(() => {
      world.database.remove('account', third.id);
      world.database.put('account', [{ ...third.row, name: 'born again' }]);
    });
    await world.caughtUp();
    expect(differences(await world.verify(['account']))).toEqual([]);
    const named = await world.query(
      `SELECT name FROM account WHERE accountid IN ('${first.id}', '${third.id}') ORDER BY name`,
    );
    expect(named.rows).toEqual([['born again'], ['renamed "quoted", and\r\nbroken \\']]);
  });

  test('a column added while rows change is there without asking, and old rows carry null', async () => {
    const [column] =
      world.database.table('account')?.columns.filter(({ logicalName }) => logicalName === 'websiteurl') ?? [];
    if (column === undefined) throw new Error('no such column');
    world.database.addColumn('account', {
      ...column,
      logicalName: 'lake_motto',
      schemaName: 'lake_Motto',
      metadataId: '0d3f1c52-7a0b-4c43-9d0e-5a8f0a4d7e11',
    });
    const [row] = world.database.page('account', { after: null, limit: 1 });
    if (row === undefined) throw new Error('no accounts');
    world.database.patch('account', row.id, { lake_motto: 'festina lente' });
    await world.caughtUp();
    expect(differences(await world.verify(['account']))).toEqual([]);
    expect((await world.query('SELECT lake_motto FROM account WHERE lake_motto IS NOT NULL')).rows).toEqual([
      ['festina lente'],
    ]);
  });

  test('expired change tokens: a new full read, and rows deleted in the gap are gone (I-6)', async () => {
    const [row] = world.database.page('contact', { after: null, limit: 1 });
    if (row === undefined) throw new Error('no contacts');
    await world.service.stop();
    world.database.remove('contact', row.id);
    await fetch(`${world.sandbox.url}/__sandbox/expire-delta-tokens`, { method: 'POST', body: '{}' });
    await world.restart();
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });

  test('a service stopped in the middle of its work leaves files that show what is committed', async () => {
    for (let round = 0; round < 4; round += 1) {
      const rows = world.database.page('account', { after: null, limit: 40 });
      for (const { id } of rows) world.database.patch('account', id, { name: `round ${round}` });
      await world.until('some of it is committed', () => world.status('account').changes.rows > 0);
      await world.service.stop();
      expect((await world.verify(['account'], { atRest: true })).layout.problems).toEqual([]);
      await world.restart();
    }
    await world.caughtUp();
  });

  test('a restart goes on where it stopped and reads no table again', async () => {
    world.sandbox.requestLog.clear();
    await world.restart();
    await world.caughtUp();
    const full = world.sandbox.requestLog.entries().filter(({ page }) => page !== null && !page.includes('delta'));
    expect(full).toEqual([]);
  });
});

test('decimals, money and bigints arrive exactly in Parquet, CSV and SQL, sent as text or as bare numbers', async () => {
  for (const ieee754 of ['honoured', 'ignored'] as const) {
    const world = await openSyncedWorld({ rows: 300, tables: ['lake_everything'], sandbox: { ieee754 } });
    try {
      expect(differences(await world.verify())).toEqual([]);
      const { rows } = await world.query(
        `SELECT max(lake_money), max(lake_decimal), min(lake_bignumber) FILTER (lake_bignumber > 9007199254740992)
         FROM lake_everything`,
      );
      expect(rows).toEqual([['922337203685477.5807', '100000000000.0000000001', '9007199254740993']]);
      const csv = await lakeText(world.lakePath, 'lake_everything');
      for (const exact of ['922337203685477.5807', '100000000000.0000000001', '9007199254740993'])
        expect(csv).toContain(`,${exact},`);
    } finally {
      await world.stop();
    }
  }
});

/** The text of every published partition of a table. */
async function lakeText(lakePath: string, table: string): Promise<string> {
  const folder = join(lakePath, table);
  const files = (await readdir(folder)).filter(name => name.endsWith('.csv'));
  return (await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))).join('');
}
