import type { Cell } from './database.ts';
import type { AttributeTypeName, ColumnDefinition } from './definition.ts';
import { plainDecimal, roundedDecimal } from './exact-decimal.ts';
import type { RawField } from './package-data.ts';

/** Column types of the field types a schema names. `datetime` and `string` may become others: see `package-tables.ts`. */
export const COLUMN_TYPES: Readonly<Record<string, AttributeTypeName>> = {
  guid: 'UniqueidentifierType',
  uniqueidentifier: 'UniqueidentifierType',
  string: 'StringType',
  memo: 'MemoType',
  optionsetvalue: 'PicklistType',
  optionsetvaluecollection: 'MultiSelectPicklistType',
  number: 'IntegerType',
  bigint: 'BigIntType',
  float: 'DoubleType',
  decimal: 'DecimalType',
  money: 'MoneyType',
  bool: 'BooleanType',
  datetime: 'DateTimeType',
  entityreference: 'LookupType',
  customer: 'CustomerType',
  owner: 'OwnerType',
  partylist: 'PartyListType',
  state: 'StateType',
  status: 'StatusType',
  imagedata: 'ImageType',
  filedata: 'FileType',
};

/** A cell, or why the text is none. */
export type Converted = { readonly cell: Cell } | { readonly wrong: string };

const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
/** Digits after the point that the platform keeps, whatever is shown. */
const MONEY_DIGITS = 4;
const DECIMAL_DIGITS = 10;
const INT32_MAX = 2_147_483_647;
const INT64_MAX = 9_223_372_036_854_775_807n;

/** The text of a field as a cell of its column. An empty text is an empty string in texts, and null elsewhere. */
export function convertField(field: RawField, column: ColumnDefinition): Converted {
  const text = field.value;
  switch (column.type) {
    case 'StringType':
    case 'MemoType':
    case 'EntityNameType':
      return { cell: text };
    default:
      return text === '' ? { cell: null } : convertValue(field, column);
  }
}

function convertValue(field: RawField, column: ColumnDefinition): Converted {
  const text = field.value;
  switch (column.type) {
    case 'UniqueidentifierType':
      return guidCell(text);
    case 'IntegerType':
    case 'PicklistType':
    case 'StateType':
    case 'StatusType':
      return integer(text);
    case 'BigIntType':
      return int64(text);
    case 'DecimalType':
      return decimal(text, column.precision ?? DECIMAL_DIGITS);
    case 'MoneyType':
      return decimal(text, MONEY_DIGITS);
    case 'DoubleType': {
      const number = Number(text);
      return Number.isFinite(number) ? { cell: number } : { wrong: 'not a number' };
    }
    case 'BooleanType':
    case 'ManagedPropertyType':
      return boolean(text);
    case 'DateTimeType':
      return moment(text, column.dateBehavior === 'DateOnly');
    case 'MultiSelectPicklistType':
      return choices(text);
    case 'LookupType':
    case 'CustomerType':
    case 'OwnerType':
      return lookup(field, column);
    case 'ImageType':
      return /^[A-Za-z0-9+/=\s]*$/.test(text) ? { cell: text } : { wrong: 'not base64' };
    case 'FileType':
      return guidCell(text);
    default:
      return { wrong: `no value can be kept in a column of type ${column.type}` };
  }
}

/** The tool writes more zeros than the platform keeps digits; what is beyond them is rounded as the platform does. */
function decimal(text: string, digits: number): Converted {
  const plain = plainDecimal(text);
  return plain === null ? { wrong: 'not a decimal' } : { cell: roundedDecimal(plain, digits) };
}

function guidCell(text: string): Converted {
  const match = GUID.exec(text);
  return match === null ? { wrong: 'not a GUID' } : { cell: (match[1] ?? '').toLowerCase() };
}

function integer(text: string): Converted {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number >= -INT32_MAX - 1 && number <= INT32_MAX
    ? { cell: number }
    : { wrong: 'not a whole number of 32 bits' };
}

function int64(text: string): Converted {
  const number = /^-?\d{1,19}$/.test(text) ? BigInt(text) : INT64_MAX + 1n;
  return number >= -INT64_MAX - 1n && number <= INT64_MAX
    ? { cell: number.toString() }
    : { wrong: 'not a whole number of 64 bits' };
}

function boolean(text: string): Converted {
  if (/^(true|1)$/i.test(text)) return { cell: true };
  return /^(false|0)$/i.test(text) ? { cell: false } : { wrong: 'neither True nor False' };
}

/** `[-1,3,5,-1]`, as the tool writes it, or `3,5` or `3;5`; ascending, each once. */
function choices(text: string): Converted {
  const inner = text.replace(/^\[(.*)\]$/, '$1').replace(/^-1,|,-1$/g, '');
  if (inner === '' || inner === '-1') return { cell: [] };
  const values = inner.split(/[,;]/).map(part => part.trim());
  if (!values.every(value => /^-?\d{1,10}$/.test(value))) return { wrong: 'not a list of choices' };
  return { cell: [...new Set(values.map(Number))].sort((a, b) => a - b) };
}

function lookup(field: RawField, column: ColumnDefinition): Converted {
  const match = GUID.exec(field.value);
  if (match === null) return { wrong: 'not a GUID' };
  const targets = column.targets ?? [];
  const table = field.lookup !== '' ? field.lookup : targets.length === 1 ? targets[0] : undefined;
  if (table === undefined) return { wrong: 'a lookup does not say to which table' };
  return { cell: { table, id: (match[1] ?? '').toLowerCase() } };
}

/**
 * `5/2/2019 6:15:35 PM` (the older tool, UTC) or `2025-06-28T19:06:20.0000000Z` (the newer one), as the platform's wire
 * has it: whole seconds in UTC, or the day.
 */
function moment(text: string, dayOnly: boolean): Converted {
  const parts = usParts(text) ?? isoParts(text);
  if (parts === null) return { wrong: 'not a date' };
  const [year, month, day, hour, minute, second] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal || year < 1 || year > 9999) return { wrong: 'not a date' };
  const iso = date.toISOString();
  return { cell: dayOnly ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z` };
}

type Parts = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

function usParts(text: string): Parts | null {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2}):(\d{2}) (AM|PM))?$/i.exec(text);
  if (match === null) return null;
  const [month = 0, day = 0, year = 0, hour = 12, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(part => Number(part ?? 0));
  if (match[4] === undefined) return [year, month, day, 0, 0, 0];
  if (hour < 1 || hour > 12) return null;
  return [year, month, day, (hour % 12) + (/pm/i.test(match[7] ?? '') ? 12 : 0), minute, second];
}

function isoParts(text: string): Parts | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|\+00:00)?)?$/i.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(part => Number(part ?? 0));
  return [year, month, day, hour, minute, second];
}
