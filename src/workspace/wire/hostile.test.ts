import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { answerOneRow } from '../../../test/kit/fake-conversation.ts';
import {
  errorFields,
  message,
  query,
  request,
  saslFirst,
  signInAnswer,
  startUpPacket,
  type WireClient,
} from '../../../test/kit/wire-client.ts';
import { eventually, openWireWorld, PASSWORD, type WireWorld } from '../../../test/kit/wire-world.ts';

let world: WireWorld;

afterEach(() => world.close());

/** That the listener still serves whoever keeps to the protocol. */
async function expectServing(): Promise<void> {
  const client = await world.signedIn('eve');
  client.send(query('still there'));
  expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('TDCZ');
  client.send(message('X'));
  await client.rest();
}

const size = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

test.each<[string, Buffer, string]>([
  ['a length of nothing', size(0), '08P01'],
  ['a length of two gigabytes', size(2_147_483_647), '08P01'],
  ['a negative length', size(-5), '08P01'],
  ['more than a start-up packet may have', startUpPacket({ user: 'a'.repeat(17_000) }), '08P01'],
  ['version 2.0', startUpPacket({ user: 'ann' }, 2 << 16), '0A000'],
  ['version 4.0', startUpPacket({ user: 'ann' }, 4 << 16), '0A000'],
  ['an unknown request', startUpPacket({}, 80877105), '0A000'],
  ['no user', startUpPacket({ database: 'lake' }), '28000'],
  ['replication', startUpPacket({ user: 'ann', replication: 'database' }), '0A000'],
  ['a name without its end', Buffer.concat([size(12), size(3 << 16), Buffer.from('user')]), '08P01'],
  ['a name without a value', Buffer.concat([size(13), size(3 << 16), Buffer.from('user\0')]), '08P01'],
  ['bytes behind the end', Buffer.concat([size(11), size(3 << 16), Buffer.from('\0xx')]), '08P01'],
  [
    'a name that is not UTF-8',
    Buffer.concat([size(17), size(3 << 16), Buffer.from('user\0\xff\xfe\0\0', 'latin1')]),
    '22021',
  ],
  ['a request of the web', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '08P01'],
  ['a handshake of TLS where there is none', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), '08P01'],
  ['encryption asked for twice', Buffer.concat([request('ssl'), request('ssl')]), '08P01'],
])('start-up with %s is refused with a state', async (_, bytes, state) => {
  world = await openWireWorld();
  const client = await world.client();
  client.send(bytes);
  if (bytes.equals(Buffer.concat([request('ssl'), request('ssl')]))) await client.byte();
  const [error, ...more] = await client.rest();
  expect(errorFields(error)).toMatchObject({ S: 'FATAL', C: state });
  expect(more).toEqual([]);
  await expectServing();
});

test.each<[string, Buffer]>([
  ['a query instead of an answer', query('select 1')],
  ['an unknown mechanism', saslFirst('PLAIN', 'x')],
  ['channel binding without TLS', saslFirst('SCRAM-SHA-256-PLUS', 'p=tls-server-end-point,,n=,r=abc')],
  ['no first message', message('p', 'SCRAM-SHA-256\0\xff\xff\xff\xff')],
  ['a first message longer than it is', message('p', Buffer.from('SCRAM-SHA-256\0\x00\x00\x10\x00n,,', 'latin1'))],
  ['nonsense', saslFirst('SCRAM-SHA-256', 'nonsense')],
  ['an answer that is too long', message('p', 'x'.repeat(20_000))],
])('at sign-in, %s breaks the protocol', async (_, bytes) => {
  world = await openWireWorld();
  const client = await world.client();
  client.send(startUpPacket({ user: 'ann' }));
  await client.message();
  client.send(bytes);
  expect(errorFields((await client.rest())[0])).toMatchObject({ S: 'FATAL', C: '08P01' });
  expect(world.conversations.all).toEqual([]);
});

