import { literal } from '../../batch/sql.ts';
import { INFORMATION_SCHEMA_OID, OWNER, OWNER_OID, PG_CATALOG_OID } from './fixed-tables.ts';
import { SCHEMA_OIDS } from './lake-tables.ts';
import type { SourceNames, Sources } from './relation-source.ts';

/*
 * Relations of pg_catalog about schemas, tables, columns, keys and views. What they mean: PostgreSQL 15 documentation,
 * chapter "System Catalogs".
 */

const SCHEMAS: readonly (readonly [oid: number, name: string])[] = [
  [PG_CATALOG_OID, 'pg_catalog'],
  [INFORMATION_SCHEMA_OID, 'information_schema'],
  [SCHEMA_OIDS.public, 'public'],
  [SCHEMA_OIDS.dbo, 'dbo'],
  [SCHEMA_OIDS.lakelink, 'lakelink'],
];

/** Schemas as a relation in brackets: `x_oid`, `x_name`. */
export const SCHEMA_ROWS = `(VALUES ${SCHEMAS.map(([oid, name]) => `(${oid}::UINTEGER, ${literal(name)})`).join(', ')}) x_n(x_oid, x_name)`;
/** A schema's name for its id, as an expression. */
export function schemaName(oid: string): string {
  return `CASE ${oid} ${SCHEMAS.map(([id, name]) => `WHEN ${id} THEN ${literal(name)}`).join(' ')} END`;
}

const PAGE_BYTES = 8192;
/** Object id of a view's rule, counted from the view's own. */
const RULE_OFFSET = 5;

const IS_LAKE = `r.x_schema NOT IN (${PG_CATALOG_OID}, ${INFORMATION_SCHEMA_OID})`;

export function classSources({ lake, user }: SourceNames): Sources {
  return {
    pg_namespace: {
      from: SCHEMA_ROWS,
      columns: {
        oid: 'x_oid',
        nspname: 'x_name',
        nspowner: `${OWNER_OID}`,
        nspacl: `['${OWNER}=UC/${OWNER}', '=U/${OWNER}']`,
      },
    },
    pg_class: classSource(lake, user),
    pg_attribute: attributeSource(lake),
    ...keySources(lake),
    ...shownSources(lake),
    ...statisticsSources(lake, IS_LAKE),
  };
}

function classSource(lake: string, user: string): Sources[string] {
  const owned = [`${OWNER}=r/${OWNER}`, `${user}=r/${OWNER}`].map(literal).join(', ');
  return {
    from: `${lake}.main.relations r`,
    columns: {
      oid: 'r.x_oid',
      relname: 'r.x_name',
      relnamespace: 'r.x_schema',
      reltype: 'r.x_type',
      relowner: `${OWNER_OID}`,
      relam: `CASE r.x_kind WHEN 'r' THEN 2 WHEN 'i' THEN 403 ELSE 0 END`,
      relfilenode: `CASE WHEN r.x_kind = 'v' THEN 0 ELSE r.x_oid END`,
      relpages: `least(r.x_bytes // ${PAGE_BYTES}, 2147483647)`,
      reltuples: 'r.x_rows',
      relhasindex: 'r.x_keyed',
      relpersistence: `'p'`,
      relkind: 'r.x_kind',
      relnatts: 'r.x_columns',
      relhasrules: `r.x_kind = 'v'`,
      relispopulated: 'true',
      relreplident: `CASE WHEN r.x_kind = 'r' AND ${IS_LAKE} THEN 'd' ELSE 'n' END`,
      relacl: `CASE WHEN r.x_kind = 'i' THEN NULL WHEN ${IS_LAKE} THEN [${owned}] ELSE ['${OWNER}=r/${OWNER}', '=r/${OWNER}'] END`,
    },
  };
}

function attributeSource(lake: string): Sources[string] {
  return {
    from: `${lake}.main.columns c JOIN ${lake}.main.types t ON t.x_oid = c.x_type`,
    columns: {
      attrelid: 'c.x_relation',
      attname: 'c.x_name',
      atttypid: 'c.x_type',
      attstattarget: '-1',
      attlen: 't.x_len',
      attnum: 'c.x_number',
      attndims: `CASE WHEN t.x_category = 'A' THEN 1 ELSE 0 END`,
      attcacheoff: '-1',
      atttypmod: 'c.x_modifier',
      attbyval: 't.x_byval',
      attalign: 't.x_align',
      attstorage: 't.x_storage',
      attnotnull: 'c.x_notnull',
      attislocal: 'true',
      attcollation: 't.x_collation',
    },
  };
}

