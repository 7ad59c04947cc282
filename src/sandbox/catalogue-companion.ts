import { parseColumn } from './catalogue-line.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';

type Table = Pick<TableDefinition, 'logicalName' | 'primaryId' | 'primaryName' | 'ownership' | 'isIntersect'>;

/** Columns every table of the platform that people can see has, as catalogue lines. */
const STAMPS = [
  'CreatedBy\tLookup\tCreated By\tto=systemuser\tis=r',
  'CreatedOn\tDateTime\tCreated On\tis=r',
  'CreatedOnBehalfBy\tLookup\tCreated By (Delegate)\tto=systemuser\tis=r',
  'ImportSequenceNumber\tInteger\tImport Sequence Number\tmin=-2147483648\tmax=2147483647\tis=rc',
  'ModifiedBy\tLookup\tModified By\tto=systemuser\tis=r',
  'ModifiedOn\tDateTime\tModified On\tis=r',
  'ModifiedOnBehalfBy\tLookup\tModified By (Delegate)\tto=systemuser\tis=r',
  'OverriddenCreatedOn\tDateTime\tRecord Created On\tdate=DateOnly\tis=rc',
  'VersionNumber\tBigInt\tVersion Number\tis=r',
] as const;

const OWNED = [
  'OwnerId\tOwner\tOwner\tto=systemuser,team',
  'OwningBusinessUnit\tLookup\tOwning Business Unit\tto=businessunit\tis=r',
  'OwningTeam\tLookup\tOwning Team\tto=team\tis=r',
  'OwningUser\tLookup\tOwning User\tto=systemuser\tis=r',
] as const;

const ZONES = [
  'TimeZoneRuleVersionNumber\tInteger\tTime Zone Rule Version Number\tmin=-1\tmax=2147483647',
  'UTCConversionTimeZoneCode\tInteger\tUTC Conversion Time Zone Code\tmin=-1\tmax=2147483647',
] as const;

const STATES = [
  'StateCode\tState\tStatus\topt=0=Active;1=Inactive\tis=ru',
  'StatusCode\tStatus\tStatus Reason\topt=1@0=Active;2@1=Inactive',
] as const;

/** Tables whose rows have a phonetic name beside the name, so a lookup to them brings both. */
const YOMI: ReadonlySet<string> = new Set(['systemuser', 'team', 'account', 'contact', 'lead', 'externalparty']);

/** The columns the platform adds to a table by itself: stamps, version, owner where it has one, state where asked. */
export function systemColumns(table: Table, { withState }: { readonly withState: boolean }): ColumnDefinition[] {
  if (table.isIntersect) return [parseColumn('VersionNumber\tBigInt\tVersion Number\tis=r', table)];
  const lines: string[] = [...STAMPS, ...ZONES];
  if (table.ownership === 'UserOwned') lines.push(...OWNED);
  if (withState) lines.push(...STATES);
  return lines.map(line => parseColumn(line, table));
}

/**
 * The columns that only describe another one: the name of a lookup's row, the label of a choice, the parts of an
 * image. They are metadata; no row carries a cell for them.
 */
export function companionsOf(table: Table, columns: readonly ColumnDefinition[]): ColumnDefinition[] {
  const known = new Set(columns.map(column => column.logicalName));
  const found: ColumnDefinition[] = [];
  for (const column of columns) {
    if (column.attributeOf !== null) continue;
    for (const companion of describing(table, column)) {
      if (known.has(companion.logicalName)) continue;
      known.add(companion.logicalName);
      found.push(companion);
    }
  }
  return found;
}

function describing(table: Table, column: ColumnDefinition): ColumnDefinition[] {
  const make = (suffix: string, rest: string) =>
    named(parseColumn(`${column.schemaName}${suffix}\t${rest}\tof=${column.logicalName}`, table), column);
  const targets = column.targets ?? [];
  switch (column.type) {
    case 'PicklistType':
    case 'MultiSelectPicklistType':
    case 'BooleanType':
    case 'StateType':
    case 'StatusType':
      return [make('Name', 'Virtual\t\tis=r')];
    case 'LookupType':
    case 'OwnerType':
    case 'CustomerType':
      return [
        make('Name', 'String\t\tlen=100\tdb=320\tis=r'),
        ...(targets.some(target => YOMI.has(target)) ? [make('YomiName', 'String\t\tlen=100\tdb=320\tis=r')] : []),
        ...(targets.length > 1 || column.type === 'OwnerType' ? [make('Type', 'EntityName\t')] : []),
      ];
    case 'UniqueidentifierType':
      return column.logicalName === 'entityimageid' ? imageParts(table, column) : [];
    default:
      return [];
  }
}

function imageParts(table: Table, column: ColumnDefinition): ColumnDefinition[] {
  return [
    'EntityImage\tImage\tDefault Image\tof=entityimageid',
    'EntityImage_Timestamp\tBigInt\t\tof=entityimageid\tis=r',
    'EntityImage_URL\tString\t\tof=entityimageid\tlen=200\tdb=400\tis=r',
  ].map(line => named(parseColumn(line, table), column));
}

function named(companion: ColumnDefinition, column: ColumnDefinition): ColumnDefinition {
  return { ...companion, isCustom: column.isCustom };
}

/** A column of a custom table or of a package, from its catalogue line. */
export function customColumn(table: Table, line: string): ColumnDefinition {
  return { ...parseColumn(line, table), isCustom: true };
}
