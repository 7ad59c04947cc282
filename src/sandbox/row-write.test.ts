import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld, worldUser } from '../../test/kit/sandbox-wire.ts';
import type { CascadeDelete } from './definition.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  world.database.put('box', [{ boxid: crateId(5), name: 'box' }]);
});
afterEach(() => world.close());

const one = `crates(${crateId(1)})`;

test('conditions hold for every verb: 304 for a row that is known, 412 for one that is another or already there', async () => {
  world.database.put('crate', [{ crateid: crateId(1), name: 'a' }]);
  const tag = (await world.request(one)).headers.get('etag') ?? '';
  const other = 'W/"1"';
  expect((await send('GET', one, undefined, { 'if-none-match': `${other}, ${tag}` })).status).toBe(304);
  expect((await send('GET', one, undefined, { 'if-none-match': other })).status).toBe(200);
  const annotated = await world.request(one, {
    headers: { 'if-none-match': tag },
    prefer: 'odata.include-annotations="*"',
  });
  expect(annotated.status).toBe(200);
  expect(
    (await send('PATCH', one, '{"name":"b"}', { 'if-none-match': 'null', 'if-match': `${other},${tag}` })).status,
  ).toBe(204);
  for (const [method, path, body] of [
    ['PATCH', one, '{"name":"c"}'],
    ['PUT', `${one}/name`, '{"value":"c"}'],
    ['DELETE', `${one}/name`, undefined],
    ['PUT', `${one}/ParentId_box/$ref`, `{"@odata.id":"boxes(${crateId(5)})"}`],
    ['DELETE', one, undefined],
  ] as const) {
    const sent = await send(method, path, body, { 'if-match': tag });
    expect([method, path, sent.status]).toEqual([method, path, 412]);
  }
  expect(world.database.get('crate', crateId(1))?.row).toMatchObject({ name: 'b' });
});

test('a property is read, as JSON or bare, set and emptied', async () => {
  world.database.put('crate', [{ crateid: crateId(1), name: 'a "b"', weight: '100.0000000001' }]);
  expect(await (await world.request(`${one}/name`)).json()).toEqual({
    '@odata.context': `${world.api}/$metadata#crates(${crateId(1)})/name`,
    value: 'a "b"',
  });
  expect(await (await world.request(`${one}/name/$value`)).text()).toBe('a "b"');
  expect(await (await world.request(`${one}/weight`)).text()).toContain('"value":100.0000000001}');
  expect((await send('PUT', `${one}/weight`, '{"value":12345678901.0000000001}')).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row.weight).toBe('12345678901.0000000001');
  expect((await send('DELETE', `${one}/name`)).status).toBe(204);
  expect((await world.request(`${one}/name`)).status).toBe(204);
  expect((await world.request(`${one}/nope/$value`)).status).toBe(404);
  expect((await send('PUT', `${one}/price_base`, '{"value":1}')).status).toBe(400);
  expect((await send('PUT', `${one}/name`, '{"name":"x"}')).status).toBe(400);
});

test('a row is made together with the row its lookup points to and with rows that point to it, or not at all', async () => {
  const body = {
    name: 'outer',
    ParentId_crate: { name: 'parent', crate_boxes: [{ name: 'new box' }] },
    'crate_boxes@odata.bind': [`/boxes(${crateId(5)})`],
  };
  const made = await send('POST', 'crates', JSON.stringify(body));
  expect(made.status).toBe(204);
  const rows = world.database.page('crate', { after: null, limit: 9 }).map(stored => stored.row);
  const parent = rows.find(row => row.name === 'parent');
  expect(rows.find(row => row.name === 'outer')?.parentid).toEqual({ table: 'crate', id: parent?.crateid });
  expect(world.database.page('box', { after: null, limit: 9 }).map(({ row }) => row.name)).toContain('new box');
  expect(world.database.count('crate_box')).toBe(2);

  const bad = { name: 'outer', ParentId_crate: { name: 'parent', crate_boxes: [{ name: 'x'.repeat(101) }] } };
  expect((await send('POST', 'crates', JSON.stringify(bad))).status).toBe(400);
  expect(world.database.count('crate')).toBe(2);
  expect((await send('PATCH', `crates(${parent?.crateid})`, JSON.stringify({ ParentId_crate: {} }))).status).toBe(400);
});

test('the address of a lookup’s row is read, and none is 204', async () => {
  world.database.put('crate', [{ crateid: crateId(1), parentid: { table: 'box', id: crateId(5) } }]);
  expect(await (await world.request(`${one}/ParentId_box/$ref`)).json()).toMatchObject({
    '@odata.id': `${world.api}/boxes(${crateId(5)})`,
  });
  expect((await world.request(`${one}/ParentId_crate/$ref`)).status).toBe(204);
});

