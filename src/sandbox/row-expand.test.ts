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
  world.database.putRelationship({
    schemaName: 'crate_crates',
    kind: 'OneToMany',
    table1: 'crate',
    column1: 'crateid',
    table2: 'crate',
    column2: 'parentid',
    navigation1: 'crate_children',
    navigation2: 'ParentId_crate',
  });
  world.database.put('box', [
    { boxid: crateId(50), name: 'Big' },
    { boxid: crateId(51), name: 'Small; (round)' },
  ]);
  world.database.put('crate', [
    {
      crateid: crateId(1),
      name: 'one',
      ownerid: { table: 'systemuser', id: worldUser },
      parentid: { table: 'box', id: crateId(50) },
    },
    { crateid: crateId(2), name: 'two', pieces: 5, parentid: crate(1), ownerid: { table: 'team', id: crateId(920) } },
    { crateid: crateId(3), name: 'three', pieces: 9, parentid: crate(1), secret: 'hidden' },
    { crateid: crateId(4), name: 'four', pieces: 7, parentid: crate(2) },
  ]);
  world.database.put('crate_box', [
    { crate_boxid: crateId(71), crateid: crateId(1), boxid: crateId(51) },
    { crate_boxid: crateId(72), crateid: crateId(1), boxid: crateId(50) },
  ]);
});
afterEach(() => world.close());

function crate(number: number) {
  return { table: 'crate', id: crateId(number) };
}

