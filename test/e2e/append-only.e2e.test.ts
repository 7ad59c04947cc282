import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableChoice } from '../../src/core/link-choices.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { TablesChange } from '../../src/engine/control.ts';
import { readCsv } from '../kit/csv.ts';
import { differences, openWorld, type World, worldLink } from '../kit/world.ts';

function choice(table: string, appendOnly: boolean, partitionStrategy: TableChoice['partitionStrategy']): TableChoice {
  return { table: parseTableName(table), appendOnly, partitionStrategy };
}

interface Entity {
  readonly name: string;
  readonly annotations: readonly { readonly value: string }[];
  readonly attributes: readonly { readonly name: string }[];
  readonly partitions: readonly { readonly name: string }[];
}

async function entityOf(world: World, table: string): Promise<Entity> {
  const { entities } = JSON.parse(await readFile(join(world.lakePath, 'model.json'), 'utf8'));
  return (entities as Entity[]).find(({ name }) => name === table) ?? expect.fail(`${table} is not in the manifest`);
}

/** Cells of the published lines of a table, by the column names of model.json. */
async function published(world: World, table: string): Promise<Record<string, string | undefined>[]> {
  const names = (await entityOf(world, table)).attributes.map(({ name }) => name);
  const lines: Record<string, string | undefined>[] = [];
  for (const file of (await readdir(join(world.lakePath, table))).sort()) {
    const rows = await readCsv(await readFile(join(world.lakePath, table, file), 'utf8'));
    lines.push(...rows.map(cells => Object.fromEntries(names.map((name, at) => [name, cells[at]]))));
  }
  return lines;
}

describe('append-only tables', () => {
  let world: World;
  /** What Count has to be. */
  let written = 0;

  beforeAll(async () => {
    world = await openWorld({ rows: 1_500, hostile: 0.3 });
    const tables = [
      choice('account', true, 'year'),
      choice('contact', true, 'month'),
      choice('lake_everything', true, 'day'),
      // Chosen in place, which tables without createdon cannot be.
      choice('activityparty', false, 'year'),
      choice('contactleads', false, 'year'),
      choice('task', false, 'year'),
    ];
    await world.service.links.createLink(await world.request({ tables }));
    await world.caughtUp();
    written = world.database.count('account');
  });
  afterAll(() => world?.stop());

  const first = (table: string, limit: number) => world.database.page(table, { after: null, limit });

  /** Until everything is published, equal and proved: the table that changes, or all. */
  async function settled(tables?: readonly string[]): Promise<void> {
    await world.caughtUp();
    expect(differences(await world.verify(tables))).toEqual([]);
    expect(world.status('account').count).toBe(written);
    expect((await published(world, 'account')).length).toBe(written);
  }

  test('begin with one line a row; tables without createdon are append-only whatever was chosen (facts row 53)', async () => {
    await settled();
    const modes = world.service.links.status().map(({ table, appendOnly }) => [table, appendOnly]);
    expect(Object.fromEntries(modes)).toEqual({
      account: true,
      contact: true,
      lake_everything: true,
      activityparty: true,
      contactleads: true,
      task: false,
    });
    expect(await readdir(join(world.lakePath, 'activityparty'))).toEqual(['1.csv']);
    const [line] = await published(world, 'activityparty');
    expect(line).toHaveProperty('IsDelete', '');
  });

  test('an update is another line, in the file of its row; the old one stays (facts rows 52, 70)', async () => {
    const rows = first('account', 3);
    for (const { id } of rows) world.database.patch('account', id, { name: 'a second version' });
    written += rows.length;
    await settled(['account']);
    const [one] = rows;
    const versions = (await published(world, 'account')).filter(({ Id }) => Id === one?.id);
    expect(versions.map(({ name }) => name === 'a second version')).toEqual([false, true]);
    expect(Number(versions[0]?.versionnumber)).toBeLessThan(Number(versions[1]?.versionnumber));
  });

  test('a delete is another line, told apart from the row of its version by its sink date', async () => {
    const [, second] = first('account', 2);
    if (second === undefined) throw new Error('no accounts');
    // The newest version there is, so that the delete takes the same.
    world.database.patch('account', second.id, { name: 'the last version' });
    await world.caughtUp();
    world.database.remove('account', second.id);
    written += 2;
    await settled(['account']);
    const versions = (await published(world, 'account')).filter(({ Id }) => Id === second.id);
    const [row, deleted] = versions.slice(-2);
    expect(deleted).toMatchObject({ IsDelete: 'True', versionnumber: row?.versionnumber, name: '', createdon: '' });
    expect(Date.parse(`${deleted?.SinkModifiedOn} UTC`)).toBeGreaterThan(Date.parse(`${row?.SinkModifiedOn} UTC`));
  });

  test('deleted and made again under one id, a row is there (I-4)', async () => {
    const [third] = first('account', 1);
    if (third === undefined) throw new Error('no accounts');
    world.database.transaction(() => {
      world.database.remove('account', third.id);
      world.database.put('account', [{ ...third.row, name: 'born again' }]);
    });
    written += 1;
    await settled(['account']);
    world.database.remove('account', third.id);
    await world.caughtUp();
    world.database.put('account', [{ ...third.row, name: 'and again' }]);
    written += 2;
    await settled(['account']);
  });

  test('SQL shows the live rows', async () => {
    const { rows } = await world.query('SELECT count(*), count(DISTINCT accountid) FROM account_current');
    const count = String(world.database.count('account'));
    expect(rows.map(row => row.map(String))).toEqual([[count, count]]);
  });

  test('a restart repeats no line', async () => {
    const [row] = first('account', 1);
    if (row === undefined) throw new Error('no accounts');
    world.database.patch('account', row.id, { name: 'changed before the stop' });
    await world.until('it is committed', () => world.status('account').changes.rows > 0);
    await world.restart();
    written += 1;
    await settled(['account']);
  });

  test('after an expired token only what changed meanwhile is written, and what vanished as a delete (I-6)', async () => {
    const [gone, changed] = first('account', 2);
    if (gone === undefined || changed === undefined) throw new Error('no accounts');
    await world.service.stop();
    world.database.remove('account', gone.id);
    world.database.patch('account', changed.id, { name: 'changed in the gap' });
    await fetch(`${world.sandbox.url}/__sandbox/expire-delta-tokens`, { method: 'POST', body: '{}' });
    await world.restart();
    written += 2;
    await settled();
    const deletes = (await published(world, 'account')).filter(({ IsDelete }) => IsDelete === 'True');
    expect(deletes.map(({ Id }) => Id)).toContain(gone.id);
  });

  test('Count is the live rows of a table in place (R 25)', async () => {
    const [row] = first('task', 1);
    if (row === undefined) throw new Error('no tasks');
    world.database.patch('task', row.id, { subject: 'changed' });
    await world.caughtUp();
    expect(world.status('task').count).toBe(world.database.count('task'));
    world.database.remove('task', row.id);
    await world.caughtUp();
    expect(world.status('task').count).toBe(world.database.count('task'));
  });
});

