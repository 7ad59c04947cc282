import { describe, expect, test } from 'vitest';
import { isLogicalName, lakeName, parseLinkName, parseTableName } from './names.ts';

describe('table names', () => {
  test.each(['account', 'new_thing', 'a', 'a'.repeat(128), 'cr1a2_order2'])('%s is one', name => {
    expect(parseTableName(name)).toBe(name);
    expect(isLogicalName(name)).toBe(true);
  });

  test.each([
    '',
    'Account',
    '_link',
    '1a',
    'a b',
    'a-b',
    '../x',
    'a/b',
    'a.b',
    'a"b',
    'a'.repeat(129),
    'con',
    'nul',
    'com1',
    'ä',
  ])('%j is refused before it becomes a path or SQL', name => {
    expect(() => parseTableName(name)).toThrowError(expect.objectContaining({ code: 'input/table-name' }));
  });

  test.each([null, undefined, 3, {}, ['account']])('what is no text is refused: %j', value => {
    expect(() => parseTableName(value)).toThrowError(expect.objectContaining({ code: 'input/table-name' }));
  });

  test('a refusal repeats at most the beginning of what was given', () => {
    expect(() => parseTableName('x y'.repeat(10_000))).toThrowError(/^.{0,200}$/);
  });
});

describe('link names', () => {
  test.each(['sales', 'a', '2024', 'a-b-c', 'a'.repeat(63)])('%s is one', name => {
    expect(parseLinkName(name)).toBe(name);
  });

  test.each(['', '-a', 'a-', 'a--b', 'A', 'a_b', 'a'.repeat(64), 'aux', 'a/b', 7])('%j is refused', name => {
    expect(() => parseLinkName(name)).toThrowError(expect.objectContaining({ code: 'input/link-name' }));
  });
});

describe('lake names', () => {
  test.each([
    ['Contoso (default)', 'unq1234', 'dataverse-contosodefault-unq1234'],
    ['Größe & Söhne', 'org', 'dataverse-groesohne-org'],
    ['日本', 'org1', 'dataverse-org1'],
    ['x'.repeat(80), 'org', `dataverse-${'x'.repeat(53)}`],
    ['x'.repeat(53), 'org', `dataverse-${'x'.repeat(53)}`],
  ])('of %j and %j is a container name', (name, organization, expected) => {
    const made = lakeName({ name, organization });
    expect(made).toBe(expected);
    expect(made).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(made.length).toBeLessThanOrEqual(63);
  });
});
