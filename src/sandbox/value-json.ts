import type { Cell } from './database.ts';
import type { ColumnDefinition } from './definition.ts';

/** Writes a cell that is not null as JSON text. */
export type ValueEncoder = (cell: Cell) => string;

/** Digits after the point that money has on the wire. */
const moneyDigits = 4;

/** The wire form of a column's values. With `ieee754`, decimals and 64-bit integers are text, else exact bare numbers. */
export function valueEncoder(column: ColumnDefinition, { ieee754 }: { readonly ieee754: boolean }): ValueEncoder {
  const number = (text: string): string => (ieee754 ? `"${text}"` : text);
  switch (column.type) {
    case 'StringType':
    case 'MemoType':
    case 'EntityNameType':
    case 'ImageType':
      return cell => JSON.stringify(typeof cell === 'string' ? cell : String(cell));
    case 'UniqueidentifierType':
    case 'FileType':
      return cell => (typeof cell === 'object' ? guidOf(cell) : JSON.stringify(cell));
    case 'IntegerType':
    case 'PicklistType':
    case 'StateType':
    case 'StatusType':
    case 'DoubleType':
    case 'BooleanType':
      return cell => String(cell);
    case 'BigIntType':
      return cell => number(String(cell));
    case 'DecimalType': {
      const digits = column.precision ?? 0;
      return cell => number(padded(String(cell), digits));
    }
    case 'MoneyType':
      return cell => number(padded(String(cell), moneyDigits));
    case 'DateTimeType':
      return column.dateBehavior === 'DateOnly'
        ? cell => `"${String(cell).slice(0, 10)}"`
        : cell => `"${secondsOf(String(cell))}"`;
    case 'MultiSelectPicklistType':
      return cell => `"${Array.isArray(cell) ? cell.join(',') : String(cell)}"`;
    case 'LookupType':
    case 'OwnerType':
    case 'CustomerType':
      return guidOf;
    case 'ManagedPropertyType':
      return cell =>
        `{"Value":${cell === true || cell === 1},"CanBeChanged":true,"ManagedPropertyLogicalName":${JSON.stringify(column.logicalName)}}`;
    case 'PartyListType':
    case 'VirtualType':
    case 'CalendarRulesType':
      return () => 'null';
  }
}

function guidOf(cell: Cell): string {
  return cell !== null && typeof cell === 'object' && 'id' in cell ? `"${cell.id}"` : JSON.stringify(cell);
}

/** `2024-01-02T03:04:05Z`: the wire has whole seconds. */
function secondsOf(text: string): string {
  return text.length > 10 ? `${text.slice(0, 19)}Z` : `${text.slice(0, 10)}T00:00:00Z`;
}

/** A plain decimal with at least this many digits after the point; digits that are there are never cut. */
export function padded(text: string, digits: number): string {
  if (text.includes('e') || text.includes('E')) return text;
  const point = text.indexOf('.');
  if (point < 0) return digits === 0 ? text : `${text}.${'0'.repeat(digits)}`;
  const missing = digits - (text.length - point - 1);
  return missing > 0 ? text + '0'.repeat(missing) : text;
}
