import { win32 } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { LakeColumn } from '../core/shape.ts';
import { castOf } from './columns.ts';
import type { Session } from './duckdb.ts';
import { literal, literalList } from './sql.ts';

/** Columns of a Parquet file of ours: name → type, in the words of `LakeColumn.sqlType`. */
export type StoredColumns = ReadonlyMap<string, string>;

/**
 * What each of the files holds, by its path. A file keeps the types of the definition that it was written under, and
 * leaves out columns without a value. Reads the ends of the files only. The last parts of the paths are unique.
 */
export async function storedColumns(
  session: Session,
  paths: readonly string[],
): Promise<ReadonlyMap<string, StoredColumns>> {
  if (paths.length === 0) return new Map();
  const rows = await session.runAll(
    `SELECT file_name, list(name) AS names, list(duckdb_type) AS types FROM parquet_schema(${literalList(paths)}) ` +
      `WHERE duckdb_type IS NOT NULL GROUP BY file_name`,
  );
  // By the last part of the path: its separators may come back in another form.
  const found = new Map(rows.map(({ file_name, names, types }) => [lastPart(file_name), columnsOf(names, types)]));
  return new Map(paths.map(path => [path, found.get(lastPart(path)) ?? new Map()]));
}

function lastPart(path: unknown): string {
  return win32.basename(String(path));
}

function columnsOf(names: unknown, types: unknown): StoredColumns {
  if (!Array.isArray(names) || !Array.isArray(types)) {
    throw new Fault('internal/bug', { reason: 'a file without its columns' });
  }
  return new Map(names.map((name, n) => [String(name), shortType(String(types[n]))]));
}

function shortType(type: string): string {
  return type === 'TIMESTAMP WITH TIME ZONE' ? 'TIMESTAMPTZ' : type;
}

/**
 * SQL of a stored value as the column has it now. An old value is what its text, as the environment sent it, is under
 * the new type: `7` becomes `7.0000000000` or the text `7`, and the text `7` the number. One that does not fit exactly
 * is null until its row is read again, and so is an id, which is not a text or number about its row. `raw`: SQL of the
 * stored value.
 */
export function asTyped({
  column,
  storedType,
  raw,
}: {
  readonly column: LakeColumn;
  readonly storedType: string;
  readonly raw: string;
}): string {
  const { sqlType, source, role } = column;
  if (storedType === sqlType) return raw;
  if (role !== 'value' || source === null) return `NULL::${sqlType}`;
  if (isExactNumber(storedType) && (isExactNumber(sqlType) || sqlType === 'DOUBLE')) {
    const value = `TRY_CAST(${raw} AS ${sqlType})`;
    return `CASE WHEN TRY_CAST(${value} AS ${storedType}) = ${raw} THEN ${value} END`;
  }
  const text = storedText({ storedType, raw, dateAsMoment: sqlType !== 'VARCHAR' });
  if (text === null || sqlType === 'UUID') return `NULL::${sqlType}`;
  if (sqlType === 'VARCHAR') return `CASE WHEN length(${text}) <= ${column.maxLength} THEN ${text} END`;
  const { value, misfit } = castOf(source);
  const typed = `(${value(text)})::${sqlType}`;
  return misfit === null ? typed : `CASE WHEN NOT (${misfit(text, value(text))}) THEN ${typed} END`;
}

function isExactNumber(sqlType: string): boolean {
  return sqlType === 'INTEGER' || sqlType === 'BIGINT' || sqlType.startsWith('DECIMAL(');
}

/** SQL of a stored value's text in the form of the Web API; null for what has none. */
function storedText({
  storedType,
  raw,
  dateAsMoment,
}: {
  readonly storedType: string;
  readonly raw: string;
  readonly dateAsMoment: boolean;
}): string | null {
  switch (storedType) {
    case 'VARCHAR':
      return raw;
    case 'INTEGER':
    case 'BIGINT':
    case 'BOOLEAN':
      return `${raw}::VARCHAR`;
    case 'DOUBLE':
      return `regexp_replace(${raw}::VARCHAR, '[.]0$', '')`;
    case 'DATE':
      return dateAsMoment ? `strftime(${raw}, '%Y-%m-%dT00:00:00Z')` : `${raw}::VARCHAR`;
    case 'TIMESTAMP':
      return momentText(raw);
    case 'TIMESTAMPTZ':
      // Without the session's time zone.
      return momentText(`make_timestamp(epoch_us(${raw}))`);
    default:
      return /^DECIMAL\([0-9]+,[1-9]/.test(storedType) ? `rtrim(rtrim(${raw}::VARCHAR, '0'), '.')` : null;
  }
}

function momentText(moment: string): string {
  const fraction = `rtrim(rtrim(strftime(${moment}, '.%f'), '0'), '.')`;
  return `strftime(${moment}, ${literal('%Y-%m-%dT%H:%M:%S')}) || ${fraction} || 'Z'`;
}
