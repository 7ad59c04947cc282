import { badQuery, WireError } from './errors.ts';
import { pageRowsMax } from './page-read.ts';
import type { QueryOptions } from './query-options.ts';

/** `$top`, or null when it was not given. @throws WireError 400 for what is no number of rows that a page can have */
export function topOf({ values }: QueryOptions): number | null {
  const top = values.get('$top');
  if (top === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(top)) throw badQuery(`Invalid value '${top}' for $top query option found.`);
  if (Number(top) > pageRowsMax) {
    const message = `The value of $top is above ${pageRowsMax}.`;
    throw new WireError({ status: 400, code: '0x8004e024', message });
  }
  return Number(top);
}
