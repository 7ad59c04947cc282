import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(async () => world.close());

async function post(action: string, targets: readonly object[]): Promise<Response> {
  const body = JSON.stringify({ Targets: targets });
  return world.request(`crates/Microsoft.Dynamics.CRM.${action}`, { method: 'POST', body });
}

async function names(): Promise<unknown[]> {
  return (await world.read('crates?$select=name')).value.map(row => row.name);
}

const crate = (number: number, name: string) => ({
  '@odata.type': 'Microsoft.Dynamics.CRM.crate',
  crateid: crateId(number),
  name,
});

test('many rows are created by one request, which answers their ids', async () => {
  const response = await post('CreateMultiple', [crate(1, 'one'), crate(2, 'two')]);
  expect(await response.json()).toMatchObject({ Ids: [crateId(1), crateId(2)] });
  expect(await names()).toEqual(['one', 'two']);
});

test('one bad row leaves none', async () => {
  expect((await post('CreateMultiple', [crate(1, 'one'), { ...crate(2, 'two'), odd: 1 }])).status).toBe(400);
  expect(await names()).toEqual([]);
});

test('an update of many names each row, and one unknown row leaves all as they were', async () => {
  await post('CreateMultiple', [crate(1, 'one'), crate(2, 'two')]);
  expect((await post('UpdateMultiple', [crate(1, 'first'), crate(3, 'third')])).status).toBe(404);
  expect(await names()).toEqual(['one', 'two']);
  expect((await post('UpdateMultiple', [crate(1, 'first'), crate(2, 'second')])).status).toBe(204);
  expect(await names()).toEqual(['first', 'second']);
});

test('an upsert of many creates what is unknown', async () => {
  await post('CreateMultiple', [crate(1, 'one')]);
  expect((await post('UpsertMultiple', [crate(1, 'first'), crate(2, 'second')])).status).toBe(204);
  expect(await names()).toEqual(['first', 'second']);
});

test('exact numbers stay exact', async () => {
  const body = `{"Targets":[{"crateid":"${crateId(1)}","weight":100000000000.0000000001,"serial":9007199254740993}]}`;
  await world.request('crates/Microsoft.Dynamics.CRM.CreateMultiple', { method: 'POST', body });
  const accept = { Accept: 'application/json;IEEE754Compatible=true' };
  const [row] = (await world.read('crates?$select=weight,serial', { headers: accept })).value;
  expect(row).toMatchObject({ weight: '100000000000.0000000001', serial: '9007199254740993' });
});

test.each(['{}', '{"Targets":[]}', '{"Targets":[1]}', 'no json'])('%s names no rows', async body => {
  const response = await world.request('crates/Microsoft.Dynamics.CRM.CreateMultiple', { method: 'POST', body });
  expect(response.status).toBe(400);
});
