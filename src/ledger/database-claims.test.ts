import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';
import type { LinkName } from '../core/names.ts';

let world: LedgerWorld;

beforeEach(async () => {
  world = await LedgerWorld.open();
});
afterEach(() => world.close());

describe('the database of a link', () => {
  test('is there with its link, stays when that ends with its data kept, and goes when it ends with its data', async () => {
    await world.add(ledgerLink('sales'));
    await world.add(ledgerLink('other'));
    expect(await world.databases()).toEqual(['dataverse-other: other', 'dataverse-sales: sales']);
    await world.ledger.beginRemoveLink('id-sales', { deleteData: false, deleteForeign: false });
    expect(await world.databases()).toContain('dataverse-sales: sales');
    await world.ledger.finishRemoveLink('id-sales');
    await world.unlink('other', { deleteData: true });
    expect(await world.databases()).toEqual(['dataverse-sales: none']);
    expect((await world.ledger.databases.list())[0]).toMatchObject({
      keptAt: '2026-01-01T00:00:00.000Z',
      dropping: false,
    });
  });

  test('that was kept keeps its name for itself, until it is dropped', async () => {
    await world.add(ledgerLink('sales'));
    await world.unlink('sales', { deleteData: false });
    const again = () => world.add(ledgerLink('again', { lakeName: 'dataverse-sales' }));
    await expect(again()).rejects.toMatchObject({
      code: 'lake/name-taken',
      details: { proposal: 'dataverse-sales-2', reason: 'no link uses it any more' },
    });
    expect(
      await world.ledger.databases.beginDrop({ database: 'dataverse-sales', user: null, keepFiles: true }),
    ).toBeNull();
    await again();
    expect(await world.databases()).toEqual(['dataverse-sales: again']);
  });

  test('comes back with its lake, under the name it has now, with rights and views', async () => {
    await world.add(ledgerLink('sales'));
    await world.user('maria', 'Maker', ['dataverse-sales']);
    const view = { database: 'dataverse-sales', name: 'v', sql: 'SELECT 1', user: 'maria', replace: false };
    await world.ledger.databases.createView(view);
    await world.unlink('sales', { deleteData: false });
    await world.add(ledgerLink('sales', { name: 'renamed' as LinkName, lakeName: 'dataverse-new' }));
    expect(await world.databases()).toEqual(['dataverse-new: renamed']);
    expect((await world.ledger.users.list())[0]?.databases).toEqual(['dataverse-new']);
    expect(await world.ledger.databases.views('dataverse-new')).toMatchObject([{ name: 'v', owner: 'maria' }]);
  });

  test('of another lake in the same folder gives nobody the rights that the first one gave', async () => {
    await world.add(ledgerLink('sales'));
    await world.user('maria', 'Reader', ['dataverse-sales']);
    await world.unlink('sales', { deleteData: false });
    await world.add(ledgerLink('sales', { id: 'id-another' }));
    expect(await world.databases()).toEqual(['dataverse-sales: sales']);
    expect((await world.ledger.users.list())[0]?.databases).toEqual([]);
  });

  test('leaves no trace when its link could not begin; one that was there before stays', async () => {
    await world.add(ledgerLink('sales'));
    await world.ledger.finishRemoveLink('id-sales');
    expect(await world.databases()).toEqual([]);
    await world.add(ledgerLink('sales'));
    await world.unlink('sales', { deleteData: false });
    await world.add(ledgerLink('sales'));
    await world.ledger.finishRemoveLink('id-sales');
    expect(await world.databases()).toEqual(['dataverse-sales: none']);
  });

  test.each(['postgres', 'template1', 'all'])('is not named %s', async lakeName => {
    const refused = { code: 'lake/name-taken', details: { proposal: `${lakeName}-2` } };
    await expect(world.add(ledgerLink('sales', { lakeName }))).rejects.toMatchObject(refused);
  });

  test('is not dropped while a link uses it, paused or being removed', async () => {
    await world.add(ledgerLink('sales'));
    const drop = () => world.ledger.databases.beginDrop({ database: 'dataverse-sales', user: null, keepFiles: false });
    const refused = { code: 'sql/in-use', details: { link: 'sales' } };
    await expect(drop()).rejects.toMatchObject(refused);
    await world.ledger.changeLink('id-sales', { paused: 'maintenance' }, 'link paused');
    await expect(drop()).rejects.toMatchObject(refused);
    await world.ledger.beginRemoveLink('id-sales', { deleteData: false, deleteForeign: false });
    await expect(drop()).rejects.toMatchObject(refused);
    await world.ledger.finishRemoveLink('id-sales');
    expect(await drop()).toEqual({ database: 'dataverse-sales', lakePath: '/lakes/sales', lakeId: 'id-sales' });
  });

  test('that is being dropped is remembered, takes no link and no grant, and goes when it is finished', async () => {
    await world.add(ledgerLink('sales'));
    await world.user('maria', 'Reader');
    await world.unlink('sales', { deleteData: false });
    await world.ledger.databases.beginDrop({ database: 'dataverse-sales', user: null, keepFiles: false });
    await world.reopen();
    expect(await world.ledger.databases.drops()).toMatchObject([{ database: 'dataverse-sales', lakeId: 'id-sales' }]);
    await expect(world.add(ledgerLink('sales'))).rejects.toMatchObject({ code: 'store/busy' });
    await expect(world.add(ledgerLink('x', { lakeName: 'dataverse-sales' }))).rejects.toMatchObject({
      code: 'lake/name-taken',
    });
    await expect(world.ledger.users.grant('maria', ['dataverse-sales'])).rejects.toMatchObject({
      code: 'sql/database-unknown',
    });
    // Files that may be gone do not stay because somebody asks again.
    const again = { database: 'dataverse-sales', user: null, keepFiles: true };
    expect(await world.ledger.databases.beginDrop(again)).toMatchObject({ lakePath: '/lakes/sales' });
    await world.ledger.databases.finishDrop('dataverse-sales');
    expect([await world.databases(), await world.ledger.databases.drops()]).toEqual([[], []]);
    await expect(world.ledger.databases.beginDrop(again)).rejects.toMatchObject({ code: 'sql/database-unknown' });
  });
});
