import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { csvSizes } from '../batch/csv-size.ts';
import type { Session } from '../batch/duckdb.ts';
import { FILE_AT, imageSql, ROW_AT } from '../batch/merge.ts';
import { literal, literalList } from '../batch/sql.ts';
import { type StoredColumns, storedColumns } from '../batch/stored.ts';
import { fileNameOf } from '../core/partition-name.ts';
import { lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import { tableCsvSql } from './partition-csv.ts';

/**
 * Deletes have no date of creation: genuine folders give them one of the first days there are, and keep them apart from
 * rows, in files of a tiny year.
 */
const DELETE_CREATED_ON = '0001-01-03T00:00:00.0000000';
/** Deletes, and rows that have no date of creation. */
const NO_DATE = '1';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;
const PIECE = '__piece';

/** A CSV file to be: its name without `.csv`, and which rows it gets. */
export interface FolderFile {
  readonly name: string;
  readonly piece: string;
}

/** A table's changes of one folder, one word for each id, cut into files. Its temporary files lie in `workFolder`. */
export interface CutChanges {
  /** In the order of their names. */
  readonly files: readonly FolderFile[];
  /** Writes one of the files. */
  write(file: FolderFile, target: string): Promise<void>;
}

/**
 * Cuts changes into files: rows by the year of their `createdon`, deletes apart from them, each past about
 * `partBytesMax` going on in another file (`2024`, `2024_001`). Of each id only its newest version counts, or its delete,
 * so that the order of files never matters. The same changes are cut the same way whenever and wherever it is done.
 * `changes`: local paths, oldest first. Wide rows are written twice and are not held in memory.
 */
export async function cutChanges(
  session: Session,
  {
    shape,
    changes,
    workFolder,
    partBytesMax,
  }: {
    readonly shape: TableShape;
    readonly changes: readonly string[];
    readonly workFolder: string;
    readonly partBytesMax: number;
  },
): Promise<CutChanges> {
  const stored = await storedColumns(session, changes);
  const words = await newestWords(session, { shape, changes, stored });
  const form = { shape, rows: 'versions', stored: words.columns, deleteCreatedOn: DELETE_CREATED_ON } as const;
  const rowBytes = await rowBytesOf(session, { shape, changes });
  const pieces = await session.runAll(
    `SELECT ${periodSql(words.columns)} AS period, ${DELETED} AS gone, count(*)::BIGINT::VARCHAR AS rows ` +
      `FROM (${words.sql}) GROUP BY ALL ORDER BY ALL`,
  );
  const parts = pieces.map(({ period, gone, rows }) => {
    const bytes = Number(rows) * (gone === true ? deleteBytes(shape) : rowBytes);
    return { period: String(period), isDelete: gone === true, count: Math.max(1, Math.ceil(bytes / partBytesMax)) };
  });
  if (parts.length === 0) return { files: [], write: async () => {} };
  // One pass that puts each file's rows apart, rather than a pass for each file.
  await session.runAll('SET partitioned_write_flush_threshold = 20480');
  await session.runAll(
    `COPY (SELECT *, ${pieceSql(words.columns, parts)} AS ${PIECE} FROM (${words.sql})) TO ${literal(workFolder)} ` +
      `(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480, PARTITION_BY (${PIECE}), OVERWRITE_OR_IGNORE)`,
  );
  const written = new Set((await readdir(workFolder)).map(name => name.slice(PIECE.length + 1)));
  return {
    files: filesOf(parts, written),
    write: async ({ piece }, target) => {
      const found = join(workFolder, `${PIECE}=${piece}`, '*.parquet');
      const from = `read_parquet(${literal(found)}, hive_partitioning = false)`;
      await session.runAll(tableCsvSql({ ...form, from, target }));
    },
  };
}

/** About how many bytes a row takes as CSV: what the files say of themselves, so nothing has to be written to know it. */
async function rowBytesOf(
  session: Session,
  { shape, changes }: { readonly shape: TableShape; readonly changes: readonly string[] },
): Promise<number> {
  const sizes = await csvSizes(session, { shape, paths: changes });
  const sum = (of: 'rows' | 'csvBytes') => sizes.reduce((total, size) => total + size[of], 0);
  return sum('rows') === 0 ? 0 : sum('csvBytes') / sum('rows');
}

/** An id, three dates, a version, and a comma for each column. */
function deleteBytes(shape: TableShape): number {
  return 160 + lakeColumns(shape).length;
}

interface Part {
  readonly period: string;
  readonly isDelete: boolean;
  readonly count: number;
}

/** In one period rows come first, then deletes: a file holds only the one or only the other. */
function filesOf(parts: readonly Part[], written: ReadonlySet<string>): FolderFile[] {
  const used = new Map<string, number>();
  return parts.flatMap(part => {
    // Where few rows are very long, a piece may have got none.
    const pieces = Array.from({ length: part.count }, (_, n) => pieceName(part, n)).filter(name => written.has(name));
    return pieces.map(piece => {
      const at = used.get(part.period) ?? 0;
      used.set(part.period, at + 1);
      return { name: fileNameOf(part.period, at), piece };
    });
  });
}

function pieceName({ period, isDelete }: Pick<Part, 'period' | 'isDelete'>, n: number): string {
  return `${isDelete ? 'deletes' : period}-${n}`;
}

/** SQL of the piece a row goes to. Where there are several of a period, a digest of its id says which. */
function pieceSql(columns: StoredColumns, parts: readonly Part[]): string {
  const cases = parts.map(part => {
    const digest = part.count === 1 ? '0' : `(md5_number_lower("Id"::VARCHAR) % ${part.count})`;
    const own = part.isDelete ? DELETED : `NOT ${DELETED} AND ${periodSql(columns)} = ${literal(part.period)}`;
    return `WHEN ${own} THEN ${literal(pieceName(part, 0).slice(0, -1))} || ${digest}::VARCHAR`;
  });
  return `CASE ${cases.join(' ')} END`;
}

function periodSql(columns: StoredColumns): string {
  if (columns.get('createdon') !== 'TIMESTAMPTZ') return literal(NO_DATE);
  const year = `lpad(year(make_timestamp(epoch_us("createdon")))::VARCHAR, 4, '0')`;
  return `CASE WHEN ${DELETED} THEN ${literal(NO_DATE)} ELSE coalesce(${year}, ${literal(NO_DATE)}) END`;
}

interface Words {
  readonly sql: string;
  /** All columns that any file has, as the shape has them now. */
  readonly columns: StoredColumns;
}

/**
 * The rows of all files without those that a later word on the same id took the place of. The files are read as lists: a
 * long interval or a large first read leaves thousands, and a statement of as many parts would take hours to plan.
 */
async function newestWords(
  session: Session,
  {
    shape,
    changes,
    stored,
  }: {
    readonly shape: TableShape;
    readonly changes: readonly string[];
    readonly stored: ReadonlyMap<string, StoredColumns>;
  },
): Promise<Words> {
  const present = new Set(changes.flatMap(path => [...(stored.get(path)?.keys() ?? [])]));
  const columns = new Map(
    lakeColumns(shape).flatMap(({ name, sqlType }) => (present.has(name) ? [[name, sqlType] as const] : [])),
  );
  if (changes.length === 0) return { sql: imageSql({ shape, image: [] }, [VERSION, EPOCH, DELETED]), columns };
  const keys =
    `SELECT "Id", ${EPOCH}, ${VERSION}, ${DELETED}, "SinkModifiedOn", file_index AS ${FILE_AT}, file_row_number AS ${ROW_AT} ` +
    `FROM read_parquet(${literalList(changes)}, file_row_number = true)`;
  await session.runAll(
    `CREATE TEMP TABLE said AS ${keys}; ` +
      `CREATE TEMP TABLE beaten AS SELECT ${FILE_AT}, ${ROW_AT} FROM said ` +
      'WHERE "Id" IN (SELECT "Id" FROM said GROUP BY "Id" HAVING count(*) > 1) QUALIFY row_number() OVER (PARTITION BY "Id" ' +
      `ORDER BY ${EPOCH} DESC, ${VERSION} DESC, "SinkModifiedOn" DESC, ${DELETED} DESC, ${FILE_AT} DESC, ${ROW_AT} DESC) > 1; DROP TABLE said`,
  );
  const image = changes.map(path => ({ name: '', path }));
  const rows = imageSql({ shape, image, stored }, [...columns.keys(), VERSION, EPOCH, DELETED]);
  const sql =
    `SELECT * EXCLUDE (${FILE_AT}, ${ROW_AT}) FROM (${rows}) said WHERE NOT EXISTS (SELECT 1 FROM beaten ` +
    `WHERE beaten.${FILE_AT} = said.${FILE_AT} AND beaten.${ROW_AT} = said.${ROW_AT})`;
  return { sql, columns };
}
