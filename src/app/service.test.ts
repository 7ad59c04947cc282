import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inPlace } from '../../test/kit/choices.ts';
import { fakeLake, newWorld, openTestLedger, partsOf, requestIn, type World } from '../../test/kit/service-world.ts';
import { Fault } from '../core/fault.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { CreateLinkRequest } from '../engine/control.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { LinkService } from './service.ts';

let folder: string;
let ledger: Ledger;
let world: World;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-service-'));
  ledger = await openTestLedger(folder);
  world = newWorld();
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (name: string, changes: Partial<CreateLinkRequest> = {}) => requestIn(folder, { name, ...changes });
const named = (name: string) => name as LinkName;
const tables = (...names: string[]) => inPlace(names);
const names = (...given: string[]) => given as TableName[];

async function started(): Promise<LinkService> {
  const service = new LinkService(partsOf(world, ledger));
  await service.start();
  return service;
}

describe('a new link', () => {
  test('is checked, kept, and set to work, in this order', async () => {
    const service = await started();
    const link = await service.createLink(request('sales'));
    expect(link).toMatchObject({
      environmentUrl: 'https://contoso.crm.dynamics.com',
      organizationId: 'org-1',
      lakeName: 'lake-sales',
      pollSeconds: 5,
      running: true,
    });
    expect(world.history).toEqual([
      `inspect ${join(folder, 'sales')}`,
      'read account',
      'read contact',
      'close source',
      'open lake sales',
      'start sales',
    ]);
    expect(await ledger.secret(link.id)).toBe('secret');
  });

  const failures: [string, string, (service: LinkService) => Promise<unknown>, string][] = [
    ['an address that is none', 'input/invalid', s => s.createLink(request('x', { environmentUrl: 'ftp://a' })), ''],
    ['no TLS', 'input/invalid', s => s.createLink(request('x', { environmentUrl: 'http://contoso.com' })), ''],
    ['a table named twice', 'input/invalid', s => s.createLink(request('x', { tables: tables('lead', 'lead') })), ''],
    ['an unknown table', 'source/table-unknown', s => s.createLink(request('x', { tables: tables('nope') })), ''],
    [
      'a table without tracking',
      'source/table-untracked',
      s => s.createLink(request('x', { tables: tables('quiet') })),
      '',
    ],
    [
      'a table named as the snapshot of another (R 33)',
      'input/invalid',
      s => s.createLink(request('x', { tables: tables('account', 'account_partitioned') })),
      '',
    ],
  ];

  test.each(failures)('with %s is refused by %s and nothing is made', async (_what, code, create) => {
    const service = await started();
    await expect(create(service)).rejects.toMatchObject({ code });
    expect(await ledger.links()).toEqual([]);
    expect(service.links()).toEqual([]);
    expect(world.history.filter(step => /^(open|start)/.test(step))).toEqual([]);
  });

  test('with a table that may not be read in the whole organization is refused by name (R 1)', async () => {
    const service = await started();
    world.refused.add('contact');
    await expect(service.createLink(request('sales'))).rejects.toMatchObject({
      code: 'source/forbidden',
      details: { table: 'contact' },
    });
    expect(await ledger.links()).toEqual([]);
  });

  test.each(['inspect', 'openLake', 'startLink'] as const)('is undone whole when %s fails', async step => {
    const service = await started();
    world[step] = () => {
      throw new Fault('store/read-only', {});
    };
    await expect(service.createLink(request('sales'))).rejects.toMatchObject({ code: 'store/read-only' });
    expect(await ledger.links()).toEqual([]);
    expect(service.links()).toEqual([]);
    const opened = world.history.filter(entry => entry.startsWith('open lake')).length;
    const closed = world.history.filter(entry => entry.startsWith('close lake')).length;
    if (step === 'startLink') expect(closed).toBe(opened);
    expect(world.history.includes('erase sales')).toBe(step === 'startLink');
    world[step] = () => {};
    await service.createLink(request('sales'));
    expect(service.links()).toHaveLength(1);
  });

  test('beyond the limit is refused, also when two are made at once (R 12)', async () => {
    const service = await started();
    await service.createLink(request('one'));
    const outcomes = await Promise.allSettled([
      service.createLink(request('two')),
      service.createLink(request('three')),
    ]);
    expect(outcomes.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(outcome => outcome.status === 'rejected')).toMatchObject({ reason: { code: 'link/limit' } });
    expect(await ledger.links()).toHaveLength(2);
    expect(service.links()).toHaveLength(2);
  });
});

