import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AttributeTypeName } from '../src/sandbox/definition.ts';
import type { ColumnFacts, OptionFacts } from './catalogue-lines.ts';

/** Reads the published definitions of tables, three forms of them, into one. Shapes are those of the files named. */
export interface Sources {
  /** A whole table definition, as the Web API gives it. */
  definition(table: string): WebTable;
  /** Columns of classes generated from an organization: names, types and lengths, no targets, no options. */
  generatedColumns(table: string): ColumnFacts[];
  /** Columns of the Common Data Model, with the options known for them. */
  modelColumns(table: string): ColumnFacts[];
  options(table: string, column: string): OptionFacts[] | null;
}

export interface WebTable {
  readonly head: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnFacts[];
  readonly choices: ReadonlyMap<string, { readonly display: string; readonly options: readonly OptionFacts[] }>;
  readonly manyToOne: readonly WebRelationship[];
}

export interface WebRelationship {
  readonly SchemaName: string;
  readonly ReferencedEntity: string;
  readonly ReferencedAttribute: string;
  readonly ReferencingEntity: string;
  readonly ReferencingAttribute: string;
  readonly ReferencingEntityNavigationPropertyName: string;
  readonly ReferencedEntityNavigationPropertyName: string;
}

interface WebLabel {
  readonly UserLocalizedLabel: { readonly Label: string } | null;
}
interface WebOption {
  readonly Value: number;
  readonly State?: number;
  readonly Label: WebLabel;
}
interface WebOptionSet {
  readonly Name: string;
  readonly IsGlobal: boolean;
  readonly DisplayName: WebLabel | null;
  readonly Options?: readonly WebOption[];
  readonly TrueOption?: WebOption;
  readonly FalseOption?: WebOption;
}
interface WebColumn {
  readonly SchemaName: string;
  readonly AttributeTypeName: { readonly Value: AttributeTypeName };
  readonly DisplayName: WebLabel | null;
  readonly AttributeOf: string | null;
  readonly MaxLength?: number;
  readonly DatabaseLength?: number;
  readonly Precision?: number;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
  readonly DateTimeBehavior?: { readonly Value: string };
  readonly Targets?: readonly string[];
  readonly OptionSet?: WebOptionSet | null;
  readonly IsValidForRead: boolean;
  readonly IsValidForCreate: boolean;
  readonly IsValidForUpdate: boolean;
  readonly IsCustomAttribute: boolean;
  readonly IsSecured: boolean;
  readonly SourceType: number | null;
}
interface GeneratedColumn {
  readonly schemaName: string;
  readonly clrType: string;
  readonly displayName?: string;
  readonly maxLength?: number;
  readonly range?: readonly [string, string];
}

export function openSources({ folder }: { readonly folder: string }): Sources {
  const read = (...parts: string[]) => readFileSync(path.join(folder, ...parts), 'utf8');
  const generated = JSON.parse(read('webapi', 'columns-from-generated-proxies.json')) as Record<
    string,
    { readonly columns: readonly GeneratedColumn[] }
  >;
  const model = tsv(read('cdm', 'columns.tsv'));
  const optionRows = tsv(read('cdm', 'options.tsv'));
  const options = (table: string, column: string) => {
    const found = optionRows.filter(row => row[0] === table && row[1] === column && row[2] !== '');
    return found.length === 0 ? null : found.map(optionOfRow);
  };
  return {
    definition: table => webTable(JSON.parse(read('webapi', `EntityDefinitions-${table}.json`))),
    generatedColumns: table => (generated[table]?.columns ?? []).map(generatedColumn),
    modelColumns: table => model.filter(row => row[0] === table).map(row => modelColumn(row, options)),
    options,
  };
}

function tsv(text: string): string[][] {
  const rows = text.split(/\r?\n/).map(line => line.split('\t'));
  return rows.slice(1).filter(row => row.length > 1);
}

function optionOfRow(row: readonly string[]): OptionFacts {
  const state = row[5] ?? '';
  return { value: Number(row[2]), label: row[3] ?? '', ...(state === '' ? {} : { state: Number(state) }) };
}

function webTable(raw: Record<string, unknown>): WebTable {
  const choices = new Map<string, { display: string; options: readonly OptionFacts[] }>();
  const columns = (raw.Attributes as readonly WebColumn[]).map(column => {
    const set = column.OptionSet;
    const options = set ? webOptions(set) : null;
    if (set?.IsGlobal && options) choices.set(set.Name, { display: label(set.DisplayName) ?? set.Name, options });
    return webColumn(column, options);
  });
  return { head: raw, columns, choices, manyToOne: raw.ManyToOneRelationships as readonly WebRelationship[] };
}

function webColumn(column: WebColumn, options: readonly OptionFacts[] | null): ColumnFacts {
  const bigInt = column.AttributeTypeName.Value === 'BigIntType';
  return {
    schemaName: column.SchemaName,
    type: column.AttributeTypeName.Value,
    display: label(column.DisplayName),
    of: column.AttributeOf,
    len: column.MaxLength ?? null,
    db: column.DatabaseLength ?? null,
    prec: column.Precision ?? null,
    min: bigInt ? null : numberOf(column.MinValue),
    max: bigInt ? null : numberOf(column.MaxValue),
    date: column.DateTimeBehavior?.Value ?? null,
    to: column.Targets ?? null,
    choice: column.OptionSet?.IsGlobal ? column.OptionSet.Name : null,
    options,
    flags: [
      column.IsValidForRead ? 'r' : '',
      column.IsValidForCreate ? 'c' : '',
      column.IsValidForUpdate ? 'u' : '',
      column.IsCustomAttribute ? 'x' : '',
      column.IsSecured ? 's' : '',
    ].join(''),
    source: column.SourceType,
  };
}

