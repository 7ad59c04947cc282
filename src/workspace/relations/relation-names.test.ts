import { describe, expect, test } from 'vitest';
import { parseTableName } from '../../core/names.ts';
import { relationNames } from './relation-names.ts';

const names = (...tables: string[]) => {
  const found = relationNames(tables.map(parseTableName));
  return new Map(
    [...found].map(([key, one]) => [key, one.is === 'choices' ? one.choices : `${one.table} ${one.view}`]),
  );
};

describe('names of schema dbo', () => {
  test('a table gives its own name and three that are derived; five more are of all tables', () => {
    expect([...names('account').keys()].sort()).toEqual([
      'account',
      'account_current',
      'account_labels',
      'account_partitioned',
      'globaloptionsetmetadata',
      'optionsetmetadata',
      'statemetadata',
      'statusmetadata',
      'targetmetadata',
    ]);
  });

  test('a table wins over what is derived from another, which is numbered past every table', () => {
    const found = names('account', 'account_labels', 'account_labels_1', 'statemetadata');
    expect(found.get('account_labels')).toBe('account_labels table');
    expect(found.get('account_labels_1')).toBe('account_labels_1 table');
    expect(found.get('account_labels_2')).toBe('account labels');
    expect(found.get('account_labels_labels')).toBe('account_labels labels');
    expect(found.get('statemetadata')).toBe('statemetadata table');
    expect(found.get('statemetadata_1')).toBe('StateMetadata');
  });

  test('the order in which tables were added decides nothing', () => {
    const tables = ['account', 'account_partitioned', 'account_partitioned_1', 'contact', 'contact_labels'];
    const sorted = (found: ReadonlyMap<string, string>) => [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(names(...tables))).toEqual(sorted(names(...tables.toReversed())));
  });

  test('no two relations have one name', () => {
    const tables = [
      'a',
      'a_labels',
      'a_current',
      'a_labels_1',
      'a_labels_labels',
      'targetmetadata',
      'targetmetadata_1',
    ];
    // Each table has four, and there are five of all tables.
    expect(names(...tables).size).toBe(tables.length * 4 + 5);
  });
});
