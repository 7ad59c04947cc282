import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import type {
  AttributeTypeName,
  ColumnDefinition,
  RelationshipDefinition,
  TableDefinition,
} from '../../src/sandbox/definition.ts';

/** Types of the columns of a table, again and again in this order; every fourth is a text, as in real environments. */
const TYPES: readonly AttributeTypeName[] = [
  'StringType',
  'LookupType',
  'PicklistType',
  'StringType',
  'DateTimeType',
  'IntegerType',
  'MoneyType',
  'StringType',
  'BooleanType',
  'DecimalType',
  'MemoType',
  'DoubleType',
];

/**
 * Puts many wide tables without rows into an environment that has an organization: `wide_0001` of so many columns each,
 * tracked, with lookups to one another. Straight into the database, in one transaction: 1,500 tables of 300 columns
 * take seconds.
 */
export function installWideEnvironment(
  database: SandboxDatabase,
  { tables, columns }: { readonly tables: number; readonly columns: number },
): void {
  database.transaction(() => {
    for (let number = 1; number <= tables; number += 1) {
      const table = wideTable({ number, tables, columns });
      database.createTable(table);
      for (const one of relationshipsOf(table)) database.putRelationship(one);
    }
  });
}

export function wideTableName(number: number): string {
  return `wide_${String(number).padStart(4, '0')}`;
}

function wideTable({
  number,
  tables,
  columns,
}: {
  readonly number: number;
  readonly tables: number;
  readonly columns: number;
}): TableDefinition {
  const logicalName = wideTableName(number);
  const own = Array.from({ length: columns - 3 }, (_, index) => columnOf({ number, index, tables }));
  return {
    logicalName,
    schemaName: `Wide_${String(number).padStart(4, '0')}`,
    entitySetName: `${logicalName}s`,
    displayName: `Wide ${number}`,
    objectTypeCode: 30_000 + number,
    metadataId: idOf(number, 0),
    primaryId: `${logicalName}id`,
    primaryName: 'name',
    changeTracking: true,
    canTrackChanges: true,
    isIntersect: false,
    isActivity: false,
    isCustom: true,
    isPrivate: false,
    ownership: 'UserOwned',
    columns: [
      { ...base(`${logicalName}id`, 'UniqueidentifierType', idOf(number, 1)), isPrimaryId: true },
      { ...base('name', 'StringType', idOf(number, 2)), isPrimaryName: true, maxLength: 100 },
      ...own,
      base('versionnumber', 'BigIntType', idOf(number, 3)),
    ],
  };
}

function columnOf({
  number,
  index,
  tables,
}: {
  readonly number: number;
  readonly index: number;
  readonly tables: number;
}): ColumnDefinition {
  const type = TYPES[index % TYPES.length] ?? 'StringType';
  const name = `wide_${type.replace('Type', '').toLowerCase()}${String(index).padStart(3, '0')}`;
  const column = base(name, type, idOf(number, index + 4));
  switch (type) {
    case 'StringType':
    case 'MemoType':
      return { ...column, maxLength: 100 + index };
    case 'MoneyType':
    case 'DecimalType':
    case 'DoubleType':
      return { ...column, precision: 4, minValue: -1_000_000, maxValue: 1_000_000 };
    case 'DateTimeType':
      return { ...column, dateBehavior: index % 2 === 0 ? 'UserLocal' : 'DateOnly' };
    case 'LookupType':
      return { ...column, targets: [wideTableName(((number + index) % tables) + 1)] };
    case 'PicklistType':
      return {
        ...column,
        options: Array.from({ length: 5 }, (_, value) => ({ value, labels: { 1033: `Option ${value}` } })),
      };
    default:
      return column;
  }
}

function base(logicalName: string, type: AttributeTypeName, metadataId: string): ColumnDefinition {
  return {
    logicalName,
    schemaName: logicalName,
    type,
    displayName: `Column ${logicalName}`,
    metadataId,
    attributeOf: null,
    isValidForRead: true,
    isValidForCreate: true,
    isValidForUpdate: true,
    isCustom: true,
  };
}

function relationshipsOf(table: TableDefinition): readonly RelationshipDefinition[] {
  return table.columns.flatMap(column =>
    (column.targets ?? []).map(target => ({
      schemaName: `${target}_${table.logicalName}_${column.logicalName}`,
      kind: 'OneToMany' as const,
      table1: target,
      column1: `${target}id`,
      table2: table.logicalName,
      column2: column.logicalName,
      navigation1: `${target}_${table.logicalName}_${column.logicalName}`,
      navigation2: column.schemaName,
    })),
  );
}

function idOf(table: number, column: number): string {
  return `${String(table).padStart(8, '0')}-0000-4000-8000-${String(column).padStart(12, '0')}`;
}
