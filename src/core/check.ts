/** Checks of values read from outside. A check passes or throws `NotValid`; the parser that runs it does the one cast. */
export type Check = (value: unknown, at: string) => void;

/** Why a value is not what it should be, and where in it. */
export class NotValid extends Error {
  constructor(at: string, expected: string) {
    super(`${at === '' ? 'the value' : at} is not ${expected}`);
    this.name = 'NotValid';
  }
}

export const text: Check = (value, at) => {
  if (typeof value !== 'string') throw new NotValid(at, 'a text');
};

export const flag: Check = (value, at) => {
  if (typeof value !== 'boolean') throw new NotValid(at, 'true or false');
};

/** A number from 0 that JavaScript holds exactly. */
export const count: Check = (value, at) => {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new NotValid(at, 'a count');
};

export const integer: Check = (value, at) => {
  if (!Number.isSafeInteger(value)) throw new NotValid(at, 'an integer');
};

/** A text of the given form. */
export function matching(form: RegExp, expected: string): Check {
  return (value, at) => {
    if (typeof value !== 'string' || !form.test(value)) throw new NotValid(at, expected);
  };
}

/** A decimal text of an int64 that is not negative. */
export const decimalText: Check = matching(/^(0|[1-9][0-9]{0,18})$/, 'a decimal number');

/** A time as `Date.prototype.toISOString` writes it. */
export const isoTime: Check = (value, at) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) {
    throw new NotValid(at, 'a time');
  }
  if (Number.isNaN(Date.parse(value))) throw new NotValid(at, 'a time');
};

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, at) => {
    if (!allowed.some(item => item === value)) throw new NotValid(at, `one of ${allowed.join(', ')}`);
  };
}

export function orNull(check: Check): Check {
  return (value, at) => {
    if (value !== null) check(value, at);
  };
}

/** A property that may be absent. */
export function maybe(check: Check): Check {
  return (value, at) => {
    if (value !== undefined) check(value, at);
  };
}

export function listOf(check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) throw new NotValid(at, 'a list');
    for (const [index, item] of value.entries()) check(item, `${at}[${index}]`);
  };
}

/** An object whose every key of `T` is checked; a key forgotten here does not compile. Other keys pass and are kept. */
export function objectOf<T>(checks: { readonly [K in keyof Required<T>]: Check }): Check {
  const entries: [string, Check][] = Object.entries(checks);
  return (value, at) => {
    const fields = asRecord(value, at);
    for (const [key, check] of entries) check(fields[key], at === '' ? key : `${at}.${key}`);
  };
}

/** An object with any keys, each of the given form, and values that pass. */
export function recordOf(key: Check, check: Check): Check {
  return (value, at) => {
    for (const [name, item] of Object.entries(asRecord(value, at))) {
      key(name, `${at} key`);
      check(item, `${at}.${name}`);
    }
  };
}

/** An object checked by what its `tag` says. */
export function taggedBy(tag: string, checks: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    const named = asRecord(value, at)[tag];
    const check = typeof named === 'string' && Object.hasOwn(checks, named) ? checks[named] : undefined;
    if (check === undefined) throw new NotValid(`${at}.${tag}`, `one of ${Object.keys(checks).join(', ')}`);
    check(value, at);
  };
}

/** Runs both. */
export function both(first: Check, second: Check): Check {
  return (value, at) => {
    first(value, at);
    second(value, at);
  };
}

function asRecord(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotValid(at, 'an object');
  return value as Record<string, unknown>;
}
