import type { ColumnDefinition, RelationshipDefinition, TableDefinition } from './definition.ts';
import { inSlices } from './metadata-slices.ts';
import { RelationshipIndex, type RelationshipList } from './relationship-index.ts';
import type { Handler } from './wire.ts';
import { isLookup, navigations, wireColumns } from './wire-columns.ts';

/** `GET /$metadata`: the service's own description (CSDL 4.0), with annotations by `?annotations=true`. */
export const answerMetadataDocument: Handler = async ({ database }, call) => {
  const annotated = call.options.values.get('annotations') === 'true';
  const tables = database.tables();
  const world: World = {
    known: new Set(tables.map(one => one.logicalName)),
    related: new RelationshipIndex(database.relationships()),
  };
  const body = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
    '<edmx:Reference Uri="http://vocabularies.odata.org/OData.Community.Keys.V1.xml"><edmx:Include Namespace="OData.Community.Keys.V1" Alias="Keys" /></edmx:Reference>',
    '<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
    '<EntityType Name="crmbaseentity" Abstract="true" />',
    ...(await inSlices(tables, table => entityType(table, world), '')),
    '<EntityContainer Name="System">',
    ...(await inSlices(tables, table => entitySet(table, annotated), '')),
    '</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>',
  ];
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
};

interface World {
  /** Names of all tables. */
  readonly known: ReadonlySet<string>;
  readonly related: RelationshipIndex;
}

function entityType(table: TableDefinition, { known, related }: World): string {
  const properties = wireColumns(table).map(
    ({ column, property }) => `<Property Name="${escaped(property)}" Type="${edmType(column)}" />`,
  );
  const own = (list: RelationshipList) => related.of(table.logicalName, list);
  const single = [...navigations(table, own('ManyToOneRelationships'))].map(([name, { targets }]) => {
    const target = targets.length === 1 && known.has(targets[0] ?? '') ? targets[0] : 'crmbaseentity';
    return `<NavigationProperty Name="${escaped(name)}" Type="mscrm.${target}" Nullable="true" />`;
  });
  const many = [...own('OneToManyRelationships'), ...own('ManyToManyRelationships')];
  return [
    `<EntityType Name="${escaped(table.logicalName)}" BaseType="mscrm.crmbaseentity">`,
    `<Key><PropertyRef Name="${escaped(table.primaryId)}" /></Key>`,
    ...properties,
    ...single,
    ...many.flatMap(one => collections(table, one)),
    '</EntityType>',
  ].join('');
}

function collections(table: TableDefinition, one: RelationshipDefinition): string[] {
  const ends: [string, string][] = [];
  if (one.table1 === table.logicalName) ends.push([one.navigation1, one.table2]);
  if (one.kind === 'ManyToMany' && one.table2 === table.logicalName) ends.push([one.navigation2, one.table1]);
  return ends
    .filter(([name]) => name !== '')
    .map(
      ([name, target]) => `<NavigationProperty Name="${escaped(name)}" Type="Collection(mscrm.${escaped(target)})" />`,
    );
}

function entitySet(table: TableDefinition, annotated: boolean): string {
  const start = `<EntitySet Name="${escaped(table.entitySetName)}" EntityType="Microsoft.Dynamics.CRM.${escaped(table.logicalName)}"`;
  if (!annotated || !table.changeTracking) return `${start} />`;
  return `${start}><Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true" /></Record></Annotation></EntitySet>`;
}

/** The type that a column has on the wire. */
export function edmType(column: ColumnDefinition): string {
  if (isLookup(column)) return 'Edm.Guid';
  switch (column.type) {
    case 'UniqueidentifierType':
    case 'FileType':
      return 'Edm.Guid';
    case 'IntegerType':
    case 'PicklistType':
    case 'StateType':
    case 'StatusType':
      return 'Edm.Int32';
    case 'BigIntType':
      return 'Edm.Int64';
    case 'DecimalType':
    case 'MoneyType':
      return 'Edm.Decimal';
    case 'DoubleType':
      return 'Edm.Double';
    case 'BooleanType':
      return 'Edm.Boolean';
    case 'DateTimeType':
      return column.dateBehavior === 'DateOnly' ? 'Edm.Date' : 'Edm.DateTimeOffset';
    case 'ImageType':
      return 'Edm.Binary';
    case 'ManagedPropertyType':
      return 'mscrm.BooleanManagedProperty';
    default:
      return 'Edm.String';
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