/** Comments, and tables, views and indexes as PostgreSQL's views show them. */
function shownSources(lake: string): Sources {
  const relations = `${lake}.main.relations r`;
  const named = { schemaname: schemaName('r.x_schema') };
  return {
    pg_description: {
      from: `(SELECT x_oid AS x_object, 0 AS x_part, x_comment FROM ${lake}.main.relations WHERE x_comment IS NOT NULL
        UNION ALL SELECT x_relation, x_number, x_comment FROM ${lake}.main.columns WHERE x_comment IS NOT NULL) d`,
      columns: { objoid: 'd.x_object', classoid: '1259', objsubid: 'd.x_part', description: 'd.x_comment' },
    },
    pg_rewrite: {
      from: `${relations} WHERE r.x_kind = 'v' AND ${IS_LAKE}`,
      columns: {
        oid: `r.x_oid + ${RULE_OFFSET}`,
        rulename: `'_RETURN'`,
        ev_class: 'r.x_oid',
        ev_type: `'1'`,
        ev_enabled: `'O'`,
        is_instead: 'true',
      },
    },
    pg_tables: {
      from: `${relations} WHERE r.x_kind = 'r'`,
      columns: {
        ...named,
        tablename: 'r.x_name',
        tableowner: `'${OWNER}'`,
        hasindexes: 'r.x_keyed',
        hasrules: 'false',
        hastriggers: 'false',
        rowsecurity: 'false',
      },
    },
    pg_views: {
      from: `${relations} WHERE r.x_kind = 'v'`,
      columns: { ...named, viewname: 'r.x_name', viewowner: `'${OWNER}'`, definition: 'r.x_definition' },
    },
    pg_indexes: {
      from: `${lake}.main.keys k JOIN ${relations} ON r.x_oid = k.x_relation`,
      columns: { ...named, tablename: 'r.x_name', indexname: 'k.x_name', indexdef: 'k.x_definition' },
    },
  };
}

function keySources(lake: string): Sources {
  const keys = `${lake}.main.keys k`;
  const numbers = `string_split(k.x_numbers, ',')`;
  const zeros = `list_transform(${numbers}, lambda x_e: 0)`;
  return {
    pg_index: {
      from: keys,
      columns: {
        indexrelid: 'k.x_index',
        indrelid: 'k.x_relation',
        indnatts: `len(${numbers})`,
        indnkeyatts: `len(${numbers})`,
        indisunique: 'true',
        indisprimary: 'true',
        indimmediate: 'true',
        indisvalid: 'true',
        indisready: 'true',
        indislive: 'true',
        indkey: numbers,
        indcollation: zeros,
        indclass: `string_split(k.x_classes, ',')`,
        indoption: zeros,
      },
    },
    pg_constraint: {
      from: keys,
      columns: {
        oid: 'k.x_constraint',
        conname: 'k.x_name',
        connamespace: 'k.x_schema',
        contype: `'p'`,
        convalidated: 'true',
        conrelid: 'k.x_relation',
        conindid: 'k.x_index',
        confupdtype: `' '`,
        confdeltype: `' '`,
        confmatchtype: `' '`,
        conislocal: 'true',
        connoinherit: 'true',
        conkey: numbers,
      },
    },
    pg_depend: {
      from: keys,
      columns: { classid: '1259', objid: 'k.x_index', refclassid: '2606', refobjid: 'k.x_constraint', deptype: `'i'` },
    },
  };
}

function statisticsSources(lake: string, isLake: string): Sources {
  const tables = (where: string) => `${lake}.main.relations r WHERE r.x_kind = 'r' AND ${where}`;
  const indexes = (where: string) =>
    `${lake}.main.keys k JOIN ${lake}.main.relations r ON r.x_oid = k.x_relation WHERE ${where}`;
  const table = { relid: 'r.x_oid', schemaname: schemaName('r.x_schema'), relname: 'r.x_name' };
  const counted = { ...table, n_live_tup: 'greatest(r.x_rows, 0)' };
  const index = { ...table, indexrelid: 'k.x_index', indexrelname: 'k.x_name' };
  return {
    pg_stat_all_tables: { from: tables('true'), columns: counted },
    pg_stat_user_tables: { from: tables(isLake), columns: counted },
    pg_stat_sys_tables: { from: tables(`NOT (${isLake})`), columns: counted },
    pg_statio_all_tables: { from: tables('true'), columns: table },
    pg_statio_user_tables: { from: tables(isLake), columns: table },
    pg_stat_all_indexes: { from: indexes('true'), columns: index },
    pg_stat_user_indexes: { from: indexes(isLake), columns: index },
    pg_statio_all_indexes: { from: indexes('true'), columns: index },
    pg_statio_user_indexes: { from: indexes(isLake), columns: index },
  };
}
