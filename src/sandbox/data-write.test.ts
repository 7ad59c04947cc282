import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  crateId,
  openSandboxWorld,
  type SandboxWorld,
  worldApplication,
  worldUser,
} from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

const one = `crates(${crateId(1)})`;

test('a create answers the id, fills in what the platform fills in, and keeps numbers exact', async () => {
  const response = await send(
    'POST',
    'crates',
    '{"name":"a","weight":1E+2,"price":922337203685477.5807,"serial":9007199254740993,"marks":"2,1"}',
  );
  expect(response.status).toBe(204);
  const id = /\(([0-9a-f-]{36})\)$/.exec(response.headers.get('odata-entityid') ?? '')?.[1] ?? '';
  expect(world.database.get('crate', id)?.row).toMatchObject({
    crateid: id,
    name: 'a',
    weight: '100',
    price: '922337203685477.5807',
    price_base: '922337203685477.5807',
    serial: '9007199254740993',
    marks: [1, 2],
    statecode: 0,
    statuscode: 1,
    ownerid: { table: 'systemuser', id: worldUser },
    transactioncurrencyid: { table: 'transactioncurrency', id: crateId(901) },
  });
});

test('return=representation brings the row: 201 for a create, 200 for an update', async () => {
  const prefer = 'return=representation';
  const made = await world.request('crates?$select=name', { method: 'POST', body: '{"name":"a"}', prefer });
  expect([made.status, made.headers.get('preference-applied')]).toEqual([201, prefer]);
  expect(await made.json()).toMatchObject({
    name: 'a',
    '@odata.context': `${world.api}/$metadata#crates(name)/$entity`,
  });
  world.database.put('crate', [{ crateid: crateId(1) }]);
  const changed = await world.request(`${one}?$select=name`, { method: 'PATCH', body: '{"name":"b"}', prefer });
  expect([changed.status, ((await changed.json()) as { name: string }).name]).toEqual([200, 'b']);
});

test('an update merges, an unknown id is created unless If-Match forbids it, a known one kept by If-None-Match', async () => {
  expect((await send('PATCH', one, '{"name":"a"}', { 'if-match': '*' })).status).toBe(404);
  expect((await send('PATCH', one, '{"name":"a","pieces":3}')).status).toBe(204);
  expect((await send('PATCH', one, '{"name":"x"}', { 'if-none-match': '*' })).status).toBe(412);
  expect((await send('PATCH', one, '{"name":"b"}', { 'if-match': '*' })).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row).toMatchObject({ name: 'b', pieces: 3 });
});

test('a version that is not the newest is refused with 412', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }]);
  const etag = (await world.request(one)).headers.get('etag') ?? '';
  expect((await send('PATCH', one, '{"name":"a"}', { 'if-match': etag })).status).toBe(204);
  await expectRefused(send('PATCH', one, '{"name":"b"}', { 'if-match': etag }), 412, '0x80060882');
  expect((await send('DELETE', one, undefined, { 'if-match': etag })).status).toBe(412);
});

test('a deleted row is gone, and its many-to-many links are deleted with it', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }, { crateid: crateId(2) }]);
  world.database.put('box', [{ boxid: crateId(5) }]);
  for (const number of [1, 2]) {
    const link = JSON.stringify({ '@odata.id': `${world.api}/boxes(${crateId(5)})` });
    expect((await send('POST', `crates(${crateId(number)})/crate_boxes/$ref`, link)).status).toBe(204);
  }
  expect((await send('DELETE', one)).status).toBe(204);
  await expectRefused(send('DELETE', one), 404, '0x80040217');
  expect(world.database.page('crate_box', { after: null, limit: 9 }).map(({ row }) => row.crateid)).toEqual([
    crateId(2),
  ]);
});

test('rows are linked and unlinked many to many from either side, once', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }]);
  world.database.put('box', [{ boxid: crateId(5) }]);
  const link = JSON.stringify({ '@odata.id': `${world.api}/crates(${crateId(1)})` });
  expect((await send('POST', `boxes(${crateId(5)})/box_crates/$ref`, link)).status).toBe(204);
  await expectRefused(send('POST', `boxes(${crateId(5)})/box_crates/$ref`, link), 412, '0x80040237');
  expect((await send('DELETE', `${one}/crate_boxes(${crateId(5)})/$ref`)).status).toBe(204);
  expect(world.database.count('crate_box')).toBe(0);
  await expectRefused(send('DELETE', `${one}/crate_boxes(${crateId(5)})/$ref`), 404, '0x80040217');
});

