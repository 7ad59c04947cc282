import { literal } from '../../batch/sql.ts';
import { RESERVED } from './names.ts';

/*
 * PostgreSQL's functions in the engine's words. What they answer: PostgreSQL 15 documentation, "System Information
 * Functions and Operators". `$L` is the engine's database of a lake's catalogue, `$F` that of what is the same for all.
 * Parameters begin with `p_`, and columns and aliases in subqueries with `x_`: a client's argument can be any name.
 */

export interface Macro {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: string;
}

/** `name(p_1, p_2)` and what it answers. */
export function macro(head: string, body: string): Macro {
  const [name = '', list = ''] = head.split(/[()]/);
  return { name, parameters: list === '' ? [] : list.split(', '), body };
}

/**
 * A column of the row whose key is these arguments. They are computed in a relation of their own: an argument that is
 * itself looked up would otherwise be compared with every row (seconds for a hundred thousand columns).
 */
export function lookUp(table: string, column: string, key: Readonly<Record<string, string>>): string {
  const given = Object.values(key).map((value, index) => `${value} AS x_key${index}`);
  const equal = Object.keys(key).map((name, index) => `x_t.${name} = x_given.x_key${index}`);
  return `(SELECT x_t.${column} FROM (SELECT ${given.join(', ')}) x_given, ${table} x_t WHERE ${equal.join(' AND ')})`;
}

/** `CREATE MACRO` for each name, with all its numbers of arguments. */
export function createMacros(macros: readonly Macro[], schema: string): readonly string[] {
  const byName = new Map<string, Macro[]>();
  for (const each of macros) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
  return [...byName].map(([name, all]) => {
    const forms = all.map(({ parameters, body }) => `(${parameters.join(', ')}) AS ${body}`);
    return `CREATE MACRO ${schema}.${name}${forms.join(', ')}`;
  });
}

/** Functions that stand in FROM. */
export const TABLE_MACRO_SQL: readonly string[] = [
  `CREATE MACRO $F.main.pg_get_keywords() AS TABLE SELECT x_word AS word, x_code AS catcode, true AS barelabel,
    CASE x_code WHEN 'U' THEN 'unreserved' WHEN 'R' THEN 'reserved' WHEN 'T' THEN 'reserved (can be function or type name)'
    ELSE 'unreserved (cannot be function or type name)' END AS catdesc, 'can be bare label' AS baredesc FROM $F.main.keywords ORDER BY x_word`,
  `CREATE MACRO $F.main.pg_listening_channels() AS TABLE SELECT ''::VARCHAR AS pg_listening_channels WHERE false`,
];

const privilege = `list_bool_or(list_transform(string_split(upper(p_may), ','), lambda x_p: trim(x_p) IN ('SELECT', 'USAGE', 'CONNECT', 'EXECUTE', 'MEMBER')))`;

