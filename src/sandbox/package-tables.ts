import { companionsOf, systemColumns } from './catalogue-companion.ts';
import { metadataIdOf, usualSource } from './catalogue-line.ts';
import { lookupRelationship } from './catalogue-relationship.ts';
import type { SandboxDatabase } from './database.ts';
import type { ColumnDefinition, OptionDefinition, TableDefinition } from './definition.ts';
import { COLUMN_TYPES } from './package-convert.ts';
import type { SchemaEntity, SchemaField, SchemaRelationship } from './package-schema.ts';
import type { ColumnUse, PackageUse } from './package-use.ts';

/** What an import did to the definitions. */
export interface DefinitionChanges {
  readonly tablesCreated: string[];
  /** `table.column` of columns added to tables that were there. */
  readonly columnsAdded: string[];
}

const LENGTHS = [100, 200, 500, 1000, 2000, 4000] as const;
const MEMO_LENGTH = 1_048_576;
const CUSTOM_CODE_FIRST = 10_500;

/** Creates the tables and columns of a schema that the environment does not have, and what connects them. */
export function defineTables(
  database: SandboxDatabase,
  { schema, use }: { readonly schema: ReadonlyMap<string, SchemaEntity>; readonly use: PackageUse },
): DefinitionChanges {
  const changes: DefinitionChanges = { tablesCreated: [], columnsAdded: [] };
  for (const entity of schema.values()) {
    const existing = database.table(entity.name);
    if (existing === undefined) {
      database.createTable(newTable(database, entity, use));
      changes.tablesCreated.push(entity.name);
    } else {
      changes.columnsAdded.push(...extend(database, existing, entity, use));
    }
  }
  for (const entity of schema.values()) {
    for (const relationship of entity.relationships) {
      if (defineIntersect(database, { source: entity.name, sourceKey: entity.primaryId, relationship })) {
        changes.tablesCreated.push(relationship.intersectTable);
      }
    }
    connectLookups(database, entity.name);
  }
  return changes;
}

function newTable(database: SandboxDatabase, entity: SchemaEntity, use: PackageUse): TableDefinition {
  const isOwned = [...entity.fields.values()].some(field => field.type === 'owner');
  const table: Omit<TableDefinition, 'columns'> = {
    logicalName: entity.name,
    schemaName: entity.name,
    entitySetName: setNameOf(database, entity.name),
    displayName: entity.displayName === '' ? entity.name : entity.displayName,
    objectTypeCode: codeOf(database, entity.typeCode),
    metadataId: metadataIdOf(`table ${entity.name}`),
    primaryId: entity.primaryId,
    primaryName: entity.primaryName,
    changeTracking: true,
    canTrackChanges: true,
    isIntersect: false,
    isActivity: entity.primaryId === 'activityid',
    isCustom: entity.name.includes('_'),
    isPrivate: false,
    ownership: isOwned ? 'UserOwned' : 'OrganizationOwned',
  };
  const given = new Map<string, ColumnDefinition>();
  given.set(entity.primaryId, keyColumn(table, entity.primaryId));
  for (const field of entity.fields.values()) {
    const column = columnOf(table, field, use.column(entity.name, field.name));
    if (column !== null) given.set(field.name, column);
  }
  if (entity.primaryName !== null && !given.has(entity.primaryName)) {
    given.set(entity.primaryName, { ...keyColumn(table, entity.primaryName), type: 'StringType', maxLength: 100 });
  }
  for (const column of systemColumns(table, { withState: false })) {
    if (!given.has(column.logicalName)) given.set(column.logicalName, column);
  }
  const columns = [...given.values()];
  return { ...table, columns: [...columns, ...companionsOf(table, columns)] };
}

/** Adds missing columns, widens lookups and choices by what the package's rows use; answers what was added. */
function extend(database: SandboxDatabase, table: TableDefinition, entity: SchemaEntity, use: PackageUse): string[] {
  const known = new Map(table.columns.map(column => [column.logicalName, column]));
  const added: ColumnDefinition[] = [];
  for (const field of entity.fields.values()) {
    const used = use.column(entity.name, field.name);
    const column = known.get(field.name);
    if (column !== undefined) widen(database, table.logicalName, column, used);
    else {
      const fresh = columnOf(table, field, used);
      if (fresh !== null) added.push(fresh);
    }
  }
  for (const column of [...added, ...companionsOf(table, added)]) {
    if (!known.has(column.logicalName)) database.addColumn(table.logicalName, column);
  }
  return added.map(column => `${table.logicalName}.${column.logicalName}`);
}

