import {
  type DuckDBArrayValue,
  type DuckDBBitValue,
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBTimestampTZValue,
  type DuckDBTimestampValue,
  type DuckDBTimeTZValue,
  type DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { dayText, fractionText, momentText, type OffsetAt, offsetText, timeText } from './calendar.ts';
import { elementType } from './pg-types.ts';

/* Values as PostgreSQL 15 prints them (its `..._out` functions), with DateStyle ISO and IntervalStyle postgres. */

export interface TextStyle {
  readonly offsetAt: OffsetAt;
  /** At most 0: so many digits less than 15; above: as few as tell the number from all others. */
  readonly extraFloatDigits: number;
  readonly isByteaEscaped: boolean;
}

export type ToText = (value: DuckDBValue) => string;

const DATE_INFINITY = 2_147_483_647;
export const TIMESTAMP_INFINITY = 9_223_372_036_854_775_807n;

/** How a value of this type is printed. A type that is printed as JSON, or a text, comes as text from the engine. */
export function textOf(type: DuckDBType, style: TextStyle): ToText {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return value => (value === true ? 't' : 'f');
    case DuckDBTypeId.FLOAT:
      return value => floatText(Number(value), { digits: 6, isSingle: true, extra: style.extraFloatDigits });
    case DuckDBTypeId.DOUBLE:
      return value => floatText(Number(value), { digits: 15, isSingle: false, extra: style.extraFloatDigits });
    case DuckDBTypeId.DECIMAL:
      return value => decimalText(value as DuckDBDecimalValue);
    case DuckDBTypeId.DATE:
      return value => dateText((value as DuckDBDateValue).days);
    case DuckDBTypeId.TIME:
      return value => timeText(Number((value as DuckDBTimeValue).micros));
    case DuckDBTypeId.TIME_TZ:
      return value => {
        const { micros, offset } = value as DuckDBTimeTZValue;
        return timeText(Number(micros)) + offsetText(offset);
      };
    case DuckDBTypeId.TIMESTAMP:
      return value => timestampText((value as DuckDBTimestampValue).micros);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return value => timestamptzText((value as DuckDBTimestampTZValue).micros, style.offsetAt);
    case DuckDBTypeId.INTERVAL:
      return value => intervalText(value as DuckDBIntervalValue);
    case DuckDBTypeId.BLOB:
      return value => byteaText((value as DuckDBBlobValue).bytes, style.isByteaEscaped);
    case DuckDBTypeId.BIT:
      return value => bitText(value as DuckDBBitValue);
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return listText(type, style);
    default:
      return String;
  }
}

function listText(type: DuckDBType, style: TextStyle): ToText {
  const element = elementType(type);
  if (element === null) return String;
  const itemsOf = (value: DuckDBValue) => (value as DuckDBListValue | DuckDBArrayValue).items;
  // int2vector and oidvector of the catalogue: see pg-types.ts.
  if (element.typeId === DuckDBTypeId.USMALLINT || element.typeId === DuckDBTypeId.UHUGEINT) {
    return value => itemsOf(value).join(' ');
  }
  const isNested = element.typeId === DuckDBTypeId.LIST || element.typeId === DuckDBTypeId.ARRAY;
  const one = textOf(element, style);
  const item = (value: DuckDBValue) => (value === null ? 'NULL' : isNested ? one(value) : quoted(one(value)));
  return value => `{${itemsOf(value).map(item).join(',')}}`;
}

