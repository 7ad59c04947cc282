import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message } from '../../../test/kit/wire-client.ts';
import { type Frame, FrameReader } from './frames.ts';

const OPEN = { bytesMax: 100_000, isOpen: true };

test('messages are the same however their bytes are cut', () => {
  const messages = fc.array(fc.tuple(fc.constantFrom('Q', 'P', 'B', 'S'), fc.uint8Array({ maxLength: 9_000 })));
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), (sent, cuts) => {
      const reader = new FrameReader();
      const bytes = Buffer.concat(sent.map(([type, body]) => message(type, body)));
      const frames: Frame[] = [];
      let turn = 0;
      for (let at = 0; at < bytes.length; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        reader.push(bytes.subarray(at, at + size));
        at += size;
        for (let frame = reader.message(OPEN); frame !== null; frame = reader.message(OPEN)) frames.push(frame);
      }
      expect(frames.map(({ type, body }) => [String.fromCharCode(type), body.toString('hex')])).toEqual(
        sent.map(([type, body]) => [type, Buffer.from(body).toString('hex')]),
      );
      expect(reader.bytes).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a length above the limit is refused before its bytes come', () => {
  const reader = new FrameReader();
  reader.push(message('Q', '', 100_001));
  expect(() => reader.message(OPEN)).toThrow('message of 100001 bytes; at most 100000');
});

test.each([0, 3, -1, -2_147_483_648])('a message of length %i is refused', size => {
  const reader = new FrameReader();
  reader.push(message('Q', '', size));
  expect(() => reader.message(OPEN)).toThrow('invalid message length');
});

test('a type that no client may send is refused at its first byte', () => {
  for (const type of ['\0', 'R', 'Z', 'p', '\xff', '1']) {
    const reader = new FrameReader();
    reader.push(Buffer.from(type, 'latin1'));
    expect(() => reader.message(OPEN), type).toThrow('invalid frontend message type');
  }
});

test('before sign-in only its answers and a goodbye are messages', () => {
  const reader = new FrameReader();
  reader.push(message('Q', 'select 1\0'));
  expect(() => reader.message({ bytesMax: 100, isOpen: false })).toThrow('invalid frontend message type 81');
});

test('single bytes do not cost an object each', () => {
  const reader = new FrameReader();
  const whole = message('Q', 'x'.repeat(20_000));
  for (const byte of whole) {
    expect(reader.message(OPEN)).toBeNull();
    reader.push(Buffer.from([byte]));
  }
  expect(reader.message(OPEN)?.body.length).toBe(20_000);
});