function webOptions(set: WebOptionSet): OptionFacts[] {
  const list = set.Options ?? [set.TrueOption, set.FalseOption].filter(option => option !== undefined);
  return list.map(option => ({
    value: option.Value,
    label: label(option.Label) ?? '',
    ...(option.State === undefined ? {} : { state: option.State }),
  }));
}

function label(text: WebLabel | null | undefined): string | null {
  return text?.UserLocalizedLabel?.Label ?? null;
}

function numberOf(value: number | string | undefined): number | null {
  return value === undefined ? null : Number(value);
}

const GENERATED_TYPES: Readonly<Record<string, AttributeTypeName>> = {
  string: 'StringType',
  EntityReference: 'LookupType',
  DateTime: 'DateTimeType',
  int: 'IntegerType',
  bool: 'BooleanType',
  Guid: 'UniqueidentifierType',
  decimal: 'DecimalType',
  double: 'DoubleType',
  long: 'BigIntType',
  'IEnumerable<ActivityParty>': 'PartyListType',
  'byte[]': 'VirtualType',
  BooleanManagedProperty: 'ManagedPropertyType',
};

function generatedColumn(column: GeneratedColumn): ColumnFacts {
  const name = column.schemaName.toLowerCase();
  let type = GENERATED_TYPES[column.clrType.replace(/\?$/, '')] ?? 'PicklistType';
  if (name === 'statecode') type = 'StateType';
  if (name === 'statuscode') type = 'StatusType';
  if (name === 'ownerid') type = 'OwnerType';
  if (type === 'StringType' && ((column.maxLength ?? 0) > 4000 || name === 'description' || /_composite$/.test(name))) {
    type = 'MemoType';
  }
  if (type === 'StringType' && name === 'activitytypecode') type = 'EntityNameType';
  return {
    schemaName: column.schemaName,
    type,
    display: column.displayName ?? null,
    len: column.maxLength ?? null,
    min: column.range ? Number(column.range[0]) : null,
    max: column.range ? Number(column.range[1]) : null,
    prec: precisionOf(type, name),
  };
}

const MODEL_TYPES: Readonly<Record<string, AttributeTypeName>> = {
  listLookup: 'PicklistType',
  listLookupCorrelated: 'StatusType',
  boolean: 'BooleanType',
  dateTime: 'DateTimeType',
  integer: 'IntegerType',
  timezone: 'IntegerType',
  bigInteger: 'BigIntType',
  decimal: 'DecimalType',
  double: 'DoubleType',
  latitude: 'DoubleType',
  longitude: 'DoubleType',
  currency: 'MoneyType',
  baseCurrency: 'MoneyType',
  lookup: 'LookupType',
  entityId: 'UniqueidentifierType',
  guid: 'UniqueidentifierType',
  partylist: 'PartyListType',
};

/** Names the Common Data Model gives to tables, where they differ from the logical name. */
const MODEL_TARGETS: Readonly<Record<string, string>> = {
  currency: 'transactioncurrency',
  case: 'incident',
  pricelist: 'pricelevel',
  contractline: 'contractdetail',
  article: 'kbarticle',
  recurringappointment: 'recurringappointmentmaster',
  knowledgebaserecord: 'knowledgebaserecord',
};

function modelColumn(
  row: readonly string[],
  options: (table: string, column: string) => OptionFacts[] | null,
): ColumnFacts {
  const [table = '', name = '', cdmName = '', kind = '', length = '', , , display = '', , low = '', high = ''] = row;
  let type = MODEL_TYPES[kind] ?? 'StringType';
  if (name === 'statecode') type = 'StateType';
  const long = Number(length) > 4000 || name === 'description' || /_composite$/.test(name);
  if (type === 'StringType' && (long || (Number(length) === 2000 && kind === 'string'))) type = 'MemoType';
  const targets = high.split('|').map(target => MODEL_TARGETS[target.toLowerCase()] ?? target.toLowerCase());
  return {
    schemaName: cdmName.toLowerCase() === name ? cdmName.charAt(0).toUpperCase() + cdmName.slice(1) : name,
    type,
    display: display === '' ? null : display,
    len: length === '' ? null : Number(length),
    to: type === 'LookupType' ? targets : null,
    min: type === 'LookupType' || low === '' || type === 'BigIntType' ? null : Number(low),
    max: type === 'LookupType' || high === '' || type === 'BigIntType' ? null : Number(high),
    prec: kind === 'baseCurrency' ? 4 : precisionOf(type, name),
    options: options(table, name),
    ...(kind === 'baseCurrency' ? { flags: 'r' } : {}),
  };
}

function precisionOf(type: AttributeTypeName, name: string): number | null {
  if (type === 'DecimalType') return name === 'exchangerate' ? 12 : 2;
  if (type === 'MoneyType') return name.endsWith('_base') ? 4 : 2;
  if (type === 'DoubleType') return /latitude|longitude/.test(name) ? 5 : 2;
  return null;
}
