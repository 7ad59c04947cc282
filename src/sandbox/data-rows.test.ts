import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  crateId,
  openSandboxWorld,
  readAll,
  type SandboxWorld,
  worldApplication,
  worldUser,
} from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

const full = {
  crateid: crateId(1),
  name: 'quote " comma , \r\n \u2028 \u0000 \ud800 😀',
  note: '',
  pieces: 7,
  serial: '9007199254740993',
  weight: '100000000000.0000000001',
  length: 1e-7,
  price: '922337203685477.5807',
  price_base: '20000',
  fragile: false,
  packedon: '2024-01-02T03:04:05.1234567Z',
  duedate: '2024-01-02T00:00:00Z',
  slot: '2024-01-02T03:04:05',
  colour: 2,
  marks: [1, 2],
  statecode: 0,
  statuscode: 1,
  ownerid: { table: 'systemuser', id: worldUser },
  parentid: { table: 'box', id: crateId(5) },
  secret: 'hidden',
  paper: crateId(6),
  entityimage: 'AAAA',
  iscustomizable: true,
} as const;

test('every type has its form on the wire, numbers exact and bare', async () => {
  world.database.put('crate', [full]);
  const text = await (await world.request(`crates(${crateId(1)})`)).text();
  for (const piece of [
    '"serial":9007199254740993,',
    '"weight":100000000000.0000000001,',
    '"length":1e-7,',
    '"price":922337203685477.5807,',
    '"price_base":20000.0000,',
    '"fragile":false,',
    '"packedon":"2024-01-02T03:04:05Z",',
    '"duedate":"2024-01-02",',
    '"slot":"2024-01-02T03:04:05Z",',
    '"marks":"1,2",',
    `"_ownerid_value":"${worldUser}",`,
    `"paper":"${crateId(6)}",`,
    '"entityimage":"AAAA",',
    '"iscustomizable":{"Value":true,"CanBeChanged":true,"ManagedPropertyLogicalName":"iscustomizable"}',
    '"_transactioncurrencyid_value":null,',
  ]) {
    expect(text).toContain(piece);
  }
  const row = JSON.parse(text) as Record<string, unknown>;
  expect([row.name, row.note]).toEqual([full.name, '']);
  expect(Object.keys(row).filter(key => /name$|type$|^ownerid$|^people$|_base$/.test(key))).toEqual([
    'name',
    'price_base',
  ]);
});

test('with IEEE754Compatible decimals and 64-bit integers are text, doubles and small integers are not', async () => {
  world.database.put('crate', [full]);
  const response = await world.request(`crates(${crateId(1)})`, {
    headers: { accept: 'application/json;IEEE754Compatible=true' },
  });
  expect(response.headers.get('content-type')).toContain('IEEE754Compatible=true');
  expect(await response.json()).toMatchObject({
    serial: '9007199254740993',
    weight: '100000000000.0000000001',
    price: '922337203685477.5807',
    length: 1e-7,
    pieces: 7,
  });
});

test('an environment that ignores IEEE754Compatible sends bare numbers', async () => {
  const other = await openSandboxWorld({ ieee754: 'ignored' });
  other.database.put('crate', [full]);
  const headers = { accept: 'application/json;IEEE754Compatible=true' };
  const text = await (await other.request(`crates(${crateId(1)})`, { headers })).text();
  expect(text).toContain('"weight":100000000000.0000000001,');
  await other.close();
});

test('annotations come before their value, only when asked for, and by pattern', async () => {
  world.database.put('crate', [full]);
  const path = 'crates?$select=_ownerid_value,colour,marks,price,packedon,duedate,fragile';
  const keys = async (prefer: string) => Object.keys((await world.read(path, { prefer })).value[0] ?? {});
  const bare = await keys('odata.maxpagesize=10');
  expect(bare.filter(key => key.includes('@'))).toEqual(['@odata.etag']);
  const logical = await keys('odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"');
  expect(logical.slice(0, 3)).toEqual([
    '@odata.etag',
    '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname',
    '_ownerid_value',
  ]);
  const all = await world.read(path, { prefer: 'odata.include-annotations="*"' });
  expect(all.value[0]).toMatchObject({
    '_ownerid_value@OData.Community.Display.V1.FormattedValue': 'Alice',
    '_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty': 'ownerid',
    'colour@OData.Community.Display.V1.FormattedValue': 'Blue',
    'marks@OData.Community.Display.V1.FormattedValue': 'Up; Dry',
    'price@OData.Community.Display.V1.FormattedValue': '$922,337,203,685,477.58',
    'packedon@OData.Community.Display.V1.FormattedValue': '1/2/2024 3:04 AM',
    'duedate@OData.Community.Display.V1.FormattedValue': '1/2/2024',
    'fragile@OData.Community.Display.V1.FormattedValue': 'No',
  });
  const some = await keys(
    'odata.include-annotations="Microsoft.Dynamics.CRM.*,-Microsoft.Dynamics.CRM.lookuplogicalname"',
  );
  expect(some.filter(key => key.startsWith('_ownerid_value@'))).toEqual([
    '_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty',
  ]);
});

test('a selection has its order, the primary id, the currency of money, and nulls as null', async () => {
  world.database.put('crate', [{ crateid: crateId(1) }]);
  const page = await world.read('crates?$select=price,name');
  expect(page['@odata.context']).toBe(`${world.api}/$metadata#crates(price,name)`);
  expect(Object.entries(page.value[0] ?? {}).slice(1)).toEqual([
    ['price', null],
    ['name', null],
    ['_transactioncurrencyid_value', null],
    ['crateid', crateId(1)],
  ]);
});

