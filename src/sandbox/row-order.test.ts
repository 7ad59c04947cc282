import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

async function ids(path: string, prefer = 'odata.maxpagesize=2'): Promise<number[]> {
  const { rows } = await readAll(world, path, prefer);
  return rows.map(row => Number(String(row.crateid).slice(-12)));
}

const rows = [
  { crateid: crateId(1), name: 'pear', pieces: 2, weight: '0.3', colour: 2, parentid: box(51) },
  { crateid: crateId(2), name: 'Apple "quoted" & more', pieces: 2, weight: '0.10000000001', parentid: box(52) },
  { crateid: crateId(3), name: 'äpfel', pieces: 1, weight: '0.1', packedon: '2024-01-02T03:04:05Z', colour: 1 },
  { crateid: crateId(4), pieces: 2, serial: '9007199254740993', packedon: '2024-01-01T00:00:00Z', parentid: box(51) },
  { crateid: crateId(5), name: 'APPLE', serial: '9007199254740992', fragile: true },
];

function box(number: number) {
  return { table: 'box', id: crateId(number) };
}

test.each<[string, number[]]>([
  ['name', [4, 3, 5, 2, 1]],
  ['name desc', [1, 2, 5, 3, 4]],
  ['pieces desc,name', [4, 2, 1, 3, 5]],
  ['pieces asc, name desc', [5, 3, 1, 2, 4]],
  ['weight', [4, 5, 3, 2, 1]],
  ['serial desc', [4, 5, 1, 2, 3]],
  ['packedon desc', [3, 4, 1, 2, 5]],
  ['colour', [2, 4, 5, 3, 1]],
  ['fragile desc', [5, 1, 2, 3, 4]],
  // By the name that a lookup shows, not by its id; equal ones by the row's own id.
  ['_parentid_value', [3, 5, 2, 1, 4]],
  ['ParentId_box/name desc', [1, 4, 2, 3, 5]],
  ['crateid desc', [5, 4, 3, 2, 1]],
])('rows in order of %s come each once, whatever the page', async (order, expected) => {
  world.database.put('box', [
    { boxid: crateId(51), name: 'Zinc' },
    { boxid: crateId(52), name: 'Amber' },
  ]);
  world.database.put('crate', rows);
  const path = `crates?$select=crateid&$orderby=${encodeURIComponent(order)}`;
  for (const size of [1, 2, 5]) expect(await ids(path, `odata.maxpagesize=${size}`)).toEqual(expected);
});

test('with a filter, and with $top, an order still begins at its beginning', async () => {
  world.database.put('crate', rows);
  expect(await ids('crates?$select=crateid&$orderby=pieces desc&$filter=pieces ne null')).toEqual([1, 2, 4, 3]);
  const page = await world.read('crates?$select=crateid&$orderby=crateid desc&$top=2');
  expect([page.value.map(row => row.crateid), page['@odata.nextLink']]).toEqual([[crateId(5), crateId(4)], undefined]);
});

test('with a page size $top is ignored', async () => {
  world.database.put('crate', rows);
  expect(await ids('crates?$select=crateid&$top=1')).toEqual([1, 2, 3, 4, 5]);
});

test('a row that is made, changed or deleted between pages moves no other row out of them', async () => {
  world.database.put('crate', rows);
  const { rows: read } = await readAll(world, 'crates?$orderby=pieces desc,name', 'odata.maxpagesize=2', page => {
    if (page !== 1) return;
    world.database.remove('crate', crateId(2));
    world.database.put('crate', [{ crateid: crateId(9), pieces: 9 }]);
  });
  expect(read.map(row => row.crateid)).toEqual([4, 2, 1, 3, 5].map(crateId));
});

test('many rows of equal long texts come each once, in the order of what decides after them', async () => {
  const long = 'x'.repeat(2_000);
  const many = Array.from({ length: 500 }, (_, index) => ({
    crateid: crateId(index + 1),
    note: long,
    pieces: index % 7,
  }));
  world.database.put('crate', many);
  const read = await ids('crates?$select=crateid&$orderby=note,pieces desc', 'odata.maxpagesize=90');
  expect(new Set(read).size).toBe(500);
  expect(read[0]).toBe(7);
});

test.each([
  ['nope', "Could not find a property named 'nope'"],
  ['name up', 'Syntax error at position 5'],
  ['name desc desc', 'Syntax error'],
  ['', 'Syntax error'],
  ['iscustomizable', 'cannot be ordered by'],
])('$orderby=%s is refused', async (order, words) => {
  const response = await world.request(`crates?$orderby=${order}`);
  expect([response.status, (await response.text()).includes(words)]).toEqual([400, true]);
});

test('a place of another order is refused', async () => {
  world.database.put('crate', rows);
  const page = await world.read('crates?$orderby=pieces', { prefer: 'odata.maxpagesize=2' });
  const other = (page['@odata.nextLink'] ?? '').replace('$orderby=pieces', '$orderby=name,pieces');
  expect((await world.request(other)).status).toBe(400);
});
