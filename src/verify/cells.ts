import { createHash } from 'node:crypto';
import { isLosslessNumber, stringify } from 'lossless-json';
import type { Column, ColumnKind, LakeColumn, TableShape } from '../core/shape.ts';
import { appendColumns, lakeColumns } from '../core/shape.ts';

/** How values of a column are made comparable. `seconds` is for sink dates, which CSV shows without fractions. */
export type Form = 'text' | 'guid' | 'number' | 'double' | 'boolean' | 'instant' | 'seconds' | 'json';

export interface ComparedColumn {
  readonly name: string;
  readonly form: Form;
  readonly lake: LakeColumn;
}

/** A cell as text that is equal exactly when the values are equal; null for null. */
export type Cell = string | null;

/** A row's cells in the order of the compared columns. */
export interface CellRow {
  readonly id: string;
  /** Decimal text; null where the row carries none. */
  readonly version: string | null;
  readonly cells: readonly Cell[];
}

/** A row of an answer, parsed without loss: numbers that a double would change are `LosslessNumber`. */
export type JsonRow = Readonly<Record<string, unknown>>;

/** Columns that both the environment and the lake have. */
export function environmentColumns(shape: TableShape): ComparedColumn[] {
  return lakeColumns(shape)
    .filter(column => column.role !== 'sink' && column.source?.removed !== true)
    .map(compared);
}

/** Columns of the published files: all of the lake's. */
export function publishedColumns(shape: TableShape): ComparedColumn[] {
  return lakeColumns(shape).map(compared);
}

/** Columns of an append-only table's published files. A text of JSON stands there as it is stored. */
export function partColumns(shape: TableShape): ComparedColumn[] {
  return appendColumns(shape)
    .map(compared)
    .map(column => (column.form === 'json' ? { ...column, form: 'text' } : column));
}

function compared(lake: LakeColumn): ComparedColumn {
  return { name: lake.name, form: formOf(lake), lake };
}

function formOf(column: LakeColumn): Form {
  if (column.role === 'id') return 'guid';
  if (column.role === 'sink') return 'seconds';
  if (column.role === 'is-delete') return 'boolean';
  if (column.role === 'target-type' || column.source === null) return 'text';
  return formOfKind(column.source.kind);
}

function formOfKind(kind: ColumnKind): Form {
  switch (kind) {
    case 'guid':
    case 'lookup':
    case 'owner':
    case 'customer':
      return 'guid';
    case 'string':
    case 'memo':
    case 'multichoice':
    case 'entityname':
    case 'file':
      return 'text';
    case 'managedproperty':
      return 'json';
    case 'integer':
    case 'bigint':
    case 'choice':
    case 'state':
    case 'status':
    case 'decimal':
    case 'money':
      return 'number';
    case 'double':
      return 'double';
    case 'boolean':
      return 'boolean';
    case 'dateonly':
    case 'timezoneindependent':
    case 'datetime':
      return 'instant';
  }
}

/** The cells of an environment's row, and how many had NUL or broken text, which the lake keeps as U+FFFD. */
export function environmentCells({
  shape,
  columns,
  row,
}: {
  readonly shape: TableShape;
  readonly columns: readonly ComparedColumn[];
  readonly row: JsonRow;
}): CellRow & { readonly repaired: number } {
  let repaired = 0;
  const cells = columns.map(column => {
    const raw = row[propertyOf(column.lake, shape)];
    if (raw === null || raw === undefined) return null;
    if (typeof raw !== 'string') return canonical(column, plainText(raw));
    const text = mendText(raw);
    if (text !== raw) repaired += 1;
    // The environment joins the values of a multi-select choice by commas, the lake by semicolons.
    const inLakeForm = column.lake.source?.kind === 'multichoice' ? text.replaceAll(',', ';') : text;
    return canonical(column, inLakeForm);
  });
  const id = row[shape.primaryId];
  return { id: typeof id === 'string' ? id.toLowerCase() : '', version: versionOf(row), cells, repaired };
}

function propertyOf(column: LakeColumn, shape: TableShape): string {
  if (column.source === null) return shape.primaryId;
  return column.role === 'target-type' ? (column.source.typeProperty ?? '') : column.source.property;
}

/** The version in a row's etag `W/"123"`; else the `versionnumber` property. */
function versionOf(row: JsonRow): string | null {
  const etag = row['@odata.etag'];
  const inEtag = typeof etag === 'string' ? /^W\/"(\d+)"$/.exec(etag)?.[1] : undefined;
  if (inEtag !== undefined) return numberText(inEtag);
  const version = row.versionnumber;
  return version === null || version === undefined ? null : numberText(plainText(version));
}

/** NUL and lone surrogates cannot be kept by CSV and PostgreSQL; the lake has U+FFFD in their place. */
export function mendText(text: string): string {
  // Almost no text has either; looking first is a tenth of the cost.
  if (!text.includes('\u0000') && !/[\uD800-\uDFFF]/.test(text)) return text;
  return text.replaceAll('\u0000', '\uFFFD').replace(/\p{Cs}/gu, '\uFFFD');
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isLosslessNumber(value)) return value.toString();
  if (typeof value === 'object') return stringify(value) ?? '';
  return String(value);
}

/** A value's text as it stood in JSON or CSV, made comparable. What does not fit its form is marked, so it equals nothing. */
export function canonical(column: ComparedColumn, text: string): string {
  switch (column.form) {
    case 'text':
      return text;
    case 'guid':
      return text.toLowerCase();
    case 'number':
      return numberText(text);
    case 'double':
      return doubleText(Number(text));
    case 'boolean':
      return text.toLowerCase();
    case 'instant':
      return instantText(text);
    case 'seconds':
      return secondsText(text);
    case 'json':
      return compactJson(text);
  }
}

function compactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

export function doubleText(value: number): string {
  return Object.is(value, -0) ? '0' : String(value);
}

/** A decimal number without exponent, sign of zero, leading or trailing zeros: equal texts are equal values. */
export function numberText(text: string): string {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim());
  if (parts === null) return `not a number: ${text}`;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  if (digits === '') return `not a number: ${text}`;
  const point = whole.length + Number(exponent);
  const before = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const after = point < 0 ? '0'.repeat(-point) + digits : digits.slice(Math.max(0, point));
  const integer = before.replace(/^0+(?=\d)/, '');
  const decimals = after.replace(/0+$/, '');
  const value = decimals === '' ? integer : `${integer}.${decimals}`;
  return sign === '-' && value !== '0' ? `-${value}` : value;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Microseconds since 1970 as decimal text; finer digits are cut. A text without offset is UTC. */
export function instantText(text: string): string {
  const parts = ISO.exec(text);
  if (parts === null) return `not a date: ${text}`;
  const [, date = '', time = '00:00:00', fraction = '', offset = 'Z'] = parts;
  const seconds = Date.parse(`${date}T${time}${offset}`) / 1000;
  if (!Number.isFinite(seconds)) return `not a date: ${text}`;
  return (BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))).toString();
}

const US = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/;

/** `6/28/2021 4:34:35 PM` as seconds since 1970. */
function secondsText(text: string): string {
  const parts = US.exec(text);
  if (parts === null) return `not a sink date: ${text}`;
  const [, month, day, year, hour, minute, second, half] = parts;
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return String(Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second)) / 1000);
}

/** Stands among column names for the row's version. */
export const VERSION_DIFFERS = '(version)';

/** Names of columns whose cells differ. JSON cells are held against each other by value, whatever the order of keys. */
export function differingColumns(columns: readonly ComparedColumn[], a: CellRow, b: CellRow): string[] {
  const names = columns
    .filter((column, at) => !equalCells(column.form, a.cells[at] ?? null, b.cells[at] ?? null))
    .map(column => column.name);
  return a.version === null || a.version === b.version ? names : [VERSION_DIFFERS, ...names];
}

function equalCells(form: Form, a: Cell, b: Cell): boolean {
  if (a === b) return true;
  if (form !== 'json' || a === null || b === null) return false;
  try {
    return sortedJson(JSON.parse(a)) === sortedJson(JSON.parse(b));
  } catch {
    return false;
  }
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${sortedJson(member)}`).join(',')}}`;
}

/**
 * A digest of all cells but doubles, which are compared as numbers by the engine. Each cell ends in NUL: no cell holds
 * one, so no two different rows spell the same text.
 */
export function digest(columns: readonly ComparedColumn[], cells: readonly Cell[]): string {
  const hash = createHash('md5');
  const parts: string[] = [];
  for (const [at, column] of columns.entries()) {
    if (column.form === 'double') continue;
    const cell = cells[at] ?? null;
    parts.push(cell === null ? 'n' : `t${cell}`);
  }
  return hash.update(`${parts.join('\u0000')}\u0000`).digest('hex');
}

/** The same digest in SQL, over a relation that has the columns by their lake names. */
export function digestSql(columns: readonly ComparedColumn[]): string {
  const cells = columns
    .filter(column => column.form !== 'double')
    .map(column => `coalesce('t' || ${cellSql(column)}, 'n')`);
  return `md5(concat_ws(chr(0), ${cells.join(', ')}) || chr(0))`;
}

/** The cell's text in SQL (`double` stays a number). */
export function cellSql(column: ComparedColumn): string {
  const name = quoteName(column.name);
  switch (column.form) {
    case 'text':
      return `CAST(${name} AS VARCHAR)`;
    case 'guid':
      return `lower(CAST(${name} AS VARCHAR))`;
    case 'number':
      return column.lake.sqlType.startsWith('DECIMAL')
        ? `rtrim(rtrim(CAST(${name} AS VARCHAR), '0'), '.')`
        : `CAST(${name} AS VARCHAR)`;
    case 'double':
      return name;
    case 'boolean':
      return `CAST(${name} AS VARCHAR)`;
    case 'instant':
      return `CAST(epoch_us(${name}) AS VARCHAR)`;
    case 'seconds':
      return `CAST(epoch_us(${name}) // 1000000 AS VARCHAR)`;
    case 'json':
      return `CASE WHEN json_valid(${name}) THEN CAST(json(${name}) AS VARCHAR) ELSE ${name} END`;
  }
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Kinds that a column of this `AttributeTypeName` may have: our own reading of the platform, held against the shape's. */
export const KINDS_OF_TYPE: Readonly<Record<string, readonly Column['kind'][]>> = {
  StringType: ['string'],
  MemoType: ['memo'],
  UniqueidentifierType: ['guid'],
  IntegerType: ['integer'],
  BigIntType: ['bigint'],
  DecimalType: ['decimal'],
  MoneyType: ['money'],
  DoubleType: ['double'],
  BooleanType: ['boolean'],
  PicklistType: ['choice'],
  MultiSelectPicklistType: ['multichoice'],
  StateType: ['state'],
  StatusType: ['status'],
  LookupType: ['lookup'],
  OwnerType: ['owner'],
  CustomerType: ['customer'],
  DateTimeType: ['dateonly', 'timezoneindependent', 'datetime'],
  EntityNameType: ['entityname'],
  FileType: ['file'],
  ManagedPropertyType: ['managedproperty'],
};