test.each<[string, Buffer]>([
  ['an unknown type', message('!', 'x')],
  ['a password, long after', signInAnswer(Buffer.from('x'))],
  ['a length of nothing', message('Q', '', 0)],
  ['a negative length', message('Q', '', -1)],
  ['a length above the limit', message('Q', '', 64 * 1024 * 1024 + 1)],
  ['a query without its end', message('Q', 'select 1')],
  ['a query that is not UTF-8', message('Q', Buffer.from([0xff, 0]))],
  ['a parameter longer than its message', message('B', '\0\0\0\0\0\x01\x7f\xff\xff\xff\0\0')],
  ['fewer parameters than it says', message('B', '\0\0\0\0\xff\xff')],
])('after sign-in, %s ends that connection and no other', async (_, bytes) => {
  world = await openWireWorld();
  const [client, other] = [await world.signedIn(), await world.signedIn()];
  client.send(bytes);
  expect(errorFields((await client.rest())[0])).toMatchObject({ S: 'FATAL', C: expect.stringMatching(/08P01|22021/) });
  expect(world.conversations.all.map(each => each.isClosed())).toEqual([true, false]);
  other.send(query('hello'));
  expect((await other.until('Z')).length).toBe(4);
});

test('half a start-up packet, and half a sign-in, are cut off in time', async () => {
  world = await openWireWorld();
  const [half, silent, halfSignedIn] = [await world.client(), await world.client(), await world.client()];
  half.send(startUpPacket({ user: 'ann' }).subarray(0, 9));
  halfSignedIn.send(startUpPacket({ user: 'ann' }));
  await halfSignedIn.message();
  await eventually(() => world.clock.sleeping === 3, 'three deadlines');
  await world.clock.advance(14_999);
  expect([half.isClosed, silent.isClosed, halfSignedIn.isClosed]).toEqual([false, false, false]);
  await world.clock.advance(1);
  for (const client of [half, silent, halfSignedIn]) {
    expect(errorFields((await client.rest())[0])).toMatchObject({ S: 'FATAL', C: '57014' });
  }
});

test('whoever signed in may be silent as long as he likes', async () => {
  world = await openWireWorld();
  const client = await world.signedIn();
  await world.clock.advance(7 * 24 * 3_600_000);
  client.send(query('hello'));
  expect((await client.until('Z')).length).toBe(4);
});

test('200 connections that say nothing keep nobody out', async () => {
  world = await openWireWorld();
  const silent: WireClient[] = [];
  for (let index = 0; index < 200; index += 1) silent.push(await world.client());
  // Those above the limit were told so; the others wait.
  await eventually(() => silent.filter(({ isClosed }) => isClosed).length === 136, '136 refusals');
  expect(errorFields((await silent[100]?.rest())?.[0])).toMatchObject({ S: 'FATAL', C: '53300' });
  await world.clock.advance(2_001);
  await expectServing();
  expect(silent[0]?.isClosed).toBe(true);
  expect(silent[1]?.isClosed).toBe(false);
  // Lines about it do not fill the log.
  expect(world.log.length).toBeLessThan(25);
  await world.clock.advance(15_000);
  await eventually(() => silent.every(({ isClosed }) => isClosed), 'the end of all');
});

test('wrong passwords wait longer and longer; an unknown name looks the same', async () => {
  world = await openWireWorld();
  const refusals: Record<string, string>[] = [];
  for (const user of ['ann', 'nobody', 'ann', 'nobody', 'ann', 'nobody']) {
    const client = await world.client();
    refusals.push(errorFields((await client.signIn({ user, password: 'wrong' }))[0]));
    await client.rest();
  }
  const of = (user: string) => refusals.filter(({ M }) => M?.includes(`"${user}"`));
  expect(of('ann')).toHaveLength(3);
  expect(of('ann')[0]).toMatchObject({ S: 'FATAL', C: '28P01', M: 'password authentication failed for user "ann"' });
  const words = (user: string) => JSON.stringify(of(user)).replaceAll(user, '?');
  expect(words('nobody')).toBe(words('ann'));
  const quiet = () => eventually(() => world.clock.sleeping === 0, 'the end of those before');
  for (let index = 0; index < 3; index += 1) {
    await quiet();
    const client = await world.client();
    const refused = client.signIn({ user: 'ann', password: 'wrong' });
    if (index > 0) {
      await eventually(() => world.clock.sleeping === 2, 'its pause');
      await world.clock.advance(100 * index);
    }
    expect(errorFields((await refused)[0]).C).toBe('28P01');
    await client.rest();
  }
  // The right password waits too; then it is right.
  await quiet();
  const client = await world.client();
  const signedIn = client.signIn({ user: 'ann', password: PASSWORD });
  await eventually(() => world.clock.sleeping === 2, 'its pause');
  await world.clock.advance(400);
  expect((await signedIn).at(-1)?.type).toBe('Z');
  await expectServing();
});