function widen(database: SandboxDatabase, table: string, column: ColumnDefinition, used: ColumnUse): void {
  const targets = [...used.targets].filter(target => !(column.targets ?? []).includes(target));
  if (column.targets !== undefined && targets.length > 0) {
    database.addColumn(table, { ...column, targets: [...column.targets, ...targets] });
  }
  const options =
    column.globalChoice === undefined
      ? column.options
      : database.choices().find(choice => choice.name === column.globalChoice)?.options;
  if (options === undefined || column.type === 'BooleanType') return;
  const missing = optionsOf(column.type, used).filter(option => !options.some(other => other.value === option.value));
  if (missing.length === 0) return;
  const target =
    column.globalChoice === undefined ? { table, column: column.logicalName } : { choice: column.globalChoice };
  database.setOptions(target, [...options, ...missing]);
}

/** The column of a field; null for a type nothing is known of. */
function columnOf(
  table: Pick<TableDefinition, 'logicalName' | 'primaryId' | 'primaryName'>,
  field: SchemaField,
  used: ColumnUse,
): ColumnDefinition | null {
  let type = COLUMN_TYPES[field.type];
  if (type === undefined) return null;
  if (type === 'StringType' && used.longest > 4000) type = 'MemoType';
  const targets = [...new Set([...field.targets, ...used.targets])];
  if (type === 'LookupType' && field.targets.join() === 'account,contact') type = 'CustomerType';
  return {
    ...keyColumn(table, field.name),
    type,
    displayName: field.displayName === '' ? null : field.displayName,
    isCustom: field.isCustom,
    sourceType: usualSource(type),
    ...lengthOf(type, used),
    ...(type === 'MoneyType' ? { precision: 4 } : {}),
    ...(type === 'DecimalType' ? { precision: Math.max(used.digits, field.name === 'exchangerate' ? 12 : 10) } : {}),
    ...(type === 'DoubleType' ? { precision: 5 } : {}),
    ...(type === 'DateTimeType' ? { dateBehavior: 'UserLocal' as const } : {}),
    ...(type === 'OwnerType' ? { targets: ['systemuser', 'team'] } : {}),
    ...(type === 'LookupType' || type === 'CustomerType' ? { targets } : {}),
    ...(type === 'PartyListType'
      ? { targets: targets.length === 0 ? ['account', 'contact', 'systemuser'] : targets }
      : {}),
    ...(/^(Picklist|MultiSelectPicklist|State|Status|Boolean)Type$/.test(type)
      ? { options: optionsOf(type, used) }
      : {}),
  };
}

function lengthOf(type: ColumnDefinition['type'], used: ColumnUse): Partial<ColumnDefinition> {
  if (type === 'MemoType') return { maxLength: MEMO_LENGTH };
  if (type !== 'StringType') return {};
  const length = LENGTHS.find(candidate => candidate >= used.longest) ?? 4000;
  return { maxLength: length, databaseLength: length * 2 };
}

/** A package holds values, not labels: each value seen becomes an option of that name. */
function optionsOf(type: ColumnDefinition['type'], used: ColumnUse): OptionDefinition[] {
  if (type === 'BooleanType') {
    return [
      { value: 1, labels: { 1033: 'Yes' } },
      { value: 0, labels: { 1033: 'No' } },
    ];
  }
  return [...used.values]
    .sort(([a], [b]) => a - b)
    .map(([value, state]) => ({
      value,
      ...(type === 'StatusType' ? { state: state ?? 0 } : {}),
      labels: { 1033: `Option ${value}` },
    }));
}

