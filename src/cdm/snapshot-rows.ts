import { ident, literal, literalList } from '../batch/sql.ts';
import type { LakeColumn, TableShape } from '../core/shape.ts';
import { type CsvRows, csvColumns } from './partition-csv.ts';

/** A line holds a row, whose texts have up to a million characters each; the engine's own limit is 2 MB. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
/** Below it nothing is saved. */
const LINE_BYTES_MIN = 1024 * 1024;

export interface SnapshotRowsRequest {
  readonly shape: TableShape;
  readonly rows: CsvRows;
  /** A snapshot's files: local paths, and how large they are. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * SQL for the rows of a snapshot, with the types that the near real-time table has: every value comes back as it was
 * written. Lines may be short by columns that were added after them, which are null there.
 */
export function snapshotRowsSql({ shape, rows, files }: SnapshotRowsRequest): string {
  const columns = csvColumns(shape, rows);
  // By position: two columns may have names that differ by case alone.
  const texts = columns.map((_, at) => `${literal(`c${at}`)}: 'VARCHAR'`).join(', ');
  const values = columns.map((column, at) => `${typedSql(column, `c${at}`)} AS ${ident(column.name)}`).join(', ');
  if (files.length === 0) {
    const nulls = columns.map(({ name, sqlType }) => `CAST(NULL AS ${sqlType}) AS ${ident(name)}`).join(', ');
    return `SELECT ${nulls} WHERE false`;
  }
  // The engine holds two buffers, by default each as large as 16 of the longest lines: 2 GB, whatever the files are.
  const largest = Math.max(...files.map(({ bytes }) => bytes));
  const lineBytes = Math.min(LINE_BYTES_MAX, Math.max(LINE_BYTES_MIN, largest + 1));
  // Short lines with line breaks in quotes fail in the parallel reader.
  const options = [
    `columns = {${texts}}`,
    `auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n'`,
    `nullstr = '', allow_quoted_nulls = false, null_padding = true, parallel = false`,
    `max_line_size = ${lineBytes}, buffer_size = ${lineBytes}`,
  ];
  const paths = files.map(({ path }) => path);
  return `SELECT ${values} FROM read_csv(${literalList(paths)}, ${options.join(', ')})`;
}

/** The value of a cell's text, which is null where there is none. */
function typedSql({ sqlType, role }: LakeColumn, text: string): string {
  if (role === 'sink') return `strptime(${text}, '%-m/%-d/%Y %-I:%M:%S %p')`;
  // `2024-02-29T23:59:59Z`, or with seven places, of which the last is always 0, and an offset that is always UTC.
  const moment = `CAST(rtrim(left(${text}, 26), 'Z') AS TIMESTAMP)`;
  switch (sqlType) {
    case 'VARCHAR':
      return text;
    case 'DATE':
      return `CAST(left(${text}, 10) AS DATE)`;
    case 'TIMESTAMP':
      return moment;
    case 'TIMESTAMPTZ':
      return `(${moment} AT TIME ZONE 'UTC')`;
    default:
      return `CAST(${text} AS ${sqlType})`;
  }
}
