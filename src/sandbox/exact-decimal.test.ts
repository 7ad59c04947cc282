import { expect, test } from 'vitest';
import { plainDecimal, roundedDecimal } from './exact-decimal.ts';

test.each([
  ['1', '1'],
  ['-0.50', '-0.50'],
  ['1E+2', '100'],
  ['1.25e1', '12.5'],
  ['1.25e-3', '0.00125'],
  ['922337203685477.5807', '922337203685477.5807'],
  ['12e-2', '0.12'],
  ['007', '7'],
  ['abc', null],
  ['', null],
])('%s is %s without an exponent', (text, plain) => {
  expect(plainDecimal(text)).toBe(plain);
});

test.each([
  ['1.25', 1, '1.3'],
  ['-1.25', 1, '-1.3'],
  ['9.99', 1, '10.0'],
  ['0.04', 1, '0.0'],
  ['-0.04', 1, '0.0'],
  ['1.5', 0, '2'],
  ['100000000000.00000000015', 10, '100000000000.0000000002'],
  ['1.2', 4, '1.2'],
])('%s to %i digits is %s', (text, digits, rounded) => {
  expect(roundedDecimal(text, digits)).toBe(rounded);
});
