import type { SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badQuery, unknownProperty, WireError } from './errors.ts';
import { keyJson } from './key-json.ts';
import { parseFilter } from './metadata-filter.ts';
import {
  attributeClass,
  attributeClasses,
  attributeClassJson,
  attributeJson,
  attributeProperties,
  entityJson,
  globalChoiceJson,
  hasOptions,
  type MetadataObject,
  optionSetJson,
  relationshipJson,
} from './metadata-json.ts';
import { inSlices } from './metadata-slices.ts';
import { allowOptions, expanded, type QueryOptions, selected } from './query-options.ts';
import { RelationshipIndex } from './relationship-index.ts';
import { stableId } from './stable-id.ts';
import type { Handler } from './wire.ts';
import { json } from './wire.ts';

const metadataOptions = ['$select', '$filter', '$expand', '$count'];
const refusedPaging = ['$top', '$skip', '$orderby', '$skiptoken'];

/** `GET /EntityDefinitions`: all of them, never paged; written table by table, others get their turn meanwhile. */
export const getEntities: Handler = async ({ apiUrl, database }, call) => {
  checkOptions(call.options);
  const shape = entityShape(database, call.options);
  const filter = filterOf(call.options, 'EntityMetadata');
  const tables = database.tables().filter(table => filter === everything || filter(entityJson(table)));
  const context = JSON.stringify(`${apiUrl}/$metadata#EntityDefinitions${contextOf(call.options)}`);
  const pieces = await inSlices(tables, table => JSON.stringify(shape(table)));
  return { status: 200, body: [`{"@odata.context":${context},"value":[`, ...pieces, ']}'] };
};

/** `GET /EntityDefinitions(LogicalName='account')`, or by `MetadataId`. */
export const getEntity: Handler = ({ apiUrl, database }, call, parts) => {
  checkOptions(call.options);
  const table = tableByKey(database, parts.key);
  return json({
    '@odata.context': `${apiUrl}/$metadata#EntityDefinitions${contextOf(call.options)}/$entity`,
    ...entityShape(database, call.options)(table),
  });
};

/** `GET …/Attributes`, one of them or all, with or without a cast to a class of definitions. */
export const getAttributes: Handler = ({ apiUrl, database }, call, parts) => {
  checkOptions(call.options);
  const table = tableByKey(database, parts.key);
  const cast = castOf(parts.cast);
  const suffix = cast === null ? '' : `/Microsoft.Dynamics.CRM.${cast}`;
  const context = `${apiUrl}/$metadata#EntityDefinitions('${table.logicalName}')/Attributes${suffix}${contextOf(call.options)}`;
  const shape = attributeShape({ database, table, cast, options: call.options });
  if (parts.attribute !== undefined) {
    const column = columnByKey(table, parts.attribute);
    if (cast !== null && attributeClass(column) !== cast) throw noSuchDefinition(parts.attribute);
    return json({ '@odata.context': `${context}/$entity`, ...shape(column) });
  }
  const filter = filterOf(call.options, cast ?? 'AttributeMetadata');
  const columns = table.columns
    .filter(column => cast === null || attributeClass(column) === cast)
    .filter(column => filter === everything || filter(wholeAttribute({ table, column, cast })));
  return json({ '@odata.context': context, value: columns.map(shape) });
};

/** `GET /RelationshipDefinitions`, with a cast or of one table, or one by `SchemaName` or `MetadataId`. */
export const getRelationships: Handler = ({ apiUrl, database }, call, parts) => {
  checkOptions(call.options);
  const ofTable = parts.kind === undefined ? null : tableByKey(database, parts.key).logicalName;
  const type = 'RelationshipMetadataBase';
  const filter = filterOf(call.options, type);
  const all = database.relationships().filter(one => {
    if (parts.kind === 'ManyToOneRelationships') return one.kind === 'OneToMany' && one.table2 === ofTable;
    if (parts.kind === 'OneToManyRelationships') return one.kind === 'OneToMany' && one.table1 === ofTable;
    if (parts.kind === 'ManyToManyRelationships') {
      return one.kind === 'ManyToMany' && (one.table1 === ofTable || one.table2 === ofTable);
    }
    return parts.cast === undefined || parts.cast === `${one.kind}RelationshipMetadata`;
  });
  const context = `${apiUrl}/$metadata#RelationshipDefinitions${contextOf(call.options)}`;
  const shape = (whole: MetadataObject): MetadataObject => picked(whole, call.options, type);
  if (ofTable === null && parts.key !== undefined) {
    const name = keyValue(parts.key, 'SchemaName');
    const one = all.find(({ schemaName }) => schemaName === name || stableId(schemaName) === name.toLowerCase());
    if (one === undefined) throw noSuchDefinition(parts.key);
    return json({ '@odata.context': `${context}/$entity`, ...shape(relationshipJson(one)) });
  }
  return json({ '@odata.context': context, value: all.map(relationshipJson).filter(filter).map(shape) });
};

