import { afterEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
afterEach(() => world.close());

test.each(['deleted', 'silent'] as const)(
  'rows that retention takes away are gone, and tracked as %s',
  async retainedRows => {
    world = await openSandboxWorld({ retainedRows });
    world.database.put(
      'crate',
      [1, 2, 3].map(number => ({ crateid: crateId(number), name: `${number}` })),
    );
    world.database.put('box', [{ boxid: crateId(5) }]);
    world.database.put('crate_box', [{ crate_boxid: crateId(6), crateid: crateId(1), boxid: crateId(5) }]);
    const { deltaLink } = await readAll(world, 'crates?$select=name', 'odata.track-changes');
    const answer = await retain({ table: 'crate', ids: [crateId(1), crateId(2), crateId(9)] });
    expect([answer.status, await answer.json()]).toEqual([200, { retained: 2 }]);
    expect((await world.request(`crates(${crateId(1)})`)).status).toBe(404);
    expect([world.database.count('crate'), world.database.count('crate_box')]).toEqual([1, 0]);
    const { rows } = await readAll(world, deltaLink ?? '', '');
    const told = retainedRows === 'deleted' ? [crateId(1), crateId(2)] : [];
    expect(rows.map(row => [row.id, row.reason])).toEqual(told.map(id => [id, 'deleted']));
  },
);

test('a table that is none is refused', async () => {
  world = await openSandboxWorld();
  expect((await retain({ table: 'nope', ids: [crateId(1)] })).status).toBe(400);
  expect((await retain({ table: 'crate', ids: ['1'] })).status).toBe(400);
});

function retain(body: object): Promise<Response> {
  return fetch(`${world.sandbox.localUrl}/__sandbox/retain`, { method: 'POST', body: JSON.stringify(body) });
}
