import { isLogicalName } from '../core/names.ts';
import type { Column, ColumnKind, Label, OmittedColumn, Option, OptionSet, Target } from '../core/shape.ts';
import type { AttributeDefinition, Labels, OptionDefinition, OptionSetDefinition } from './definition.ts';

/** The annotation that carries the logical name of the table a lookup points to. */
const TARGET_ANNOTATION = 'Microsoft.Dynamics.CRM.lookuplogicalname';

/**
 * Decided by `AttributeTypeName`, never by `AttributeType`: that is `Virtual` for multi-select choices, files and images
 * alike. Calculated, rollup and composite columns are of ordinary types, and the Web API serves them, so they are
 * exported.
 */
const kindOfType: Readonly<Record<string, ColumnKind>> = {
  UniqueidentifierType: 'guid',
  StringType: 'string',
  MemoType: 'memo',
  IntegerType: 'integer',
  BigIntType: 'bigint',
  DecimalType: 'decimal',
  MoneyType: 'money',
  DoubleType: 'double',
  BooleanType: 'boolean',
  DateTimeType: 'datetime',
  PicklistType: 'choice',
  MultiSelectPicklistType: 'multichoice',
  StateType: 'state',
  StatusType: 'status',
  LookupType: 'lookup',
  OwnerType: 'owner',
  CustomerType: 'customer',
  EntityNameType: 'entityname',
  FileType: 'file',
  ManagedPropertyType: 'managedproperty',
};

/** Why a column is left out. */
export const omissions = {
  notReadable: 'It is not valid for read: the platform never gives its value out.',
  choiceText: 'It is the text of a choice; the labels are in OptionsetMetadata.',
  tableText: 'It is the display name of a table; the logical name is exported.',
  lookupText:
    'It is text of the row a lookup points to: it changes without this row changing, and the Web API does not serve it. Join the target table instead.',
  image: 'It is the image itself; its id, timestamp and URL are exported.',
  partyList: 'It is a list of parties; they are the rows of activityparty.',
  calendarRules: 'It is a list of calendar rules; they are rows of a table of their own.',
  virtual: 'It is a virtual column: no value of it is stored.',
  name: 'Its name is not a logical name.',
} as const;

const CHOICES: readonly (ColumnKind | null)[] = ['choice', 'multichoice', 'state', 'status', 'boolean'];
const LOOKUPS: readonly (ColumnKind | null)[] = ['lookup', 'owner', 'customer'];

/**
 * Every attribute of a table, sorted into columns that are exported and columns that are left out with the reason:
 * nothing is dropped in silence. Both in the order of the platform's column numbers, then names.
 *
 * @param primaryIdOf the primary key of a table by its logical name; null where it is unknown.
 */
export function sortOutColumns({
  attributes,
  primaryIdOf,
}: {
  readonly attributes: readonly AttributeDefinition[];
  readonly primaryIdOf: (table: string) => string | null;
}): { readonly columns: readonly Column[]; readonly omitted: readonly OmittedColumn[] } {
  const byName = new Map(attributes.map(attribute => [attribute.LogicalName, attribute]));
  const columns: Column[] = [];
  const omitted: OmittedColumn[] = [];
  for (const attribute of [...attributes].sort(byColumnNumber)) {
    const parent = byName.get(attribute.AttributeOf ?? '') ?? null;
    const reason = omissionOf(attribute, parent);
    const kind = kindOf(attribute);
    if (reason === null && kind !== null) {
      columns.push(columnOf({ attribute, kind, parent, primaryIdOf }));
      continue;
    }
    omitted.push({
      name: attribute.LogicalName,
      attributeTypeName: typeNameOf(attribute),
      reason: reason ?? `Lakelink does not know the type ${typeNameOf(attribute)}.`,
    });
  }
  return { columns, omitted };
}

function omissionOf(attribute: AttributeDefinition, parent: AttributeDefinition | null): string | null {
  if (!isLogicalName(attribute.LogicalName)) return omissions.name;
  if (attribute.IsValidForRead === false) return omissions.notReadable;
  const parentKind = parent === null ? null : kindOf(parent);
  switch (typeNameOf(attribute)) {
    case 'StringType':
      return isReference(parent) ? omissions.lookupText : null;
    case 'VirtualType':
      if (CHOICES.includes(parentKind)) return omissions.choiceText;
      if (parentKind === 'entityname') return omissions.tableText;
      return isReference(parent) ? omissions.lookupText : omissions.virtual;
    case 'ImageType':
      return omissions.image;
    case 'PartyListType':
      return omissions.partyList;
    case 'CalendarRulesType':
      return omissions.calendarRules;
    default:
      return null;
  }
}

function isReference(attribute: AttributeDefinition | null): boolean {
  return attribute !== null && (LOOKUPS.includes(kindOf(attribute)) || typeNameOf(attribute) === 'PartyListType');
}