/** An element as it stands in an array's text. */
function quoted(text: string): string {
  const isPlain = text !== '' && !/[\s"\\{},]/.test(text) && !/^null$/i.test(text);
  return isPlain ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function decimalText({ value, scale }: { readonly value: bigint; readonly scale: number }): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function dateText(days: number): string {
  if (Math.abs(days) === DATE_INFINITY) return days > 0 ? 'infinity' : '-infinity';
  const { text, isBeforeChrist } = dayText(days);
  return isBeforeChrist ? `${text} BC` : text;
}

function timestampText(micros: bigint): string {
  if (micros === TIMESTAMP_INFINITY) return 'infinity';
  if (micros === -TIMESTAMP_INFINITY) return '-infinity';
  return momentText(micros, '');
}

function timestamptzText(micros: bigint, offsetAt: OffsetAt): string {
  if (micros === TIMESTAMP_INFINITY) return 'infinity';
  if (micros === -TIMESTAMP_INFINITY) return '-infinity';
  const offset = offsetAt(micros);
  return momentText(micros + BigInt(offset) * 1_000_000n, offsetText(offset));
}

function byteaText(bytes: Uint8Array, isEscaped: boolean): string {
  if (!isEscaped) return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x5c) text += '\\\\';
    else text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

function bitText(bits: DuckDBBitValue): string {
  return bits.toBits().join('');
}

const MONTHS_PER_YEAR = 12;
const MICROS_PER_HOUR = 3_600_000_000;
const MICROS_PER_MINUTE = 60_000_000;

/** `1 year 2 mons -3 days +04:05:06.7`. */
export function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  let text = '';
  let isBehindNegative = false;
  const add = (value: number, unit: string) => {
    if (value === 0) return;
    text += `${text === '' ? '' : ' '}${isBehindNegative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`;
    isBehindNegative = value < 0;
  };
  add(Math.trunc(months / MONTHS_PER_YEAR), 'year');
  add(months % MONTHS_PER_YEAR, 'mon');
  add(days, 'day');
  if (micros !== 0n || text === '') {
    const sign = micros < 0n ? '-' : isBehindNegative ? '+' : '';
    text += `${text === '' ? '' : ' '}${sign}${spanText(micros < 0n ? -micros : micros)}`;
  }
  return text;
}

/** Hours may be more than 24. */
function spanText(micros: bigint): string {
  const hours = micros / BigInt(MICROS_PER_HOUR);
  const rest = Number(micros % BigInt(MICROS_PER_HOUR));
  const seconds = rest % MICROS_PER_MINUTE;
  const two = (value: number | bigint) => String(value).padStart(2, '0');
  return `${two(hours)}:${two(Math.floor(rest / MICROS_PER_MINUTE))}:${two(Math.floor(seconds / 1e6))}${fractionText(seconds % 1e6)}`;
}

interface FloatStyle {
  /** Decimal digits that every number of the type keeps. */
  readonly digits: number;
  readonly isSingle: boolean;
  readonly extra: number;
}

/** As few digits as needed, `1e+20` from so many digits on; source: PostgreSQL's ryu output, `%g` where digits are asked for. */
function floatText(value: number, { digits, isSingle, extra }: FloatStyle): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  // Within these JavaScript prints doubles as PostgreSQL does, and much faster than we.
  if (!isSingle && extra > 0 && size >= 1e-4 && size < 1e15) return String(value);
  const kept = Math.max(1, digits + extra);
  const [mantissa = '', exponentText = '0'] = (
    extra <= 0 ? value.toExponential(kept - 1) : isSingle ? shortestSingle(value) : value.toExponential()
  ).split('e');
  const exponent = Number(exponentText);
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent < -4 || exponent >= (extra <= 0 ? kept : digits)) {
    return `${trimmed}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return plain(trimmed, exponent);
}

function shortestSingle(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = value.toExponential(digits - 1);
    if (Math.fround(Number(text)) === value) return shorter(text, value);
  }
  return value.toExponential(8);
}

function shorter(text: string, value: number): string {
  let best = text;
  for (let digits = 5; digits > 0; digits -= 1) {
    const next = value.toExponential(digits - 1);
    if (Math.fround(Number(next)) !== value) break;
    best = next;
  }
  return best;
}

function plain(mantissa: string, exponent: number): string {
  const isNegative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '');
  const point = exponent + 1;
  const text =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : digits.length <= point
        ? digits.padEnd(point, '0')
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return isNegative ? `-${text}` : text;
}
