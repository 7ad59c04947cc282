import { isLosslessNumber } from 'lossless-json';
import type { Cell, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badPayload, badQuery, WireError } from './errors.ts';
import { plainDecimal, roundedDecimal } from './exact-decimal.ts';
import { optionsOf } from './labels.ts';
import { isLookup } from './wire-columns.ts';

/** A value of a body, for one column. */
export interface Given {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly column: ColumnDefinition;
  readonly value: unknown;
}

/** The cell that a value of a body is kept as. @throws WireError 400 for another type, or a value out of range. */
export function cellOf(given: Given): Cell {
  const { column, value } = given;
  if (value === null || value === undefined) return null;
  switch (column.type) {
    case 'StringType':
    case 'MemoType':
    case 'ImageType':
    case 'EntityNameType':
      return textCell(given);
    case 'UniqueidentifierType':
      if (typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
        return value.toLowerCase();
      throw wrongType(given, 'Edm.Guid');
    case 'BooleanType':
      if (typeof value === 'boolean') return value;
      throw wrongType(given, 'Edm.Boolean');
    case 'IntegerType':
    case 'PicklistType':
    case 'StateType':
    case 'StatusType':
      return wholeCell(given);
    case 'DoubleType':
      return inRange(given, Number(numberText(given, 'Edm.Double')));
    case 'BigIntType': {
      const text = numberText(given, 'Edm.Int64');
      if (!/^-?\d+$/.test(text)) throw wrongType(given, 'Edm.Int64');
      return BigInt.asIntN(64, BigInt(text)).toString();
    }
    case 'DecimalType':
    case 'MoneyType': {
      const text = plainDecimal(numberText(given, 'Edm.Decimal'));
      if (text === null) throw wrongType(given, 'Edm.Decimal');
      inRange(given, Number(text));
      return roundedDecimal(text, column.type === 'MoneyType' ? 4 : (column.precision ?? 10));
    }
    case 'DateTimeType':
      return dateCell(given);
    case 'MultiSelectPicklistType':
      return multiCell(given);
    default:
      throw wrongType(given, 'a value that can be set here');
  }
}

function textCell(given: Given): string {
  const { value, column, table } = given;
  if (typeof value !== 'string') throw wrongType(given, 'Edm.String');
  if (column.maxLength !== undefined && column.type !== 'ImageType' && value.length > column.maxLength) {
    throw new WireError({
      status: 400,
      code: '0x80044331',
      message: `A validation error occurred. The length of the '${column.logicalName}' attribute of the '${table.logicalName}' entity exceeded the maximum allowed length of '${column.maxLength}'.`,
    });
  }
  return value;
}

function wholeCell(given: Given): number {
  const { database, table, column } = given;
  const number = Number(numberText(given, 'Edm.Int32'));
  if (!Number.isInteger(number) || Math.abs(number) > 2_147_483_648) throw wrongType(given, 'Edm.Int32');
  if (column.type === 'IntegerType') return inRange(given, number);
  const options = optionsOf(database, column);
  if (options.length > 0 && !options.some(one => one.value === number)) throw outside(table, column, String(number));
  return number;
}

function multiCell(given: Given): Cell {
  const { database, table, column, value } = given;
  if (typeof value !== 'string' || !/^(-?\d+(,-?\d+)*)?$/.test(value)) throw wrongType(given, 'Edm.String');
  if (value === '') return null;
  const numbers = [...new Set(value.split(',').map(Number))].sort((a, b) => a - b);
  const options = optionsOf(database, column);
  const strange = numbers.find(number => options.length > 0 && !options.some(one => one.value === number));
  if (strange !== undefined) throw outside(table, column, String(strange));
  return numbers;
}

function dateCell(given: Given): string {
  const { column, value } = given;
  const text = typeof value === 'string' ? value : '';
  if (column.dateBehavior === 'DateOnly') {
    if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
    throw wrongType(given, 'Edm.Date');
  }
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) throw wrongType(given, 'Edm.DateTimeOffset');
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function numberText(given: Given, type: string): string {
  const { value } = given;
  if (isLosslessNumber(value)) return value.toString();
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return value;
  throw wrongType(given, type);
}

function inRange({ table, column }: Given, number: number): number {
  const low = column.minValue ?? Number.NEGATIVE_INFINITY;
  const high = column.maxValue ?? Number.POSITIVE_INFINITY;
  if (number < low || number > high) throw outside(table, column, String(number));
  return number;
}

function outside(table: TableDefinition, column: ColumnDefinition, value: string): WireError {
  return new WireError({
    status: 400,
    code: '0x80061005',
    message: `A validation error occurred. The value ${value} of '${column.logicalName}' on record of type '${table.logicalName}' is outside the valid range.`,
  });
}

function wrongType({ table, column, value }: Given, type: string): WireError {
  const shown = isLosslessNumber(value) ? value.toString() : typeof value;
  const reason = `Cannot convert the given value (${shown}) of '${column.logicalName}' to the expected type '${type}'.`;
  return badPayload({ set: table.entitySetName, reason });
}

/** The cell that a value of an address stands for: text in quotes, all else bare. @throws WireError 400 */
export function cellOfText({ text, ...given }: Omit<Given, 'value'> & { readonly text: string }): Cell {
  const { database, column } = given;
  const quoted = /^'(.*)'$/s.exec(text)?.[1];
  if (isLookup(column)) {
    const id = text.toLowerCase();
    const targets = column.targets ?? [];
    const table = targets.find(one => database.table(one) !== undefined && database.get(one, id) !== undefined);
    return { table: table ?? targets[0] ?? '', id };
  }
  const texts = column.type === 'StringType' || column.type === 'MemoType';
  if (texts !== (quoted !== undefined)) throw badQuery('Bad Request - Error in query syntax.');
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (text === 'null') return null;
  return cellOf({ ...given, value: column.type === 'BooleanType' ? text === 'true' : text });
}
