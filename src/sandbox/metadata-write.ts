import type { SandboxDatabase } from './database.ts';
import type { OptionDefinition } from './definition.ts';
import { expireDeltaTokens } from './delta-token.ts';
import { badArgument, missingPrivilege, WireError } from './errors.ts';
import { columnByKey, tableByKey } from './metadata.ts';
import {
  choiceBody,
  columnBody,
  columnOf,
  labelsOf,
  logicalName,
  optionBody,
  parseBody,
  relationshipBody,
  tableBody,
  tableOf,
} from './metadata-body.ts';
import { stableId } from './stable-id.ts';
import type { Answer, Call, Environment, Handler } from './wire.ts';

/** `POST /EntityDefinitions` */
export const createEntity: Handler = (environment, call) => {
  requireCustomizer(environment, call);
  const { database } = environment;
  const table = tableOf(parseBody(tableBody, call.body), { newId: environment.newId, tables: database.tables() });
  if (database.table(table.logicalName) !== undefined || database.tableBySet(table.entitySetName) !== undefined) {
    throw badArgument(`An entity with the specified name already exists: ${table.logicalName}.`);
  }
  database.createTable(table);
  expireDeltaTokens(database, table.logicalName);
  return created(environment, `EntityDefinitions(${table.metadataId})`);
};

/** `PUT` or `PATCH /EntityDefinitions(…)`: only `ChangeTrackingEnabled`, and it cannot be taken back. */
export const updateEntity: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const { database } = environment;
  const table = tableByKey(database, parts.key);
  const { ChangeTrackingEnabled: wanted } = parseBody(tableBody.partial(), call.body);
  if (wanted === undefined || wanted === table.changeTracking) return { status: 204 };
  if (!wanted) throw badArgument(`Change tracking cannot be disabled for entity '${table.logicalName}'.`);
  if (!table.canTrackChanges) {
    throw badArgument(`Change tracking cannot be enabled for entity '${table.logicalName}'.`);
  }
  database.enableChangeTracking(table.logicalName);
  return { status: 204 };
};

/** `DELETE /EntityDefinitions(…)`: the table, its rows and its relationships. */
export const deleteEntity: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const table = tableByKey(environment.database, parts.key);
  if (!table.isCustom) throw badArgument(`The entity '${table.logicalName}' is not custom and cannot be deleted.`);
  environment.database.dropTable(table.logicalName);
  return { status: 204 };
};

/** `POST /EntityDefinitions(…)/Attributes` */
export const createAttribute: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const { database } = environment;
  const table = tableByKey(database, parts.key);
  const column = columnOf(parseBody(columnBody, call.body), environment.newId);
  if (column.type === 'LookupType') throw badArgument('A lookup is made with its relationship.');
  requireNewColumn(database, table.logicalName, column.logicalName);
  database.addColumn(table.logicalName, column);
  definitionChanged(environment, table.logicalName);
  return created(environment, `EntityDefinitions(${table.metadataId})/Attributes(${column.metadataId})`);
};

/** `DELETE /EntityDefinitions(…)/Attributes(…)`: the column and its values. */
export const deleteAttribute: Handler = (environment, call, parts) => {
  requireCustomizer(environment, call);
  const table = tableByKey(environment.database, parts.key);
  const column = columnByKey(table, parts.attribute ?? '');
  if (!column.isCustom || column.isPrimaryId === true || column.isPrimaryName === true) {
    throw badArgument(`The attribute '${column.logicalName}' cannot be deleted.`);
  }
  environment.database.removeColumn(table.logicalName, column.logicalName);
  definitionChanged(environment, table.logicalName);
  return { status: 204 };
};

