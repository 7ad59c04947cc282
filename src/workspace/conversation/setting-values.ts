import { refusal } from './refusal.ts';

/** Reads what a client says a setting is to be; answers it as SHOW does. Throws `input/sql` (22023). */
export type ParseValue = (text: string, setting: string) => string;

/** A beginning of true, false, yes, no; on, off (not `o`); 1, 0 (PostgreSQL documentation, section 20.1.1). Null: none. */
export function booleanOf(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (word === '1' || word === 'on') return true;
  if (word === '0' || word === 'of' || word === 'off') return false;
  if (word !== '' && ('true'.startsWith(word) || 'yes'.startsWith(word))) return true;
  if (word !== '' && ('false'.startsWith(word) || 'no'.startsWith(word))) return false;
  return null;
}

export const boolean: ParseValue = (text, setting) => {
  const value = booleanOf(text);
  if (value === null) {
    throw refusal({ state: '22023', message: `parameter "${setting}" requires a Boolean value` });
  }
  return value ? 'on' : 'off';
};

/** A truth that cannot be otherwise here. */
export function only(value: 'on' | 'off', why: string): ParseValue {
  return (text, setting) => {
    if (boolean(text, setting) === value) return value;
    throw refusal({ state: '0A000', message: `parameter "${setting}" cannot be changed`, detail: why });
  };
}

export function integer(min: number, max: number): ParseValue {
  return (text, setting) => {
    if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw invalid(setting, text);
    return String(inRange({ value: Number(text), min, max, setting }));
  };
}

export const real: ParseValue = (text, setting) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw invalid(setting, text);
  return String(value);
};

export function oneOf(...values: readonly string[]): ParseValue {
  return (text, setting) => {
    const found = values.find(value => value === text.toLowerCase());
    if (found !== undefined) return found;
    throw invalid(setting, text, { hint: `Available values: ${values.join(', ')}.` });
  };
}

/** Any text up to so many bytes. */
export function anyText(bytesMax: number): ParseValue {
  return (text, setting) => {
    if (Buffer.byteLength(text) <= bytesMax) return text;
    throw refusal({
      state: '22023',
      message: `invalid value for parameter "${setting}"`,
      detail: `It is longer than ${bytesMax} bytes.`,
    });
  };
}

/** As PostgreSQL: what is not printable ASCII becomes a question mark, and a name has 63 bytes at most. */
export const applicationName: ParseValue = text => text.replace(/[^\x20-\x7e]/gu, '?').slice(0, 63);

/** UTF-8 only; SQL_ASCII asks for bytes as they are, which is the same. */
export const encoding: ParseValue = (text, setting) => {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (plain === 'utf8' || plain === 'unicode') return 'UTF8';
  if (plain === 'sqlascii') return 'SQL_ASCII';
  throw invalid(setting, text, { detail: 'Lakelink sends UTF8 only.' });
};

const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]*)\s*$/;
const DURATION_MAX_MS = 2_147_483_647;

/** Milliseconds, or a number with a unit; shown in the largest unit that is exact. */
export const duration: ParseValue = (text, setting) => {
  const [, number, unit] = DURATION.exec(text) ?? [];
  if (number === undefined) throw invalid(setting, text);
  const factor = unit === '' || unit === undefined ? 1 : UNITS_MS[unit];
  if (factor === undefined) {
    throw invalid(setting, text, {
      hint: 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".',
    });
  }
  const value = Math.round(Number(number) * factor);
  return durationText(inRange({ value, min: 0, max: DURATION_MAX_MS, setting, unit: ' ms' }));
};

function durationText(ms: number): string {
  if (ms === 0) return '0';
  for (const unit of ['d', 'h', 'min', 's']) {
    const size = UNITS_MS[unit] ?? 1;
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** Milliseconds of a value as `duration` answers it. */
export function durationMs(shown: string): number {
  const [, number = '0', unit = 'ms'] = DURATION.exec(shown) ?? [];
  return Number(number) * (UNITS_MS[unit] ?? 1);
}

const ORDERS: Readonly<Record<string, string>> = {
  mdy: 'MDY',
  us: 'MDY',
  noneuro: 'MDY',
  noneuropean: 'MDY',
  dmy: 'DMY',
  euro: 'DMY',
  european: 'DMY',
  ymd: 'YMD',
};

/** `ISO` with an order of day, month and year; the order matters only to input in other styles. */
export const dateStyle: ParseValue = (text, setting) => {
  let order = 'MDY';
  for (const word of text.split(',').map(part => part.trim())) {
    const known = ORDERS[word.toLowerCase()];
    if (known !== undefined) order = known;
    else if (/^(german|sql|postgres.*)$/i.test(word)) {
      throw invalid(setting, text, { detail: 'Lakelink writes dates in ISO style only.' });
    } else if (!/^(iso|default)$/i.test(word)) {
      throw invalid(setting, text, { detail: `Unrecognized key word: "${word.slice(0, 64)}".` });
    }
  }
  return `ISO, ${order}`;
};

const SCHEMAS = new Set(['dbo', 'public', 'lakelink', 'pg_catalog', 'information_schema', 'pg_temp', '$user', '']);

/** Names in quotes where they need them, as `settings.ts` joins them. Only schemas that a lake database has. */
export const searchPath: ParseValue = (text, setting) => {
  for (const name of schemasOf(text)) {
    if (!SCHEMAS.has(name)) {
      throw invalid(setting, text, { detail: `schema "${name.slice(0, 64)}" does not exist` });
    }
  }
  return text;
};

/** The schemas of a search path as they are called. */
export function schemasOf(path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"|([^",\s]+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '').toLowerCase() : quoted.replaceAll('""', '"'),
  );
}

/** LCID of the language of texts; empty: the first that a choice has. */
export const language: ParseValue = (text, setting) => {
  if (text.trim() === '') return '';
  return integer(1, 65_535)(text, setting);
};

export function invalid(setting: string, text: string, more: { detail?: string; hint?: string } = {}) {
  return refusal({
    state: '22023',
    message: `invalid value for parameter "${setting}": "${text.slice(0, 200)}"`,
    ...more,
  });
}

function inRange(number: { value: number; min: number; max: number; setting: string; unit?: string }): number {
  const { value, min, max, setting, unit = '' } = number;
  if (value >= min && value <= max) return value;
  throw refusal({
    state: '22023',
    message: `${value}${unit} is outside the valid range for parameter "${setting}" (${min} .. ${max})`,
  });
}
