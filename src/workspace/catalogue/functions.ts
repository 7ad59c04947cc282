import type { Tree } from '../sql-tree.ts';
import { isTextual } from './casts.ts';
import type { DoorParts } from './door-parts.ts';
import { call, cast, constant, constantOf, listOf, oidConstant } from './nodes.ts';
import { moment, roleNames, roleOid } from './session-relations.ts';
import { noSetting } from './sql-faults.ts';
import { VISIBLE_SCHEMAS } from './visibility.ts';

/** Functions whose answer is known when a statement is read: values of the session, or of its server. */
export type SessionFunction = (children: readonly Tree[], parts: DoorParts) => Tree;

export const SESSION_FUNCTIONS: Readonly<Record<string, SessionFunction>> = {
  current_catalog: (_, { facts }) => constant(facts.database),
  current_database: (_, { facts }) => constant(facts.database),
  current_role: (_, { facts }) => constant(facts.user.name),
  current_schema: (_, { facts }) => currentSchema(facts),
  current_schemas: ([all]) => listOf(schemas(all).map(constant)),
  current_setting: currentSetting,
  current_user: (_, { facts }) => constant(facts.user.name),
  getdatabaseencoding: () => constant('UTF8'),
  inet_client_addr: (_, { facts }) => constant(facts.clientAddress),
  inet_client_port: () => constant(0),
  inet_server_addr: () => constant('127.0.0.1'),
  inet_server_port: (_, { facts }) => constant(facts.serverPort),
  pg_backend_pid: (_, { facts }) => constant(facts.processId),
  pg_conf_load_time: (_, { facts }) => time(facts.startedAtMs),
  pg_current_snapshot: () => constant(`${TRANSACTION}:${TRANSACTION}:`),
  pg_current_xact_id: () => constant(String(TRANSACTION)),
  pg_current_xact_id_if_assigned: () => cast(constant(null), 'VARCHAR'),
  pg_get_userbyid: ([id], parts) => parts.userName(id ?? constant(null)),
  pg_has_role: (children, parts) => hasRole(children.at(-2), parts),
  pg_is_in_recovery: () => cast(constant('f'), 'BOOLEAN'),
  pg_is_other_temp_schema: () => cast(constant('f'), 'BOOLEAN'),
  pg_is_wal_replay_paused: () => cast(constant('f'), 'BOOLEAN'),
  pg_my_temp_schema: () => oidConstant(0),
  pg_postmaster_start_time: (_, { facts }) => time(facts.startedAtMs),
  session_user: (_, { facts }) => constant(facts.user.name),
  set_config: ([, value]) => cast(value ?? constant(''), 'VARCHAR'),
  to_regrole: ([name], { facts }) => roleId(name, facts.users),
  txid_current: () => cast(constant(TRANSACTION), 'BIGINT'),
  txid_current_if_assigned: () => cast(constant(null), 'BIGINT'),
  user: (_, { facts }) => constant(facts.user.name),
  version: (_, { facts }) => constant(`PostgreSQL ${facts.settings.get('server_version') ?? '15.0'}`),
};

/** How many arguments each of them takes where it is not none. */
export const SESSION_ARITIES: Readonly<Record<string, readonly number[]>> = {
  current_schemas: [1],
  current_setting: [1, 2],
  pg_get_userbyid: [1],
  pg_has_role: [2, 3],
  pg_is_other_temp_schema: [1],
  set_config: [3],
  to_regrole: [1],
};

/** Nothing is written, so there is one transaction for all time. */
const TRANSACTION = 1000;

/** Functions that take a relation, by id or by name. */
const OF_A_RELATION = new Set(
  'pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size pg_relation_filenode pg_get_viewdef has_table_privilege has_any_column_privilege has_column_privilege'.split(
    ' ',
  ),
);

/** Arguments of a macro: a relation's name becomes its id. */
export function relationArguments(
  name: string,
  children: readonly Tree[],
  { lookup, lakePlace }: DoorParts,
): readonly Tree[] {
  if (!OF_A_RELATION.has(name)) return children;
  const position = relationPosition(name, children.length);
  return children.map((child, index) => {
    if (index !== position) return child;
    const text = constantOf(child);
    if (typeof text === 'string') return oidConstant(lookup.relation(text));
    return isTextual(child) ? call('to_regclass', [child], lakePlace) : child;
  });
}