/** `GET /GlobalOptionSetDefinitions`, all or one by `Name` or `MetadataId`; `$filter` is not offered, as there. */
export const getGlobalChoices: Handler = ({ apiUrl, database }, call, parts) => {
  checkOptions(call.options);
  if (call.options.values.has('$filter')) {
    throw badQuery('The query parameter $filter is not supported');
  }
  const context = `${apiUrl}/$metadata#GlobalOptionSetDefinitions${contextOf(call.options)}`;
  const shape = (whole: MetadataObject): MetadataObject => picked(whole, call.options, 'OptionSetMetadataBase');
  if (parts.key === undefined) {
    return json({ '@odata.context': context, value: database.choices().map(globalChoiceJson).map(shape) });
  }
  const name = keyValue(parts.key, 'Name');
  const choice = database.choices().find(one => one.name === name || one.metadataId === name.toLowerCase());
  if (choice === undefined) throw noSuchDefinition(parts.key);
  return json({ '@odata.context': `${context}/$entity`, ...shape(globalChoiceJson(choice)) });
};

/** @throws WireError 404 for a table that is none. */
export function tableByKey(database: SandboxDatabase, key: string | undefined): TableDefinition {
  const name = keyValue(key ?? '', 'LogicalName');
  const table = database.table(name) ?? database.tables().find(one => one.metadataId === name.toLowerCase());
  if (table !== undefined) return table;
  throw new WireError({
    status: 404,
    code: '0x80060888',
    message: `The entity with a name = '${name}' was not found in the MetadataCache.`,
  });
}

export function columnByKey(table: TableDefinition, key: string): ColumnDefinition {
  const name = keyValue(key, 'LogicalName');
  const column = table.columns.find(one => one.logicalName === name || one.metadataId === name.toLowerCase());
  if (column === undefined) throw noSuchDefinition(key);
  return column;
}

/** The value of a key such as `LogicalName='account'` or `MetadataId=<guid>`, or a bare GUID. */
export function keyValue(key: string, name: string): string {
  const match = new RegExp(`^(?:${name}='([^']*)'|(?:MetadataId=)?([0-9a-fA-F-]{36}))$`).exec(key);
  if (match === null) throw badQuery('Bad Request - Error in query syntax.');
  return match[1] ?? match[2] ?? '';
}

function entityShape(database: SandboxDatabase, options: QueryOptions): (table: TableDefinition) => MetadataObject {
  const parts = expanded(options.values.get('$expand'));
  const relationships = new RelationshipIndex(database.relationships());
  return table => {
    const extra: Record<string, unknown> = {};
    for (const part of parts) extra[part.name] = expandedPart(database, relationships, table, part);
    return { ...picked(entityJson(table), options, 'EntityMetadata'), ...extra };
  };
}

function expandedPart(
  database: SandboxDatabase,
  relationships: RelationshipIndex,
  table: TableDefinition,
  { name, options }: { readonly name: string; readonly options: QueryOptions },
): MetadataObject[] {
  switch (name) {
    case 'Attributes': {
      const filter = filterOf(options, 'AttributeMetadata');
      return table.columns
        .filter(column => filter === everything || filter(wholeAttribute({ table, column, cast: null })))
        .map(attributeShape({ database, table, cast: null, options }));
    }
    case 'ManyToOneRelationships':
    case 'OneToManyRelationships':
      return relationships
        .of(table.logicalName, name)
        .map(one => picked(relationshipJson(one), options, 'OneToManyRelationshipMetadata'));
    case 'ManyToManyRelationships':
      return relationships
        .of(table.logicalName, name)
        .map(one => picked(relationshipJson(one), options, 'ManyToManyRelationshipMetadata'));
    case 'Keys':
      return (table.keys ?? []).map(key => picked(keyJson(table, key), options, 'EntityKeyMetadata'));
    default:
      throw unknownProperty(name, 'EntityMetadata');
  }
}

