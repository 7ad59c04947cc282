import type { StoredRow } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badQuery, WireError } from './errors.ts';
import { exactNumber } from './exact-number.ts';
import { type Comparison, type Expression, type Literal, parseExpression } from './filter-parse.ts';
import { bindFunction, type Truth } from './row-function.ts';
import { bindLambda } from './row-lambda.ts';
import { bindPath } from './row-path.ts';
import type { RowScope } from './row-scope.ts';
import { choicesText, compareValues, kindOf, momentOf, toDouble, type Value, type ValueKind } from './row-value.ts';
import { textPattern } from './text-pattern.ts';

interface Operand {
  readonly type: string;
  readonly literal: Literal | null;
  readonly column: ColumnDefinition | null;
  readonly read: (stored: StoredRow) => Value | null;
}

const operatorKinds: Readonly<Record<Comparison, string>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
};
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const earliestMs = Date.parse('1753-01-01T00:00:00Z');

/**
 * `$filter` on rows. Text is compared without regard to case, numbers exactly, dates by the seconds of the wire. As
 * the page "Filter rows using OData" says, a row comes only when the expression is true, not when it is null; nothing
 * says what is null there, so that is ours: any order and any function of an empty cell, while `ne` takes it as
 * different. @throws WireError 400 with the platform's words for what it would not read
 */
export function rowFilter({
  scope,
  table,
  text,
}: {
  readonly scope: RowScope;
  readonly table: TableDefinition;
  readonly text: string;
}): (stored: StoredRow) => boolean {
  const truth = bindTruth(scope, table, parseExpression(text, scope.call.options.values));
  return stored => truth(stored) === true;
}

export function bindTruth(scope: RowScope, table: TableDefinition, expression: Expression): Truth {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.kind === 'or',
        bindTruth(scope, table, expression.left),
        bindTruth(scope, table, expression.right),
      );
    case 'not':
      return negated(scope, table, expression.inner);
    case 'compare':
      return compared(scope, table, expression);
    case 'call':
      return called(scope, table, expression);
    case 'function':
      return bindFunction(scope, table, expression);
    case 'lambda':
      return bindLambda(scope, table, expression, (related, inner) => bindTruth(scope, related, inner));
    case 'path':
    case 'literal': {
      const { type, read } = operand(scope, table, expression);
      if (type !== 'Edm.Boolean') throw badQuery('The $filter expression must evaluate to a single boolean value.');
      return stored => {
        const value = read(stored);
        return value === null ? null : value === true;
      };
    }
  }
}

/** Null is between false and true: it wins only where the other side does not decide. */
function joined(decisive: boolean, left: Truth, right: Truth): Truth {
  return stored => {
    const first = left(stored);
    if (first === decisive) return decisive;
    const second = right(stored);
    if (second === decisive) return decisive;
    return first === null || second === null ? null : !decisive;
  };
}

function negated(scope: RowScope, table: TableDefinition, inner: Expression): Truth {
  if (inner.kind === 'path' || inner.kind === 'literal') {
    const { type } = operand(scope, table, inner);
    if (type !== 'Edm.Boolean') {
      const found = `Found operand type '${type}' for operator kind 'Not'.`;
      throw badQuery(`A unary operator with an incompatible type was detected. ${found}`);
    }
  }
  const truth = bindTruth(scope, table, inner);
  return stored => {
    const value = truth(stored);
    return value === null ? null : !value;
  };
}

function compared(
  scope: RowScope,
  table: TableDefinition,
  { operator, left, right }: Extract<Expression, { kind: 'compare' }>,
): Truth {
  const [first, second] = [operand(scope, table, left), operand(scope, table, right)];
  const kind = commonKind(first, second);
  const ordered = operator !== 'eq' && operator !== 'ne';
  const isOrdered = kind !== 'boolean' && kind !== 'other';
  const comparable = kind !== 'other' || first.type === 'null' || second.type === 'null';
  if (kind === null || !comparable || (ordered && !isOrdered)) {
    throw badQuery(
      `A binary operator with incompatible types was detected. Found operand types '${first.type}' and '${second.type}' for operator kind '${operatorKinds[operator]}'.`,
    );
  }
  const [one, two] = [reader(first, second, kind), reader(second, first, kind)];
  return stored => {
    const [a, b] = [one(stored), two(stored)];
    if (a === null || b === null) return ordered ? null : (a === b) === (operator === 'eq');
    return holds(operator, compareValues(kind, a, b));
  };
}

function holds(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case 'eq':
      return difference === 0;
    case 'ne':
      return difference !== 0;
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
  }
}

