import { Fault } from '../core/fault.ts';
import { allowedFunctions, allowedTableFunctions } from './sql-functions.ts';
import { foldName, isTree, list, type Tree, tree } from './sql-tree.ts';

/** Kinds of expressions and relations that only compute on what they are given. Anything else is refused. */
export const CLASSES: ReadonlySet<string> = new Set(
  'BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR POSITIONAL_REFERENCE STAR SUBQUERY WINDOW'.split(
    ' ',
  ),
);
export const NODES: ReadonlySet<string> = new Set(
  [
    'SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE',
    'BASE_TABLE EMPTY EXPRESSION_LIST JOIN SHOW_REF SUBQUERY TABLE_FUNCTION',
    'ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER',
    'ORDER_DEFAULT ASCENDING DESCENDING ORDER_ASCENDING ORDER_DESCENDING',
  ]
    .join(' ')
    .split(' '),
);
/** A name that the engine could take for a file if no table has it. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_$ -]*$/u;

/** How many table names an error lists. */
const NAMES_LISTED_MAX = 50;

export type CheckedQuery =
  /** The lake's tables it reads, each once, as the lake names them. */
  { readonly is: 'rows'; readonly tables: readonly string[] } | { readonly is: 'show-tables' };

/**
 * Walks a query's tree and refuses (`input/sql`) whatever is not a computation over the lake's tables: every base table
 * is one of `known` (logical names) or a WITH name in scope, every function is on the lists of sql-functions.ts.
 * Names are compared without case, as the engine does.
 */
export function checkQuery(node: Tree, known: readonly string[]): CheckedQuery {
  const from = node.from_table;
  if (isTree(from) && from.type === 'SHOW_REF' && from.query === null && from.table_name === '"tables"') {
    return { is: 'show-tables' };
  }
  const walk = new Walk(known);
  walk.visit(node, new Set());
  return { is: 'rows', tables: [...walk.used] };
}

type Scope = ReadonlySet<string>;

class Walk {
  readonly used = new Set<string>();
  readonly #known: ReadonlySet<string>;

  constructor(known: readonly string[]) {
    this.#known = new Set(known);
  }

  visit(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) {
      for (const each of value) this.visit(each, scope);
    } else if (isTree(value)) {
      this.#visitNode(value, scope);
    }
  }

  #visitNode(node: Tree, scope: Scope): void {
    const { type } = node;
    if (typeof node.class === 'string') this.#visitExpression(node, scope);
    else if (typeof type === 'string' && !NODES.has(type)) throw refuse(`${type} cannot be used here`);
    else if (type === 'BASE_TABLE') this.#visitTable(node, scope);
    else if (type === 'TABLE_FUNCTION') this.#visitTableFunction(node, scope);
    else if (type === 'RECURSIVE_CTE_NODE') this.#visitRecursive(node, scope);
    else if (type === 'SHOW_REF' && node.query === null) {
      throw refuse('only SHOW TABLES, DESCRIBE and SUMMARIZE show things here');
    } else this.#visitMembers(node, isTree(node.cte_map) ? this.#visitNames(node.cte_map, scope) : scope);
  }

  /** Each WITH name is visible to those behind it and to the query, not before: there it would be another table. */
  #visitNames(names: Tree, outer: Scope): Scope {
    let scope = outer;
    for (const entry of list(names.map)) {
      const name = String(tree(entry).key);
      if (!PLAIN_NAME.test(name)) throw refuse(`"${name}" cannot be a WITH name`);
      this.visit(tree(entry).value, scope);
      scope = new Set([...scope, foldName(name)]);
    }
    return scope;
  }

  #visitRecursive(node: Tree, scope: Scope): void {
    const { left, right, ...rest } = node;
    const outer = isTree(node.cte_map) ? this.#visitNames(node.cte_map, scope) : scope;
    this.visit(left, outer);
    this.visit(right, new Set([...outer, foldName(String(node.cte_name))]));
    this.#visitMembers(rest, outer);
  }

  #visitMembers(node: Tree, scope: Scope): void {
    for (const [key, value] of Object.entries(node)) if (key !== 'cte_map') this.visit(value, scope);
  }

  #visitTable(node: Tree, scope: Scope): void {
    const name = String(node.table_name);
    if (node.schema_name !== '' || node.catalog_name !== '') {
      throw refuse(`write just ${name}: tables have no schema or database here`);
    }
    if (node.at_clause !== null) throw refuse('a table cannot be read AT another time');
    const folded = foldName(name);
    if (scope.has(folded)) return;
    if (!this.#known.has(folded)) throw this.#unknown(name);
    this.used.add(folded);
    this.visit(node.sample, scope);
  }

  #visitTableFunction(node: Tree, scope: Scope): void {
    const call = tree(node.function);
    const name = String(call.function_name);
    if (!allowedTableFunctions.has(foldName(name)) || !isOwn(call)) {
      throw refuse(`the function ${name} cannot be used here`);
    }
    this.#visitMembers(call, scope);
  }

  #visitExpression(node: Tree, scope: Scope): void {
    const kind = String(node.class);
    if (!CLASSES.has(kind))
      throw refuse(kind === 'PARAMETER' ? 'parameters have no values here' : `${kind} cannot be used here`);
    if (kind === 'CONSTANT') return;
    const called = node.function_name;
    if (called !== undefined && (!allowedFunctions.has(foldName(String(called))) || !isOwn(node))) {
      throw refuse(`the function ${called} cannot be used here`);
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'cast_type') this.visit(value, scope);
  }

  #unknown(name: string): Fault {
    const names = [...this.#known].sort();
    const listed = names.slice(0, NAMES_LISTED_MAX).join(', ');
    const more = names.length > NAMES_LISTED_MAX ? ` and ${names.length - NAMES_LISTED_MAX} more` : '';
    return new Fault('input/sql', {
      reason: `there is no table "${name}"`,
      tables: names.length === 0 ? 'none' : listed + more,
    });
  }
}

/** Whether a function is called by its plain name, or by the one the parser gives to syntax such as lists. */
function isOwn(call: Tree): boolean {
  return (call.schema === '' || call.schema === 'main') && (call.catalog === '' || call.catalog === undefined);
}

function refuse(reason: string): Fault {
  return new Fault('input/sql', { reason });
}
