import { win32 } from 'node:path';
import { decimalScale, type LakeColumn, lakeColumns, type TableShape } from '../core/shape.ts';
import { numberOf } from './build.ts';
import type { Session } from './duckdb.ts';
import { ident, literalList } from './sql.ts';

/** How much the rows of a file are as CSV. */
export interface CsvSize {
  readonly rows: number;
  /** Bytes, about and rather too many. */
  readonly csvBytes: number;
}

/**
 * About how many bytes the rows of each file take as readers' CSV, in the order of the paths. Nothing is rendered: what a
 * file says of itself tells how many values each column holds and how long texts are in sum; only texts that it keeps in a
 * dictionary are looked at.
 */
export async function csvSizes(
  session: Session,
  { shape, paths }: { readonly shape: TableShape; readonly paths: readonly string[] },
): Promise<CsvSize[]> {
  if (paths.length === 0) return [];
  const columns = new Map(lakeColumns(shape).map(column => [column.name, column]));
  const sizes = paths.map(() => ({ rows: 0, csvBytes: 0 }));
  const places = new Map(paths.map((path, place) => [win32.basename(path), place]));
  const dictionaries = paths.map(() => new Set<string>());
  for (const found of await session.runAll(statisticsSql(paths))) {
    const place = places.get(win32.basename(String(found.file_name))) ?? -1;
    const size = sizes[place];
    if (size === undefined) continue;
    size.rows = Math.max(size.rows, numberOf(found, 'rows'));
    const column = columns.get(String(found.name));
    if (column === undefined) continue;
    const filled = numberOf(found, 'filled');
    if (filled === 0) continue;
    if (found.is_text !== true) {
      size.csvBytes += column.modelType === 'int64' ? numberOf(found, 'digits') : filled * widthOf(column);
    } else {
      size.csvBytes += 2 * filled;
      if (found.is_plain === true) size.csvBytes += Math.max(0, numberOf(found, 'bytes') - 4 * filled);
      else dictionaries[place]?.add(column.name);
    }
  }
  await addTexts(session, { paths, dictionaries, sizes });
  // A comma or the line's end behind every column, whether it holds a value or not.
  return sizes.map(({ rows, csvBytes }) => ({ rows, csvBytes: Math.ceil(csvBytes + rows * columns.size) }));
}

/** Of each column of each file: its values, and the bytes of texts that stand in it one by one (four more each for their lengths). */
function statisticsSql(paths: readonly string[]): string {
  const filled = 'num_values - coalesce(stats_null_count, 0)';
  const digits = `(${filled}) * coalesce(greatest(strlen(stats_min_value), strlen(stats_max_value)), 20)`;
  return (
    `SELECT file_name, path_in_schema AS name, sum(num_values) AS rows, sum(${filled}) AS filled, sum(${digits}) AS digits, ` +
    `sum(total_uncompressed_size) AS bytes, any_value(type) = 'BYTE_ARRAY' AS is_text, bool_and(encodings = 'PLAIN') AS is_plain ` +
    `FROM parquet_metadata(${literalList(paths)}) GROUP BY file_name, path_in_schema`
  );
}

/** Adds the texts that a file keeps in a dictionary: reading those costs little. */
async function addTexts(
  session: Session,
  {
    paths,
    dictionaries,
    sizes,
  }: {
    readonly paths: readonly string[];
    /** Their columns, of each file. */
    readonly dictionaries: readonly ReadonlySet<string>[];
    readonly sizes: readonly { csvBytes: number }[];
  },
): Promise<void> {
  const names = [...new Set(dictionaries.flatMap(columns => [...columns]))];
  if (names.length === 0) return;
  const lengths = names.map((name, n) => `sum(strlen(${ident(name)}::VARCHAR)) AS c${n}`).join(', ');
  const rows = await session.runAll(
    `SELECT file_index AS place, ${lengths} FROM read_parquet(${literalList(paths)}, union_by_name = true) GROUP BY file_index`,
  );
  for (const row of rows) {
    const place = numberOf(row, 'place');
    const size = sizes[place];
    if (size === undefined) continue;
    for (const [n, name] of names.entries()) {
      if (dictionaries[place]?.has(name) === true) size.csvBytes += numberOf(row, `c${n}`);
    }
  }
}

/** Digits before the point, sign and point of a number with places; most are shorter. */
const WHOLE_WIDTH = 9;

/** Bytes of a value that is not a text, with its quotes. */
function widthOf({ role, source, modelType }: LakeColumn): number {
  if (role === 'sink') return '"12/31/2024 11:59:59 PM"'.length;
  switch (source?.kind) {
    case 'decimal':
    case 'money':
      return WHOLE_WIDTH + (source.precision ?? decimalScale(source));
    case 'double':
      return 18;
    case 'boolean':
      return 'False'.length;
    case 'datetime':
      return modelType === 'dateTimeOffset'
        ? '"2024-02-29T12:30:00.0000000+00:00"'.length
        : '"2024-02-29T12:30:00Z"'.length;
    case 'timezoneindependent':
    case 'dateonly':
      return '"2024-02-29T12:30:00Z"'.length;
    default:
      return '00000000-0000-0000-0000-000000000000'.length;
  }
}
