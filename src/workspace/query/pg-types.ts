import { DuckDBArrayType, DuckDBDecimalType, DuckDBListType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { ResultField } from '../sql-session.ts';

/*
 * Types of the engine and of PostgreSQL. Object ids, sizes and names are those of PostgreSQL 15's pg_type; a modifier is
 * counted as its documentation of pg_attribute.atttypmod and `numeric` says.
 */

/** A type as a client is told of it: `ResultField` without a name. */
export type PgType = Omit<ResultField, 'name'>;

export const oids = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int2vector: 22,
  int4: 23,
  regproc: 24,
  text: 25,
  oid: 26,
  oidvector: 30,
  json: 114,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  varbit: 1562,
  numeric: 1700,
  regclass: 2205,
  regtype: 2206,
  uuid: 2950,
  jsonb: 3802,
} as const;

interface TypeFacts {
  readonly name: string;
  readonly size: number;
  readonly arrayOid: number;
  /** The engine's type that a parameter declared so is cast to. */
  readonly engineType: string;
}

const facts: Readonly<Record<number, TypeFacts>> = {
  [oids.bool]: { name: 'bool', size: 1, arrayOid: 1000, engineType: 'BOOLEAN' },
  [oids.bytea]: { name: 'bytea', size: -1, arrayOid: 1001, engineType: 'BLOB' },
  [oids.char]: { name: 'char', size: 1, arrayOid: 1002, engineType: 'VARCHAR' },
  [oids.name]: { name: 'name', size: 64, arrayOid: 1003, engineType: 'VARCHAR' },
  [oids.int8]: { name: 'int8', size: 8, arrayOid: 1016, engineType: 'BIGINT' },
  [oids.int2]: { name: 'int2', size: 2, arrayOid: 1005, engineType: 'SMALLINT' },
  [oids.int2vector]: { name: 'int2vector', size: -1, arrayOid: 1006, engineType: 'USMALLINT[]' },
  [oids.int4]: { name: 'int4', size: 4, arrayOid: 1007, engineType: 'INTEGER' },
  [oids.regproc]: { name: 'regproc', size: 4, arrayOid: 1008, engineType: 'UINTEGER' },
  [oids.text]: { name: 'text', size: -1, arrayOid: 1009, engineType: 'VARCHAR' },
  [oids.oid]: { name: 'oid', size: 4, arrayOid: 1028, engineType: 'UINTEGER' },
  [oids.oidvector]: { name: 'oidvector', size: -1, arrayOid: 1013, engineType: 'UHUGEINT[]' },
  [oids.json]: { name: 'json', size: -1, arrayOid: 199, engineType: 'JSON' },
  [oids.float4]: { name: 'float4', size: 4, arrayOid: 1021, engineType: 'FLOAT' },
  [oids.float8]: { name: 'float8', size: 8, arrayOid: 1022, engineType: 'DOUBLE' },
  [oids.unknown]: { name: 'unknown', size: -2, arrayOid: 1009, engineType: 'VARCHAR' },
  [oids.bpchar]: { name: 'bpchar', size: -1, arrayOid: 1014, engineType: 'VARCHAR' },
  [oids.varchar]: { name: 'varchar', size: -1, arrayOid: 1015, engineType: 'VARCHAR' },
  [oids.date]: { name: 'date', size: 4, arrayOid: 1182, engineType: 'DATE' },
  [oids.time]: { name: 'time', size: 8, arrayOid: 1183, engineType: 'TIME' },
  [oids.timestamp]: { name: 'timestamp', size: 8, arrayOid: 1115, engineType: 'TIMESTAMP' },
  [oids.timestamptz]: { name: 'timestamptz', size: 8, arrayOid: 1185, engineType: 'TIMESTAMPTZ' },
  [oids.interval]: { name: 'interval', size: 16, arrayOid: 1187, engineType: 'INTERVAL' },
  [oids.timetz]: { name: 'timetz', size: 12, arrayOid: 1270, engineType: 'TIMETZ' },
  [oids.varbit]: { name: 'varbit', size: -1, arrayOid: 1563, engineType: 'BIT' },
  // A decimal of the engine has a fixed scale: that of a parameter is chosen by its value, see decode.ts.
  [oids.numeric]: { name: 'numeric', size: -1, arrayOid: 1231, engineType: 'NUMERIC' },
  [oids.regclass]: { name: 'regclass', size: 4, arrayOid: 2210, engineType: 'UINTEGER' },
  [oids.regtype]: { name: 'regtype', size: 4, arrayOid: 2211, engineType: 'UINTEGER' },
  [oids.uuid]: { name: 'uuid', size: 16, arrayOid: 2951, engineType: 'UUID' },
  [oids.jsonb]: { name: 'jsonb', size: -1, arrayOid: 3807, engineType: 'JSON' },
};

const elementByArray: ReadonlyMap<number, number> = new Map(
  Object.entries(facts)
    .filter(([oid]) => Number(oid) !== oids.unknown)
    .map(([oid, { arrayOid }]) => [arrayOid, Number(oid)]),
);

/** Bytes that PostgreSQL counts before a modifier. */
const MODIFIER_HEAD = 4;
const NO_MODIFIER = -1;
const VARYING = -1;

/**
 * What the catalogue's types are carried by: engine types that nothing in a lake uses, since the engine forgets the name
 * of a type that one makes.
 */
const CARRIED_LISTS: ReadonlyMap<number, number> = new Map([
  [DuckDBTypeId.USMALLINT, oids.int2vector],
  [DuckDBTypeId.UHUGEINT, oids.oidvector],
]);

