import { schemaName } from './class-relations.ts';
import { INFORMATION_SCHEMA_OID, PG_CATALOG_OID } from './fixed-tables.ts';
import { SCHEMA_OIDS } from './lake-tables.ts';
import { lookUp, type Macro, macro } from './macros.ts';

/* Functions that look into one lake's catalogue, see macros.ts. */

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
  return lookUp(`$L.main.relations`, column, { x_oid: 'p_oid' });
}

/** What things are, their sizes, and what people say of them. */
function definitionMacros(): readonly Macro[] {
  const key = (column: string, by: string) => lookUp('$L.main.keys', column, { [by]: 'p_oid' });
  const indexColumn = lookUp('$L.main.columns', 'x_name', { x_relation: 'p_oid', x_number: 'p_column' });
  return [
    macro(
      'obj_description(p_oid, p_catalogue)',
      `CASE WHEN p_catalogue = 'pg_class' THEN ${relation('x_comment')} END`,
    ),
    macro('obj_description(p_oid)', relation('x_comment')),
    macro(
      'col_description(p_oid, p_column)',
      lookUp('$L.main.columns', 'x_comment', { x_relation: 'p_oid', x_number: 'p_column' }),
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
    // One comparison of equals: whatever else is said here would be asked of each pair of rows. Without case, as relations
    // are found.
    macro('to_regclass(p_name)', lookUp('$L.main.names', 'x_oid', { x_name: `lower(replace(p_name, '"', ''))` })),
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
  const name = lookUp('$L.main.types', 'x_format', { x_oid: 'p_type::UINTEGER' });
  const otherwise = `CASE WHEN p_type::UINTEGER = 0 THEN '-' ELSE '???' END`;
  const suffix = `CASE WHEN p_mod::INTEGER IS NULL OR p_mod::INTEGER < 0 THEN '' WHEN p_type::UINTEGER IN (1042, 1043) THEN concat('(', p_mod::INTEGER - 4, ')')
    WHEN p_type::UINTEGER = 1700 THEN concat('(', ((p_mod::INTEGER - 4) >> 16) & 65535, ',', (p_mod::INTEGER - 4) & 2047, ')')
    WHEN p_type::UINTEGER IN (1560, 1562) THEN concat('(', p_mod::INTEGER, ')') ELSE '' END`;
  return [
    macro(
      'format_type(p_type, p_mod)',
      `CASE WHEN p_type IS NOT NULL THEN concat(coalesce(${name}, ${otherwise}), ${suffix}) END`,
    ),
  ];
}
