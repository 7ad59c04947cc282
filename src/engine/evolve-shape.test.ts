import { expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import type { Column, ColumnKind, TableShape } from '../core/shape.ts';
import { evolveShape } from './evolve-shape.ts';

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

const names = (of: TableShape) => of.columns.map(({ name, removed }) => (removed ? `(${name})` : name));

test('the same definition is the same object, so nothing is committed', () => {
  const before = shape(column('a'), column('b'));
  expect(evolveShape(before, shape(column('a'), column('b')))).toEqual({ shape: before, reread: false });
  expect(evolveShape(before, shape(column('a'), column('b'))).shape).toBe(before);
});

test('a new column comes last wherever the environment shows it', () => {
  const { shape: next, reread } = evolveShape(
    shape(column('b'), column('c')),
    shape(column('a'), column('b'), column('c')),
  );
  expect(names(next)).toEqual(['b', 'c', 'a']);
  expect(reread).toBe(false);
});

test('a removed column keeps its place and is marked once', () => {
  const gone = evolveShape(shape(column('a'), column('b')), shape(column('b'))).shape;
  expect(names(gone)).toEqual(['(a)', 'b']);
  expect(evolveShape(gone, shape(column('b'))).shape).toBe(gone);
});

test('a column that came back needs every row again', () => {
  const gone = evolveShape(shape(column('a'), column('b')), shape(column('b'))).shape;
  const back = evolveShape(gone, shape(column('a'), column('b')));
  expect(names(back.shape)).toEqual(['a', 'b']);
  expect(back.reread).toBe(true);
});

test('text that grows into a memo, new labels and lengths are no change of type', () => {
  const next = evolveShape(shape(column('a')), shape(column('a', 'memo', { maxLength: 1_000_000 }))).shape;
  expect(next.columns[0]).toMatchObject({ kind: 'memo', maxLength: 1_000_000 });
});

test('a changed type is refused by name', () => {
  expect(() => evolveShape(shape(column('a', 'integer')), shape(column('a', 'decimal')))).toThrow(/column: a/);
});

test('a column that was removed and made again between two looks needs every row again', () => {
  const again = evolveShape(shape(column('a')), shape(column('a', 'string', { metadataId: 'another' })));
  expect(again.shape.columns[0]).toMatchObject({ metadataId: 'another' });
  expect(again.reread).toBe(true);
});
