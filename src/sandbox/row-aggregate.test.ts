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
  world.database.put('box', [
    { boxid: crateId(50), name: 'Big' },
    { boxid: crateId(51), name: 'Small' },
  ]);
  world.database.put('crate', [
    crate(1, { price: '922337203685477.5807', pieces: 3, colour: 2, weight: '0.1', parentid: box(51) }),
    crate(2, { price: '0.0001', pieces: 4, colour: 2, weight: '0.2', parentid: box(50), name: 'SAME' }),
    crate(3, { price: '1000.5', pieces: -9, colour: 1, length: 0.5, parentid: box(50), name: 'same' }),
    crate(4, { packedon: '2024-01-02T03:04:05.9Z', length: 0.25, serial: '9007199254740993', fragile: true }),
  ]);
});
afterEach(() => world.close());

function crate(number: number, rest: Parameters<typeof world.database.put>[1][number]) {
  return { crateid: crateId(number), ...rest };
}

function box(number: number) {
  return { table: 'box', id: crateId(number) };
}

async function text(apply: string, init: Parameters<typeof world.request>[1] = {}): Promise<string> {
  const response = await world.request(`crates?$apply=${encodeURIComponent(apply)}`, init);
  const body = await response.text();
  return `${response.status} ${body.replace(/^.*?"value":/, '')}`;
}

test.each([
  ['aggregate($count as n)', '[{"n":4}]'],
  ['aggregate(price with sum as total)', '[{"total":922337203686478.080800000}]'],
  ['aggregate(price with average as mean)', '[{"mean":307445734562159.360266666}]'],
  ['aggregate(pieces with sum as s,pieces with average as a,pieces with min as low)', '[{"s":-2,"a":0,"low":-9}]'],
  ['aggregate(length with sum as s,length with average as a)', '[{"s":0.75,"a":0.375}]'],
  ['aggregate(weight with max as w)', '[{"w":0.2000000000}]'],
  ['aggregate(packedon with max as last)', '[{"last":"2024-01-02T03:04:05Z"}]'],
  ['aggregate(name with countdistinct as names,colour with countdistinct as colours)', '[{"names":1,"colours":2}]'],
  ['aggregate(serial with max as s)', '[{"s":9007199254740993}]'],
  ['filter(pieces gt 100)/aggregate(pieces with sum as s,$count as n)', '[{"s":null,"n":0}]'],
  ['groupby((colour))', '[{},{"colour":1},{"colour":2}]'],
  ['groupby((colour),aggregate($count as n))', '[{"n":1},{"colour":1,"n":1},{"colour":2,"n":2}]'],
  ['groupby((name))', '[{},{"name":"SAME"}]'],
  [
    'filter(colour ne null)/filter(pieces gt 0)/groupby((colour,fragile),aggregate(pieces with sum as s))',
    '[{"colour":2,"s":7}]',
  ],
  [
    'groupby((ParentId_box/name),aggregate(pieces with sum as s))',
    '[{"s":null},{"s":-5,"box_name":"Big"},{"s":3,"box_name":"Small"}]',
  ],
  ['groupby((pieces))', '[{},{"pieces":-9},{"pieces":3},{"pieces":4}]'],
  ['filter(pieces gt 1000)/groupby((colour))', '[]'],
])('%s', async (apply, expected) => {
  expect(await text(apply)).toBe(`200 ${expected}}`);
});

test('figures carry labels when asked for, and are text with IEEE754Compatible', async () => {
  const apply = 'groupby((colour),aggregate(price with sum as total,$count as n))';
  const prefer = 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"';
  const { value } = await world.read(`crates?$apply=${apply}`, {
    prefer,
    headers: { accept: 'application/json;IEEE754Compatible=true' },
  });
  expect(value[1]).toEqual({
    'colour@OData.Community.Display.V1.FormattedValue': 'Red',
    colour: 1,
    'total@OData.Community.Display.V1.FormattedValue': '$1,000.50',
    total: '1000.500000000',
    'n@OData.Community.Display.V1.FormattedValue': '1',
    n: 1,
  });
});

test.each([
  ['crates?$apply=groupby((packedon))', 400, 'groupby with datetime values is not supported'],
  ['crates?$apply=aggregate(name with sum as s)', 400, "does not suit the property 'name'"],
  ['crates?$apply=aggregate(colour with sum as s)', 400, "does not suit the property 'colour'"],
  ['crates?$apply=aggregate(pieces with median as s)', 400, "'median' is not supported"],
  ['crates?$apply=aggregate(pieces with sum)', 400, "'as' and an alias expected"],
  ['crates?$apply=aggregate(nope with sum as s)', 400, "Could not find a property named 'nope'"],
  ['crates?$apply=aggregate($count as n,$count as n)', 400, "'n' stands twice"],
  ['crates?$apply=identity()', 400, "'aggregate|filter|groupby' expected"],
  ['crates?$apply=groupby((colour))/filter(colour eq 1)', 501, 'after another one'],
  [
    'crates?$apply=groupby((colour))&$orderby=colour',
    400,
    'The query node SingleValueOpenPropertyAccess is not supported',
  ],
  ['crates?$apply=groupby((colour))&$filter=colour eq 1', 400, 'The query parameter $filter is not supported'],
])('%s is refused with %i', async (path, status, words) => {
  const response = await world.request(path);
  expect([response.status, (await response.text()).includes(words)]).toEqual([status, true]);
});

test('groups come page by page', async () => {
  const { rows, pages } = await readAll(world, 'crates?$apply=groupby((pieces))', 'odata.maxpagesize=2');
  expect([rows, pages]).toEqual([[{}, { pieces: -9 }, { pieces: 3 }, { pieces: 4 }], 2]);
});

test('rows that a role hides are in no figure, and secured columns have none', async () => {
  world.database.put('crate', [
    { crateid: crateId(8), pieces: 50, secret: 'x', ownerid: { table: 'systemuser', id: worldUser } },
  ]);
  world.sandbox.applications.put({
    ...worldApplication,
    readsSecuredColumns: false,
    readLevels: { crate: 'user' },
  });
  expect(await text('aggregate(pieces with sum as s,$count as n,secret with countdistinct as d)')).toBe(
    '200 [{"s":50,"n":1,"d":0}]}',
  );
});

test('more than 50,000 rows are refused, unless a filter leaves fewer', async () => {
  const many = Array.from({ length: 50_001 }, (_, index) => ({ crateid: crateId(index + 1), pieces: index }));
  world.database.put('crate', many);
  const refused = await world.request('crates?$apply=aggregate($count as n)');
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: { code: '0x8004e023', message: 'AggregateQueryRecordLimit exceeded. Cannot perform this operation.' } },
  ]);
  expect(await text('filter(pieces gt 0)/aggregate($count as n)')).toBe('200 [{"n":50000}]}');
});
