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
  world.database.put('box', [{ boxid: crateId(50), name: 'Big Box' }]);
  world.database.put('crate', [first, second, third]);
});
afterEach(() => world.close());

const first = {
  crateid: crateId(1),
  name: "Anna's Äpfel",
  note: '100% [sure]',
  pieces: 7,
  serial: '9007199254740993',
  weight: '100000000000.0000000001',
  length: 0.1,
  price: '922337203685477.5807',
  fragile: true,
  packedon: '2024-01-02T03:04:05.1234567Z',
  duedate: '2024-01-02T00:00:00Z',
  colour: 2,
  marks: [1, 2],
  statecode: 0,
  ownerid: { table: 'systemuser', id: worldUser },
  parentid: { table: 'box', id: crateId(50) },
  secret: 'hidden',
  iscustomizable: true,
};
const second = {
  crateid: crateId(2),
  name: 'berries',
  pieces: -3,
  serial: '9007199254740992',
  weight: '100000000000.0000000002',
  length: 2e10,
  fragile: false,
  packedon: '2024-01-02T03:04:06Z',
  duedate: '2024-02-01T00:00:00Z',
  colour: 1,
  marks: [2],
  ownerid: { table: 'team', id: crateId(920) },
  parentid: { table: 'crate', id: crateId(1) },
};
const third = { crateid: crateId(3), note: 'berries', name: 'Berries' };

async function numbers(filter: string, more = ''): Promise<number[]> {
  const { value } = await world.read(`crates?$select=crateid&$filter=${encodeURIComponent(filter)}${more}`);
  return value.map(row => Number(String(row.crateid).slice(-12)));
}

test.each<[string, number[]]>([
  // Text, without regard to case; what is empty is different from every text, and in no order with any.
  ["name eq 'BERRIES'", [2, 3]],
  ["name ne 'berries'", [1]],
  ["note ne 'berries'", [1, 2]],
  ["not (note eq 'berries')", [1, 2]],
  ["note gt '0'", [1, 3]],
  ["not (note gt '0')", []],
  ["name eq 'Anna''s äpfel'", [1]],
  ['name eq note', [3]],
  // Functions of text, with the wildcards of the database below.
  ["contains(name,'ERR')", [2, 3]],
  ["not contains(note,'berries')", [1]],
  ["startswith(name,'anna')", [1]],
  ["endswith(name,'ies') and pieces lt 0", [2]],
  ["contains(name,'b%rr_es')", [2, 3]],
  ["startswith(name,'[a-c]')", [1, 2, 3]],
  ["startswith(name,'[^a]')", [2, 3]],
  ["contains(note,'0[%] [[]sure')", [1]],
  ["contains(name,'berries') eq true", [2, 3]],
  // Numbers, exact beyond what a double holds.
  ['serial eq 9007199254740993', [1]],
  ['serial gt 9007199254740992', [1]],
  ['weight gt 100000000000.0000000001', [2]],
  ['weight le 100000000000.00000000010', [1]],
  ['price eq 922337203685477.5807', [1]],
  ['length eq 0.1', [1]],
  ['length eq 2e10', [2]],
  ['pieces ge -3 and pieces lt 7', [2]],
  ['pieces lt serial', [1, 2]],
  ['versionnumber gt 0 and versionnumber lt 9007199254740993', [1, 2, 3]],
  // Dates, by the seconds that the wire shows.
  ['packedon eq 2024-01-02T03:04:05Z', [1]],
  ['packedon gt 2024-01-02T03:04:05Z', [2]],
  ['packedon ge 2024-01-02T04:04:06+01:00', [2]],
  ['packedon lt 2024-01-02T03:04:05.5Z', [1]],
  ['packedon ge 2024-01-02', [1, 2]],
  ['duedate eq 2024-01-02', [1]],
  ['duedate gt 2024-01-02 and duedate le 2024-02-01', [2]],
  // The rest.
  ['fragile', [1]],
  ['not fragile', [2]],
  ['fragile eq false', [2]],
  ['colour ne null', [1, 2]],
  ['null eq colour', [3]],
  ["marks eq '2,1'", [1]],
  [`crateid eq ${crateId(2)}`, [2]],
  [`_ownerid_value eq '${worldUser.toUpperCase()}'`, [1]],
  ['iscustomizable/Value eq true', [1]],
  // `and` before `or`, brackets before both, `not` before all.
  ['pieces eq 7 or pieces eq -3 and colour eq 2', [1]],
  ['(pieces eq 7 or pieces eq -3) and colour eq 1', [2]],
  ["not (colour eq 1) and not (name eq 'x')", [1, 3]],
  ['not not (colour eq 1)', [2]],
  // Through lookups.
  ["ParentId_box/name eq 'big box'", [1]],
  ["ParentId_crate/ParentId_box/name eq 'Big Box'", [2]],
  [`ParentId_box/boxid eq ${crateId(50)}`, [1]],
  ['ParentId_box ne null', [1]],
  ["ownerid/fullname eq 'Alice' or ownerid/name eq 'Movers'", [1, 2]],
])('%s', async (filter, expected) => {
  expect(await numbers(filter)).toEqual(expected);
});

