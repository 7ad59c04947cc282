import { badQuery, unknownProperty } from './errors.ts';

export type Filter = (thing: Readonly<Record<string, unknown>>) => boolean;

type Literal = { readonly kind: 'text' | 'enum' | 'other'; readonly value: string | number | boolean | null };

/** Properties whose literals need the namespace of their enumeration. */
const enumerations = new Set(['AttributeType', 'OwnershipType', 'RelationshipType', 'OptionSetType', 'SourceTypeMask']);
const tokens = /\s*(?:(\()|(\))|('(?:[^']|'')*')|(Microsoft\.Dynamics\.CRM\.\w+'\w+')|([\w./-]+))/y;

/**
 * Parses the small part of `$filter` that definitions can be asked with: `eq`, `ne`, `and`, `or`, `not`, parentheses,
 * paths such as `CanChangeTrackingBeEnabled/Value`, and enumeration literals with their namespace.
 */
export function parseFilter(text: string, type: string): Filter {
  const words = split(text);
  let at = 0;
  const next = (): string => words[at++] ?? '';
  const alternatives = (): Filter => {
    let left = conditions();
    while (words[at] === 'or') {
      at += 1;
      const [first, second] = [left, conditions()];
      left = thing => first(thing) || second(thing);
    }
    return left;
  };
  const conditions = (): Filter => {
    let left = condition();
    while (words[at] === 'and') {
      at += 1;
      const [first, second] = [left, condition()];
      left = thing => first(thing) && second(thing);
    }
    return left;
  };
  const condition = (): Filter => {
    if (words[at] === 'not') {
      at += 1;
      const inner = condition();
      return thing => !inner(thing);
    }
    if (words[at] === '(') {
      at += 1;
      const inner = alternatives();
      if (next() !== ')') throw badQuery(`')' expected in '${text}'.`);
      return inner;
    }
    return comparison({ path: next(), operator: next(), literal: next(), type });
  };
  const filter = alternatives();
  if (at !== words.length) throw badQuery(`Syntax error at '${words[at] ?? ''}' in '${text}'.`);
  return filter;
}

function comparison({
  path,
  operator,
  literal,
  type,
}: {
  readonly path: string;
  readonly operator: string;
  readonly literal: string;
  readonly type: string;
}): Filter {
  if (operator !== 'eq' && operator !== 'ne') {
    throw badQuery(`The operator '${operator}' is not supported for definitions.`);
  }
  const steps = path.split('/');
  const wanted = literalOf(literal);
  if (enumerations.has(steps[0] ?? '') && wanted.kind === 'text') {
    throw badQuery(
      `A binary operator with incompatible types was detected. Found operand types 'Microsoft.Dynamics.CRM.${steps[0]}Code' and 'Edm.String' for operator kind 'Equal'.`,
    );
  }
  return thing => {
    const value = valueAt(thing, steps, type);
    const same =
      typeof value === 'string' && typeof wanted.value === 'string' && wanted.kind === 'other'
        ? value.toLowerCase() === wanted.value.toLowerCase()
        : value === wanted.value;
    return operator === 'eq' ? same : !same;
  };
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

function literalOf(text: string): Literal {
  const named = /^Microsoft\.Dynamics\.CRM\.\w+'(\w+)'$/.exec(text);
  if (named !== null) return { kind: 'enum', value: named[1] ?? '' };
  if (text.startsWith("'")) return { kind: 'text', value: text.slice(1, -1).replaceAll("''", "'") };
  if (text === 'true' || text === 'false') return { kind: 'other', value: text === 'true' };
  if (text === 'null') return { kind: 'other', value: null };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { kind: 'other', value: Number(text) };
  if (/^[0-9a-f-]{36}$/i.test(text)) return { kind: 'other', value: text };
  throw badQuery(`Unrecognized literal '${text}'.`);
}

function split(text: string): string[] {
  const words: string[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < text.trimEnd().length) {
    const from = tokens.lastIndex;
    const match = tokens.exec(text);
    if (match === null) throw badQuery(`Syntax error at position ${from} in '${text}'.`);
    words.push(match[0].trim());
  }
  return words;
}
