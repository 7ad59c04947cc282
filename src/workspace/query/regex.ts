import { isTree, type Tree } from '../sql-tree.ts';

/**
 * PostgreSQL's `~`, `!~`, `~*` and `!~*` find the pattern anywhere in the text, over line breaks too. The engine's parser
 * makes a match of the whole text of the first two, as it does of SIMILAR TO (which stays one: the engine reads its
 * pattern as a regular expression); they are told apart by what stands in the text. Null: `node` is none of them.
 */
export function regexMatch(node: Tree, textThere: string): Tree | null {
  const name = node.function_name;
  const isAnyCase = name === '~*' || name === '!~*';
  const isExact = name === 'regexp_full_match' && /^!?~/.test(textThere);
  if (!isAnyCase && !isExact) return null;
  const children = Array.isArray(node.children) ? node.children.filter(isTree) : [];
  if (children.length !== 2) return null;
  const match = matches(node, children, isAnyCase ? 'is' : 's');
  return name === '!~*' ? { class: 'OPERATOR', type: 'OPERATOR_NOT', alias: node.alias, children: [match] } : match;
}

function matches(node: Tree, children: readonly Tree[], options: string): Tree {
  const value = { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: options };
  const option = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value };
  return {
    ...node,
    function_name: 'regexp_matches',
    schema: '',
    catalog: '',
    is_operator: false,
    children: [...children, option],
  };
}
