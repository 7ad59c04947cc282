import {
  blobValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  decimalValue,
  listValue,
  uuidValue,
} from '@duckdb/node-api';
import type { ParameterValue } from '../sql-session.ts';
import { type ArrayItem, arrayItems } from './array-text.ts';
import { binaryText } from './decode-binary.ts';
import { elementType, pgTypeName } from './pg-types.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import { engineTimeText } from './time-text.ts';

/** Asks the engine for a value of a type that a text means; null where it means none. */
export type CastText = (text: string, engineType: string) => Promise<DuckDBValue>;

export interface ParameterTarget {
  /** What the client was told or said that it sends. */
  readonly oid: number;
  /** What the engine takes. */
  readonly type: DuckDBType;
  /** From 1. */
  readonly number: number;
}

/** A client's value as the engine takes it; `22P02` and `22P03` (in `input/sql`) where it is none of its type. */
export async function decodeParameter(
  { bytes, format }: ParameterValue,
  target: ParameterTarget,
  castText: CastText,
): Promise<DuckDBValue> {
  if (bytes === null) return null;
  const item = format === 'binary' ? binaryItem(bytes, target) : utf8(bytes, target);
  return convert(item, { target, castText });
}

interface Conversion {
  readonly target: ParameterTarget;
  readonly castText: CastText;
}

async function convert(item: ArrayItem, conversion: Conversion): Promise<DuckDBValue> {
  const { target } = conversion;
  if (item === null) return null;
  const elements = elementType(target.type);
  if (elements === null) {
    if (typeof item !== 'string') throw badText(target);
    return scalar(item, conversion);
  }
  const items = typeof item === 'string' ? arrayItems(item) : item;
  if (items === null) throw badText(target);
  const element = { ...target, type: elements };
  const values: DuckDBValue[] = [];
  for (const each of items) values.push(await convert(each, { ...conversion, target: element }));
  return listValue(values);
}

async function scalar(text: string, { target, castText }: Conversion): Promise<DuckDBValue> {
  const { type } = target;
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.ENUM:
      return text;
    case DuckDBTypeId.BOOLEAN:
      return truth(text, target);
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UINTEGER:
      return Number(whole(text, target));
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return whole(text, target);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return float(text, target);
    case DuckDBTypeId.DECIMAL:
      return decimal(text, target);
    case DuckDBTypeId.UUID:
      return uuid(text, target);
    case DuckDBTypeId.BLOB:
      return blobValue(byteaBytes(text, target));
    default:
      return engineValue(text, { target, castText });
  }
}

/** Dates, times and intervals are read by the engine; it writes the era otherwise. */
async function engineValue(text: string, { target, castText }: Conversion): Promise<DuckDBValue> {
  const value = await castText(engineTimeText(text, target.type.typeId === DuckDBTypeId.INTERVAL), String(target.type));
  if (value === null) {
    throw queryFault('22007', `parameter $${target.number} is no ${pgTypeName(target.oid) ?? 'value of its type'}`);
  }
  return value;
}

const RANGES: ReadonlyMap<number, readonly [bigint, bigint]> = new Map<number, readonly [bigint, bigint]>([
  [DuckDBTypeId.TINYINT, [-128n, 127n]],
  [DuckDBTypeId.UTINYINT, [0n, 255n]],
  [DuckDBTypeId.SMALLINT, [-32_768n, 32_767n]],
  [DuckDBTypeId.USMALLINT, [0n, 65_535n]],
  [DuckDBTypeId.INTEGER, [-(2n ** 31n), 2n ** 31n - 1n]],
  [DuckDBTypeId.UINTEGER, [0n, 2n ** 32n - 1n]],
  [DuckDBTypeId.BIGINT, [-(2n ** 63n), 2n ** 63n - 1n]],
  [DuckDBTypeId.UBIGINT, [0n, 2n ** 64n - 1n]],
  [DuckDBTypeId.HUGEINT, [-(2n ** 127n), 2n ** 127n - 1n]],
  [DuckDBTypeId.UHUGEINT, [0n, 2n ** 128n - 1n]],
]);
/** More digits than any of these types holds. */
const DIGITS_MAX = 100;