test('the salt of a name is the same each time, whether there is such a user or not', async () => {
  world = await openWireWorld();
  const saltOf = async (user: string) => {
    const client = await world.client();
    client.send(startUpPacket({ user }));
    await client.message();
    client.send(saslFirst('SCRAM-SHA-256', 'n,,n=,r=abc'));
    const text = (await client.message()).body.toString('utf8', 4);
    client.destroy();
    return /,(s=.*)$/.exec(text)?.[1];
  };
  for (const user of ['ann', 'nobody']) expect(await saltOf(user)).toBe(await saltOf(user));
  expect((await saltOf('nobody'))?.length).toBe((await saltOf('ann'))?.length);
});

test('large messages of all clients together have a limit too', async () => {
  const limits = { messageBytesMax: 4_000_000, receivedBytesMax: 3_000_000 };
  world = await openWireWorld({ limits });
  const clients = [await world.signedIn(), await world.signedIn()];
  const other = await world.signedIn();
  for (const client of clients) client.send(message('Q', Buffer.alloc(2_000_000, 0x20), 3_900_000));
  await eventually(() => clients.some(({ isClosed }) => isClosed), 'a refusal');
  const refused = clients.filter(({ isClosed }) => isClosed);
  expect(refused).toHaveLength(1);
  expect(errorFields((await refused[0]?.rest())?.[0])).toMatchObject({ S: 'FATAL', C: '53200' });
  other.send(query('hello'));
  expect((await other.until('Z')).length).toBe(4);
  // What was held is given back.
  for (const client of clients) client.destroy();
  await eventually(() => world.wire.connections().length === 1, 'the end of both');
  other.send(query(' '.repeat(2_900_000)));
  expect((await other.until('Z')).length).toBe(4);
});

test('a client that does not read its result holds the result, not our memory', async () => {
  const row = [Buffer.alloc(10_000, 0x61)];
  let sent = 0;
  world = await openWireWorld({
    answer: async (asked, conversation) => {
      const { backend } = conversation.start;
      if (asked.is !== 'query') return;
      for (let index = 0; index < 5_000; index += 1) {
        await backend.dataRows([row]);
        sent += 1;
      }
      backend.commandComplete('SELECT 5000');
      await backend.readyForQuery('I');
    },
  });
  const client = await world.signedIn();
  client.socket.pause();
  client.send(query('50 MB'));
  await eventually(() => sent > 0, 'the first row');
  // The system's buffers on both sides take some; then it stands still.
  expect(await settledNumber(() => sent)).toBeLessThan(2_500);
  client.socket.resume();
  const messages = await client.until('Z');
  expect(messages.filter(({ type }) => type === 'D')).toHaveLength(5_000);
});

test('rows that wait for a slow client are dropped when their statement is interrupted, not sent behind the error', async () => {
  const rows = Array.from({ length: 5_000 }, () => [Buffer.alloc(10_000)]);
  world = await openWireWorld({
    answer: async (asked, { start: { backend }, interrupted }) => {
      if (asked.is !== 'query') return;
      const stopped = new Promise<void>(resolve => interrupted.addEventListener('abort', () => resolve()));
      await Promise.race([backend.dataRows(rows), stopped]);
      const said = { detail: null, hint: null, position: null };
      backend.error({ severity: 'ERROR', sqlState: '57014', message: 'canceled', ...said });
      await backend.readyForQuery('I');
    },
  });
  const client = await world.signedIn();
  client.socket.pause();
  client.send(query('50 MB'));
  await eventually(() => world.clock.sleeping === 1, 'a client that is full');
  world.conversations.last.cancel();
  client.socket.resume();
  const types = (await client.until('Z')).map(({ type }) => type).join('');
  expect(types).toMatch(/^D+EZ$/);
  expect(types.length).toBeLessThan(5_000);
  client.send(message('X'));
  expect(await client.rest()).toEqual([]);
});

