import { Fault } from '../core/fault.ts';
import { inParallel } from '../core/in-parallel.ts';
import type { TableName } from '../core/names.ts';
import { orderColumns, type TableShape } from '../core/shape.ts';
import { sortOutColumns } from './columns.ts';
import {
  ATTRIBUTE_SELECT,
  type AttributeDefinition,
  ENTITY_SELECT,
  type EntityDefinition,
  labelText,
  parseAttributes,
  parseEntity,
  parseParts,
} from './definition.ts';
import { offeredTable } from './metadata.ts';
import type { WebApi } from './web-api.ts';

/** Requests for one table's definition at once. */
const REQUESTS_AT_ONCE = 4;

const ENUM_PARTS = '$select=LogicalName&$expand=OptionSet,GlobalOptionSet';

/** What only a cast to the attribute's type gives, by the `AttributeTypeName`s that need it. */
const casts: readonly { readonly of: readonly string[]; readonly cast: string; readonly query: string }[] = [
  { of: ['StringType'], cast: 'String', query: '$select=LogicalName,MaxLength,DatabaseLength' },
  { of: ['MemoType'], cast: 'Memo', query: '$select=LogicalName,MaxLength' },
  { of: ['DecimalType'], cast: 'Decimal', query: '$select=LogicalName,Precision' },
  { of: ['MoneyType'], cast: 'Money', query: '$select=LogicalName,Precision' },
  { of: ['DoubleType'], cast: 'Double', query: '$select=LogicalName,Precision' },
  { of: ['DateTimeType'], cast: 'DateTime', query: '$select=LogicalName,DateTimeBehavior' },
  { of: ['LookupType', 'OwnerType', 'CustomerType'], cast: 'Lookup', query: '$select=LogicalName,Targets' },
  { of: ['PicklistType'], cast: 'Picklist', query: ENUM_PARTS },
  { of: ['MultiSelectPicklistType'], cast: 'MultiSelectPicklist', query: ENUM_PARTS },
  { of: ['StateType'], cast: 'State', query: ENUM_PARTS },
  { of: ['StatusType'], cast: 'Status', query: ENUM_PARTS },
  { of: ['BooleanType'], cast: 'Boolean', query: ENUM_PARTS },
];

export interface ShapeRequest {
  readonly api: WebApi;
  readonly table: TableName;
  readonly primaryIdOf: (table: string) => string | null;
  readonly signal: AbortSignal;
}

/**
 * Reads one table's definition: at most 14 requests (the table, its columns, one for each kind of column that has more
 * to say), four at once. Errors: `source/table-unknown`, and the table's refusal.
 */
export async function readShape({ api, table, primaryIdOf, signal }: ShapeRequest): Promise<TableShape> {
  const path = `EntityDefinitions(LogicalName='${table}')`;
  const read = (resource: string) => api.json({ target: { resource }, kind: 'metadata', table, signal });
  const entity = parseEntity(await read(`${path}?$select=${ENTITY_SELECT}`));
  refuseUnfit(entity, table);
  const attributesJson = await read(`${path}/Attributes?$select=${ATTRIBUTE_SELECT}`);
  const present = new Set(parseAttributes(attributesJson).map(attribute => attribute.AttributeTypeName?.Value ?? ''));
  const needed = casts.filter(({ of }) => of.some(type => present.has(type)));
  const parts = await inParallel({ items: needed, atOnce: REQUESTS_AT_ONCE }, async ({ cast, query }) =>
    parseParts(await read(`${path}/Attributes/Microsoft.Dynamics.CRM.${cast}AttributeMetadata?${query}`)),
  );
  return shapeOf({ entity, attributes: laidOver(attributesJson, parts.flat()), table, primaryIdOf });
}

/**
 * The shape of a table out of its whole definition as one JSON object: an `EntityDefinitions` entry with its `Attributes`
 * expanded, each with the properties of its type. Refuses what `readShape` refuses.
 */
export function shapeFromMetadata({
  json,
  table,
  primaryIdOf,
}: {
  readonly json: unknown;
  readonly table: TableName;
  readonly primaryIdOf: (table: string) => string | null;
}): TableShape {
  const entity = parseEntity(json);
  refuseUnfit(entity, table);
  const { Attributes: value } = json as { readonly Attributes?: unknown };
  return shapeOf({ entity, attributes: parseAttributes({ value }), table, primaryIdOf });
}

function refuseUnfit(entity: EntityDefinition, table: TableName): void {
  const { refusal } = offeredTable(entity, table);
  if (refusal !== null) throw new Fault(refusal.code, { table, reason: refusal.reason });
}

function shapeOf({
  entity,
  attributes,
  table,
  primaryIdOf,
}: {
  readonly entity: EntityDefinition;
  readonly attributes: readonly AttributeDefinition[];
  readonly table: TableName;
  readonly primaryIdOf: (table: string) => string | null;
}): TableShape {
  const { columns, omitted } = sortOutColumns({ attributes, primaryIdOf });
  const exported = new Set(columns.map(column => column.name));
  return {
    table,
    displayName: labelText(entity.DisplayName) ?? table,
    entitySetName: entity.EntitySetName ?? '',
    primaryId: entity.PrimaryIdAttribute ?? '',
    objectTypeCode: entity.ObjectTypeCode ?? null,
    isIntersect: entity.IsIntersect === true,
    columns: orderColumns(columns),
    omitted,
    // Which secured columns an application user may read hangs on field security profiles, its own and its teams', that
    // a least-privilege user may not even list. So every secured column is named here: it may come as null.
    unreadable: attributes
      .filter(attribute => attribute.IsSecured === true && exported.has(attribute.LogicalName))
      .map(attribute => attribute.LogicalName),
  };
}

/** The common properties of all columns, with the parts that casts gave laid over them by name. */
function laidOver(json: unknown, parts: readonly Readonly<Record<string, unknown>>[]): readonly AttributeDefinition[] {
  const partOf = new Map(parts.map(part => [part.LogicalName, part]));
  const whole = parseParts(json).map(common => ({ ...common, ...partOf.get(common.LogicalName) }));
  return parseAttributes({ value: whole });
}
