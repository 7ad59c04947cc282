import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { answerOneRow } from '../../../test/kit/fake-conversation.ts';
import { testCertificate, testKey } from '../../../test/kit/fixed-certificates.ts';
import { errorFields, message, query, request, startUpPacket, WireClient } from '../../../test/kit/wire-client.ts';
import { eventually, openWireWorld, PASSWORD, type WireWorld } from '../../../test/kit/wire-world.ts';
import { Fault } from '../../core/fault.ts';

const tls = { certPem: testCertificate, keyPem: testKey };
let world: WireWorld;

afterEach(() => world.close());

test('a client signs in, hears the settings and its key, and asks', async () => {
  world = await openWireWorld();
  const client = await world.client();
  const parameters = { application_name: 'test', options: '-c a=b' };
  const greeting = await client.signIn({ user: 'ann', password: PASSWORD, database: 'lake', parameters });
  expect(greeting.map(({ type }) => type).join('')).toBe('SSSSSSKZ');
  expect(greeting[0]?.body.toString()).toBe('server_version\x0015.0\0');
  const { start } = world.conversations.last;
  expect(start).toMatchObject({
    user: { name: 'ann', role: 'Reader', databases: 'all' },
    database: 'lake',
    clientAddress: '127.0.0.1',
    serverPort: world.wire.port,
    isEncrypted: false,
  });
  expect(Object.keys(start.user)).not.toContain('verifier');
  expect([...start.parameters]).toEqual([
    ['application_name', 'test'],
    ['options', '-c a=b'],
  ]);
  expect(world.wire.connections()).toEqual([
    {
      processId: start.processId,
      user: 'ann',
      database: 'lake',
      clientAddress: '127.0.0.1',
      isEncrypted: false,
      sinceMs: world.clock.nowMs(),
    },
  ]);
  client.send(query('hello'));
  expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('TDCZ');
});

test('without a database the one of the user is meant', async () => {
  world = await openWireWorld();
  await (await world.client()).signIn({ user: 'ann', password: PASSWORD });
  expect(world.conversations.last.start.database).toBe('ann');
});

test('without a certificate a wish for encryption is refused, and the client may go on without', async () => {
  world = await openWireWorld();
  const client = await world.client();
  client.send(request('gss'));
  expect(await client.byte()).toBe('N');
  client.send(request('ssl'));
  expect(await client.byte()).toBe('N');
  expect((await client.signIn({ user: 'ann', password: PASSWORD })).at(-1)?.type).toBe('Z');
});

test('clients of a newer minor version, or with options of the protocol, are told what there is', async () => {
  world = await openWireWorld();
  const client = await world.client();
  client.send(startUpPacket({ user: 'ann', '_pq_.first': '1', '_pq_.second': 'x' }, (3 << 16) + 2));
  const { type, body } = await client.message();
  expect([type, body.readInt32BE(0), body.readInt32BE(4)]).toEqual(['v', 3 << 16, 2]);
  expect(body.toString('utf8', 8)).toBe('_pq_.first\0_pq_.second\0');
  expect((await client.message()).type).toBe('R');
});

test('clients of another machine must encrypt where that is asked, before they say a password', async () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find(each => each?.family === 'IPv4' && !each.internal)?.address;
  world = await openWireWorld({ host: '0.0.0.0', tls, requireTls: true });
  expect((await world.signedIn()).isClosed).toBe(false);
  if (address === undefined) return;
  const client = await WireClient.connect(world.wire.port, address);
  client.send(startUpPacket({ user: 'ann' }));
  const [error, ...more] = await client.rest();
  expect(errorFields(error)).toMatchObject({ S: 'FATAL', C: '28000' });
  expect(more).toEqual([]);
});

/** Answers `wait` when it is cancelled or the connection ends, anything else at once. */
const waits: typeof answerOneRow = async (asked, conversation) => {
  if (asked.is !== 'query' || asked.sql !== 'wait') return answerOneRow(asked, conversation);
  const { interrupted } = conversation;
  await new Promise<void>(resolve => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve());
  });
  return conversation.start.backend.readyForQuery('I');
};

