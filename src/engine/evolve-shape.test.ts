import { describe, expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import { type Column, type ColumnKind, lakeColumns, type TableShape } from '../core/shape.ts';
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

/** The evolution of a table whose only own column changes. */
const evolved = (before: Column, after: Column) => evolveShape(shape(before), shape(after));

test('the same definition is the same object, so nothing is committed', () => {
  const before = shape(column('a'), column('b'));
  expect(evolveShape(before, shape(column('a'), column('b')))).toEqual({ shape: before, reread: null });
  expect(evolveShape(before, shape(column('a'), column('b'))).shape).toBe(before);
});

test('a new column comes last wherever the environment shows it, and says so', () => {
  const { shape: next, reread } = evolveShape(
    shape(column('b'), column('c')),
    shape(column('a'), column('b'), column('c')),
  );
  expect(names(next)).toEqual(['b', 'c', 'a']);
  expect(next.columns.map(({ addedLater }) => addedLater === true)).toEqual([false, false, true]);
  expect(reread).toBeNull();
  const again = evolveShape(next, shape(column('a'), column('b'), column('c')));
  expect(again.shape).toBe(next);
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
  expect(back.reread).toBe('the removed column a came back');
});

test('a column that was added later, removed and made again with another type is still one that was added later', () => {
  const added = evolveShape(shape(column('a')), shape(column('a'), column('b'))).shape;
  const gone = evolveShape(added, shape(column('a'))).shape;
  const back = evolveShape(gone, shape(column('a'), column('b', 'integer', { metadataId: 'x' })));
  expect(back.shape.columns[1]).toMatchObject({ kind: 'integer', addedLater: true });
  expect(back.shape.columns[1]).not.toHaveProperty('removed');
});

test('a column that was removed and made again between two looks needs every row again', () => {
  const again = evolved(column('a'), column('a', 'string', { metadataId: 'another' }));
  expect(again.shape.columns[0]).toMatchObject({ metadataId: 'another' });
  expect(again.reread).toBe('the column a was made again');
});

describe('every row is read again after', () => {
  test.each<[string, Column, Column]>([
    ['a text became a whole number', column('a'), column('a', 'integer')],
    ['a whole number became a decimal', column('a', 'integer'), column('a', 'decimal', { precision: 2 })],
    ['a decimal became money', column('a', 'decimal'), column('a', 'money')],
    ['a choice became a multi-select choice', column('a', 'choice'), column('a', 'multichoice')],
    ['a multi-select choice became a text', column('a', 'multichoice'), column('a')],
    [
      'an id became a lookup, which is read elsewhere',
      column('a', 'guid'),
      column('a', 'lookup', { property: '_a_value', typeProperty: '_a_value@type' }),
    ],
    ['a moment became a date', column('a', 'datetime'), column('a', 'dateonly')],
  ])('%s', (_, before, after) => {
    const { shape: next, reread } = evolved(before, after);
    expect(reread).toBe('the type of a changed');
    expect(next.columns[0]?.kind).toBe(after.kind);
  });
});

test('a column that is no longer under column security needs every row again; one that comes under it does not', () => {
  const open = shape(column('a'), column('b'));
  const secured = { ...open, unreadable: ['b'] };
  expect(evolveShape(open, secured).reread).toBeNull();
  expect(evolveShape(secured, open).reread).toBe('the column b is no longer under column security');
  const gone = evolveShape(secured, shape(column('a')));
  expect(gone.reread).toBeNull();
});

const colours = (isGlobal: boolean, ...texts: string[]) => ({
  optionSet: {
    name: isGlobal ? 'colour' : 'crate_a',
    isGlobal,
    options: texts.map((text, value) => ({ value, labels: [{ languageCode: 1033, text }] })),
  },
});

describe('a new shape alone follows when', () => {
  test.each<[string, Column, Column]>([
    ['a text grew', column('a'), column('a', 'string', { maxLength: 4_000 })],
    ['a text became a memo', column('a'), column('a', 'memo', { maxLength: 1_000_000 })],
    [
      'a choice became a global one',
      column('a', 'choice', colours(false, 'Red')),
      column('a', 'choice', colours(true, 'Red')),
    ],
    [
      'an option came',
      column('a', 'choice', colours(true, 'Red')),
      column('a', 'choice', colours(true, 'Red', 'Blue')),
    ],
    [
      'an option went',
      column('a', 'choice', colours(true, 'Red', 'Blue')),
      column('a', 'choice', colours(true, 'Red')),
    ],
    ['a label changed', column('a', 'choice', colours(true, 'Red')), column('a', 'choice', colours(true, 'Rot'))],
    ['a decimal shows more places', column('a', 'decimal', { precision: 2 }), column('a', 'decimal', { precision: 4 })],
    [
      'a decimal keeps more places',
      column('a', 'decimal', { precision: 10 }),
      column('a', 'decimal', { precision: 12 }),
    ],
    [
      'a lookup has another target',
      column('a', 'lookup', { targets: [] }),
      column('a', 'lookup', { targets: [{ table: 'b', attribute: 'bid' }] }),
    ],
  ])('%s', (_, before, after) => {
    expect(evolved(before, after)).toEqual({ shape: shape(after), reread: null });
  });

  test('the table has another name for people', () => {
    const renamed = { ...shape(column('a')), displayName: 'Box' };
    expect(evolveShape(shape(column('a')), renamed)).toEqual({ shape: renamed, reread: null });
  });
});

test('lengths never fall: values from before may be that long (R: lengths of the database)', () => {
  const shorter = evolved(column('a', 'string', { maxLength: 200 }), column('a')).shape;
  expect(shorter.columns[0]?.maxLength).toBe(200);
  expect(evolveShape(shorter, shape(column('a'))).shape).toBe(shorter);
  const unknown = evolved(column('a', 'memo', { maxLength: 100_001 }), column('a', 'memo', { maxLength: null })).shape;
  expect(unknown.columns[0]?.maxLength).toBe(100_001);
});

test('the places that a decimal keeps never fall, the places that it shows do', () => {
  const typeOf = ({ shape: next }: { shape: TableShape }) => lakeColumns(next)[3]?.sqlType;
  const fewer = evolved(column('a', 'decimal', { precision: 12 }), column('a', 'decimal', { precision: 4 }));
  expect(typeOf(fewer)).toBe('DECIMAL(38,12)');
  const shown = evolved(column('a', 'decimal', { precision: 4 }), column('a', 'decimal', { precision: 2 }));
  expect(shown.shape.columns[0]?.precision).toBe(2);
  expect(typeOf(shown)).toBe('DECIMAL(38,10)');
});
