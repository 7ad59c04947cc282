import { isLosslessNumber, parse } from 'lossless-json';
import type { Cell, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badPayload, unknownSegment, WireError } from './errors.ts';
import { plainDecimal, roundedDecimal } from './exact-decimal.ts';
import { optionsOf } from './labels.ts';
import { navigations, wireColumns } from './wire-columns.ts';

/** Cells that the body of a create or update sets. System columns in it are ignored, as the platform does. */
export function cellsOfBody({
  database,
  table,
  body,
  purpose,
}: {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly body: string;
  readonly purpose: 'create' | 'update';
}): Record<string, Cell> {
  const set = table.entitySetName;
  const given = parseObject(body, set);
  const properties = new Map(wireColumns(table).map(one => [one.property, one.column]));
  const links = navigations(table, database.relationships());
  const cells: Record<string, Cell> = {};
  for (const [key, value] of Object.entries(given)) {
    const bind = /^(\w+)@odata\.bind$/.exec(key)?.[1];
    const link = links.get(bind ?? key);
    if (bind !== undefined || (link !== undefined && value === null)) {
      if (link === undefined) throw undeclared(set, bind ?? key);
      cells[link.column.logicalName] =
        value === null ? null : referenceOf({ database, set, value, targets: link.targets });
      continue;
    }
    if (key.includes('@')) continue;
    const column = properties.get(key);
    if (column === undefined || key !== column.logicalName) {
      const type = `Microsoft.Dynamics.CRM.${table.logicalName}`;
      throw badPayload({ set, reason: `Invalid property '${key}' was found in entity '${type}'.` });
    }
    const settable = purpose === 'create' ? column.isValidForCreate : column.isValidForUpdate;
    if (settable || column.logicalName === table.primaryId) {
      cells[key] = cellOf({ database, table, column, value });
    }
  }
  return cells;
}

/** The row that a link such as `/accounts(<guid>)` or a whole URL names. */
export function referenceOf({
  database,
  set,
  value,
  targets,
}: {
  readonly database: SandboxDatabase;
  readonly set: string;
  readonly value: unknown;
  readonly targets: readonly string[] | null;
}): { readonly table: string; readonly id: string } {
  const match = /(?:^|\/)(\w+)\(([0-9a-fA-F-]{36})\)$/.exec(typeof value === 'string' ? value : '');
  if (match === null) throw badPayload({ set, reason: `The link '${String(value)}' does not name a row.` });
  const target = database.tableBySet(match[1] ?? '');
  if (target === undefined) throw unknownSegment(match[1] ?? '');
  const id = (match[2] ?? '').toLowerCase();
  if (targets !== null && !targets.includes(target.logicalName)) {
    throw badPayload({ set, reason: `A row of '${target.logicalName}' cannot be linked here.` });
  }
  if (database.get(target.logicalName, id) === undefined) {
    const message = `Entity '${target.logicalName}' With Id = ${id} Does Not Exist`;
    throw new WireError({ status: 404, code: '0x80040217', message });
  }
  return { table: target.logicalName, id };
}

function parseObject(body: string, set: string): Record<string, unknown> {
  try {
    const value = parse(body === '' ? '{}' : body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls to the same refusal as a body that is no object.
  }
  throw badPayload({ set, reason: 'The body is not a JSON object.' });
}

interface Given {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly column: ColumnDefinition;
  readonly value: unknown;
}

function cellOf(given: Given): Cell {
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

function undeclared(set: string, name: string): WireError {
  return badPayload({
    set,
    reason: `An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  });
}
