import { afterEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { SandboxOptions } from './server.ts';

let world: SandboxWorld;
afterEach(() => world.close());

const tracked = 'odata.track-changes,odata.maxpagesize=2';

test('a first read gives all rows and a token on its last page only; the next delta is empty with a new token', async () => {
  await open({ rows: 5 });
  const first = await world.read('crates?$select=name', { prefer: tracked });
  expect(Object.keys(first)).toEqual(['@odata.context', 'value', '@odata.nextLink']);
  const { rows, deltaLink } = await readAll(world, 'crates?$select=name', tracked);
  expect(rows.length).toBe(5);
  expect(deltaLink).toMatch(/crates\?\$select=name&\$deltatoken=\d+%2101%2f02%2f2024%2003%3a04%3a05$/);
  const delta = await world.read(deltaLink ?? '');
  expect(delta.value).toEqual([]);
  expect(delta['@odata.context']).toBe(`${world.api}/$metadata#crates(name)/$delta`);
  expect(delta['@odata.deltaLink']).toBeDefined();
});

test('a delta gives new and updated rows by version, then deletes with their own shape, in pages', async () => {
  await open({ rows: 4 });
  const { deltaLink } = await readAll(world, 'crates?$select=name', tracked);
  world.database.remove('crate', crateId(2));
  world.database.patch('crate', crateId(4), { name: 'first change' });
  world.database.put('crate', [{ crateid: crateId(9), name: 'new' }]);
  world.database.patch('crate', crateId(1), { name: 'last change' });
  world.database.remove('crate', crateId(3));
  const delta = await readAll(world, deltaLink ?? '', tracked);
  expect(delta.pages).toBe(3);
  expect(delta.rows.map(row => row.name ?? row.id)).toEqual([
    'first change',
    'new',
    'last change',
    crateId(2),
    crateId(3),
  ]);
  expect(delta.rows.at(-1)).toEqual({
    '@odata.context': `${world.api}/$metadata#crates/$deletedEntity`,
    id: crateId(3),
    reason: 'deleted',
  });
  expect((await world.read(delta.deltaLink ?? '')).value).toEqual([]);
});

test('a row created and deleted between two polls still comes as a delete', async () => {
  await open({ rows: 1 });
  const { deltaLink } = await readAll(world, 'crates', tracked);
  world.database.put('crate', [{ crateid: crateId(7) }]);
  world.database.remove('crate', crateId(7));
  expect((await world.read(deltaLink ?? '')).value).toEqual([expect.objectContaining({ id: crateId(7) })]);
});

test('a row deleted and made again is in one delta as a row and as a delete, the delete last', async () => {
  await open({ rows: 1 });
  const { deltaLink } = await readAll(world, 'crates', tracked);
  world.database.remove('crate', crateId(1));
  world.database.put('crate', [{ crateid: crateId(1), name: 'again' }]);
  const { value } = await world.read(deltaLink ?? '');
  expect(value.map(row => row.name ?? row.reason)).toEqual(['again', 'deleted']);
});

test.each([
  ['first-page', ['changed', 'new', 'deleted']],
  ['last-page', []],
] as const)(
  'with a token of the %s, a later delta brings of what changed between pages: %j',
  async (minted, expected) => {
    await open({ rows: 4, deltaTokenMintedAt: minted });
    const { rows, deltaLink } = await readAll(world, 'crates?$select=name', tracked, page => {
      if (page > 1) return;
      world.database.patch('crate', crateId(1), { name: 'changed' });
      world.database.put('crate', [{ crateid: '00000000-0000-4000-8000-000000000000', name: 'new' }]);
      world.database.remove('crate', crateId(2));
    });
    expect(rows.map(row => row.name)).toEqual(['crate 1', 'crate 2', 'crate 3', 'crate 4']);
    const { value } = await world.read(deltaLink ?? '');
    expect(value.map(row => row.name ?? row.reason)).toEqual(expected);
  },
);

test('a row that changes while a delta is paged is in the next delta (I-2)', async () => {
  await open({ rows: 4 });
  const { deltaLink } = await readAll(world, 'crates?$select=name', tracked);
  for (const number of [1, 2, 3, 4]) world.database.patch('crate', crateId(number), { name: `a${number}` });
  const delta = await readAll(world, deltaLink ?? '', tracked, () => {
    world.database.patch('crate', crateId(1), { name: 'b1' });
    world.database.patch('crate', crateId(4), { name: 'b4' });
  });
  expect(delta.rows.map(row => row.name)).toEqual(['a1', 'a2', 'a3']);
  expect((await world.read(delta.deltaLink ?? '')).value.map(row => row.name)).toEqual(['b1', 'b4']);
});

test.each(['$filter', '$orderby', '$expand', '$top'])('%s is refused with tracking', async name => {
  await open({ rows: 1 });
  const response = await world.request(`crates?${name}=1`, { prefer: 'odata.track-changes' });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(
    `The \\"${name}\\" query parameter isn't supported when Change Tracking is enabled.`,
  );
});

test('a table without change tracking, a broken token and an unknown column are refused', async () => {
  await open({ rows: 1 });
  const untracked = await world.request('boxes', { prefer: 'odata.track-changes' });
  expect([untracked.status, await untracked.text()]).toEqual([400, expect.stringContaining('not enabled')]);
  expect((await world.request('crates?$deltatoken=abc')).status).toBe(400);
  expect((await world.request('crates?$select=nope', { prefer: 'odata.track-changes' })).status).toBe(400);
});

test('a token past its life is an error, also in the middle of its pages, and never a full answer', async () => {
  await open({ rows: 3, deltaTokenLifeMs: 60_000, accessTokenLifeMs: 3_600_000 });
  const { deltaLink = '' } = await readAll(world, 'crates', tracked);
  world.clock.nowMs += 60_000;
  expect((await world.request(deltaLink)).status).toBe(200);
  world.clock.nowMs += 1_000;
  await expectExpired(deltaLink);
});

test('tokens can be ended by force, of one table or of all, and later ones live', async () => {
  await open({ rows: 1 });
  const old = (await readAll(world, 'crates', tracked)).deltaLink ?? '';
  await admin('expire-delta-tokens', { table: 'team' });
  expect((await world.request(old)).status).toBe(200);
  await admin('expire-delta-tokens', {});
  await expectExpired(old);
  const fresh = (await readAll(world, 'crates', tracked)).deltaLink ?? '';
  expect((await world.request(fresh)).status).toBe(200);
});

test.each([
  [false, 200],
  [true, 400],
])('a new column ends tokens: %s', async (metadataChangeExpiresTokens, status) => {
  await open({ rows: 1, metadataChangeExpiresTokens });
  const link = (await readAll(world, 'crates', tracked)).deltaLink ?? '';
  const body = JSON.stringify({ '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata', SchemaName: 'new_x' });
  await world.request("EntityDefinitions(LogicalName='crate')/Attributes", { method: 'POST', body });
  expect((await world.request(link)).status).toBe(status);
});

test('without $select a new column comes by itself in the next delta', async () => {
  await open({ rows: 1 });
  const link = (await readAll(world, 'crates', tracked)).deltaLink ?? '';
  const body = JSON.stringify({ '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata', SchemaName: 'new_x' });
  await world.request("EntityDefinitions(LogicalName='crate')/Attributes", { method: 'POST', body });
  world.database.patch('crate', crateId(1), { new_x: 'there' });
  expect((await world.read(link)).value[0]).toMatchObject({ new_x: 'there' });
});

test('an environment with the old fault leaves the token out when formatted values are asked for', async () => {
  await open({ rows: 1, deltaLinkWithAnnotations: 'missing' });
  const page = await world.read('crates', { prefer: `${tracked},odata.include-annotations="*"` });
  expect(page['@odata.deltaLink'] ?? page['@odata.nextLink']).toBeUndefined();
  expect((await world.read('crates', { prefer: tracked }))['@odata.deltaLink']).toBeDefined();
});

async function open({ rows, ...options }: { readonly rows: number } & Partial<SandboxOptions>): Promise<void> {
  world = await openSandboxWorld(options);
  const all = Array.from({ length: rows }, (_, index) => ({ crateid: crateId(index + 1), name: `crate ${index + 1}` }));
  world.database.put('crate', all);
}

async function expectExpired(link: string): Promise<void> {
  const response = await world.request(link);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect([response.ok, error]).toEqual([
    false,
    {
      code: '0x80044352',
      message: 'Version stamp associated with the client has expired. Please perform a full sync.',
    },
  ]);
}

async function admin(path: string, body: object): Promise<void> {
  const response = await fetch(`${world.sandbox.url}/__sandbox/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(204);
}
