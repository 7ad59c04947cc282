import type { Session } from '../../batch/duckdb.ts';
import type { RelationColumn, RelationInfo, SchemaName } from '../database-view.ts';
import { RELATION_FACTS, typeNamed } from './facts.ts';
import { FIXED, functionOid, INFORMATION_SCHEMA_OID, PG_CATALOG_OID, TYPE_COLUMNS } from './fixed-tables.ts';
import { columnType } from './lake-types.ts';
import { quoteIdent } from './names.ts';
import { type Cell, createTable, type RowColumn, selectRows } from './rows.ts';
import { hiddenRelations, VISIBLE_SCHEMAS } from './visibility.ts';

/*
 * What the catalogue knows of one lake database: relations, columns, keys, and the types of their rows. Columns begin
 * with `x_`, see fixed-tables.ts.
 */

export const SCHEMA_OIDS: Readonly<Record<SchemaName, number>> = { public: 2200, dbo: 16384, lakelink: 16385 };

/** A relation's object ids: itself, its rows' type, the array of that, its key's index and the key's constraint. */
export interface RelationIds {
  readonly oid: number;
  readonly type: number;
  readonly array: number;
  readonly index: number;
  readonly constraint: number;
}

interface Entry {
  readonly info: RelationInfo;
  readonly ids: RelationIds;
}

export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
}

/** First object id of what a server did not bring itself, and how many each relation takes. */
const OID_FIRST = 0x8000;
const OIDS_EACH = 8;
/** Clients read object ids into signed 32 bits. */
const SLOTS = Math.floor((0x7fff_0000 - OID_FIRST) / OIDS_EACH);

/** Rows of one INSERT: an abort is seen between two. */
const ROWS_EACH = 50_000;

const OID = 'UINTEGER';
const RELATION_COLUMNS: readonly RowColumn[] = [
  ['x_oid', OID],
  ['x_name', 'VARCHAR'],
  ['x_schema', OID],
  ['x_type', OID],
  ['x_kind', 'VARCHAR'],
  ['x_columns', 'SMALLINT'],
  ['x_rows', 'DOUBLE'],
  ['x_bytes', 'BIGINT'],
  ['x_keyed', 'BOOLEAN'],
  ['x_definition', 'VARCHAR'],
  ['x_comment', 'VARCHAR'],
  // As `regclass` prints it.
  ['x_shown', 'VARCHAR'],
];
const COLUMN_COLUMNS: readonly RowColumn[] = [
  ['x_relation', OID],
  ['x_number', 'SMALLINT'],
  ['x_name', 'VARCHAR'],
  ['x_type', OID],
  ['x_modifier', 'INTEGER'],
  ['x_notnull', 'BOOLEAN'],
  ['x_comment', 'VARCHAR'],
];
const KEY_COLUMNS: readonly RowColumn[] = [
  ['x_index', OID],
  ['x_relation', OID],
  ['x_constraint', OID],
  ['x_schema', OID],
  ['x_name', 'VARCHAR'],
  ['x_numbers', 'VARCHAR'],
  ['x_classes', 'VARCHAR'],
  ['x_definition', 'VARCHAR'],
  // Without the schema.
  ['x_short', 'VARCHAR'],
  ['x_key', 'VARCHAR'],
];

const NAME_COLUMNS: readonly RowColumn[] = [
  ['x_name', 'VARCHAR'],
  ['x_oid', OID],
];

/** Each relation as `schema.name`, and by its name alone where that means it, in lower case. */
function nameRows(named: readonly NamedRelation[]): readonly (readonly Cell[])[] {
  const rows = new Map<string, number>();
  for (const schema of [...VISIBLE_SCHEMAS, 'information_schema']) {
    for (const each of named) {
      if (each.schema !== schema) continue;
      const name = each.name.toLowerCase();
      rows.set(`${schema}.${name}`, each.oid);
      if (schema !== 'information_schema' && !rows.has(name)) rows.set(name, each.oid);
    }
  }
  return [...rows];
}

