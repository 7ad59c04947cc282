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
  type DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { Fault } from '../../core/fault.ts';
import { TIMESTAMP_INFINITY } from './encode-text.ts';
import { leafType, pgTypeOf } from './pg-types.ts';

/* Values in PostgreSQL's binary form, as its `..._send` functions write them: big-endian, times from 2000-01-01. */

export type ToBytes = (value: DuckDBValue) => Buffer;

export const EPOCH_DAYS = 10_957;
export const EPOCH_MICROS = 946_684_800_000_000n;
const DATE_INFINITY = 2_147_483_647;

const TRUE = Buffer.from([1]);
const FALSE = Buffer.from([0]);

/** The bytes of a value of this type; undefined: it comes as bytes from the engine, as texts do. */
export function bytesOf(type: DuckDBType): ToBytes | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return value => (value === true ? TRUE : FALSE);
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.UTINYINT:
      return value => int16(Number(value));
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.USMALLINT:
      return value => int32(Number(value));
    case DuckDBTypeId.UINTEGER:
      return value => int32(Number(value) | 0);
    case DuckDBTypeId.BIGINT:
      return value => int64(value as bigint);
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.BIGNUM:
      return value => numericBytes({ value: value as bigint, scale: 0 });
    case DuckDBTypeId.DECIMAL:
      return value => numericBytes(value as DuckDBDecimalValue);
    case DuckDBTypeId.FLOAT:
      return value => float32(Number(value));
    case DuckDBTypeId.DOUBLE:
      return value => float64(Number(value));
    case DuckDBTypeId.BLOB:
      return value => bufferOf((value as DuckDBBlobValue).bytes);
    case DuckDBTypeId.BIT:
      return value => bitBytes(value as DuckDBBitValue);
    case DuckDBTypeId.UUID:
      return value => uuidBytes((value as DuckDBUUIDValue).toUint128());
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return listBytes(type);
    default:
      return timeBytesOf(type);
  }
}

function timeBytesOf(type: DuckDBType): ToBytes | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.DATE:
      return value => int32(dateDays((value as DuckDBDateValue).days));
    case DuckDBTypeId.TIME:
      return value => int64((value as DuckDBTimeValue).micros);
    case DuckDBTypeId.TIME_TZ:
      return value => {
        const { micros, offset } = value as DuckDBTimeTZValue;
        return Buffer.concat([int64(micros), int32(-offset)]);
      };
    case DuckDBTypeId.TIMESTAMP:
      return value => int64(momentMicros((value as DuckDBTimestampValue).micros));
    case DuckDBTypeId.TIMESTAMP_TZ:
      return value => int64(momentMicros((value as DuckDBTimestampTZValue).micros));
    case DuckDBTypeId.INTERVAL:
      return value => {
        const { months, days, micros } = value as DuckDBIntervalValue;
        return Buffer.concat([int64(micros), int32(days), int32(months)]);
      };
    default:
      return undefined;
  }
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeFloatBE(value);
  return bytes;
}

function float64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function dateDays(days: number): number {
  if (days === DATE_INFINITY) return days;
  return days === -DATE_INFINITY ? -DATE_INFINITY - 1 : days - EPOCH_DAYS;
}

function momentMicros(micros: bigint): bigint {
  if (micros === TIMESTAMP_INFINITY) return micros;
  return micros === -TIMESTAMP_INFINITY ? -TIMESTAMP_INFINITY - 1n : micros - EPOCH_MICROS;
}

function uuidBytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(value >> 64n, 0);
  bytes.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, 8);
  return bytes;
}

