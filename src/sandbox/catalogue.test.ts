import { describe, expect, test } from 'vitest';
import { standardChoices, standardOrganization, standardRelationships, standardTables } from './catalogue.ts';
import { metadataIdOf, parseCatalogue } from './catalogue-line.ts';
import { ABSENT_TABLES } from './catalogue-relationship.ts';
import type { ColumnDefinition } from './definition.ts';

const tables = standardTables();
const byName = new Map(tables.map(table => [table.logicalName, table]));

function column(table: string, name: string): ColumnDefinition {
  const found = byName.get(table)?.columns.find(one => one.logicalName === name);
  if (found === undefined) throw new Error(`there is no ${table}.${name}`);
  return found;
}

describe('the tables of a new environment', () => {
  test('are those the platform and its users know (R 2)', () => {
    expect([...byName.keys()].sort()).toEqual([
      'account',
      'activityparty',
      'activitypointer',
      'annotation',
      'appointment',
      'businessunit',
      'campaign',
      'contact',
      'contactleads',
      'email',
      'incident',
      'lake_everything',
      'lake_reading',
      'lake_remote',
      'lake_untracked',
      'lead',
      'opportunity',
      'phonecall',
      'product',
      'role',
      'synapselinkprofile',
      'synapselinkprofileentity',
      'synapselinkprofileentitystate',
      'synapselinkschedule',
      'systemuser',
      'systemuserroles',
      'task',
      'team',
      'transactioncurrency',
    ]);
  });

  test('have names, sets, codes and ids that nobody else has', () => {
    for (const key of ['logicalName', 'entitySetName', 'objectTypeCode', 'metadataId'] as const) {
      expect([key, new Set(tables.map(table => table[key])).size]).toEqual([key, tables.length]);
    }
    for (const table of tables) {
      const names = new Set(table.columns.map(one => one.logicalName));
      expect([table.logicalName, names.size]).toEqual([table.logicalName, table.columns.length]);
      expect(column(table.logicalName, table.primaryId)).toMatchObject({
        type: 'UniqueidentifierType',
        isPrimaryId: true,
      });
      if (table.primaryName !== null) expect(names).toContain(table.primaryName);
    }
    const ids = tables.flatMap(table => table.columns.map(one => one.metadataId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('have createdon, unless they are intersect tables, activityparty or virtual', () => {
    const without = tables.filter(table => !table.columns.some(one => one.logicalName === 'createdon'));
    expect(without.map(table => table.logicalName).sort()).toEqual([
      'activityparty',
      'contactleads',
      'lake_remote',
      'systemuserroles',
    ]);
    const stored = tables.filter(table => table.kind !== 'Virtual');
    for (const table of stored) expect(column(table.logicalName, 'versionnumber').type).toBe('BigIntType');
  });

  test('lookups point to tables that are here, or that are known to be missing', () => {
    const unknown = tables.flatMap(table =>
      table.columns.flatMap(one =>
        (one.targets ?? []).filter(target => !byName.has(target) && !ABSENT_TABLES.has(target)),
      ),
    );
    expect(unknown).toEqual([]);
    for (const table of tables) {
      for (const one of table.columns) {
        if (/^(Lookup|Customer|Owner)Type$/.test(one.type)) expect(one.targets?.length).toBeGreaterThan(0);
      }
    }
  });

  test('choices have options, statuses belong to a state, global choices exist', () => {
    const choices = new Set(standardChoices().map(choice => choice.name));
    for (const table of tables) {
      const states = new Set(table.columns.find(one => one.type === 'StateType')?.options?.map(one => one.value));
      for (const one of table.columns) {
        if (one.globalChoice !== undefined) expect(choices).toContain(one.globalChoice);
        else if (/^(Picklist|MultiSelectPicklist|State|Status)Type$/.test(one.type)) {
          expect([`${table.logicalName}.${one.logicalName}`, one.options?.length]).not.toContain(0);
        }
        if (one.type === 'StatusType') for (const option of one.options ?? []) expect(states).toContain(option.state);
      }
    }
  });

  test('columns that only describe another one describe one that is there', () => {
    for (const table of tables) {
      const names = new Set(table.columns.map(one => one.logicalName));
      for (const one of table.columns) if (one.attributeOf !== null) expect(names).toContain(one.attributeOf);
    }
    expect(column('lead', 'leadsourcecodename')).toMatchObject({ type: 'VirtualType', attributeOf: 'leadsourcecode' });
    expect(column('opportunity', 'customeridtype')).toMatchObject({
      type: 'EntityNameType',
      attributeOf: 'customerid',
    });
    expect(column('incident', 'owneridyominame')).toMatchObject({ type: 'StringType', attributeOf: 'ownerid' });
  });

  test('one of them has a column of every type, one is not tracked, a virtual one cannot be', () => {
    const types = new Set(byName.get('lake_everything')?.columns.map(one => one.type));
    for (const type of [
      'File',
      'Image',
      'MultiSelectPicklist',
      'Money',
      'Decimal',
      'Double',
      'BigInt',
      'ManagedProperty',
    ]) {
      expect(types).toContain(`${type}Type`);
    }
    expect(column('lake_everything', 'lake_decimal').precision).toBe(10);
    expect(
      ['lake_birthday', 'lake_local', 'lake_wall'].map(name => column('lake_everything', name).dateBehavior),
    ).toEqual(['DateOnly', 'UserLocal', 'TimeZoneIndependent']);
    expect(tables.filter(table => !table.changeTracking).map(table => table.logicalName)).toEqual([
      'lake_untracked',
      'lake_remote',
      'synapselinkprofile',
      'synapselinkprofileentity',
      'synapselinkprofileentitystate',
      'synapselinkschedule',
    ]);
  });
});

describe('relationships', () => {
  const relationships = standardRelationships();

  test('join columns that exist, and no navigation name is there twice', () => {
    const seen = new Set<string>();
    for (const one of relationships) {
      expect(seen).not.toContain(`${one.table2}.${one.navigation2}`);
      seen.add(`${one.table2}.${one.navigation2}`);
      if (one.kind === 'OneToMany') expect(column(one.table2, one.column2).targets).toBeDefined();
      if (one.table1 !== 'owner') expect(byName.get(one.table1)?.primaryId).toBe(one.column1);
      if (one.intersectTable !== undefined) expect(column(one.intersectTable, one.column2)).toBeDefined();
    }
    expect(new Set(relationships.map(one => one.schemaName)).size).toBe(relationships.length);
  });

  test('bear the published names where there are any', () => {
    expect(relationships).toContainEqual(
      expect.objectContaining({ schemaName: 'account_primary_contact', navigation2: 'primarycontactid' }),
    );
    expect(relationships).toContainEqual(
      expect.objectContaining({ table2: 'contact', navigation2: 'parentcustomerid_account' }),
    );
  });
});

test('metadata ids and the organization follow from names and seed', () => {
  expect(metadataIdOf('a')).toBe(metadataIdOf('a'));
  expect(metadataIdOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(standardOrganization({ seed: 1 })).toEqual(standardOrganization({ seed: 1 }));
  expect(standardOrganization({ seed: 2 }).organizationId).not.toBe(standardOrganization({ seed: 1 }).organizationId);
});

test('a catalogue line says everything about a column', () => {
  const text = [
    '= Thing\tthings\tThing\t9\tthingid\tname\tUserOwned\ttc',
    'ThingId\tUniqueidentifier\tThing\tis=rc',
    'Kind\tStatus\tKind\topt=1@0=One%3B two;2@1=100%25',
    'Day\tDateTime\t\tdate=DateOnly\tis=rx\tsrc=1',
  ].join('\n');
  const [parsed] = parseCatalogue(text);
  expect(parsed?.columns.map(({ metadataId, ...rest }) => rest)).toMatchObject([
    { logicalName: 'thingid', schemaName: 'ThingId', isPrimaryId: true, isValidForUpdate: false, sourceType: null },
    {
      options: [
        { value: 1, state: 0, labels: { 1033: 'One; two' } },
        { value: 2, state: 1, labels: { 1033: '100%' } },
      ],
    },
    { displayName: null, dateBehavior: 'DateOnly', isCustom: true, isValidForCreate: false, sourceType: 1 },
  ]);
});
