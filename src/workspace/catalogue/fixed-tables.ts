import type { Session } from '../../batch/duckdb.ts';
import { records, TYPE_FACTS, type TypeFact } from './facts.ts';
import { PG_FUNCTIONS } from './pg15-functions.ts';
import { PG_KEYWORDS } from './pg15-keywords.ts';
import { PG_AGGREGATES, PG_CASTS, PG_OPERATOR_CLASSES, PG_OPERATORS } from './pg15-operators.ts';
import { type Cell, createTable, type RowColumn, selectRows } from './rows.ts';

/*
 * What is the same in every database: types, functions, operators. Columns begin with `x_`, which no column of the
 * catalogue does: in a macro's subquery a client's `oid` would otherwise mean the macro's own table.
 */

/** The engine's database that holds it. */
export const FIXED = 'll_pg';

export const PG_CATALOG_OID = 11;
export const INFORMATION_SCHEMA_OID = 13207;
/** Owner of everything: PostgreSQL's first role has this id. */
export const OWNER_OID = 10;
export const OWNER = 'lakelink';

const OID = 'UINTEGER';

export const TYPE_COLUMNS: readonly RowColumn[] = [
  ['x_oid', OID],
  ['x_name', 'VARCHAR'],
  ['x_len', 'SMALLINT'],
  ['x_byval', 'BOOLEAN'],
  ['x_kind', 'VARCHAR'],
  ['x_category', 'VARCHAR'],
  ['x_preferred', 'BOOLEAN'],
  ['x_delimiter', 'VARCHAR'],
  ['x_subscript', OID],
  ['x_element', OID],
  ['x_array', OID],
  ['x_input', OID],
  ['x_output', OID],
  ['x_receive', OID],
  ['x_send', OID],
  ['x_modin', OID],
  ['x_modout', OID],
  ['x_analyze', OID],
  ['x_align', 'VARCHAR'],
  ['x_storage', 'VARCHAR'],
  ['x_notnull', 'BOOLEAN'],
  ['x_base', OID],
  ['x_modifier', 'INTEGER'],
  ['x_collation', OID],
  ['x_schema', OID],
  ['x_format', 'VARCHAR'],
  ['x_relation', OID],
];

interface FixedTable {
  readonly name: string;
  readonly columns: readonly RowColumn[];
  readonly rows: () => readonly (readonly Cell[])[];
}

const TABLES: readonly FixedTable[] = [
  { name: 'types', columns: TYPE_COLUMNS, rows: () => TYPE_FACTS.map(typeRow) },
  {
    name: 'functions',
    columns: [
      ['x_oid', OID],
      ['x_name', 'VARCHAR'],
      ['x_flags', 'VARCHAR'],
      ['x_variadic', OID],
      ['x_defaults', 'SMALLINT'],
      ['x_result', OID],
      ['x_arguments', 'VARCHAR'],
      ['x_argument_text', 'VARCHAR'],
      ['x_result_text', 'VARCHAR'],
    ],
    rows: () => records(PG_FUNCTIONS).map(functionRow),
  },
  {
    name: 'operators',
    columns: [
      ['x_oid', OID],
      ['x_name', 'VARCHAR'],
      ['x_flags', 'VARCHAR'],
      ...['x_left', 'x_right', 'x_result', 'x_commutator', 'x_negator', 'x_code', 'x_rest', 'x_join'].map(
        (name): RowColumn => [name, OID],
      ),
    ],
    rows: () => records(PG_OPERATORS),
  },
  {
    name: 'casts',
    columns: [
      ...['x_oid', 'x_source', 'x_target', 'x_function'].map((name): RowColumn => [name, OID]),
      ['x_context', 'VARCHAR'],
      ['x_method', 'VARCHAR'],
    ],
    rows: () => records(PG_CASTS),
  },
  {
    name: 'operator_classes',
    columns: [
      ['x_oid', OID],
      ['x_name', 'VARCHAR'],
      ['x_family', OID],
      ['x_input', OID],
      ['x_default', 'BOOLEAN'],
      ['x_key', OID],
    ],
    rows: () => records(PG_OPERATOR_CLASSES),
  },
  {
    name: 'aggregates',
    columns: [
      ['x_oid', OID],
      ['x_kind', 'VARCHAR'],
      ['x_direct', 'SMALLINT'],
      ['x_state', OID],
    ],
    rows: () => records(PG_AGGREGATES),
  },
  {
    name: 'keywords',
    columns: [
      ['x_word', 'VARCHAR'],
      ['x_code', 'VARCHAR'],
    ],
    rows: () => Object.entries(PG_KEYWORDS).flatMap(([code, words]) => wordsOf(words).map(word => [word, code])),
  },
];

/** Words of a text of key words. */
export function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Attaches and fills it; called once for an engine. */
export async function makeFixedTables(session: Session): Promise<void> {
  await session.runAll(`ATTACH ':memory:' AS ${FIXED}`);
  for (const { name, columns, rows } of TABLES) {
    const table = `${FIXED}.main.${name}`;
    await session.runAll(createTable(table, columns));
    await session.runAll(`INSERT INTO ${table} ${selectRows(columns, rows())}`);
  }
}

let functionIds: ReadonlyMap<string, number> | undefined;

/** Object id of a function by its name, the first where several share it; 0 for none. */
export function functionOid(name: string): number {
  functionIds ??= new Map(
    records(PG_FUNCTIONS)
      .map(([oid, proname]): [string, number] => [proname ?? '', Number(oid)])
      .reverse(),
  );
  return functionIds.get(name) ?? 0;
}

/** With its arguments and its result in words, as pg_get_function_arguments prints them. */
function functionRow(words: readonly string[]): readonly Cell[] {
  const format = (oid: string) => TYPE_FACTS.find(type => type.oid === Number(oid))?.format ?? oid;
  const [, , flags = '', , , result = '', given = ''] = words;
  const text = given === '-' ? '' : given.split(',').map(format).join(', ');
  return [...words, text, `${flags[1] === 't' ? 'SETOF ' : ''}${format(result)}`];
}

const SUBSCRIPT_WORD = 8;
const DELIMITER_WORD = 7;
const SCHEMA_WORD = 24;

function typeRow({ words }: TypeFact): readonly Cell[] {
  const row: Cell[] = [...words];
  row[SUBSCRIPT_WORD] = functionOid(String(words[SUBSCRIPT_WORD]));
  row[DELIMITER_WORD] = String.fromCharCode(Number(words[DELIMITER_WORD]));
  row[SCHEMA_WORD] = words[SCHEMA_WORD] === 'pg_catalog' ? PG_CATALOG_OID : INFORMATION_SCHEMA_OID;
  return [...row, 0];
}
