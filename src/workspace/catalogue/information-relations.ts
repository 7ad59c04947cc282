import { literal } from '../../batch/sql.ts';
import { SCHEMA_ROWS, schemaName } from './class-relations.ts';
import { INFORMATION_SCHEMA_OID, OWNER, PG_CATALOG_OID } from './fixed-tables.ts';
import type { SourceNames, Sources } from './relation-source.ts';

/*
 * Relations of information_schema. What they mean: PostgreSQL 15 documentation, chapter "The Information Schema".
 * Nothing can be written, so nothing says it could be.
 */

export function informationSources(names: SourceNames): Sources {
  const { lake, database, user } = names;
  const catalogue = literal(database);
  const relations = `${lake}.main.relations r`;
  const table = { table_catalog: catalogue, table_schema: schemaName('r.x_schema'), table_name: 'r.x_name' };
  const isShown = `r.x_kind <> 'i'`;
  return {
    information_schema_catalog_name: { from: '(SELECT 1) x_one', columns: { catalog_name: catalogue } },
    schemata: {
      from: SCHEMA_ROWS,
      columns: { catalog_name: catalogue, schema_name: 'x_name', schema_owner: `'${OWNER}'` },
    },
    tables: {
      from: `${relations} WHERE ${isShown}`,
      columns: {
        ...table,
        table_type: `CASE WHEN r.x_kind = 'v' THEN 'VIEW' ELSE 'BASE TABLE' END`,
        is_insertable_into: `'NO'`,
        is_typed: `'NO'`,
      },
    },
    views: {
      from: `${relations} WHERE r.x_kind = 'v'`,
      columns: {
        ...table,
        view_definition: 'r.x_definition',
        check_option: `'NONE'`,
        is_updatable: `'NO'`,
        is_insertable_into: `'NO'`,
        is_trigger_updatable: `'NO'`,
        is_trigger_deletable: `'NO'`,
        is_trigger_insertable_into: `'NO'`,
      },
    },
    columns: columnsSource(names),
    ...constraintSources(names),
    ...privilegeSources(names),
    ...serverSources(catalogue, user),
  };
}

function serverSources(catalogue: string, user: string): Sources {
  return {
    applicable_roles: { from: `(SELECT 1) x_one WHERE false`, columns: {} },
    enabled_roles: { from: '(SELECT 1) x_one', columns: { role_name: literal(user) } },
    character_sets: {
      from: '(SELECT 1) x_one',
      columns: {
        character_set_name: `'UTF8'`,
        character_repertoire: `'UCS'`,
        form_of_use: `'UTF8'`,
        default_collate_catalog: catalogue,
        default_collate_schema: `'pg_catalog'`,
        default_collate_name: `'default'`,
      },
    },
    collations: {
      from: `(VALUES ('default'), ('C'), ('POSIX')) c(x_name)`,
      columns: {
        collation_catalog: catalogue,
        collation_schema: `'pg_catalog'`,
        collation_name: 'c.x_name',
        pad_attribute: `'NO PAD'`,
      },
    },
  };
}

function columnsSource({ lake, database }: SourceNames): Sources[string] {
  const catalogue = literal(database);
  // A domain of information_schema stands for the type under it.
  const base = 'coalesce(b.x_oid, t.x_oid)';
  const modifier = `CASE WHEN b.x_oid IS NULL THEN c.x_modifier ELSE t.x_modifier END`;
  const isDomain = 'b.x_oid IS NOT NULL';
  const length = `CASE WHEN ${base} IN (1042, 1043) AND ${modifier} > 4 THEN ${modifier} - 4 END`;
  const declared = `${base} = 1700 AND ${modifier} > 4`;
  return {
    from: `${lake}.main.columns c JOIN ${lake}.main.relations r ON r.x_oid = c.x_relation
      JOIN ${lake}.main.types t ON t.x_oid = c.x_type
      LEFT JOIN ${lake}.main.types b ON b.x_oid = t.x_base AND t.x_kind = 'd' WHERE r.x_kind <> 'i'`,
    columns: {
      table_catalog: catalogue,
      table_schema: schemaName('r.x_schema'),
      table_name: 'r.x_name',
      column_name: 'c.x_name',
      ordinal_position: 'c.x_number',
      is_nullable: `CASE WHEN c.x_notnull THEN 'NO' ELSE 'YES' END`,
      data_type: `CASE WHEN t.x_category = 'A' AND t.x_len = -1 THEN 'ARRAY' ELSE coalesce(b.x_format, t.x_format) END`,
      character_maximum_length: length,
      character_octet_length: `CASE WHEN ${base} IN (25, 1042, 1043) THEN coalesce(least((${length})::BIGINT * 4, 1073741824), 1073741824) END`,
      numeric_precision: `CASE ${base} WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53 ELSE CASE WHEN ${declared} THEN ((${modifier} - 4) >> 16) & 65535 END END`,
      numeric_precision_radix: `CASE WHEN ${base} IN (21, 23, 20, 700, 701) THEN 2 WHEN ${base} = 1700 THEN 10 END`,
      numeric_scale: `CASE WHEN ${base} IN (21, 23, 20) THEN 0 WHEN ${declared} THEN (${modifier} - 4) & 2047 END`,
      datetime_precision: `CASE WHEN ${base} = 1082 THEN 0 WHEN ${base} IN (1083, 1114, 1184, 1266, 1186) THEN CASE WHEN ${modifier} < 0 THEN 6 ELSE ${modifier} END END`,
      domain_catalog: `CASE WHEN ${isDomain} THEN ${catalogue} END`,
      domain_schema: `CASE WHEN ${isDomain} THEN 'information_schema' END`,
      domain_name: `CASE WHEN ${isDomain} THEN t.x_name END`,
      udt_catalog: catalogue,
      udt_schema: `CASE WHEN ${isDomain} OR t.x_schema = ${PG_CATALOG_OID} THEN 'pg_catalog' ELSE ${schemaName('t.x_schema')} END`,
      udt_name: 'coalesce(b.x_name, t.x_name)',
      dtd_identifier: 'c.x_number',
      is_self_referencing: `'NO'`,
      is_identity: `'NO'`,
      identity_cycle: `'NO'`,
      is_generated: `'NEVER'`,
      is_updatable: `'NO'`,
    },
  };
}

