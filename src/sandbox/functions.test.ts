import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, type SandboxWorld, worldUser } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

test('WhoAmI names the application’s user, its business unit and the organization', async () => {
  for (const path of ['WhoAmI', 'WhoAmI()']) {
    expect(await world.read(path)).toMatchObject({
      UserId: worldUser,
      BusinessUnitId: crateId(902),
      OrganizationId: crateId(900),
    });
  }
});

test('the organization is retrieved with its access type, also by an alias, and not without', async () => {
  const type = "Microsoft.Dynamics.CRM.EndpointAccessType'Default'";
  for (const path of [`(AccessType=${type})`, `(AccessType=@p1)?@p1=${type}`]) {
    const { Detail } = await world.read(`RetrieveCurrentOrganization${path}`);
    expect(Detail).toMatchObject({ OrganizationId: crateId(900), UniqueName: 'world', FriendlyName: 'World' });
  }
  for (const path of ['()', "(AccessType='Nowhere')", '(AccessType=@p1)']) {
    expect((await world.request(`RetrieveCurrentOrganization${path}`)).status).toBe(400);
  }
});

test('row counts come for several tables in one request', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }, { crateid: crateId(2) }]);
  const names = encodeURIComponent('["crate","box"]');
  const { EntityRecordCountCollection } = await world.read(`RetrieveTotalRecordCount(EntityNames=@p1)?@p1=${names}`);
  expect(EntityRecordCountCollection).toMatchObject({ Keys: ['crate', 'box'], Values: [2, 0] });
  expect((await world.request('RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["nope"]')).status).toBe(400);
  expect((await world.request('RetrieveTotalRecordCount(EntityNames=@p1)?@p1=nope')).status).toBe(400);
});

test('where counts come from a snapshot, a table keeps its first figure for a day of the clock', async () => {
  const cached = await openSandboxWorld({ recordCounts: 'cached', accessTokenLifeMs: 48 * 3_600_000 });
  const count = async () => {
    const path = 'RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["crate"]';
    return ((await cached.read(path)).EntityRecordCountCollection as { Values: number[] }).Values[0];
  };
  expect(await count()).toBe(0);
  cached.database.put('crate', [{ crateid: crateId(1) }]);
  cached.clock.nowMs += 24 * 3_600_000 - 1;
  expect(await count()).toBe(0);
  cached.clock.nowMs += 1;
  expect(await count()).toBe(1);
  await cached.close();
});
