import { edmType } from './csdl.ts';
import type { Cell } from './database.ts';
import type { ColumnDefinition } from './definition.ts';
import { compareExact, type ExactNumber, exactNumber, exactText } from './exact-number.ts';

/** A cell in a form that can be compared: numbers exact (doubles as they are), dates as milliseconds, text as it is. */
export type Value = string | number | boolean | ExactNumber;

/** Which comparison a value of a type takes part in. */
export type ValueKind = 'text' | 'guid' | 'exact' | 'double' | 'boolean' | 'moment' | 'other';

const kinds: Readonly<Record<string, ValueKind>> = {
  'Edm.String': 'text',
  'Edm.Guid': 'guid',
  'Edm.Int32': 'exact',
  'Edm.Int64': 'exact',
  'Edm.Decimal': 'exact',
  'Edm.Double': 'double',
  'Edm.Boolean': 'boolean',
  'Edm.Date': 'moment',
  'Edm.DateTimeOffset': 'moment',
};

/** Rows are in the order of English words, as the environment's base language is English. */
const collator = new Intl.Collator('en', { sensitivity: 'accent' });

export function kindOf(type: string): ValueKind {
  return kinds[type] ?? 'other';
}

/** How a column's cells are read; null for an empty one. Dates have the whole seconds that the wire shows. */
export function valueReader(column: ColumnDefinition): (cell: Cell) => Value | null {
  switch (kindOf(edmType(column))) {
    case 'text':
      return cell => (cell === null ? null : Array.isArray(cell) ? cell.join(',') : String(cell));
    case 'guid':
      return cell => {
        const id = cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : cell;
        return typeof id === 'string' ? id.toLowerCase() : null;
      };
    case 'exact':
      return cell => (typeof cell === 'string' || typeof cell === 'number' ? exactNumber(cell) : null);
    case 'double':
      return cell => (cell === null ? null : Number(cell));
    case 'boolean':
      return cell => (cell === null ? null : cell === true || cell === 1);
    case 'moment':
      return cell => (typeof cell === 'string' ? momentOf(cell.slice(0, 19)) : null);
    case 'other':
      return () => null;
  }
}

/** Milliseconds of a date or a date and time, zone or none (then UTC); null when it is neither. */
export function momentOf(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d))?(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return null;
  const [, day = '', time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}:${seconds}${zone}`);
  return Number.isNaN(ms) ? null : ms + (fraction === '' ? 0 : Number(fraction) * 1_000);
}

/** Compares two values of one kind; text without regard to case, as every filter on text does. */
export function compareValues(kind: ValueKind, left: Value, right: Value): number {
  switch (kind) {
    case 'text':
      return compareText(String(left), String(right));
    case 'exact':
      return compareExact(left as ExactNumber, right as ExactNumber);
    case 'double':
    case 'moment':
      return Number(left) - Number(right);
    case 'boolean':
      return Number(left) - Number(right);
    case 'guid':
    case 'other':
      return left === right ? 0 : String(left) < String(right) ? -1 : 1;
  }
}

/** Equal means the same letters; the collator alone would also take invisible characters for nothing. */
function compareText(left: string, right: string): number {
  const [first, second] = [folded(left), folded(right)];
  if (first === second) return 0;
  return collator.compare(first, second) || (first < second ? -1 : 1);
}

export function folded(text: string): string {
  return text.toLowerCase();
}

export function toDouble(value: Value): number {
  return Number(typeof value === 'object' ? exactText(value, 0) : value);
}

/** Several choices are the same in whatever order they are written. */
export function choicesText(text: string): string {
  const values = text.split(',').map(one => Number(one.trim()));
  return values.some(Number.isNaN) ? text : [...new Set(values)].sort((a, b) => a - b).join(',');
}
