import { z } from 'zod';
import { badArgument } from './errors.ts';

/** PowerShell examples of the documentation send booleans as text. */
const flag = z.union([z.boolean(), z.stringbool()]);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const condition = z.object({
  ConditionOperator: z.enum(['Equals', 'NotEquals', 'In', 'NotIn', 'GreaterThan', 'LessThan']),
  PropertyName: z.string(),
  Value: z.union([scalar, z.object({ Type: z.string(), Value: z.union([scalar, z.array(scalar)]) })]).default(null),
});

interface Criteria {
  readonly FilterOperator: 'And' | 'Or';
  readonly Conditions: readonly z.infer<typeof condition>[];
  readonly Filters: readonly Criteria[];
}

const criteria: z.ZodType<Criteria> = z.object({
  FilterOperator: z.enum(['And', 'Or']).default('And'),
  Conditions: z.array(condition).nullish().transform(none),
  get Filters() {
    return z.array(criteria).nullish().transform(none);
  },
});

const part = z.object({
  Properties: z
    .object({ AllProperties: flag.default(false), PropertyNames: z.array(z.string()).nullish().transform(none) })
    .nullish(),
  Criteria: criteria.nullish(),
});

/** `EntityQueryExpression` as the Web API takes it ("Query schema definitions"). */
const query = part.extend({
  AttributeQuery: part.nullish(),
  RelationshipQuery: part.nullish(),
  KeyQuery: part.nullish(),
  LabelQuery: z.object({ FilterLanguages: z.array(z.int()).nullish().transform(none) }).nullish(),
});

/** Answers a property of one definition; undefined for one it does not have. */
export type PropertyReader = (name: string) => unknown;

type Test = (read: PropertyReader) => boolean;

/** What is asked of one class of definitions. */
export interface PartQuery {
  readonly matches: Test;
  readonly wants: (property: string) => boolean;
}

export interface MetadataQuery {
  readonly entity: PartQuery;
  readonly attribute: PartQuery;
  readonly relationship: PartQuery;
  readonly key: PartQuery;
  /** Languages of labels; null for all. */
  readonly languages: ReadonlySet<number> | null;
}

/** @throws WireError 400 for what is no `EntityQueryExpression`; null asks for everything. */
export function parseMetadataQuery(text: string | null): MetadataQuery {
  if (text === null) {
    return { entity: everything, attribute: everything, relationship: everything, key: everything, languages: null };
  }
  const read = query.safeParse(jsonOf(text));
  if (!read.success) {
    const issue = read.error.issues[0];
    throw badArgument(`Invalid value for Query: ${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { AttributeQuery, RelationshipQuery, KeyQuery, LabelQuery } = read.data;
  const languages = LabelQuery?.FilterLanguages ?? [];
  return {
    entity: partOf(read.data, 'EntityMetadata'),
    // Asked for by the table's properties and without a query of their own, they come whole; our reading.
    attribute: AttributeQuery ? partOf(AttributeQuery, 'AttributeMetadata') : everything,
    relationship: RelationshipQuery ? partOf(RelationshipQuery, 'RelationshipMetadataBase') : everything,
    key: KeyQuery ? partOf(KeyQuery, 'EntityKeyMetadata') : everything,
    languages: languages.length === 0 ? null : new Set(languages),
  };
}

const everything: PartQuery = { matches: () => true, wants: () => true };

function partOf({ Properties, Criteria: given }: z.infer<typeof part>, type: string): PartQuery {
  const names = new Set(Properties?.PropertyNames ?? []);
  const all = Properties?.AllProperties === true;
  return {
    matches: given ? criteriaTest(given, type) : () => true,
    wants: property => all || names.has(property),
  };
}

function criteriaTest({ FilterOperator, Conditions, Filters }: Criteria, type: string): Test {
  const tests = [
    ...Conditions.map(one => conditionTest(one, type)),
    ...Filters.map(inner => criteriaTest(inner, type)),
  ];
  if (tests.length === 0) return () => true;
  return FilterOperator === 'Or' ? read => tests.some(test => test(read)) : read => tests.every(test => test(read));
}

type Scalar = string | number | boolean | null;

function conditionTest({ ConditionOperator, PropertyName, Value }: z.infer<typeof condition>, type: string): Test {
  const wanted = typeof Value === 'object' && Value !== null ? valuesOf(Value) : [Value];
  const [first = null] = wanted;
  const compare: Record<typeof ConditionOperator, (value: Scalar) => boolean> = {
    Equals: value => isSame(value, first),
    NotEquals: value => !isSame(value, first),
    In: value => wanted.some(one => isSame(value, one)),
    NotIn: value => !wanted.some(one => isSame(value, one)),
    GreaterThan: value => value !== null && first !== null && value > first,
    LessThan: value => value !== null && first !== null && value < first,
  };
  const test = compare[ConditionOperator];
  return read => test(scalarOf(read(PropertyName), PropertyName, type));
}

/** A managed property is compared by its value; collections and labels cannot be ("Query schema definitions"). */
function scalarOf(read: unknown, name: string, type: string): Scalar {
  // A property of another class of columns: that column does not have it.
  const value = read ?? null;
  if (typeof value !== 'object' || value === null) return value as Scalar;
  if ('Value' in value) return (value as { readonly Value: Scalar }).Value;
  throw badArgument(`The property '${name}' of ${type} cannot be used in a condition.`);
}

function isSame(value: Scalar, wanted: Scalar): boolean {
  if (typeof value !== typeof wanted) return value !== null && wanted !== null && String(value) === String(wanted);
  return value === wanted;
}

/** `{Type: 'System.String[]', Value: "['a','b']"}`: the values as the type says. */
function valuesOf({ Type, Value }: { readonly Type: string; readonly Value: Scalar | readonly Scalar[] }): Scalar[] {
  const element = Type.replace(/\[\]$/, '');
  const given = Type === element ? [Value].flat() : typeof Value === 'string' ? listOf(Value) : [Value].flat();
  return given.map(value => {
    if (value === null) return null;
    if (element === 'System.Boolean') return String(value).toLowerCase() === 'true';
    if (element === 'System.Int32') return Number(value);
    return element === 'System.Guid' ? String(value).toLowerCase().replace(/[{}]/g, '') : String(value);
  });
}

/** A list in single or double quotes. */
function listOf(text: string): Scalar[] {
  const found = text.trim();
  if (!/^\[.*\]$/s.test(found)) return [text];
  if (found.includes('"')) return z.array(scalar).parse(jsonOf(found));
  return [...found.matchAll(/'((?:[^']|'')*)'|([^\s,[\]']+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll("''", "'") ?? bare ?? '',
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badArgument(`Invalid value for Query: '${text.slice(0, 200)}'.`);
  }
}

function none<T>(list: readonly T[] | null | undefined): readonly T[] {
  return list ?? [];
}