test('a client that takes nothing for an hour is given up', async () => {
  let failure: unknown = null;
  world = await openWireWorld({
    answer: async (_, conversation) => {
      const rows = Array.from({ length: 1_000 }, () => [Buffer.alloc(10_000)]);
      for (;;) {
        await conversation.start.backend.dataRows(rows).catch(thrown => {
          failure = thrown;
        });
        if (failure !== null) return;
      }
    },
  });
  const client = await world.signedIn();
  client.socket.pause();
  client.send(query('endless'));
  await eventually(() => world.clock.sleeping === 1, 'a client that is full');
  await world.clock.advance(3_600_000);
  await eventually(() => world.conversations.last.isClosed(), 'the end of the conversation');
  await eventually(() => failure !== null, 'the end of its result');
});

/** Waits until a number stays what it is for a while. */
async function settledNumber(read: () => number): Promise<number> {
  let before = -1;
  while (before !== read()) {
    before = read();
    for (let turn = 0; turn < 200; turn += 1) await new Promise(resolve => setImmediate(resolve));
  }
  return before;
}

test.each([
  ['that each end in an answer', query('x'.repeat(1_000))],
  ['that leave their answers for later', message('D', `P${'x'.repeat(1_000)}\0`)],
])('a client that sends messages %s, and takes none, is not heard any further', async (_, sent) => {
  const field = { name: 'x'.repeat(1_000), typeOid: 25, typeSize: -1, typeModifier: -1 };
  world = await openWireWorld({
    answer: async (asked, conversation) => {
      if (asked.is === 'describe') conversation.start.backend.rowDescription([field], []);
      else await answerOneRow(asked, conversation);
    },
  });
  const client = await world.signedIn();
  client.socket.pause();
  const many = Buffer.concat(Array.from({ length: 1_000 }, () => sent));
  for (let index = 0; index < 40; index += 1) client.send(many);
  const heard = await settledNumber(() => world.conversations.last.heard.length);
  expect(heard).toBeGreaterThan(0);
  expect(heard).toBeLessThan(20_000);
});

test('while a statement runs, little of what else comes is read', async () => {
  world = await openWireWorld({ answer: () => new Promise(() => {}) });
  const client = await world.signedIn();
  client.send(query('for ever'));
  await eventually(() => world.conversations.last.heard.length === 1, 'the statement');
  const many = Buffer.concat(Array.from({ length: 60 }, () => query('x'.repeat(1_000))));
  for (let index = 0; index < 800; index += 1) client.send(many);
  expect(await settledNumber(() => client.socket.writableLength)).toBeGreaterThan(30_000_000);
  expect(world.conversations.last.heard).toHaveLength(1);
});

test('a client that goes on sending still hears why it is refused', async () => {
  world = await openWireWorld();
  const client = await world.signedIn();
  client.send(message('Q', '', 1_000_000_000));
  for (let index = 0; index < 100; index += 1) client.send(Buffer.alloc(100_000));
  expect(errorFields((await client.rest())[0])).toMatchObject({ C: '08P01', M: expect.stringContaining('1000000000') });
});

test('bytes may come one by one', async () => {
  world = await openWireWorld();
  const client = await world.client();
  client.send = (...parts) => {
    for (const byte of Buffer.concat(parts)) client.socket.write(Buffer.from([byte]));
  };
  await client.signIn({ user: 'ann', password: PASSWORD });
  client.send(query('slowly'));
  expect((await client.until('Z')).map(({ type }) => type).join('')).toBe('TDCZ');
});

test('random bytes are answered or end the connection, and harm no other', async () => {
  world = await openWireWorld({ answer: answerOneRow });
  const other = await world.signedIn();
  const start = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes));
  const typed = fc
    .tuple(fc.constantFrom(...'QPBDEHSCXdcfFp!'), fc.uint8Array({ maxLength: 40 }), fc.boolean())
    .map(([type, body, lies]) => message(type, body, lies ? body.length + 1 : undefined));
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(fc.oneof(start, typed), { maxLength: 6 }), async (isIn, parts) => {
      const client = isIn ? await world.signedIn() : await world.client();
      client.send(...parts);
      client.socket.end();
      const messages = await client.rest();
      for (const { type } of messages) expect('RSKZEN123nTDCItsv').toContain(type);
    }),
    { numRuns: 150 },
  );
  other.send(query('hello'));
  expect((await other.until('Z')).length).toBe(4);
  expect(world.log.filter(line => line.includes('internal/bug'))).toEqual([]);
  await eventually(() => world.wire.connections().length === 1, 'the end of all others');
});
