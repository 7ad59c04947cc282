import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { FolderLakes } from '../../src/app/lake-folder.ts';
import { parseLinkName, parseTableName } from '../../src/core/names.ts';
import type { AttachLinkRequest } from '../../src/engine/control.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { inPlace } from '../kit/choices.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

let world: World;

beforeEach(async () => {
  world = await openSyncedWorld({ rows: 700, tables: ['account', 'contact', 'lead'] });
});
afterEach(() => world?.stop());

const links = () => world.service.links;
const kept = { deleteData: false, deleteForeign: false };

function attachment(changes: Partial<AttachLinkRequest> = {}): AttachLinkRequest {
  const said = { environmentUrl: null, tenantId: null, clientId: null, authorityUrl: null, lakeName: null };
  const { clientSecret } = standardApplication;
  return { name: worldLink, lakePath: world.lakePath, clientSecret, ...said, ...changes };
}

/** Changes of every kind in one table. */
function change(table: string): void {
  const [first, second, third] = world.database.page(table, { after: null, limit: 3 });
  if (first === undefined || second === undefined || third === undefined) throw new Error('three rows');
  const column = table === 'account' ? 'name' : 'lastname';
  world.database.patch(table, first.id, { [column]: 'changed while nobody read' });
  world.database.remove(table, second.id);
  world.database.put(table, [{ ...third.row, [`${table}id`]: randomUUID(), [column]: 'new while nobody read' }]);
}

const fullReads = () =>
  world.sandbox.requestLog
    .entries()
    .filter(({ page }) => page !== null && !page.includes('delta'))
    .map(({ table }) => table);

describe('a lake that was kept', () => {
  test('is no place for a new link; the failure names the way to go on with it or to clear it', async () => {
    await links().deleteLink(worldLink, kept);
    const again = world.request().then(request => links().createLink(request));
    await expect(again).rejects.toMatchObject({
      code: 'lake/foreign',
      details: { path: world.lakePath, link: worldLink },
      entry: { remedy: expect.stringMatching(/lakelink link attach .*delete the link with its data/) },
    });
  });

  test('is attached and catches up without reading a table again, as what it was (I-7, PD#3119)', async () => {
    const lead = [parseTableName('lead')];
    await links().changeTables(worldLink, lead, { appendOnly: true, partitionStrategy: 'month' });
    await links().changeLink(worldLink, { snapshotMinutes: 120, snapshotsKept: 7 });
    await world.until('it follows', () => world.status('lead').appendOnly);
    await world.caughtUp();
    const before = links().link(worldLink);
    await links().deleteLink(worldLink, kept);
    for (const table of ['account', 'contact', 'lead']) change(table);
    world.sandbox.requestLog.clear();
    const attached = await links().attachLink(attachment());
    const { addedAt: _, ...rest } = { ...before, addedAt: null };
    expect(attached).toMatchObject({ ...rest, tables: rest.tables.map(({ addedAt: __, ...one }) => one) });
    await world.caughtUp();
    expect(fullReads()).toEqual([]);
    expect(differences(await world.verify())).toEqual([]);
  });

  test('is attached after the ledger was lost; a mark of an earlier version is made good from the logs (I-7)', async () => {
    await links().changeTables(worldLink, [parseTableName('lead')], { partitionStrategy: 'month' });
    await world.until('it follows', () => world.status('lead').partitionStrategy === 'month');
    await world.caughtUp();
    await world.service.stop();
    const home = world.settings.home;
    for (const name of await readdir(home)) if (name.startsWith('ledger.db')) await rm(join(home, name));
    const path = join(world.lakePath, '.lakelink', 'link.json');
    const mark = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const fields = ['format', 'revision', 'linkId', 'name', 'environmentUrl', 'organizationId', 'tables'];
    const old = [...fields, 'partitionStrategy', 'createdAt'].map(field => [field, mark[field]]);
    await writeFile(path, JSON.stringify(Object.fromEntries(old)));
    change('contact');
    await world.start();
    expect(links().links()).toEqual([]);
    await expect(links().attachLink(attachment())).rejects.toMatchObject({
      code: 'input/invalid',
      details: { option: 'tenantId' },
    });
    world.sandbox.requestLog.clear();
    const { tenantId, authorityUrl } = world.sandbox;
    const { clientId } = standardApplication;
    const attached = await links().attachLink(attachment({ tenantId, clientId, authorityUrl }));
    expect(attached.snapshotMinutes).toBeNull();
    expect(attached.tables.map(({ table, partitionStrategy }) => [table, partitionStrategy])).toEqual([
      ['account', 'year'],
      ['contact', 'year'],
      ['lead', 'month'],
    ]);
    await world.caughtUp();
    expect(fullReads()).toEqual([]);
    expect(differences(await world.verify())).toEqual([]);
  });

  test('whose change tokens are too old is read again by itself, and what vanished goes (I-6)', async () => {
    await links().deleteLink(worldLink, kept);
    change('account');
    await fetch(`${world.sandbox.url}/__sandbox/expire-delta-tokens`, { method: 'POST', body: '{}' });
    await links().attachLink(attachment());
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });

  test('of another organization is refused, and stays as it is', async () => {
    await links().deleteLink(worldLink, kept);
    const path = join(world.lakePath, '.lakelink', 'link.json');
    const text = (await readFile(path, 'utf8')).replace(/"organizationId": ?"[^"]*"/, '"organizationId":"another"');
    await writeFile(path, text);
    await expect(links().attachLink(attachment())).rejects.toMatchObject({ code: 'source/changed' });
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(links().links()).toEqual([]);
    const unmarked = join(world.lakePath, '..', 'other');
    await mkdir(unmarked);
    const none = links().attachLink(attachment({ lakePath: unmarked }));
    await expect(none).rejects.toMatchObject({ code: 'lake/unmarked' });
    expect(await readdir(unmarked)).toEqual([]);
  });

  test('that a link of this service has is not attached a second time, nor is a copy of it', async () => {
    const second = links().attachLink(attachment({ name: parseLinkName('second'), lakeName: 'another' }));
    await expect(second).rejects.toMatchObject({ code: 'lake/foreign', details: { link: worldLink } });
  });
});

