import {
  type AttributeTypeName,
  type ColumnDefinition,
  type GlobalChoiceDefinition,
  movesOnMerge,
  type OptionDefinition,
  type RelationshipDefinition,
  type TableDefinition,
} from './definition.ts';
import { stableId } from './stable-id.ts';

export type MetadataObject = Readonly<Record<string, unknown>>;

/** `AttributeType` where it is not the type's name without its ending. */
const attributeTypes: Partial<Record<AttributeTypeName, string>> = {
  ImageType: 'Virtual',
  FileType: 'Virtual',
  MultiSelectPicklistType: 'Virtual',
};

/** The class of a column's definition; a type that is missing here has only the common properties. */
const classes: Partial<Record<AttributeTypeName, string>> = {
  StringType: 'StringAttributeMetadata',
  MemoType: 'MemoAttributeMetadata',
  IntegerType: 'IntegerAttributeMetadata',
  BigIntType: 'BigIntAttributeMetadata',
  DecimalType: 'DecimalAttributeMetadata',
  DoubleType: 'DoubleAttributeMetadata',
  MoneyType: 'MoneyAttributeMetadata',
  BooleanType: 'BooleanAttributeMetadata',
  DateTimeType: 'DateTimeAttributeMetadata',
  PicklistType: 'PicklistAttributeMetadata',
  MultiSelectPicklistType: 'MultiSelectPicklistAttributeMetadata',
  StateType: 'StateAttributeMetadata',
  StatusType: 'StatusAttributeMetadata',
  LookupType: 'LookupAttributeMetadata',
  OwnerType: 'LookupAttributeMetadata',
  CustomerType: 'LookupAttributeMetadata',
  PartyListType: 'LookupAttributeMetadata',
  EntityNameType: 'EntityNameAttributeMetadata',
  ImageType: 'ImageAttributeMetadata',
  FileType: 'FileAttributeMetadata',
  ManagedPropertyType: 'ManagedPropertyAttributeMetadata',
};

export const attributeClasses: ReadonlySet<string> = new Set(Object.values(classes));

export function attributeClass(column: ColumnDefinition): string | null {
  return classes[column.type] ?? null;
}

export function attributeTypeOf(column: ColumnDefinition): string {
  return attributeTypes[column.type] ?? column.type.replace(/Type$/, '');
}

export function entityJson(table: TableDefinition): MetadataObject {
  return {
    MetadataId: table.metadataId,
    LogicalName: table.logicalName,
    SchemaName: table.schemaName,
    EntitySetName: table.entitySetName,
    LogicalCollectionName: table.entitySetName,
    CollectionSchemaName: table.entitySetName,
    DisplayName: label({ 1033: table.displayName }),
    DisplayCollectionName: label({ 1033: table.displayName }),
    Description: label({}),
    ObjectTypeCode: table.objectTypeCode,
    PrimaryIdAttribute: table.primaryId,
    PrimaryNameAttribute: table.primaryName,
    PrimaryImageAttribute: table.columns.find(one => one.type === 'ImageType')?.logicalName ?? null,
    ChangeTrackingEnabled: table.changeTracking,
    CanChangeTrackingBeEnabled: managed(table.canTrackChanges, 'canchangetrackingbeenabled'),
    IsIntersect: table.isIntersect,
    IsActivity: table.isActivity,
    IsActivityParty: false,
    IsCustomEntity: table.isCustom,
    IsPrivate: table.isPrivate,
    IsManaged: !table.isCustom,
    IsLogicalEntity: false,
    IsBPFEntity: false,
    IsValidForAdvancedFind: !table.isPrivate,
    IsCustomizable: managed(true, 'iscustomizable'),
    IsAuditEnabled: managed(false, 'canmodifyauditsettings'),
    OwnershipType: table.ownership,
    TableType: table.kind ?? 'Standard',
    DataProviderId: providerOf(table),
    DataSourceId: table.kind === 'Virtual' ? stableId(`source ${table.logicalName}`) : null,
    ExternalName: table.kind === 'Virtual' ? table.schemaName : null,
    IsEnabledForCharts: true,
    IsRetentionEnabled: false,
    IsArchivalEnabled: false,
    CreatedOn: '1900-01-01T00:00:00Z',
    ModifiedOn: '1900-01-01T00:00:00Z',
    IntroducedVersion: '5.0.0.0',
    HasChanged: null,
  };
}

