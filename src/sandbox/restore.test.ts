import { afterEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { SandboxOptions } from './server.ts';

let world: SandboxWorld;
afterEach(() => world.close());

const tracked = 'odata.track-changes,odata.maxpagesize=2';

test('a restore takes back rows, deletes, definitions and the version counter, and gives versions out again', async () => {
  await open();
  world.database.remove('crate', crateId(3));
  const before = { version: world.database.version(), tables: world.database.tables() };
  await lever('restore-point', { name: 'before' });
  const { deltaLink = '' } = await readAll(world, 'crates?$select=name', tracked);
  world.database.patch('crate', crateId(1), { name: 'later' });
  world.database.put('crate', [{ crateid: crateId(3) }]);
  world.database.removeColumn('crate', 'note');
  world.database.dropTable('box');
  await lever('restore', { name: 'before' });
  expect(world.database.version()).toBe(before.version);
  expect(world.database.tables()).toEqual(before.tables);
  expect((await readAll(world, 'crates?$select=name', tracked)).rows.map(row => row.name)).toEqual([
    'crate 1',
    'crate 2',
  ]);
  expect((await world.read(deltaLink)).value).toEqual([]);
  world.database.patch('crate', crateId(2), { name: 'again' });
  expect(world.database.get('crate', crateId(2))?.version).toBe(before.version + 1n);
  expect((await world.read(deltaLink)).value.map(row => row.name)).toEqual(['again']);
});

test('a point can be returned to again and again, and named anew', async () => {
  await open();
  await lever('restore-point', { name: 'a' });
  world.database.patch('crate', crateId(1), { name: 'b' });
  await lever('restore-point', { name: 'b' });
  for (const [name, value] of [
    ['a', 'crate 1'],
    ['b', 'b'],
    ['a', 'crate 1'],
  ] as const) {
    await lever('restore', { name });
    expect(world.database.get('crate', crateId(1))?.row.name).toBe(value);
  }
  world.database.patch('crate', crateId(1), { name: 'c' });
  await lever('restore-point', { name: 'a' });
  world.database.patch('crate', crateId(1), { name: 'd' });
  await lever('restore', { name: 'a' });
  expect(world.database.get('crate', crateId(1))?.row.name).toBe('c');
  expect(await (await fetch(`${world.sandbox.localUrl}/__sandbox/restore-point`)).json()).toEqual(['a', 'b']);
});

test.each([
  ['empty', 200],
  ['expired', 400],
] as const)('a token of the time that was taken back is answered: %s', async (deltaTokenFromFuture, status) => {
  await open({ deltaTokenFromFuture });
  await lever('restore-point', { name: 'before' });
  world.database.patch('crate', crateId(1), { name: 'later' });
  const { deltaLink = '' } = await readAll(world, 'crates', tracked);
  await lever('restore', { name: 'before' });
  const response = await world.request(deltaLink);
  expect(response.status).toBe(status);
  const text = await response.text();
  expect(text).toContain(status === 200 ? '"value":[]' : '0x80044352');
});

test('a restored environment may be another organization', async () => {
  await open();
  await lever('restore-point', { name: 'before' });
  await lever('restore', { name: 'before', newOrganizationId: '0000000A-0000-4000-8000-000000000001' });
  expect((await world.read('WhoAmI')).OrganizationId).toBe('0000000a-0000-4000-8000-000000000001');
});

test('pages by creation show what is restored, although its versions were given out before', async () => {
  await open({ pageOrder: 'created' });
  await lever('restore-point', { name: 'before' });
  world.database.remove('crate', crateId(1));
  expect((await world.read('crates')).value.length).toBe(2);
  await lever('restore', { name: 'before' });
  world.database.put('crate', [{ crateid: crateId(9) }]);
  expect((await world.read('crates')).value.length).toBe(4);
});

test('in administration mode nobody but an administrator is answered, who has a token or not', async () => {
  await open();
  await lever('admin-mode', { on: true });
  const response = await world.request('crates');
  expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('administration mode')]);
  expect(await world.token()).toMatch(/\./);
  await lever('admin-mode', { on: false });
  expect((await world.request('crates')).status).toBe(200);
});

test('a renamed environment shows its new names; with a new URL the old one and its tokens end', async () => {
  await open();
  await lever('rename', { friendlyName: 'New name', uniqueName: 'new' });
  const asked = "RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')";
  expect((await world.read(asked)).Detail).toMatchObject({ FriendlyName: 'New name', UniqueName: 'new' });
  const url = world.sandbox.localUrl.replace('127.0.0.1', 'localhost');
  await lever('rename', { url });
  expect(world.sandbox.url).toBe(url);
  const old = await world.request('crates');
  expect([old.status, old.headers.get('content-type')]).toEqual([404, 'text/html']);
  const moved = `${url}/api/data/v9.2/crates`;
  expect((await world.request(moved)).status).toBe(401);
  const headers = { authorization: `Bearer ${await world.token()}` };
  const page = await world.read(moved, { headers, prefer: tracked });
  expect(page['@odata.nextLink']).toContain(`${moved}?$skiptoken=`);
});

test('a point that was never made and a lever used wrongly are refused in words', async () => {
  await open();
  for (const [name, body] of [
    ['restore', { name: 'nothing' }],
    ['restore', { name: 'x', newOrganizationId: 'x' }],
    ['restore-point', {}],
    ['admin-mode', { on: 'yes' }],
    ['rename', { url: 'ftp://x' }],
  ] as const) {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${world.sandbox.localUrl}/__sandbox/${name}`, init);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.any(String) }]);
  }
});

async function open(options: Partial<SandboxOptions> = {}): Promise<void> {
  world = await openSandboxWorld({ accessTokenLifeMs: 3_600_000, ...options });
  world.database.put(
    'crate',
    [1, 2, 3].map(number => ({ crateid: crateId(number), name: `crate ${number}` })),
  );
}

async function lever(name: string, body: object): Promise<void> {
  const response = await fetch(`${world.sandbox.localUrl}/__sandbox/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([204, '']);
}
