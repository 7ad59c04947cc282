import { badQuery, notBuilt } from './errors.ts';
import { type Expression, ExpressionReader } from './filter-parse.ts';

export type AggregateMethod = 'sum' | 'average' | 'min' | 'max' | 'countdistinct' | 'count';

export interface AggregateItem {
  /** Empty for `$count`. */
  readonly steps: readonly string[];
  readonly method: AggregateMethod;
  readonly alias: string;
}

/** What `$apply` asks: of these rows, by these columns, these figures. */
export interface ApplyPlan {
  readonly filters: readonly Expression[];
  readonly groups: readonly (readonly string[])[];
  readonly aggregates: readonly AggregateItem[];
}

const methods = new Set(['sum', 'average', 'min', 'max', 'countdistinct']);

/**
 * `aggregate(...)` or `groupby((...),aggregate(...))`, filters before it. @throws WireError 400, 501 for what the
 * standard has beyond that
 */
export function parseApply(text: string, aliases: ReadonlyMap<string, string>): ApplyPlan {
  const reader = new ExpressionReader(text, aliases);
  const filters: Expression[] = [];
  for (;;) {
    const name = reader.name();
    reader.expect('(');
    if (name === 'filter') {
      filters.push(reader.expression());
      reader.expect(')');
      reader.expect('/');
      continue;
    }
    const plan = transformation(reader, name);
    reader.expect(')');
    if (reader.accept('/')) throw notBuilt('a transformation after another one in $apply, but for filters before it');
    reader.end();
    return { filters, ...plan };
  }
}

function transformation(reader: ExpressionReader, name: string): Omit<ApplyPlan, 'filters'> {
  if (name === 'aggregate') return { groups: [], aggregates: aggregates(reader) };
  if (name !== 'groupby') throw badQuery(`'aggregate|filter|groupby' expected, but found '${name}' in $apply.`);
  reader.expect('(');
  const groups = [path(reader, reader.name())];
  while (reader.accept(',')) groups.push(path(reader, reader.name()));
  reader.expect(')');
  if (!reader.accept(',')) return { groups, aggregates: [] };
  const inner = reader.name();
  if (inner !== 'aggregate') throw badQuery(`'aggregate' expected, but found '${inner}' in $apply.`);
  reader.expect('(');
  const found = aggregates(reader);
  reader.expect(')');
  return { groups, aggregates: found };
}

function aggregates(reader: ExpressionReader): readonly AggregateItem[] {
  const items = [aggregate(reader)];
  while (reader.accept(',')) items.push(aggregate(reader));
  return items;
}

function aggregate(reader: ExpressionReader): AggregateItem {
  const first = reader.name();
  if (first === '$count') return { steps: [], method: 'count', alias: alias(reader) };
  const steps = path(reader, first);
  if (!reader.acceptName('with')) throw badQuery(`'with' expected behind '${steps.join('/')}' in $apply.`);
  const method = reader.name();
  if (!methods.has(method)) throw badQuery(`The aggregation method '${method}' is not supported.`);
  return { steps, method: method as AggregateMethod, alias: alias(reader) };
}

function alias(reader: ExpressionReader): string {
  if (!reader.acceptName('as')) throw badQuery("'as' and an alias expected in $apply.");
  return reader.name();
}

function path(reader: ExpressionReader, first: string): readonly string[] {
  const steps = [first];
  while (reader.accept('/')) steps.push(reader.name());
  return steps;
}