function keyColumn(
  table: Pick<TableDefinition, 'logicalName' | 'primaryId' | 'primaryName'>,
  name: string,
): ColumnDefinition {
  return {
    logicalName: name,
    schemaName: name,
    type: 'UniqueidentifierType',
    displayName: null,
    metadataId: metadataIdOf(`column ${table.logicalName}.${name}`),
    attributeOf: null,
    isValidForRead: true,
    isValidForCreate: true,
    isValidForUpdate: name !== table.primaryId,
    ...(name === table.primaryId ? { isPrimaryId: true } : {}),
    ...(name === table.primaryName ? { isPrimaryName: true } : {}),
    isCustom: name.includes('_'),
    sourceType: null,
  };
}

/** Creates the intersect table of a many-to-many relationship and the relationship; true when the table is new. */
export function defineIntersect(
  database: SandboxDatabase,
  {
    source,
    sourceKey,
    relationship,
  }: {
    readonly source: string;
    readonly sourceKey: string;
    readonly relationship: Omit<SchemaRelationship, 'isReflexive'>;
  },
): boolean {
  const { intersectTable, target, targetKey } = relationship;
  if (database.table(intersectTable) !== undefined) return false;
  const [column1, column2] = pairColumns({ source, sourceKey, target, targetKey });
  const table = {
    logicalName: intersectTable,
    schemaName: intersectTable,
    entitySetName: setNameOf(database, intersectTable),
    displayName: intersectTable,
    objectTypeCode: codeOf(database, null),
    metadataId: metadataIdOf(`table ${intersectTable}`),
    primaryId: `${intersectTable}id`,
    primaryName: null,
    changeTracking: true,
    canTrackChanges: true,
    isIntersect: true,
    isActivity: false,
    isCustom: intersectTable.includes('_'),
    isPrivate: false,
    ownership: 'None' as const,
  };
  const columns = [table.primaryId, column1, column2].map(name => keyColumn(table, name));
  database.createTable({ ...table, columns: [...columns, ...systemColumns(table, { withState: false })] });
  database.putRelationship({
    schemaName: relationship.name,
    kind: 'ManyToMany',
    table1: source,
    column1,
    table2: target,
    column2,
    intersectTable,
    navigation1: relationship.name,
    navigation2: source === target ? `${relationship.name}_reflexive` : relationship.name,
  });
  return true;
}

/** Columns of an intersect table: the keys of both sides; of a table related to itself, with `one` and `two` behind. */
export function pairColumns({
  source,
  sourceKey,
  target,
  targetKey,
}: {
  readonly source: string;
  readonly sourceKey: string;
  readonly target: string;
  readonly targetKey: string;
}): readonly [string, string] {
  return source === target ? [`${sourceKey}one`, `${targetKey}two`] : [sourceKey, targetKey];
}

function connectLookups(database: SandboxDatabase, name: string): void {
  const table = database.table(name);
  if (table === undefined) return;
  const known = new Set(database.relationships().map(one => `${one.table2}.${one.column2}.${one.table1}`));
  for (const column of table.columns) {
    if (!['LookupType', 'CustomerType', 'OwnerType'].includes(column.type)) continue;
    const targets = column.type === 'OwnerType' ? ['owner'] : (column.targets ?? []);
    for (const target of targets) {
      const targetKey = target === 'owner' ? 'ownerid' : database.table(target)?.primaryId;
      if (targetKey === undefined || known.has(`${name}.${column.logicalName}.${target}`)) continue;
      database.putRelationship(lookupRelationship({ table, column, target, targetKey }));
    }
  }
}

/** A plural as the platform makes it, that no other table has. */
function setNameOf(database: SandboxDatabase, name: string): string {
  const plural = /[^aeiou]y$/.test(name)
    ? `${name.slice(0, -1)}ies`
    : /(s|x|z|ch|sh)$/.test(name)
      ? `${name}es`
      : `${name}s`;
  let free = plural;
  for (let number = 2; database.tableBySet(free) !== undefined; number++) free = `${plural}${number}`;
  return free;
}

function codeOf(database: SandboxDatabase, wanted: number | null): number {
  const taken = new Set(database.tables().map(table => table.objectTypeCode));
  let code = wanted ?? CUSTOM_CODE_FIRST;
  while (taken.has(code)) code = Math.max(code + 1, CUSTOM_CODE_FIRST);
  return code;
}
