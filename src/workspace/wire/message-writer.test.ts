import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageWriter } from './message-writer.ts';

/** What the chunks hold, message by message. */
function written(write: (writer: MessageWriter) => void): { type: string; body: Buffer }[] {
  const chunks: Buffer[] = [];
  // Copied when given out: what is given out must not change any more.
  const given: Buffer[] = [];
  const writer = new MessageWriter(chunk => {
    chunks.push(chunk);
    given.push(Buffer.from(chunk));
  });
  write(writer);
  writer.flush();
  expect(Buffer.concat(chunks).equals(Buffer.concat(given))).toBe(true);
  const bytes = Buffer.concat(chunks);
  const messages: { type: string; body: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readInt32BE(at + 1);
    messages.push({ type: bytes.toString('latin1', at, at + 1), body: bytes.subarray(at + 5, at + 1 + size) });
    at += 1 + size;
  }
  return messages;
}

function valuesOf(body: Buffer): (string | null)[] {
  const count = body.readUInt16BE(0);
  const values: (string | null)[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const size = body.readInt32BE(at);
    at += 4;
    values.push(size < 0 ? null : body.toString('hex', at, at + size));
    at += Math.max(0, size);
  }
  expect(at).toBe(body.length);
  return values;
}

test('rows come out as they went in, in any sizes', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 60 }), { nil: null });
  const long = fc.uint8Array({ minLength: 20_000, maxLength: 90_000 });
  const row = fc.array(fc.oneof({ weight: 50, arbitrary: value }, { weight: 1, arbitrary: long }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), rows => {
      const messages = written(writer => {
        for (const each of rows) writer.dataRow(each);
      });
      expect(messages.map(({ body }) => valuesOf(body))).toEqual(
        rows.map(each => each.map(bytes => (bytes === null ? null : Buffer.from(bytes).toString('hex')))),
      );
    }),
    { numRuns: 40 },
  );
});

test('a message longer than any chunk is one message', () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `column ${index}`);
  const [first, second] = written(writer => {
    writer.begin('T');
    for (const name of names) writer.text(name);
    writer.end();
    writer.begin('Z');
    writer.end();
  });
  expect(first?.body.toString()).toBe(`${names.join('\0')}\0`);
  expect(second?.type).toBe('Z');
});

test('a row of as many columns as two bytes can count', () => {
  const [message] = written(writer => writer.dataRow(Array.from({ length: 65_535 }, () => Buffer.from('x'))));
  expect(message === undefined ? [] : valuesOf(message.body)).toHaveLength(65_535);
});

test('a zero byte in a text does not end it: nothing can be put behind it', () => {
  const [message] = written(writer => {
    writer.begin('C');
    writer.text('a\0b é \ud800');
    writer.end();
  });
  expect(message?.body.toString()).toBe('a\ufffdb é \ufffd\0');
});
