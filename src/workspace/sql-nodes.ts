/*
 * Which kinds of nodes a query's tree may have: expressions and relations that only compute on what they are given.
 * Anything else is refused, so that what a newer engine brings waits until someone has read what it does.
 */

/** By `class`: expressions. */
export const CLASSES: ReadonlySet<string> = new Set(
  'BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR POSITIONAL_REFERENCE STAR SUBQUERY WINDOW'.split(
    ' ',
  ),
);

/** By `type`: what is no expression. */
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
