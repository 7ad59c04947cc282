/*
 * How the catalogue's values stand in the query engine. The engine keeps no names of types that we make, so a type of
 * PostgreSQL's that must be seen in a result is told by an engine type that nothing else in a lake uses.
 */

/** Engine types that mean a type of PostgreSQL's wherever a result has them, and the object id of that type. */
export const CARRIERS: Readonly<Record<string, { readonly typeOid: number; readonly name: string }>> = {
  UINTEGER: { typeOid: 26, name: 'oid' },
  'UINTEGER[]': { typeOid: 1028, name: 'oid[]' },
  /** Printed without braces, a space between its numbers. */
  'USMALLINT[]': { typeOid: 22, name: 'int2vector' },
  /** Printed as `int2vector` is. */
  'UHUGEINT[]': { typeOid: 30, name: 'oidvector' },
};

/** Types of columns of the catalogue (pg_type.typname) whose engine type is not VARCHAR. */
const ENGINE_TYPES: Readonly<Record<string, string>> = {
  bool: 'BOOLEAN',
  bytea: 'BLOB',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  numeric: 'DECIMAL(38,6)',
  oid: 'UINTEGER',
  regproc: 'UINTEGER',
  regtype: 'UINTEGER',
  xid: 'UINTEGER',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  time_stamp: 'TIMESTAMP WITH TIME ZONE',
  interval: 'INTERVAL',
  cardinal_number: 'INTEGER',
  int2vector: 'USMALLINT[]',
  oidvector: 'UHUGEINT[]',
};

/** The engine's type for a column of the catalogue: `_text` is `VARCHAR[]`. */
export function engineType(typname: string): string {
  const own = ENGINE_TYPES[typname];
  if (own !== undefined) return own;
  return typname.startsWith('_') ? `${engineType(typname.slice(1))}[]` : 'VARCHAR';
}

/** What a column that is never null holds where nothing else is said. */
export function emptyValue(typname: string): string {
  const type = engineType(typname);
  if (type === 'VARCHAR') return `''`;
  if (type === 'BOOLEAN') return 'false';
  if (type.endsWith('[]')) return '[]';
  if (type.startsWith('TIMESTAMP')) return `TIMESTAMPTZ '2000-01-01 00:00:00+00'`;
  return '0';
}