/** Makes one property of a column's definition. */
export type AttributeMaker = (
  column: ColumnDefinition,
  place: { readonly table: TableDefinition; readonly number: number },
) => unknown;

/** What every column's definition has, whatever its type; each made only when it is asked for. */
export const attributeMakers: Readonly<Record<string, AttributeMaker>> = {
  MetadataId: column => column.metadataId,
  LogicalName: column => column.logicalName,
  SchemaName: column => column.schemaName,
  EntityLogicalName: (_column, { table }) => table.logicalName,
  AttributeOf: column => column.attributeOf,
  AttributeType: attributeTypeOf,
  AttributeTypeName: column => ({ Value: column.type }),
  ColumnNumber: (_column, { number }) => number,
  DisplayName: column => label(column.displayName === null ? {} : { 1033: column.displayName }),
  Description: () => label({}),
  IsPrimaryId: column => column.isPrimaryId ?? false,
  IsPrimaryName: column => column.isPrimaryName ?? false,
  IsValidForRead: column => column.isValidForRead,
  IsValidForCreate: column => column.isValidForCreate,
  IsValidForUpdate: column => column.isValidForUpdate,
  IsCustomAttribute: column => column.isCustom,
  IsManaged: column => !column.isCustom,
  IsLogical: column => column.type === 'VirtualType' || column.attributeOf !== null,
  IsSecured: column => column.isSecured ?? false,
  CanBeSecuredForRead: column => column.isValidForRead,
  RequiredLevel: column =>
    managed(column.isPrimaryId === true ? 'SystemRequired' : 'None', 'canmodifyrequirementlevelsettings'),
  IsCustomizable: () => managed(true, 'iscustomizable'),
  IsAuditEnabled: () => managed(false, 'canmodifyauditsettings'),
  CreatedOn: () => '1900-01-01T00:00:00Z',
  ModifiedOn: () => '1900-01-01T00:00:00Z',
  IntroducedVersion: () => '5.0.0.0',
  DeprecatedVersion: () => null,
  HasChanged: () => null,
};

export const attributeProperties: readonly string[] = Object.keys(attributeMakers);

/**
 * A column's definition with the common properties, or those of them that are named. Large environments have half a
 * million columns: what nobody asked for is not made.
 */
export function attributeJson(
  table: TableDefinition,
  column: ColumnDefinition,
  number: number,
  names: readonly string[] = attributeProperties,
): MetadataObject {
  const type = attributeClass(column);
  const made: Record<string, unknown> = type === null ? {} : { '@odata.type': `#Microsoft.Dynamics.CRM.${type}` };
  for (const name of names) {
    const maker = attributeMakers[name];
    if (maker !== undefined) made[name] = maker(column, { table, number });
  }
  return made;
}