function attributeShape({
  database,
  table,
  cast,
  options,
}: {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly cast: string | null;
  readonly options: QueryOptions;
}): (column: ColumnDefinition) => MetadataObject {
  const parts = expanded(options.values.get('$expand'));
  for (const { name } of parts) {
    const offered = cast !== null && (name === 'OptionSet' || name === 'GlobalOptionSet');
    if (!offered) throw unknownProperty(name, cast ?? 'AttributeMetadata');
  }
  const numbers = new Map(table.columns.map((column, index) => [column, index + 1]));
  return column => {
    const number = numbers.get(column) ?? 0;
    const extra: Record<string, unknown> = {};
    for (const part of parts) {
      if (!hasOptions(column)) throw unknownProperty(part.name, cast ?? 'AttributeMetadata');
      const global = database.choices().find(one => one.name === column.globalChoice) ?? null;
      if (part.name === 'OptionSet')
        extra.OptionSet = picked(optionSetJson(table, column, global), part.options, 'OptionSetMetadata');
      else
        extra.GlobalOptionSet =
          global === null ? null : picked(globalChoiceJson(global), part.options, 'OptionSetMetadata');
    }
    const own = selectedAttribute({ table, column, cast, number, options });
    return parts.length === 0 ? own : { ...own, ...extra };
  };
}

function wholeAttribute({
  table,
  column,
  cast,
  number = 0,
}: {
  readonly table: TableDefinition;
  readonly column: ColumnDefinition;
  readonly cast: string | null;
  readonly number?: number;
}): MetadataObject {
  const common = attributeJson(table, column, number);
  return cast === null ? common : { ...common, ...attributeClassJson(column) };
}

/** The properties that were selected and no others, in their order. */
function selectedAttribute({
  table,
  column,
  cast,
  number,
  options,
}: Parameters<typeof wholeAttribute>[0] & { readonly options: QueryOptions }): MetadataObject {
  const names = selected(options);
  if (names === null || cast !== null) {
    return picked(wholeAttribute({ table, column, cast, number: number ?? 0 }), options, cast ?? 'AttributeMetadata');
  }
  for (const name of names) {
    if (!attributeProperties.includes(name)) throw unknownProperty(name, 'AttributeMetadata');
  }
  return attributeJson(table, column, number ?? 0, names.includes('MetadataId') ? names : [...names, 'MetadataId']);
}

/** Selected properties, the type and `MetadataId`, which always comes. */
export function picked(whole: MetadataObject, options: QueryOptions, type: string): MetadataObject {
  const names = selected(options);
  if (names === null) return whole;
  const part: Record<string, unknown> = {};
  if ('@odata.type' in whole) part['@odata.type'] = whole['@odata.type'];
  for (const name of names) {
    if (!(name in whole) || name.startsWith('@')) throw unknownProperty(name, type);
    part[name] = whole[name];
  }
  part.MetadataId = whole.MetadataId;
  return part;
}

function filterOf(options: QueryOptions, type: string): (thing: MetadataObject) => boolean {
  const text = options.values.get('$filter');
  return text === undefined ? everything : parseFilter(text, type);
}

function everything(): boolean {
  return true;
}

function castOf(cast: string | undefined): string | null {
  if (cast === undefined) return null;
  if (attributeClasses.has(cast)) return cast;
  throw badQuery(`The type 'Microsoft.Dynamics.CRM.${cast}' cannot be cast to here.`);
}

function checkOptions(options: QueryOptions): void {
  for (const name of refusedPaging) {
    if (options.values.has(name)) throw badQuery(`The query parameter ${name} is not supported`);
  }
  allowOptions(options, metadataOptions);
}

export function contextOf(options: QueryOptions): string {
  const names = selected(options);
  return names === null ? '' : `(${names.join(',')})`;
}

export function noSuchDefinition(key: string): WireError {
  return new WireError({ status: 404, code: '0x80040217', message: `Could not find a definition with ${key}.` });
}