describe('an environment that was renamed', () => {
  let renamed: Sandbox;
  afterEach(() => renamed?.close());

  async function rename(): Promise<void> {
    await world.sandbox.close();
    renamed = await openSandbox({ database: world.database, clock: systemClock });
  }

  test('is followed to its new address; everything that was read stays', async () => {
    await rename();
    change('lead');
    await links().moveLink(worldLink, { environmentUrl: renamed.url, authorityUrl: renamed.authorityUrl });
    expect(links().link(worldLink)).toMatchObject({ environmentUrl: renamed.url, running: true, error: null });
    await world.caughtUp();
    const full = renamed.requestLog.entries().filter(({ page }) => page !== null && !page.includes('delta'));
    expect(full).toEqual([]);
    const [row] = world.database.page('lead', { after: null, limit: 1 });
    const { rows } = await world.query(`SELECT lastname FROM lead WHERE leadid = '${row?.id}'`);
    expect(rows).toEqual([['changed while nobody read']]);
  });

  test('is not mistaken for another organization', async () => {
    const elsewhere = { environmentUrl: world.sandbox.authorityUrl, authorityUrl: null };
    await expect(links().moveLink(worldLink, elsewhere)).rejects.toMatchObject({
      code: expect.stringMatching(/^(source|input)\//),
    });
    expect(links().link(worldLink)).toMatchObject({ environmentUrl: world.sandbox.url, running: true });
  });
});

describe('two links that would collide', () => {
  test('in the name of their database: refused with a name that is free, which is taken', async () => {
    const other = join(world.lakePath, '..', 'other');
    await mkdir(other);
    const make = async (lakeName: string | null) =>
      links().createLink(
        await world.request({
          name: parseLinkName('second'),
          lakePath: other,
          lakeName,
          tables: inPlace(['account']),
        }),
      );
    const failure = await make(null).then(
      () => null,
      thrown => thrown,
    );
    expect(failure).toMatchObject({ code: 'lake/name-taken', details: { link: worldLink } });
    const { proposal } = failure.details;
    expect(await make(proposal)).toMatchObject({ lakeName: proposal, running: true });
  });

  test.each(['the folder itself', 'a folder in it', 'a folder around it'])(
    'in their folders: %s is refused',
    async where => {
      const path = { 'the folder itself': '.', 'a folder in it': 'account', 'a folder around it': '..' }[where] ?? '.';
      const lakePath = join(world.lakePath, path);
      const request = await world.request({ name: parseLinkName('second'), lakePath, lakeName: 'another' });
      await expect(links().createLink(request)).rejects.toMatchObject({ code: /^lake\/(foreign|not-empty)$/ });
      expect(links().links()).toHaveLength(1);
    },
  );
});

describe('a link deleted with its data', () => {
  const foreign = () => [join('notes', 'mine.txt'), join('account', 'holiday.jpg')];

  async function withFiles(): Promise<void> {
    await mkdir(join(world.lakePath, 'notes'));
    for (const path of foreign()) await writeFile(join(world.lakePath, path), 'x');
    await mkdir(join(world.lakePath, 'account', 'Snapshot'), { recursive: true });
    await writeFile(join(world.lakePath, 'account', 'Snapshot', '2024_1700000000.csv'), 'x');
    const folder = '2024-10-10T00.29.50Z';
    await mkdir(join(world.lakePath, folder, 'account'), { recursive: true });
    await writeFile(join(world.lakePath, folder, 'account', '2024_001.csv'), 'x');
    await writeFile(join(world.lakePath, folder, 'model.json'), '{}');
    await mkdir(join(world.lakePath, 'Changelog'), { recursive: true });
    await writeFile(join(world.lakePath, 'Changelog', 'changelog.info'), folder);
  }

  test('says first what is there, by kind, and leaves what others put there', async () => {
    await withFiles();
    const { kinds, foreign: named } = await links().lakeContents(worldLink);
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'descriptions',
      'near-real-time',
      'snapshots',
      'incremental',
      'foreign',
      'commits',
    ]);
    expect(named).toEqual(['account/holiday.jpg', 'notes/mine.txt']);
    expect(kinds.find(({ kind }) => kind === 'incremental')?.files).toBe(3);
    await links().deleteLink(worldLink, { deleteData: true, deleteForeign: false });
    expect((await readdir(world.lakePath)).sort()).toEqual(['account', 'notes']);
    expect(await readdir(join(world.lakePath, 'account'))).toEqual(['holiday.jpg']);
  });

  test('takes files of others too when asked for a second time', async () => {
    await withFiles();
    await links().deleteLink(worldLink, { deleteData: true, deleteForeign: true });
    expect(await readdir(world.lakePath)).toEqual([]);
  });

  test.each(['after the manifest', 'after every file, before the ledger'])(
    'and interrupted %s goes on at the next start (R 27)',
    async when => {
      await withFiles();
      const { settings } = world;
      await world.service.stop();
      await rm(join(world.lakePath, 'model.json'));
      const { openLedger } = await import('../../src/ledger/ledger.ts');
      const ledger = await openLedger({
        path: join(settings.home, 'ledger.db'),
        keyPath: join(settings.home, 'secret.key'),
        secretKey: null,
        actor: 'test',
        clock: systemClock,
      });
      const [link] = await ledger.links();
      if (link === undefined) throw new Error('one link');
      await ledger.beginRemoveLink(link.id, { deleteData: true, deleteForeign: false });
      await ledger.close();
      if (when !== 'after the manifest') {
        const lake = await new FolderLakes({ newId: randomUUID, clock: systemClock }).open(link);
        await lake.erase({ foreign: false });
        await lake.close();
      }
      await world.start();
      expect(links().links()).toEqual([]);
      expect((await readdir(world.lakePath)).sort()).toEqual(['account', 'notes']);
      expect(existsSync(join(world.lakePath, '.lakelink'))).toBe(false);
    },
  );
});