/** What the class of the column's definition adds; asked for by a cast. */
export function attributeClassJson(column: ColumnDefinition): MetadataObject {
  const source = { SourceType: column.sourceType ?? 0, SourceTypeMask: sourceMask(column), FormulaDefinition: '' };
  switch (column.type) {
    case 'StringType':
    case 'MemoType':
      return {
        ...(column.type === 'StringType' ? source : {}),
        Format: column.type === 'StringType' ? 'Text' : 'TextArea',
        FormatName: { Value: column.type === 'StringType' ? 'Text' : 'TextArea' },
        MaxLength: column.maxLength ?? null,
        ...(column.type === 'StringType' ? { DatabaseLength: column.databaseLength ?? column.maxLength ?? null } : {}),
        ImeMode: 'Auto',
        IsLocalizable: false,
      };
    case 'IntegerType':
    case 'BigIntType':
    case 'DecimalType':
    case 'DoubleType':
    case 'MoneyType':
      return numberJson(column, source);
    case 'DateTimeType':
      return {
        ...source,
        Format: column.dateBehavior === 'DateOnly' ? 'DateOnly' : 'DateAndTime',
        DateTimeBehavior: { Value: column.dateBehavior ?? 'UserLocal' },
        CanChangeDateTimeBehavior: managed(false, 'canchangedatetimebehavior'),
        ImeMode: 'Inactive',
      };
    case 'LookupType':
    case 'OwnerType':
    case 'CustomerType':
    case 'PartyListType':
      return { Targets: column.targets ?? [], Format: 'None' };
    case 'BooleanType':
      return { ...source, DefaultValue: false };
    case 'PicklistType':
    case 'MultiSelectPicklistType':
      return { ...source, DefaultFormValue: -1 };
    case 'StateType':
    case 'StatusType':
      return { DefaultFormValue: column.type === 'StateType' ? 0 : -1 };
    case 'EntityNameType':
      return { IsEntityReferenceStored: true, DefaultFormValue: null };
    case 'ImageType':
      return { MaxHeight: 144, MaxWidth: 144, MaxSizeInKB: 10_240, IsPrimaryImage: true, CanStoreFullImage: false };
    case 'FileType':
      return { MaxSizeInKB: column.maxLength ?? 32_768 };
    case 'ManagedPropertyType':
      return { ManagedPropertyLogicalName: column.logicalName, ValueAttributeTypeCode: 'Boolean' };
    default:
      return {};
  }
}

function numberJson(column: ColumnDefinition, source: MetadataObject): MetadataObject {
  const range = { MinValue: column.minValue ?? null, MaxValue: column.maxValue ?? null };
  const precise = { ...range, Precision: column.precision ?? null, ImeMode: 'Disabled' };
  if (column.type === 'IntegerType') return { ...source, ...range, Format: 'None' };
  if (column.type === 'DoubleType') return precise;
  if (column.type === 'DecimalType') return { ...source, ...precise };
  if (column.type === 'MoneyType') {
    const base = column.logicalName.endsWith('_base');
    const of = base ? column.logicalName.slice(0, -'_base'.length) : null;
    return { ...source, ...precise, PrecisionSource: 2, CalculationOf: of, IsBaseCurrency: base };
  }
  // 64-bit numbers are text here, as the platform's own definitions have them.
  return { MinValue: '-9223372036854775808', MaxValue: '9223372036854775807' };
}

export function hasOptions(column: ColumnDefinition): boolean {
  return ['BooleanType', 'PicklistType', 'MultiSelectPicklistType', 'StateType', 'StatusType'].includes(column.type);
}

/** A column's `OptionSet`; for a global choice, that choice's. */
export function optionSetJson(
  table: TableDefinition,
  column: ColumnDefinition,
  global: GlobalChoiceDefinition | null,
): MetadataObject {
  if (global !== null) return globalChoiceJson(global);
  const type = column.type === 'MultiSelectPicklistType' ? 'Picklist' : column.type.replace(/Type$/, '');
  return {
    MetadataId: column.metadataId,
    Name: `${table.logicalName}_${column.logicalName}`,
    IsGlobal: false,
    IsCustomOptionSet: column.isCustom,
    IsManaged: !column.isCustom,
    OptionSetType: type,
    DisplayName: label(column.displayName === null ? {} : { 1033: column.displayName }),
    Description: label({}),
    HasChanged: null,
    ...(column.type === 'BooleanType'
      ? booleanOptions(column)
      : { Options: (column.options ?? []).map(one => optionJson(one, column.type)) }),
  };
}

export function globalChoiceJson(choice: GlobalChoiceDefinition): MetadataObject {
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.OptionSetMetadata',
    MetadataId: choice.metadataId,
    Name: choice.name,
    IsGlobal: true,
    IsCustomOptionSet: false,
    IsManaged: true,
    OptionSetType: 'Picklist',
    DisplayName: label({ 1033: choice.displayName }),
    Description: label({}),
    HasChanged: null,
    Options: choice.options.map(one => optionJson(one, 'PicklistType')),
  };
}

