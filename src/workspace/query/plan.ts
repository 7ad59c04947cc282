import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api';
import { interruptible } from '../../batch/duckdb.ts';
import { ident, literal } from '../../batch/sql.ts';
import { Fault } from '../../core/fault.ts';
import type { CatalogueDoor } from '../catalogue-door.ts';
import type { AsOf, DatabaseView, ReadTable } from '../database-view.ts';
import { isTree, list, type Tree, tree } from '../sql-tree.ts';
import { mayNeedDoor } from './door-need.ts';
import { needsNoCast } from './encode.ts';
import { engineFailure } from './engine-fault.ts';
import { applyCasts, castFor, declaredCasts, foundType, hinted } from './parameters.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import { type RewrittenQuery, rewrite, sourceTexts } from './rewrite.ts';
import { isSmallResult } from './small-result.ts';
import { type ParsedQuery, type Parser, textOfTree } from './tree-text.ts';
import { typeText } from './type-casts.ts';

export interface PlanParts extends Parser {
  readonly connection: DuckDBConnection;
  readonly view: DatabaseView;
  readonly asOf: AsOf | null;
  readonly openDoor: () => Promise<CatalogueDoor | null>;
  readonly signal: AbortSignal;
}

/** A query as the engine runs it over the tables as they are at one time. */
export interface QueryPlan extends PlanFacts {
  /** Null: the engine was not asked again. */
  readonly statement: DuckDBPreparedStatement | null;
  readonly tables: readonly ReadTable[];
}

/** What the engine finds out of a query. */
export interface PlanFacts {
  readonly sql: string;
  /** Equal for plans that run the same text over the same files. */
  readonly fingerprint: string;
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** What the engine takes for each parameter; null: it stands nowhere. */
  readonly parameterTypes: readonly (DuckDBType | null)[];
  /** What the engine found out before unknown ones became texts. */
  readonly foundTypes: readonly (DuckDBType | null)[];
  /** Few rows of plain types, whatever the tables hold: the result may stay in memory that has no limit. */
  readonly isSmall: boolean;
}

/**
 * Rewrites and prepares; faults carry a state and a position in the author's text. `previous` is answered again where the
 * tables, as they are now, make the same query of it.
 */
export async function planQuery(
  {
    query,
    declared,
    previous,
  }: { readonly query: ParsedQuery; readonly declared: readonly number[]; readonly previous: QueryPlan | null },
  parts: PlanParts,
): Promise<QueryPlan> {
  const shown = await shownThing(query, parts);
  if (shown !== null) return shown;
  const show = showOf(query.node);
  const inner = show === null ? query : { ...query, node: show.node };
  const rewritten = await rewriteWithDoor(inner, parts);
  const sources = await sourceTexts(rewritten);
  const fingerprint = JSON.stringify([rewritten.node, sources, query.parameters, declared, show?.word]);
  if (previous?.fingerprint === fingerprint) return previous;
  // Tables are all in the text, by files that never change; what else there is may be of the session.
  const isOfTables = sources.length > 0 && sources.length === rewritten.tables.length;
  const known = isOfTables ? parts.texts.plans.get(fingerprint) : null;
  if (known !== null) return { ...known, statement: null, tables: rewritten.tables };
  const say = async (node: Tree) => {
    const text = await textOfTree(parts, { node, parameters: query.parameters });
    const whole = withSources(sources, text);
    return show === null ? whole : `SELECT * FROM (${show.word} ${whole})`;
  };
  const { undo, found } = await settleParameters({ query, declared, rewritten, say }, parts);
  try {
    const sql = await say(rewritten.node);
    const statement = await prepareText(sql, query, parts);
    const facts = describe({ sql, statement, query, rewritten, found, fingerprint, isShow: show !== null });
    if (isOfTables) parts.texts.plans.set(fingerprint, facts);
    return { ...facts, statement, tables: rewritten.tables };
  } finally {
    undo();
  }
}

interface Described {
  readonly sql: string;
  readonly statement: DuckDBPreparedStatement;
  readonly query: ParsedQuery;
  readonly rewritten: RewrittenQuery;
  readonly found: readonly (DuckDBType | null)[];
  readonly fingerprint: string;
  readonly isShow: boolean;
}

