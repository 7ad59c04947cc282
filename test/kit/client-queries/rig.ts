import type { Row, Session } from '../../../src/batch/duckdb.ts';
import { literal } from '../../../src/batch/sql.ts';
import { asEngineReads } from '../../../src/workspace/catalogue/spelling.ts';
import type { CatalogueDoor, SessionFacts } from '../../../src/workspace/catalogue-door.ts';
import type { DatabaseView, RelationColumn, RelationInfo } from '../../../src/workspace/database-view.ts';
import { isTree, type Tree } from '../../../src/workspace/sql-tree.ts';

/*
 * Runs a client's query over the catalogue alone: the tree is walked and the catalogue's hooks are called as the
 * rewriting of a query does it, without its checks.
 */

export async function runThroughDoor(session: Session, door: CatalogueDoor, sql: string): Promise<readonly Row[]> {
  return session.runAll(await rewriteThroughDoor(session, door, sql));
}

export async function rewriteThroughDoor(session: Session, door: CatalogueDoor, sql: string): Promise<string> {
  const statement = await parse(session, asEngineReads(sql));
  const rewritten = new Rewriting(door, await subqueries(session, door, statement)).node(statement);
  const shown =
    isTree(rewritten) && isTree(rewritten.node) ? { ...rewritten, node: withOutput(door, rewritten.node) } : rewritten;
  const json = JSON.stringify({ error: false, statements: [shown] });
  const [row] = await session.runAll(`SELECT json_deserialize_sql(${literal(json)}) AS sql`);
  return String(row?.sql);
}

async function parse(session: Session, sql: string): Promise<Tree> {
  const [row] = await session.runAll(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
  // Where something stood is a number too wide for JSON.parse; nothing here needs it.
  const answer = JSON.parse(String(row?.tree).replace(/,"query_location":\d+|"query_location":\d+,/g, '')) as Tree;
  if (answer.error === true)
    throw new Error(
      `${answer.error_message} (at ${answer.position}): ${sql.slice(Number(answer.position) - 20, Number(answer.position) + 20)}`,
    );
  const [statement] = answer.statements as Tree[];
  if (statement === undefined) throw new Error('no statement');
  return statement;
}

/** Each relation of the catalogue that a tree names, as the tree of a table reference. */
async function subqueries(session: Session, door: CatalogueDoor, root: Tree): Promise<ReadonlyMap<string, Tree>> {
  const found = new Map<string, Tree>();
  const withNames = new Set<string>();
  const visit = async (value: unknown): Promise<void> => {
    if (Array.isArray(value)) for (const each of value) await visit(each);
    if (!isTree(value)) return;
    if (isTree(value.cte_map)) for (const entry of value.cte_map.map as Tree[]) withNames.add(String(entry.key));
    if (value.type === 'BASE_TABLE' && !(value.schema_name === '' && withNames.has(String(value.table_name)))) {
      const schema = value.schema_name === '' ? null : String(value.schema_name);
      const sql = door.relation({ schema, name: String(value.table_name) });
      const key = `${value.schema_name}.${value.table_name}`;
      if (sql !== null)
        found.set(key, ((await parse(session, `SELECT * FROM ${sql}`)).node as Tree).from_table as Tree);
    }
    for (const each of Object.values(value)) await visit(each);
  };
  await visit(root);
  return found;
}

class Rewriting {
  readonly #door: CatalogueDoor;
  readonly #relations: ReadonlyMap<string, Tree>;

  constructor(door: CatalogueDoor, relations: ReadonlyMap<string, Tree>) {
    this.#door = door;
    this.#relations = relations;
  }

  node(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(each => this.node(each));
    if (!isTree(value)) return value;
    if (value.type === 'BASE_TABLE') return this.#table(value);
    if (value.type === 'TABLE_FUNCTION') return this.#source(value);
    const inner = this.#members(value);
    switch (value.class) {
      case 'FUNCTION':
      case 'OPERATOR':
        return this.#door.call(inner) ?? ownOperator(inner);
      case 'CAST':
        return this.#door.cast(inner) ?? inner;
      case 'COLUMN_REF':
        return this.#door.column(inner) ?? shortened(inner);
      default:
        return inner;
    }
  }

  #members(value: Tree): Tree {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, key === 'select_list' ? this.#list(each) : this.node(each)]),
    );
  }

  /** PostgreSQL names a column after its function or column, whatever stands in their place. */
  #list(value: unknown): unknown {
    if (!Array.isArray(value)) return value;
    return value.map(each => {
      const done = this.node(each);
      return isTree(each) && isTree(done) && done.alias === '' ? { ...done, alias: nameOf(each) } : done;
    });
  }

  #table(value: Tree): Tree {
    const found = this.#relations.get(`${value.schema_name}.${value.table_name}`);
    if (found === undefined) return value;
    return {
      ...found,
      alias: value.alias === '' ? value.table_name : value.alias,
      column_name_alias: value.column_name_alias,
    };
  }

  #source(value: Tree): Tree {
    const call = value.function as Tree;
    const inner = { ...value, function: { ...call, children: this.node(call.children) } };
    return this.#door.source(inner) ?? inner;
  }
}

