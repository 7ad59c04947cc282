import type { Session } from '../../batch/duckdb.ts';
import { literal } from '../../batch/sql.ts';
import { Fault } from '../../core/fault.ts';
import { isTree, list, type Tree, tree } from '../sql-tree.ts';
import { positionOfCharacter, queryFault, sqlStates } from './query-fault.ts';
import type { QueryTexts } from './query-texts.ts';
import { readableByEngine } from './syntax.ts';

/** One query as a tree, as the engine's own parser sees it. */
export interface ParsedQuery {
  readonly node: Tree;
  /** Names and numbers of its parameters, in the parser's form. */
  readonly parameters: unknown;
  /** How many parameters it has: the highest `$n`. */
  readonly parameterCount: number;
  /** The author's text: places in the tree (`query_location`) count its bytes. */
  readonly text: string;
}

/** What parses: the engine, and what it said before. */
export interface Parser {
  readonly session: Session;
  readonly texts: QueryTexts;
}

const SQL_LENGTH_MAX = 1_000_000;
const PARAMETERS_MAX = 65_535;
/** A tree of so many characters is some million nodes: minutes of planning. */
const TREE_LENGTH_MAX = 48 * 1024 * 1024;
/** The parser's way to say that a node stands nowhere in the text: the largest number of 64 bits. */
const NOWHERE = '"query_location":18446744073709551615';

/** Parses exactly one query that reads; throws `input/sql` with a state, and a position where the parser names one. */
export async function parseText(parser: Parser, author: string): Promise<ParsedQuery> {
  if (author.trim() === '') throw queryFault(sqlStates.syntax, 'the query is empty');
  if (author.length > SQL_LENGTH_MAX) {
    throw queryFault(sqlStates.tooComplex, `the query is longer than ${SQL_LENGTH_MAX} characters`);
  }
  if (author.includes('\0')) throw queryFault('22021', 'the query holds a NUL character');
  const text = readableByEngine(author);
  const answer = await serialize(parser, text);
  if (answer.error === true) throw refused(answer, text);
  const [statement, ...more] = list(answer.statements);
  if (more.length > 0) throw queryFault(sqlStates.syntax, 'more than one statement');
  if (statement === undefined) throw queryFault(sqlStates.syntax, 'the query is empty');
  const { node, named_param_map: parameters } = tree(statement);
  return { node: tree(node), parameters, parameterCount: countParameters(parameters), text: author };
}

function countParameters(parameters: unknown): number {
  let highest = 0;
  for (const entry of list(parameters)) {
    const name = String(tree(entry).key);
    if (!/^[1-9]\d{0,5}$/.test(name)) throw queryFault(sqlStates.syntax, 'parameters are $1, $2, ...');
    highest = Math.max(highest, Number(name));
  }
  if (highest > PARAMETERS_MAX) throw queryFault('54023', `a query has at most ${PARAMETERS_MAX} parameters`);
  return highest;
}

/**
 * A tree as a query's text. Proven: the text parses to the same tree, so nothing that a name or a text holds can become
 * anything else than it was when the tree was checked.
 */
export async function textOfTree(
  parser: Parser,
  { node, parameters }: { readonly node: Tree; readonly parameters: unknown },
): Promise<string> {
  const statements = [{ node, named_param_map: parameters }];
  const json = JSON.stringify({ error: false, statements }, asEngineReads);
  return parser.texts.said.of(json, async () => {
    const [row] = await parser.session.runAll(
      `SELECT json_deserialize_sql(CAST(${literal(exactNumbers(json))} AS JSON)) AS text`,
    );
    const text = String(row?.text);
    const answer = await serialize(parser, text);
    const [statement, ...more] = answer.error === true ? [] : list(answer.statements);
    const isSame = statement !== undefined && more.length === 0 && shapeOf(tree(statement).node) === shapeOf(node);
    if (!isSame) throw queryFault(sqlStates.unsupported, 'this query cannot be said in the engine’s words');
    return text;
  });
}

