import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { DefinitionKind, SandboxDatabase } from './database.ts';
import type { TableDefinition } from './definition.ts';

let world: SandboxWorld;
let database: SandboxDatabase;
beforeEach(async () => {
  world = await openSandboxWorld();
  database = world.database;
});
afterEach(() => world.close());

test('a column that is added, changed or removed is noted, and not its table', () => {
  const since = database.version();
  database.addColumn('box', { ...columnOf('crate', 'note'), metadataId: 'new' });
  expect(noted(since)).toEqual(['Attribute new']);
  const later = database.version();
  expect(noted(later)).toEqual([]);
  database.addColumn('box', { ...columnOf('crate', 'note'), metadataId: 'new', maxLength: 9 });
  database.removeColumn('box', 'name');
  expect(noted(later)).toEqual(['Attribute new', `-Attribute ${columnOf('team', 'name').metadataId}`]);
});

test('an option that is renamed is noted alone; one that comes or goes is a change of its set', () => {
  const { options = [], metadataId } = columnOf('crate', 'marks');
  const since = database.version();
  const marks = { table: 'crate', column: 'marks' };
  database.setOptions(marks, [{ value: 1, labels: { 1033: 'This side up' } }, ...options.slice(1)]);
  expect(noted(since)).toEqual([`Option ${metadataId} 1`]);
  const later = database.version();
  database.setOptions({ choice: 'colour' }, []);
  const [colour] = database.choices();
  expect(noted(later)).toEqual([`OptionSet ${colour?.metadataId}`]);
});

test('a table that is made is one note; one that goes takes its columns, sets and relationships along', () => {
  const since = database.version();
  const crate = tableOf('crate');
  database.dropTable('crate');
  const gone = noted(since);
  expect(gone).toContain(`-Entity ${crate.metadataId}`);
  expect(gone.filter(one => one.startsWith('-Attribute')).length).toBe(crate.columns.length);
  expect(gone).toContain(`-OptionSet ${columnOf(crate, 'marks').metadataId}`);
  expect(gone.filter(one => one.startsWith('-Relationship')).length).toBe(1);
  const later = database.version();
  database.createTable({ ...crate, metadataId: 'again' });
  expect(noted(later)).toEqual(['Entity again', 'EntityMade again']);
});

test('a definition that is written as it was is no change, and takes no version', () => {
  const since = database.version();
  database.enableChangeTracking('crate');
  for (const choice of database.choices()) database.putChoice({ ...choice });
  expect([noted(since), database.version()]).toEqual([[], since]);
});

test('a change that is taken back with its transaction is no change', () => {
  const since = database.version();
  expect(() =>
    database.transaction(() => {
      database.removeColumn('crate', 'note');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(noted(since)).toEqual([]);
});

const kinds: readonly DefinitionKind[] = ['Entity', 'EntityMade', 'Attribute', 'OptionSet', 'Relationship', 'Key'];

/** `Attribute <id>`, with a minus for what is no more. */
function noted(since: bigint): string[] {
  const changes = database.definitionChanges(since);
  const columns = database.tables().flatMap(table => table.columns);
  const choices = database.choices();
  const sets = [...columns, ...choices];
  const ids = [...database.tables(), ...sets].map(one => one.metadataId);
  const present = kinds.flatMap(kind =>
    [...new Set(ids)].filter(id => changes.has(kind, id)).map(id => `${kind} ${id}`),
  );
  const options = sets.flatMap(({ metadataId, options: list = [] }) =>
    list.map(({ value }) => `${metadataId} ${value}`).filter(id => changes.has('Option', id)),
  );
  const gone = changes.deleted.filter(one => one.kind !== 'EntityMade').map(({ kind, id }) => `-${kind} ${id}`);
  return [...present, ...options.map(id => `Option ${id}`), ...gone];
}

function tableOf(name: string): TableDefinition {
  const table = database.table(name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

function columnOf(table: string | TableDefinition, name: string) {
  const { columns } = typeof table === 'string' ? tableOf(table) : table;
  const column = columns.find(one => one.logicalName === name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
}
