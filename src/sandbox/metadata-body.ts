import { z } from 'zod';
import { type AttributeTypeName, type ColumnDefinition, cascadeDeletes, type TableDefinition } from './definition.ts';
import { badPayload } from './errors.ts';

const label = z.object({
  LocalizedLabels: z.array(z.object({ Label: z.string(), LanguageCode: z.int() })),
});

const option = z.object({ Value: z.int(), Label: label, State: z.int().exactOptional() });

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/);

/** A column as it is sent to be made; the real shape, of which this is what the environment looks at. */
export const columnBody = z.object({
  '@odata.type': z.string(),
  SchemaName: name,
  DisplayName: label.exactOptional(),
  MaxLength: z.int().min(1).exactOptional(),
  Precision: z.int().min(0).max(12).exactOptional(),
  MinValue: z.number().exactOptional(),
  MaxValue: z.number().exactOptional(),
  DateTimeBehavior: z.object({ Value: z.enum(['DateOnly', 'UserLocal', 'TimeZoneIndependent']) }).exactOptional(),
  Format: z.string().exactOptional(),
  IsPrimaryName: z.boolean().exactOptional(),
  IsSecured: z.boolean().exactOptional(),
  MaxSizeInKB: z.int().exactOptional(),
  OptionSet: z
    .object({
      Options: z.array(option).exactOptional(),
      TrueOption: option.exactOptional(),
      FalseOption: option.exactOptional(),
    })
    .exactOptional(),
  GlobalOptionSet: z.object({ Name: z.string() }).exactOptional(),
});

export type ColumnBody = z.infer<typeof columnBody>;

export const tableBody = z.object({
  SchemaName: name,
  EntitySetName: name.exactOptional(),
  DisplayName: label.exactOptional(),
  OwnershipType: z.enum(['UserOwned', 'OrganizationOwned']).exactOptional(),
  ChangeTrackingEnabled: z.boolean().exactOptional(),
  IsActivity: z.boolean().exactOptional(),
  Attributes: z.array(columnBody).default([]),
});

export const relationshipBody = z.union([
  z.object({
    SchemaName: name,
    ReferencedEntity: z.string(),
    ReferencingEntity: z.string(),
    Lookup: columnBody,
    CascadeConfiguration: z.object({ Delete: z.enum(cascadeDeletes).exactOptional() }).exactOptional(),
  }),
  z.object({
    SchemaName: name,
    Entity1LogicalName: z.string(),
    Entity2LogicalName: z.string(),
    IntersectEntityName: name,
  }),
]);

export const keyBody = z.object({
  SchemaName: name,
  DisplayName: label.exactOptional(),
  KeyAttributes: z.array(z.string()).min(1).max(16),
});

export const choiceBody = z.object({ Name: name, DisplayName: label.exactOptional(), Options: z.array(option) });

export const optionBody = z.object({
  OptionSetName: z.string().exactOptional(),
  EntityLogicalName: z.string().exactOptional(),
  AttributeLogicalName: z.string().exactOptional(),
  Value: z.int().exactOptional(),
  Label: label.exactOptional(),
  MergeLabels: z.boolean().exactOptional(),
  State: z.int().exactOptional(),
});

/** Classes of definitions to types. */
const types: Readonly<Record<string, AttributeTypeName>> = {
  StringAttributeMetadata: 'StringType',
  MemoAttributeMetadata: 'MemoType',
  IntegerAttributeMetadata: 'IntegerType',
  BigIntAttributeMetadata: 'BigIntType',
  DecimalAttributeMetadata: 'DecimalType',
  DoubleAttributeMetadata: 'DoubleType',
  MoneyAttributeMetadata: 'MoneyType',
  BooleanAttributeMetadata: 'BooleanType',
  DateTimeAttributeMetadata: 'DateTimeType',
  PicklistAttributeMetadata: 'PicklistType',
  MultiSelectPicklistAttributeMetadata: 'MultiSelectPicklistType',
  LookupAttributeMetadata: 'LookupType',
  ImageAttributeMetadata: 'ImageType',
  FileAttributeMetadata: 'FileType',
  UniqueIdentifierAttributeMetadata: 'UniqueidentifierType',
};

/** @throws WireError 400 that says where the body is wrong. */
export function parseBody<T extends z.ZodType>(shape: T, body: string): z.infer<T> {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    throw badPayload({ set: 'EntityDefinitions', reason: 'The body is not JSON.' });
  }
  const read = shape.safeParse(given);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const reason = `${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not acceptable'}`;
  throw badPayload({ set: 'EntityDefinitions', reason });
}

export function logicalName(schemaName: string): string {
  return schemaName.toLowerCase();
}

export function labelsOf(given: z.infer<typeof label> | undefined): Record<number, string> {
  return Object.fromEntries((given?.LocalizedLabels ?? []).map(one => [one.LanguageCode, one.Label]));
}

