import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld, openTestLedger, partsOf, requestIn, type World } from '../../test/kit/service-world.ts';
import { choicesOf } from '../core/choice-differences.ts';
import { Fault } from '../core/fault.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { LinkService } from './service.ts';

let folder: string;
let ledger: Ledger;
let world: World;
let service: LinkService;
const sales = parseLinkName('sales');
const account = parseTableName('account');
const contact = parseTableName('contact');
const lead = parseTableName('lead');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-service-'));
  ledger = await openTestLedger(folder);
  world = newWorld();
  service = await started();
  await service.createLink(requestIn(folder, { name: 'sales' }));
  world.history.length = 0;
});

afterEach(async () => {
  await service.stop();
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function started(): Promise<LinkService> {
  const made = new LinkService(partsOf(world, ledger));
  await made.start();
  return made;
}

async function startedAgain(): Promise<void> {
  await service.stop();
  world.history.length = 0;
  service = await started();
}

describe('a live link', () => {
  test('follows what was changed; a restart finds it so', async () => {
    await service.changeLink(sales, { pollSeconds: 2, snapshotMinutes: 30 });
    await service.changeTables(sales, [contact], { appendOnly: true });
    await service.pause(sales, { tables: [account], reason: 'bulk import' });
    expect(world.history).toEqual(['change sales', 'change sales', 'change sales']);
    await startedAgain();
    expect(service.link(sales)).toMatchObject({
      pollSeconds: 2,
      snapshotMinutes: 30,
      tables: [
        { table: account, paused: 'bulk import', appendOnly: false },
        { table: contact, paused: null, appendOnly: true },
      ],
    });
    await service.resume(sales, { tables: [account] });
    expect((await ledger.links())[0]?.tables[0]?.paused).toBeNull();
  });

  test('that does not run is changed all the same', async () => {
    world.openLake = () => {
      throw new Fault('store/missing', {});
    };
    await startedAgain();
    await service.pause(sales, { tables: null, reason: 'the disk is away' });
    expect(service.status(sales)).toMatchObject([{ paused: 'the disk is away' }, { paused: 'the disk is away' }]);
    expect((await ledger.links())[0]).toMatchObject({ paused: 'the disk is away' });
  });

  test('keeps a table append-only that cannot be in place, and says so', async () => {
    world.appendOnly.add(contact);
    await expect(service.changeTables(sales, [contact], { appendOnly: false })).rejects.toMatchObject({
      code: 'link/append-only',
    });
    await expect(service.changeTables(sales, [lead], { appendOnly: true })).rejects.toMatchObject({
      code: 'link/table-unknown',
    });
    expect(world.history).toEqual([]);
  });

  test('of incremental folders has no modes, strategies or snapshots to change', async () => {
    await service.createLink(requestIn(folder, { name: 'folders', output: 'incremental' }));
    const folders = parseLinkName('folders');
    for (const change of [{ appendOnly: true }, { partitionStrategy: 'day' } as const]) {
      await expect(service.changeTables(folders, [account], change)).rejects.toMatchObject({ code: 'input/invalid' });
    }
    await expect(service.changeLink(folders, { snapshotMinutes: 5 })).rejects.toMatchObject({ code: 'input/invalid' });
    expect(await service.changeLink(folders, { incrementalMinutes: 5 })).toMatchObject({ incrementalMinutes: 5 });
  });
});

describe('choices that are applied', () => {
  const wanted = () => {
    const now = choicesOf(service.link(sales));
    const [first] = now.tables;
    if (first === undefined) throw new Error('a table');
    const tables = [
      { ...first, appendOnly: true },
      { ...first, table: lead },
    ];
    return { ...now, snapshotMinutes: 10, tables };
  };

  test('are held against what the environment allows before anything is done', async () => {
    world.refused.add(lead);
    const applied = service.applyChoices(sales, wanted(), { dryRun: false, deleteData: false });
    await expect(applied).rejects.toMatchObject({ code: 'source/forbidden', details: { table: lead } });
    expect(service.link(sales)).toMatchObject({
      snapshotMinutes: null,
      tables: [{ table: account }, { table: contact }],
    });
  });

  test('and fail half way are completed when they are given again', async () => {
    world.removeTables = () => {
      throw new Fault('store/failed', {});
    };
    const options = { dryRun: false, deleteData: false };
    await expect(service.applyChoices(sales, wanted(), options)).rejects.toMatchObject({ code: 'store/failed' });
    world.removeTables = () => {};
    const next = wanted();
    await service.applyChoices(sales, next, options);
    expect(choicesOf(service.link(sales))).toEqual(next);
    expect(world.history.at(-1)).toBe('add lead');
    expect(world.history.filter(event => event === 'remove contact')).toHaveLength(2);
    expect(await ledger.removals(service.link(sales).id)).toEqual([]);
  });
});

describe('a removal that failed half way', () => {
  const fail = () => {
    throw new Fault('store/failed', {});
  };
  const removed = () => service.removeTables(sales, [contact], { deleteData: true });

  test('comes to its end before the table is added again', async () => {
    world.removeTables = fail;
    await expect(removed()).rejects.toMatchObject({ code: 'store/failed' });
    world.removeTables = () => {};
    world.history.length = 0;
    await service.addTables(sales, [contact], { partitionStrategy: null, appendOnly: true });
    expect(world.history.slice(-2)).toEqual(['remove contact with data', 'add contact']);
    expect(await ledger.removals(service.link(sales).id)).toEqual([]);
  });

  test('is gone on with until it succeeds, also where the link runs meanwhile', async () => {
    world.removeTables = fail;
    await expect(removed()).rejects.toMatchObject({ code: 'store/failed' });
    let refusals = 2;
    world.removeTables = () => {
      if (refusals-- > 0) fail();
    };
    await startedAgain();
    expect(service.link(sales)).toMatchObject({ running: true, error: { code: 'store/failed' } });
    for (let n = 0; n < 1_000 && service.link(sales).error !== null; n += 1) {
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(service.link(sales)).toMatchObject({ running: true, error: null });
    expect(await ledger.removals(service.link(sales).id)).toEqual([]);
  });
});

test('tables that were added run, whatever becomes of the mark in the lake', async () => {
  world.describe = () => {
    throw new Fault('store/failed', {});
  };
  const added = service.addTables(sales, [lead], { partitionStrategy: null, appendOnly: false });
  await expect(added).rejects.toMatchObject({ code: 'store/failed' });
  expect(world.history.at(-1)).toBe('add lead');
});

describe('a link that is being deleted', () => {
  test('whose lake is gone already is deleted from the ledger at the next start', async () => {
    world.erase = () => {
      throw new Fault('store/failed', {});
    };
    const options = { deleteData: true, deleteForeign: true };
    await expect(service.deleteLink(sales, options)).rejects.toMatchObject({ code: 'store/failed' });
    world.openLake = () => {
      throw new Fault('store/missing', {});
    };
    await startedAgain();
    expect(service.links()).toEqual([]);
    expect(await ledger.links()).toEqual([]);
  });

  test('and whose lake cannot be opened stays, says why, and is deleted later', async () => {
    world.erase = () => {
      throw new Fault('store/failed', {});
    };
    await expect(service.deleteLink(sales, { deleteData: true, deleteForeign: false })).rejects.toThrow();
    world.erase = () => {};
    let refusals = 1;
    world.openLake = () => {
      if (refusals-- > 0) throw new Fault('store/busy', {});
    };
    await startedAgain();
    expect(service.link(sales)).toMatchObject({ running: false, error: { code: 'store/busy' } });
    while (service.links().length > 0) await new Promise(resolve => setImmediate(resolve));
    expect(world.history.at(-2)).toBe('erase sales');
  });
});
