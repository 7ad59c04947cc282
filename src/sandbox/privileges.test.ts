import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  crateId,
  openSandboxWorld,
  readAll,
  type SandboxWorld,
  worldApplication,
} from '../../test/kit/sandbox-wire.ts';
import type { ReadLevel } from './applications.ts';

let world: SandboxWorld;
const [root, east] = [crateId(902), crateId(930)];
const [bob, carol] = [crateId(931), crateId(932)];

beforeEach(async () => {
  world = await openSandboxWorld({ accessTokenLifeMs: 3_600_000 });
  const unit = (id: string) => ({ table: 'businessunit', id });
  const user = (id: string) => ({ table: 'systemuser', id });
  world.database.put('systemuser', [
    { systemuserid: bob, businessunitid: unit(east) },
    { systemuserid: carol, businessunitid: unit(root) },
  ]);
  world.database.put('crate', [
    { crateid: crateId(1), ownerid: user(worldApplication.userId), owningbusinessunit: unit(east) },
    { crateid: crateId(2), ownerid: user(bob), owningbusinessunit: unit(east) },
    { crateid: crateId(3), ownerid: user(carol), owningbusinessunit: unit(root) },
    { crateid: crateId(4), ownerid: user(carol) },
    { crateid: crateId(5), ownerid: user(bob) },
  ]);
});
afterEach(() => world.close());

test.each([
  ['organization', [1, 2, 3, 4, 5]],
  ['business-unit', [1, 2, 5]],
  ['user', [1]],
] as const)('at the level of %s a list shows %j', async (level, expected) => {
  await rights({ readLevels: { crate: level }, businessUnitId: east });
  expect(await listed()).toEqual(expected);
  expect(await (await world.request('crates/$count')).text()).toBe(String(expected.length));
});

test('the business unit is that of the user’s row, or the root one', async () => {
  await rights({ readLevels: { crate: 'business-unit' } });
  expect(await listed()).toEqual([1, 3, 4]);
  world.database.patch('systemuser', worldApplication.userId, { businessunitid: { table: 'businessunit', id: east } });
  expect(await listed()).toEqual([1, 2, 5]);
});

test('a row that is there but out of scope is refused, not unknown', async () => {
  await rights({ readLevels: { crate: 'user' } });
  const response = await world.request(`crates(${crateId(2)})`);
  expect([response.status, await response.json()]).toEqual([
    403,
    {
      error: {
        code: '0x80048306',
        message: expect.stringContaining(`does not have ReadAccess right(s) for record with id ${crateId(2)}`),
      },
    },
  ]);
  expect((await world.request(`crates(${crateId(1)})`)).status).toBe(200);
  expect((await world.request(`crates(${crateId(77)})`)).status).toBe(404);
});

test.each(['business-unit', 'user', 'none'] satisfies ReadLevel[])(
  'tracking is refused at the level of %s, first read, pages and deltas, also when the role is cut in mid-read',
  async level => {
    const prefer = 'odata.track-changes,odata.maxpagesize=2';
    const { deltaLink = '' } = await readAll(world, 'crates', prefer);
    const first = await world.read('crates', { prefer });
    await rights({ readLevels: { crate: level } });
    for (const path of ['crates', first['@odata.nextLink'] ?? '', deltaLink]) {
      const response = await world.request(path, { prefer });
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('prvReadcrate')]);
    }
    await rights({ readLevels: {} });
    expect((await world.request(deltaLink)).status).toBe(200);
  },
);

test('an application may read rows but no definitions; the document of the service is open to it', async () => {
  await rights({ readsDefinitions: false });
  for (const path of [
    'EntityDefinitions',
    "EntityDefinitions(LogicalName='crate')/Attributes",
    'GlobalOptionSetDefinitions',
  ]) {
    const response = await world.request(path);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('prvReadEntity')]);
  }
  for (const path of ['crates', '$metadata', 'WhoAmI']) expect((await world.request(path)).status).toBe(200);
});

async function listed(): Promise<number[]> {
  const { value } = await world.read('crates?$select=crateid');
  return value.map(row => Number(String(row.crateid).slice(-2)));
}

async function rights(changes: object): Promise<void> {
  const body = JSON.stringify({ clientId: worldApplication.clientId, ...changes });
  const response = await fetch(`${world.sandbox.url}/__sandbox/applications`, { method: 'POST', body });
  expect([response.status, await response.text()]).toEqual([204, '']);
}