const crm = 'Microsoft.Dynamics.CRM';
test.each<[string, number[]]>([
  [`${crm}.In(PropertyName='name',PropertyValues=['BERRIES','x'])`, [2, 3]],
  [`${crm}.In(PropertyName='name',PropertyValues=["Anna's Äpfel"])`, [1]],
  [`${crm}.NotIn(PropertyName='pieces',PropertyValues=['7'])`, [2]],
  [`${crm}.In(PropertyName='ownerid',PropertyValues=['${worldUser}'])`, [1]],
  [`${crm}.In(PropertyName='marks',PropertyValues=['2,1'])`, [1]],
  [`${crm}.Between(PropertyName='pieces',PropertyValues=["-3","6"])`, [2]],
  [`${crm}.NotBetween(PropertyName='serial',PropertyValues=['0','9007199254740992'])`, [1]],
  [`not ${crm}.Between(PropertyName='packedon',PropertyValues=['2024-01-02T03:04:06Z','2025-01-01'])`, [1]],
  [`${crm}.ContainValues(PropertyName='marks',PropertyValues=['1','9'])`, [1]],
  [`${crm}.DoesNotContainValues(PropertyName='marks',PropertyValues=['1'])`, [2]],
  [`${crm}.OnOrAfter(PropertyName='duedate',PropertyValue='2024-01-03')`, [2]],
  [`${crm}.EqualUserId(PropertyName='ownerid')`, [1]],
])('the query function %s', async (filter, expected) => {
  expect(await numbers(filter)).toEqual(expected);
});

test('rows are filtered by what belongs to them', async () => {
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
  world.database.put('crate_box', [{ crate_boxid: crateId(71), crateid: crateId(2), boxid: crateId(50) }]);
  expect(await numbers('crate_children/any()')).toEqual([1]);
  expect(await numbers("crate_children/any(c:c/name eq 'BERRIES' and c/pieces lt 0)")).toEqual([1]);
  expect(await numbers('crate_children/any(c:c/pieces gt 0)')).toEqual([]);
  expect(await numbers('crate_children/all(c:c/pieces gt 0)')).toEqual([2, 3]);
  expect(await numbers("not crate_boxes/any(b:contains(b/name,'big'))")).toEqual([1, 3]);
  expect(await numbers("crate_children/any(c:c/crate_boxes/any(b:b/name eq 'Big Box'))")).toEqual([1]);
  const expanded = 'crates?$select=name&$expand=crate_children($select=name;$filter=crate_boxes/any())';
  expect((await world.read(expanded)).value[0]?.crate_children).toMatchObject([{ name: 'berries' }]);
  for (const filter of [
    'ParentId_crate/crate_children/any()',
    'crate_children/any(c:name eq null)',
    'ParentId_crate/any()',
  ]) {
    expect([filter, (await world.request(`crates?$filter=${filter}`)).status]).toEqual([filter, 400]);
  }
});

test('values may stand behind aliases', async () => {
  const list = encodeURIComponent('["7","9"]');
  expect(await numbers(`${crm}.In(PropertyName=@p1,PropertyValues=@p2)`, `&@p1='pieces'&@p2=${list}`)).toEqual([1]);
  expect(await numbers('pieces lt @p or name eq @q', "&@p=0&@q='none'")).toEqual([2]);
});

test.each([
  ['nope eq 1', "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.crate'."],
  ['ParentId_box/nope eq 1', "Could not find a property named 'nope' on type 'Microsoft.Dynamics.CRM.box'."],
  ["name eq 'O'Bryan'", "There is an unterminated literal at position 17 in 'name eq 'O'Bryan''."],
  ['name eq', "Expression expected at position 7 in 'name eq'."],
  ['(pieces eq 1', "')' or operator expected at position 12 in '(pieces eq 1'."],
  ['pieces eq 1)', "Syntax error at position 11 in 'pieces eq 1)'."],
  ['pieces eq 1 && pieces eq 2', 'Syntax error at position 12'],
  ["pieces eq '7'", "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'."],
  ['name gt 5', "Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'GreaterThan'."],
  ["packedon ge '2024-01-01'", "'Edm.DateTimeOffset' and 'Edm.String' for operator kind 'GreaterThanOrEqual'."],
  ["crateid eq 'no guid'", "Found operand types 'Edm.Guid' and 'Edm.String' for operator kind 'Equal'."],
  [`ParentId_box eq ${crateId(1)}`, "Found operand types 'Microsoft.Dynamics.CRM.box' and 'Edm.Guid'"],
  [
    'packedon ge 2024-01-01T00:00:00',
    "The time zone information is missing on the DateTimeOffset value '2024-01-01T00:00:00'.",
  ],
  ['packedon ge 0001-01-01T00:00:00Z', 'DateTime is less than minumum value supported by CrmDateTime.'],
  ['not pieces', "Found operand type 'Edm.Int32' for operator kind 'Not'."],
  ['not pieces eq 7', "Found operand type 'Edm.Int32' for operator kind 'Not'."],
  ['pieces', 'The $filter expression must evaluate to a single boolean value.'],
  [
    'contains(pieces,1)',
    "No function signature for the function with name 'contains' matches the specified arguments.",
  ],
  ["tolower(name) eq 'x'", "An unknown function with name 'tolower' was found."],
  [`${crm}.In(PropertyName='name',PropertyValues=['O'Brian'])`, "Invalid JSON. A comma character ',' was expected"],
  [
    `${crm}.In(PropertyName='parentid',PropertyValues=[${crateId(1)}])`,
    "Invalid JSON. A comma character ',' was expected",
  ],
  [
    `${crm}.In(PropertyName='pieces',PropertyValues=[7])`,
    "Cannot convert the literal '7' to the expected type 'Edm.String'.",
  ],
  [`${crm}.ContainValues(PropertyName='colour',PropertyValues=['1'])`, 'is for choices columns'],
  [`${'('.repeat(200)}fragile${')'.repeat(200)}`, 'Recursion depth exceeded allowed limit.'],
])('%s is refused', async (filter, words) => {
  const response = await world.request(`crates?$filter=${encodeURIComponent(filter)}`);
  const { error } = (await response.json()) as { error: { message: string } };
  expect(error.message).toContain(words);
  expect(response.status).toBe(400);
});

