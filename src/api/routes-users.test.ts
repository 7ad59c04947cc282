import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeControl } from '../../test/kit/fake-control.ts';
import { layKeptLake } from '../../test/kit/kept-lake.ts';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';
import { administrationOf } from '../app/database-control.ts';
import { silentLog } from '../app/log.ts';
import { ApiClient } from './client.ts';
import { type Api, openApi } from './server.ts';

const TOKEN = 'a'.repeat(43);
const PASSWORD = 'correct horse';
const database = 'dataverse-sales';
let world: LedgerWorld;
let api: Api;
let failures: string[];

beforeEach(async () => {
  world = await LedgerWorld.open();
  failures = [];
  const lakePath = join(world.folder, 'lake');
  layKeptLake(lakePath, { id: 'id-sales', name: 'sales' });
  await world.add(ledgerLink('sales', { lakePath }));
  const info = () => ({ version: '0.1.0', pid: 1, startedAt: '', home: '/home', sql: null });
  api = await openApi({
    control: new FakeControl(),
    administration: administrationOf({ ledger: world.ledger, log: silentLog }),
    service: { info, stop: () => {} },
    token: TOKEN,
    port: 0,
    nowMs: () => 0,
    onFailure: fault => failures.push(fault.code),
  });
});
afterEach(async () => {
  await api.close();
  await world.close();
});

async function send(method: string, path: string, { body, token = TOKEN }: { body?: object; token?: string } = {}) {
  const answer = await fetch(`http://127.0.0.1:${api.port}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? (method === 'GET' ? null : '{}') : JSON.stringify(body),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

test.each([
  ['POST', 'users', { name: 'maria', password: PASSWORD }, 409, 'sql/exists'],
  ['POST', 'users', { name: 'a\u0000', password: PASSWORD }, 400, 'input/invalid'],
  ['POST', 'users', { name: 'hugo', password: 'short' }, 400, 'input/invalid'],
  ['POST', 'users', { name: 'hugo', password: PASSWORD, role: 'Owner' }, 400, 'input/invalid'],
  ['POST', 'users', { name: 'hugo', password: PASSWORD, verifier: {} }, 400, 'input/invalid'],
  ['POST', 'users', { name: 'hugo', password: PASSWORD, databases: ['nope'] }, 404, 'sql/database-unknown'],
  ['PATCH', 'users/nobody', { role: 'Maker' }, 404, 'sql/user-unknown'],
  ['PUT', 'users/nobody/password', { password: PASSWORD }, 404, 'sql/user-unknown'],
  ['POST', 'users/maria/grant', { databases: [] }, 400, 'input/invalid'],
  ['POST', 'users/maria/grant', { databases: [database, 'nope'] }, 404, 'sql/database-unknown'],
  ['DELETE', 'users/nobody', undefined, 404, 'sql/user-unknown'],
  ['GET', 'databases/nope/contents', undefined, 404, 'sql/database-unknown'],
  ['DELETE', `databases/${database}?keepFiles=true`, undefined, 409, 'sql/in-use'],
  ['DELETE', `databases/${database}?keepFiles=perhaps`, undefined, 400, 'input/invalid'],
  ['DELETE', 'databases/postgres', undefined, 400, 'input/invalid'],
])('%s %s with %j is a problem: %i %s', async (method, path, body, status, code) => {
  await world.user('maria', 'Reader');
  const answer = await send(method, path, body === undefined ? {} : { body });
  expect([answer.status, answer.type]).toEqual([status, expect.stringContaining('application/problem+json')]);
  expect(JSON.parse(answer.text)).toMatchObject({ code, status });
  expect(answer.text).not.toContain(PASSWORD);
  expect((await world.ledger.users.list()).map(({ name, databases }) => [name, databases])).toEqual([['maria', []]]);
  // None is a failure of ours.
  expect(failures).toEqual([]);
});

test('every address wants the token', async () => {
  const addresses = [
    'GET users',
    'POST users',
    'PATCH users/a',
    'DELETE users/a',
    'GET databases',
    'DELETE databases/a',
  ];
  for (const address of addresses) {
    const [method = '', path = ''] = address.split(' ');
    expect((await send(method, path, { token: 'b'.repeat(43) })).status, address).toBe(401);
  }
});

test('no answer has a password or what checks one', async () => {
  const client = new ApiClient({ port: api.port, token: TOKEN, fetch });
  const made = await client.createUser({ name: 'maria', role: 'Maker', databases: 'all', password: PASSWORD });
  const fields = ['createdAt', 'databases', 'disabled', 'name', 'role'];
  expect(Object.keys(made).sort()).toEqual(fields);
  for (const user of (await client.users()).users) expect(Object.keys(user).sort()).toEqual(fields);
});

test('of two drops at once the second hears that there is no such database', async () => {
  await world.unlink('sales', { deleteData: false });
  const client = new ApiClient({ port: api.port, token: TOKEN, fetch });
  const drop = () => client.dropDatabase(database, { keepFiles: false });
  const outcomes = await Promise.allSettled([drop(), drop()]);
  const rejected = outcomes.find(outcome => outcome.status === 'rejected');
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(rejected).toMatchObject({ reason: { code: 'sql/database-unknown' } });
  expect((await client.databases()).databases).toEqual([]);
});
