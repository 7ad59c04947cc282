import { expect, test } from 'vitest';
import { textPattern } from './text-pattern.ts';

test.each<[string, string, boolean]>([
  ['', '', true],
  ['', 'a', false],
  ['%', '', true],
  ['a%', 'Abc', true],
  ['%c', 'abC', true],
  ['a_c', 'abc', true],
  ['a_c', 'ac', false],
  ['%b%d%', 'abcde', true],
  ['%d%b%', 'abcde', false],
  ['[a-c]x', 'BX', true],
  ['[^a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[abc-]x', '-x', true],
  ['50[%]', '50%', true],
  ['50[%]', '500', false],
  ['[[]x', '[x', true],
  ['[]x', '[]x', true],
  ['[open', '[open', true],
  ['%😀_', 'so 😀!', true],
  ["%'\u0000%", "a'\u0000b", true],
])('%j against %j is %s', (pattern, text, expected) => {
  expect(textPattern(pattern)(text)).toBe(expected);
});

test('a pattern of many wildcards against a long text that does not match ends soon', () => {
  const fits = textPattern(`${'%a'.repeat(200)}%b`);
  const startedMs = performance.now();
  expect(fits('a'.repeat(5_000))).toBe(false);
  // Backtracking over every wildcard would not end in this life.
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});