/** `POST /RelationshipDefinitions`: one to many with its new `Lookup`, or many to many with its intersect table. */
export const createRelationship: Handler = (environment, call) => {
  requireCustomizer(environment, call);
  const { database, newId } = environment;
  const body = parseBody(relationshipBody, call.body);
  if (database.relationships().some(one => one.schemaName === body.SchemaName)) {
    throw badArgument(`A relationship with the name ${body.SchemaName} already exists.`);
  }
  if ('ReferencedEntity' in body) {
    const one = requireTable(database, body.ReferencedEntity);
    const many = requireTable(database, body.ReferencingEntity);
    const column = { ...columnOf(body.Lookup, newId), targets: [one.logicalName] };
    requireNewColumn(database, many.logicalName, column.logicalName);
    database.addColumn(many.logicalName, column);
    database.putRelationship({
      schemaName: body.SchemaName,
      kind: 'OneToMany',
      table1: one.logicalName,
      column1: one.primaryId,
      table2: many.logicalName,
      column2: column.logicalName,
      navigation1: body.SchemaName,
      navigation2: column.schemaName,
      cascadeDelete: body.CascadeConfiguration?.Delete ?? 'RemoveLink',
    });
    definitionChanged(environment, many.logicalName);
  } else {
    createManyToMany(environment, body);
  }
  return created(environment, `RelationshipDefinitions(${stableId(body.SchemaName)})`);
};

/** `POST /GlobalOptionSetDefinitions` */
export const createGlobalChoice: Handler = (environment, call) => {
  requireCustomizer(environment, call);
  const { Name, DisplayName, Options } = parseBody(choiceBody, call.body);
  if (environment.database.choices().some(one => one.name === Name)) {
    throw badArgument(`An OptionSet with the name ${Name} already exists.`);
  }
  const metadataId = environment.newId();
  const options = Options.map(({ Value, Label }) => ({ value: Value, labels: labelsOf(Label) }));
  const displayName = labelsOf(DisplayName)[1033] ?? Name;
  environment.database.putChoice({ name: Name, metadataId, displayName, options });
  return created(environment, `GlobalOptionSetDefinitions(${metadataId})`);
};

/** `POST /InsertOptionValue`; answers the new value. */
export const insertOptionValue: Handler = (environment, call) => {
  const body = parseBody(optionBody, call.body);
  const value = changeOptions(environment, call, body, options => {
    const next = body.Value ?? Math.max(99_999, ...options.map(one => one.value)) + 1;
    if (options.some(one => one.value === next)) throw badArgument(`The option value ${next} is in use.`);
    const state = body.State === undefined ? {} : { state: body.State };
    return [next, [...options, { value: next, labels: labelsOf(body.Label), ...state }]];
  });
  const context = `${environment.apiUrl}/$metadata#Microsoft.Dynamics.CRM.InsertOptionValueResponse`;
  return { status: 200, body: JSON.stringify({ '@odata.context': context, NewOptionValue: value }) };
};

/** `POST /UpdateOptionValue`: the labels of one option. */
export const updateOptionValue: Handler = (environment, call) => {
  const body = parseBody(optionBody, call.body);
  changeOptions(environment, call, body, options => {
    const old = requireOption(options, body.Value);
    const labels = body.MergeLabels === true ? { ...old.labels, ...labelsOf(body.Label) } : labelsOf(body.Label);
    return [old.value, options.map(one => (one === old ? { ...one, labels } : one))];
  });
  return { status: 204 };
};

/** `POST /DeleteOptionValue`: rows keep the value. */
export const deleteOptionValue: Handler = (environment, call) => {
  const body = parseBody(optionBody, call.body);
  changeOptions(environment, call, body, options => {
    const old = requireOption(options, body.Value);
    return [old.value, options.filter(one => one !== old)];
  });
  return { status: 204 };
};

type OptionBody = ReturnType<typeof parseBody<typeof optionBody>>;

function changeOptions(
  environment: Environment,
  call: Call,
  body: OptionBody,
  change: (options: readonly OptionDefinition[]) => [number, readonly OptionDefinition[]],
): number {
  requireCustomizer(environment, call);
  const { database } = environment;
  if (body.EntityLogicalName === undefined || body.AttributeLogicalName === undefined) {
    return changeGlobalChoice(database, body.OptionSetName ?? '', change);
  }
  const table = requireTable(database, body.EntityLogicalName);
  const column = columnByKey(table, `LogicalName='${body.AttributeLogicalName}'`);
  if (column.globalChoice !== undefined) return changeGlobalChoice(database, column.globalChoice, change);
  if (column.options === undefined) throw badArgument(`The attribute '${column.logicalName}' has no options.`);
  const [value, options] = change(column.options);
  database.setOptions({ table: table.logicalName, column: column.logicalName }, options);
  definitionChanged(environment, table.logicalName);
  return value;
}