/** Primary keys, and as PostgreSQL does it, a check for each column that is never null. */
function constraintSources({ lake, database }: SourceNames): Sources {
  const catalogue = literal(database);
  const constraint = {
    constraint_catalog: catalogue,
    constraint_schema: schemaName('k.x_schema'),
    constraint_name: 'k.x_name',
  };
  const table = { table_catalog: catalogue, table_schema: schemaName('k.x_schema'), table_name: 'k.x_table' };
  const keys = `SELECT k.x_schema, k.x_name, r.x_name AS x_table, k.x_relation, k.x_numbers FROM ${lake}.main.keys k JOIN ${lake}.main.relations r ON r.x_oid = k.x_relation`;
  const notNull = `SELECT r.x_schema, concat(r.x_schema, '_', r.x_oid, '_', c.x_number, '_not_null') AS x_name, r.x_name AS x_table, c.x_name AS x_column
    FROM ${lake}.main.columns c JOIN ${lake}.main.relations r ON r.x_oid = c.x_relation WHERE c.x_notnull AND r.x_kind = 'r'`;
  const keyColumns = `(SELECT k.*, c.x_name AS x_column, list_position(string_split(k.x_numbers, ','), c.x_number::VARCHAR) AS x_position
    FROM (${keys}) k JOIN ${lake}.main.columns c ON c.x_relation = k.x_relation AND list_contains(string_split(k.x_numbers, ','), c.x_number::VARCHAR)) k`;
  return {
    table_constraints: {
      from: `(SELECT x_schema, x_name, x_table, 'PRIMARY KEY' AS x_type FROM (${keys}) UNION ALL SELECT x_schema, x_name, x_table, 'CHECK' FROM (${notNull})) k`,
      columns: {
        ...constraint,
        ...table,
        constraint_type: 'k.x_type',
        is_deferrable: `'NO'`,
        initially_deferred: `'NO'`,
        enforced: `'YES'`,
      },
    },
    check_constraints: {
      from: `(${notNull}) k`,
      columns: { ...constraint, check_clause: `concat(k.x_column, ' IS NOT NULL')` },
    },
    key_column_usage: {
      from: keyColumns,
      columns: { ...constraint, ...table, column_name: 'k.x_column', ordinal_position: 'k.x_position' },
    },
    constraint_column_usage: {
      from: keyColumns,
      columns: { ...constraint, ...table, column_name: 'k.x_column' },
    },
    constraint_table_usage: { from: `(${keys}) k`, columns: { ...constraint, ...table } },
  };
}

/** SELECT is what a user may do: on the lake's relations by a grant to that user, on the catalogue's to everybody. */
function privilegeSources({ lake, database, user }: SourceNames): Sources {
  const isCatalogue = `r.x_schema IN (${PG_CATALOG_OID}, ${INFORMATION_SCHEMA_OID})`;
  const granted = {
    grantor: `'${OWNER}'`,
    grantee: `CASE WHEN ${isCatalogue} THEN 'PUBLIC' ELSE ${literal(user)} END`,
    table_catalog: literal(database),
    table_schema: schemaName('r.x_schema'),
    table_name: 'r.x_name',
    privilege_type: `'SELECT'`,
    is_grantable: `'NO'`,
  };
  const onTables = { ...granted, with_hierarchy: `'YES'` };
  const onColumns = { ...granted, column_name: 'c.x_name' };
  const relations = `${lake}.main.relations r WHERE r.x_kind <> 'i'`;
  const columns = `${lake}.main.columns c JOIN ${lake}.main.relations r ON r.x_oid = c.x_relation WHERE r.x_kind <> 'i'`;
  return {
    table_privileges: { from: relations, columns: onTables },
    role_table_grants: { from: `${relations} AND NOT (${isCatalogue})`, columns: onTables },
    column_privileges: { from: columns, columns: onColumns },
    role_column_grants: { from: `${columns} AND NOT (${isCatalogue})`, columns: onColumns },
  };
}