export function relationshipJson(one: RelationshipDefinition): MetadataObject {
  const common = {
    '@odata.type': `#Microsoft.Dynamics.CRM.${one.kind}RelationshipMetadata`,
    MetadataId: stableId(one.schemaName),
    SchemaName: one.schemaName,
    RelationshipType: `${one.kind}Relationship`,
    IsCustomRelationship: false,
    IsManaged: true,
    IsValidForAdvancedFind: true,
    SecurityTypes: one.kind === 'OneToMany' ? 'Append' : 'None',
    IntroducedVersion: '5.0.0.0',
    HasChanged: null,
  };
  if (one.kind === 'OneToMany') {
    return {
      ...common,
      ReferencedEntity: one.table1,
      ReferencedAttribute: one.column1,
      ReferencingEntity: one.table2,
      ReferencingAttribute: one.column2,
      ReferencedEntityNavigationPropertyName: one.navigation1,
      ReferencingEntityNavigationPropertyName: one.navigation2,
      IsHierarchical: false,
      CascadeConfiguration: cascadeJson(one),
    };
  }
  return {
    ...common,
    Entity1LogicalName: one.table1,
    Entity1IntersectAttribute: one.column1,
    Entity1NavigationPropertyName: one.navigation1,
    Entity2LogicalName: one.table2,
    Entity2IntersectAttribute: one.column2,
    Entity2NavigationPropertyName: one.navigation2,
    IntersectEntityName: one.intersectTable ?? null,
  };
}

/** All elastic tables have the one provider that the platform's own samples know them by. */
function providerOf({ kind, logicalName }: TableDefinition): string | null {
  if (kind === 'Elastic') return '1d9bde74-9ebd-4da9-8ff5-aa74945b9f74';
  return kind === 'Virtual' ? stableId(`provider ${logicalName}`) : null;
}

/** Only deletes and merges cascade here; everything else stays where it is. */
function cascadeJson(one: RelationshipDefinition): MetadataObject {
  const rest = ['Assign', 'Archive', 'Reparent', 'Share', 'Unshare', 'RollupView'];
  return {
    ...Object.fromEntries(rest.map(name => [name, 'NoCascade'])),
    Merge: movesOnMerge(one) ? 'Cascade' : 'NoCascade',
    Delete: one.cascadeDelete ?? 'RemoveLink',
  };
}

function optionJson(option: OptionDefinition, type: AttributeTypeName): MetadataObject {
  const state = type === 'StatusType' ? { State: option.state ?? 0 } : {};
  const kind = type === 'StatusType' ? 'StatusOptionMetadata' : type === 'StateType' ? 'StateOptionMetadata' : null;
  return {
    ...(kind === null ? {} : { '@odata.type': `#Microsoft.Dynamics.CRM.${kind}` }),
    Value: option.value,
    ...state,
    ...(type === 'StateType' ? { InvariantName: option.labels[1033] ?? '', DefaultStatus: option.value + 1 } : {}),
    Label: label(option.labels),
    Description: label({}),
    Color: null,
    IsManaged: true,
    ExternalValue: '',
    ParentValues: [],
    MetadataId: null,
    HasChanged: null,
  };
}

function booleanOptions(column: ColumnDefinition): MetadataObject {
  const find = (value: number, text: string): OptionDefinition =>
    column.options?.find(one => one.value === value) ?? { value, labels: { 1033: text } };
  return {
    TrueOption: optionJson(find(1, 'Yes'), 'BooleanType'),
    FalseOption: optionJson(find(0, 'No'), 'BooleanType'),
  };
}

export function label(labels: Readonly<Record<number, string>>): MetadataObject {
  const all = Object.entries(labels).map(([code, text]) => ({
    Label: text,
    LanguageCode: Number(code),
    IsManaged: true,
    MetadataId: null,
    HasChanged: null,
  }));
  return { LocalizedLabels: all, UserLocalizedLabel: all.find(one => one.LanguageCode === 1033) ?? all[0] ?? null };
}

function managed(value: unknown, name: string): MetadataObject {
  return { Value: value, CanBeChanged: true, ManagedPropertyLogicalName: name };
}

function sourceMask(column: ColumnDefinition): number {
  return column.sourceType === 1 ? 1 : column.sourceType === 2 ? 2 : 0;
}
