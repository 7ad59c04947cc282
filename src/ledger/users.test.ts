import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerWorld, ledgerLink, someVerifier } from '../../test/kit/ledger-world.ts';

let world: LedgerWorld;

beforeEach(async () => {
  world = await LedgerWorld.open();
});
afterEach(() => world.close());

describe('users', () => {
  beforeEach(async () => {
    await world.add(ledgerLink('sales'));
    await world.add(ledgerLink('other'));
  });

  test('come back as they were kept, with what checks their passwords', async () => {
    await world.user('maria', 'Reader', ['dataverse-sales']);
    await world.user('Åsa', 'System Administrator', 'all');
    await world.reopen();
    const maria = { name: 'maria', role: 'Reader', databases: ['dataverse-sales'], disabled: false };
    expect(await world.ledger.users.find('maria')).toEqual({
      ...maria,
      createdAt: '2026-01-01T00:00:00.000Z',
      verifier: someVerifier,
    });
    expect((await world.ledger.users.list()).map(({ name, databases }) => [name, databases])).toEqual([
      ['maria', ['dataverse-sales']],
      ['Åsa', 'all'],
    ]);
    expect(await world.ledger.users.find('Maria')).toBeNull();
  });

  test('have one name each; a refused one leaves nothing', async () => {
    await world.user('maria', 'Reader');
    await expect(world.user('maria', 'Maker')).rejects.toMatchObject({ code: 'sql/exists' });
    await expect(world.user('hugo', 'Reader', ['dataverse-sales', 'nope'])).rejects.toMatchObject({
      code: 'sql/database-unknown',
      details: { database: 'nope' },
    });
    expect((await world.ledger.users.list()).map(({ name, role }) => [name, role])).toEqual([['maria', 'Reader']]);
  });

  test('are granted and lose databases one by one, or all', async () => {
    await world.user('maria', 'Reader');
    const { users } = world.ledger;
    await users.grant('maria', ['dataverse-sales']);
    expect((await users.grant('maria', ['dataverse-sales'])).databases).toEqual(['dataverse-sales']);
    expect((await users.grant('maria', 'all')).databases).toBe('all');
    await expect(users.revoke('maria', ['dataverse-sales'])).rejects.toMatchObject({ code: 'input/invalid' });
    expect((await users.revoke('maria', 'all')).databases).toEqual(['dataverse-sales']);
    expect((await users.revoke('maria', ['dataverse-sales'])).databases).toEqual([]);
    expect((await users.revoke('maria', ['dataverse-sales'])).databases).toEqual([]);
    await expect(users.grant('maria', ['nope'])).rejects.toMatchObject({ code: 'sql/database-unknown' });
    await expect(users.grant('nobody', 'all')).rejects.toMatchObject({ code: 'sql/user-unknown' });
  });

  test('lose the database that was dropped, and do not get it back with its name', async () => {
    await world.user('maria', 'Reader', ['dataverse-sales']);
    await world.unlink('sales', { deleteData: true });
    await world.add(ledgerLink('sales'));
    expect((await world.ledger.users.list())[0]?.databases).toEqual([]);
  });

  test('change role, password and whether they may sign in; a deleted one is gone', async () => {
    await world.user('maria', 'Reader');
    const { users } = world.ledger;
    expect(await users.change('maria', { role: 'Maker', disabled: true })).toMatchObject({
      role: 'Maker',
      disabled: true,
    });
    await users.setVerifier('maria', { ...someVerifier, salt: 'other' });
    expect((await users.find('maria'))?.verifier.salt).toBe('other');
    await users.remove('maria');
    expect(await users.find('maria')).toBeNull();
    for (const change of [users.remove('maria'), users.change('maria', {}), users.setVerifier('maria', someVerifier)]) {
      await expect(change).rejects.toMatchObject({ code: 'sql/user-unknown' });
    }
  });

  test('leave every change in the audit with who made it, never what checks a password', async () => {
    await world.user('maria', 'Maker', ['dataverse-sales']);
    await world.ledger.users.setVerifier('maria', someVerifier);
    await world.ledger.users.grant('maria', 'all');
    await world.ledger.users.revoke('maria', 'all');
    await world.ledger.users.change('maria', { disabled: false });
    const view = { database: 'dataverse-sales', name: 'v', sql: 'SELECT 1', user: 'maria', replace: false };
    await world.ledger.databases.createView(view);
    await world.ledger.databases.createView({ ...view, replace: true });
    await world.ledger.databases.dropView(view);
    await world.ledger.users.remove('maria');
    await world.unlink('sales', { deleteData: false });
    await world.ledger.databases.beginDrop({ database: 'dataverse-sales', user: null, keepFiles: false });
    const audit = (await world.ledger.audit({ entriesMax: 100 })).reverse();
    expect(audit.slice(2).map(({ actor, action }) => `${actor}: ${action}`)).toEqual([
      'operator: user created',
      'operator: password replaced',
      'operator: databases granted',
      'operator: databases revoked',
      'operator: user changed',
      'sql:maria: view created',
      'sql:maria: view replaced',
      'sql:maria: view dropped',
      'operator: user deleted',
      'operator: link deleted',
      'operator: database dropped',
    ]);
    for (const part of Object.values(someVerifier)) expect(JSON.stringify(audit)).not.toContain(String(part));
  });
});