function changeGlobalChoice(
  database: SandboxDatabase,
  name: string,
  change: (options: readonly OptionDefinition[]) => [number, readonly OptionDefinition[]],
): number {
  const choice = database.choices().find(one => one.name === name);
  if (choice === undefined) throw badArgument(`There is no OptionSet with the name '${name}'.`);
  const [value, options] = change(choice.options);
  database.setOptions({ choice: name }, options);
  return value;
}

function createManyToMany(
  environment: Environment,
  body: {
    readonly SchemaName: string;
    readonly Entity1LogicalName: string;
    readonly Entity2LogicalName: string;
    readonly IntersectEntityName: string;
  },
): void {
  const { database, newId } = environment;
  const first = requireTable(database, body.Entity1LogicalName);
  const second = requireTable(database, body.Entity2LogicalName);
  const name = logicalName(body.IntersectEntityName);
  if (database.table(name) !== undefined) throw badArgument(`An entity with the name ${name} already exists.`);
  const same = first.logicalName === second.logicalName;
  const column1 = same ? `${first.primaryId}one` : first.primaryId;
  const column2 = same ? `${second.primaryId}two` : second.primaryId;
  const column = (schemaName: string, isPrimaryId = false) => ({
    ...columnOf({ '@odata.type': 'UniqueIdentifierAttributeMetadata', SchemaName: schemaName }, newId),
    isPrimaryId,
  });
  const version = columnOf({ '@odata.type': 'BigIntAttributeMetadata', SchemaName: 'versionnumber' }, newId);
  const shape = tableOf(
    { SchemaName: body.IntersectEntityName, EntitySetName: `${name}set`, Attributes: [] },
    { newId, tables: database.tables() },
  );
  database.createTable({
    ...shape,
    primaryName: null,
    isIntersect: true,
    changeTracking: true,
    ownership: 'None',
    columns: [column(shape.primaryId, true), column(column1), column(column2), version],
  });
  database.putRelationship({
    schemaName: body.SchemaName,
    kind: 'ManyToMany',
    table1: first.logicalName,
    column1,
    table2: second.logicalName,
    column2,
    intersectTable: name,
    navigation1: body.SchemaName,
    navigation2: body.SchemaName,
  });
}

export function definitionChanged({ behaviour, database }: Environment, table: string): void {
  if (behaviour.metadataChangeExpiresTokens) expireDeltaTokens(database, table);
}

function requireTable(database: SandboxDatabase, name: string) {
  return tableByKey(database, `LogicalName='${name}'`);
}

function requireNewColumn(database: SandboxDatabase, table: string, column: string): void {
  if (database.table(table)?.columns.some(one => one.logicalName === column) !== true) return;
  const message = `An attribute with the specified name ${column} already exists`;
  throw new WireError({ status: 400, code: '0x80047013', message });
}

function requireOption(options: readonly OptionDefinition[], value: number | undefined): OptionDefinition {
  const old = options.find(one => one.value === value);
  if (old === undefined) throw badArgument(`There is no option with the value ${String(value)}.`);
  return old;
}

/** Definitions are changed by those who may write. */
export function requireCustomizer(_environment: Environment, { application }: Call): void {
  if (application.writes) return;
  const table = { schemaName: 'Entity', logicalName: 'entity', objectTypeCode: 9_800 };
  throw missingPrivilege({ userId: application.userId, table, verb: 'Write' });
}

export function created(environment: Environment, path: string): Answer {
  return { status: 204, headers: { 'OData-EntityId': `${environment.apiUrl}/${path}` } };
}