test('a lookup brings its row along, without an etag, and null where there is none', async () => {
  const page = await world.read('crates?$select=name&$expand=ParentId_box($select=name),ownerid($select=fullname)');
  expect(page['@odata.context']).toMatch(/#crates\(name,ParentId_box\(name\),ownerid\(fullname\)\)$/);
  expect(page.value[0]).toEqual({
    '@odata.etag': expect.any(String),
    name: 'one',
    crateid: crateId(1),
    ParentId_box: { name: 'Big', boxid: crateId(50) },
    ownerid: { fullname: 'Alice', systemuserid: worldUser },
  });
  // A team has no full name: it shows what it has.
  expect(page.value[1]).toMatchObject({ ParentId_box: null, ownerid: { teamid: crateId(920) } });
  expect(page.value[2]).toMatchObject({ ownerid: null });
});

test('one row is expanded like many, and lookups within lookups', async () => {
  const path = `crates(${crateId(2)})?$select=name&$expand=ParentId_crate($select=name;$expand=ParentId_box($select=name))`;
  const row = await world.read(path);
  expect(row).toMatchObject({
    name: 'two',
    ParentId_crate: { name: 'one', ParentId_box: { name: 'Big' } },
  });
  expect(row['@odata.context']).toMatch(/#crates\(name,ParentId_crate\(name,ParentId_box\(name\)\)\)\/\$entity$/);
});

test('a collection brings its rows with etag and the way back, and a link without paging to the same rows', async () => {
  const path = `crates?$select=name&$expand=crate_children($select=name;$filter=pieces gt 1;$orderby=pieces desc;$top=1)`;
  const page = await world.read(path, { prefer: 'odata.maxpagesize=1' });
  const [row] = page.value;
  expect(row?.crate_children).toEqual([
    { '@odata.etag': expect.any(String), name: 'three', _parentid_value: crateId(1), crateid: crateId(3) },
  ]);
  const link = String(row?.['crate_children@odata.nextLink']);
  expect(link).toBe(
    `${world.api}/crates(${crateId(1)})/crate_children?$select=name&$filter=pieces%20gt%201&$orderby=pieces%20desc&$top=1`,
  );
  expect((await world.read(link)).value.map(one => one.name)).toEqual(['three']);
  const { rows } = await readAll(
    world,
    'crates?$select=name&$expand=crate_children($select=name)',
    'odata.maxpagesize=3',
  );
  expect(rows.map(one => (one.crate_children as { name: string }[]).map(({ name }) => name))).toEqual([
    ['two', 'three'],
    ['four'],
    [],
    [],
  ]);
});

test('a many-to-many relationship is expanded by itself, and from either side', async () => {
  const { value } = await world.read('crates?$select=name&$expand=crate_boxes($select=name;$orderby=name desc)');
  expect(value.map(row => (row.crate_boxes as { name: string }[]).map(({ name }) => name))).toEqual([
    ['Small; (round)', 'Big'],
    [],
    [],
    [],
  ]);
  const quoted = encodeURIComponent("crate_boxes($select=name;$filter=name eq 'Small; (round)')");
  const one = await world.read(`crates(${crateId(1)})?$select=name&$expand=${quoted}`);
  expect(one.crate_boxes).toEqual([{ '@odata.etag': expect.any(String), name: 'Small; (round)', boxid: crateId(51) }]);
  const back = await world.read(`boxes(${crateId(50)})/box_crates?$select=name`);
  expect(back.value.map(row => row.name)).toEqual(['one']);
});

test('with an expansion within another one collections have pages, and no $top or $orderby', async () => {
  const path = 'crates?$select=name&$expand=crate_children($select=name;$expand=ownerid($select=name))';
  const page = await world.read(path, { prefer: 'odata.maxpagesize=1' });
  expect(page.value[0]?.crate_children).toEqual([
    { name: 'two', crateid: crateId(2), ownerid: { name: 'Movers', teamid: crateId(920) } },
  ]);
  const next = await world.read(String(page.value[0]?.['crate_children@odata.nextLink']), {
    prefer: 'odata.maxpagesize=1',
  });
  expect(next.value.map(row => row.name)).toEqual(['three']);
  const refused = await world.request('crates?$expand=crate_children($top=1;$expand=ownerid)');
  expect(await refused.text()).toContain('Only $select and $filter clause can be provided while doing $expand');
  expect(refused.status).toBe(400);
});

test('a lookup can be expanded to the address of its row', async () => {
  const { value } = await world.read('crates?$select=name&$expand=ParentId_crate/$ref');
  expect(value[1]?.ParentId_crate).toEqual({ '@odata.id': `${world.api}/crates(${crateId(1)})` });
  const refused = await world.request('crates?$expand=crate_children/$ref');
  expect(await refused.text()).toContain('Expand with $ref is only supported on lookup type navigation property.');
});

test.each([
  ['nope', "Could not find a property named 'nope'"],
  ['ParentId_box($select=nope)', "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.box'"],
  ['ParentId_box($top=1)', 'Only $select and $filter clause'],
  ['crate_children($skip=1)', 'The query parameter $skip is not supported'],
  ['crate_children($levels=2)', 'The query parameter $levels is not supported'],
  ['crate_boxes,ParentId_box', 'many-to-many'],
  ['crate_children($expand=crate_boxes)', 'many-to-many'],
  ['crate_children($orderby=nope)', "Could not find a property named 'nope'"],
  ['name', "Could not find a property named 'name'"],
  [Array.from({ length: 16 }, () => 'ParentId_box').join(','), 'more than 15'],
])('$expand=%s is refused', async (expand, words) => {
  const response = await world.request(`crates?$expand=${encodeURIComponent(expand)}`);
  expect([response.status, (await response.text()).includes(words)]).toEqual([400, true]);
});

test('related rows have addresses of their own', async () => {
  expect(await world.read(`crates(${crateId(2)})/ParentId_crate?$select=name`)).toMatchObject({ name: 'one' });
  expect((await world.request(`crates(${crateId(1)})/ParentId_crate`)).status).toBe(204);
  expect(await world.read(`crates(${crateId(2)})/name`)).toMatchObject({ value: 'two' });
  expect(await (await world.request(`crates(${crateId(1)})/crate_children/$count`)).text()).toBe('2');
  expect(await (await world.request(`crates(${crateId(1)})/crate_children/$count?$filter=pieces gt 5`)).text()).toBe(
    '1',
  );
  const first = await world.read(`crates(${crateId(1)})/crate_children?$select=name&$orderby=name&$count=true`, {
    prefer: 'odata.maxpagesize=1',
  });
  expect([first['@odata.count'], first.value[0]?.name]).toEqual([2, 'three']);
  const second = await world.read(first['@odata.nextLink'] ?? '', { prefer: 'odata.maxpagesize=1' });
  expect(second.value[0]?.name).toBe('two');
  expect((await world.request(`crates(${crateId(1)})/nope`)).status).toBe(404);
  expect((await world.request(`crates(${crateId(99)})/crate_children`)).status).toBe(404);
});

test('what a role hides is hidden in expansions too, and secured columns are null', async () => {
  world.sandbox.applications.put({ ...worldApplication, readsSecuredColumns: false, readLevels: { box: 'none' } });
  expect((await world.request('crates?$expand=ParentId_box')).status).toBe(403);
  const { value } = await world.read('crates?$select=name&$expand=crate_children($select=name,secret)');
  expect(value[0]?.crate_children).toMatchObject([{ secret: null }, { name: 'three', secret: null }]);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'user' } });
  const own = await world.read('crates?$select=name&$expand=crate_children($select=name)');
  expect(own.value).toMatchObject([{ name: 'one', crate_children: [] }]);
});