const SCALARS: ReadonlyMap<number, number> = new Map<number, number>([
  [DuckDBTypeId.BOOLEAN, oids.bool],
  [DuckDBTypeId.TINYINT, oids.int2],
  [DuckDBTypeId.SMALLINT, oids.int2],
  [DuckDBTypeId.UTINYINT, oids.int2],
  [DuckDBTypeId.INTEGER, oids.int4],
  [DuckDBTypeId.USMALLINT, oids.int4],
  [DuckDBTypeId.BIGINT, oids.int8],
  [DuckDBTypeId.UINTEGER, oids.oid],
  [DuckDBTypeId.UBIGINT, oids.numeric],
  [DuckDBTypeId.HUGEINT, oids.numeric],
  [DuckDBTypeId.UHUGEINT, oids.numeric],
  [DuckDBTypeId.BIGNUM, oids.numeric],
  [DuckDBTypeId.FLOAT, oids.float4],
  [DuckDBTypeId.DOUBLE, oids.float8],
  [DuckDBTypeId.BLOB, oids.bytea],
  [DuckDBTypeId.BIT, oids.varbit],
  [DuckDBTypeId.DATE, oids.date],
  [DuckDBTypeId.TIME, oids.time],
  [DuckDBTypeId.TIME_NS, oids.time],
  [DuckDBTypeId.TIME_TZ, oids.timetz],
  [DuckDBTypeId.TIMESTAMP, oids.timestamp],
  [DuckDBTypeId.TIMESTAMP_S, oids.timestamp],
  [DuckDBTypeId.TIMESTAMP_MS, oids.timestamp],
  [DuckDBTypeId.TIMESTAMP_NS, oids.timestamp],
  [DuckDBTypeId.TIMESTAMP_TZ, oids.timestamptz],
  [DuckDBTypeId.INTERVAL, oids.interval],
  [DuckDBTypeId.UUID, oids.uuid],
  [DuckDBTypeId.STRUCT, oids.json],
  [DuckDBTypeId.MAP, oids.json],
  [DuckDBTypeId.UNION, oids.json],
  [DuckDBTypeId.VARIANT, oids.json],
]);

/** What a client is told of an engine type; what PostgreSQL has no word for is text. */
export function pgTypeOf(type: DuckDBType): PgType {
  if (type instanceof DuckDBDecimalType) {
    return pgType(oids.numeric, ((type.width << 16) | type.scale) + MODIFIER_HEAD);
  }
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const carried = CARRIED_LISTS.get(type.valueType.typeId);
    if (carried !== undefined) return pgType(carried, NO_MODIFIER);
    return arrayOf(elementOf(type));
  }
  if (type.alias?.toUpperCase() === 'JSON') return pgType(oids.json, NO_MODIFIER);
  return pgType(SCALARS.get(type.typeId) ?? oids.text, NO_MODIFIER);
}

/** The type of a list's elements; null for what is no list. (A map has a type of values too.) */
export function elementType(type: DuckDBType): DuckDBType | null {
  if (type.typeId !== DuckDBTypeId.LIST && type.typeId !== DuckDBTypeId.ARRAY) return null;
  return (type as DuckDBListType | DuckDBArrayType).valueType;
}

/** The type that a list holds in the end, and how many lists deep it lies. */
export function leafType(type: DuckDBType): { readonly leaf: DuckDBType; readonly depth: number } {
  let leaf = type;
  let depth = 0;
  for (let inner = elementType(leaf); inner !== null; inner = elementType(leaf)) {
    leaf = inner;
    depth += 1;
  }
  return { leaf, depth };
}

/** The type of an element that is no list itself: PostgreSQL's arrays of arrays have the array's type. */
function elementOf(type: DuckDBListType | DuckDBArrayType): PgType {
  const { valueType } = type;
  return valueType instanceof DuckDBListType || valueType instanceof DuckDBArrayType
    ? elementOf(valueType)
    : pgTypeOf(valueType);
}

function arrayOf({ typeOid, typeModifier }: PgType): PgType {
  return { typeOid: facts[typeOid]?.arrayOid ?? 1009, typeSize: VARYING, typeModifier };
}

function pgType(typeOid: number, typeModifier: number): PgType {
  return { typeOid, typeSize: facts[typeOid]?.size ?? VARYING, typeModifier };
}

/** The oid of an array's elements; undefined for what is no array. */
export function elementOid(arrayOid: number): number | undefined {
  return elementByArray.get(arrayOid);
}

/** pg_type.typname: `int4`, `_text`; undefined for an oid that is not here. */
export function pgTypeName(oid: number): string | undefined {
  const own = facts[oid]?.name;
  if (own !== undefined) return own;
  const element = elementByArray.get(oid);
  return element === undefined ? undefined : `_${facts[element]?.name}`;
}

const oidByName: ReadonlyMap<string, number> = new Map(
  Object.entries(facts).flatMap(([oid, { name, arrayOid }]): [string, number][] => [
    [name, Number(oid)],
    [`_${name}`, arrayOid],
  ]),
);

/** The oid of a pg_type.typname; undefined for one that is not here. */
export function oidOfName(name: string): number | undefined {
  return oidByName.get(name);
}

/** The engine's type for values of a PostgreSQL type, `INTEGER` or `VARCHAR[]`; undefined for one that is not here. */
export function engineTypeOf(oid: number): string | undefined {
  const own = facts[oid]?.engineType;
  if (own !== undefined) return own;
  const element = elementByArray.get(oid);
  return element === undefined ? undefined : `${facts[element]?.engineType}[]`;
}
