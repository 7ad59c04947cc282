import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';

let world: LedgerWorld;

beforeEach(async () => {
  world = await LedgerWorld.open();
});
afterEach(() => world.close());

describe('views', () => {
  const database = 'dataverse-sales';
  const view = (person: string, changes: { readonly name?: string; readonly replace?: boolean } = {}) =>
    world.ledger.databases.createView({
      database,
      name: 'v',
      sql: 'SELECT 1',
      user: person,
      replace: false,
      ...changes,
    });
  const drop = (person: string, name = 'v') => world.ledger.databases.dropView({ database, name, user: person });

  beforeEach(async () => {
    await world.add(ledgerLink('sales'));
    await world.user('admin', 'System Administrator');
    await world.user('maker', 'Maker', [database]);
    await world.user('colleague', 'Maker', 'all');
    await world.user('stranger', 'Maker');
    await world.user('reader', 'Reader', [database]);
  });

  test.each([
    ['admin', true],
    ['maker', true],
    ['colleague', true],
    ['stranger', false],
    ['reader', false],
    ['nobody', false],
  ])('are made by %s: %s', async (person, may) => {
    if (may) await view(person);
    else await expect(view(person)).rejects.toMatchObject({ code: 'sql/denied' });
    expect(await world.ledger.databases.views(database)).toHaveLength(may ? 1 : 0);
  });

  test('are replaced and dropped by their owner and by a System Administrator alone', async () => {
    await view('maker');
    await expect(view('maker', { name: 'V' })).rejects.toMatchObject({ code: 'sql/exists', details: { view: 'v' } });
    for (const person of ['colleague', 'stranger', 'reader']) {
      await expect(view(person, { replace: true })).rejects.toMatchObject({ code: 'sql/denied' });
      await expect(drop(person)).rejects.toMatchObject({ code: 'sql/denied' });
    }
    await view('admin', { replace: true });
    expect(await world.ledger.databases.views(database)).toMatchObject([{ name: 'v', owner: 'maker' }]);
    expect(await drop('maker', 'V')).toBe(true);
    expect(await drop('maker')).toBe(false);
  });

  test('a user who was disabled after it signed in makes and drops none', async () => {
    await view('maker');
    await world.ledger.users.change('maker', { disabled: true });
    await expect(drop('maker')).rejects.toMatchObject({ code: 'sql/denied' });
    await expect(view('maker', { name: 'w' })).rejects.toMatchObject({ code: 'sql/denied' });
  });

  test('have limits that are said', async () => {
    const long = { database, sql: 'x'.repeat(1_000_001), user: 'maker', name: 'v', replace: false };
    const refused = { code: 'input/sql', details: { sqlstate: '54000' } };
    await expect(world.ledger.databases.createView(long)).rejects.toMatchObject(refused);
    await expect(view('maker', { name: 'x'.repeat(64) })).rejects.toMatchObject(refused);
  });

  test('a database is dropped by a System Administrator alone', async () => {
    await world.unlink('sales', { deleteData: false });
    for (const person of ['maker', 'colleague', 'reader', 'nobody']) {
      const dropped = world.ledger.databases.beginDrop({ database, user: person, keepFiles: false });
      await expect(dropped).rejects.toMatchObject({ code: 'sql/denied' });
    }
    await world.ledger.databases.beginDrop({ database, user: 'admin', keepFiles: false });
    expect((await world.ledger.audit({ entriesMax: 1 }))[0]).toMatchObject({
      actor: 'sql:admin',
      action: 'database dropped',
    });
  });
});