/** Object ids that stay as they are for as long as a relation has its name; told apart where two names fall together. */
export function withIds(relations: readonly RelationInfo[]): readonly Entry[] {
  const taken = new Set<number>();
  return relations.map(info => {
    let slot = hash(`${info.schema}.${info.name}`) % SLOTS;
    while (taken.has(slot)) slot = (slot + 1) % SLOTS;
    taken.add(slot);
    const oid = OID_FIRST + slot * OIDS_EACH;
    return { info, ids: { oid, type: oid + 1, array: oid + 2, index: oid + 3, constraint: oid + 4 } };
  });
}

/** FNV-1a, 32 bits: the same name has the same number in every run. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

/** Fills the attached engine database `database`; answers every relation by name, for `'account'::regclass`. */
export async function makeLakeTables(
  session: Session,
  { database, relations }: { readonly database: string; readonly relations: readonly RelationInfo[] },
): Promise<readonly NamedRelation[]> {
  const lake = withIds(relations);
  const hidden = hiddenRelations(relations);
  const keyed = lake.filter(({ info }) => info.primaryKey.length > 0);
  await insert(session, `${database}.main.relations`, RELATION_COLUMNS, [
    ...RELATION_FACTS.map(fixedRelation),
    ...lake.map(entry => lakeRelation(entry, hidden.has(entry.info))),
    ...keyed.map(indexRelation),
  ]);
  await insert(session, `${database}.main.keys`, KEY_COLUMNS, keyed.map(keyRow));
  const columns = function* (): Generator<readonly Cell[]> {
    for (const { oid, columns: facts } of RELATION_FACTS) {
      for (const [index, { name, type, notNull }] of facts.entries()) {
        yield [oid, index + 1, name, typeNamed(type).oid, -1, notNull, null];
      }
    }
    for (const { info, ids } of lake)
      for (const [index, each] of info.columns.entries()) yield columnRow(ids.oid, index, each);
    for (const { info, ids } of keyed) yield* indexColumns(info, ids);
  };
  await insert(session, `${database}.main.columns`, COLUMN_COLUMNS, columns());
  await insert(session, `${database}.main.types`, TYPE_COLUMNS, lake.flatMap(rowTypes));
  await session.runAll(`INSERT INTO ${database}.main.types SELECT * FROM ${FIXED}.main.types`);
  const named = [
    ...RELATION_FACTS.map(({ schema, name, oid }) => ({ schema, name, oid })),
    ...lake.map(({ info, ids }) => ({ schema: info.schema, name: info.name, oid: ids.oid })),
    ...keyed.map(({ info, ids }) => ({ schema: info.schema, name: keyName(info), oid: ids.index })),
  ];
  await insert(session, `${database}.main.names`, NAME_COLUMNS, nameRows(named));
  return named;
}

async function insert(
  session: Session,
  table: string,
  columns: readonly RowColumn[],
  rows: Iterable<readonly Cell[]>,
): Promise<void> {
  await session.runAll(createTable(table, columns));
  let held: (readonly Cell[])[] = [];
  const write = async () => {
    if (held.length > 0) await session.runAll(`INSERT INTO ${table} ${selectRows(columns, held)}`);
    held = [];
  };
  for (const row of rows) {
    held.push(row);
    if (held.length >= ROWS_EACH) await write();
  }
  await write();
}

function fixedRelation({ schema, name, oid, kind, columns }: (typeof RELATION_FACTS)[number]): readonly Cell[] {
  const schemaOid = schema === 'pg_catalog' ? PG_CATALOG_OID : INFORMATION_SCHEMA_OID;
  return [
    oid,
    name,
    schemaOid,
    0,
    kind,
    columns.length,
    -1,
    0,
    false,
    null,
    null,
    schema === 'pg_catalog' ? name : `${schema}.${name}`,
  ];
}

