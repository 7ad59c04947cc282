import type { MergeBatch, MergeInput } from '../core/batcher.ts';
import { type LakeColumn, lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import type { Session } from './duckdb.ts';
import { ident, literalList } from './sql.ts';
import { asTyped, type StoredColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/** Position of a row's file in the list it was read from; batches are listed oldest first. */
export const FILE_AT = '__file_at';
/** Position of a row in its file. */
export const ROW_AT = '__row_at';

/** Of the rows of batches, the newest word on each id. */
const QUALIFY_NEWEST =
  `QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY ` +
  `${EPOCH} DESC, ${VERSION} DESC, ${DELETED} DESC, ${FILE_AT} DESC) = 1`;

/** What a merge reads, and how the files hold it. */
export interface MergeFiles extends MergeInput {
  /**
   * What each file holds, by its path (`storedColumns`); of a path that is not named, and of all where this is absent,
   * the types are those of the shape. Needed once a column changed its type: files from before keep the old one.
   */
  readonly stored?: ReadonlyMap<string, StoredColumns> | undefined;
  /**
   * It was found out (`imageMayBeNewer`) that the image has nothing that is newer than what the batches say of the same
   * id: then its ids need not be held against them once more, and the engine reads only the columns a query asks for.
   */
  readonly imageIsOlder?: boolean;
  /** It was found out (`areIdsOnce`) that no id stands in the batches twice: then each row of theirs is the newest. */
  readonly areIdsOnce?: boolean;
  /** All batches together have few rows, so that who wins may be settled over the rows themselves, read once. */
  readonly areBatchesSmall?: boolean;
  /** What the files of the image have (`columnsIn`); absent: not known. */
  readonly imageColumns?: FilesColumns;
}

/** Names of the columns that files have. */
export interface FilesColumns {
  readonly inAny: ReadonlySet<string>;
  readonly inEach: ReadonlySet<string>;
}

/** Reads the ends of the files only. */
export async function columnsIn(session: Session, paths: readonly string[]): Promise<FilesColumns> {
  if (paths.length === 0) return { inAny: new Set(), inEach: new Set() };
  const rows = await session.runAll(
    `SELECT name, count(*) = ${paths.length} AS is_in_each FROM parquet_schema(${literalList(paths)}) GROUP BY name`,
  );
  const inEach = rows.filter(({ is_in_each: isInEach }) => isInEach === true);
  return {
    inAny: new Set(rows.map(({ name }) => String(name))),
    inEach: new Set(inEach.map(({ name }) => String(name))),
  };
}

/** `a` takes effect over `b` by epoch and version alone; neither is a delete. */
function newer(a: string, b: string): string {
  return `(${a}.${EPOCH} > ${b}.${EPOCH} OR (${a}.${EPOCH} = ${b}.${EPOCH} AND ${a}.${VERSION} > ${b}.${VERSION}))`;
}

/**
 * SQL text of the live rows of a table: its image and the batches not yet folded in, merged on read. Lake columns in
 * their order, then `__version` and `__epoch`, or only those of them that `columns` names. A row of the image counts
 * unless a batch holds something of its id that is not older; a batch's newest word on an id counts unless the image is
 * newer; deletes are dropped last (I-4). Works without image and without batches. Paths are local; the session must be
 * in UTC.
 */
export function mergeSql(input: MergeFiles, columns: readonly string[] = outputNames(input.shape)): string {
  const list = (of: string) => columns.map(name => `${of}.${ident(name)}`).join(', ');
  const image = `SELECT ${list('image')} FROM (${alikeImageSql(input, columns) ?? imageSql(input, columns)}) image`;
  if (input.batches.length === 0) return image;
  if (input.image.length === 0) return saidSql(input, columns);
  if (input.imageIsOlder === true) {
    // No WITH: below one that it materializes the engine reads every column of every file.
    const ids = `SELECT "Id" FROM read_parquet(${literalList(pathsOf(input.batches))})`;
    return `${image} ANTI JOIN (${ids}) word ON word."Id" = image."Id" UNION ALL ${saidSql(input, columns)}`;
  }
  const rows = `SELECT ${list('batch')} FROM (${batchesSql(input, columns)}) batch`;
  const isSaid = `EXISTS (SELECT 1 FROM word WHERE ${isWord('batch')} AND NOT word.${DELETED})`;
  const isUnsaid = `NOT EXISTS (SELECT 1 FROM word WHERE word."Id" = image."Id")`;
  return `WITH word AS MATERIALIZED (${wordsSql(input)}) ${image} WHERE ${isUnsaid} UNION ALL ${rows} WHERE ${isSaid}`;
}

/** Rows of the batches that are the newest of their id and no deletes, as if there were no image. */
function saidSql(input: MergeFiles, columns: readonly string[]): string {
  const list = columns.map(name => `batch.${ident(name)}`).join(', ');
  if (input.areIdsOnce === true) {
    return `SELECT ${list} FROM (${batchesSql(input, [...columns, DELETED])}) batch WHERE NOT batch.${DELETED}`;
  }
  if (input.areBatchesSmall === true) {
    const rows = batchesSql(input, [...columns, VERSION, EPOCH, DELETED]);
    return `SELECT ${list} FROM (SELECT * FROM (${rows}) ${QUALIFY_NEWEST}) batch WHERE NOT batch.${DELETED}`;
  }
  // Who wins is settled over ids and versions alone; only then are the rows themselves read.
  const word = `SELECT * FROM (${newestSql(input.batches)}) WHERE NOT ${DELETED}`;
  return `SELECT ${list} FROM (${batchesSql(input, columns)}) batch SEMI JOIN (${word}) word ON ${isWord('batch')}`;
}

/**
 * Whether the image has anything newer than what the batches say of the same id, as after a full read that began before
 * newer changes came in. What it answers is true of these files for ever. Of the image only those row groups are read
 * that hold a version above the batches' lowest: after changes as they usually come, none.
 */
export async function imageMayBeNewer(
  session: Session,
  { image, batches }: Pick<MergeInput, 'image' | 'batches'>,
): Promise<boolean> {
  if (image.length === 0 || batches.length === 0) return false;
  const [lowest] = await session.runAll(
    `SELECT min(${VERSION})::VARCHAR AS version, min(${EPOCH})::INTEGER AS epoch FROM read_parquet(${literalList(pathsOf(batches))})`,
  );
  if (lowest?.version == null) return false;
  const keys = `SELECT * FROM (${imageKeysSql(image)})`;
  // Two readings, as of a condition on either column the engine would read all to find out.
  const held = `${keys} WHERE ${VERSION} > ${String(lowest.version)} UNION ALL ${keys} WHERE ${EPOCH} > ${String(lowest.epoch)}`;
  const [found] = await session.runAll(
    `SELECT 1 AS is_any FROM (${newestSql(batches)}) said JOIN (${held}) held ON held."Id" = said."Id" ` +
      `WHERE ${newer('held', 'said')} LIMIT 1`,
  );
  return found !== undefined;
}

/** Whether no id stands in the batches twice. Reads their ids. */
export async function areIdsOnce(session: Session, batches: MergeInput['batches']): Promise<boolean> {
  if (batches.length === 0) return true;
  const files = `read_parquet(${literalList(pathsOf(batches))})`;
  const [row] = await session.runAll(`SELECT count(*) = count(DISTINCT "Id") AS is_once FROM ${files}`);
  return row?.is_once === true;
}

/** Names of the lake columns, `__version`, `__epoch`. */
export function outputNames(shape: TableShape): string[] {
  return [...lakeColumns(shape).map(({ name }) => name), VERSION, EPOCH];
}

/** Rows of the image files, typed by the shape: `columns` of `outputNames` or `__deleted`, and the id whether named or not. */
export function imageSql(
  { shape, image, stored, imageColumns }: Pick<MergeFiles, 'shape' | 'image' | 'stored' | 'imageColumns'>,
  columns: readonly string[],
): string {
  return filesSql({ shape, paths: pathsOf(image), columns, stored, present: imageColumns?.inAny });
}

/**
 * The same, without their places, where every file has all that is asked for, in the types of the shape: then the engine
 * plans by the first file alone and need not look into each. Null: it is not so, or not known.
 */
function alikeImageSql({ image, stored, imageColumns }: MergeFiles, columns: readonly string[]): string | null {
  const names = [...new Set(['Id', ...columns])];
  const isAlike = stored === undefined && names.every(name => imageColumns?.inEach.has(name) === true);
  if (image.length === 0 || !isAlike) return null;
  return `SELECT ${names.map(ident).join(', ')} FROM read_parquet(${literalList(pathsOf(image))})`;
}

/** Rows of the batches, as `imageSql` gives them, and where each row stands. */
export function batchesSql(
  { shape, batches, stored }: Pick<MergeFiles, 'shape' | 'batches' | 'stored'>,
  columns: readonly string[],
): string {
  return filesSql({ shape, paths: pathsOf(inOrder(batches)), columns, stored });
}

/** Ids of the image with version, epoch and `__file_at`: columns that every file has, so the shape does not matter. */
export function imageKeysSql(image: MergeInput['image']): string {
  if (image.length === 0)
    return `SELECT NULL::UUID AS "Id", 0::BIGINT AS ${VERSION}, 0 AS ${EPOCH}, 0 AS ${FILE_AT} WHERE false`;
  return `SELECT "Id", ${VERSION}, ${EPOCH}, file_index AS ${FILE_AT} FROM read_parquet(${literalList(pathsOf(image))})`;
}

/**
 * The newest word of the batches on each id, deletes included, without those that the image is newer than: `Id`,
 * `__version`, `__epoch`, `__deleted`, and where its row stands. Needs at least one batch.
 */
export function wordsSql({ image, batches }: Pick<MergeInput, 'image' | 'batches'>): string {
  const newest = newestSql(batches);
  if (image.length === 0) return newest;
  return `SELECT * FROM (${newest}) said WHERE NOT EXISTS (SELECT 1 FROM (${imageKeysSql(image)}) held WHERE held."Id" = said."Id" AND ${newer('held', 'said')})`;
}

/** `wordsSql` as if there were no image. */
function newestSql(batches: MergeInput['batches']): string {
  const keys =
    `SELECT "Id", ${VERSION}, ${EPOCH}, ${DELETED}, file_index AS ${FILE_AT}, file_row_number AS ${ROW_AT} ` +
    `FROM read_parquet(${literalList(pathsOf(inOrder(batches)))}, file_row_number = true)`;
  return `SELECT * FROM (${keys}) ${QUALIFY_NEWEST}`;
}

/** Whether a row of `batchesSql` is the one that `word`, of `wordsSql`, stands for. */
export function isWord(row: string): string {
  return `word."Id" = ${row}."Id" AND word.${FILE_AT} = ${row}.${FILE_AT} AND word.${ROW_AT} = ${row}.${ROW_AT}`;
}

function inOrder(batches: readonly MergeBatch[]): MergeBatch[] {
  return [...batches].sort((a, b) => a.sequence - b.sequence);
}

function pathsOf(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => path);
}

interface FilesRequest extends Pick<MergeFiles, 'shape' | 'stored'> {
  readonly paths: readonly string[];
  readonly columns: readonly string[];
  /** Columns that at least one of the files has; absent: not known. */
  readonly present?: ReadonlySet<string> | undefined;
}

/**
 * Rows of several files, whatever shape each was written under: columns by name, what a file does not have is null,
 * types as the shape has them now. The empty relation in front names every column, also those no file has.
 */
function filesSql({ shape, paths, columns, stored, present }: FilesRequest): string {
  const wanted = new Set(['Id', ...columns]);
  const lake = lakeColumns(shape);
  const typed = [
    ...lake.map(({ name, sqlType }) => [name, sqlType] as const),
    [VERSION, 'BIGINT'] as const,
    [EPOCH, 'INTEGER'] as const,
    [DELETED, 'BOOLEAN'] as const,
  ].filter(([name]) => wanted.has(name));
  const hasAll = stored === undefined && typed.every(([name]) => present?.has(name) === true);
  typed.push([FILE_AT, 'UBIGINT'], [ROW_AT, 'BIGINT']);
  const empty = typed.map(([name, sqlType]) => `NULL::${sqlType} AS ${ident(name)}`).join(', ');
  const nothing = `SELECT ${empty} WHERE false`;
  if (paths.length === 0) return nothing;
  const casts = typed.map(([name, sqlType]) => `${ident(name)}::${sqlType} AS ${ident(name)}`).join(', ');
  const groups = alikeFiles({ paths, lake, stored }).map(groupSql);
  // Behind a union the engine no longer counts and sorts by what the ends of the files say.
  const parts = hasAll ? groups : [nothing, ...groups];
  return `SELECT ${casts} FROM (${parts.join(' UNION ALL BY NAME ')})`;
}

/** Files that hold the same columns under other types than the shape's. */
interface AlikeFiles {
  /** Their places in the list of all files. */
  readonly places: readonly number[];
  readonly paths: readonly string[];
  /** All files there are. */
  readonly isAll: boolean;
  readonly retyped: readonly { readonly column: LakeColumn; readonly storedType: string }[];
}

function alikeFiles({
  paths,
  lake,
  stored,
}: Pick<FilesRequest, 'paths' | 'stored'> & { readonly lake: readonly LakeColumn[] }): AlikeFiles[] {
  const groups = new Map<string, { places: number[]; retyped: AlikeFiles['retyped'] }>();
  for (const [place, path] of paths.entries()) {
    const held = stored?.get(path);
    const retyped = lake.flatMap(column => {
      const storedType = held?.get(column.name) ?? column.sqlType;
      return storedType === column.sqlType ? [] : [{ column, storedType }];
    });
    const key = JSON.stringify(retyped.map(({ column, storedType }) => [column.name, storedType]));
    const group = groups.get(key) ?? { places: [], retyped };
    group.places.push(place);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ places, retyped }) => ({
    places,
    paths: places.map(place => paths[place] ?? ''),
    isAll: groups.size === 1,
    retyped,
  }));
}

function groupSql({ places, paths, isAll, retyped }: AlikeFiles): string {
  const place = isAll ? 'file_index' : `[${places.join(', ')}][file_index::BIGINT + 1]`;
  const values = retyped.map(({ column, storedType }) => {
    const name = ident(column.name);
    return `${asTyped({ column, storedType, raw: name })} AS ${name}`;
  });
  const replaced = values.length === 0 ? '' : ` REPLACE (${values.join(', ')})`;
  return (
    `SELECT * EXCLUDE (file_row_number)${replaced}, ${place}::UBIGINT AS ${FILE_AT}, file_row_number AS ${ROW_AT} ` +
    `FROM read_parquet(${literalList(paths)}, union_by_name = true, file_row_number = true)`
  );
}
