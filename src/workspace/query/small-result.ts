import { isTree, list, type Tree } from '../sql-tree.ts';

/** A LIMIT of so many rows is few. */
const ROWS_FEW = 1_000;
/** Aggregates that answer one plain value, however much they read. */
const PLAIN_AGGREGATES = new Set('count_star count sum min max avg'.split(' '));

/** Whether a query's tree says that its result has few rows: a LIMIT, or aggregates of everything. */
export function isSmallResult(node: Tree): boolean {
  return hasLimit(node) || isOneRow(node);
}

function hasLimit({ modifiers }: Tree): boolean {
  return list(modifiers).some(modifier => {
    if (!isTree(modifier) || modifier.type !== 'LIMIT_MODIFIER' || !isTree(modifier.limit)) return false;
    const { value } = modifier.limit;
    const count = modifier.limit.class === 'CONSTANT' && isTree(value) ? value.value : null;
    return typeof count === 'number' && count <= ROWS_FEW;
  });
}

function isOneRow(node: Tree): boolean {
  if (node.type !== 'SELECT_NODE' || list(node.group_expressions).length > 0 || list(node.group_sets).length > 0)
    return false;
  return list(node.select_list).every(item => {
    const name = isTree(item) && item.class === 'FUNCTION' ? String(item.function_name).toLowerCase() : '';
    return PLAIN_AGGREGATES.has(name);
  });
}
