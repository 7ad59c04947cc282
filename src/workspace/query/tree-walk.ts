import type { CatalogueDoor } from '../catalogue-door.ts';
import { allowedFunctions, allowedTableFunctions } from '../sql-functions.ts';
import { CLASSES, NODES } from '../sql-nodes.ts';
import { foldName, isTree, list, type Tree, tree } from '../sql-tree.ts';
import { columnName, UNNAMED } from './column-names.ts';
import { PgMeaning } from './pg-meaning.ts';
import { positionOfByte, queryFault, sqlStates } from './query-fault.ts';
import { regexMatch } from './regex.ts';
import { numberText } from './tree-text.ts';
import { engineCast, saysThousandths } from './type-casts.ts';

/** A copy of a node that is still being made. */
export type Draft = Record<string, unknown>;

/** A relation that a query names; `node` is filled in when it is known what the name means. */
export interface RelationUse {
  readonly node: Draft;
  readonly catalog: string;
  readonly schema: string | null;
  readonly name: string;
  /** `AT (...)` as it was parsed; null: none. */
  readonly at: Tree | null;
  readonly position: number | null;
}

export interface WalkParts {
  /** What the tree was parsed from. */
  readonly text: string;
  readonly door: CatalogueDoor | null;
  /** Null: parameters have no values here (a view's definition). */
  readonly parameters: ParameterUse[] | null;
}

/** A parameter as it stands in the new tree. */
export interface ParameterUse {
  readonly node: Draft;
  readonly number: number;
  /** What the query itself casts it to, in the parser's form; null: it stands there bare. */
  castTo: Tree | null;
}

type Scope = ReadonlySet<string>;

/** A WITH name that the engine could never take for a file's. */
const PLAIN_NAME = /^[^./\\:*?[\]{}\0]+$/u;
/** `a -> b -> c`: the engine tries each both as a lambda and as a path in JSON, so time doubles with each. */
const ARROWS_MAX = 12;
const SCHEMAS = new Set(['dbo', 'public', 'lakelink', 'pg_catalog', 'information_schema']);

/**
 * Copies a query's tree as it may run: every kind of node is one that computes, every function is allowed or the catalogue's
 * (I: SQL is checked before it runs), names of relations are left open. Throws `input/sql`.
 */
export class TreeWalk {
  readonly relations: RelationUse[] = [];
  /** How many joins there are whose order is the engine's to choose. */
  innerJoins = 0;
  readonly #parts: WalkParts;
  readonly #bytes: Buffer;
  readonly #columns: { readonly node: Draft; readonly names: readonly string[] }[] = [];
  readonly #tables = new Set<string>();
  readonly #meaning = new PgMeaning();
  readonly #isOpenNumeric: boolean;
  #arrows = 0;

  constructor(parts: WalkParts) {
    this.#parts = parts;
    this.#bytes = Buffer.from(parts.text);
    this.#isOpenNumeric = !saysThousandths(parts.text);
  }

  /** The whole query; `database` may stand in front of names. */
  query(node: Tree, database: string): Tree {
    const copy = this.#node(node, new Set());
    for (const { node: column, names } of this.#columns) column.column_names = this.#unqualified(names, database);
    return copy;
  }

  #copy(value: unknown, scope: Scope): unknown {
    if (Array.isArray(value)) return value.map(each => this.#copy(each, scope));
    return isTree(value) ? this.#node(value, scope) : value;
  }

  #node(node: Tree, scope: Scope): Tree {
    if (typeof node.class === 'string') return this.#expression(node, scope);
    const { type } = node;
    if (typeof type === 'string' && !NODES.has(type)) throw this.#refuse(node, `${type} cannot be used here`);
    switch (type) {
      case 'BASE_TABLE':
        return this.#table(node, scope);
      case 'TABLE_FUNCTION':
        return this.#tableFunction(node, scope);
      case 'RECURSIVE_CTE_NODE':
        return this.#recursive(node, scope);
      case 'SHOW_REF':
        if (node.query === null) {
          throw this.#refuse(node, 'only SHOW TABLES, DESCRIBE and SUMMARIZE show things here');
        }
        return this.#members(node, scope);
      case 'SELECT_NODE':
        return this.#select(node, scope);
      case 'JOIN':
        if (node.join_type === 'INNER') this.innerJoins += 1;
        return this.#members(node, scope);
      default:
        return isTree(node.cte_map) ? this.#withNames(node, scope) : this.#members(node, scope);
    }
  }

