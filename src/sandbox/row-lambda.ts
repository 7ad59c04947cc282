import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, unknownProperty } from './errors.ts';
import type { Expression } from './filter-parse.ts';
import { type NavigationEnd, navigationEnd } from './navigation-end.ts';
import type { Truth } from './row-function.ts';
import { links } from './row-navigation.ts';
import { tableSource, visibleNow } from './row-read.ts';
import { type RowScope, referenceIn } from './row-scope.ts';

type Lambda = Extract<Expression, { readonly kind: 'lambda' }>;
type Collection = Exclude<NavigationEnd, { readonly kind: 'single' }>;

/**
 * `tasks/any(t:t/statecode eq 1)`, `tasks/all(...)`, `tasks/any()`. Which rows the related ones speak for is found by
 * one walk over them before the first row is judged. Behind a lookup there is none, says the page on filters.
 * `bind` makes a test of what stands in the parentheses. @throws WireError 400, 403
 */
export function bindLambda(
  scope: RowScope,
  table: TableDefinition,
  { steps, quantifier, variable, inner }: Lambda,
  bind: (related: TableDefinition, expression: Expression) => Truth,
): Truth {
  const [name = '', ...more] = steps;
  if (more.length > 0) throw badQuery(`A collection behind a lookup cannot be filtered by: '${steps.join('/')}'.`);
  const end = navigationEnd(scope.environment.database, table, name);
  if (end === null) throw unknownProperty(name, table.logicalName);
  if (end.kind === 'single') throw badQuery(`'${quantifier}' is for collections; '${name}' is a lookup.`);
  scope.readable(end.table.logicalName);
  const holds = inner === null ? () => true : bind(end.table, ofVariable(inner, variable));
  const isAll = quantifier === 'all';
  const owners = new Set<string>();
  scope.defer(async () => {
    // Of `all`, those are kept that one related row speaks against.
    const speaks = (stored: StoredRow): boolean => (holds(stored) === true) !== isAll;
    await collectOwners(scope, { table, end, speaks, owners });
  });
  return ({ id }) => owners.has(id) !== isAll;
}

async function collectOwners(
  scope: RowScope,
  {
    table,
    end,
    speaks,
    owners,
  }: {
    readonly table: TableDefinition;
    readonly end: Collection;
    readonly speaks: (stored: StoredRow) => boolean;
    readonly owners: Set<string>;
  },
): Promise<void> {
  const { database } = scope.environment;
  if (end.kind === 'collection') {
    const source = tableSource(database, end.table);
    for await (const slice of visibleNow({ scope, source, filter: speaks }, null)) {
      for (const { row } of slice) {
        const reference = referenceIn(row[end.column]);
        if (reference?.table === table.logicalName) owners.add(reference.id);
      }
    }
    return;
  }
  for await (const [owner, id] of links(scope, end)) {
    const member = owners.has(owner) ? null : scope.related({ table: end.table.logicalName, id });
    if (member !== null && speaks(member)) owners.add(owner);
  }
}

/** The expression as one of the related row: `t/statecode` becomes `statecode`. */
function ofVariable(expression: Expression, variable: string): Expression {
  const again = (one: Expression): Expression => ofVariable(one, variable);
  switch (expression.kind) {
    case 'and':
    case 'or':
      return { ...expression, left: again(expression.left), right: again(expression.right) };
    case 'compare':
      return { ...expression, left: again(expression.left), right: again(expression.right) };
    case 'not':
      return { ...expression, inner: again(expression.inner) };
    case 'call':
      return { ...expression, given: expression.given.map(again) };
    case 'path':
      return { ...expression, steps: stepsOf(expression.steps, variable) };
    case 'lambda':
      return { ...expression, steps: stepsOf(expression.steps, variable) };
    case 'function':
    case 'literal':
      return expression;
  }
}

function stepsOf([first = '', ...rest]: readonly string[], variable: string): readonly string[] {
  if (first === variable && rest.length > 0) return rest;
  throw badQuery(`Could not find '${first}' here; properties of the related row begin with '${variable}/'.`);
}