export function columnOf(body: ColumnBody, newId: () => string): ColumnDefinition {
  const className = body['@odata.type'].replace(/^#?(Microsoft\.Dynamics\.CRM\.)?(Complex)?/, '');
  const type = types[className];
  if (type === undefined) {
    throw badPayload({ set: 'EntityDefinitions', reason: `'${body['@odata.type']}' is not a type that can be made.` });
  }
  const readOnly = type === 'BigIntType' || type === 'FileType';
  return {
    logicalName: logicalName(body.SchemaName),
    schemaName: body.SchemaName,
    type,
    displayName: labelsOf(body.DisplayName)[1033] ?? null,
    metadataId: newId(),
    attributeOf: null,
    isValidForRead: true,
    isValidForCreate: !readOnly,
    isValidForUpdate: !readOnly,
    isPrimaryName: body.IsPrimaryName ?? false,
    isCustom: true,
    isSecured: body.IsSecured ?? false,
    sourceType: 0,
    ...sizes(body, type),
    ...choices(body, type),
  };
}

export function tableOf(
  body: z.input<typeof tableBody>,
  { newId, tables }: { readonly newId: () => string; readonly tables: readonly TableDefinition[] },
): TableDefinition {
  const own = logicalName(body.SchemaName);
  const primaryId = `${own}id`;
  const id = columnOf(
    { '@odata.type': 'UniqueIdentifierAttributeMetadata', SchemaName: `${body.SchemaName}Id` },
    newId,
  );
  const given = (body.Attributes ?? []).map(one => columnOf(one, newId));
  return {
    logicalName: own,
    schemaName: body.SchemaName,
    entitySetName: body.EntitySetName === undefined ? plural(own) : body.EntitySetName.toLowerCase(),
    displayName: labelsOf(body.DisplayName)[1033] ?? body.SchemaName,
    objectTypeCode: Math.max(10_000, ...tables.map(one => one.objectTypeCode)) + 1,
    metadataId: newId(),
    primaryId,
    primaryName: given.find(one => one.isPrimaryName === true)?.logicalName ?? null,
    changeTracking: body.ChangeTrackingEnabled ?? false,
    canTrackChanges: true,
    isIntersect: false,
    isActivity: body.IsActivity ?? false,
    isCustom: true,
    isPrivate: false,
    ownership: body.OwnershipType ?? 'UserOwned',
    columns: [{ ...id, isPrimaryId: true }, ...given, ...systemColumns(body.OwnershipType ?? 'UserOwned', newId)],
  };
}

/** What every new table has beside its own columns. */
function systemColumns(ownership: 'UserOwned' | 'OrganizationOwned', newId: () => string): ColumnDefinition[] {
  const made = (schemaName: string, className: string, rest: Partial<ColumnDefinition> = {}): ColumnDefinition => ({
    ...columnOf({ '@odata.type': `${className}AttributeMetadata`, SchemaName: schemaName }, newId),
    isCustom: false,
    isValidForCreate: false,
    isValidForUpdate: false,
    ...rest,
  });
  const options = [
    { value: 0, labels: { 1033: 'Active' } },
    { value: 1, labels: { 1033: 'Inactive' } },
  ];
  const statuses = [
    { value: 1, state: 0, labels: { 1033: 'Active' } },
    { value: 2, state: 1, labels: { 1033: 'Inactive' } },
  ];
  const owner: Partial<ColumnDefinition> = { type: 'OwnerType', targets: ['systemuser', 'team'] };
  const settable = { isValidForCreate: true, isValidForUpdate: true };
  return [
    made('CreatedOn', 'DateTime', { dateBehavior: 'UserLocal' }),
    made('CreatedBy', 'Lookup', { targets: ['systemuser'] }),
    made('ModifiedOn', 'DateTime', { dateBehavior: 'UserLocal' }),
    made('ModifiedBy', 'Lookup', { targets: ['systemuser'] }),
    ...(ownership === 'UserOwned' ? [made('OwnerId', 'Lookup', { ...owner, ...settable })] : []),
    made('statecode', 'Picklist', { type: 'StateType', options, isValidForUpdate: true }),
    made('statuscode', 'Picklist', { type: 'StatusType', options: statuses, ...settable }),
    made('VersionNumber', 'BigInt'),
  ];
}

function sizes(body: ColumnBody, type: AttributeTypeName): Partial<ColumnDefinition> {
  const range = {
    ...(body.MinValue === undefined ? {} : { minValue: body.MinValue }),
    ...(body.MaxValue === undefined ? {} : { maxValue: body.MaxValue }),
  };
  switch (type) {
    case 'StringType':
      return { maxLength: body.MaxLength ?? 100, databaseLength: (body.MaxLength ?? 100) * 2 };
    case 'MemoType':
      return { maxLength: body.MaxLength ?? 2_000 };
    case 'DecimalType':
    case 'DoubleType':
    case 'MoneyType':
      return { ...range, precision: body.Precision ?? 2 };
    case 'IntegerType':
      return range;
    case 'FileType':
      return { maxLength: body.MaxSizeInKB ?? 32_768 };
    case 'DateTimeType':
      return { dateBehavior: body.DateTimeBehavior?.Value ?? (body.Format === 'DateOnly' ? 'DateOnly' : 'UserLocal') };
    default:
      return {};
  }
}

function choices(body: ColumnBody, type: AttributeTypeName): Partial<ColumnDefinition> {
  if (type === 'BooleanType') {
    const { TrueOption: yes, FalseOption: no } = body.OptionSet ?? {};
    return {
      options: [
        { value: 0, labels: no === undefined ? { 1033: 'No' } : labelsOf(no.Label) },
        { value: 1, labels: yes === undefined ? { 1033: 'Yes' } : labelsOf(yes.Label) },
      ],
    };
  }
  if (type !== 'PicklistType' && type !== 'MultiSelectPicklistType') return {};
  if (body.GlobalOptionSet !== undefined) return { globalChoice: body.GlobalOptionSet.Name };
  return { options: (body.OptionSet?.Options ?? []).map(one => ({ value: one.Value, labels: labelsOf(one.Label) })) };
}

function plural(own: string): string {
  if (/[^aeiou]y$/.test(own)) return `${own.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(own) ? `${own}es` : `${own}s`;
}
