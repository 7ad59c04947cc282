import { isTree, type Tree } from '../sql-tree.ts';

/* Nodes of the engine's tree that are made here, in the parser's own form. */

/** A call in the place of another, whose name in the result it keeps. */
export function callOf(instead: Tree | null, name: string, children: readonly Tree[]): Tree {
  return {
    class: 'FUNCTION',
    type: 'FUNCTION',
    alias: instead?.alias ?? '',
    query_location: instead?.query_location ?? -1,
    function_name: name,
    schema: '',
    children,
    filter: instead?.filter ?? null,
    order_bys: { type: 'ORDER_MODIFIER', orders: [] },
    distinct: false,
    is_operator: false,
    export_state: false,
    catalog: '',
  };
}

export function textNode(value: string): Tree {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
  };
}

export function numberNode(value: number): Tree {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    value: { type: { id: 'INTEGER', type_info: null }, is_null: false, value },
  };
}

export function castOf(child: Tree, width: number, scale: number): Tree {
  const info = { type: 'DECIMAL_TYPE_INFO', alias: '', extension_info: null, width, scale };
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: '',
    child,
    cast_type: { id: 'DECIMAL', type_info: info },
    try_cast: false,
  };
}

export function comparison(kind: 'EQUAL' | 'LESSTHAN', left: Tree, right: Tree): Tree {
  return { class: 'COMPARISON', type: `COMPARE_${kind}`, alias: '', left, right };
}

export function caseOf(cases: readonly { readonly when: Tree; readonly result: Tree }[], otherwise: Tree): Tree {
  return {
    class: 'CASE',
    type: 'CASE_EXPR',
    alias: '',
    case_checks: cases.map(({ when, result }) => ({ when_expr: when, then_expr: result })),
    else_expr: otherwise,
  };
}

/** The value of a text or a number that is written there; undefined: it is none. A decimal is its exact value only if it is short. */
export function constantOf(node: Tree): unknown {
  if (node.class !== 'CONSTANT' || !isTree(node.value) || node.value.is_null === true) return undefined;
  const { type, value } = node.value;
  if (isTree(type) && type.id === 'DECIMAL') return undefined;
  return value;
}
