/*
 * PostgreSQL's binary forms as a client reads and writes them, from its documentation and the `*send` functions it names:
 * written apart from the server's own code. Times count microseconds, days count days, from 2000-01-01.
 */

const EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;

type Reader = (bytes: Buffer) => string;

/** Text that says the same as a value's bytes, by object id of its type. */
const readers: Readonly<Record<number, Reader>> = {
  16: bytes => (bytes.readInt8() === 1 ? 't' : 'f'),
  17: bytes => `\\x${bytes.toString('hex')}`,
  20: bytes => String(bytes.readBigInt64BE()),
  21: bytes => String(bytes.readInt16BE()),
  23: bytes => String(bytes.readInt32BE()),
  25: bytes => bytes.toString('utf8'),
  26: bytes => String(bytes.readUInt32BE()),
  114: bytes => bytes.toString('utf8'),
  700: bytes => String(Math.fround(bytes.readFloatBE())),
  701: bytes => String(bytes.readDoubleBE()),
  1043: bytes => bytes.toString('utf8'),
  1082: bytes => new Date(EPOCH_MS + bytes.readInt32BE() * DAY_MS).toISOString().slice(0, 10),
  1083: bytes => clockText(bytes.readBigInt64BE()),
  1114: bytes => momentText(bytes.readBigInt64BE()),
  1184: bytes => `${momentText(bytes.readBigInt64BE())}+00`,
  1700: numericText,
  2950: bytes => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
};

export function readBinary(typeOid: number, bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  const read = readers[typeOid];
  if (read === undefined) throw new Error(`no reader of binary values of type ${typeOid}`);
  return read(bytes);
}

/** Elements of a binary array of one dimension; null is NULL. */
export function readBinaryArray(bytes: Buffer | null): (string | null)[] {
  if (bytes === null || bytes.readInt32BE(0) === 0) return [];
  const elementOid = bytes.readInt32BE(8);
  const count = bytes.readInt32BE(12);
  const elements: (string | null)[] = [];
  let at = 20;
  for (let each = 0; each < count; each += 1) {
    const size = bytes.readInt32BE(at);
    at += 4;
    elements.push(size < 0 ? null : readBinary(elementOid, bytes.subarray(at, at + size)));
    at += Math.max(size, 0);
  }
  return elements;
}

export const binary = {
  int2: (value: number) => sized(2, bytes => bytes.writeInt16BE(value)),
  int4: (value: number) => sized(4, bytes => bytes.writeInt32BE(value)),
  int8: (value: bigint) => sized(8, bytes => bytes.writeBigInt64BE(value)),
  float4: (value: number) => sized(4, bytes => bytes.writeFloatBE(value)),
  float8: (value: number) => sized(8, bytes => bytes.writeDoubleBE(value)),
  bool: (value: boolean) => sized(1, bytes => bytes.writeInt8(value ? 1 : 0)),
  text: (value: string) => Buffer.from(value),
  uuid: (value: string) => Buffer.from(value.replaceAll('-', ''), 'hex'),
  date: (day: string) => sized(4, bytes => bytes.writeInt32BE((Date.parse(`${day}T00:00:00Z`) - EPOCH_MS) / DAY_MS)),
  /** Of an ISO time: `timestamp` where it is without a zone, else `timestamptz`. */
  moment: (iso: string) => sized(8, bytes => bytes.writeBigInt64BE(BigInt(Date.parse(iso) - EPOCH_MS) * 1_000n)),
  numeric: numericBytes,
} as const;

function sized(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

function momentText(micros: bigint): string {
  const seconds = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const rest = micros - seconds * 1_000_000n;
  const iso = new Date(EPOCH_MS + Number(seconds) * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${iso}${fraction(rest)}`;
}

function clockText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  return `${new Date(seconds * 1_000).toISOString().slice(11, 19)}${fraction(micros % 1_000_000n)}`;
}

function fraction(micros: bigint): string {
  return micros === 0n ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** Digits of four decimals each; `weight` says how many stand before the point. */
function numericText(bytes: Buffer): string {
  const [count, weight, sign, scale] = [0, 2, 4, 6].map(at => bytes.readInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  if ((sign & 0xffff) === 0xc000) return 'NaN';
  let value = 0n;
  for (let digit = 0; digit < count; digit += 1) value = value * 10_000n + BigInt(bytes.readInt16BE(8 + 2 * digit));
  // Value times 10^scale as a whole number.
  const power = 4 * (weight - count + 1) + scale;
  const whole = power >= 0 ? value * 10n ** BigInt(power) : value / 10n ** BigInt(-power);
  const text = String(whole).padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${sign === 0x4000 ? '-' : ''}${text.slice(0, point)}${scale === 0 ? '' : `.${text.slice(point)}`}`;
}

function numericBytes(text: string): Buffer {
  const [, minus = '', whole = '', decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  const right = decimals.padEnd(Math.ceil(decimals.length / 4) * 4, '0');
  const digits = `${left}${right}`.match(/\d{4}/g)?.map(Number) ?? [];
  const head = Buffer.alloc(8);
  for (const [at, value] of [digits.length, left.length / 4 - 1, minus === '' ? 0 : 0x4000, decimals.length].entries())
    head.writeInt16BE(value, 2 * at);
  return Buffer.concat([head, ...digits.map(binary.int2)]);
}
