import { describe, expect, test } from 'vitest';
import { parseTableName } from './names.ts';
import type { Column, ColumnKind, TableShape } from './shape.ts';
import { needsRewrite, shapeChanges } from './shape-change.ts';

function column(name: string, kind: ColumnKind = 'string', change: Partial<Column> = {}): Column {
  return {
    name,
    kind,
    property: name,
    typeProperty: null,
    attributeType: 'String',
    attributeTypeName: 'StringType',
    maxLength: 100,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId: `id of ${name}`,
    ...change,
  };
}

function shape(...columns: Column[]): TableShape {
  return {
    table: parseTableName('crate'),
    displayName: 'Crate',
    entitySetName: 'crates',
    primaryId: 'crateid',
    objectTypeCode: 1,
    isIntersect: false,
    columns,
    omitted: [],
    unreadable: [],
  };
}

const lookup = { typeProperty: '_b_value@type' };
const choice = (text: string) => ({
  optionSet: { name: 'b', isGlobal: false, options: [{ value: 1, labels: [{ languageCode: 1033, text }] }] },
});

describe('files that were written before', () => {
  const last = column('z');
  test.each<[string, Column, Column]>([
    ['text that grew into a memo', column('b'), column('b', 'memo', { maxLength: 100_001 })],
    ['a length', column('b'), column('b', 'string', { maxLength: 200 })],
    ['a removed column', column('b'), column('b', 'string', { removed: true })],
    [
      'a column of the same type that came back',
      column('b', 'string', { removed: true }),
      column('b', 'string', { metadataId: 'x' }),
    ],
    [
      'a choice that became a global one',
      column('b', 'choice'),
      column('b', 'choice', { optionSet: { name: 'g', isGlobal: true, options: [] } }),
    ],
    ['a label', column('b', 'choice', choice('Red')), column('b', 'choice', choice('Rouge'))],
    ['a choice that became a whole number', column('b', 'choice'), column('b', 'integer')],
    ['the places of a double', column('b', 'double', { precision: 2 }), column('b', 'double', { precision: 5 })],
  ])('stay after %s', (_, before, after) => {
    expect(needsRewrite(shape(before, last), shape(after, last))).toBe(false);
  });

  test.each<[string, Column, Column]>([
    ['a whole number became a decimal', column('b', 'integer'), column('b', 'decimal', { precision: 2 })],
    ['a whole number became text', column('b', 'integer'), column('b')],
    ['a text became a lookup, which has two columns', column('b'), column('b', 'lookup', lookup)],
    ['a lookup became a text', column('b', 'lookup', lookup), column('b')],
    ['a decimal shows more places', column('b', 'decimal', { precision: 2 }), column('b', 'decimal', { precision: 4 })],
    [
      'a decimal keeps more places',
      column('b', 'decimal', { precision: 10 }),
      column('b', 'decimal', { precision: 12 }),
    ],
    ['a moment lost its zone', column('b', 'datetime'), column('b', 'timezoneindependent')],
    ['a column stands in the place of another', column('b'), column('c')],
  ])('are written again when %s', (_, before, after) => {
    expect(needsRewrite(shape(before, last), shape(after, last))).toBe(true);
  });

  test('stay when columns come behind all others, and not when one comes between', () => {
    expect(needsRewrite(shape(column('a')), shape(column('a'), column('b')))).toBe(false);
    expect(needsRewrite(shape(column('a')), shape(column('b'), column('a')))).toBe(true);
  });

  test('are written again when a column is gone from its place', () => {
    expect(needsRewrite(shape(column('a'), column('b')), shape(column('a')))).toBe(true);
  });
});

describe('the changes of a definition are told', () => {
  test.each<[string, Column[], Column[], object[]]>([
    ['nothing', [column('a')], [column('a')], []],
    [
      'a new column',
      [column('a')],
      [column('a'), column('b')],
      [{ column: 'b', change: 'added', from: null, to: 'StringType(100)' }],
    ],
    [
      'a removed one',
      [column('a')],
      [column('a', 'string', { removed: true })],
      [{ column: 'a', change: 'removed', from: 'StringType(100)', to: null }],
    ],
    [
      'one that came back',
      [column('a', 'string', { removed: true })],
      [column('a')],
      [{ column: 'a', change: 'came-back', from: 'StringType(100)', to: 'StringType(100)' }],
    ],
    [
      'another type',
      [column('a')],
      [column('a', 'integer', { attributeTypeName: 'IntegerType', maxLength: null })],
      [{ column: 'a', change: 'retyped', from: 'StringType(100)', to: 'IntegerType' }],
    ],
    [
      'another length',
      [column('a')],
      [column('a', 'string', { maxLength: 200 })],
      [{ column: 'a', change: 'resized', from: 'StringType(100)', to: 'StringType(200)' }],
    ],
    [
      'another column of the same name and type',
      [column('a')],
      [column('a', 'string', { metadataId: 'x' })],
      [{ column: 'a', change: 'made-again', from: 'StringType(100)', to: 'StringType(100)' }],
    ],
    [
      'another label',
      [column('a', 'choice', choice('Red'))],
      [column('a', 'choice', choice('Rot'))],
      [{ column: 'a', change: 'options', from: 'b: 1 Red', to: 'b: 1 Rot' }],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(shapeChanges(shape(...before), shape(...after))).toEqual(expected);
  });

  test('another name of the table', () => {
    expect(shapeChanges(shape(), { ...shape(), displayName: 'Box' })).toEqual([
      { column: null, change: 'renamed', from: 'Crate', to: 'Box' },
    ]);
  });
});
