import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { parseFrontendMessage } from './frontend-messages.ts';

const parse = (type: string, body: Buffer) => parseFrontendMessage({ type: type.charCodeAt(0), body });
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string) => Buffer.from(`${value}\0`);

test('each message becomes what it says', () => {
  expect(parse('Q', text('select é'))).toEqual({ is: 'query', sql: 'select é' });
  const oids = Buffer.concat([int16(2), int32(23), Buffer.from([0xff, 0xff, 0xff, 0xff])]);
  expect(parse('P', Buffer.concat([text('s'), text('select $1'), oids]))).toEqual({
    is: 'parse',
    name: 's',
    sql: 'select $1',
    parameterTypes: [23, 4_294_967_295],
  });
  const values = Buffer.concat([int16(2), int32(-1), int32(3), Buffer.from('abc')]);
  const bind = Buffer.concat([text('p'), text('s'), int16(1), int16(1), values, int16(2), int16(0), int16(1)]);
  expect(parse('B', bind)).toEqual({
    is: 'bind',
    portal: 'p',
    statement: 's',
    parameterFormats: ['binary'],
    parameters: [null, Buffer.from('abc')],
    resultFormats: ['text', 'binary'],
  });
  expect(parse('D', text('Sx'))).toEqual({ is: 'describe', of: 'statement', name: 'x' });
  expect(parse('C', text('P'))).toEqual({ is: 'close', of: 'portal', name: '' });
  expect(parse('E', Buffer.concat([text('p'), int32(7)]))).toEqual({ is: 'execute', portal: 'p', maxRows: 7 });
  expect(parse('E', Buffer.concat([text('p'), int32(-1)]))).toEqual({ is: 'execute', portal: 'p', maxRows: 0 });
  for (const [type, is] of [
    ['S', 'sync'],
    ['H', 'flush'],
    ['c', 'copy-done'],
  ] as const) {
    expect(parse(type, Buffer.alloc(0))).toEqual({ is });
  }
  expect(parse('d', Buffer.from('1,2'))).toEqual({ is: 'copy-data' });
  expect(parse('F', Buffer.from([1, 2, 3]))).toEqual({ is: 'function-call' });
});

test('as many parameters as two bytes can count are taken', () => {
  const nulls = Buffer.alloc(4 * 65_535, 0xff);
  const bind = Buffer.concat([text(''), text(''), int16(0), int16(65_535), nulls, int16(0)]);
  const message = parse('B', bind);
  expect(message.is === 'bind' ? message.parameters.length : 0).toBe(65_535);
});

const malformed: readonly (readonly [string, string, Buffer, string])[] = [
  ['a query without its end', 'Q', Buffer.from('select 1'), 'not terminated'],
  ['a query with more behind it', 'Q', text('select 1\0x'), 'longer'],
  ['bytes that are not UTF-8', 'Q', Buffer.from([0xc3, 0x28, 0]), 'UTF8'],
  ['half a surrogate pair', 'Q', Buffer.from([0xed, 0xa0, 0x80, 0]), 'UTF8'],
  ['more types than there are', 'P', Buffer.concat([text(''), text(''), int16(3), int32(1)]), 'shorter'],
  ['more parameters than there are', 'B', Buffer.concat([text(''), text(''), int16(0), int16(9)]), 'shorter'],
  [
    'a parameter longer than its message',
    'B',
    Buffer.concat([text(''), text(''), int16(0), int16(1), int32(2_147_483_647), int16(0)]),
    'shorter',
  ],
  [
    'a parameter of a negative length',
    'B',
    Buffer.concat([text(''), text(''), int16(0), int16(1), int32(-2), int16(0)]),
    'shorter',
  ],
  ['an unknown format', 'B', Buffer.concat([text(''), text(''), int16(1), int16(2)]), 'format code: 2'],
  [
    'formats for other parameters',
    'B',
    Buffer.concat([text(''), text(''), int16(2), int16(0), int16(1), int16(0), int16(0)]),
    '2 parameter formats but 0 parameters',
  ],
  ['something that is neither statement nor portal', 'D', text('Xa'), 'neither'],
  ['an empty description', 'D', Buffer.alloc(0), 'shorter'],
  ['a sync that carries something', 'S', Buffer.from([0]), 'longer'],
  ['an execute without its number', 'E', text('p'), 'shorter'],
];

test.each(malformed)('%s is a fault of the protocol', (_, type, body, says) => {
  expect(() => parse(type, body)).toThrow(expect.objectContaining({ code: 'sql/protocol' }));
  expect(() => parse(type, body)).toThrow(says);
});

test('whatever the bytes are, they are a message or a fault of the protocol', () => {
  fc.assert(
    fc.property(fc.constantFrom(...'QPBDEHSCdcfF'), fc.uint8Array({ maxLength: 200 }), (type, body) => {
      try {
        parse(type, Buffer.from(body));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
        expect((thrown as Fault).code).toBe('sql/protocol');
      }
    }),
    { numRuns: 2_000 },
  );
});
