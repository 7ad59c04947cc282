import { expect, test } from 'vitest';
import { crateId, openSandboxWorld, worldApplication } from '../../test/kit/sandbox-wire.ts';

test('the number of changes since a token is asked for without reading them', async () => {
  const world = await openSandboxWorld();
  world.database.put('crate', [{ crateid: crateId(1) }, { crateid: crateId(2) }]);
  const { '@odata.deltaLink': link = '' } = await world.read('crates?$select=name', { prefer: 'odata.track-changes' });
  const count = async () => (await world.request(link.replace('/crates?', '/crates/$count?'))).text();
  expect(await count()).toBe('0');
  world.database.patch('crate', crateId(1), { name: 'changed' });
  world.database.remove('crate', crateId(2));
  world.database.put('crate', [{ crateid: crateId(3) }]);
  expect(await count()).toBe('3');
  const many = Array.from({ length: 5_100 }, (_, index) => ({ crateid: crateId(index + 10) }));
  world.database.put('crate', many);
  expect(await count()).toBe('5000');
  await world.close();
});

test('it is refused like the changes themselves: no token, an old one, no tracking, no right to all rows', async () => {
  const world = await openSandboxWorld({ deltaTokenLifeMs: 1_000 });
  const { '@odata.deltaLink': link = '' } = await world.read('crates', { prefer: 'odata.track-changes' });
  const ask = async (path: string) => {
    const response = await world.request(path);
    const { error } = (await response.json()) as { error: { code: string } };
    return [response.status, error.code];
  };
  expect(await ask('crates/$count?$deltatoken=abc')).toEqual([400, '0x80060888']);
  expect(await ask('boxes/$count?$deltatoken=1%2101%2f02%2f2024%2003%3a04%3a05')).toEqual([400, '0x80040203']);
  world.clock.nowMs += 2_000;
  expect(await ask(link.replace('/crates?', '/crates/$count?'))).toEqual([400, '0x80044352']);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'user' } });
  expect(await ask(link.replace('/crates?', '/crates/$count?'))).toEqual([403, '0x80040220']);
  await world.close();
});
