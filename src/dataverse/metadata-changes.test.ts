import { describe, expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import { changesResource, definitionsResource, parseMetadataChanges } from './metadata-changes.ts';

const crate = parseTableName('crate');
const valuesOf = (resource: string) => new URLSearchParams(resource.slice(resource.indexOf('?')));

describe('the question for definitions', () => {
  test('names its tables and the properties it needs in the documented form', () => {
    const resource = definitionsResource([crate]);
    expect(resource).toMatch(/^RetrieveMetadataChanges\(Query=@p1\)\?@p1=[^'"{}\s]+$/);
    expect(JSON.parse(valuesOf(resource).get('@p1') ?? '')).toMatchObject({
      Properties: { AllProperties: false, PropertyNames: expect.arrayContaining(['EntitySetName', 'Attributes']) },
      Criteria: {
        FilterOperator: 'Or',
        Conditions: [
          {
            ConditionOperator: 'Equals',
            PropertyName: 'LogicalName',
            Value: { Type: 'System.String', Value: 'crate' },
          },
        ],
      },
      AttributeQuery: {
        Properties: { AllProperties: false, PropertyNames: expect.arrayContaining(['AttributeTypeName', 'OptionSet']) },
      },
    });
  });

  test('for changes carries the stamp as a text literal, whatever is in it, and the deletes it wants to hear of', () => {
    const stamp = "74812162!10/09/2022 22:10:22 it's";
    const resource = changesResource({ stamp, tables: null });
    const values = valuesOf(resource);
    expect(resource).toContain('(Query=@p1,DeletedMetadataFilters=@p2,ClientVersionStamp=@p3)?');
    expect(values.get('@p2')).toBe("Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'");
    expect(values.get('@p3')).toBe(`'${stamp.replace("'", "''")}'`);
    expect(JSON.parse(values.get('@p1') ?? '').Criteria).toEqual({ FilterOperator: 'And', Conditions: [] });
  });
});

describe('an answer about definitions', () => {
  const answer = { ServerVersionStamp: '1!now', EntityMetadata: [], DeletedMetadata: null };

  test('tells deletes of every kind together', () => {
    const DeletedMetadata = { Count: 2, Keys: ['Default', 'Attribute'], Values: [{ Items: ['A'] }, ['b']] };
    expect(parseMetadataChanges({ ...answer, DeletedMetadata })?.deletedIds).toEqual(['a', 'b']);
    expect(parseMetadataChanges(answer)?.deletedIds).toEqual([]);
  });

  test('tells whether a table is whole: it has columns, and each names its type', () => {
    const whole = (Attributes: unknown) =>
      parseMetadataChanges({ ...answer, EntityMetadata: [{ LogicalName: 'crate', Attributes }] })?.tables[0]?.isWhole;
    expect(whole([{ AttributeTypeName: { Value: 'StringType' } }])).toBe(true);
    expect(whole([{ AttributeTypeName: { Value: 'StringType' } }, { AttributeTypeName: null }])).toBe(false);
    expect(whole([])).toBe(false);
    expect(whole(null)).toBe(false);
  });

  test.each([
    { ...answer, ServerVersionStamp: '' },
    { ...answer, ServerVersionStamp: null },
    { ...answer, EntityMetadata: null },
    { ...answer, EntityMetadata: [{}] },
    { ...answer, DeletedMetadata: { Values: [{ Count: 1 }] } },
    { value: [] },
    [],
    null,
  ])('is none when it looks like %j', json => {
    expect(parseMetadataChanges(json)).toBeNull();
  });
});