function whole(text: string, target: ParameterTarget): bigint {
  const trimmed = text.trim();
  if (!/^[-+]?\d+$/.test(trimmed)) throw badText(target);
  const [low = 0n, high = 0n] = RANGES.get(target.type.typeId) ?? [];
  const value = trimmed.length > DIGITS_MAX ? high + 1n : BigInt(trimmed.replace(/^\+/, ''));
  if (value < low || value > high) throw outOfRange(target);
  return value;
}

function float(text: string, target: ParameterTarget): number {
  const trimmed = text.trim();
  if (/^[-+]?inf(inity)?$/i.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(trimmed)) return Number.NaN;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) throw badText(target);
  const value = Number(trimmed);
  const isSingle = target.type.typeId === DuckDBTypeId.FLOAT;
  if (!Number.isFinite(isSingle ? Math.fround(value) : value)) throw outOfRange(target);
  return value;
}

const DECIMAL_DIGITS = 38;

/** With the digits it has, not rounded to those of a column that it is compared with. */
function decimal(text: string, target: ParameterTarget): DuckDBValue {
  const match = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d{1,4}))?$/i.exec(text.trim());
  const [, sign = '', whole_ = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || (whole_ === '' && fraction === '')) throw badText(target);
  const shift = Number(exponent);
  const scale = Math.max(0, fraction.length - shift);
  const digits = `${whole_}${fraction}${'0'.repeat(Math.max(0, shift - fraction.length))}`;
  const kept = digits.replace(/^0+/, '');
  if (kept.length > DECIMAL_DIGITS || scale > DECIMAL_DIGITS) throw outOfRange(target);
  return decimalValue(BigInt(`${sign === '-' ? '-' : ''}${digits}`), DECIMAL_DIGITS, scale);
}

const TRUTHS: readonly (readonly [word: string, shortest: number, value: boolean])[] = [
  ['true', 1, true],
  ['yes', 1, true],
  ['on', 2, true],
  ['1', 1, true],
  ['false', 1, false],
  ['no', 1, false],
  ['off', 2, false],
  ['0', 1, false],
];

function truth(text: string, target: ParameterTarget): boolean {
  const word = text.trim().toLowerCase();
  const found = TRUTHS.find(([whole_, shortest]) => word.length >= shortest && whole_.startsWith(word));
  if (found === undefined) throw badText(target);
  return found[2];
}

function uuid(text: string, target: ParameterTarget): DuckDBValue {
  const hex = text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw badText(target);
  return uuidValue(BigInt(`0x${hex}`));
}

function byteaBytes(text: string, target: ParameterTarget): Uint8Array {
  if (text.startsWith('\\x')) {
    const hex = text.slice(2).replace(/\s/g, '');
    if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) throw badText(target);
    return Buffer.from(hex, 'hex');
  }
  if (/\\(?!\\|[0-3][0-7]{2})/.test(text.replaceAll('\\\\', ''))) throw badText(target);
  const parts = text.split(/(\\\\|\\[0-3][0-7]{2})/);
  return Buffer.concat(
    parts.map(part => {
      if (part === '\\\\') return Buffer.from('\\');
      return /^\\\d{3}$/.test(part) ? Buffer.from([Number.parseInt(part.slice(1), 8)]) : Buffer.from(part);
    }),
  );
}

function utf8(bytes: Uint8Array, target: ParameterTarget): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw queryFault('22021', `parameter $${target.number} is not UTF-8`);
}

function binaryItem(bytes: Uint8Array, target: ParameterTarget): ArrayItem {
  const item = binaryText(Buffer.from(bytes), target.oid);
  if (item === undefined) {
    throw queryFault(sqlStates.badBinary, `parameter $${target.number} is not in the binary form of its type`);
  }
  return item;
}

function badText({ number, oid }: ParameterTarget) {
  return queryFault(sqlStates.badText, `parameter $${number} is no ${pgTypeName(oid) ?? 'value of its type'}`);
}

function outOfRange({ number, oid }: ParameterTarget) {
  return queryFault(sqlStates.numberRange, `parameter $${number} is out of range for ${pgTypeName(oid) ?? 'its type'}`);
}