test('a column that the caller may not read is empty to its filters too', async () => {
  expect(await numbers("secret eq 'hidden'")).toEqual([1]);
  world.sandbox.applications.put({ ...worldApplication, readsSecuredColumns: false });
  expect(await numbers("secret eq 'hidden'")).toEqual([]);
});

test('rows that a role hides are in no filter, no count and no lookup', async () => {
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'user' } });
  expect(await numbers('crateid ne null')).toEqual([1]);
  expect(await (await world.request('crates/$count')).text()).toBe('1');
  const { '@odata.count': count } = await world.read('crates?$select=crateid&$count=true');
  expect(count).toBe(1);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { box: 'user' } });
  expect(await numbers("ParentId_box/name ne 'x' and ParentId_box/name ne null")).toEqual([]);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { box: 'none' } });
  expect((await world.request("crates?$filter=ParentId_box/name eq 'x'")).status).toBe(403);
});

test('rows are counted by their filter, also beyond a page, and with the annotations', async () => {
  const path = `crates?$select=crateid&$count=true&$filter=${encodeURIComponent("contains(name,'berries')")}`;
  const page = await world.read(path, {
    prefer: 'odata.maxpagesize=1,odata.include-annotations="Microsoft.Dynamics.CRM.*"',
  });
  expect(page).toMatchObject({
    '@odata.count': 2,
    '@Microsoft.Dynamics.CRM.totalrecordcount': 2,
    '@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': false,
  });
  expect(page.value).toHaveLength(1);
  expect(await (await world.request("crates/$count?$filter=contains(name,'berries')")).text()).toBe('2');
});

test('a count by filter never says more than 5,000', async () => {
  const many = Array.from({ length: 5_001 }, (_, index) => ({ crateid: crateId(index + 1), pieces: 1 }));
  world.database.put('crate', many);
  expect(await (await world.request('crates/$count?$filter=pieces eq 1')).text()).toBe('5000');
  const page = await world.read('crates?$select=crateid&$count=true&$filter=pieces eq 1', {
    prefer: 'odata.maxpagesize=1,odata.include-annotations="*"',
  });
  expect(page).toMatchObject({
    '@odata.count': 5_000,
    '@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': true,
  });
});

test('of an elastic table neither a page nor a count says more than 500', async () => {
  const box = world.database.table('box');
  if (box === undefined) throw new Error('the world has no boxes');
  world.database.createTable({ ...box, logicalName: 'bin', entitySetName: 'bins', kind: 'Elastic' });
  world.database.put(
    'bin',
    Array.from({ length: 501 }, (_, index) => ({ boxid: crateId(index + 1), name: 'bin' })),
  );
  for (const path of ['bins?$count=true', "bins?$count=true&$filter=name eq 'bin'"]) {
    const page = await world.read(path);
    expect([page.value.length, page['@odata.count'], typeof page['@odata.nextLink']]).toEqual([500, 500, 'string']);
  }
  expect(await (await world.request('bins/$count')).text()).toBe('500');
});

test('pages of a filter hold its rows each once, and none comes after the last', async () => {
  const path = `crates?$select=crateid&$filter=${encodeURIComponent('pieces ne null')}`;
  const page = await world.read(path, { prefer: 'odata.maxpagesize=1' });
  const next = await world.read(page['@odata.nextLink'] ?? '', { prefer: 'odata.maxpagesize=1' });
  expect([page.value[0]?.crateid, next.value[0]?.crateid]).toEqual([crateId(1), crateId(2)]);
  expect(next['@odata.nextLink']).toBeUndefined();
});
