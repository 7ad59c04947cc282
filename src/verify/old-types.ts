import { win32 } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LakeColumn } from '../core/shape.ts';
import { quoteText } from './cells.ts';

/*
 * A committed file keeps the types that its columns had when it was written. After a column changed its type, an old
 * value shows as what its text is under the new type, if that is exactly the same value, else as null, until its row is
 * read again. This is the verifier's own statement of that rule.
 */

/** The types of a file's columns, by name and in the engine's words. */
export type HeldTypes = ReadonlyMap<string, string>;

/** By path. The last parts of the paths differ. */
export async function heldTypes(
  connection: DuckDBConnection,
  paths: readonly string[],
): Promise<ReadonlyMap<string, HeldTypes>> {
  const byFile = new Map(paths.map(path => [win32.basename(path), new Map<string, string>()]));
  if (paths.length > 0) {
    const list = paths.map(quoteText).join(', ');
    const read = await connection.runAndReadAll(
      `SELECT file_name, name, duckdb_type FROM parquet_schema([${list}]) WHERE duckdb_type IS NOT NULL`,
    );
    for (const [file, name, type] of read.getRows())
      byFile.get(win32.basename(String(file)))?.set(String(name), String(type));
  }
  return new Map(paths.map(path => [path, byFile.get(win32.basename(path)) ?? new Map()]));
}

/** The columns of a file that have another type now, with the one they are held in. */
export function oldColumns(
  columns: readonly LakeColumn[],
  held: HeldTypes,
): { readonly column: LakeColumn; readonly type: string }[] {
  const now = (column: LakeColumn) => (column.sqlType === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : column.sqlType);
  return columns.flatMap(column => {
    const type = held.get(column.name);
    return type === undefined || type === now(column) ? [] : [{ column, type }];
  });
}

/** SQL of a value held in another type, as it shows now. */
export function shownSql({
  column,
  type,
  raw,
}: {
  readonly column: LakeColumn;
  readonly type: string;
  readonly raw: string;
}): string {
  const target = column.sqlType;
  const nothing = `CAST(NULL AS ${target})`;
  // An id is no text and no number; the second column of a lookup never comes from elsewhere.
  if (column.role !== 'value' || type === 'UUID' || target === 'UUID') return nothing;
  const text = textSql({ type, raw, forText: target === 'VARCHAR' });
  if (target === 'VARCHAR') return `CASE WHEN length(${text}) <= ${column.maxLength} THEN ${text} ELSE ${nothing} END`;
  const condition = isExactSql({ type, target, text, raw });
  const source = target === 'DATE' ? `left(${text}, 10)` : text;
  return `CASE WHEN ${condition} THEN TRY_CAST(${source} AS ${target}) ELSE ${nothing} END`;
}

function textSql({
  type,
  raw,
  forText,
}: {
  readonly type: string;
  readonly raw: string;
  readonly forText: boolean;
}): string {
  const plain = `CAST(${raw} AS VARCHAR)`;
  if (type === 'DOUBLE') return `regexp_replace(${plain}, '\\.0$', '')`;
  if (type.startsWith('DECIMAL')) {
    return `CASE WHEN contains(${plain}, '.') THEN regexp_replace(${plain}, '\\.?0+$', '') ELSE ${plain} END`;
  }
  if (type === 'DATE') return forText ? plain : `${plain} || 'T00:00:00Z'`;
  if (!type.startsWith('TIMESTAMP')) return plain;
  // `2024-02-29 12:00:00.5+00`: the session is in UTC.
  return `replace(regexp_replace(${plain}, '\\+00$', ''), ' ', 'T') || 'Z'`;
}

const NUMBERS = ['INTEGER', 'BIGINT', 'DOUBLE'];
const isNumber = (type: string) => NUMBERS.includes(type) || type.startsWith('DECIMAL');

function isExactSql({
  type,
  target,
  text,
  raw,
}: {
  readonly type: string;
  readonly target: string;
  readonly text: string;
  readonly raw: string;
}): string {
  const matches = (pattern: string) => `regexp_full_match(${text}, ${quoteText(pattern)})`;
  if (isNumber(target)) {
    // Held as a number: it is the same when it comes back as it was.
    if (isNumber(type)) return `TRY_CAST(TRY_CAST(${text} AS ${target}) AS ${type}) = ${raw}`;
    if (target === 'DOUBLE') return `isfinite(TRY_CAST(${text} AS DOUBLE))`;
    const places = target.startsWith('DECIMAL') ? Number(/,(\d+)\)/.exec(target)?.[1] ?? 0) : 0;
    return matches(places === 0 ? '-?(0|[1-9][0-9]*)(\\.0*)?' : `-?[0-9]+(\\.[0-9]{0,${places}}0*)?`);
  }
  switch (target) {
    case 'BOOLEAN':
      return `${text} IN ('true', 'false')`;
    case 'DATE':
      return matches('[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00(\\.0+)?Z?)?');
    case 'TIMESTAMP':
      return matches('[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z?');
    default:
      return matches('[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})');
  }
}
