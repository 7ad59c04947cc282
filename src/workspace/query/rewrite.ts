import type { Session } from '../../batch/duckdb.ts';
import { ident, literal } from '../../batch/sql.ts';
import { Fault } from '../../core/fault.ts';
import type { CatalogueDoor } from '../catalogue-door.ts';
import type { AsOf, DatabaseView, ReadTable, Relation } from '../database-view.ts';
import { columnsUsed } from '../relations/columns-used.ts';
import { isTree, type Tree, tree } from '../sql-tree.ts';
import { mayNeedDoor } from './door-need.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import { type ParsedQuery, type Parser, parseText } from './tree-text.ts';
import { type Draft, type ParameterUse, type RelationUse, TreeWalk } from './tree-walk.ts';

export interface RewriteParts extends Parser {
  readonly view: DatabaseView;
  readonly door: CatalogueDoor | null;
  /** There is a catalogue, and the query's own words do not need it: a view whose words may is refused without it. */
  readonly isDoorLeftOut: boolean;
  /** Tables of `dbo` without a time of their own are read as of this. */
  readonly asOf: AsOf | null;
  readonly signal: AbortSignal;
}

/** A query that may run: its tree names only relations of `sources`, by names that nothing else has. */
export interface RewrittenQuery {
  readonly node: Tree;
  readonly parameters: readonly ParameterUse[];
  readonly sources: readonly Source[];
  readonly tables: readonly ReadTable[];
}

export interface Source {
  readonly name: string;
  /** One SELECT in the engine's words. */
  sql(columns: ReadonlySet<string> | null): Promise<string>;
}

const VIEW_DEPTH_MAX = 16;
/** Relations of one query, those of its views counted: each is planned by itself. */
const RELATIONS_MAX = 1_000;
/** Finding their best order takes 20 seconds for 100 and minutes for 200, and cannot be interrupted. */
const INNER_JOINS_MAX = 100;

/** Finds out what every name of a query means and puts views in; throws `input/sql` for what is not there. */
export async function rewrite(query: ParsedQuery, parts: RewriteParts): Promise<RewrittenQuery> {
  const parameters: ParameterUse[] = [];
  const walk = new TreeWalk({ text: query.text, door: parts.door, parameters });
  const node = walk.query(query.node, parts.view.name);
  const finder = new Finder(parts);
  await finder.fill(walk, []);
  return { node, parameters, sources: [...finder.sources.values()], tables: [...finder.tables.values()] };
}

/** All texts of relations, in front of a query's own. */
export async function sourceTexts({ node, sources }: RewrittenQuery): Promise<string[]> {
  const columns = columnsUsed(node);
  const texts: string[] = [];
  for (const source of sources) texts.push(`${ident(source.name)} AS NOT MATERIALIZED (${await source.sql(columns)})`);
  return texts;
}

class Finder {
  readonly sources = new Map<string, Source>();
  readonly tables = new Map<string, ReadTable>();
  readonly #parts: RewriteParts;
  #count = 0;
  #innerJoins = 0;

  constructor(parts: RewriteParts) {
    this.#parts = parts;
  }

  /** `views`: those that the walk's text stands in, outermost first. */
  async fill({ relations, innerJoins }: TreeWalk, views: readonly string[]): Promise<void> {
    this.#innerJoins += innerJoins;
    if (this.#innerJoins > INNER_JOINS_MAX) {
      throw queryFault(
        sqlStates.tooComplex,
        `a query has at most ${INNER_JOINS_MAX} inner joins, those of its views counted`,
      );
    }
    for (const use of relations) {
      this.#count += 1;
      if (this.#count > RELATIONS_MAX) {
        throw queryFault(sqlStates.tooComplex, `a query names at most ${RELATIONS_MAX} relations`);
      }
      await this.#fill(use, views);
    }
  }