test('lookups are set by odata.bind or $ref to one of their targets, and cleared', async () => {
  world.database.put('box', [{ boxid: crateId(5) }]);
  const bound = await send('PATCH', one, `{"ParentId_box@odata.bind":"/boxes(${crateId(5)})"}`);
  expect(bound.status).toBe(204);
  const page = await world.read('crates?$select=_parentid_value', {
    prefer: 'odata.include-annotations="Microsoft.Dynamics.CRM.*"',
  });
  expect(page.value[0]).toMatchObject({
    '_parentid_value@Microsoft.Dynamics.CRM.associatednavigationproperty': 'ParentId_box',
    '_parentid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'box',
    _parentid_value: crateId(5),
  });
  expect((await send('DELETE', `${one}/ParentId_box/$ref`)).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row.parentid).toBeUndefined();
  const put = JSON.stringify({ '@odata.id': `boxes(${crateId(5)})` });
  expect((await send('PUT', `${one}/ParentId_box/$ref`, put)).status).toBe(204);
  expect((await send('PATCH', one, '{"ParentId_box":null}')).status).toBe(204);
  expect(world.database.get('crate', crateId(1))?.row.parentid).toBeUndefined();
});

test.each([
  ['a broken body', '{"name":', 400, '0x80048d19'],
  ['an unknown property', '{"nope":1}', 400, '0x80048d19'],
  ['a lookup value as a property', `{"_parentid_value":"${crateId(5)}"}`, 400, '0x80048d19'],
  ['an unknown navigation property', `{"parentid@odata.bind":"/boxes(${crateId(5)})"}`, 400, '0x80048d19'],
  ['a link to nothing', `{"ParentId_box@odata.bind":"/boxes(${crateId(55)})"}`, 404, '0x80040217'],
  ['a link to a wrong table', `{"ParentId_box@odata.bind":"/teams(${crateId(920)})"}`, 400, '0x80048d19'],
  ['a text that is too long', `{"name":"${'x'.repeat(101)}"}`, 400, '0x80044331'],
  ['a number as text column', '{"name":5}', 400, '0x80048d19'],
  ['a number out of range', '{"pieces":1001}', 400, '0x80061005'],
  ['a fraction in a whole number', '{"pieces":1.5}', 400, '0x80048d19'],
  ['an unknown option', '{"colour":9}', 400, '0x80061005'],
  ['an unknown option among several', '{"marks":"1,9"}', 400, '0x80061005'],
  ['a text in a boolean', '{"fragile":"yes"}', 400, '0x80048d19'],
  ['a date without a zone', '{"packedon":"2024-01-02T03:04:05"}', 400, '0x80048d19'],
  ['a time in a day', '{"duedate":"2024-01-02T03:04:05Z"}', 400, '0x80048d19'],
  ['a bad id', '{"crateid":"12"}', 400, '0x80048d19'],
])('%s is refused and nothing is made', async (_what, body, status, code) => {
  world.database.put('box', [{ boxid: crateId(5) }]);
  await expectRefused(send('POST', 'crates', body), status, code);
  expect(world.database.count('crate')).toBe(0);
});

test('an id in use, and an application that may not write, are refused', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }]);
  await expectRefused(send('POST', 'crates', `{"crateid":"${crateId(1)}"}`), 412, '0x80040237');
  world.sandbox.applications.put({ ...worldApplication, writes: false });
  await expectRefused(send('POST', 'crates', '{}'), 403, '0x80040220');
  await expectRefused(send('DELETE', one), 403, '0x80040220');
});

function send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
  return world.request(path, body === undefined ? { method, headers } : { method, body, headers });
}

async function expectRefused(sent: Promise<Response>, status: number, code: string): Promise<void> {
  const response = await sent;
  const { error } = (await response.json()) as { error: { code: string } };
  expect([response.status, error.code]).toEqual([status, code]);
}
