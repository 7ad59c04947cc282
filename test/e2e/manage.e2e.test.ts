import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choicesOf } from '../../src/core/choice-differences.ts';
import { parseTableName } from '../../src/core/names.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

const names = (...tables: string[]) => tables.map(parseTableName);

describe('a live link', () => {
  let world: World;
  beforeAll(async () => {
    world = await openSyncedWorld({ rows: 1_200, tables: ['account', 'contact', 'lead', 'activityparty'] });
  });
  afterAll(() => world?.stop());

  const links = () => world.service.links;
  const firstId = (table: string) => world.database.page(table, { after: null, limit: 1 })[0]?.id ?? '';
  const rename = (table: string, column: string, name: string) =>
    world.database.patch(table, firstId(table), { [column]: name });
  const nameOf = async (table: string, column: string) => {
    const { rows } = await world.query(`SELECT ${column} FROM ${table} WHERE ${table}id = '${firstId(table)}'`);
    return rows[0]?.[0];
  };
  /** Pages of rows that were asked since the log was cleared, but for those of changes. */
  const fullReads = () =>
    world.sandbox.requestLog
      .entries()
      .filter(({ page }) => page !== null && !page.includes('delta'))
      .map(({ table }) => table);
  const requestsOf = (table: string) => world.sandbox.requestLog.entries().filter(one => one.table === table).length;
  const logOf = (table: string) => readdir(join(world.lakePath, '.lakelink', table, 'log'));
  const csvOf = async (table: string) =>
    (await readdir(join(world.lakePath, table))).filter(name => name.endsWith('.csv')).sort();

  /** Until all is equal. Answers which tables were read whole until then: the proof reads them as well. */
  async function settled(): Promise<(string | null)[]> {
    await world.caughtUp();
    const read = fullReads();
    expect(differences(await world.verify())).toEqual([]);
    return read;
  }

  test('a table that a person paused asks for nothing, says why, stays so over a restart, and the others go on (I-8)', async () => {
    await links().pause(worldLink, { tables: names('account'), reason: 'a bulk import is running' });
    await world.until('it rests', () => world.status('account').label === 'Paused');
    rename('account', 'name', 'while paused');
    rename('contact', 'lastname', 'goes on');
    await world.restart();
    expect(world.status('account')).toMatchObject({ label: 'Paused', sync: 'Paused', error: null });
    expect(world.status('account').paused).toBe('a bulk import is running');
    await world.until('the other table shows it', async () => (await nameOf('contact', 'lastname')) === 'goes on');
    world.sandbox.requestLog.clear();
    rename('contact', 'lastname', 'goes on and on');
    await world.until('it shows it again', async () => (await nameOf('contact', 'lastname')) === 'goes on and on');
    expect(requestsOf('account')).toBe(0);
    expect(await nameOf('account', 'name')).not.toBe('while paused');
    await expect(links().retryTable(worldLink, parseTableName('account'))).rejects.toMatchObject({
      code: 'link/paused',
      details: { reason: 'a bulk import is running' },
    });
    await links().resume(worldLink, { tables: names('account') });
    expect(await settled()).toEqual([]);
    expect(await nameOf('account', 'name')).toBe('while paused');
    expect(world.status('account').paused).toBeNull();
  });

  test('a link that a person paused asks its environment for nothing at all', async () => {
    await links().pause(worldLink, { tables: null, reason: 'maintenance' });
    await world.until('all rest', () =>
      links()
        .status()
        .every(({ label }) => label === 'Paused'),
    );
    await world.restart();
    world.sandbox.requestLog.clear();
    let looks = 0;
    await world.until('many polls would have come', () => ++looks > 30);
    expect(world.sandbox.requestLog.entries()).toEqual([]);
    expect(links().link(worldLink)).toMatchObject({ paused: 'maintenance', running: true });
    await links().resume(worldLink, { tables: null });
    await settled();
  });

  test('a new version of its choices adds one table and changes one; the others are not touched (PD#3735, PD#4480)', async () => {
    await settled();
    world.sandbox.requestLog.clear();
    const untouched = ['lead', 'activityparty'];
    const before = await Promise.all(untouched.map(logOf));
    const now = choicesOf(links().link(worldLink));
    const tables = now.tables.map(one =>
      one.table === 'contact' ? { ...one, partitionStrategy: 'month' as const } : one,
    );
    const [task] = names('task');
    if (task === undefined) throw new Error('one table');
    const next = { ...now, tables: [...tables, { table: task, appendOnly: true, partitionStrategy: 'year' as const }] };
    const trial = await links().applyChoices(worldLink, next, { dryRun: true, deleteData: false });
    expect(trial).toMatchObject({ link: {}, removed: [], added: [{ table: 'task' }], changed: [{ table: 'contact' }] });
    expect(links().link(worldLink).tables).toHaveLength(4);
    const done = await links().applyChoices(worldLink, next, { dryRun: false, deleteData: false });
    expect(done).toEqual(trial);
    await world.until('the files follow', async () =>
      (await csvOf('contact')).every(name => /^\d{4}-\d\d\./.test(name)),
    );
    expect(new Set(await settled())).toEqual(new Set(['task']));
    expect(world.status('task')).toMatchObject({ appendOnly: true });
    expect(world.status('contact')).toMatchObject({ partitionStrategy: 'month' });
    expect(await Promise.all(untouched.map(logOf))).toEqual(before);
    expect(choicesOf(links().link(worldLink))).toEqual(next);
  });

  test('mode and strategy of a table change without reading it again, and back', async () => {
    world.sandbox.requestLog.clear();
    await links().changeTables(worldLink, names('account'), { appendOnly: true, partitionStrategy: 'month' });
    await world.until('it follows', () => world.status('account').appendOnly);
    rename('account', 'name', 'appended');
    expect(await settled()).toEqual([]);
    expect(world.status('account').count).toBe(world.database.count('account') + 1);
    await links().changeTables(worldLink, names('account'), { appendOnly: false, partitionStrategy: 'year' });
    await world.until('it follows back', () => !world.status('account').appendOnly);
    world.sandbox.requestLog.clear();
    expect(await settled()).toEqual([]);
    expect(world.status('account').count).toBe(world.database.count('account'));
  });

  test('a table without createdon cannot be kept in place', async () => {
    const change = links().changeTables(worldLink, names('activityparty'), { appendOnly: false });
    await expect(change).rejects.toMatchObject({ code: 'link/append-only', details: { table: 'activityparty' } });
  });

  test('the output of a live link cannot change; the failure names the way', async () => {
    const next = { ...choicesOf(links().link(worldLink)), output: 'incremental' as const };
    const applied = links().applyChoices(worldLink, next, { dryRun: true, deleteData: false });
    await expect(applied).rejects.toMatchObject({ code: 'link/output-fixed' });
  });

  test('a table removed with its data kept and added again by another strategy goes on, and stands by the new one', async () => {
    await settled();
    await links().removeTables(worldLink, names('lead'), { deleteData: false });
    rename('lead', 'lastname', 'while away');
    const modelNames = async () => {
      const { entities } = JSON.parse(await readFile(join(world.lakePath, 'model.json'), 'utf8'));
      return (entities as { name: string }[]).map(({ name }) => name);
    };
    expect(await modelNames()).not.toContain('lead');
    world.sandbox.requestLog.clear();
    await links().addTables(worldLink, names('lead'), { partitionStrategy: 'month', appendOnly: false });
    await world.until('the files follow', async () => (await csvOf('lead')).every(name => /^\d{4}-\d\d\./.test(name)));
    // The check that it can be read asks for one row.
    expect(await settled()).toEqual(['lead']);
    expect(await modelNames()).toContain('lead');
    expect(await nameOf('lead', 'lastname')).toBe('while away');
  });

  test('a table removed with its data and added again starts clean (CDM#298)', async () => {
    await links().removeTables(worldLink, names('lead'), { deleteData: true });
    expect(await csvOf('lead').catch(() => [])).toEqual([]);
    await links().addTables(worldLink, names('lead'), { partitionStrategy: 'year', appendOnly: true });
    await settled();
    expect(world.status('lead')).toMatchObject({ appendOnly: true, partitionStrategy: 'year' });
    expect(world.status('lead').count).toBe(world.database.count('lead'));
  });

  test('intervals of a live link are changed, kept over a restart, and written into its lake (I-7)', async () => {
    await links().changeLink(worldLink, { snapshotMinutes: 30, snapshotsKept: 2, pollSeconds: 3 });
    await world.restart();
    expect(links().link(worldLink)).toMatchObject({ snapshotMinutes: 30, snapshotsKept: 2, pollSeconds: 3 });
    const mark = JSON.parse(await readFile(join(world.lakePath, '.lakelink', 'link.json'), 'utf8'));
    expect(mark).toMatchObject({ snapshotMinutes: 30, snapshotsKept: 2, pollSeconds: 3 });
    await expect(links().changeLink(worldLink, { incrementalMinutes: 30 })).rejects.toMatchObject({
      code: 'input/invalid',
    });
  });
});