async function serialize({ session, texts }: Parser, sql: string): Promise<Tree> {
  const json = await texts.trees.of(sql, async () => {
    const [row] = await session.runAll(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
    return String(row?.tree);
  });
  if (json.length > TREE_LENGTH_MAX) throw queryFault(sqlStates.tooComplex, 'the query has too many parts');
  try {
    return tree(JSON.parse(exactTexts(json.replaceAll(NOWHERE, '"query_location":-1'))));
  } catch (failure) {
    if (failure instanceof Fault) throw failure;
    // A number beyond the range of a double is written as `Infinity`, which is no JSON.
    if (failure instanceof SyntaxError) throw queryFault(sqlStates.numberRange, 'a number is out of range');
    throw failure;
  }
}

/** Marks a number that a JavaScript number would round; no text of a query holds this character. */
const EXACT = '\0';
const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][-+]?\d+)?/g;

/** Numbers of many digits as texts, so that they pass through JavaScript as they are. */
function exactTexts(json: string): string {
  if (!/[:[,]-?\d[\d.]{15}/.test(json)) return json;
  return json.replace(LONG_NUMBER, match => (match.startsWith('"') ? match : `"\\u0000${match}"`));
}

function exactNumbers(json: string): string {
  return json.replace(/"\\u0000(-?[\d.eE+-]+)"/g, '$1');
}

/** The text of a number in a tree. */
export function numberText(value: unknown): string {
  const text = String(value);
  return text.startsWith(EXACT) ? text.slice(1) : text;
}

/** As the engine reads a tree: without places, and a double that is whole (`50%` of a sample) still written as a double. */
function asEngineReads(key: string, value: unknown): unknown {
  if (isTree(value) && isTree(value.type) && value.type.id === 'DOUBLE' && Number.isInteger(value.value)) {
    return { ...value, value: `${EXACT}${Number(value.value).toFixed(1)}` };
  }
  return key === 'query_location' ? undefined : value;
}

/** A text that is equal for trees that mean the same. */
function shapeOf(node: unknown): string {
  return JSON.stringify(canonical(node));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isTree(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) if (key !== 'query_location') copy[key] = canonical(value[key]);
  return valuesOf(copy) ?? copy;
}

/** `(VALUES ...) AS a` comes back as `(SELECT * FROM (VALUES ...) AS valueslist) AS a`; both are said in the first way. */
function valuesOf(node: Tree): Tree | null {
  if (
    node.type !== 'SUBQUERY' ||
    node.class !== undefined ||
    !isTree(node.subquery) ||
    list(node.column_name_alias).length > 0
  )
    return null;
  const { from_table: from, select_list: items, ...rest } = tree(node.subquery.node);
  if (!isTree(from) || from.type !== 'EXPRESSION_LIST' || from.alias !== 'valueslist') return null;
  if (JSON.stringify(items) !== ALL_COLUMNS || JSON.stringify(rest) !== NOTHING_ELSE) return null;
  return { ...from, alias: node.alias, sample: node.sample };
}

/** In canonical form, as the engine's parser gives `SELECT * FROM (VALUES ...)`. */
const ALL_COLUMNS = JSON.stringify([
  {
    alias: '',
    class: 'STAR',
    columns: false,
    exclude_list: [],
    expr: null,
    qualified_exclude_list: [],
    relation_name: '',
    rename_list: [],
    replace_list: [],
    type: 'STAR',
  },
]);
const NOTHING_ELSE = JSON.stringify({
  aggregate_handling: 'STANDARD_HANDLING',
  cte_map: { map: [] },
  group_expressions: [],
  group_sets: [],
  having: null,
  modifiers: [],
  qualify: null,
  sample: null,
  type: 'SELECT_NODE',
  where_clause: null,
});

function refused(answer: Tree, text: string): Fault {
  const message = String(answer.error_message);
  if (answer.error_type !== 'parser') {
    return queryFault(
      sqlStates.unsupported,
      'only SELECT (also WITH, VALUES, TABLE, FROM, DESCRIBE, SUMMARIZE, SHOW TABLES) runs here',
    );
  }
  if (/^(memory exhausted|Max expression depth)/.test(message)) {
    return queryFault(sqlStates.tooComplex, 'the query is nested too deeply');
  }
  const index = Number(answer.position ?? Number.NaN);
  const state = /NOT IMPLEMENTED/i.test(message) ? sqlStates.unsupported : sqlStates.syntax;
  return queryFault(state, message, { position: Number.isInteger(index) ? positionOfCharacter(text, index) : null });
}
