import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { parseUserName, requirePassword } from './user-name.ts';

test.each(['a', 'maria', 'Maria Weiß', 'x'.repeat(63), '😀'.repeat(63), "o'neil", 'DOM\\maria', '名前'])(
  '%s is a name, and stays as it is',
  name => {
    expect(parseUserName(name)).toBe(name);
  },
);

test.each([
  '',
  'x'.repeat(64),
  'a\u0000b',
  'a\nb',
  'a\u0085b',
  ' maria',
  'maria ',
  '\ud83d',
  '.',
  '..',
  'a\u2028b',
  7,
  null,
])('%j is no name', name => {
  expect(() => parseUserName(name)).toThrow(Fault);
});

test('a password has 12 to 256 characters that can be typed, and a refusal does not repeat it', () => {
  for (const good of ['correct horse', '😀'.repeat(12), 'x'.repeat(256)])
    expect(() => requirePassword(good)).not.toThrow();
  for (const bad of ['', 'elevenchars', 'x'.repeat(257), 'correct\u0000horse', 'correct\nhorse']) {
    let message = '';
    try {
      requirePassword(bad);
    } catch (failure) {
      message = String(failure);
    }
    expect(message).toContain('password');
    if (bad !== '') expect(message).not.toContain(bad);
  }
});
