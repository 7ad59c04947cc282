import { isTree, type Tree } from '../sql-tree.ts';
import { call, cast, constant, constantOf } from './nodes.ts';

/*
 * `int2vector` and `oidvector` count from 0, all other lists from 1. Which columns are such is known by their names:
 * no others of the catalogue are called so.
 */

const COLUMNS = new Set(
  'indkey indcollation indclass indoption proargtypes partattrs partclass partcollation tgattr stxkeys prattrs'.split(
    ' ',
  ),
);

function isVector(node: unknown): boolean {
  if (!isTree(node) || node.class !== 'COLUMN_REF' || !Array.isArray(node.column_names)) return false;
  return COLUMNS.has(String(node.column_names.at(-1)).toLowerCase());
}

/** Where a vector is counted: the same from 1. Null for all else. */
export function rewriteVector(node: Tree): Tree | null {
  const [list, ...more] = Array.isArray(node.children) ? node.children.filter(isTree) : [];
  if (list === undefined || !isVector(list)) return null;
  const [first] = more;
  if (node.type === 'ARRAY_EXTRACT' && first !== undefined) {
    return { ...node, children: [list, call('+', [first, constant(1)])] };
  }
  switch (node.class === 'FUNCTION' ? String(node.function_name).toLowerCase() : '') {
    case 'array_lower':
      return nothing(first);
    case 'array_upper':
      return call('-', [call('len', [list]), call('+', [constant(1), nothing(first)])]);
    case 'generate_subscripts':
      return call('unnest', [call('range', [call('+', [call('len', [list]), nothing(first)])])]);
    default:
      return null;
  }
}

/** No number, said with the dimension where that is no constant: a parameter of the client's has to stay in the query. */
function nothing(dimension: Tree | undefined): Tree {
  const isKnown = dimension === undefined || constantOf(dimension) !== undefined;
  return isKnown ? constant(0) : call('*', [constant(0), cast(dimension, 'INTEGER')]);
}