describe('a table whose mode or partitions a person changes', () => {
  let world: World;
  const table = parseTableName('account');

  beforeAll(async () => {
    world = await openWorld({ rows: 1_500, hostile: 0.3 });
    const tables = [choice('account', false, 'year'), choice('contact', false, 'year')];
    await world.service.links.createLink(await world.request({ tables }));
    await world.caughtUp();
    world.sandbox.requestLog.clear();
  });
  afterAll(() => world?.stop());

  async function change(to: TablesChange): Promise<string[]> {
    await world.service.links.changeTables(worldLink, [table], to);
    await world.until('the manifest leads to the new files', async () => {
      const entity = await entityOf(world, 'account');
      const isVersions = entity.attributes.some(({ name }) => name === 'IsDelete');
      const { appendOnly, partitionStrategy, pendingBatches } = world.status('account');
      if (appendOnly !== (to.appendOnly ?? appendOnly)) return false;
      if (partitionStrategy !== (to.partitionStrategy ?? partitionStrategy)) return false;
      const granularity = entity.annotations[0]?.value.toLowerCase();
      return isVersions === appendOnly && granularity === partitionStrategy && pendingBatches === 0;
    });
    await world.until('older files are gone', async () => {
      const named = (await entityOf(world, 'account')).partitions.map(({ name }) => `${name}.csv`).sort();
      const files = (await readdir(join(world.lakePath, 'account'))).filter(name => /^\d/.test(name)).sort();
      return JSON.stringify(named) === JSON.stringify(files);
    });
    expect(differences(await world.verify(['account']))).toEqual([]);
    return (await readdir(join(world.lakePath, 'account'))).sort();
  }

  test('from in place to append only and back, and by year, month, day and year again: proved each time', async () => {
    const rows = world.database.page('account', { after: null, limit: 6 });
    const touch = (at: number, name: string) => {
      const id = rows[at]?.id;
      if (id !== undefined) world.database.patch('account', id, { name });
    };
    const live = () => world.database.count('account');
    const years = (await readdir(join(world.lakePath, 'account'))).sort();

    // Taken in by the same fold as the change of mode, or by the one before: then the old version is not known any more.
    touch(0, 'just before append only');
    expect(await change({ appendOnly: true })).toEqual(years);
    const begun = world.status('account').count;
    expect([0, 1]).toContain(begun - live());
    touch(1, 'a version more');
    world.database.remove('account', rows[2]?.id ?? '');
    await world.caughtUp();
    expect(world.status('account').count).toBe(begun + 2);

    expect(await change({ appendOnly: false })).toEqual(years);
    expect(world.status('account').count).toBe(live());
    const months = await change({ partitionStrategy: 'month' });
    expect(months.length).toBeGreaterThan(years.length);
    touch(3, 'in the file of its month');
    await world.caughtUp();
    await change({ appendOnly: true });
    touch(4, 'a version in its month');
    world.database.remove('account', rows[4]?.id ?? '');
    await world.caughtUp();
    const versions = world.status('account').count;
    const days = await change({ partitionStrategy: 'day' });
    expect(days.length).toBeGreaterThan(months.length);
    // Cut anew, the versions are still there.
    expect(world.status('account').count).toBe(versions);
    await change({ partitionStrategy: 'year', appendOnly: false });
    expect((await readdir(join(world.lakePath, 'account'))).sort()).toEqual(years);
  });

  test('nothing was read again for it, and the other table was left alone', async () => {
    const pages = world.sandbox.requestLog.entries().flatMap(({ page }) => page ?? []);
    expect(pages.filter(page => page.includes(' tracked '))).toEqual([]);
    expect(differences(await world.verify())).toEqual([]);
  });
});

