import { plainDecimal } from './exact-decimal.ts';

/** An exact decimal number: `digits` divided by ten to the power of `scale`. */
export interface ExactNumber {
  readonly digits: bigint;
  readonly scale: number;
}

export const zero: ExactNumber = { digits: 0n, scale: 0 };

/** Reads what a cell or a literal holds, also with an exponent; null when it is no number. */
export function exactNumber(value: string | number): ExactNumber | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { digits: BigInt(value), scale: 0 };
  const plain = plainDecimal(String(value));
  if (plain === null) return null;
  const point = plain.indexOf('.');
  if (point < 0) return { digits: BigInt(plain), scale: 0 };
  return { digits: BigInt(plain.replace('.', '')), scale: plain.length - point - 1 };
}

export function compareExact(left: ExactNumber, right: ExactNumber): number {
  const scale = Math.max(left.scale, right.scale);
  const difference = scaled(left, scale) - scaled(right, scale);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

export function sumExact(left: ExactNumber, right: ExactNumber): ExactNumber {
  const scale = Math.max(left.scale, right.scale);
  return { digits: scaled(left, scale) + scaled(right, scale), scale };
}

/** Divides and cuts towards zero at so many digits after the point. */
export function quotient(value: ExactNumber, divisor: bigint, scale: number): ExactNumber {
  const wide = Math.max(scale, value.scale);
  const digits = scaled(value, wide) / divisor;
  return { digits: digits / 10n ** BigInt(wide - scale), scale };
}

/** Plain decimal text with at least so many digits after the point. */
export function exactText(value: ExactNumber, scaleMin: number): string {
  const scale = Math.max(value.scale, scaleMin);
  const digits = scaled(value, scale);
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const sign = digits < 0n ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

function scaled({ digits, scale }: ExactNumber, wanted: number): bigint {
  return wanted === scale ? digits : digits * 10n ** BigInt(wanted - scale);
}
