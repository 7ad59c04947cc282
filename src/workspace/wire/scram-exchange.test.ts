import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { decoyVerifier, ScramExchange, type ScramExchangeOptions } from './scram-exchange.ts';

/** The example of RFC 7677, section 3: user `user`, password `pencil`. */
const salt = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const salted = pbkdf2Sync('pencil', Buffer.from(salt, 'base64'), 4096, 32, 'sha256');
const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
const verifier = {
  iterations: 4096,
  salt,
  storedKey: createHash('sha256').update(keyOf('Client Key')).digest('base64'),
  serverKey: keyOf('Server Key').toString('base64'),
};
const CLIENT_FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
const NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const CLIENT_FINAL = `c=biws,r=rOprNGfwEbeRWgbNEkqO${NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

const exchange = (options: Partial<ScramExchangeOptions> = {}) =>
  new ScramExchange({
    verifier,
    isKnown: true,
    nonce: NONCE,
    channelBinding: null,
    usesBinding: false,
    ...options,
  });

test('the exchange of the standard goes as it is written there', () => {
  const scram = exchange();
  expect(scram.first(CLIENT_FIRST)).toBe(`r=rOprNGfwEbeRWgbNEkqO${NONCE},s=${salt},i=4096`);
  expect(scram.final(CLIENT_FINAL)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('a wrong proof, and a right one of an unknown user, are no', () => {
  const wrong = exchange();
  wrong.first(CLIENT_FIRST);
  expect(wrong.final(CLIENT_FINAL.replace('p=dHzb', 'p=AAAA'))).toBeNull();
  const unknown = exchange({ isKnown: false });
  unknown.first(CLIENT_FIRST);
  expect(unknown.final(CLIENT_FINAL)).toBeNull();
});

test.each([
  ['', 'client-first-message'],
  ['n,,r=abc', 'client-first-message'],
  ['n,,n=user,r=', 'client-first-message'],
  ['n,,n=user,r=a b', 'client-first-message'],
  ['x,,n=user,r=abc', 'client-first-message'],
  ['n,,m=must,n=user,r=abc', 'client-first-message'],
  ['n,a=other,n=user,r=abc', 'authorization identity'],
  ['p=tls-server-end-point,,n=user,r=abc', 'mechanism that has none'],
])('the first message %j is refused', (message, says) => {
  expect(() => exchange().first(message)).toThrow(says);
});

test.each([
  ['', 'malformed'],
  ['c=biws,r=other,p=AAAA', 'nonce does not match'],
  [CLIENT_FINAL.replace('c=biws', 'c=eSws'), 'channel binding check failed'],
  [`${CLIENT_FINAL.split(',p=')[0]},p=AAAA`, 'proof'],
  [`${CLIENT_FINAL.split(',p=')[0]}`, 'malformed'],
])('the final message %j is refused', (message, says) => {
  const scram = exchange();
  scram.first(CLIENT_FIRST);
  expect(() => scram.final(message)).toThrow(says);
});

const channelBinding = Buffer.alloc(32, 7);

test('a client that was told there is no channel binding, where we offered it, is refused', () => {
  expect(() => exchange({ channelBinding }).first(CLIENT_FIRST.replace('n,,', 'y,,'))).toThrow('negotiation');
  // Where there is none to offer, that is what it should say.
  expect(exchange().first(CLIENT_FIRST.replace('n,,', 'y,,'))).toContain('r=');
});

test('a client bound to another channel is refused though its password is right', () => {
  const scram = exchange({ channelBinding, usesBinding: true });
  scram.first(CLIENT_FIRST.replace('n,,', 'p=tls-server-end-point,,'));
  const other = Buffer.concat([Buffer.from('p=tls-server-end-point,,'), Buffer.alloc(32, 8)]).toString('base64');
  expect(() => scram.final(CLIENT_FINAL.replace('c=biws', `c=${other}`))).toThrow('channel binding check failed');
});

test('a mechanism with channel binding is refused without it', () => {
  expect(() => exchange({ channelBinding, usesBinding: true }).first(CLIENT_FIRST)).toThrow('channel binding');
});

test('an unknown user looks the same each time, and unlike others', () => {
  const key = Buffer.alloc(32, 1);
  expect(decoyVerifier('nobody', key)).toEqual(decoyVerifier('nobody', key));
  expect(decoyVerifier('nobody', key).salt).not.toBe(decoyVerifier('noone', key).salt);
  expect(decoyVerifier('nobody', key).salt).not.toBe(decoyVerifier('nobody', Buffer.alloc(32, 2)).salt);
  expect(Buffer.from(decoyVerifier('nobody', key).salt, 'base64').length).toBe(16);
  expect(decoyVerifier('nobody', key).iterations).toBe(verifier.iterations);
});