function kindOf(attribute: AttributeDefinition): ColumnKind | null {
  const kind = kindOfType[typeNameOf(attribute)] ?? null;
  if (kind !== 'datetime') return kind;
  // `Format` only says how it is shown: a UserLocal column shown as a date still holds a moment.
  switch (attribute.DateTimeBehavior?.Value) {
    case 'DateOnly':
      return 'dateonly';
    case 'TimeZoneIndependent':
      return 'timezoneindependent';
    default:
      return 'datetime';
  }
}

function columnOf({
  attribute,
  kind,
  parent,
  primaryIdOf,
}: {
  readonly attribute: AttributeDefinition;
  readonly kind: ColumnKind;
  readonly parent: AttributeDefinition | null;
  readonly primaryIdOf: (table: string) => string | null;
}): Column {
  const name = attribute.LogicalName;
  const isLookup = LOOKUPS.includes(kind);
  return {
    name,
    kind,
    property: isLookup ? lookupProperty(name) : propertyOf({ name, kind, parent }),
    typeProperty: isLookup ? typeProperty(name) : null,
    attributeType: attribute.AttributeType ?? '',
    attributeTypeName: typeNameOf(attribute),
    maxLength: kind === 'string' || kind === 'memo' ? textLength(attribute) : null,
    precision: kind === 'decimal' || kind === 'money' || kind === 'double' ? (attribute.Precision ?? null) : null,
    targets: isLookup ? targetsOf({ attribute, kind, primaryIdOf }) : [],
    optionSet: CHOICES.includes(kind) ? optionSetOf(attribute) : null,
    metadataId: attribute.MetadataId ?? '',
  };
}

/**
 * A type such as `owneridtype` is no property of a row: it comes as the annotation of its lookup. One that stands alone
 * (`objecttypecode` of annotation) is a property.
 */
function propertyOf({
  name,
  kind,
  parent,
}: {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly parent: AttributeDefinition | null;
}): string {
  return kind === 'entityname' && parent !== null && LOOKUPS.includes(kindOf(parent))
    ? typeProperty(parent.LogicalName)
    : name;
}

function lookupProperty(name: string): string {
  return `_${name}_value`;
}

function typeProperty(name: string): string {
  return `${lookupProperty(name)}@${TARGET_ANNOTATION}`;
}

/**
 * Characters the database can hold. `DatabaseLength` counts bytes, two a character (a text of 100 says 200), and is
 * larger than that after a maker reduced `MaxLength`: longer texts may be there still. Memo columns have no
 * `DatabaseLength`; -1 is a column without a limit.
 */
function textLength({ MaxLength, DatabaseLength }: AttributeDefinition): number | null {
  const lengths = [MaxLength ?? 0, Math.floor((DatabaseLength ?? 0) / 2)];
  const longest = Math.max(...lengths);
  return longest > 0 ? longest : null;
}

function targetsOf({
  attribute,
  kind,
  primaryIdOf,
}: {
  readonly attribute: AttributeDefinition;
  readonly kind: ColumnKind;
  readonly primaryIdOf: (table: string) => string | null;
}): Target[] {
  // Genuine files name no attribute for owners.
  const targets = attribute.Targets ?? [];
  return targets.map(table => ({ table, attribute: kind === 'owner' ? null : primaryIdOf(table) }));
}

function optionSetOf({ OptionSet: own, GlobalOptionSet: global, LogicalName }: AttributeDefinition): OptionSet | null {
  const found = global ?? own;
  if (!found) return null;
  return {
    name: found.Name || LogicalName,
    isGlobal: found.IsGlobal === true,
    options: optionsOf(found).map(toOption),
  };
}

/** Two-options columns in the order of genuine files: 1, then 0. */
function optionsOf({ Options, TrueOption, FalseOption }: OptionSetDefinition): readonly OptionDefinition[] {
  return Options ?? [TrueOption, FalseOption].filter(option => !!option);
}

function toOption({ Value, State, Label }: OptionDefinition): Option {
  const labels = labelsOf(Label);
  return State === null || State === undefined ? { value: Value, labels } : { value: Value, state: State, labels };
}

function labelsOf(definition: Labels | null | undefined): Label[] {
  const localized = definition?.LocalizedLabels ?? [];
  const user = definition?.UserLocalizedLabel;
  const found = localized.length > 0 || !user ? localized : [user];
  return found.map(label => ({ languageCode: label.LanguageCode, text: label.Label }));
}

function typeNameOf(attribute: AttributeDefinition): string {
  return attribute.AttributeTypeName?.Value ?? 'unnamed';
}

function byColumnNumber(a: AttributeDefinition, b: AttributeDefinition): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (a.ColumnNumber ?? last) - (b.ColumnNumber ?? last) || (a.LogicalName < b.LogicalName ? -1 : 1);
}