test('the columns that follow the owner follow it, to a team and back', async () => {
  const unit = { table: 'businessunit', id: crateId(903) };
  world.database.addColumn('team', {
    ...(world.database.table('crate')?.columns.find(column => column.logicalName === 'parentid') ?? fail()),
    logicalName: 'businessunitid',
  });
  for (const name of ['owninguser', 'owningteam', 'owningbusinessunit']) {
    const column = world.database.table('crate')?.columns.find(one => one.logicalName === 'parentid') ?? fail();
    world.database.addColumn('crate', { ...column, logicalName: name });
  }
  world.database.patch('team', crateId(920), { businessunitid: unit });
  const user = { table: 'systemuser', id: worldUser };
  expect((await send('PATCH', one, '{"name":"a"}')).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row).toMatchObject({
    owninguser: user,
    owningbusinessunit: { table: 'businessunit', id: crateId(902) },
  });
  const team = `{"ownerid@odata.bind":"/teams(${crateId(920)})"}`;
  expect((await send('PATCH', one, team)).status).toBe(204);
  const row = world.database.get('crate', crateId(1))?.row;
  expect(row).toMatchObject({ owningteam: { table: 'team', id: crateId(920) }, owningbusinessunit: unit });
  expect(row?.owninguser).toBeUndefined();
});

test('a delete takes along the rows it cascades to and empties the other lookups, each with a version of its own', async () => {
  relate('crate', 'Cascade');
  relate('box', 'RemoveLink');
  world.database.put('crate', [
    { crateid: crateId(1), parentid: { table: 'crate', id: crateId(3) } },
    { crateid: crateId(2), parentid: { table: 'crate', id: crateId(1) } },
    { crateid: crateId(3), parentid: { table: 'crate', id: crateId(2) } },
    { crateid: crateId(4), name: 'kept', parentid: { table: 'box', id: crateId(5) } },
  ]);
  const { deltaLink } = await readAll(world, 'crates', 'odata.track-changes');
  expect((await send('DELETE', one)).status).toBe(204);
  expect((await send('DELETE', `boxes(${crateId(5)})`)).status).toBe(204);
  const { rows } = await readAll(world, deltaLink ?? '', '');
  expect(
    rows
      .filter(row => row.reason === 'deleted')
      .map(row => row.id)
      .sort(),
  ).toEqual([1, 2, 3].map(crateId));
  expect(rows.filter(row => row.crateid !== undefined)).toMatchObject([{ name: 'kept', _parentid_value: null }]);
});

test('a relationship that restricts deletes refuses them while a row points, and nothing of the delete stays', async () => {
  relate('box', 'Restrict');
  world.database.put('crate', [{ crateid: crateId(1), parentid: { table: 'box', id: crateId(5) } }]);
  const before = world.database.version();
  await expectRefused(send('DELETE', `boxes(${crateId(5)})`), 405, '0x80040227');
  expect(world.database.version()).toBe(before);
  expect((await send('DELETE', one)).status).toBe(204);
  expect((await send('DELETE', `boxes(${crateId(5)})`)).status).toBe(204);
});

test('a lookup without a cascade keeps pointing to a row that is gone', async () => {
  relate('box', 'NoCascade');
  world.database.put('crate', [{ crateid: crateId(1), parentid: { table: 'box', id: crateId(5) } }]);
  expect((await send('DELETE', `boxes(${crateId(5)})`)).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row.parentid).toEqual({ table: 'box', id: crateId(5) });
  const shown = await world.read("RelationshipDefinitions(SchemaName='box_crate')");
  expect(shown.CascadeConfiguration).toMatchObject({ Delete: 'NoCascade' });
});

function relate(table: string, cascadeDelete: CascadeDelete): void {
  world.database.putRelationship({
    schemaName: `${table}_crate`,
    kind: 'OneToMany',
    table1: table,
    column1: `${table}id`,
    table2: 'crate',
    column2: 'parentid',
    navigation1: `${table}_crate`,
    navigation2: `ParentId_${table}`,
    cascadeDelete,
  });
}

function fail(): never {
  throw new Error('the world has no such column');
}

function send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
  return world.request(path, body === undefined ? { method, headers } : { method, body, headers });
}

async function expectRefused(sent: Promise<Response>, status: number, code: string): Promise<void> {
  const response = await sent;
  const { error } = (await response.json()) as { error: { code: string } };
  expect([response.status, error.code]).toEqual([status, code]);
}
