import type { ArrayItem } from './array-text.ts';
import { dayText, momentText, offsetText, timeText } from './calendar.ts';
import { EPOCH_DAYS, EPOCH_MICROS } from './encode-binary.ts';
import { intervalText } from './encode-text.ts';
import { elementOid, oids } from './pg-types.ts';

/*
 * PostgreSQL's binary forms (its `..._recv` functions) as the texts that they mean; arrays as their items. Undefined: the
 * bytes are no value of the type. Parameters are few, so that a text between costs nothing that is seen.
 */

const DIMENSIONS_MAX = 6;
const DATE_MAX = 0x7fff_ffff;
const TIME_MAX = 9_223_372_036_854_775_807n;

export function binaryText(bytes: Buffer, oid: number): ArrayItem | undefined {
  const element = oid === oids.int2vector ? oids.int2 : oid === oids.oidvector ? oids.oid : elementOid(oid);
  try {
    return element === undefined ? scalarText(bytes, oid) : arrayOf(bytes, element);
  } catch (failure) {
    // Reading behind the end of the bytes.
    if (failure instanceof RangeError) return undefined;
    throw failure;
  }
}

function scalarText(bytes: Buffer, oid: number): string | undefined {
  switch (oid) {
    case oids.bool:
      return bytes.length === 1 ? (bytes[0] === 0 ? 'f' : 't') : undefined;
    case oids.int2:
      return sized(bytes, 2, () => String(bytes.readInt16BE()));
    case oids.int4:
      return sized(bytes, 4, () => String(bytes.readInt32BE()));
    case oids.oid:
    case oids.regproc:
    case oids.regclass:
    case oids.regtype:
      return sized(bytes, 4, () => String(bytes.readUInt32BE()));
    case oids.int8:
      return sized(bytes, 8, () => String(bytes.readBigInt64BE()));
    case oids.float4:
      return sized(bytes, 4, () => floatText(bytes.readFloatBE()));
    case oids.float8:
      return sized(bytes, 8, () => floatText(bytes.readDoubleBE()));
    case oids.bytea:
      return `\\x${bytes.toString('hex')}`;
    case oids.uuid:
      return sized(bytes, 16, () => bytes.toString('hex'));
    case oids.numeric:
      return numericText(bytes);
    case oids.jsonb:
      return bytes[0] === 1 ? utf8(bytes.subarray(1)) : undefined;
    case oids.varbit:
      return bitText(bytes);
    default:
      return timeValue(bytes, oid) ?? (TIME_TYPES.has(oid) ? undefined : utf8(bytes));
  }
}

const TIME_TYPES: ReadonlySet<number> = new Set<number>([
  oids.date,
  oids.time,
  oids.timetz,
  oids.timestamp,
  oids.timestamptz,
  oids.interval,
]);

function timeValue(bytes: Buffer, oid: number): string | undefined {
  switch (oid) {
    case oids.date:
      return sized(bytes, 4, () => dateText(bytes.readInt32BE()));
    case oids.time:
      return sized(bytes, 8, () => timeText(Number(bytes.readBigInt64BE())));
    case oids.timetz:
      return sized(bytes, 12, () => timeText(Number(bytes.readBigInt64BE())) + offsetText(-bytes.readInt32BE(8)));
    case oids.timestamp:
      return sized(bytes, 8, () => timestampText(bytes.readBigInt64BE(), ''));
    case oids.timestamptz:
      return sized(bytes, 8, () => timestampText(bytes.readBigInt64BE(), '+00'));
    case oids.interval:
      return sized(bytes, 16, () => {
        const [micros, days, months] = [bytes.readBigInt64BE(), bytes.readInt32BE(8), bytes.readInt32BE(12)];
        return intervalText({ micros, days, months }).replaceAll('mon', 'month');
      });
    default:
      return undefined;
  }
}

function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function sized(bytes: Buffer, length: number, read: () => string): string | undefined {
  return bytes.length === length ? read() : undefined;
}

function utf8(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function dateText(days: number): string {
  if (days === DATE_MAX) return 'infinity';
  if (days === -DATE_MAX - 1) return '-infinity';
  const { text, isBeforeChrist } = dayText(days + EPOCH_DAYS);
  return isBeforeChrist ? `${text} BC` : text;
}

function timestampText(micros: bigint, zone: string): string {
  if (micros === TIME_MAX) return 'infinity';
  return micros === -TIME_MAX - 1n ? '-infinity' : momentText(micros + EPOCH_MICROS, zone);
}

const NEGATIVE = 0x4000;
const DIGITS_PER_GROUP = 4;

function numericText(bytes: Buffer): string | undefined {
  const groups = bytes.readInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (bytes.length !== 8 + groups * 2 || (sign !== 0 && sign !== NEGATIVE)) return undefined;
  const group = (index: number) => {
    const value = index >= 0 && index < groups ? bytes.readInt16BE(8 + index * 2) : 0;
    return String(value).padStart(DIGITS_PER_GROUP, '0');
  };
  let whole = '';
  for (let index = 0; index <= weight; index += 1) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index += 1) fraction += group(index);
  const shown = `${whole.replace(/^0+(?=\d)/, '') || '0'}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
  return sign === NEGATIVE ? `-${shown}` : shown;
}

function bitText(bytes: Buffer): string | undefined {
  const length = bytes.readInt32BE(0);
  if (length < 0 || bytes.length !== 4 + Math.ceil(length / 8)) return undefined;
  return [...bytes.subarray(4)]
    .map(byte => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, length);
}

function arrayOf(bytes: Buffer, element: number): ArrayItem | undefined {
  const dimensions = bytes.readInt32BE(0);
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX) return undefined;
  const oid = bytes.readUInt32BE(8);
  const lengths: number[] = [];
  for (let index = 0; index < dimensions; index += 1) lengths.push(bytes.readInt32BE(12 + index * 8));
  if (lengths.some(length => length < 0 || length > bytes.length)) return undefined;
  const reader = { bytes, at: 12 + dimensions * 8, oid: oid === 0 ? element : oid };
  const items = dimensions === 0 ? [] : readLevel(reader, lengths);
  return items !== undefined && reader.at === bytes.length ? items : undefined;
}

interface ArrayReader {
  readonly bytes: Buffer;
  at: number;
  readonly oid: number;
}

function readLevel(reader: ArrayReader, [length = 0, ...inner]: readonly number[]): ArrayItem[] | undefined {
  const items: ArrayItem[] = [];
  for (let index = 0; index < length; index += 1) {
    const item = inner.length > 0 ? readLevel(reader, inner) : readItem(reader);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function readItem(reader: ArrayReader): ArrayItem | undefined {
  const length = reader.bytes.readInt32BE(reader.at);
  reader.at += 4;
  if (length === -1) return null;
  if (length < 0 || reader.at + length > reader.bytes.length) return undefined;
  const item = scalarText(reader.bytes.subarray(reader.at, reader.at + length), reader.oid);
  reader.at += length;
  return item;
}
