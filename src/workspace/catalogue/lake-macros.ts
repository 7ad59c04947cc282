import { schemaName } from './class-relations.ts';
import { INFORMATION_SCHEMA_OID, PG_CATALOG_OID } from './fixed-tables.ts';
import { SCHEMA_OIDS } from './lake-tables.ts';
import { type Macro, macro } from './macros.ts';

/* Functions that look into one lake's catalogue, see macros.ts. */

const NAME_OF_TEXT = `replace(list_extract(string_split(p_name, '.'), -1), '"', '')`;
const SCHEMA_OF_TEXT = `CASE WHEN contains(p_name, '.') THEN replace(list_extract(string_split(p_name, '.'), -2), '"', '') END`;
const RANK = `CASE x_r.x_schema WHEN ${PG_CATALOG_OID} THEN 0 WHEN ${SCHEMA_OIDS.dbo} THEN 1 WHEN ${SCHEMA_OIDS.public} THEN 2 WHEN ${SCHEMA_OIDS.lakelink} THEN 3 END`;

/** Those that look into one lake's catalogue. `hidden`: relations that a name without a schema does not mean. */
export function lakeMacros(hidden: {
  readonly relations: readonly number[];
  readonly types: readonly number[];
}): readonly Macro[] {
  const shown = (list: readonly number[]) =>
    list.length === 0 ? 'p_oid IS NOT NULL' : `p_oid NOT IN (${list.join(', ')})`;
  return [
    ...formatMacros(),
    ...definitionMacros(),
    ...nameMacros(),
    macro('pg_table_is_visible(p_oid)', shown(hidden.relations)),
    macro('pg_type_is_visible(p_oid)', shown(hidden.types)),
  ];
}

function relation(column: string): string {
  return `(SELECT x_r.${column} FROM $L.main.relations x_r WHERE x_r.x_oid = p_oid)`;
}

/** What things are, their sizes, and what people say of them. */
function definitionMacros(): readonly Macro[] {
  const key = (column: string, by: string) => `(SELECT x_k.${column} FROM $L.main.keys x_k WHERE x_k.${by} = p_oid)`;
  const indexColumn =
    '(SELECT x_c.x_name FROM $L.main.columns x_c WHERE x_c.x_relation = p_oid AND x_c.x_number = p_column)';
  return [
    macro(
      'obj_description(p_oid, p_catalogue)',
      `CASE WHEN p_catalogue = 'pg_class' THEN ${relation('x_comment')} END`,
    ),
    macro('obj_description(p_oid)', relation('x_comment')),
    macro(
      'col_description(p_oid, p_column)',
      '(SELECT x_c.x_comment FROM $L.main.columns x_c WHERE x_c.x_relation = p_oid AND x_c.x_number = p_column)',
    ),
    macro('pg_get_indexdef(p_oid)', key('x_definition', 'x_index')),
    macro(
      'pg_get_indexdef(p_oid, p_column, p_pretty)',
      `CASE WHEN p_column = 0 THEN CASE WHEN p_pretty THEN ${key('x_short', 'x_index')} ELSE ${key('x_definition', 'x_index')} END ELSE $F.main.quote_ident(${indexColumn}) END`,
    ),
    macro('pg_get_constraintdef(p_oid)', key('x_key', 'x_constraint')),
    macro('pg_get_constraintdef(p_oid, p_pretty)', key('x_key', 'x_constraint')),
    macro('pg_get_viewdef(p_oid)', relation('x_definition')),
    macro('pg_get_viewdef(p_oid, p_pretty)', relation('x_definition')),
    macro('pg_relation_size(p_oid)', relation('x_bytes')),
    macro('pg_relation_size(p_oid, p_fork)', `CASE WHEN p_fork = 'main' THEN ${relation('x_bytes')} ELSE 0 END`),
    macro('pg_table_size(p_oid)', relation('x_bytes')),
    macro('pg_total_relation_size(p_oid)', relation('x_bytes')),
    macro('pg_indexes_size(p_oid)', '0::BIGINT'),
    macro('pg_relation_filenode(p_oid)', 'p_oid'),
    macro('pg_database_size(p_database)', '(SELECT coalesce(sum(x_r.x_bytes), 0)::BIGINT FROM $L.main.relations x_r)'),
  ];
}

/** Object ids as texts and texts as object ids. */
function nameMacros(): readonly Macro[] {
  const schemaText = `(${schemaName('p_oid')})`;
  return [
    macro(
      'to_regclass(p_name)',
      `(SELECT arg_min(x_r.x_oid, ${RANK}) FROM $L.main.relations x_r WHERE x_r.x_name = ${NAME_OF_TEXT} AND (NOT contains(p_name, '.') OR ${schemaName('x_r.x_schema')} = ${SCHEMA_OF_TEXT}))`,
    ),
    macro(
      'regclass_text(p_oid)',
      `CASE WHEN p_oid = 0 THEN '-' WHEN p_oid IS NOT NULL THEN coalesce(${relation('x_shown')}, p_oid::VARCHAR) END`,
    ),
    macro(
      'to_regtype(p_name)',
      `(SELECT min(x_t.x_oid) FROM $L.main.types x_t WHERE lower(p_name) IN (x_t.x_format, x_t.x_name, concat('pg_catalog.', x_t.x_name)))`,
    ),
    ...['regclass', 'regtype', 'regproc', 'regnamespace', 'regrole'].map(kind =>
      macro(`${kind}_of(p_oid)`, 'p_oid::UINTEGER'),
    ),
    macro('regtype_text(p_oid)', `$L.main.format_type(p_oid, NULL::INTEGER)`),
    macro('regnamespace_text(p_oid)', `coalesce(${schemaText}, p_oid::VARCHAR)`),
    macro(
      'to_regnamespace(p_name)',
      `CASE p_name WHEN 'pg_catalog' THEN ${PG_CATALOG_OID} WHEN 'information_schema' THEN ${INFORMATION_SCHEMA_OID} WHEN 'dbo' THEN ${SCHEMA_OIDS.dbo} WHEN 'public' THEN ${SCHEMA_OIDS.public} WHEN 'lakelink' THEN ${SCHEMA_OIDS.lakelink} END::UINTEGER`,
    ),
  ];
}

function formatMacros(): readonly Macro[] {
  const name = '(SELECT x_t.x_format FROM $L.main.types x_t WHERE x_t.x_oid = p_type)';
  const otherwise = `CASE WHEN p_type = 0 THEN '-' ELSE '???' END`;
  const suffix = `CASE WHEN p_mod IS NULL OR p_mod < 0 THEN '' WHEN p_type IN (1042, 1043) THEN concat('(', p_mod - 4, ')')
    WHEN p_type = 1700 THEN concat('(', ((p_mod - 4) >> 16) & 65535, ',', (p_mod - 4) & 2047, ')')
    WHEN p_type IN (1560, 1562) THEN concat('(', p_mod, ')') ELSE '' END`;
  return [
    macro(
      'format_type(p_type, p_mod)',
      `CASE WHEN p_type IS NOT NULL THEN concat(coalesce(${name}, ${otherwise}), ${suffix}) END`,
    ),
  ];
}