/** A user may stand before the relation. */
function relationPosition(name: string, count: number): number {
  if (!name.startsWith('has_')) return 0;
  return count === (name === 'has_column_privilege' ? 4 : 3) ? 1 : 0;
}

/** Settings that clients read and nobody changes here; the session's own come before them. */
export const FIXED_SETTINGS: Readonly<Record<string, string>> = {
  block_size: '8192',
  default_table_access_method: 'heap',
  default_tablespace: '',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'on',
  integer_datetimes: 'on',
  is_superuser: 'off',
  jit: 'off',
  lc_collate: 'C.UTF-8',
  lc_ctype: 'C.UTF-8',
  lc_messages: 'C.UTF-8',
  lc_monetary: 'C.UTF-8',
  lc_numeric: 'C.UTF-8',
  lc_time: 'C.UTF-8',
  max_identifier_length: '63',
  max_index_keys: '32',
  search_path: 'dbo, public, lakelink',
  server_encoding: 'UTF8',
  server_version_num: '150000',
  standard_conforming_strings: 'on',
  transaction_isolation: 'read committed',
  transaction_read_only: 'on',
  wal_level: 'minimal',
};

/** The first schema of the search path that there is; NULL: none of them. */
function currentSchema({ settings }: DoorParts['facts']): Tree {
  const path = settings.get('search_path') ?? FIXED_SETTINGS.search_path ?? '';
  const names = path.split(',').map(name => name.trim().replace(/^"(.*)"$/, '$1'));
  const first = names.find(name => VISIBLE_SCHEMAS.includes(name));
  return first === undefined ? cast(constant(null), 'VARCHAR') : constant(first);
}

function schemas(all: Tree | undefined): readonly string[] {
  const isAll = /^(t|true|1)$/i.test(String(constantOf(all)));
  return isAll ? VISIBLE_SCHEMAS : VISIBLE_SCHEMAS.filter(name => name !== 'pg_catalog');
}

function currentSetting([name, missing]: readonly Tree[], { facts }: DoorParts): Tree {
  const wanted = constantOf(name);
  const known = new Map(
    [...Object.entries(FIXED_SETTINGS), ...facts.settings].map(([each, value]) => [each.toLowerCase(), value]),
  );
  if (typeof wanted !== 'string') {
    const names = listOf([...known.keys()].map(constant));
    const position = call('list_position', [names, call('lower', [name ?? constant(null)])]);
    return call('list_extract', [listOf([...known.values()].map(constant)), position]);
  }
  const value = known.get(wanted.toLowerCase());
  if (value !== undefined) return constant(value);
  // A name with a dot is a client's own to make up; any other must be one of PostgreSQL's.
  if (/^(t|true)$/i.test(String(constantOf(missing)))) return cast(constant(null), 'VARCHAR');
  throw noSetting(wanted);
}

function hasRole(role: Tree | undefined, { facts }: DoorParts): Tree {
  const own = facts.user.name;
  const children = [cast(role ?? constant(null), 'VARCHAR'), constant(own), constant(String(roleOid(own)))];
  return { class: 'OPERATOR', type: 'COMPARE_IN', alias: '', children };
}

function roleId(name: Tree | undefined, users: readonly string[]): Tree {
  const text = constantOf(name);
  return typeof text === 'string' && users.includes(text)
    ? oidConstant(roleOid(text))
    : cast(constant(null), 'UINTEGER');
}

function time(ms: number): Tree {
  return cast(constant(moment(ms).replace(/^TIMESTAMPTZ '|'$/g, '')), 'TIMESTAMP WITH TIME ZONE');
}

/** Object ids and names of all roles, as two lists. */
export function roleLists(facts: DoorParts['facts']): readonly [ids: Tree, names: Tree] {
  const names = roleNames(facts);
  return [listOf(names.map(name => oidConstant(roleOid(name)))), listOf(names.map(constant))];
}