/** The same for every database. */
export const FIXED_MACROS: readonly Macro[] = [
  macro(
    'quote_ident(p_name)',
    `CASE WHEN regexp_full_match(p_name, '[a-z_][a-z0-9_]*') AND p_name NOT IN (${[...RESERVED].map(literal).join(', ')}) THEN p_name ELSE concat('"', replace(p_name, '"', '""'), '"') END`,
  ),
  macro(
    'quote_literal(p_value)',
    `concat(CASE WHEN contains(p_value::VARCHAR, '\\') THEN ' E' ELSE '' END, '''', replace(replace(p_value::VARCHAR, '''', ''''''), '\\', '\\\\'), '''')`,
  ),
  macro('quote_nullable(p_value)', `CASE WHEN p_value IS NULL THEN 'NULL' ELSE $F.main.quote_literal(p_value) END`),
  macro(
    'pg_encoding_to_char(p_code)',
    `CASE p_code WHEN 0 THEN 'SQL_ASCII' WHEN 6 THEN 'UTF8' WHEN 8 THEN 'LATIN1' ELSE '' END`,
  ),
  macro(
    'pg_char_to_encoding(p_name)',
    `CASE upper(p_name) WHEN 'SQL_ASCII' THEN 0 WHEN 'UTF8' THEN 6 WHEN 'LATIN1' THEN 8 ELSE -1 END`,
  ),
  macro(
    'array_upper(p_list, p_dimension)',
    'CASE WHEN p_dimension = 1 AND len(p_list) > 0 THEN len(p_list)::INTEGER END',
  ),
  macro('array_lower(p_list, p_dimension)', 'CASE WHEN p_dimension = 1 AND len(p_list) > 0 THEN 1 END'),
  macro('array_remove(p_list, p_value)', 'list_filter(p_list, lambda x_e: x_e IS DISTINCT FROM p_value)'),
  macro('array_ndims(p_list)', 'CASE WHEN len(p_list) > 0 THEN 1 END'),
  macro(
    '_pg_expandarray(p_list)',
    'unnest(list_transform(range(0, len(p_list)), lambda x_i: {x: p_list[x_i + 1], n: (x_i + 1)::INTEGER}))',
  ),
  macro(
    'pg_size_pretty(p_size)',
    `CASE WHEN abs(p_size) < 10240 THEN concat(p_size::BIGINT, ' bytes') WHEN abs(p_size) < 10485247 THEN concat(round(p_size / 1024.0)::BIGINT, ' kB')
     WHEN abs(p_size) < 10736893952 THEN concat(round(p_size / 1048576.0)::BIGINT, ' MB') WHEN abs(p_size) < 10994579406848 THEN concat(round(p_size / 1073741824.0)::BIGINT, ' GB')
     ELSE concat(round(p_size / 1099511627776.0)::BIGINT, ' TB') END`,
  ),
  macro(
    'user_name(p_oid, p_oids, p_names)',
    `coalesce(list_extract(p_names, list_position(p_oids, p_oid)), concat('unknown (OID=', p_oid, ')'))`,
  ),
  macro(
    'aclexplode(p_acl, p_oids, p_names)',
    `unnest(flatten(list_transform(p_acl, lambda x_a: list_transform(string_split(split_part(split_part(x_a, '=', 2), '/', 1), ''), lambda x_m: {
      grantor: 10::UINTEGER, grantee: coalesce(list_extract(p_oids, list_position(p_names, split_part(x_a, '=', 1))), 0)::UINTEGER,
      privilege_type: CASE x_m WHEN 'r' THEN 'SELECT' WHEN 'U' THEN 'USAGE' WHEN 'C' THEN 'CREATE' WHEN 'c' THEN 'CONNECT' WHEN 'X' THEN 'EXECUTE' END,
      is_grantable: false}))))`,
  ),
  macro(
    'pg_options_to_table(p_options)',
    `unnest(list_transform(p_options, lambda x_o: {option_name: split_part(x_o, '=', 1), option_value: split_part(x_o, '=', 2)}))`,
  ),
  ...privilegeMacros(),
  ...[
    'pg_function_is_visible',
    'pg_operator_is_visible',
    'pg_opclass_is_visible',
    'pg_opfamily_is_visible',
    'pg_collation_is_visible',
    'pg_conversion_is_visible',
    'pg_statistics_obj_is_visible',
    'pg_ts_config_is_visible',
    'pg_ts_dict_is_visible',
    'pg_ts_parser_is_visible',
    'pg_ts_template_is_visible',
  ].map(name => macro(`${name}(p_oid)`, 'p_oid IS NOT NULL')),
  ...functionMacros(),
  ...lengthMacros(),
  ...nothingMacros(),
];

function privilegeMacros(): readonly Macro[] {
  const kinds = [
    'table',
    'schema',
    'database',
    'function',
    'sequence',
    'language',
    'server',
    'tablespace',
    'type',
    'foreign_data_wrapper',
    'parameter',
    'any_column',
  ];
  return [
    ...kinds.flatMap(kind => [
      macro(`has_${kind}_privilege(p_what, p_may)`, `CASE WHEN p_what IS NOT NULL THEN ${privilege} END`),
      macro(`has_${kind}_privilege(p_who, p_what, p_may)`, `CASE WHEN p_what IS NOT NULL THEN ${privilege} END`),
    ]),
    macro('has_column_privilege(p_what, p_column, p_may)', `CASE WHEN p_what IS NOT NULL THEN ${privilege} END`),
    macro('has_column_privilege(p_who, p_what, p_column, p_may)', `CASE WHEN p_what IS NOT NULL THEN ${privilege} END`),
    macro('row_security_active(p_what)', 'false'),
  ];
}

