import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { realData } from '../../test/kit/real-data.ts';
import { standardChoices, standardTables } from './catalogue.ts';
import type { ColumnDefinition } from './definition.ts';

const { folder, isThere } = realData('webapi');

interface RealColumn {
  readonly LogicalName: string;
  readonly AttributeTypeName: { readonly Value: string };
  readonly AttributeOf: string | null;
  readonly MaxLength?: number;
  readonly Precision?: number;
  readonly Targets?: readonly string[];
  readonly DateTimeBehavior?: { readonly Value: string };
  readonly SourceType: number | null;
  readonly IsValidForRead: boolean;
  readonly OptionSet?: {
    readonly Name: string;
    readonly IsGlobal: boolean;
    readonly Options?: readonly { readonly Value: number; readonly Label: RealLabel }[];
  } | null;
}
interface RealLabel {
  readonly UserLocalizedLabel: { readonly Label: string } | null;
}
interface RealTable {
  readonly MetadataId: string;
  readonly EntitySetName: string;
  readonly ObjectTypeCode: number;
  readonly PrimaryIdAttribute: string;
  readonly PrimaryNameAttribute: string | null;
  readonly OwnershipType: string;
  readonly IsIntersect: boolean;
  readonly ChangeTrackingEnabled: boolean;
  readonly Attributes: readonly RealColumn[];
}

const read = (name: string): RealTable =>
  JSON.parse(readFileSync(path.join(folder, `EntityDefinitions-${name}.json`), 'utf8')) as RealTable;

function facts(column: ColumnDefinition): Record<string, unknown> {
  const options =
    column.globalChoice === undefined
      ? column.options
      : standardChoices().find(choice => choice.name === column.globalChoice)?.options;
  const isChoice = /^(Picklist|State|Status)Type$/.test(column.type);
  return {
    type: column.type,
    of: column.attributeOf,
    length: column.maxLength ?? null,
    precision: column.precision ?? null,
    date: column.dateBehavior ?? null,
    source: column.sourceType,
    readable: column.isValidForRead,
    options: isChoice ? options?.map(option => `${option.value} ${option.labels[1033]}`) : null,
  };
}

function realFacts(column: RealColumn): Record<string, unknown> {
  const type = column.AttributeTypeName.Value;
  const isChoice = /^(Picklist|State|Status)Type$/.test(type);
  return {
    type,
    of: column.AttributeOf,
    length: column.MaxLength ?? null,
    precision: column.Precision ?? null,
    date: column.DateTimeBehavior?.Value ?? null,
    source: column.SourceType,
    readable: column.IsValidForRead,
    options: isChoice
      ? (column.OptionSet?.Options ?? []).map(
          option => `${option.Value} ${option.Label.UserLocalizedLabel?.Label ?? ''}`,
        )
      : null,
  };
}

describe.skipIf(!isThere)('the catalogue held against definitions of a real organization', () => {
  test.each([
    ['account', 215],
    ['contact', 312],
    ['team', 55],
    ['annotation', 47],
    ['systemuserroles', 4],
  ])('%s has all its %i columns as they are there (R 2)', (name, count) => {
    const real = read(name);
    const table = standardTables().find(one => one.logicalName === name);
    expect(real.Attributes.length).toBe(count);
    expect(table).toMatchObject({
      entitySetName: real.EntitySetName,
      objectTypeCode: real.ObjectTypeCode,
      primaryId: real.PrimaryIdAttribute,
      primaryName: real.PrimaryNameAttribute,
      ownership: real.OwnershipType,
      isIntersect: real.IsIntersect,
      changeTracking: real.ChangeTrackingEnabled,
    });
    const ours = Object.fromEntries((table?.columns ?? []).map(column => [column.logicalName, facts(column)]));
    const theirs = Object.fromEntries(real.Attributes.map(column => [column.LogicalName, realFacts(column)]));
    expect(ours).toEqual(theirs);
    for (const column of real.Attributes) {
      const targets = table?.columns.find(one => one.logicalName === column.LogicalName)?.targets ?? [];
      expect(targets).toEqual(expect.arrayContaining([...(column.Targets ?? [])]));
    }
  });

  test('tables known from generated classes have each column of those', () => {
    const proxies = JSON.parse(
      readFileSync(path.join(folder, 'columns-from-generated-proxies.json'), 'utf8'),
    ) as Record<string, { objectTypeCode: number; columns: { logicalName: string; maxLength?: number }[] }>;
    const counts: Record<string, number> = {};
    for (const name of [
      'systemuser',
      'email',
      'task',
      'activitypointer',
      'activityparty',
      'businessunit',
      'transactioncurrency',
    ]) {
      const table = standardTables().find(one => one.logicalName === name);
      const columns = new Map(table?.columns.map(column => [column.logicalName, column]));
      expect(table?.objectTypeCode).toBe(proxies[name]?.objectTypeCode);
      for (const column of proxies[name]?.columns ?? []) {
        expect([name, column.logicalName, columns.has(column.logicalName)]).toEqual([name, column.logicalName, true]);
        if (column.maxLength !== undefined) expect(columns.get(column.logicalName)?.maxLength).toBe(column.maxLength);
      }
      counts[name] = proxies[name]?.columns.length ?? 0;
    }
    expect(counts).toMatchObject({
      systemuser: 132,
      email: 108,
      task: 48,
      activitypointer: 57,
      activityparty: 23,
      businessunit: 75,
    });
  });
});
