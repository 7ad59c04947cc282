import type { ManifestEntity } from './manifest.ts';

export type Attribute = ManifestEntity['attributes'][number];

/** Columns whose dates have a form of their own. */
export const SINK_CREATED = 'SinkCreatedOn';
export const SINK_MODIFIED = 'SinkModifiedOn';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INTEGER = /^-?\d{1,19}$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const DOUBLE = /^-?\d+(\.\d+)?(E[+-]?\d+)?$/i;
const US_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?(Z|\+00:00)?$/;
const [INT64_MIN, INT64_MAX] = [-(2n ** 63n), 2n ** 63n - 1n];

/** What is wrong with a cell that is not null, as a value of its attribute's type; null when nothing. Never names the value. */
export function cellProblem({ name, dataType }: Attribute, text: string): string | null {
  if (name === SINK_CREATED || name === SINK_MODIFIED) {
    return sinkMs(text) === null ? 'is not a date like 6/28/2021 4:34:35 PM' : null;
  }
  switch (dataType) {
    case 'guid':
      return GUID.test(text) ? null : 'is not a guid';
    case 'int64':
      return isInt64(text) ? null : 'is not an int64';
    case 'decimal':
      return DECIMAL.test(text) ? null : 'is not a plain decimal';
    case 'double':
      return DOUBLE.test(text) ? null : 'is not a number';
    case 'boolean':
      return /^(True|False)$/i.test(text) ? null : 'is not True or False';
    case 'dateTime':
    case 'dateTimeOffset':
      return isIsoDate(text) ? null : 'is not a date and time';
    default:
      return null;
  }
}

function isInt64(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  if (text.length < 19) return true;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** The time of a text such as `6/28/2021 4:34:35 PM`, milliseconds since 1970 UTC; null when it is none. */
export function sinkMs(text: string): number | null {
  const match = US_DATE.exec(text);
  if (match === null) return null;
  const [month = '', day = '', year = '', hour = '', minute = '', second = ''] = match.slice(1);
  // `M`, `d` and `h` carry no leading zero, and there is no hour 0 on a clock of twelve.
  if ([month, day, hour].some(part => part.startsWith('0')) || Number(hour) > 12) return null;
  const hours = (Number(hour) % 12) + (match[7] === 'PM' ? 12 : 0);
  return instantMs([year, month, day, hours, minute, second].map(Number));
}

/** Whether a text is `yyyy-MM-ddTHH:mm:ss` with up to seven decimals and `Z`, `+00:00` or nothing, and a real date. */
export function isIsoDate(text: string): boolean {
  const match = ISO_DATE.exec(text);
  return match !== null && instantMs(match.slice(1, 7).map(Number)) !== null;
}

function instantMs(parts: readonly number[]): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (hour > 23 || minute > 59 || second > 59 || year < 1) return null;
  // Date.UTC takes years below 100 for those of the 20th century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}