function lakeRelation({ info, ids }: Entry, isHidden: boolean): readonly Cell[] {
  const { schema, name, kind, columns, rowEstimate, bytes, primaryKey, definition, comment } = info;
  return [
    ids.oid,
    name,
    SCHEMA_OIDS[schema],
    ids.type,
    kind === 'table' ? 'r' : 'v',
    columns.length,
    rowEstimate ?? -1,
    bytes ?? 0,
    primaryKey.length > 0,
    definition,
    comment,
    isHidden ? `${quoteIdent(schema)}.${quoteIdent(name)}` : quoteIdent(name),
  ];
}

function indexRelation({ info, ids }: Entry): readonly Cell[] {
  return [
    ids.index,
    keyName(info),
    SCHEMA_OIDS[info.schema],
    0,
    'i',
    info.primaryKey.length,
    info.rowEstimate ?? -1,
    0,
    false,
    null,
    null,
    quoteIdent(keyName(info)),
  ];
}

function columnRow(relation: number, index: number, column: RelationColumn): readonly Cell[] {
  const { oid, modifier } = columnType(column);
  return [relation, index + 1, column.name, oid, modifier, column.notNull, column.comment];
}

function* indexColumns({ columns, primaryKey }: RelationInfo, ids: RelationIds): Generator<readonly Cell[]> {
  for (const [index, key] of primaryKey.entries()) {
    const column = columns.find(({ name }) => name === key);
    if (column !== undefined) yield columnRow(ids.index, index, { ...column, comment: null, notNull: false });
  }
}

function keyName({ name }: RelationInfo): string {
  return `${name}_pkey`;
}

function keyRow({ info, ids }: Entry): readonly Cell[] {
  const { schema, name, columns, primaryKey } = info;
  const list = primaryKey.map(quoteIdent).join(', ');
  const positions = primaryKey.map(key => columns.findIndex(column => column.name === key));
  const create = `CREATE UNIQUE INDEX ${quoteIdent(keyName(info))} ON`;
  const on = `${quoteIdent(name)} USING btree (${list})`;
  return [
    ids.index,
    ids.oid,
    ids.constraint,
    SCHEMA_OIDS[schema],
    keyName(info),
    positions.map(position => position + 1).join(','),
    positions.map(position => operatorClass(columns[position])).join(','),
    `${create} ${quoteIdent(schema)}.${on}`,
    `${create} ${on}`,
    `PRIMARY KEY (${list})`,
  ];
}

/** The B-tree class of a key column's type (pg_opclass.oid of PostgreSQL 15): uuid, bigint, else text. */
function operatorClass(column: RelationColumn | undefined): number {
  if (column?.sqlType === 'UUID') return 10065;
  return column?.sqlType === 'BIGINT' ? 3124 : 3126;
}

/** The type of a relation's rows and the array of it, as PostgreSQL makes them with a table. */
function rowTypes({ info, ids }: Entry): readonly (readonly Cell[])[] {
  const schema = SCHEMA_OIDS[info.schema];
  const format = quoteIdent(info.name);
  return [
    typeRow('record', {
      x_oid: ids.type,
      x_name: info.name,
      x_kind: 'c',
      x_category: 'C',
      x_array: ids.array,
      x_relation: ids.oid,
      x_schema: schema,
      x_format: format,
    }),
    typeRow('_record', {
      x_oid: ids.array,
      x_name: `_${info.name}`,
      x_kind: 'b',
      x_category: 'A',
      x_element: ids.type,
      x_schema: schema,
      x_format: `${format}[]`,
    }),
  ];
}

/** A row like that of a type that PostgreSQL has, but for some columns. */
function typeRow(like: string, changes: Readonly<Record<string, Cell>>): readonly Cell[] {
  const { words } = typeNamed(like);
  const subscript = functionOid(words[8] ?? '');
  const same: Readonly<Record<string, Cell>> = { x_delimiter: ',', x_subscript: subscript, x_relation: 0 };
  return TYPE_COLUMNS.map(([name], index) => changes[name] ?? same[name] ?? words[index] ?? null);
}