test('a statement is cancelled by whoever knows its key, and by nobody else', async () => {
  world = await openWireWorld({ answer: waits });
  const client = await world.client();
  const greeting = await client.signIn({ user: 'ann', password: PASSWORD });
  const key = greeting.find(({ type }) => type === 'K')?.body ?? Buffer.alloc(0);
  client.send(query('wait'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  const wrong = Buffer.from(key);
  wrong[7] = (wrong[7] ?? 0) ^ 1;
  for (const guess of [wrong, key.subarray(0, 7), Buffer.alloc(8), Buffer.concat([key, Buffer.alloc(4)])]) {
    const other = await world.client();
    other.send(request('cancel', guess));
    expect(await other.rest()).toEqual([]);
  }
  expect(world.conversations.last.cancels()).toBe(0);
  const other = await world.client();
  other.send(request('cancel', key));
  expect(await other.rest()).toEqual([]);
  expect(world.conversations.last.cancels()).toBe(1);
  expect((await client.message()).type).toBe('Z');
});

test('a database that is not there ends the connection with its state, after the password', async () => {
  world = await openWireWorld({
    openConversation: async ({ database }) => {
      throw new Fault('sql/database-unknown', { database });
    },
  });
  const greeting = await (await world.client()).signIn({ user: 'ann', password: PASSWORD, database: 'no' });
  expect(errorFields(greeting[0])).toMatchObject({
    S: 'FATAL',
    C: '3D000',
    M: 'There is no such lake database (database: no)',
  });
  expect(world.wire.connections()).toEqual([]);
});

test('a bug in a conversation tells the client nothing of itself, and ends that connection alone', async () => {
  world = await openWireWorld({
    answer: async (asked, conversation) => {
      if (asked.is === 'query' && asked.sql === 'bug') throw new Error('secret words');
      return answerOneRow(asked, conversation);
    },
  });
  const [client, other] = [await world.signedIn(), await world.signedIn()];
  client.send(query('bug'));
  const [error] = await client.rest();
  expect(errorFields(error)).toMatchObject({ S: 'FATAL', C: 'XX000' });
  expect(error?.body.toString()).not.toContain('secret words');
  expect(world.log).toContain('error sql connection ended internal/bug');
  other.send(query('hello'));
  expect((await other.until('Z')).length).toBe(4);
});

test('there are as many places as allowed, and one more for a System Administrator', async () => {
  world = await openWireWorld({ limits: { connectionsMax: 2 } });
  const first = await world.signedIn();
  await world.signedIn();
  const refused = await (await world.client()).signIn({ user: 'ann', password: PASSWORD });
  expect(errorFields(refused[0])).toMatchObject({ S: 'FATAL', C: '53300' });
  await world.signedIn('root');
  expect(errorFields((await (await world.client()).signIn({ user: 'root', password: PASSWORD }))[0]).C).toBe('53300');
  // A place is free as soon as its conversation is closed.
  first.send(message('X'));
  await first.rest();
  await eventually(() => world.wire.connections().length === 2, 'a free place');
  expect(errorFields((await (await world.client()).signIn({ user: 'eve', password: PASSWORD }))[0]).C).toBe('53300');
});

test.each([
  ['a goodbye', (client: WireClient) => client.send(message('X'))],
  ['the end of its side', (client: WireClient) => client.socket.end()],
  ['a reset', (client: WireClient) => client.socket.resetAndDestroy()],
])('%s of the client interrupts what runs at once', async (_, leave) => {
  world = await openWireWorld({ answer: waits });
  const client = await world.signedIn();
  client.send(query('wait'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  leave(client);
  await eventually(() => world.conversations.last.isClosed(), 'the end of the conversation');
  expect(world.conversations.last.interrupted.aborted).toBe(true);
  await eventually(() => world.wire.connections().length === 0, 'the end of the connection');
});

test('a client that says goodbye and does not close is not waited for', async () => {
  world = await openWireWorld({ answer: waits });
  const client = await world.signedIn();
  client.socket.allowHalfOpen = true;
  client.send(query('wait'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  client.send(message('X'));
  await eventually(() => world.conversations.last.isClosed(), 'the end of the conversation');
  expect(client.isClosed).toBe(false);
  await world.clock.advance(2_000);
  await eventually(() => world.wire.connections().length === 0, 'the end of the connection');
});

test('messages reach the conversation one at a time and in their order', async () => {
  let atOnce = 0;
  let most = 0;
  world = await openWireWorld({
    answer: async (asked, conversation) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(resolve => setImmediate(resolve));
      await answerOneRow(asked, conversation);
      atOnce -= 1;
    },
  });
  const client = await world.signedIn();
  client.send(...Array.from({ length: 50 }, (_, index) => query(`${index}`)));
  for (let index = 0; index < 50; index += 1) {
    const row = (await client.until('Z')).find(({ type }) => type === 'D');
    expect(row?.body.toString('utf8', 6)).toBe(`${index}`);
  }
  expect(most).toBe(1);
});

test('closing tells every client, interrupts what runs, and takes nobody new', async () => {
  world = await openWireWorld({ answer: waits });
  const [idle, busy, waiting] = [await world.signedIn(), await world.signedIn(), await world.client()];
  busy.send(query('wait'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  const closing = world.wire.close();
  for (const client of [idle, busy, waiting]) {
    expect(errorFields((await client.rest()).at(-1))).toMatchObject({ S: 'FATAL', C: '57P01' });
  }
  await closing;
  await world.wire.close();
  expect(world.conversations.all.map(each => each.isClosed())).toEqual([true, true]);
  expect(world.wire.connections()).toEqual([]);
  const late = await world.client();
  await eventually(() => late.isClosed, 'no answer at the port');
});

test('closing does not wait for ever for a conversation that does not end', async () => {
  world = await openWireWorld({ answer: () => new Promise(() => {}), limits: { closeMs: 5_000 } });
  const client = await world.signedIn();
  world.conversations.last.close = () => new Promise(() => {});
  client.send(query('for ever'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  const closing = world.wire.close();
  await client.rest();
  await world.clock.advance(5_000);
  await closing;
});

test('a port that is taken is said so', async () => {
  world = await openWireWorld();
  await expect(openWireWorld({ port: world.wire.port })).rejects.toMatchObject({
    code: 'input/invalid',
    details: { port: world.wire.port, reason: 'the port is in use' },
  });
});

test('a certificate that is none, and encryption without one, are refused at the start', async () => {
  world = await openWireWorld();
  const broken = openWireWorld({ tls: { certPem: 'x', keyPem: testKey } });
  await expect(broken).rejects.toMatchObject({ code: 'input/invalid' });
  await expect(openWireWorld({ requireTls: true })).rejects.toMatchObject({ code: 'input/invalid' });
});
