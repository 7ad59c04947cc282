import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, giveKey, openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  world.database.put('crate', [
    { crateid: crateId(1), name: "O'Hara (1)", pieces: 7, parentid: { table: 'box', id: crateId(5) } },
  ]);
  world.database.put('box', [{ boxid: crateId(5), name: 'box' }]);
});
afterEach(() => world.close());

const name = encodeURIComponent("'O''Hara (1)'");

test('a key is made, listed and dropped; one that rows stand against fails and names nothing', async () => {
  const made = await makeKey('crate', 'crate_name', ['name']);
  const id = /Keys\(([0-9a-f-]{36})\)$/.exec(made)?.[1] ?? '';
  const read = await world.read(`EntityDefinitions(LogicalName='crate')/Keys`);
  expect(read.value).toMatchObject([
    { MetadataId: id, LogicalName: 'crate_name', KeyAttributes: ['name'], EntityKeyIndexStatus: 'Active' },
  ]);
  const whole = await world.read(
    `EntityDefinitions(LogicalName='crate')?$select=LogicalName&$expand=Keys($select=SchemaName)`,
  );
  expect(whole.Keys).toMatchObject([{ SchemaName: 'crate_name' }]);
  expect((await send('DELETE', `EntityDefinitions(LogicalName='crate')/Keys(${id})`)).status).toBe(204);
  await expectRefused(world.request(`crates(name=${name})`), 400, '0x80060888');

  world.database.put('crate', [{ crateid: crateId(2), name: "o'hara (1)" }]);
  await makeKey('crate', 'crate_name', ['name']);
  const failed = await world.read(`EntityDefinitions(LogicalName='crate')/Keys(LogicalName='crate_name')`);
  expect(failed.EntityKeyIndexStatus).toBe('Failed');
  await expectRefused(world.request(`crates(name=${name})`), 400, '0x80060888');
});

test('a row is read, changed, linked and deleted by the values of a key, whatever their case', async () => {
  await makeKey('crate', 'crate_name', ['name']);
  expect(await world.read(`crates(name=${name})?$select=pieces`)).toMatchObject({ pieces: 7, crateid: crateId(1) });
  expect(await world.read(`crates(name=@n)?$select=pieces&@n=${name}`)).toMatchObject({ pieces: 7 });
  expect(await world.read(`crates(name='o''hara (1)')?$select=pieces`)).toMatchObject({ pieces: 7 });
  expect((await send('PATCH', `crates(name=${name})`, '{"pieces":8}')).status).toBe(204);
  const link = `{"ParentId_crate@odata.bind":"/crates(name='O''Hara (1)')"}`;
  expect((await send('POST', 'crates', `{"crateid":"${crateId(2)}",${link.slice(1)}`)).status).toBe(204);
  expect(world.database.get('crate', crateId(2))?.row.parentid).toEqual({ table: 'crate', id: crateId(1) });
  expect((await send('DELETE', `crates(name=${name})`)).status).toBe(204);
  await expectRefused(world.request(`crates(name=${name})`), 404, '0x80060891');
  await expectRefused(send('DELETE', `crates(name=${name})`), 404, '0x80060891');
});

test('a PATCH to a key without a row makes one of these values, unless If-Match forbids it', async () => {
  giveKey(world, 'crate', 'name', 'pieces');
  const path = "crates(name='new',pieces=3)";
  await expectRefused(send('PATCH', path, '{"note":"n"}', { 'if-match': '*' }), 404, '0x80060891');
  const made = await send('PATCH', path, '{"note":"n","name":"other"}');
  expect(made.status).toBe(204);
  const id = /\(([0-9a-f-]{36})\)$/.exec(made.headers.get('odata-entityid') ?? '')?.[1] ?? '';
  expect(world.database.get('crate', id)?.row).toMatchObject({ name: 'new', pieces: 3, note: 'n' });
  expect((await send('PATCH', path, '{"note":"m"}')).status).toBe(204);
  expect(world.database.count('crate')).toBe(2);
});

test('a key may hold a lookup, addressed by its property', async () => {
  await makeKey('crate', 'crate_parent', ['parentid']);
  expect(await world.read(`crates(_parentid_value=${crateId(5)})?$select=name`)).toMatchObject({ name: "O'Hara (1)" });
  await expectRefused(send('POST', 'crates', `{"ParentId_box@odata.bind":"/boxes(${crateId(5)})"}`), 412, '0x80060892');
});

test('a second row of the values of a key is refused wherever it would come from; empty values are free', async () => {
  await makeKey('crate', 'crate_name', ['name']);
  const refusal = await (await send('POST', 'crates', `{"name":"O'HARA (1)"}`)).json();
  expect(refusal).toMatchObject({
    error: {
      code: '0x80060892',
      message: expect.stringMatching(/^Entity Key crate_name violated\. .* for name already/),
    },
  });
  for (let count = 0; count < 2; count += 1) expect((await send('POST', 'crates', '{}')).status).toBe(204);
  expect((await send('PATCH', `crates(${crateId(3)})`, '{"name":"c"}')).status).toBe(204);
  await expectRefused(send('PATCH', `crates(${crateId(3)})`, `{"name":"O'Hara (1)"}`), 412, '0x80060892');
  await expectRefused(send('PUT', `crates(${crateId(3)})/name`, `{"value":"O'Hara (1)"}`), 412, '0x80060892');
  expect((await send('PATCH', `crates(${crateId(1)})`, `{"name":"O'Hara (1)"}`)).status).toBe(204);
});

test.each([
  ['names that are no key', "crates(pieces=7,name='x')"],
  ['text without quotes', 'crates(name=x)'],
  ['a value without an end', "crates(name='x)"],
  ['an alias without a value', 'crates(name=@x)'],
  ['nothing', 'crates()'],
])('an address with %s is refused', async (_what, path) => {
  await makeKey('crate', 'crate_name', ['name']);
  expect((await world.request(path)).status).toBeGreaterThanOrEqual(400);
});

test.each([
  ['an unknown column', 'k1', ['nope']],
  ['a column of a type that keys cannot have', 'k1', ['note']],
  ['a secured column', 'k1', ['secret']],
])('a key with %s is refused', async (_what, schemaName, columns) => {
  const body = JSON.stringify({ SchemaName: schemaName, KeyAttributes: columns });
  await expectRefused(send('POST', `EntityDefinitions(LogicalName='crate')/Keys`, body), 400, '0x80040203');
});

async function makeKey(table: string, schemaName: string, columns: readonly string[]): Promise<string> {
  const body = JSON.stringify({ SchemaName: schemaName, KeyAttributes: columns });
  const made = await send('POST', `EntityDefinitions(LogicalName='${table}')/Keys`, body);
  expect(made.status).toBe(204);
  return made.headers.get('odata-entityid') ?? '';
}

function send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
  return world.request(path, body === undefined ? { method, headers } : { method, body, headers });
}

async function expectRefused(sent: Promise<Response>, status: number, code: string): Promise<void> {
  const response = await sent;
  const { error } = (await response.json()) as { error: { code: string } };
  expect([response.status, error.code]).toEqual([status, code]);
}
