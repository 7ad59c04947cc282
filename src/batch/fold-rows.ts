import type { FoldPartition, FoldRequest, MergeBatch } from '../core/batcher.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import { SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import { numberOf } from './build.ts';
import { csvSizes } from './csv-size.ts';
import type { Session } from './duckdb.ts';
import { FILE_AT, imageSql, outputNames, ROW_AT } from './merge.ts';
import type { FileShare, RowsOfFile } from './split.ts';
import { ident, literal, literalList } from './sql.ts';
import type { StoredColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/** Partition of a row, in SQL and in the temporary tables of a fold. */
export const PARTITION = '__partition';
/** The file that a row stays in; null for one that is new to its partition. */
export const STAYS = '__stays';

/** Rows without createdon live here. */
export const NO_DATE = '1';

/** Files that a fold takes rows from, as they stand in its places (`__file_at` counts them). */
export interface RowFiles {
  readonly shape: TableShape;
  readonly paths: readonly string[];
  readonly stored: ReadonlyMap<string, StoredColumns>;
  /** SQL of the partition that a row with its `createdon` belongs to. */
  readonly partition: string;
  readonly hasDate: boolean;
}

export function rowFiles({
  request,
  paths,
  stored,
}: {
  readonly request: FoldRequest;
  readonly paths: readonly string[];
  readonly stored: ReadonlyMap<string, StoredColumns>;
}): RowFiles {
  const { shape, partitionStrategy } = request;
  const hasDate = presentColumns(shape, { paths, stored }).includes('createdon');
  const partition = hasDate ? partitionSql(shape, partitionStrategy) : literal(NO_DATE);
  return { shape, paths, stored, partition, hasDate };
}

/** The columns of `outputNames` that at least one of the files has: a file leaves out what holds no value in it. */
export function presentColumns(shape: TableShape, { paths, stored }: Pick<RowFiles, 'paths' | 'stored'>): string[] {
  return outputNames(shape).filter(name => paths.some(path => stored.get(path)?.has(name) === true));
}

/** `2024`, `2024-03`, `2024-03-31`, or `1`. By the calendar of UTC, without the session's time zone and ICU's calendar. */
export function partitionSql(shape: TableShape, strategy: PartitionStrategy): string {
  if (!shape.columns.some(({ name, kind }) => name === 'createdon' && kind === 'datetime')) return literal(NO_DATE);
  const utc = `make_timestamp(epoch_us("createdon"))`;
  const month = strategy === 'year' ? '' : ` || '-' || lpad(month(${utc})::VARCHAR, 2, '0')`;
  const day = strategy === 'day' ? ` || '-' || lpad(day(${utc})::VARCHAR, 2, '0')` : '';
  return `coalesce(lpad(year(${utc})::VARCHAR, 4, '0')${month}${day}, ${literal(NO_DATE)})`;
}

/** Whether the image was cut by another strategy, so that no row can stay in its file. */
export function isCutAnew({ imageStrategy, partitionStrategy }: FoldRequest): boolean {
  return imageStrategy !== undefined && imageStrategy !== partitionStrategy;
}

/** Oldest first. */
export function inOrder(batches: readonly MergeBatch[]): string[] {
  return [...batches].sort((a, b) => a.sequence - b.sequence).map(({ path }) => path);
}

/** Some columns of every row in the files, typed by the shape, with its place. */
export function filesSql({ shape, stored }: RowFiles, paths: readonly string[], columns: readonly string[]): string {
  return imageSql({ shape, image: paths.map(path => ({ name: '', path })), stored }, columns);
}

/** Id, version, epoch, whether it is a delete, createdon where there is one, and the place of every row; and more of it. */
export function keysSql(files: RowFiles, more: readonly string[] = []): string {
  const names = ['Id', ...(files.hasDate ? ['createdon'] : []), VERSION, EPOCH, ...more];
  const keys = filesSql(files, files.paths, [...names, DELETED]);
  return `SELECT ${names.map(ident).join(', ')}, coalesce(${DELETED}, false) AS ${DELETED}, ${FILE_AT}, ${ROW_AT} FROM (${keys})`;
}

export async function countRows(session: Session, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  const [row] = await session.runAll(`SELECT count(*) AS rows FROM read_parquet(${literalList(paths)})`);
  return numberOf(row, 'rows');
}

interface Place {
  readonly file: number;
  readonly row: number;
}

/** Rows that a file gets: those that stay in it, and of those new to its partition the ones between two places. */
export interface Gain {
  readonly name: string;
  readonly stays: boolean;
  /** Null partition: of any. */
  readonly fresh: { readonly partition: string | null; readonly from: Place | null; readonly to: Place | null } | null;
}

/** A temporary table that says which rows of the files count: `Id`, their places, `__partition`, `__stays`. */
export interface Choice {
  readonly table: string;
  /** SQL condition on its rows; the table is called `chosen` there. */
  readonly where: string;
}

/** Which files the rows go to that are new to this partition (null: to any), and from where to where. */
export async function freshGains(
  session: Session,
  {
    choice,
    partition,
    shares,
  }: { readonly choice: Choice; readonly partition: string | null; readonly shares: readonly FileShare[] },
): Promise<Gain[]> {
  const places: Place[] = [];
  for (const { from } of shares.slice(1)) places.push(await placeOfRow(session, { choice, partition, from }));
  return shares.map(({ name }, n) => ({
    name,
    stays: false,
    fresh: { partition, from: places[n - 1] ?? null, to: places[n] ?? null },
  }));
}

async function placeOfRow(
  session: Session,
  {
    choice: { table, where },
    partition,
    from: { file, offset },
  }: { readonly choice: Choice; readonly partition: string | null; readonly from: FileShare['from'] },
): Promise<Place> {
  if (offset === 0) return { file, row: 0 };
  const own = partition === null ? '' : ` AND ${PARTITION} = ${literal(partition)}`;
  const [row] = await session.runAll(
    `SELECT ${ROW_AT} AS row FROM ${table} chosen WHERE ${where} AND ${STAYS} IS NULL${own} AND ${FILE_AT} = ${file} ` +
      `ORDER BY ${ROW_AT} LIMIT 1 OFFSET ${offset}`,
  );
  return { file, row: numberOf(row, 'row') };
}

/** So many files tell how large rows are. */
const SAMPLE_FILES = 16;

/** About how many bytes a row of the files takes as CSV, by some of them; 0 where no limit asks for it. */
export async function rowBytes(session: Session, { shape, paths: all }: RowFiles, bytesMax: number): Promise<number> {
  if (!Number.isFinite(bytesMax)) return 0;
  const step = Math.ceil(all.length / SAMPLE_FILES);
  const paths = all.filter((_, n) => n % step === 0);
  const sizes = await csvSizes(session, { shape, paths });
  const rows = sizes.reduce((sum, size) => sum + size.rows, 0);
  return rows === 0 ? 0 : sizes.reduce((sum, size) => sum + size.csvBytes, 0) / rows;
}

/** A file with its bytes as CSV, as known or else estimated; where no limit asks for them 0. */
export async function knownBytes(
  session: Session,
  { shape, file, bytesMax }: { readonly shape: TableShape; readonly file: FoldPartition; readonly bytesMax: number },
): Promise<{ readonly name: string; readonly csvBytes: number }> {
  const { name, path, csvBytes } = file;
  if (csvBytes !== undefined || !Number.isFinite(bytesMax)) return { name, csvBytes: csvBytes ?? 0 };
  const [size] = await csvSizes(session, { shape, paths: [path] });
  return { name, csvBytes: size?.csvBytes ?? 0 };
}

/** Rows that are new to their partition: by partition, then by the files they come from. */
export async function freshCounts(
  session: Session,
  { table, where }: Choice,
): Promise<ReadonlyMap<string, readonly RowsOfFile[]>> {
  const found = await session.runAll(
    `SELECT ${PARTITION} AS name, ${FILE_AT} AS file, count(*) AS rows FROM ${table} chosen ` +
      `WHERE ${where} AND ${STAYS} IS NULL GROUP BY ALL ORDER BY file`,
  );
  const counts = new Map<string, RowsOfFile[]>();
  for (const row of found) {
    const partition = String(row.name);
    const own = counts.get(partition) ?? [];
    own.push({ file: numberOf(row, 'file'), rows: numberOf(row, 'rows') });
    counts.set(partition, own);
  }
  return counts;
}

/** A column of the result, and SQL of it over a row of the files. */
export interface ResultColumn {
  readonly name: string;
  readonly value: string;
  /** The column of the choice's table that is taken instead, unless every row counts. */
  readonly chosen?: string;
}

export interface RowsRequest {
  readonly files: RowFiles;
  readonly choice: Choice;
  readonly gains: readonly Gain[];
  readonly columns: readonly ResultColumn[];
  /** Names of the columns that those need. */
  readonly needed: readonly string[];
  /** Every row of the files counts, none stays anywhere, and each is in the partition of its createdon. */
  readonly isAll: boolean;
  /** Name for a temporary table. */
  readonly temp: string;
}

/** Whole rows are read from the files so many times in all; beyond, those that count are put into one table first. */
const PASSES_MAX = 4;

/** SQL of the rows of a gain. The rows themselves stay where they are until then, wherever that is cheaper. */
export async function openRows(session: Session, request: RowsRequest): Promise<(gain: Gain) => string> {
  const { files, gains, columns, isAll, temp, choice } = request;
  const names = columns.map(({ name }) => ident(name)).join(', ');
  const total = files.paths.length;
  const passes = gains.reduce((sum, gain) => sum + filesOf(gain, total).length / Math.max(1, total), 0);
  if (passes <= PASSES_MAX) return gain => directSql(request, gain);
  const { rows } = rowsOf(request, { first: 0, length: total });
  const places = gains.some(({ fresh }) => fresh?.from != null) ? `, ${FILE_AT}, ${ROW_AT}` : '';
  const joined = isAll
    ? `SELECT ${names}, ${PARTITION}, NULL::VARCHAR AS ${STAYS}${places} FROM (${rows})`
    : `SELECT ${pickedSql(columns)}, chosen.${PARTITION}, chosen.${STAYS}` +
      `${places.replaceAll(', ', ', own.')} FROM (${rows}) own JOIN ${choice.table} chosen ON ${isChosen('own')} AND ${choice.where}`;
  await session.runAll(`CREATE TEMP TABLE ${temp} AS ${joined}`);
  return gain => `SELECT ${names} FROM ${temp} WHERE ${gainSql(gain)}`;
}

function directSql(request: RowsRequest, gain: Gain): string {
  const { files, columns, isAll, choice } = request;
  const names = columns.map(({ name }) => ident(name)).join(', ');
  const { rows } = rowsOf(request, filesOf(gain, files.paths.length));
  if (isAll)
    return `SELECT ${names} FROM (SELECT *, NULL::VARCHAR AS ${STAYS} FROM (${rows})) own WHERE ${gainSql(gain)}`;
  if (columns.some(({ chosen }) => chosen !== undefined)) {
    const chosen = `SELECT * FROM ${choice.table} chosen WHERE ${choice.where} AND ${gainSql(gain)}`;
    return `SELECT ${pickedSql(columns)} FROM (${rows}) own JOIN (${chosen}) chosen ON ${isChosen('own')}`;
  }
  const chosen = `SELECT 1 FROM ${choice.table} chosen WHERE ${isChosen('own')} AND ${choice.where} AND ${gainSql(gain)}`;
  return `SELECT ${names} FROM (${rows}) own WHERE EXISTS (${chosen})`;
}

function pickedSql(columns: RowsRequest['columns']): string {
  return columns
    .map(({ name, chosen }) =>
      chosen === undefined ? `own.${ident(name)}` : `chosen.${ident(chosen)} AS ${ident(name)}`,
    )
    .join(', ');
}

/** Rows of some of the files, with the values asked for, the partition of each and its place among all. */
function rowsOf({ files, columns, needed }: RowsRequest, { first, length }: FileRange): { readonly rows: string } {
  const paths = files.paths.slice(first, first + length);
  const values = columns.map(({ name, value }) => `${value} AS ${ident(name)}`).join(', ');
  const place = `${FILE_AT} + ${first} AS ${FILE_AT}, ${ROW_AT}`;
  return {
    rows: `SELECT ${values}, ${files.partition} AS ${PARTITION}, ${place} FROM (${filesSql(files, paths, needed)})`,
  };
}

interface FileRange {
  readonly first: number;
  readonly length: number;
}

/** The files that can hold rows of a gain. */
function filesOf({ stays, fresh }: Gain, total: number): FileRange {
  if (stays || fresh === null) return { first: 0, length: total };
  const first = fresh.from?.file ?? 0;
  const last = fresh.to === null ? total - 1 : fresh.to.row === 0 ? fresh.to.file - 1 : fresh.to.file;
  return { first, length: last - first + 1 };
}

function isChosen(row: string): string {
  return `chosen."Id" = ${row}."Id" AND chosen.${FILE_AT} = ${row}.${FILE_AT} AND chosen.${ROW_AT} = ${row}.${ROW_AT}`;
}

function gainSql({ name, stays, fresh }: Gain): string {
  const staying = stays ? [`${STAYS} = ${literal(name)}`] : [];
  return `(${[...staying, ...(fresh === null ? [] : [freshSql(fresh)])].join(' OR ')})`;
}

function freshSql({ partition, from, to }: NonNullable<Gain['fresh']>): string {
  const isBehind = ({ file, row }: Place) => `(${FILE_AT} > ${file} OR (${FILE_AT} = ${file} AND ${ROW_AT} >= ${row}))`;
  const conditions = [
    `${STAYS} IS NULL`,
    ...(partition === null ? [] : [`${PARTITION} = ${literal(partition)}`]),
    ...(from === null ? [] : [isBehind(from)]),
    ...(to === null ? [] : [`NOT ${isBehind(to)}`]),
  ];
  return `(${conditions.join(' AND ')})`;
}