  async #fill(use: RelationUse, views: readonly string[]): Promise<void> {
    const { view } = this.#parts;
    if (use.catalog !== '' && use.catalog.toLowerCase() !== view.name.toLowerCase()) {
      const reason = 'cross-database references are not implemented';
      throw queryFault(sqlStates.unsupported, reason, { position: use.position });
    }
    const ofCatalogue = use.at === null ? this.#ofCatalogue(use) : null;
    if (ofCatalogue !== null) {
      this.#name(
        use.node,
        this.#source(`catalogue ${ofCatalogue}`, async () => ofCatalogue),
      );
      return;
    }
    const { relation, key } = await this.#find(use);
    if (relation.is === 'view') await this.#putView(use, relation, views);
    else this.#putRows(use.node, relation, key);
  }

  #ofCatalogue({ schema, name, position }: RelationUse): string | null {
    try {
      const sql = this.#parts.door?.relation({ schema, name }) ?? null;
      if (sql === null) return null;
      return sql.startsWith('(')
        ? `SELECT * FROM ${sql} AS catalogue`
        : sql.startsWith('"')
          ? `SELECT * FROM ${sql}`
          : sql;
    } catch (failure) {
      throw withPosition(failure, position);
    }
  }

  async #find(use: RelationUse): Promise<{ readonly relation: Relation; readonly key: string }> {
    const { view, signal } = this.#parts;
    const name = { schema: use.schema, name: use.name };
    const own = use.at === null ? null : await asOfClause(this.#parts.session, use);
    const now = own === null ? await this.#attempt(use, () => view.find(name, { asOf: null, signal })) : null;
    const asOf = own ?? (now?.info.schema === 'dbo' ? this.#parts.asOf : null);
    const relation = asOf === null ? now : await this.#attempt(use, () => view.find(name, { asOf, signal }));
    if (relation === null) {
      const shown = use.schema === null ? use.name : `${use.schema}.${use.name}`;
      throw queryFault(sqlStates.unknownTable, `relation "${shown}" does not exist`, { position: use.position });
    }
    const { info } = relation;
    return { relation, key: `${info.schema}.${info.name} ${JSON.stringify(asOf)}` };
  }

  async #attempt<T>({ position }: RelationUse, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      throw withPosition(failure, position);
    }
  }

  #putRows(node: Draft, relation: Relation & { readonly is: 'rows' }, key: string): void {
    const { session, signal } = this.#parts;
    this.#name(
      node,
      this.#source(key, columns => relation.sql(session, signal, columns)),
    );
    if (relation.read !== null) this.tables.set(key, relation.read);
  }

  /** A name that no relation of the engine, no file and no WITH name of a client's can have. */
  #source(key: string, sql: Source['sql']): Source {
    const known = this.sources.get(key);
    if (known !== undefined) return known;
    const source = { name: `lakelink:${this.sources.size + 1}`, sql };
    this.sources.set(key, source);
    return source;
  }

  #name(node: Draft, source: Source): void {
    Object.assign(node, { table_name: source.name, schema_name: '', catalog_name: '' });
  }

  async #putView(use: RelationUse, { info }: Relation, views: readonly string[]): Promise<void> {
    const name = `${info.schema}.${info.name}`;
    if (use.at !== null) throw queryFault(sqlStates.unsupported, `${name} is a view: it has no time of its own`);
    if (views.includes(name)) throw queryFault(sqlStates.badRecursion, `the view ${name} reads itself`);
    if (views.length >= VIEW_DEPTH_MAX)
      throw queryFault(sqlStates.tooComplex, `views are nested more than ${VIEW_DEPTH_MAX} deep`);
    const { door, view, isDoorLeftOut } = this.#parts;
    const definition = info.definition ?? '';
    if (isDoorLeftOut && mayNeedDoor(definition))
      throw queryFault(sqlStates.unsupported, `${name} needs the catalogue`);
    try {
      const query = await parseText(this.#parts, definition);
      const walk = new TreeWalk({ text: query.text, door, parameters: null });
      const node = walk.query(query.node, view.name);
      await this.fill(walk, [...views, name]);
      becomeSubquery(use.node, node);
    } catch (failure) {
      throw inView(failure, name);
    }
  }
}

function becomeSubquery(draft: Draft, node: Tree): void {
  const { alias, sample, column_name_alias: columns, query_location: place } = draft;
  for (const key of Object.keys(draft)) delete draft[key];
  Object.assign(draft, {
    type: 'SUBQUERY',
    alias,
    sample,
    query_location: place,
    subquery: { node, named_param_map: [] },
    column_name_alias: columns,
  });
}

function withPosition(failure: unknown, position: number | null): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'input/sql' || position === null) return failure;
  if (failure.details.position !== undefined) return failure;
  return new Fault('input/sql', { ...failure.details, position }, { cause: failure.cause });
}

/** A place in a view's text is none in the client's. */
function inView(failure: unknown, name: string): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'input/sql') return failure;
  const { position: _, reason, ...details } = failure.details;
  const prefixed = String(reason).startsWith('in the view ') ? reason : `in the view ${name}: ${reason}`;
  return new Fault('input/sql', { ...details, reason: prefixed }, { cause: failure.cause });
}

/** `AT (VERSION => 7)`, `AT (TIMESTAMP => '2026-01-01T00:00:00Z')`: constants, or casts of them. */
async function asOfClause(session: Session, { at, position }: RelationUse): Promise<AsOf> {
  const { unit, expr } = at ?? {};
  const value = constantOf(expr);
  if (unit === 'VERSION' && typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    return { is: 'commit', sequence: value };
  }
  if (unit === 'TIMESTAMP' && typeof value === 'string') {
    const [row] = await session.runAll(`SELECT epoch_ms(TRY_CAST(${literal(value)} AS TIMESTAMPTZ)) AS ms`);
    if (row?.ms !== null && row?.ms !== undefined) return { is: 'time', ms: Number(row.ms) };
  }
  const reason = "AT takes (VERSION => <number>) or (TIMESTAMP => '<time>')";
  throw queryFault(sqlStates.badValue, reason, { position });
}

function constantOf(expr: unknown): unknown {
  if (!isTree(expr)) return undefined;
  if (expr.class === 'CAST') return constantOf(expr.child);
  return expr.class === 'CONSTANT' ? tree(expr.value).value : undefined;
}
