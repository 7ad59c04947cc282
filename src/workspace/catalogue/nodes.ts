import { isTree, type Tree } from '../sql-tree.ts';

/*
 * Nodes of the engine's tree, made by hand: the form in which `json_serialize_sql` of DuckDB 1.5 writes them.
 */

const LIMITS = { INTEGER: 0x7fff_ffff };

/** A literal: NULL, a text, a truth, or a whole number. */
export function constant(value: string | number | boolean | null): Tree {
  const typed = (id: string): Tree => ({
    type: { id, type_info: null },
    is_null: value === null,
    ...(value === null ? {} : { value }),
  });
  const base = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '' };
  if (value === null) return { ...base, value: typed('NULL') };
  if (typeof value === 'string') return { ...base, value: typed('VARCHAR') };
  if (typeof value === 'boolean') return { ...base, value: typed('BOOLEAN') };
  return { ...base, value: typed(Math.abs(value) <= LIMITS.INTEGER ? 'INTEGER' : 'BIGINT') };
}

export function cast(child: Tree, id: string): Tree {
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: '',
    child,
    cast_type: { id, type_info: null },
    try_cast: false,
  };
}

export function oidConstant(oid: number): Tree {
  return cast(constant(oid), 'UINTEGER');
}

export function call(
  name: string,
  children: readonly Tree[],
  place?: { readonly catalog: string; readonly schema: string },
): Tree {
  return {
    class: 'FUNCTION',
    type: 'FUNCTION',
    alias: '',
    function_name: name,
    schema: place?.schema ?? '',
    children: children.map(unnamed),
    filter: null,
    order_bys: { type: 'ORDER_MODIFIER', orders: [] },
    distinct: false,
    is_operator: false,
    export_state: false,
    catalog: place?.catalog ?? '',
  };
}

/**
 * A name on an argument would be that of a parameter. Any other node stays the same object: the rewriting of a query may
 * still have something to fill into it.
 */
function unnamed(node: Tree): Tree {
  return node.alias === undefined || node.alias === '' ? node : { ...node, alias: '' };
}

export function listOf(values: readonly Tree[]): Tree {
  return { class: 'OPERATOR', type: 'ARRAY_CONSTRUCTOR', alias: '', children: values };
}

export function column(...names: readonly string[]): Tree {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', column_names: names };
}

/** The expression under the other's name in a select list. */
export function named(node: Tree, like: Tree): Tree {
  const alias = typeof like.alias === 'string' ? like.alias : '';
  return { ...node, alias, ...(like.query_location === undefined ? {} : { query_location: like.query_location }) };
}

/** A constant's value where a node is one, through casts; else undefined. */
export function constantOf(node: Tree | undefined): string | number | boolean | null | undefined {
  if (node === undefined) return undefined;
  if (node.class === 'CAST') return constantOf(node.child as Tree);
  if (node.class !== 'CONSTANT') return undefined;
  const value = node.value as Tree;
  if (value.is_null === true) return null;
  const held = value.value;
  return typeof held === 'string' || typeof held === 'number' || typeof held === 'boolean' ? held : undefined;
}

/**
 * What holds a parameter, within a subquery of its own. The engine's JSON functions tell no type of their result while an argument
 * holds a parameter that they can see, cast or not.
 */
export function shielded(node: Tree): Tree {
  if (!holdsParameter(node)) return node;
  const subquery = { node: select([node], NOWHERE), named_param_map: [] };
  const base = { class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'SCALAR', comparison_type: 'INVALID' };
  return { ...base, subquery, child: null };
}

function holdsParameter(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsParameter);
  if (!isTree(value)) return false;
  return value.class === 'PARAMETER' || Object.values(value).some(holdsParameter);
}

const NO_NAMES = { map: [] };

/** `SELECT <list> FROM <source>`, as a node of a query. */
export function select(list: readonly Tree[], from: Tree): Tree {
  return {
    type: 'SELECT_NODE',
    modifiers: [],
    cte_map: NO_NAMES,
    select_list: list,
    from_table: from,
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  };
}

export const NOWHERE: Tree = { type: 'EMPTY', alias: '', sample: null };

export function subquerySource(node: Tree, alias: string, columnNames: readonly string[]): Tree {
  return {
    type: 'SUBQUERY',
    alias,
    sample: null,
    subquery: { node, named_param_map: [] },
    column_name_alias: columnNames,
  };
}
