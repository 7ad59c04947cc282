import { z } from 'zod';
import { Fault } from '../core/fault.ts';

/** Definitions as the Web API sends them (`EntityDefinitions`, `Attributes`), parsed at the border. Names are the wire's. */

const label = z.object({ Label: z.string(), LanguageCode: z.number().int() });
const labels = z.object({
  LocalizedLabels: z.array(label).nullish(),
  UserLocalizedLabel: label.nullish(),
});

const option = z.object({ Value: z.number().int(), State: z.number().int().nullish(), Label: labels.nullish() });

const optionSet = z.object({
  Name: z.string(),
  IsGlobal: z.boolean().nullish(),
  Options: z.array(option).nullish(),
  /** Of a two-options column. */
  TrueOption: option.nullish(),
  FalseOption: option.nullish(),
});

const namedValue = z.object({ Value: z.string() });

const attribute = z.object({
  LogicalName: z.string(),
  MetadataId: z.string().nullish(),
  /** For example `Picklist`; `Virtual` for multi-select choices, files and images, so it decides nothing. */
  AttributeType: z.string().nullish(),
  /** For example `PicklistType`: what decides. */
  AttributeTypeName: namedValue.nullish(),
  AttributeOf: z.string().nullish(),
  IsValidForRead: z.boolean().nullish(),
  IsSecured: z.boolean().nullish(),
  ColumnNumber: z.number().nullish(),
  MaxLength: z.number().nullish(),
  /** Bytes of the column in the database: two for each character; -1 without a limit. */
  DatabaseLength: z.number().nullish(),
  Precision: z.number().nullish(),
  DateTimeBehavior: namedValue.nullish(),
  Targets: z.array(z.string()).nullish(),
  OptionSet: optionSet.nullish(),
  GlobalOptionSet: optionSet.nullish(),
});

const entity = z.object({
  LogicalName: z.string(),
  DisplayName: labels.nullish(),
  EntitySetName: z.string().nullish(),
  PrimaryIdAttribute: z.string().nullish(),
  ObjectTypeCode: z.number().nullish(),
  IsIntersect: z.boolean().nullish(),
  ChangeTrackingEnabled: z.boolean().nullish(),
  CanChangeTrackingBeEnabled: z.object({ Value: z.boolean() }).nullish(),
  TableType: z.string().nullish(),
  DataProviderId: z.string().nullish(),
  IsPrivate: z.boolean().nullish(),
});

export type Labels = z.infer<typeof labels>;
export type OptionSetDefinition = z.infer<typeof optionSet>;
export type OptionDefinition = z.infer<typeof option>;
export type AttributeDefinition = z.infer<typeof attribute>;
export type EntityDefinition = z.infer<typeof entity>;

/** Properties of a table that `entity` reads; the same for one table and for the list. */
export const ENTITY_SELECT = Object.keys(entity.shape).join(',');

/** Properties every attribute has; the others need a cast to the attribute's type. */
export const ATTRIBUTE_SELECT = [
  'LogicalName',
  'MetadataId',
  'AttributeType',
  'AttributeTypeName',
  'AttributeOf',
  'IsValidForRead',
  'IsSecured',
  'ColumnNumber',
].join(',');

/** Properties of a column that decide what becomes of it, where those of its type may be asked for without a cast. */
export const ATTRIBUTE_PROPERTIES: readonly string[] = Object.keys(attribute.shape).filter(
  // A global choice is a navigation property beside a column of `EntityDefinitions` alone.
  name => name !== 'GlobalOptionSet',
);

export function parseEntity(json: unknown): EntityDefinition {
  return parsed(entity, json, 'a table definition');
}

export function parseEntities(json: unknown): readonly EntityDefinition[] {
  return parsed(z.object({ value: z.array(entity) }), json, 'the list of tables').value;
}

export function parseAttributes(json: unknown): readonly AttributeDefinition[] {
  return parsed(z.object({ value: z.array(attribute) }), json, 'a list of columns').value;
}

/** A list of partial attributes, as casts send them: untouched, to be laid over the common properties. */
export function parseParts(json: unknown): readonly Readonly<Record<string, unknown>>[] {
  return parsed(z.object({ value: z.array(z.looseObject({ LogicalName: z.string() })) }), json, 'a list of columns')
    .value;
}

/** The text in the caller's language, else in any; null when there is none. */
export function labelText(definition: Labels | null | undefined): string | null {
  return definition?.UserLocalizedLabel?.Label ?? definition?.LocalizedLabels?.[0]?.Label ?? null;
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('.') ?? '';
  throw new Fault('source/answer-broken', { reason: `${what} has an unexpected shape at ${path || 'its top'}` });
}
