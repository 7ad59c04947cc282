import { expect, test } from 'vitest';
import { compareExact, type ExactNumber, exactNumber, exactText, quotient, sumExact } from './exact-number.ts';

test('numbers beyond a double are compared, summed and divided digit by digit', () => {
  const [large, larger] = [exact('9007199254740992.0000000001'), exact('9007199254740992.0000000002')];
  expect(compareExact(large, larger)).toBe(-1);
  expect(compareExact(exact('1.50'), exact('1.5'))).toBe(0);
  expect(exactText(sumExact(large, larger), 0)).toBe('18014398509481984.0000000003');
  expect(exactText(sumExact(exact('0.1'), exact('-0.10')), 0)).toBe('0.00');
  expect(exactText(quotient(exact('-10'), 4n, 0), 0)).toBe('-2');
  expect(exactText(quotient(exact('1'), 3n, 4), 0)).toBe('0.3333');
  expect(exactText(quotient(exact('1.2345'), 1n, 2), 0)).toBe('1.23');
});

test('a number is read from a cell or a literal as it stands there', () => {
  expect(exactText(exact('-1e-3'), 0)).toBe('-0.001');
  expect(exactText(exact('2.5E2'), 0)).toBe('250');
  expect(exactText(exact(7), 3)).toBe('7.000');
  expect(exactText(exact(-0.5), 0)).toBe('-0.5');
  expect(exactNumber('one')).toBeNull();
});

function exact(value: string | number): ExactNumber {
  const number = exactNumber(value);
  if (number === null) throw new Error(`${value} is no number`);
  return number;
}