function describe({ sql, statement, query, rewritten, found, fingerprint, isShow }: Described): PlanFacts {
  const columns = Array.from({ length: statement.columnCount }, (_, index) => index);
  const types = columns.map(index => columnType(statement, index));
  return {
    sql,
    fingerprint,
    names: columns.map(index => statement.columnName(index)),
    types,
    parameterTypes: Array.from(
      { length: query.parameterCount },
      (_, index) => foundType(statement, index + 1) ?? found[index] ?? null,
    ),
    foundTypes: found,
    isSmall: !isShow && isSmallResult(rewritten.node) && types.every(needsNoCast),
  };
}

function columnType(statement: DuckDBPreparedStatement, index: number): DuckDBType {
  try {
    return statement.columnType(index);
  } catch (failure) {
    // The binding throws where the engine cannot tell before it knows a parameter's type.
    throw queryFault(sqlStates.unclearType, 'the type of a parameter cannot be told', { cause: failure });
  }
}

/** The catalogue is opened for queries that need it: most read tables and nothing else. */
async function rewriteWithDoor(query: ParsedQuery, parts: PlanParts): Promise<RewrittenQuery> {
  const { session, texts, view, asOf, signal } = parts;
  const base = { session, texts, view, asOf, signal };
  if (!mayNeedDoor(query.text)) {
    try {
      return await rewrite(query, { ...base, door: null, isDoorLeftOut: true });
    } catch (failure) {
      if (!(failure instanceof Fault) || failure.code !== 'input/sql') throw failure;
    }
  }
  const door = await parts.openDoor();
  const rewritten = await rewrite(query, { ...base, door, isDoorLeftOut: false });
  return door === null ? rewritten : { ...rewritten, node: withOutput(rewritten.node, door) };
}

/** Object ids that print as names, in the outermost select list. */
function withOutput(node: Tree, door: CatalogueDoor): Tree {
  if (!Array.isArray(node.select_list)) return node;
  return { ...node, select_list: node.select_list.map(item => (isTree(item) ? (door.output(item) ?? item) : item)) };
}

interface Settling {
  readonly query: ParsedQuery;
  readonly declared: readonly number[];
  readonly rewritten: RewrittenQuery;
  readonly say: (node: Tree) => Promise<string>;
}

/** Finds out the types of parameters that a client leaves open; the tree has casts around all whose types must be said. */
async function settleParameters(
  { query, declared, rewritten, say }: Settling,
  parts: PlanParts,
): Promise<{ readonly undo: () => void; readonly found: readonly (DuckDBType | null)[] }> {
  const casts = declaredCasts(declared);
  const numbers = Array.from({ length: query.parameterCount }, (_, index) => index + 1);
  const open = numbers.filter(number => !casts.has(number));
  const undoFirst = applyCasts(rewritten.parameters, casts);
  if (open.length === 0) return { undo: undoFirst, found: await castTypes(numbers, casts, parts) };
  const first = await probe(await say(rewritten.node), { numbers, query }, parts);
  const isSettled = open.every(number => first[number - 1] !== null);
  const second = isSettled ? first : await probe(await say(hinted(rewritten.node)), { numbers, query }, parts);
  undoFirst();
  for (const number of open) {
    if (first[number - 1] !== null) continue;
    const own = castInQuery(rewritten, number);
    casts.set(number, own ?? castFor(second[number - 1] ?? null, declared[number - 1] ?? 0));
  }
  const known = await castTypes(numbers, casts, parts);
  return {
    undo: applyCasts(rewritten.parameters, casts),
    found: numbers.map((_, index) => first[index] ?? known[index] ?? null),
  };
}

/** The engine does not tell the type of a cast parameter everywhere, but its cast is in the tree. */
function castInQuery({ parameters }: RewrittenQuery, number: number): string | null {
  const use = parameters.find(each => each.number === number && each.castTo !== null);
  return use?.castTo ? typeText(use.castTo) : null;
}