  #members(node: Tree, scope: Scope, done: readonly string[] = []): Draft {
    const copy: Draft = {};
    for (const [key, value] of Object.entries(node)) {
      copy[key] = done.includes(key) ? value : this.#copy(value, scope);
    }
    return copy;
  }

  #select(node: Tree, scope: Scope): Tree {
    const copy = this.#withNames(node, scope);
    copy.select_list = list(copy.select_list).map((item, index) => {
      const original = tree(list(node.select_list)[index]);
      if (!isTree(item) || original.alias !== '') return item;
      const isReplaced = original.class === 'COLUMN_REF' && item.class !== 'COLUMN_REF';
      const name = this.#isSyntax(original) ? UNNAMED : isReplaced ? lastName(original) : columnName(original);
      if (name === null) return item;
      // A draft is still to be filled in, so it must stay the same object.
      if (original.class === 'PARAMETER') return Object.assign(item, { alias: name });
      return { ...item, alias: name };
    });
    return copy;
  }

  /** `~` and SIMILAR TO are functions to the parser. */
  #isSyntax(item: Tree): boolean {
    return item.function_name === 'regexp_full_match' && !/^re/i.test(this.#textAt(item));
  }

  #withNames(node: Tree, outer: Scope): Draft {
    const { names, scope } = this.#names(tree(node.cte_map), outer);
    return { ...this.#members(node, scope, ['cte_map']), cte_map: names };
  }

  /** Each WITH name is visible to those behind it and to the query, not before: there it would be another table. */
  #names(names: Tree, outer: Scope): { readonly names: Tree; readonly scope: Scope } {
    const scope = new Set(outer);
    const map = list(names.map).map(entry => {
      const { key, value } = tree(entry);
      const name = String(key);
      if (!PLAIN_NAME.test(name)) throw queryFault(sqlStates.unsupported, `"${name}" cannot be a WITH name`);
      const copy = { key, value: this.#copy(value, new Set(scope)) };
      scope.add(foldName(name));
      return copy;
    });
    return { names: { map }, scope };
  }

  #recursive(node: Tree, outer: Scope): Tree {
    const { names, scope } = this.#names(tree(node.cte_map), outer);
    const { left, right, ...rest } = node;
    const inner = new Set([...scope, foldName(String(node.cte_name))]);
    return {
      ...this.#members(rest, scope, ['cte_map']),
      cte_map: names,
      left: this.#copy(left, scope),
      right: this.#copy(right, inner),
    };
  }

  #table(node: Tree, scope: Scope): Tree {
    const name = String(node.table_name);
    const copy: Draft = { ...node, at_clause: null, sample: this.#copy(node.sample, scope) };
    const isPlain = node.schema_name === '' && node.catalog_name === '';
    const at = isTree(node.at_clause) ? node.at_clause : null;
    if (isPlain && at === null && scope.has(foldName(name))) return copy;
    if (node.alias === '') {
      copy.alias = name;
      this.#tables.add(foldName(name));
    }
    this.relations.push({
      node: copy,
      catalog: String(node.catalog_name),
      schema: node.schema_name === '' ? null : String(node.schema_name),
      name,
      at,
      position: this.#position(node),
    });
    return copy;
  }

  #tableFunction(node: Tree, scope: Scope): Tree {
    const call = tree(node.function);
    const name = foldName(String(call.function_name));
    const copy = { ...this.#members(node, scope, ['function']), function: this.#members(call, scope) };
    const answer = isCatalogue(call) ? (this.#parts.door?.source(copy) ?? null) : null;
    if (answer !== null) return answer;
    if (!isOwn(call) || !allowedTableFunctions.has(name)) throw this.#refuseFunction(call);
    return { ...copy, function: { ...copy.function, schema: '', catalog: '' } };
  }

  #expression(node: Tree, scope: Scope): Tree {
    if (!CLASSES.has(String(node.class)) && node.class !== 'PARAMETER') {
      throw this.#refuse(node, `${node.class} cannot be used here`);
    }
    switch (node.class) {
      case 'CONSTANT':
        // The parser makes texts of them, with their letter in front.
        if (/^[xb]'/i.test(this.#textAt(node))) throw this.#refuse(node, 'bit strings cannot be used here');
        return constant(node);
      case 'PARAMETER':
        return this.#parameter(node);
      case 'COLUMN_REF':
        return this.#column(node);
      case 'FUNCTION':
      case 'WINDOW':
        return this.#call(node, scope);
      case 'CAST':
        return this.#cast(node, scope);
      case 'OPERATOR':
        return this.#operator(node, scope);
      case 'LAMBDA':
        return this.#lambda(node, scope);
      default:
        return this.#members(node, scope);
    }
  }

  #parameter(node: Tree): Tree {
    const { parameters } = this.#parts;
    if (parameters === null) throw queryFault(sqlStates.unknownParameter, 'parameters have no values here');
    const copy = { ...node };
    parameters.push({ node: copy, number: Number(node.identifier), castTo: null });
    return copy;
  }

  #column(node: Tree): Tree {
    const names = list(node.column_names).map(String);
    const isQuoted = names.length === 1 && this.#textAt(node).startsWith('"');
    const answer = isQuoted ? null : (this.#parts.door?.column(node) ?? null);
    if (answer !== null) return answer;
    const copy: Draft = { ...node };
    if (names.length > 2) this.#columns.push({ node: copy, names });
    return copy;
  }

  /** `dbo.account.name` is `account.name`: relations stand under their plain names. */
  #unqualified(names: readonly string[], database: string): readonly string[] {
    const [first = '', second = ''] = names.map(foldName);
    if (names.length > 3 && first === database.toLowerCase() && SCHEMAS.has(second)) {
      return this.#unqualified(names.slice(1), database);
    }
    return SCHEMAS.has(first) && this.#tables.has(second) ? names.slice(1) : names;
  }

  #call(node: Tree, scope: Scope): Tree {
    const copy = this.#members(node, scope);
    const match = regexMatch(copy, this.#textAt(node));
    if (match !== null) return match;
    const meant = node.class === 'FUNCTION' && isOwn(node) ? this.#meaning.of(copy, this.#textAt(node)) : null;
    if (meant !== null) return meant;
    const answer = node.class === 'FUNCTION' && isCatalogue(node) ? (this.#parts.door?.call(copy) ?? null) : null;
    if (answer !== null) return answer;
    if (!isOwn(node) || !allowedFunctions.has(foldName(String(node.function_name)))) {
      throw this.#refuseFunction(node);
    }
    // What the parser itself says in `main` comes back in `main` only if it stands there.
    return node.schema === 'pg_catalog' ? { ...copy, schema: '' } : copy;
  }

  #cast(node: Tree, scope: Scope): Tree {
    const copy = { ...node, child: this.#copy(node.child, scope) };
    const ofCatalogue = this.#parts.door?.cast(copy) ?? null;
    if (ofCatalogue !== null) return ofCatalogue;
    const cast = engineCast(copy, { position: this.#position(node), isOpenNumeric: this.#isOpenNumeric });
    const use = this.#parts.parameters?.at(-1);
    if (use !== undefined && use.node === copy.child && isTree(cast.cast_type)) use.castTo = cast.cast_type;
    return cast;
  }

  #operator(node: Tree, scope: Scope): Tree {
    const copy = this.#members(node, scope);
    const [child] = Array.isArray(copy.children) ? copy.children : [];
    if (node.type === 'OPERATOR_NOT' && isTree(child) && child.query_location === -1) {
      // `!~` and NOT SIMILAR TO.
      const match = regexMatch(child, this.#textAt(node)) ?? this.#meaning.of(child, this.#textAt(node));
      if (match !== null) return { ...copy, children: [match] };
    }
    return this.#parts.door?.call(copy) ?? copy;
  }

  #lambda(node: Tree, scope: Scope): Tree {
    this.#arrows += 1;
    if (this.#arrows > ARROWS_MAX) {
      throw queryFault(sqlStates.tooComplex, `a query has at most ${ARROWS_MAX} arrows (->) within each other`);
    }
    const copy = this.#members(node, scope);
    this.#arrows -= 1;
    return copy;
  }

  #textAt(node: Tree): string {
    const start = Number(node.query_location ?? -1);
    return start < 0 ? '' : this.#bytes.toString('utf8', start, start + 2);
  }

  #position(node: Tree): number | null {
    const byte = Number(node.query_location ?? -1);
    return byte < 0 ? null : positionOfByte(this.#parts.text, byte);
  }

  #refuse(node: Tree, reason: string) {
    return queryFault(sqlStates.unsupported, reason, { position: this.#position(node) });
  }

  #refuseFunction(call: Tree) {
    const reason = `the function ${call.function_name} cannot be used here`;
    return queryFault(sqlStates.unknownFunction, reason, { position: this.#position(call) });
  }
}

/** Whether a function is called by its plain name, PostgreSQL's full one, or the one that the parser gives to syntax. */
function isOwn(call: Tree): boolean {
  const schema = String(call.schema).toLowerCase();
  return (
    (schema === '' || schema === 'main' || schema === 'pg_catalog') &&
    (call.catalog === '' || call.catalog === undefined)
  );
}

function lastName(column: Tree): string {
  return String(list(column.column_names).at(-1));
}

/** Whether a function may be the catalogue's: its own helpers, in a database of their own, are not for clients. */
function isCatalogue(call: Tree): boolean {
  return isOwn(call) || (call.catalog === '' && String(call.schema).toLowerCase() === 'information_schema');
}

/** `1e10` would come back as a decimal; said as a cast it stays the double it is. */
function constant(node: Tree): Tree {
  const { value } = node;
  if (!isTree(value) || !isTree(value.type) || value.type.id !== 'DOUBLE' || value.is_null === true) return node;
  const text = { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: numberText(value.value) };
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: node.alias,
    child: { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: text },
    cast_type: { id: 'DOUBLE', type_info: null },
    try_cast: false,
  };
}