function bitBytes(bits: DuckDBBitValue): Buffer {
  const packed = Buffer.alloc(Math.ceil(bits.length / 8));
  for (let index = 0; index < bits.length; index += 1) {
    if (bits.getBool(index)) packed[index >> 3] = (packed[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  return Buffer.concat([int32(bits.length), packed]);
}

const NUMERIC_BASE = 10_000n;
const DIGITS_PER_GROUP = 4;

/** Groups of four decimal digits around the point, without zero groups at either end. */
export function numericBytes({ value, scale }: { readonly value: bigint; readonly scale: number }): Buffer {
  const fractionGroups = Math.ceil(scale / DIGITS_PER_GROUP);
  let rest = (value < 0n ? -value : value) * 10n ** BigInt(fractionGroups * DIGITS_PER_GROUP - scale);
  const groups: number[] = [];
  for (; rest > 0n; rest /= NUMERIC_BASE) groups.push(Number(rest % NUMERIC_BASE));
  let low = 0;
  while (low < groups.length && groups[low] === 0) low += 1;
  const used = groups.slice(low).reverse();
  const bytes = Buffer.alloc(8 + used.length * 2);
  bytes.writeInt16BE(used.length, 0);
  bytes.writeInt16BE(used.length === 0 ? 0 : groups.length - fractionGroups - 1, 2);
  bytes.writeUInt16BE(value < 0n ? 0x4000 : 0, 4);
  bytes.writeInt16BE(scale, 6);
  for (const [index, group] of used.entries()) bytes.writeInt16BE(group, 8 + index * 2);
  return bytes;
}

function listBytes(type: DuckDBType): ToBytes | undefined {
  const { leaf, depth } = leafType(type);
  const one = bytesOf(leaf) ?? ((value: DuckDBValue) => Buffer.from(String(value)));
  // The catalogue's vectors count from 0, and their elements are int2 and oid: see pg-types.ts.
  const vector = VECTORS.get(leaf.typeId);
  const item = vector === undefined ? one : vector.bytes;
  const head = { oid: vector?.oid ?? pgTypeOf(leaf).typeOid, lowerBound: vector === undefined ? 1 : 0 };
  return value => arrayBytes(value, { depth, item, ...head });
}

const VECTORS: ReadonlyMap<number, { readonly oid: number; readonly bytes: ToBytes }> = new Map([
  [DuckDBTypeId.USMALLINT, { oid: 21, bytes: (value: DuckDBValue) => int16(Number(value)) }],
  [DuckDBTypeId.UHUGEINT, { oid: 26, bytes: (value: DuckDBValue) => int32(Number(value) | 0) }],
]);

interface ArrayForm {
  readonly depth: number;
  readonly item: ToBytes;
  readonly oid: number;
  readonly lowerBound: number;
}

function arrayBytes(value: DuckDBValue, { depth, item, oid, lowerBound }: ArrayForm): Buffer {
  const lengths: number[] = [];
  const leaves: DuckDBValue[] = [];
  gather(value, { depth, level: 0, lengths, leaves });
  const isEmpty = leaves.length === 0;
  const head = [int32(isEmpty ? 0 : depth), int32(leaves.includes(null) ? 1 : 0), int32(oid)];
  if (!isEmpty) for (const length of lengths) head.push(int32(length), int32(lowerBound));
  for (const leaf of leaves) {
    if (leaf === null) head.push(int32(-1));
    else {
      const bytes = item(leaf);
      head.push(int32(bytes.length), bytes);
    }
  }
  return Buffer.concat(head);
}

interface Gathering {
  readonly depth: number;
  readonly level: number;
  readonly lengths: number[];
  readonly leaves: DuckDBValue[];
}

/** Arrays of PostgreSQL are boxes: every list of a level has the same length. */
function gather(value: DuckDBValue, { depth, level, lengths, leaves }: Gathering): void {
  if (level === depth) {
    leaves.push(value);
    return;
  }
  const items = value === null ? null : (value as DuckDBListValue | DuckDBArrayValue).items;
  if (items === null || items.length !== (lengths[level] ?? items.length)) {
    throw new Fault('input/sql', { reason: 'lists in a list differ in length; ask for text', sqlstate: '2202E' });
  }
  lengths[level] = items.length;
  for (const each of items) gather(each, { depth, level: level + 1, lengths, leaves });
}
