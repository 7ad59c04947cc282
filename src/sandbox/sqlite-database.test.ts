import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { openSandboxDatabase } from './sqlite-database.ts';

const opened: SandboxDatabase[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

test('a put replaces whole rows, and each row takes the next version (R rows)', () => {
  const database = open(':memory:');
  database.createTable(boxes);
  const before = database.version();
  database.put('box', [
    { boxid: 'a', name: 'one', weight: '9007199254740993' },
    { boxid: 'b', name: 'two' },
  ]);
  database.put('box', [{ boxid: 'a', name: 'three' }]);
  expect(database.get('box', 'a')).toEqual({
    id: 'a',
    version: before + 3n,
    row: { boxid: 'a', name: 'three', versionnumber: `${before + 3n}` },
  });
  expect(database.count('box')).toBe(2);
});

test('changes give rows by version, then deletes by version, and can be continued at any change', () => {
  const database = open(':memory:');
  database.createTable(boxes);
  const since = database.version();
  database.put('box', [{ boxid: 'c' }, { boxid: 'a' }, { boxid: 'b' }, { boxid: 'd' }]);
  database.remove('box', 'b');
  database.patch('box', 'c', { name: 'later' });
  database.remove('box', 'd');
  const until = database.version();
  database.put('box', [{ boxid: 'after the end' }]);
  const whole = database.changes('box', { since, until, after: null, limit: 100 });
  expect(whole.map(described)).toEqual(['a', 'c', '-b', '-d']);
  for (const [index, change] of whole.entries()) {
    const after =
      change.kind === 'row'
        ? ({ kind: 'row', version: change.stored.version } as const)
        : ({ kind: 'deleted', version: change.version } as const);
    const rest = database.changes('box', { since, until, after, limit: 100 });
    expect(rest).toEqual(whole.slice(index + 1));
  }
  expect(database.changes('box', { since, until, after: null, limit: 3 }).map(described)).toEqual(['a', 'c', '-b']);
});

test('a row that was deleted and made again is a row and a delete', () => {
  const database = open(':memory:');
  database.createTable(boxes);
  database.put('box', [{ boxid: 'a' }]);
  const since = database.version();
  database.remove('box', 'a');
  database.put('box', [{ boxid: 'a', name: 'again' }]);
  const changes = database.changes('box', { since, until: database.version(), after: null, limit: 10 });
  expect(changes.map(described)).toEqual(['a', '-a']);
});

test('a failed transaction leaves neither rows nor versions nor definitions', () => {
  const database = open(':memory:');
  database.createTable(boxes);
  const before = database.version();
  expect(() =>
    database.transaction(() => {
      database.put('box', [{ boxid: 'a' }]);
      database.createTable({ ...boxes, logicalName: 'crate', entitySetName: 'crates' });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect([database.count('box'), database.version(), database.table('crate')]).toEqual([0, before, undefined]);
});

test('data, definitions and the counter survive a restart', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-'));
  try {
    const first = openSandboxDatabase({ path: path.join(folder, 'environment.db') });
    first.createTable(boxes);
    first.put('box', [{ boxid: 'a', name: 'kept' }]);
    first.addColumn('box', { ...column, logicalName: 'colour' });
    first.setMeta('seed', '7');
    const version = first.version();
    first.close();
    const second = openSandboxDatabase({ path: path.join(folder, 'environment.db') });
    expect(second.get('box', 'a')?.row.name).toBe('kept');
    expect(second.table('box')?.columns.map(one => one.logicalName)).toEqual(['name', 'colour']);
    expect(second.tableBySet('boxes')?.logicalName).toBe('box');
    expect([second.version(), second.meta('seed')]).toEqual([version, '7']);
    second.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a removed column is gone from the rows, and a dropped table can be made again empty', () => {
  const database = open(':memory:');
  database.createTable(boxes);
  database.put('box', [{ boxid: 'a', name: 'x' }]);
  database.removeColumn('box', 'name');
  database.addColumn('box', column);
  expect(database.get('box', 'a')?.row.name).toBeUndefined();
  database.dropTable('box');
  expect(() => database.count('box')).toThrow('there is no table box');
  database.createTable(boxes);
  expect(database.count('box')).toBe(0);
});

function open(where: string): SandboxDatabase {
  const database = openSandboxDatabase({ path: where });
  opened.push(database);
  return database;
}

function described(change: ReturnType<SandboxDatabase['changes']>[number]): string {
  return change.kind === 'row' ? change.stored.id : `-${change.id}`;
}

const column: ColumnDefinition = {
  logicalName: 'name',
  schemaName: 'Name',
  type: 'StringType',
  displayName: 'Name',
  metadataId: '00000000-0000-0000-0000-000000000001',
  attributeOf: null,
  isValidForRead: true,
  isValidForCreate: true,
  isValidForUpdate: true,
  isCustom: true,
};

const boxes: TableDefinition = {
  logicalName: 'box',
  schemaName: 'Box',
  entitySetName: 'boxes',
  displayName: 'Box',
  objectTypeCode: 10_001,
  metadataId: '00000000-0000-0000-0000-000000000002',
  primaryId: 'boxid',
  primaryName: 'name',
  changeTracking: true,
  canTrackChanges: true,
  isIntersect: false,
  isActivity: false,
  isCustom: true,
  isPrivate: false,
  ownership: 'OrganizationOwned',
  columns: [column],
};