describe('an append-only table through what befalls its environment', () => {
  let world: World;
  const table = parseTableName('account');
  const accounts = () => world.database.page('account', { after: null, limit: 5 });

  beforeAll(async () => {
    world = await openWorld({ rows: 600, hostile: 0.3 });
    await world.service.links.createLink(await world.request({ tables: [choice('account', true, 'year')] }));
    await world.caughtUp();
  });
  afterAll(() => world?.stop());

  async function admin(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${world.sandbox.url}/__sandbox/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status, path).toBeLessThan(300);
  }

  test('a column that was removed and came back as another one is told without a version of its own', async () => {
    const before = world.status('account').count;
    const column = world.database.table('account')?.columns.find(({ logicalName }) => logicalName === 'websiteurl');
    if (column === undefined) throw new Error('no such column');
    const metadataId = '0d3f1c52-7a0b-4c43-9d0e-5a8f0a4d7e99';
    world.database.removeColumn('account', 'websiteurl');
    world.database.addColumn('account', { ...column, metadataId });
    await world.restart();
    await world.service.links.backfillTable(worldLink, table);
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
    expect(world.status('account').count).toBeGreaterThan(before);
    expect((await published(world, 'account')).length).toBe(world.status('account').count);
  });

  test('rows that are read again as they were are no lines', async () => {
    const before = world.status('account').count;
    await world.service.links.backfillTable(worldLink, table);
    await world.caughtUp();
    expect(world.status('account').count).toBe(before);
  });

  test('after a restore to an earlier time its lower versions are the newer ones to readers (I-9)', async () => {
    await admin('restore-point', { name: 'before' });
    const [changed, gone, later] = accounts();
    world.database.patch('account', changed?.id ?? '', { name: 'changed after the restore point' });
    world.database.remove('account', gone?.id ?? '');
    const accountid = 'bbbbbbbb-0000-4000-8000-000000000001';
    world.database.put('account', [{ accountid, name: 'born after the restore point' }]);
    await world.caughtUp();
    await admin('restore', { name: 'before' });
    await world.restart();
    const isAsking = () => world.status('account').error?.code === 'sync/restored-deletes';
    await world.until('a person is asked', isAsking);
    await world.service.links.confirmDeletes(worldLink, table);
    await world.caughtUp();
    world.database.patch('account', later?.id ?? '', { name: 'changed in the second life' });
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
    const versions = (await published(world, 'account')).filter(({ Id }) => Id === changed?.id);
    expect(versions.at(-1)?.name).not.toBe('changed after the restore point');
    expect(BigInt(versions.at(-1)?.versionnumber ?? 0)).toBeGreaterThan(10n ** 15n);
  });
});

describe('tables that the original cannot export either (facts row 145)', () => {
  const refused = ['attachment', 'stringmap', 'calendar'];
  /** Attachments of mails are a table like others. */
  const like = [...refused, 'activitymimeattachment'];
  let world: World;

  beforeAll(async () => {
    world = await openWorld({
      rows: 0,
      fill: database => {
        const template = database.table('lake_untracked');
        if (template === undefined) throw new Error('no table to begin with');
        for (const [n, name] of like.entries()) {
          const metadataId = `1a2b3c4d-0000-4000-8000-0000000000a${n}`;
          const names = { logicalName: name, schemaName: name, entitySetName: `${name}s`, objectTypeCode: 20_000 + n };
          database.createTable({ ...template, ...names, metadataId, changeTracking: true });
        }
      },
    });
  });
  afterAll(() => world?.stop());

  test.each(refused)('%s is refused with the reason, and no link is made', async name => {
    const request = await world.request({ tables: [choice('account', false, 'year'), choice(name, true, 'year')] });
    await expect(world.service.links.createLink(request)).rejects.toMatchObject({
      code: 'source/table-refused',
      details: { table: name, reason: expect.stringContaining('is a system table that cannot be exported') },
    });
    expect(world.service.links.links()).toEqual([]);
  });

  test('a table that is only named alike is taken', async () => {
    const tables = [choice('activitymimeattachment', false, 'year')];
    await world.service.links.createLink(await world.request({ tables }));
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });
});
