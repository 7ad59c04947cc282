import { type DuckDBPreparedStatement, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { isTree, type Tree } from '../sql-tree.ts';
import { engineTypeOf, oids, pgTypeOf } from './pg-types.ts';
import type { Draft, ParameterUse } from './tree-walk.ts';
import { namedType } from './type-casts.ts';

/*
 * What a parameter's type is, where a client does not say: what the engine finds out from where it stands; else that of
 * what it is added to or compared with in a list; else text, as PostgreSQL takes it.
 */

/** Types that say nothing of what a value is: drivers send nearly everything so. */
const TEXTS: ReadonlySet<number> = new Set<number>([0, oids.text, oids.varchar, oids.bpchar, oids.unknown, oids.name]);
/** A parameter declared `numeric` in a place that says no scale. */
const NUMERIC = 'DECIMAL(38,10)';

/** What each parameter is cast to, by its number; those that are not here are the engine's to find out. */
export type CastTypes = ReadonlyMap<number, string>;

/** The casts that declared types ask for. */
export function declaredCasts(declared: readonly number[]): Map<number, string> {
  const casts = new Map<number, string>();
  for (const [index, oid] of declared.entries()) {
    const type = TEXTS.has(oid) || oid === oids.numeric ? undefined : engineTypeOf(oid);
    if (type !== undefined) casts.set(index + 1, type.replace('NUMERIC', NUMERIC));
  }
  return casts;
}

/** Puts casts around parameters; answers what takes them off again. */
export function applyCasts(uses: readonly ParameterUse[], casts: CastTypes): () => void {
  const undo: (() => void)[] = [];
  for (const { node, number } of uses) {
    const type = casts.get(number);
    if (type === undefined) continue;
    const was = { ...node };
    become(node, {
      class: 'CAST',
      type: 'OPERATOR_CAST',
      alias: was.alias,
      child: { ...was, alias: '' },
      cast_type: namedType(type),
      try_cast: false,
    });
    undo.push(() => become(node, was));
  }
  return () => {
    for (const one of undo.reverse()) one();
  };
}

function become(node: Draft, other: Tree): void {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, other);
}

/** A tree that means nothing, in which the engine can tell the types of more parameters. */
export function hinted(node: Tree): Tree {
  return hint(node) as Tree;
}

function hint(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hint);
  if (!isTree(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hint(each)]));
  return hintedAny(copy) ?? hintedArithmetic(copy) ?? copy;
}

/** `x = ANY($1)`, which is a subquery to the parser: `list_contains($1, x)` is a list of x's type. */
function hintedAny(node: Tree): Tree | null {
  if (node.class !== 'SUBQUERY' || node.subquery_type !== 'ANY' || !isTree(node.child) || !isTree(node.subquery))
    return null;
  const inner = node.subquery.node;
  const [item, ...more] = isTree(inner) && Array.isArray(inner.select_list) ? inner.select_list : [];
  if (!isTree(item) || more.length > 0 || item.function_name !== 'unnest' || !Array.isArray(item.children)) return null;
  const [list] = item.children;
  if (!isTree(list) || list.class !== 'PARAMETER') return null;
  return { ...item, function_name: 'list_contains', alias: node.alias, children: [list, node.child] };
}

const ARITHMETIC = new Set(['+', '-', '*', '/', '%']);

/** `x + $1` is `x + coalesce($1, x)`. */
function hintedArithmetic(node: Tree): Tree | null {
  if (node.class !== 'FUNCTION' || !ARITHMETIC.has(String(node.function_name)) || !Array.isArray(node.children))
    return null;
  const [left, right] = node.children;
  if (!isTree(left) || !isTree(right)) return null;
  if (right.class === 'PARAMETER' && left.class !== 'PARAMETER')
    return { ...node, children: [left, coalesce(right, left)] };
  if (left.class === 'PARAMETER' && right.class !== 'PARAMETER')
    return { ...node, children: [coalesce(left, right), right] };
  return null;
}

function coalesce(first: Tree, second: Tree): Tree {
  return { class: 'OPERATOR', type: 'OPERATOR_COALESCE', alias: '', children: [first, second] };
}

/** The type that the engine found for a parameter; null: none. */
export function foundType(statement: DuckDBPreparedStatement, number: number): DuckDBType | null {
  try {
    const typeId = statement.parameterTypeId(number);
    if (UNTYPED.has(typeId)) return null;
    return statement.parameterType(number);
  } catch {
    // The binding has no better way to say that the engine does not know yet.
    return null;
  }
}

const UNTYPED: ReadonlySet<number> = new Set<number>([
  DuckDBTypeId.INVALID,
  DuckDBTypeId.ANY,
  DuckDBTypeId.SQLNULL,
  DuckDBTypeId.STRING_LITERAL,
  DuckDBTypeId.INTEGER_LITERAL,
]);

/** What a parameter becomes that the engine knows by `found` only. */
export function castFor(found: DuckDBType | null, declared: number): string {
  if (found === null) return declared === oids.numeric ? NUMERIC : 'VARCHAR';
  return String(found);
}

/** What a client is told that a parameter is: what it declared, else what was found out. */
export function toldType(found: DuckDBType | null, declared: number): number {
  if (declared !== 0) return declared;
  return found === null ? oids.text : pgTypeOf(found).typeOid;
}