test('pages follow an opaque link, hold every row once, and end without one', async () => {
  world.database.put('crate', crates(7));
  const { rows, pages } = await readAll(world, 'crates?$select=name', 'odata.maxpagesize=3');
  expect(rows.map(row => row.crateid)).toEqual(crates(7).map(row => row.crateid));
  expect(pages).toBe(3);
  const first = await world.request('crates?$select=name', { prefer: 'odata.maxpagesize=3' });
  expect(first.headers.get('preference-applied')).toBe('odata.maxpagesize=3');
  const link = ((await first.json()) as Record<string, string>)['@odata.nextLink'] ?? '';
  expect(link).toMatch(/\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie/);
  expect(link).toMatch(/istracking=%22False%22%20\/%3E$/);
  const exact = await readAll(world, 'crates', 'odata.maxpagesize=7');
  expect(exact.pages).toBe(1);
});

test('a page never holds more than 5,000 rows, and counts never say more', async () => {
  world.database.put('crate', crates(5_001));
  const page = await world.read('crates?$select=crateid&$count=true', { prefer: 'odata.maxpagesize=9999' });
  expect([page.value.length, page['@odata.count']]).toEqual([5_000, 5_000]);
  expect(page['@odata.nextLink']).toBeDefined();
  expect(await (await world.request('crates/$count')).text()).toBe('5000');
});

test.each([
  [
    'crates?$select=nope',
    400,
    '0x80060888',
    "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.crate'.",
  ],
  ['crates?$select=colourname', 400, '0x80060888', "Could not find a property named 'colourname'"],
  ['crates?$select=ownerid', 400, '0x80060888', "Could not find a property named 'ownerid'"],
  ['Crates', 404, '0x8006088a', "Resource not found for the segment 'Crates'."],
  ['nothing/at/all', 404, '0x8006088a', "Resource not found for the segment 'nothing'."],
  [`crates(${crateId(99)})`, 404, '0x80040217', 'Does Not Exist'],
  ['crates(12)', 400, '0x80060888', 'Error in query syntax'],
  ['crates?$skip=5', 400, '0x80060888', 'Skip Clause is not supported'],
  ['crates?$wrong=5', 400, '0x80060888', '$wrong'],
  ['crates?$select=name&$select=note', 400, '0x80060888', 'more than once'],
  ['crates?$skiptoken=abc', 400, '0x80060888', 'Paging Cookie'],
  ['crates?$orderby=nope', 400, '0x80060888', 'nope'],
  ['crates?$filter=nope%20eq%201', 400, '0x80060888', 'nope'],
  ['crates?fetchXml=%3Cfetch/%3E', 501, '0x80060888', 'fetchXml'],
  ['crates?$top=x', 400, '0x80060888', '$top'],
])('%s is refused with %i %s', async (path, status, code, words) => {
  const response = await world.request(path);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect([response.status, error.code]).toEqual([status, code]);
  expect(error.message).toContain(words);
});

test('rows are filtered by equality, page after page, each once', async () => {
  world.database.put('crate', [full, ...crates(6).slice(1)]);
  const names = async (filter: string) => {
    const path = `crates?$select=crateid&$filter=${encodeURIComponent(filter)}`;
    return (await readAll(world, path, 'odata.maxpagesize=2')).rows.map(row => row.crateid);
  };
  expect(await names(`crateid eq ${crateId(1)}`)).toEqual([crateId(1)]);
  expect(await names(`_ownerid_value eq ${worldUser} and weight ne null`)).toEqual([crateId(1)]);
  expect(await names("name eq 'crate 3' or name eq 'crate 6'")).toEqual([crateId(3), crateId(6)]);
  expect(await names('colour eq null')).toEqual([2, 3, 4, 5, 6].map(crateId));
});

test('a page size of nothing is refused, a method nothing has is 405', async () => {
  expect((await world.request('crates', { prefer: 'odata.maxpagesize=0' })).status).toBe(400);
  expect((await world.request('WhoAmI', { method: 'PUT' })).status).toBe(405);
});

test('a secured column is null for an application without its profile, and stays a property', async () => {
  world.database.put('crate', [full]);
  world.sandbox.applications.put({ ...worldApplication, readsSecuredColumns: false });
  const page = await world.read('crates?$select=name,secret');
  expect(page.value[0]).toMatchObject({ name: full.name, secret: null });
});

test('without read a table is refused; with user-level read its own rows come, and no changes', async () => {
  world.database.put('crate', [full, { crateid: crateId(2), ownerid: { table: 'team', id: crateId(920) } }]);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'none' } });
  for (const path of ['crates', 'crates/$count', `crates(${crateId(1)})`]) {
    const response = await world.request(path);
    expect([path, response.status, (await response.text()).includes('0x80040220')]).toEqual([path, 403, true]);
  }
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'user' } });
  expect((await world.read('crates')).value.map(row => row.crateid)).toEqual([crateId(1)]);
  expect((await world.request(`crates(${crateId(2)})`)).status).toBe(403);
  expect((await world.request('crates', { prefer: 'odata.track-changes' })).status).toBe(403);
});

function crates(count: number) {
  return Array.from({ length: count }, (_, index) => ({ crateid: crateId(index + 1), name: `crate ${index + 1}` }));
}
