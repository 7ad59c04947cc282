/** The type that pg_attribute tells of a column. */
export interface ColumnType {
  readonly oid: number;
  /** -1 where the type has none. */
  readonly modifier: number;
}

/** pg_type.oid of what the engine's types are to a client. Texts are `text`, or `varchar(n)` where a length is known. */
const TYPES: Readonly<Record<string, number>> = {
  BOOLEAN: 16,
  BLOB: 17,
  BIGINT: 20,
  SMALLINT: 21,
  TINYINT: 21,
  UTINYINT: 21,
  INTEGER: 23,
  USMALLINT: 23,
  UINTEGER: 26,
  FLOAT: 700,
  DOUBLE: 701,
  VARCHAR: 25,
  DATE: 1082,
  TIME: 1083,
  TIMESTAMP: 1114,
  TIMESTAMP_S: 1114,
  TIMESTAMP_MS: 1114,
  TIMESTAMP_NS: 1114,
  'TIMESTAMP WITH TIME ZONE': 1184,
  TIMESTAMPTZ: 1184,
  INTERVAL: 1186,
  UBIGINT: 1700,
  HUGEINT: 1700,
  UHUGEINT: 1700,
  UUID: 2950,
  JSON: 114,
};

const TEXT = 25;
const VARCHAR = 1043;
const NUMERIC = 1700;
/** pg_type.typarray of the types above. */
const ARRAYS: Readonly<Record<number, number>> = {
  16: 1000,
  17: 1001,
  20: 1016,
  21: 1005,
  23: 1007,
  25: 1009,
  26: 1028,
  114: 199,
  700: 1021,
  701: 1022,
  1082: 1182,
  1083: 1183,
  1114: 1115,
  1184: 1185,
  1186: 1187,
  1700: 1231,
  2950: 2951,
};
/** Bytes that PostgreSQL counts before a type's modifier. */
const MODIFIER_HEAD = 4;

/** What a client is told of a column of this engine type; what PostgreSQL has no word for is text. */
export function columnType({
  sqlType,
  length,
}: {
  readonly sqlType: string;
  readonly length: number | null;
}): ColumnType {
  if (sqlType.endsWith('[]')) {
    const element = columnType({ sqlType: sqlType.slice(0, -2), length: null });
    return { oid: ARRAYS[element.oid] ?? TEXT, modifier: -1 };
  }
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(sqlType);
  if (decimal !== null) {
    return { oid: NUMERIC, modifier: ((Number(decimal[1]) << 16) | Number(decimal[2])) + MODIFIER_HEAD };
  }
  if (sqlType === 'VARCHAR' && length !== null) return { oid: VARCHAR, modifier: length + MODIFIER_HEAD };
  return { oid: TYPES[sqlType] ?? TEXT, modifier: -1 };
}
