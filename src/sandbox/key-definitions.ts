import { keyHolds } from './alternate-keys.ts';
import type { AttributeTypeName, KeyDefinition, TableDefinition } from './definition.ts';
import { badArgument } from './errors.ts';
import { keyJson } from './key-json.ts';
import { contextOf, keyValue, noSuchDefinition, picked, tableByKey } from './metadata.ts';
import { keyBody, labelsOf, parseBody } from './metadata-body.ts';
import { created, definitionChanged, requireCustomizer } from './metadata-write.ts';
import { allowOptions } from './query-options.ts';
import type { Handler } from './wire.ts';
import { json } from './wire.ts';

/** Types of columns that a key may have, and how many keys a table ("Define alternate keys for a table"). */
const keyTypes: ReadonlySet<AttributeTypeName> = new Set([
  'StringType',
  'IntegerType',
  'DecimalType',
  'DateTimeType',
  'LookupType',
  'CustomerType',
  'OwnerType',
  'PicklistType',
]);
const keysMax = 10;

/** `GET EntityDefinitions(...)/Keys`, all or one. */
export const getKeys: Handler = ({ apiUrl, database }, call, parts) => {
  allowOptions(call.options, ['$select']);
  const table = tableByKey(database, parts.key);
  const context = `${apiUrl}/$metadata#EntityDefinitions('${table.logicalName}')/Keys${contextOf(call.options)}`;
  const shape = (key: KeyDefinition) => picked(keyJson(table, key), call.options, 'EntityKeyMetadata');
  if (parts.name !== undefined) {
    return json({ '@odata.context': `${context}/$entity`, ...shape(requireKeyNamed(table, parts.name)) });
  }
  return json({ '@odata.context': context, value: (table.keys ?? []).map(shape) });
};

/**
 * `POST EntityDefinitions(...)/Keys`; elastic tables have the one key they are born with. The platform makes the key's index in a job of its own; here the key is in force,
 * or failed where rows stand against it, when the answer comes.
 */
export const createKey: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const { database } = environment;
  const table = tableByKey(database, parts.key);
  const body = parseBody(keyBody, call.body);
  const logicalName = body.SchemaName.toLowerCase();
  const keys = table.keys ?? [];
  if (keys.some(key => key.logicalName === logicalName)) {
    throw badArgument(`An entity key with the name ${logicalName} already exists.`);
  }
  if ((table.kind ?? 'Standard') !== 'Standard') {
    throw badArgument(`An entity key cannot be made for the entity '${table.logicalName}'.`);
  }
  if (keys.length >= keysMax) throw badArgument(`The entity '${table.logicalName}' has ${keysMax} keys already.`);
  const columns = body.KeyAttributes.map(name => name.toLowerCase());
  for (const name of columns) {
    const column = table.columns.find(one => one.logicalName === name);
    if (column === undefined || !keyTypes.has(column.type) || column.isSecured === true) {
      throw badArgument(`The attribute '${name}' cannot be part of a key.`);
    }
  }
  const made: KeyDefinition = {
    logicalName,
    schemaName: body.SchemaName,
    displayName: labelsOf(body.DisplayName)[1033] ?? body.SchemaName,
    metadataId: environment.newId(),
    columns,
    status: keyHolds(database, table, columns) ? 'Active' : 'Failed',
  };
  database.setKeys(table.logicalName, [...keys, made]);
  definitionChanged(environment, table.logicalName);
  return created(environment, `EntityDefinitions(${table.metadataId})/Keys(${made.metadataId})`);
};

/** `DELETE EntityDefinitions(...)/Keys(...)` */
export const deleteKey: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const { database } = environment;
  const table = tableByKey(database, parts.key);
  const key = requireKeyNamed(table, parts.name ?? '');
  database.setKeys(
    table.logicalName,
    (table.keys ?? []).filter(one => one !== key),
  );
  definitionChanged(environment, table.logicalName);
  return { status: 204 };
};

function requireKeyNamed(table: TableDefinition, text: string): KeyDefinition {
  const name = keyValue(text, 'LogicalName');
  const key = (table.keys ?? []).find(one => one.logicalName === name || one.metadataId === name.toLowerCase());
  if (key === undefined) throw noSuchDefinition(text);
  return key;
}
