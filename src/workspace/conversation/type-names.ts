/** Object ids of the types that PREPARE may name (PostgreSQL's pg_type.dat). */
const OIDS: Readonly<Record<string, number>> = {
  bigint: 20,
  bool: 16,
  boolean: 16,
  bpchar: 1042,
  bytea: 17,
  char: 1042,
  character: 1042,
  'character varying': 1043,
  date: 1082,
  decimal: 1700,
  'double precision': 701,
  float4: 700,
  float8: 701,
  int: 23,
  int2: 21,
  int4: 23,
  int8: 20,
  integer: 23,
  interval: 1186,
  json: 114,
  jsonb: 3802,
  numeric: 1700,
  real: 700,
  smallint: 21,
  text: 25,
  time: 1083,
  'time without time zone': 1083,
  timestamp: 1114,
  'timestamp with time zone': 1184,
  'timestamp without time zone': 1114,
  timestamptz: 1184,
  unknown: 0,
  uuid: 2950,
  varchar: 1043,
};

/** A type's object id; what stands in brackets (`numeric(10,2)`) does not matter to a parameter. Null: not known here. */
export function typeOid(name: string): number | null {
  const plain = name
    .toLowerCase()
    .replace(/\([^)]*\)/g, ' ')
    .replace(/^\s*pg_catalog\s*\.\s*/, '')
    .trim()
    .replace(/\s+/g, ' ');
  return Object.hasOwn(OIDS, plain) ? (OIDS[plain] ?? null) : null;
}
