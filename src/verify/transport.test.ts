import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { expect, test } from 'vitest';
import { mendText } from './cells.ts';
import { parseBody } from './transport.ts';

test.each([
  '922337203685477.5807',
  '9007199254740993',
  '-12345678901234567890',
  '1e2',
  '1.50',
  '100000000000.0000000001',
])('the number %s keeps its digits wherever it stands (R: exact numbers)', number => {
  for (const body of [`{"value":[{"a":${number}}]}`, `{"a" : ${number}}`, `{"x":"\\"","a":${number},"y":":"}`]) {
    const [value] = JSON.stringify(parseBody(body)).match(/"value":"([^"]+)"/g) ?? [];
    expect(value).toBe(`"value":"${number}"`);
  }
});

test('numbers that a double holds, and those of doubles, are plain numbers', () => {
  expect(parseBody('{"a":123456789012345,"b":-1,"c":"1.5"}')).toEqual({ a: 123456789012345, b: -1, c: '1.5' });
  expect(parseBody('{"a":1.5,"b":2}', new Set(['a']))).toEqual({ a: 1.5, b: 2 });
  expect(parseBody('{"a":1.5,"b":2.5}', new Set(['a']))).toEqual({
    a: new LosslessNumber('1.5'),
    b: new LosslessNumber('2.5'),
  });
});

test('texts come whole whatever they look like', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constantFrom('":1.5', '"a":1.5', '\\":1e5'))),
      row => {
        expect(parseBody(JSON.stringify(row))).toEqual(row);
      },
    ),
  );
});

test('NUL and lone surrogates are U+FFFD, pairs stay', () => {
  expect(mendText('a\u0000b\ud800c\udc00')).toBe('a\ufffdb\ufffdc\ufffd');
  expect(mendText('😀 é')).toBe('😀 é');
});