function nameOf(node: Tree): string {
  if (node.class === 'FUNCTION') return node.is_operator === true ? '' : String(node.function_name);
  if (node.class === 'CAST' && isTree(node.child)) return nameOf(node.child);
  if (node.class === 'COLUMN_REF' && Array.isArray(node.column_names)) return String(node.column_names.at(-1));
  return '';
}

/** What the rewriting of queries does with regular expressions, schemas of functions and of columns. */
function ownOperator(node: Tree): Tree {
  const schema = node.schema === 'pg_catalog' ? '' : node.schema;
  const name = node.function_name === 'regexp_full_match' ? 'regexp_matches' : node.function_name;
  return node.class === 'FUNCTION'
    ? { ...node, schema, function_name: name, is_operator: name === 'regexp_matches' ? false : node.is_operator }
    : node;
}

function shortened(node: Tree): Tree {
  const names = node.column_names;
  if (!Array.isArray(names) || names.length < 3 || names[0] !== 'pg_catalog') return node;
  return { ...node, column_names: names.slice(1) };
}

function withOutput(door: CatalogueDoor, node: Tree): Tree {
  if (!Array.isArray(node.select_list)) return node;
  return { ...node, select_list: node.select_list.map(each => (isTree(each) ? (door.output(each) ?? each) : each)) };
}

/** A client for tests. */
export function sessionFacts(changes: Partial<SessionFacts> = {}): SessionFacts {
  return {
    database: 'lake',
    user: { name: 'ana', role: 'Reader', databases: ['lake'] },
    databases: [{ name: 'lake', lakePath: 'lake', link: 'lake' }],
    users: ['ana', 'ben'],
    processId: 4711,
    applicationName: 'test',
    clientAddress: '127.0.0.1',
    serverPort: 5433,
    isEncrypted: true,
    startedAtMs: Date.UTC(2024, 0, 2, 3, 4, 5),
    settings: new Map([
      ['server_version', '15.0 (Lakelink)'],
      ['server_version_num', '150000'],
      ['client_encoding', 'UTF8'],
      ['TimeZone', 'UTC'],
      ['search_path', 'dbo, public, lakelink'],
      ['max_index_keys', '32'],
      ['max_identifier_length', '63'],
      ['standard_conforming_strings', 'on'],
      ['DateStyle', 'ISO, MDY'],
      ['transaction_isolation', 'read committed'],
    ]),
    ...changes,
  };
}

const column = (name: string, sqlType: string, more: Partial<RelationColumn> = {}): RelationColumn => ({
  name,
  sqlType,
  length: null,
  notNull: false,
  comment: null,
  ...more,
});

const NOTHING = { primaryKey: [], comment: null, rowEstimate: null, bytes: null, definition: null };

/** A small lake database: a table with its key, one in mixed case, a derived view, a user's view, a system table. */
export const EXAMPLE_RELATIONS: readonly RelationInfo[] = [
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'account',
    kind: 'table',
    columns: [
      column('id', 'UUID', { notNull: true, comment: 'Account' }),
      column('name', 'VARCHAR', { length: 160, comment: 'Account Name' }),
      column('revenue', 'DECIMAL(38,4)'),
      column('numberofemployees', 'INTEGER'),
      column('createdon', 'TIMESTAMP WITH TIME ZONE'),
      column('statecode', 'BIGINT'),
      column('description', 'VARCHAR'),
      column('donotemail', 'BOOLEAN'),
      column('versionnumber', 'BIGINT'),
      column('closedon', 'DATE'),
      column('score', 'DOUBLE'),
    ],
    primaryKey: ['id'],
    comment: 'Business that represents a customer',
    rowEstimate: 1200,
    bytes: 81_920,
  },
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'Mixed Case',
    kind: 'table',
    columns: [column('Id', 'UUID', { notNull: true }), column('select', 'INTEGER')],
    primaryKey: ['Id'],
  },
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'account_labels',
    kind: 'view',
    columns: [column('id', 'UUID'), column('statecode_label', 'VARCHAR')],
  },
  {
    ...NOTHING,
    schema: 'lakelink',
    name: 'links',
    kind: 'view',
    columns: [column('name', 'VARCHAR')],
    comment: 'Links of this lake',
  },
  {
    ...NOTHING,
    schema: 'public',
    name: 'big',
    kind: 'view',
    columns: [column('id', 'UUID'), column('name', 'VARCHAR')],
    definition: 'SELECT id, name FROM account WHERE revenue > 1000',
  },
];

export function viewOf(relations: readonly RelationInfo[], version = '1'): DatabaseView {
  return {
    name: 'lake',
    find: async () => null,
    relations: async () => relations,
    catalogueVersion: async () => version,
  };
}

/** Rows as sorted lines, values as PostgreSQL prints them; an object id of a relation of the lake is `{name}`. */
export function shownRows(rows: readonly Row[], oids: ReadonlyMap<string, string>): string[] {
  const names = new Map([...oids].map(([name, oid]) => [oid, `{${name}}`]));
  const shown = (value: unknown): string => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return `{${value.map(shown).join(',')}}`;
    if (value === true || value === false) return value ? 't' : 'f';
    if (typeof value === 'object') return JSON.stringify(value);
    return names.get(String(value)) ?? String(value);
  };
  return rows.map(row => Object.values(row).map(shown).join('|').replaceAll('\n', '\\n')).sort();
}
