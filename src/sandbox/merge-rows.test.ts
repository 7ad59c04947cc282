import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import { installCatalogue } from './seed.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  installCatalogue(world.database, { seed: 1 });
  const parent = { table: 'account', id: crateId(2) };
  world.database.put('account', [
    { accountid: crateId(1), name: 'target', statecode: 0, parentaccountid: parent },
    { accountid: crateId(2), name: 'subordinate', statecode: 0 },
    { accountid: crateId(3), name: 'child', statecode: 0, parentaccountid: parent },
  ]);
  world.database.put('contact', [{ contactid: crateId(4), lastname: 'Doe', parentcustomerid: parent }]);
  world.database.put('annotation', [{ annotationid: crateId(5), subject: 'note', objectid: parent }]);
});
afterEach(() => world.close());

const target = { '@odata.type': 'Microsoft.Dynamics.CRM.account', accountid: crateId(1) };
const subordinate = { '@odata.type': 'Microsoft.Dynamics.CRM.account', accountid: crateId(2) };

test('a merge moves what points to the subordinate, fills the target and closes the subordinate', async () => {
  const before = world.database.version();
  const content = { '@odata.type': 'Microsoft.Dynamics.CRM.account', telephone1: '555', revenue: 1.5 };
  const merged = await merge({ Target: target, Subordinate: subordinate, UpdateContent: content });
  expect(merged.status).toBe(204);
  const to = { table: 'account', id: crateId(1) };
  expect(world.database.get('account', crateId(3))?.row.parentaccountid).toEqual(to);
  expect(world.database.get('contact', crateId(4))?.row.parentcustomerid).toEqual(to);
  expect(world.database.get('annotation', crateId(5))?.row.objectid).toEqual(to);
  const kept = world.database.get('account', crateId(1));
  expect(kept?.row).toMatchObject({ name: 'target', telephone1: '555', statecode: 0 });
  expect(kept?.row.parentaccountid).toBeUndefined();
  expect(world.database.get('account', crateId(2))?.row).toMatchObject({
    merged: true,
    masterid: to,
    statecode: 1,
    statuscode: 2,
  });
  for (const number of [1, 2, 3]) {
    expect(world.database.get('account', crateId(number))?.version).toBeGreaterThan(before);
  }
});

test.each([
  ['a row with itself', { Target: target, Subordinate: target }, '0x80045305'],
  ['rows of other parents, when asked to look', { PerformParentingChecks: true }, '0x80045316'],
  ['a bad content', { UpdateContent: { nope: 1 } }, '0x80048d19'],
  ['a row that is not there', { Subordinate: { ...subordinate, accountid: crateId(9) } }, '0x80040217'],
  [
    'rows of a table without masters',
    { Target: { ...target, '@odata.type': 'Microsoft.Dynamics.CRM.task' } },
    '0x80040203',
  ],
  ['rows of no type', { Target: { accountid: crateId(1) } }, '0x80048d19'],
])('a merge of %s is refused and nothing of it stays', async (_what, given, code) => {
  const before = world.database.version();
  const refused = await merge({ Target: target, Subordinate: subordinate, ...given });
  expect(await refused.json()).toMatchObject({ error: { code } });
  expect(world.database.version()).toBe(before);
});

test('a row that was merged is not merged again', async () => {
  expect((await merge({ Target: target, Subordinate: subordinate })).status).toBe(204);
  const again = await merge({ Target: target, Subordinate: subordinate });
  expect([again.status, await again.json()]).toMatchObject([400, { error: { code: '0x80045304' } }]);
});

test('the definitions of relationships tell which links a merge moves', async () => {
  const shown = async (name: string) => {
    const { CascadeConfiguration: cascade } = await world.read(`RelationshipDefinitions(SchemaName='${name}')`);
    return cascade;
  };
  expect(await shown('contact_customer_accounts')).toMatchObject({ Merge: 'Cascade', Delete: 'Cascade' });
  expect(await shown('account_master_account')).toMatchObject({ Merge: 'NoCascade', Delete: 'RemoveLink' });
});

function merge(body: object): Promise<Response> {
  return world.request('Merge', { method: 'POST', body: JSON.stringify(body) });
}
