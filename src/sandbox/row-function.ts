import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, notBuilt, unknownProperty } from './errors.ts';
import { exactNumber } from './exact-number.ts';
import type { Expression, Literal } from './filter-parse.ts';
import { type BoundPath, bindPath } from './row-path.ts';
import type { RowScope } from './row-scope.ts';
import { choicesText, compareValues, kindOf, momentOf, type Value, type ValueKind } from './row-value.ts';
import { wireColumns } from './wire-columns.ts';

/** True, false, or null: not known, because a cell is empty. */
export type Truth = (stored: StoredRow) => boolean | null;

type Given = ReadonlyMap<string, Literal>;

const namespace = 'Microsoft.Dynamics.CRM.';
const dayMs = 24 * 3_600_000;

/**
 * The query functions of the platform that are offered here: In, NotIn, Between, NotBetween, ContainValues,
 * DoesNotContainValues, On, OnOrAfter, OnOrBefore, EqualUserId, NotEqualUserId. Each names its property in text, by
 * property or by logical name, and its values as texts. @throws WireError 400, 501 for the some fifty others
 */
export function bindFunction(
  scope: RowScope,
  table: TableDefinition,
  { name, given }: Extract<Expression, { kind: 'function' }>,
): Truth {
  const short = name.startsWith(namespace) ? name.slice(namespace.length) : '';
  const bind = functions.get(short);
  if (bind === undefined) {
    if (short === '') throw badQuery(`An unknown function with name '${name}' was found.`);
    throw notBuilt(`the query function ${name}`);
  }
  const property = textOf(given, 'PropertyName', name);
  return bind({ scope, given, name, property, bound: bindProperty(scope, table, property) });
}

interface Bound {
  readonly scope: RowScope;
  readonly given: Given;
  readonly name: string;
  readonly property: string;
  readonly bound: BoundPath;
}

const functions: ReadonlyMap<string, (one: Bound) => Truth> = new Map([
  ['In', one => oneOf(one)],
  ['NotIn', one => not(oneOf(one))],
  ['Between', one => between(one)],
  ['NotBetween', one => not(between(one))],
  ['ContainValues', one => containing(one)],
  ['DoesNotContainValues', one => not(containing(one))],
  ['On', one => day(one, distance => distance >= 0 && distance < dayMs)],
  ['OnOrAfter', one => day(one, distance => distance >= 0)],
  ['OnOrBefore', one => day(one, distance => distance < dayMs)],
  ['EqualUserId', one => ofCaller(one)],
  ['NotEqualUserId', one => not(ofCaller(one))],
]);

function bindProperty(scope: RowScope, table: TableDefinition, property: string): BoundPath {
  const found = wireColumns(table).find(one => one.property === property || one.column.logicalName === property);
  if (found === undefined) throw unknownProperty(property, table.logicalName);
  return bindPath(scope, table, [found.property]);
}

function oneOf({ bound, given, name, property }: Bound): Truth {
  const kind = kindOf(bound.type);
  const whole = bound.column?.type === 'MultiSelectPicklistType' ? choicesText : (text: string) => text;
  const values = listOf(given, name).map(text => valueFor({ kind, text: whole(text), property }));
  return known(bound, value => values.some(one => compareValues(kind, value, one) === 0));
}

function between({ bound, given, name, property }: Bound): Truth {
  const kind = kindOf(bound.type);
  const [low, high, ...more] = listOf(given, name).map(text => valueFor({ kind, text, property }));
  if (low === undefined || high === undefined || more.length > 0) {
    throw badQuery(`The function '${name}' needs two values.`);
  }
  return known(bound, value => compareValues(kind, low, value) <= 0 && compareValues(kind, value, high) <= 0);
}

function containing({ bound, given, name, property }: Bound): Truth {
  if (bound.column?.type !== 'MultiSelectPicklistType') {
    throw badQuery(`The function '${name}' is for choices columns; '${property}' is none.`);
  }
  const wanted = new Set(listOf(given, name));
  return known(bound, value =>
    String(value)
      .split(',')
      .some(one => wanted.has(one)),
  );
}

function day({ bound, given, name, property }: Bound, fits: (distanceMs: number) => boolean): Truth {
  const kind = kindOf(bound.type);
  const text = textOf(given, 'PropertyValue', name).slice(0, 10);
  if (kind !== 'moment') throw badQuery(`The function '${name}' is for dates; '${property}' is none.`);
  const start = Number(valueFor({ kind, text, property }));
  return known(bound, value => fits(Number(value) - start));
}

function ofCaller({ scope, bound }: Bound): Truth {
  return known(bound, value => value === scope.call.application.userId.toLowerCase());
}

function known(bound: BoundPath, test: (value: Value) => boolean): Truth {
  return stored => {
    const value = bound.read(stored);
    return value === null ? null : test(value);
  };
}

function not(truth: Truth): Truth {
  return stored => {
    const value = truth(stored);
    return value === null ? null : !value;
  };
}

function valueFor({
  kind,
  text,
  property,
}: {
  readonly kind: ValueKind;
  readonly text: string;
  readonly property: string;
}): Value {
  const value = converted(kind, text.trim());
  if (value === null) throw badQuery(`The value '${text}' does not suit the property '${property}'.`);
  return value;
}

function converted(kind: ValueKind, text: string): Value | null {
  switch (kind) {
    case 'text':
      return text;
    case 'guid':
      return text.toLowerCase().replace(/[{}]/g, '');
    case 'exact':
      return exactNumber(text);
    case 'double':
      return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
    case 'boolean':
      return /^(?:true|false|0|1)$/i.test(text) ? /^(?:true|1)$/i.test(text) : null;
    case 'moment':
      return momentOf(text);
    case 'other':
      return null;
  }
}

function textOf(given: Given, parameter: string, name: string): string {
  const literal = given.get(parameter);
  if (literal?.kind !== 'text') throw badQuery(`The function '${name}' needs the text ${parameter}.`);
  return literal.value;
}

function listOf(given: Given, name: string): readonly string[] {
  const literal = given.get('PropertyValues');
  if (literal?.kind !== 'list' || literal.value.length === 0) {
    throw badQuery(`The function '${name}' needs the list PropertyValues.`);
  }
  return literal.value;
}
