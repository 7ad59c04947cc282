import { afterEach, expect, test } from 'vitest';
import { type Answered, crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { SandboxOptions } from './server.ts';

let world: SandboxWorld;
afterEach(() => world.close());

const tracked = 'odata.track-changes,odata.maxpagesize=2';

test.each([
  ['first-page', ['between']],
  ['last-page', []],
] as const)(
  'with a token on every page, minted at the %s, the last one brings %j of what changed between pages',
  async (minted, names) => {
    await open({ deltaLinkOn: 'every-page', deltaTokenMintedAt: minted });
    const links: (string | undefined)[] = [];
    let link: string | undefined = 'crates?$select=name';
    while (link !== undefined) {
      const page: Answered = await world.read(link, { prefer: tracked });
      links.push(page['@odata.deltaLink']);
      link = page['@odata.nextLink'];
      if (links.length === 1) world.database.patch('crate', crateId(1), { name: 'between' });
    }
    expect([links.length, links.every(one => one?.includes('$deltatoken='))]).toEqual([3, true]);
    expect((await world.read(links.at(-1) ?? '')).value.map(row => row.name)).toEqual(names);
  },
);

test('the pages of a delta carry the token too, where every page does', async () => {
  await open({ deltaLinkOn: 'every-page' });
  const { deltaLink = '' } = await readAll(world, 'crates', tracked);
  for (const number of [1, 2, 3]) world.database.patch('crate', crateId(number), { name: 'x' });
  const first = await world.read(deltaLink, { prefer: tracked });
  expect(Object.keys(first)).toEqual(['@odata.context', '@odata.deltaLink', 'value', '@odata.nextLink']);
});

test.each([
  ['free', 200, ['name', 'note']],
  ['fixed', 200, ['name']],
  ['refused', 400, []],
] as const)('a delta link asked with other columns, %s: %i', async (deltaLinkSelect, status, columns) => {
  await open({ deltaLinkSelect });
  const { deltaLink = '' } = await readAll(world, 'crates?$select=name', tracked);
  world.database.patch('crate', crateId(1), { name: 'x', note: 'y' });
  expect((await world.read(deltaLink)).value).toEqual([expect.objectContaining({ name: 'x' })]);
  const wider = deltaLink.replace('$select=name', '$select=name,note');
  const response = await world.request(wider);
  expect(response.status).toBe(status);
  const { value = [] } = (await response.json()) as Partial<Answered>;
  expect(['name', 'note'].filter(column => value[0] !== undefined && column in value[0])).toEqual(columns);
});

test('a token keeps to its columns from delta to delta, and to all of them when none were chosen', async () => {
  await open({ deltaLinkSelect: 'fixed' });
  const named = await readAll(world, 'crates?$select=name', tracked);
  const all = await readAll(world, 'crates', tracked);
  const next = await world.read((named.deltaLink ?? '').replace('?$select=name&', '?'));
  world.database.patch('crate', crateId(1), { name: 'x', note: 'y' });
  expect((await world.read(next['@odata.deltaLink'] ?? '')).value[0]).not.toHaveProperty('note');
  expect((await world.read((all.deltaLink ?? '').replace('?', '?$select=name&'))).value[0]).toHaveProperty('note');
});

test('pages may follow the time of creation, rows without one last', async () => {
  await open({ pageOrder: 'created' });
  world.database.put('crate', [
    { crateid: crateId(2), createdon: '2024-01-01T00:00:00Z', name: 'old' },
    { crateid: crateId(1), createdon: '2024-02-01T00:00:00Z', name: 'new' },
    { crateid: crateId(3), createdon: '2024-01-15T00:00:00Z', name: 'between' },
  ]);
  expect((await numbers('crates?$select=name')).flat()).toEqual([2, 3, 1, 4, 5]);
  expect((await numbers('crates?$select=name', 'odata.maxpagesize=2')).flat()).toEqual([2, 3, 1, 4, 5]);
});

test('by number, a row slips out of the read when one before it goes, and comes twice when one is made', async () => {
  await open({ pages: 'offset' });
  const deleting = () => world.database.remove('crate', crateId(1));
  expect(await numbers('crates', tracked, deleting)).toEqual([
    [1, 2],
    [4, 5],
  ]);
  const making = () => world.database.put('crate', [{ crateid: crateId(0) }]);
  expect(await numbers('crates', tracked, making)).toEqual([[2, 3], [3, 4], [5]]);
});

test('after the row before, nothing slips', async () => {
  await open({ pages: 'keyset' });
  const deleting = () => world.database.remove('crate', crateId(1));
  expect(await numbers('crates', tracked, deleting)).toEqual([[1, 2], [3, 4], [5]]);
});

async function open(options: Partial<SandboxOptions>): Promise<void> {
  world = await openSandboxWorld(options);
  const rows = [1, 2, 3, 4, 5].map(number => ({ crateid: crateId(number), name: `crate ${number}` }));
  world.database.put('crate', rows);
}

/** The rows of each page by number; something happens behind the first. */
async function numbers(
  path: string,
  prefer = tracked,
  behindFirst: () => unknown = () => undefined,
): Promise<number[][]> {
  const pages: number[][] = [];
  for (let link: string | undefined = path; link !== undefined; ) {
    const page: Answered = await world.read(link, { prefer });
    pages.push(page.value.map(row => Number(String(row.crateid).slice(-2))));
    link = page['@odata.nextLink'];
    if (pages.length === 1) behindFirst();
  }
  return pages;
}
