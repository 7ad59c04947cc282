import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import { standardTables } from './catalogue.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  for (const table of standardTables()) {
    if (table.logicalName === 'lake_reading' || table.logicalName === 'lake_remote') world.database.createTable(table);
  }
});
afterEach(() => world.close());

test('definitions tell elastic and virtual tables from others', async () => {
  const { value } = await world.read('EntityDefinitions?$select=LogicalName,TableType,DataProviderId');
  const found = new Map(value.map(table => [table.LogicalName, [table.TableType, table.DataProviderId]]));
  expect(found.get('lake_reading')).toEqual(['Elastic', '1d9bde74-9ebd-4da9-8ff5-aa74945b9f74']);
  expect(found.get('lake_remote')).toEqual(['Virtual', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(found.get('crate')).toEqual(['Standard', null]);
  const keys = await world.read("EntityDefinitions(LogicalName='lake_reading')/Keys");
  expect(keys.value).toMatchObject([
    { SchemaName: 'KeyForNoSqlEntityWithPKPartitionId', KeyAttributes: ['lake_readingid', 'partitionid'] },
  ]);
});

test('a row that was put into a partition is found by its id only together with it', async () => {
  const made = await send('POST', 'lake_readings', '{"lake_name":"a","partitionid":"device/1"}');
  const url = made.headers.get('odata-entityid') ?? '';
  const id = /lake_readingid=([0-9a-f-]{36}),partitionid='device%2F1'\)$/.exec(url)?.[1] ?? '';
  expect([made.status, made.headers.get('x-ms-session-token')]).toEqual([204, expect.stringMatching(/^240:8#/)]);
  expect((await world.request(`lake_readings(${id})`)).status).toBe(404);
  expect((await world.request(`lake_readings(${id})?partitionId='other'`)).status).toBe(404);
  expect(await world.read(`lake_readings(${id})?partitionId='device/1'`)).toMatchObject({ lake_name: 'a' });
  expect(await world.read(url)).toMatchObject({ lake_name: 'a', partitionid: 'device/1' });

  expect((await send('PATCH', url, '{"lake_name":"b","partitionid":"moved"}')).status).toBe(204);
  expect((await send('PATCH', `lake_readings(${id})`, '{"lake_name":"c","partitionid":"device/1"}')).status).toBe(204);
  expect(world.database.get('lake_reading', id)?.row).toMatchObject({ lake_name: 'c', partitionid: 'device/1' });
  expect((await send('DELETE', `lake_readings(${id})`)).status).toBe(404);
  expect((await send('DELETE', `lake_readings(${id})?partitionId='device/1'`)).status).toBe(204);
});

test('a row without a partition of its own is found as in any other table', async () => {
  const made = await send('PATCH', `lake_readings(${crateId(1)})`, '{"lake_name":"a"}');
  expect(made.headers.get('odata-entityid')).toBe(`${world.api}/lake_readings(${crateId(1)})`);
  const key = `lake_readingid=${crateId(1)},partitionid='${crateId(1)}'`;
  for (const path of [crateId(1), key]) {
    expect(await world.read(`lake_readings(${path})`)).toMatchObject({ partitionid: crateId(1) });
  }
  const { rows } = await readAll(world, 'lake_readings?$select=lake_name', 'odata.track-changes');
  expect(rows).toMatchObject([{ lake_name: 'a' }]);
});

test.each([
  ['GET', 'lake_remotes', undefined],
  ['GET', 'lake_remotes/$count', undefined],
  ['GET', `lake_remotes(${crateId(1)})`, undefined],
  ['POST', 'lake_remotes', '{}'],
  ['PATCH', `lake_remotes(${crateId(1)})`, '{}'],
  ['DELETE', `lake_remotes(${crateId(1)})`, undefined],
])('%s %s of a virtual table is refused, tracked or not', async (method, path, body) => {
  for (const prefer of ['', 'odata.track-changes']) {
    const refused = await world.request(path, { method, prefer, ...(body === undefined ? {} : { body }) });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: '0x80040224' } }]);
  }
});

test('no further key is made for an elastic or a virtual table', async () => {
  const body = JSON.stringify({ SchemaName: 'lake_Key', KeyAttributes: ['lake_name'] });
  for (const name of ['lake_reading', 'lake_remote']) {
    expect((await send('POST', `EntityDefinitions(LogicalName='${name}')/Keys`, body)).status).toBe(400);
  }
});

test('a virtual table cannot be made to track changes', async () => {
  const path = "EntityDefinitions(LogicalName='lake_remote')";
  expect((await send('PUT', path, '{"ChangeTrackingEnabled":true}')).status).toBe(400);
});

function send(method: string, path: string, body?: string): Promise<Response> {
  return world.request(path, { method, ...(body === undefined ? {} : { body }) });
}