function functionMacros(): readonly Macro[] {
  const text = (column: string) => lookUp('$F.main.functions', column, { x_oid: 'p_oid' });
  return [
    macro('pg_get_function_arguments(p_oid)', text('x_argument_text')),
    macro('pg_get_function_identity_arguments(p_oid)', text('x_argument_text')),
    macro('pg_get_function_result(p_oid)', text('x_result_text')),
    macro(
      'regproc_text(p_oid)',
      `CASE WHEN p_oid = 0 THEN '-' WHEN p_oid IS NOT NULL THEN coalesce(${text('x_name')}, p_oid::VARCHAR) END`,
    ),
    macro(
      'to_regproc(p_name)',
      `(SELECT min(x_f.x_oid) FROM $F.main.functions x_f WHERE x_f.x_name = replace(lower(p_name), 'pg_catalog.', ''))`,
    ),
  ];
}

/** Those that information_schema is made with; drivers call them too. */
function lengthMacros(): readonly Macro[] {
  return [
    macro(
      '_pg_char_max_length(p_type, p_mod)',
      'CASE WHEN p_mod = -1 THEN NULL WHEN p_type IN (1042, 1043) THEN p_mod - 4 WHEN p_type IN (1560, 1562) THEN p_mod END',
    ),
    macro(
      '_pg_numeric_precision(p_type, p_mod)',
      'CASE p_type WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 THEN CASE WHEN p_mod = -1 THEN NULL ELSE ((p_mod - 4) >> 16) & 65535 END WHEN 700 THEN 24 WHEN 701 THEN 53 END',
    ),
    macro(
      '_pg_numeric_precision_radix(p_type, p_mod)',
      'CASE WHEN p_type IN (21, 23, 20, 700, 701) THEN 2 WHEN p_type = 1700 THEN 10 END',
    ),
    macro(
      '_pg_numeric_scale(p_type, p_mod)',
      'CASE WHEN p_type IN (21, 23, 20) THEN 0 WHEN p_type = 1700 AND p_mod <> -1 THEN (p_mod - 4) & 2047 END',
    ),
    macro(
      '_pg_datetime_precision(p_type, p_mod)',
      'CASE WHEN p_type = 1082 THEN 0 WHEN p_type IN (1083, 1114, 1184, 1266, 1186) THEN CASE WHEN p_mod < 0 THEN 6 ELSE p_mod END END',
    ),
  ];
}

/** Those of what a lake has none of. */
function nothingMacros(): readonly Macro[] {
  const nothing = (name: string, type: string, ...lists: string[]) =>
    lists.map(list => macro(`${name}(${list})`, `NULL::${type}`));
  return [
    ...nothing('pg_get_ruledef', 'VARCHAR', 'p_1', 'p_1, p_2'),
    ...nothing('pg_get_triggerdef', 'VARCHAR', 'p_1', 'p_1, p_2'),
    ...nothing('pg_get_functiondef', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_function_sqlbody', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_function_arg_default', 'VARCHAR', 'p_1, p_2'),
    ...nothing('pg_get_partkeydef', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_partition_constraintdef', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_statisticsobjdef', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_statisticsobjdef_columns', 'VARCHAR', 'p_1'),
    ...nothing('pg_get_serial_sequence', 'VARCHAR', 'p_1, p_2'),
    macro('pg_tablespace_location(p_1)', `''`),
    ...nothing('shobj_description', 'VARCHAR', 'p_1, p_2'),
    ...nothing('pg_relation_filepath', 'VARCHAR', 'p_1'),
    ...nothing('pg_last_committed_xact', 'VARCHAR', ''),
    ...nothing('pg_sequence_last_value', 'BIGINT', 'p_1'),
    macro('pg_get_expr(p_tree, p_relation)', 'p_tree::VARCHAR'),
    macro('pg_get_expr(p_tree, p_relation, p_pretty)', 'p_tree::VARCHAR'),
    macro(
      'pg_index_column_has_property(p_1, p_2, p_3)',
      `p_3 IN ('asc', 'orderable', 'nulls_last', 'returnable', 'search_array', 'search_nulls')`,
    ),
    macro('pg_stat_get_numscans(p_1)', '0::BIGINT'),
    macro('pg_relation_is_publishable(p_1)', 'false'),
    macro('pg_relation_is_updatable(p_1, p_2)', '0'),
    macro('pg_column_is_updatable(p_1, p_2, p_3)', 'false'),
  ];
}