/** What both sides are compared as, or null. GUIDs may be quoted, as that page shows; dates and numbers may not. */
function commonKind(left: Operand, right: Operand): ValueKind | null {
  if (left.type === 'null') return right.type === 'null' ? 'text' : kindOf(right.type);
  if (right.type === 'null') return kindOf(left.type);
  const [first, second] = [kindOf(left.type), kindOf(right.type)];
  if (first === second) return first;
  const both = [first, second];
  if (both.every(kind => kind === 'exact' || kind === 'double')) return 'double';
  const quoted = both.includes('guid') ? [left, right].find(({ literal }) => literal?.kind === 'text') : undefined;
  return quoted?.literal?.kind === 'text' && guid.test(quoted.literal.value) ? 'guid' : null;
}

function reader(own: Operand, other: Operand, kind: ValueKind): Operand['read'] {
  if (own.literal === null) {
    if (kind !== 'double' || kindOf(own.type) === 'double') return own.read;
    return stored => {
      const value = own.read(stored);
      return value === null ? null : toDouble(value);
    };
  }
  const { kind: form, value: given } = own.literal;
  let value: Value | null = own.read(nothing);
  if (value !== null && kind === 'double') value = toDouble(value);
  if (form === 'text' && kind === 'guid') value = given.toLowerCase();
  if (form === 'text' && other.column?.type === 'MultiSelectPicklistType') value = choicesText(given);
  return () => value;
}

const nothing: StoredRow = { id: '', version: 0n, row: {} };

function operand(scope: RowScope, table: TableDefinition, expression: Expression): Operand {
  if (expression.kind === 'path') return { ...bindPath(scope, table, expression.steps), literal: null };
  if (expression.kind === 'literal') return literalOperand(expression.literal);
  const truth = bindTruth(scope, table, expression);
  return { type: 'Edm.Boolean', literal: null, column: null, read: truth };
}

function literalOperand(literal: Literal): Operand {
  const value = literalValue(literal);
  return { type: literalType(literal), literal, column: null, read: () => value };
}

function literalValue(literal: Literal): Value | null {
  switch (literal.kind) {
    case 'number':
      return exactNumber(literal.value);
    case 'date':
    case 'datetime':
      return literalMoment(literal.value);
    case 'list':
      return null;
    case 'text':
    case 'guid':
    case 'boolean':
    case 'null':
    case 'enum':
      return literal.value;
  }
}

function literalMoment(text: string): number {
  if (text.length > 10 && !/(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw badQuery(
      `The time zone information is missing on the DateTimeOffset value '${text}'. A DateTimeOffset value must contain the time zone information.`,
    );
  }
  const ms = momentOf(text);
  if (ms === null) throw badQuery(`Unrecognized 'Edm.DateTimeOffset' literal '${text}'.`);
  if (ms < earliestMs) {
    const message = `DateTime is less than minumum value supported by CrmDateTime. Actual value: ${text}, Minimum value supported: 01/01/1753 00:00:00`;
    throw new WireError({ status: 400, code: '0x80040239', message });
  }
  return ms;
}

function literalType({ kind, value }: Literal): string {
  switch (kind) {
    case 'number':
      if (/[.eE]/.test(value)) return 'Edm.Decimal';
      return Math.abs(Number(value)) < 2 ** 31 ? 'Edm.Int32' : 'Edm.Int64';
    case 'date':
      return 'Edm.Date';
    case 'datetime':
      return 'Edm.DateTimeOffset';
    case 'text':
      return 'Edm.String';
    case 'guid':
      return 'Edm.Guid';
    case 'boolean':
      return 'Edm.Boolean';
    case 'null':
      return 'null';
    case 'enum':
      return 'Edm.Enum';
    case 'list':
      return 'Collection(Edm.String)';
  }
}

/** The three functions of text that the platform reads; it has none of arithmetic, of dates or of length. */
function called(
  scope: RowScope,
  table: TableDefinition,
  { name, given }: Extract<Expression, { kind: 'call' }>,
): Truth {
  if (name !== 'contains' && name !== 'startswith' && name !== 'endswith') {
    throw badQuery(
      `An unknown function with name '${name}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.`,
    );
  }
  const [subject, sought] = given.map(one => operand(scope, table, one));
  if (given.length !== 2 || subject?.type !== 'Edm.String' || sought?.literal?.kind !== 'text') {
    throw badQuery(
      `No function signature for the function with name '${name}' matches the specified arguments. The function signatures considered are: ${name}(Edm.String Nullable=true, Edm.String Nullable=true).`,
    );
  }
  const { value } = sought.literal;
  const fits = textPattern(`${name === 'startswith' ? '' : '%'}${value}${name === 'endswith' ? '' : '%'}`);
  return stored => {
    const text = subject.read(stored);
    return text === null ? null : fits(String(text));
  };
}
