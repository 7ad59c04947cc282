import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { makeCertificates } from '../../../test/kit/certificates.ts';
import { expiredCertificate, testCertificate, testKey } from '../../../test/kit/fixed-certificates.ts';
import { errorFields, request, startUpPacket, WireClient } from '../../../test/kit/wire-client.ts';
import { openWireWorld, PASSWORD, type WireWorld } from '../../../test/kit/wire-world.ts';
import { tlsServerEndPoint } from './channel-binding.ts';

const tls = { certPem: testCertificate, keyPem: testKey };
let world: WireWorld;

afterEach(() => world.close());

function client(options: pg.ClientConfig = {}): pg.Client {
  const { port } = world.wire;
  const made = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'ann',
    password: PASSWORD,
    database: 'lake',
    ...options,
  });
  made.on('error', () => {});
  return made;
}

const verified = { ca: testCertificate, servername: 'localhost' };

test.each([
  ['in plain', {}],
  ['in TLS with a certificate it checked', { ssl: verified }],
  ['in TLS with channel binding', { ssl: verified, enableChannelBinding: true }],
])('node-postgres signs in %s, asks in both protocols and leaves', async (_, options) => {
  world = await openWireWorld({ tls });
  const db = client(options);
  await db.connect();
  expect((await db.query('hello')).rows).toEqual([{ answer: 'hello' }]);
  expect((await db.query('hello $1', ['x'])).rows).toEqual([{ answer: 'executed' }]);
  expect(world.conversations.last.start.isEncrypted).toBe('ssl' in options);
  await db.end();
});

test('node-postgres sees a wrong password as one, in TLS too', async () => {
  world = await openWireWorld({ tls });
  await expect(client({ password: 'wrong' }).connect()).rejects.toMatchObject({ code: '28P01', severity: 'FATAL' });
  const encrypted = client({ password: 'wrong', ssl: verified, enableChannelBinding: true } as pg.ClientConfig);
  await expect(encrypted.connect()).rejects.toMatchObject({ code: '28P01' });
});

test('plain bytes behind the request for encryption are refused, not kept for later', async () => {
  world = await openWireWorld({ tls });
  const client = await world.client();
  client.send(request('ssl'), startUpPacket({ user: 'ann' }));
  const [error, ...more] = await client.rest();
  expect(errorFields(error)).toMatchObject({ C: '08P01', M: 'received unencrypted data after SSL request' });
  expect(more).toEqual([]);
});

test('plain bytes in the place of a handshake end the connection without a word in plain', async () => {
  world = await openWireWorld({ tls });
  const client = await world.client();
  client.send(request('ssl'));
  expect(await client.byte()).toBe('S');
  client.send(startUpPacket({ user: 'ann' }));
  for (const { type } of await client.rest()) expect(type).not.toBe('R');
  expect(world.conversations.all).toEqual([]);
});

test('a handshake that does not end is cut off in time', async () => {
  world = await openWireWorld({ tls });
  const client = await world.client();
  client.send(request('ssl'));
  expect(await client.byte()).toBe('S');
  await world.clock.advance(15_000);
  expect(await client.rest()).toEqual([]);
});

async function direct(options: { readonly ALPNProtocols?: string[] }): Promise<WireClient | string> {
  const socket = connectTls({ host: '127.0.0.1', port: world.wire.port, ...verified, ...options });
  const outcome = await Promise.race([
    once(socket, 'secureConnect').then(() => 'open'),
    once(socket, 'close').then(
      () => 'closed',
      () => 'closed',
    ),
  ]).catch(() => 'closed');
  return outcome === 'open' ? new WireClient(socket) : outcome;
}

test('a client may begin with TLS at once, if it names the protocol there', async () => {
  world = await openWireWorld({ tls });
  const named = await direct({ ALPNProtocols: ['postgresql'] });
  if (!(named instanceof WireClient)) throw new Error(named);
  expect((await named.signIn({ user: 'ann', password: PASSWORD })).at(-1)?.type).toBe('Z');
  expect(world.conversations.last.start.isEncrypted).toBe(true);
  named.destroy();
  // Of TLS 1.3 the client may think for a moment that it is in.
  const unnamed = await direct({});
  if (unnamed instanceof WireClient) expect(await unnamed.rest()).toEqual([]);
  expect(await direct({ ALPNProtocols: ['http/1.1'] })).toBe('closed');
});

test('encryption in encryption is refused', async () => {
  world = await openWireWorld({ tls });
  const client = await direct({ ALPNProtocols: ['postgresql'] });
  if (!(client instanceof WireClient)) throw new Error(client);
  client.send(request('ssl'));
  expect(errorFields((await client.rest())[0]).C).toBe('08P01');
});

test('a renewed certificate is what new clients see, and are bound to; those that are there stay', async () => {
  world = await openWireWorld({ tls });
  const db = client({ ssl: verified });
  await db.connect();
  const { authority, certificate, key } = await makeCertificates(['localhost']);
  expect(() => world.wire.renewTls({ certPem: certificate, keyPem: testKey })).toThrow('certificate');
  world.wire.renewTls({ certPem: certificate, keyPem: key });
  const ssl = { ca: authority, servername: 'localhost' };
  const renewed = client({ ssl, enableChannelBinding: true } as pg.ClientConfig);
  await renewed.connect();
  for (const each of [db, renewed]) {
    expect((await each.query('hello')).rows).toEqual([{ answer: 'hello' }]);
    await each.end();
  }
});

test('a cancel request may come encrypted', async () => {
  world = await openWireWorld({ tls });
  const plain = await world.client();
  const greeting = await plain.signIn({ user: 'ann', password: PASSWORD });
  const key = greeting.find(({ type }) => type === 'K')?.body ?? Buffer.alloc(0);
  const client = await direct({ ALPNProtocols: ['postgresql'] });
  if (!(client instanceof WireClient)) throw new Error(client);
  client.send(request('cancel', key));
  expect(await client.rest()).toEqual([]);
  expect(world.conversations.last.cancels()).toBe(1);
});

test('broken bytes inside an encrypted connection end it', async () => {
  world = await openWireWorld({ tls });
  const raw = connectPlain({ host: '127.0.0.1', port: world.wire.port });
  raw.write(request('ssl'));
  await once(raw, 'data');
  const secure: TLSSocket = connectTls({ socket: raw, ...verified });
  await once(secure, 'secureConnect');
  const client = new WireClient(secure);
  await client.signIn({ user: 'ann', password: PASSWORD });
  const closed = once(raw, 'close');
  // Past TLS, onto the wire itself.
  raw.write(Buffer.alloc(100, 0x17));
  await closed;
  expect(world.conversations.last.isClosed()).toBe(true);
});

test('the channel of a certificate is its hash, by the algorithm of its signature', () => {
  expect(tlsServerEndPoint(testCertificate)?.length).toBe(32);
  expect(tlsServerEndPoint(testCertificate)).not.toEqual(tlsServerEndPoint(expiredCertificate));
});
