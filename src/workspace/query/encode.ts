import { type DuckDBBlobValue, type DuckDBDataChunk, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { ValueFormat } from '../sql-session.ts';
import { bytesOf, type ToBytes } from './encode-binary.ts';
import { type TextStyle, textOf } from './encode-text.ts';
import { elementType, leafType } from './pg-types.ts';

/** How one column of a result at rest is read and sent; `sql` is the expression that reads it. */
export type ColumnEncoding =
  | { readonly is: 'value'; readonly sql: string; readonly toBytes: ToBytes }
  /** A text of the engine's, sent as it is. */
  | { readonly is: 'text'; readonly sql: string };

/** Types whose values the binding gives as something that we print. All others come as text, which UTF-8 is made of by the engine. */
const RAW: ReadonlySet<number> = new Set<number>([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIME_TZ,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.INTERVAL,
  DuckDBTypeId.UUID,
  DuckDBTypeId.BLOB,
  DuckDBTypeId.BIT,
]);

/** Types that a client sees as JSON. */
const JSON_TYPES: ReadonlySet<number> = new Set<number>([
  DuckDBTypeId.STRUCT,
  DuckDBTypeId.MAP,
  DuckDBTypeId.UNION,
  DuckDBTypeId.VARIANT,
]);

const COARSER: ReadonlyMap<number, string> = new Map<number, string>([
  [DuckDBTypeId.TIMESTAMP_S, 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_MS, 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_NS, 'TIMESTAMP'],
  [DuckDBTypeId.TIME_NS, 'TIME'],
]);

export function encodingOf(
  type: DuckDBType,
  {
    column,
    format,
    style,
    isInMemory = false,
  }: {
    readonly column: string;
    readonly format: ValueFormat;
    readonly style: TextStyle;
    /** The values are at hand as they are: nothing can be cast by the engine any more (`needsNoCast`). */
    readonly isInMemory?: boolean;
  },
): ColumnEncoding {
  if (isInMemory && TEXTS.has(type.typeId)) {
    return { is: 'value', sql: column, toBytes: value => Buffer.from(String(value)) };
  }
  const read = readable(type, column);
  if (read === null) return { is: 'text', sql: asVarchar(type, column) };
  const binary = format === 'binary' ? bytesOf(read.type) : undefined;
  if (binary !== undefined) return { is: 'value', sql: read.sql, toBytes: binary };
  const toText = textOf(read.type, style);
  return { is: 'value', sql: read.sql, toBytes: value => Buffer.from(toText(value)) };
}

const TEXTS: ReadonlySet<number> = new Set<number>([DuckDBTypeId.VARCHAR, DuckDBTypeId.ENUM]);

/** Whether values of a type can be sent as the binding gives them. */
export function needsNoCast(type: DuckDBType): boolean {
  return RAW.has(type.typeId) || TEXTS.has(type.typeId) || (elementType(type) !== null && isRawList(type));
}

/** A value that we print ourselves, by a cast where the binding has no form for it that we print; null: the engine prints it. */
function readable(type: DuckDBType, column: string): { readonly sql: string; readonly type: DuckDBType } | null {
  if (RAW.has(type.typeId)) return { sql: column, type };
  if (elementType(type) !== null) return isRawList(type) ? { sql: column, type } : listAsTexts(type, column);
  const coarser = COARSER.get(type.typeId);
  if (coarser === undefined) return null;
  const typeId = coarser === 'TIME' ? DuckDBTypeId.TIME : DuckDBTypeId.TIMESTAMP;
  return { sql: `CAST(${column} AS ${coarser})`, type: { ...type, typeId } as DuckDBType };
}

/** Whether a list holds, at whatever depth, values that we print; texts are such here. */
function isRawList(type: DuckDBType): boolean {
  const { leaf } = leafType(type);
  return RAW.has(leaf.typeId) || leaf.typeId === DuckDBTypeId.VARCHAR;
}

function listAsTexts(type: DuckDBType, column: string): { readonly sql: string; readonly type: DuckDBType } {
  const { leaf, depth } = leafType(type);
  const coarser = COARSER.get(leaf.typeId);
  const shape = (coarser ?? 'VARCHAR') + '[]'.repeat(depth);
  const whole = JSON_TYPES.has(leaf.typeId) ? `to_json(${column})` : column;
  return { sql: `CAST(${whole} AS ${shape})`, type: listType(shape, leaf, coarser) };
}

function listType(shape: string, leaf: DuckDBType, coarser: string | undefined): DuckDBType {
  const typeId =
    coarser === undefined ? DuckDBTypeId.VARCHAR : coarser === 'TIME' ? DuckDBTypeId.TIME : DuckDBTypeId.TIMESTAMP;
  let type = { ...leaf, typeId } as DuckDBType;
  for (let depth = shape.split('[]').length - 1; depth > 0; depth -= 1) {
    type = { typeId: DuckDBTypeId.LIST, valueType: type } as unknown as DuckDBType;
  }
  return type;
}

function asVarchar(type: DuckDBType, column: string): string {
  return `CAST(${JSON_TYPES.has(type.typeId) ? `to_json(${column})` : column} AS VARCHAR)`;
}

/**
 * The query that reads columns for `encodeChunk`. All texts of a row come as one blob with their lengths: the binding
 * pays microseconds for each text beyond twelve bytes, which would be most of the time of a wide result.
 */
export function readSql(columns: readonly ColumnEncoding[], from: string): string {
  const inner = columns.map(({ sql }, index) => `${sql} AS v${index}`);
  const outer = columns.map(({ is }, index) => (is === 'text' ? `strlen(v${index})` : `v${index}`));
  const texts = columns.flatMap(({ is }, index) => (is === 'text' ? [`v${index}`] : []));
  if (texts.length > 0) outer.push(`encode(concat(${texts.join(', ')}))`);
  return `SELECT ${outer.join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${from})`;
}

/** Adds the rows of a chunk of `readSql` to `rows`. */
export function encodeChunk(
  chunk: DuckDBDataChunk,
  columns: readonly ColumnEncoding[],
  rows: (Uint8Array | null)[][],
): void {
  const first = rows.length;
  const { rowCount } = chunk;
  for (let row = 0; row < rowCount; row += 1) rows.push(new Array<Uint8Array | null>(columns.length).fill(null));
  const texts: number[] = [];
  for (const [index, column] of columns.entries()) {
    if (column.is === 'text') {
      texts.push(index);
      continue;
    }
    const vector = chunk.getColumnVector(index);
    for (let row = 0; row < rowCount; row += 1) {
      const value = vector.getItem(row);
      const target = rows[first + row];
      if (value !== null && target !== undefined) target[index] = column.toBytes(value);
    }
  }
  if (texts.length > 0) cutTexts(chunk, { texts, blobAt: columns.length, first, rows });
}

interface PackedTexts {
  readonly texts: readonly number[];
  readonly blobAt: number;
  readonly first: number;
  readonly rows: (Uint8Array | null)[][];
}

function cutTexts(chunk: DuckDBDataChunk, { texts, blobAt, first, rows }: PackedTexts): void {
  const lengths = texts.map(index => chunk.getColumnVector(index));
  const blobs = chunk.getColumnVector(blobAt);
  for (let row = 0; row < chunk.rowCount; row += 1) {
    const target = rows[first + row];
    const blob = (blobs.getItem(row) as DuckDBBlobValue | null)?.bytes;
    if (target === undefined || blob === undefined) continue;
    let start = 0;
    for (const [which, column] of texts.entries()) {
      const length = lengths[which]?.getItem(row) ?? null;
      if (length === null) continue;
      const end = start + Number(length);
      target[column] = blob.subarray(start, end);
      start = end;
    }
  }
}