describe('another secret', () => {
  test('is kept when it signs in to the same organization, and the link works with it', async () => {
    const service = await started();
    const { id } = await service.createLink(request('sales'));
    await service.replaceSecret(named('sales'), 'newer');
    expect(await ledger.secret(id)).toBe('newer');
    expect(world.history.slice(-4)).toEqual(['stop sales', 'close lake sales', 'open lake sales', 'start sales']);
  });

  test('of another organization is refused and the link goes on as it was', async () => {
    const service = await started();
    const { id } = await service.createLink(request('sales'));
    world.identity = () => 'org-2';
    await expect(service.replaceSecret(named('sales'), 'newer')).rejects.toMatchObject({ code: 'source/changed' });
    expect(await ledger.secret(id)).toBe('secret');
    expect(service.link(named('sales')).running).toBe(true);
  });
});

describe('tables', () => {
  test('are checked before they are added, and set to work', async () => {
    const service = await started();
    await service.createLink(request('sales'));
    await expect(
      service.addTables(named('sales'), names('account'), { partitionStrategy: null, appendOnly: false }),
    ).rejects.toMatchObject({ code: 'link/table-exists' });
    await service.addTables(named('sales'), names('lead'), { partitionStrategy: 'month', appendOnly: false });
    expect(world.history.at(-1)).toBe('add lead');
    expect((await ledger.links())[0]?.tables.map(one => one.table)).toEqual(['account', 'contact', 'lead']);
  });

  test('whose removal was cut short are removed when the service starts again', async () => {
    const service = await started();
    await service.createLink(request('sales'));
    world.removeTables = () => {
      throw new Fault('store/failed', {});
    };
    const cut = service.removeTables(named('sales'), names('contact'), { deleteData: true });
    await expect(cut).rejects.toMatchObject({ code: 'store/failed' });
    await service.stop();
    world.removeTables = () => {};
    world.history.length = 0;
    await started();
    expect(world.history).toEqual(['open lake sales', 'start sales', 'remove contact with data']);
    expect((await ledger.links())[0]?.tables.map(one => one.table)).toEqual(['account']);
  });
});

describe('the end of a link', () => {
  test('keeps the data unless it was asked for', async () => {
    const service = await started();
    await service.createLink(request('sales'));
    await service.deleteLink(named('sales'), { deleteData: false, deleteForeign: false });
    expect(world.history.slice(-2)).toEqual(['stop sales', 'close lake sales']);
    expect(service.links()).toEqual([]);
    expect(await ledger.links()).toEqual([]);
  });

  test('with its data removes the tables, then what is left of the link', async () => {
    const service = await started();
    await service.createLink(request('sales'));
    await service.deleteLink(named('sales'), { deleteData: true, deleteForeign: false });
    expect(world.history.slice(-4)).toEqual(['start sales', 'stop sales', 'erase sales', 'close lake sales']);
  });

  test('that was cut short goes on at the next start (R 27)', async () => {
    const service = await started();
    await service.createLink(request('sales'));
    world.erase = () => {
      throw new Fault('store/failed', {});
    };
    await expect(service.deleteLink(named('sales'), { deleteData: true, deleteForeign: false })).rejects.toThrow();
    await service.stop();
    world.erase = () => {};
    world.history.length = 0;
    const again = await started();
    expect(again.links()).toEqual([]);
    expect(await ledger.links()).toEqual([]);
    expect(world.history).toEqual(['open lake sales', 'erase sales', 'close lake sales']);
  });
});

describe('start and stop', () => {
  test('a link that cannot start is shown with its reason, does not hold up others, and is tried again (I-8)', async () => {
    const first = await started();
    await first.createLink(request('bad'));
    await first.createLink(request('good'));
    await first.stop();
    let refusals = 2;
    const parts = partsOf(world, ledger);
    const service = new LinkService({
      ...parts,
      lakes: {
        ...parts.lakes,
        open: async link => {
          if (link.name === 'bad' && refusals > 0) {
            refusals -= 1;
            throw new Fault('store/missing', { path: link.lakePath });
          }
          return fakeLake(world, link);
        },
      },
    });
    await service.start();
    const bad = service.links().find(link => link.name === 'bad');
    expect(bad).toMatchObject({ running: false, error: { code: 'store/missing' } });
    expect(service.links().find(link => link.name === 'good')).toMatchObject({ running: true, error: null });
    expect(service.status(named('bad'))).toMatchObject([{ label: 'Paused', error: { code: 'store/missing' } }, {}]);
    while (service.links().some(link => !link.running)) await new Promise(resolve => setImmediate(resolve));
    expect(service.links().every(link => link.running && link.error === null)).toBe(true);
    await service.stop();
  });

  test('after a stop nothing more is made', async () => {
    const service = await started();
    await service.stop();
    await expect(service.createLink(request('sales'))).rejects.toMatchObject({ code: 'service/stopped' });
    await service.stop();
  });
});
