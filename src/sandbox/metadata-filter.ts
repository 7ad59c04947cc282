import { badQuery, unknownProperty } from './errors.ts';
import { type Expression, type Literal, parseExpression } from './filter-parse.ts';

export type Filter = (thing: Readonly<Record<string, unknown>>) => boolean;

/** Properties whose literals need the namespace of their enumeration. */
const enumerations = new Set(['AttributeType', 'OwnershipType', 'RelationshipType', 'OptionSetType', 'SourceTypeMask']);
const noAliases: ReadonlyMap<string, string> = new Map();

/**
 * The small part of `$filter` that definitions can be asked with: `eq`, `ne`, `and`, `or`, `not`, parentheses, paths
 * such as `CanChangeTrackingBeEnabled/Value`, and enumeration literals with their namespace.
 */
export function parseFilter(text: string, type: string, aliases: ReadonlyMap<string, string> = noAliases): Filter {
  return filterOf(parseExpression(text, aliases), type);
}

function filterOf(expression: Expression, type: string): Filter {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const [left, right] = [filterOf(expression.left, type), filterOf(expression.right, type)];
      return expression.kind === 'and' ? thing => left(thing) && right(thing) : thing => left(thing) || right(thing);
    }
    case 'not': {
      const inner = filterOf(expression.inner, type);
      return thing => !inner(thing);
    }
    case 'compare':
      return comparison(expression, type);
    case 'path': {
      const { steps } = expression;
      return thing => valueAt(thing, steps, type) === true;
    }
    case 'literal':
      if (expression.literal.kind === 'boolean') return () => expression.literal.value === true;
      throw badQuery('The $filter expression must evaluate to a single boolean value.');
    case 'call':
    case 'function':
      throw badQuery(`The function '${expression.name}' is not supported for definitions.`);
    case 'lambda':
      throw badQuery(`The operator '${expression.quantifier}' is not supported for definitions.`);
  }
}

function comparison({ operator, left, right }: Extract<Expression, { kind: 'compare' }>, type: string): Filter {
  if (operator !== 'eq' && operator !== 'ne') {
    throw badQuery(`The operator '${operator}' is not supported for definitions.`);
  }
  if (left.kind !== 'path' || right.kind !== 'literal') {
    throw badQuery('A definition is filtered by a property and a literal.');
  }
  const { steps } = left;
  const wanted = right.literal;
  if (enumerations.has(steps[0] ?? '') && wanted.kind === 'text') {
    throw badQuery(
      `A binary operator with incompatible types was detected. Found operand types 'Microsoft.Dynamics.CRM.${steps[0]}Code' and 'Edm.String' for operator kind 'Equal'.`,
    );
  }
  return thing => same(valueAt(thing, steps, type), wanted) === (operator === 'eq');
}

function same(value: unknown, { kind, value: wanted }: Literal): boolean {
  if (kind === 'number') return value === Number(wanted);
  if (kind === 'guid') return typeof value === 'string' && value.toLowerCase() === wanted;
  return value === wanted;
}

function valueAt(thing: unknown, steps: readonly string[], type: string): unknown {
  let value = thing;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return null;
    if (!(step in value)) throw unknownProperty(step, type);
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
