import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realData } from '../../test/kit/real-data.ts';
import { parseTableName } from '../core/names.ts';
import type { Column, TableShape } from '../core/shape.ts';
import { omissions } from './columns.ts';
import { shapeFromMetadata } from './shape.ts';

const { folder, isThere } = realData('webapi');

function definitionOf(table: string): { readonly Attributes: readonly { readonly LogicalName: string }[] } {
  return JSON.parse(readFileSync(join(folder, `EntityDefinitions-${table}.json`), 'utf8'));
}

function shapeOf(table: string): TableShape {
  const primaryIdOf = (target: string) => `${target}id`;
  return shapeFromMetadata({ json: definitionOf(table), table: parseTableName(table), primaryIdOf });
}

/** Names of the columns left out, by reason. */
function omittedByReason(shape: TableShape): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { reason, name } of shape.omitted) groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return groups;
}

function column(shape: TableShape, name: string): Column {
  const found = shape.columns.find(candidate => candidate.name === name);
  if (found === undefined) throw new Error(`${shape.table} has no exported column ${name}`);
  return found;
}

const { notReadable, choiceText, tableText, lookupText, image } = omissions;

describe.skipIf(!isThere)('real table definitions', () => {
  test.each([
    {
      table: 'account',
      columns: 215,
      exported: 150,
      counts: { [choiceText]: 35, [lookupText]: 28, [image]: 1, [notReadable]: 1 },
    },
    {
      table: 'contact',
      columns: 312,
      exported: 226,
      counts: { [choiceText]: 52, [lookupText]: 30, [image]: 1, [notReadable]: 3 },
    },
    {
      table: 'team',
      columns: 55,
      exported: 35,
      counts: { [choiceText]: 5, [lookupText]: 14, [notReadable]: 1 },
    },
    {
      table: 'annotation',
      columns: 47,
      exported: 28,
      counts: { [choiceText]: 2, [tableText]: 1, [lookupText]: 11, [notReadable]: 5 },
    },
    {
      table: 'connection',
      columns: 58,
      exported: 36,
      counts: { [choiceText]: 5, [lookupText]: 16, [image]: 1 },
    },
    { table: 'systemuserroles', columns: 4, exported: 4, counts: {} },
  ])('every one of the $columns columns of $table is exported or left out with its reason', expected => {
    const shape = shapeOf(expected.table);
    const counts = Object.fromEntries([...omittedByReason(shape)].map(([reason, names]) => [reason, names.length]));
    console.log(`${shape.table}: ${shape.columns.length} of ${expected.columns} exported; left out`, counts);
    expect(counts).toEqual(expected.counts);
    expect(shape.columns).toHaveLength(expected.exported);
    const sorted = [...shape.columns, ...shape.omitted].map(({ name }) => name).sort();
    const defined = definitionOf(expected.table).Attributes.map(attribute => attribute.LogicalName);
    expect(sorted).toHaveLength(expected.columns);
    expect(sorted).toEqual(defined.sort());
  });

  test('the columns of account that are left out are the texts of choices and lookups, the image and isprivate', () => {
    const groups = omittedByReason(shapeOf('account'));
    expect(groups.get(notReadable)).toEqual(['isprivate']);
    expect(groups.get(image)).toEqual(['entityimage']);
    const texts = [...(groups.get(choiceText) ?? []), ...(groups.get(lookupText) ?? [])];
    expect(texts.filter(name => !name.endsWith('name'))).toEqual([]);
    // Texts of the account itself: they end in "name" too, and stay.
    const kept = shapeOf('account').columns.map(({ name }) => name);
    expect(kept).toEqual(expect.arrayContaining(['name', 'yominame', 'address1_name', 'address1_primarycontactname']));
  });

  test('columns stand in the groups of genuine files: state, status, choices, booleans, lookups, owner, money', () => {
    const kinds = shapeOf('account').columns.map(({ kind }) => kind);
    const groups = kinds.filter((kind, position) => kind !== kinds[position - 1]).slice(0, 7);
    expect(groups).toEqual(['state', 'status', 'choice', 'boolean', 'lookup', 'owner', 'money']);
  });

  test('a lookup, its type and a type that stands alone are read from the properties the wire has', () => {
    const annotation = 'Microsoft.Dynamics.CRM.lookuplogicalname';
    const account = shapeOf('account');
    expect(column(account, 'ownerid')).toMatchObject({
      kind: 'owner',
      property: '_ownerid_value',
      typeProperty: `_ownerid_value@${annotation}`,
      targets: [
        { table: 'systemuser', attribute: null },
        { table: 'team', attribute: null },
      ],
    });
    expect(column(account, 'owneridtype').property).toBe(`_ownerid_value@${annotation}`);
    expect(column(account, 'createdby').targets).toEqual([{ table: 'systemuser', attribute: 'systemuserid' }]);
    expect(column(shapeOf('annotation'), 'objecttypecode')).toMatchObject({
      kind: 'entityname',
      property: 'objecttypecode',
    });
    const customer = column(shapeOf('contact'), 'parentcustomerid');
    expect(customer).toMatchObject({ kind: 'customer', property: '_parentcustomerid_value' });
    expect(customer.targets.map(target => target.table)).toEqual(['account', 'contact']);
  });

  test('text lengths are the characters of the database, which counts two bytes for each', () => {
    const account = shapeOf('account');
    expect(column(account, 'accountnumber').maxLength).toBe(20);
    expect(column(account, 'description').maxLength).toBe(2000);
    // Reduced by a maker to 100, 150 in the database.
    expect(column(account, 'address1_primarycontactname').maxLength).toBe(150);
    expect(column(shapeOf('annotation'), 'documentbody').maxLength).toBe(1_073_741_823);
    expect(column(shapeOf('annotation'), 'prefix').maxLength).toBe(10);
  });

  test('options carry their labels, statuses their state, booleans 1 before 0, and precision is as declared', () => {
    const account = shapeOf('account');
    const labels = (text: string) => [{ languageCode: 1033, text }];
    expect(column(account, 'creditonhold').optionSet).toEqual({
      name: 'account_creditonhold',
      isGlobal: false,
      options: [
        { value: 1, labels: labels('Yes') },
        { value: 0, labels: labels('No') },
      ],
    });
    expect(column(account, 'statuscode').optionSet?.options).toEqual([
      { value: 1, state: 0, labels: labels('Active') },
      { value: 2, state: 1, labels: labels('Inactive') },
    ]);
    expect(column(account, 'exchangerate').precision).toBe(12);
    expect(column(account, 'entityimage_timestamp').kind).toBe('bigint');
  });
});