/** Types as the binding has them, of those that parameters are cast to. */
async function castTypes(
  numbers: readonly number[],
  casts: ReadonlyMap<number, string>,
  { connection, signal }: PlanParts,
): Promise<(DuckDBType | null)[]> {
  const given = numbers.filter(number => casts.has(number));
  if (given.length === 0) return numbers.map(() => null);
  const list = given.map(number => `CAST(NULL AS ${casts.get(number)})`).join(', ');
  const statement = await interruptible({ connection, signal }, () => connection.prepare(`SELECT ${list}`));
  const types = given.map((_, index) => statement.columnType(index));
  statement.destroySync();
  return numbers.map(number => types[given.indexOf(number)] ?? null);
}

/** Types that the engine finds; none where it cannot be planned so: what is wrong is said when it is planned in earnest. */
async function probe(
  sql: string,
  { numbers, query }: { readonly numbers: readonly number[]; readonly query: ParsedQuery },
  parts: PlanParts,
): Promise<(DuckDBType | null)[]> {
  try {
    const statement = await prepareText(sql, query, parts);
    const types = numbers.map(number => foundType(statement, number));
    statement.destroySync();
    return types;
  } catch (failure) {
    if (failure instanceof Fault && failure.code === 'input/sql') return numbers.map(() => null);
    throw failure;
  }
}

export async function prepareText(
  sql: string,
  query: Pick<ParsedQuery, 'node' | 'text'>,
  { connection, signal }: Pick<PlanParts, 'connection' | 'signal'>,
): Promise<DuckDBPreparedStatement> {
  try {
    return await interruptible({ connection, signal }, () => connection.prepare(sql));
  } catch (failure) {
    throw engineFailure(failure, query);
  }
}

/** The relations as WITH names in front of a query that the engine wrote down. */
function withSources(sources: readonly string[], text: string): string {
  if (sources.length === 0) return text;
  const all = sources.join(', ');
  const own = /^WITH (RECURSIVE )?/.exec(text);
  if (own !== null) return `WITH ${own[1] ?? ''}${all}, ${text.slice(own[0].length)}`;
  return text.startsWith('(') ? `WITH ${all} SELECT * FROM (${text})` : `WITH ${all} ${text}`;
}

/** DESCRIBE and SUMMARIZE of a query, which the engine takes nowhere but in front. */
function showOf(node: Tree): { readonly word: 'DESCRIBE' | 'SUMMARIZE'; readonly node: Tree } | null {
  const from = node.from_table;
  if (node.type !== 'SELECT_NODE' || !isTree(from) || from.type !== 'SHOW_REF' || !isTree(from.query)) return null;
  if (list(node.modifiers).length > 0 || node.where_clause !== null) return null;
  return { word: from.show_type === 'SUMMARY' ? 'SUMMARIZE' : 'DESCRIBE', node: tree(from.query) };
}

/** SHOW TABLES is a list of the database's relations. */
async function shownThing(query: ParsedQuery, parts: PlanParts): Promise<QueryPlan | null> {
  const from = query.node.from_table;
  if (!isTree(from) || from.type !== 'SHOW_REF' || from.query !== null) return null;
  if (from.table_name !== '"tables"') {
    throw queryFault(sqlStates.unsupported, 'only SHOW TABLES, DESCRIBE and SUMMARIZE show things here');
  }
  const relations = await parts.view.relations(parts.signal);
  const rows = relations.map(
    ({ schema, name, kind, columns }) => `(${literal(schema)}, ${literal(name)}, ${literal(kind)}, ${columns.length})`,
  );
  const names = ['schema', 'name', 'kind', 'columns'].map(ident).join(', ');
  const sql =
    rows.length === 0
      ? `SELECT '' AS schema, '' AS name, '' AS kind, 0 AS columns WHERE false`
      : `SELECT * FROM (VALUES ${rows.join(', ')}) AS relations(${names}) ORDER BY 1, 2`;
  const statement = await prepareText(sql, query, parts);
  const rewritten = { node: query.node, parameters: [], sources: [], tables: [] };
  return {
    ...describe({ sql, statement, query, rewritten, found: [], fingerprint: sql, isShow: true }),
    statement,
    tables: [],
  };
}
