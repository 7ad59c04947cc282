import { chmod, rm } from 'node:fs/promises';
import type { FoldedFile, FoldRequest, FoldResult, LocalFile, NarrowRequest, NarrowResult } from '../core/batcher.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import { SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import type { SpooledPage } from '../core/spool.ts';
import type { Workshop } from './batcher.ts';
import { numberOf } from './build.ts';
import { ETAG, VERSION_PROPERTY } from './columns.ts';
import type { Session } from './duckdb.ts';
import { localFile } from './local-file.ts';
import {
  batchesSql,
  FILE_AT,
  imageKeysSql,
  imageSql,
  isWord,
  mergeSql,
  outputNames,
  ROW_AT,
  wordsSql,
} from './merge.ts';
import { ident, literal, literalList, PARQUET_OPTIONS } from './sql.ts';
import { type StoredColumns, storedColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/** Rows without createdon live here. */
const NO_DATE = '1';

const NOTHING: FoldResult = { changed: [], dropped: [], rowCount: 0, parts: [], changes: [] };

/** Merges batches into the image: see `Batcher.fold`. Files of a fold that fails are removed. */
export async function foldImage(workshop: Workshop, request: FoldRequest, signal: AbortSignal): Promise<FoldResult> {
  if (request.batches.length === 0) return { ...NOTHING, rowCount: await countImage(workshop, request, signal) };
  const written: string[] = [];
  try {
    return await workshop.engine.session(async session => {
      const gains = await loadWords(session, request);
      const names = await changedPartitions(session, request, gains);
      const changed: FoldedFile[] = [];
      for (const name of names) {
        signal.throwIfAborted();
        const file = await writePartition({ workshop, session, written, signal }, { request, name, gains });
        changed.push({ name, file, csvBytes: 0 });
      }
      await session.runAll('DROP TABLE IF EXISTS winner; DROP TABLE word');
      const kept = request.image.filter(({ name }) => !names.includes(name)).map(({ path }) => path);
      const rows = changed.reduce((sum, { file }) => sum + file.rows, 0);
      return { ...NOTHING, changed, rowCount: rows + (await countRows(session, kept)) };
    }, signal);
  } catch (failure) {
    for (const path of written) await rm(path, { force: true });
    throw failure;
  }
}

/** What the batches bring, by partition. */
interface Gains {
  /** Those that a batch has. */
  readonly columns: readonly string[];
  readonly partitions: readonly string[];
  /** SQL of the live rows that a partition gets. */
  readonly rowsSql: (partition: string) => string;
}

/** Whole rows are read once for each partition up to so many; beyond, all are put into one table first. */
const PASSES_MAX = 4;

/**
 * `word`: what the batches say of each id, by id, version, place and partition alone. The rows themselves stay where they
 * are until their partition is written, so that what is in memory follows the number of rows, not their width.
 */
async function loadWords(session: Session, request: FoldRequest): Promise<Gains> {
  const { shape, batches } = request;
  const stored = await storedColumns(session, pathsOf(batches));
  const columns = presentColumns(shape, stored);
  const hasDate = columns.includes('createdon');
  const partition = hasDate ? partitionSql(shape, request.partitionStrategy) : literal(NO_DATE);
  const places = batchesSql({ shape, batches, stored }, hasDate ? ['createdon'] : []);
  await session.runAll(
    `CREATE TEMP TABLE word AS SELECT said.*, placed.__partition FROM (${wordsSql(request)}) said JOIN ` +
      `(SELECT "Id", ${FILE_AT}, ${ROW_AT}, ${partition} AS __partition FROM (${places})) placed ` +
      `ON placed."Id" = said."Id" AND placed.${FILE_AT} = said.${FILE_AT} AND placed.${ROW_AT} = said.${ROW_AT}`,
  );
  const found = await session.runAll(`SELECT DISTINCT __partition AS name FROM word WHERE NOT ${DELETED}`);
  const partitions = found.map(({ name }) => String(name));
  const list = columns.map(name => winnerColumn(name, columns)).join(', ');
  const rows = `SELECT ${list}, ${partition} AS __partition FROM (${batchesSql({ shape, batches, stored }, columns)}) batch`;
  // Where each row of the batches counts, as after a first read, none has to be looked up.
  const isLive = (await allCount(session, batches))
    ? 'true'
    : `EXISTS (SELECT 1 FROM word WHERE ${isWord('batch')} AND NOT word.${DELETED})`;
  const names = columns.map(ident).join(', ');
  if (partitions.length <= PASSES_MAX) {
    const rowsSql = (name: string) =>
      `SELECT ${names} FROM (${rows} WHERE ${isLive}) live WHERE __partition = ${literal(name)}`;
    return { columns, partitions, rowsSql };
  }
  await session.runAll(`CREATE TEMP TABLE winner AS ${rows} WHERE ${isLive}`);
  return { columns, partitions, rowsSql: name => `SELECT ${names} FROM winner WHERE __partition = ${literal(name)}` };
}

/** Whether every row of the batches is the live word on its id. */
async function allCount(session: Session, batches: FoldRequest['batches']): Promise<boolean> {
  const [live] = await session.runAll(`SELECT count(*) AS rows FROM word WHERE NOT ${DELETED}`);
  return (
    numberOf(live, 'rows') ===
    (await countRows(
      session,
      batches.map(({ path }) => path),
    ))
  );
}

/**
 * A row that was lifted over a delete (see `liftOverDeletes`) takes its own version again: the delete is gone with this
 * fold, and a later full read that shows the row unchanged must not look older than it.
 */
function winnerColumn(name: string, columns: readonly string[]): string {
  if (name !== VERSION || !columns.includes(VERSION_PROPERTY)) return ident(name);
  return `coalesce(${ident(VERSION_PROPERTY)}::BIGINT, ${VERSION}) AS ${VERSION}`;
}

/** Partitions that get rows, and those whose rows are replaced or removed. */
async function changedPartitions(session: Session, request: FoldRequest, gains: Gains): Promise<string[]> {
  const names = new Set(gains.partitions);
  if (request.image.length > 0) {
    const lost = await session.runAll(
      `SELECT DISTINCT ${FILE_AT} AS file_at FROM (${imageKeysSql(request.image)}) WHERE "Id" IN (SELECT "Id" FROM word)`,
    );
    for (const row of lost) {
      const partition = request.image[numberOf(row, 'file_at')];
      if (partition !== undefined) names.add(partition.name);
    }
  }
  return [...names].sort();
}

interface Writing {
  readonly workshop: Workshop;
  readonly session: Session;
  /** Files written so far. */
  readonly written: string[];
  readonly signal: AbortSignal;
}

async function writePartition(
  { workshop, session, written, signal }: Writing,
  { request, name, gains }: { readonly request: FoldRequest; readonly name: string; readonly gains: Gains },
): Promise<LocalFile> {
  const path = workshop.newPath('parquet');
  written.push(path);
  const rows = await partitionRowsSql(session, { request, name, gains });
  const [result] = await session.runAll(`COPY (${rows}) TO ${literal(path)} (${PARQUET_OPTIONS})`);
  await chmod(path, 0o600);
  return localFile({ path, rows: numberOf(result, 'Count'), signal });
}

/**
 * Rows of a partition, those that stay before those that came, with the columns that either have. Nothing is sorted: a
 * sort of whole rows would hold a whole partition in memory.
 */
async function partitionRowsSql(
  session: Session,
  { request, name, gains }: { readonly request: FoldRequest; readonly name: string; readonly gains: Gains },
): Promise<string> {
  const { shape } = request;
  const image = request.image.filter(partition => partition.name === name);
  if (image.length === 0) return gains.rowsSql(name);
  const stored = await storedColumns(session, pathsOf(image));
  const held = presentColumns(shape, stored);
  const kept =
    `SELECT ${held.map(ident).join(', ')} FROM (${imageSql({ shape, image, stored }, held)}) image ` +
    `WHERE NOT EXISTS (SELECT 1 FROM word WHERE word."Id" = image."Id")`;
  if (!gains.partitions.includes(name)) return kept;
  const columns = outputNames(shape).filter(column => held.includes(column) || gains.columns.includes(column));
  return `SELECT ${columns.map(ident).join(', ')} FROM (${kept} UNION ALL BY NAME ${gains.rowsSql(name)})`;
}

/** The columns of `outputNames` that at least one of the files has: a file leaves out what holds no value in it. */
function presentColumns(shape: TableShape, stored: ReadonlyMap<string, StoredColumns>): string[] {
  const found = new Set([...stored.values()].flatMap(columns => [...columns.keys()]));
  return outputNames(shape).filter(name => found.has(name));
}

function pathsOf(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => path);
}

/** `2024`, `2024-03`, or `1`. By the calendar of UTC, without the session's time zone and without ICU's calendar. */
export function partitionSql(shape: TableShape, strategy: PartitionStrategy): string {
  if (!shape.columns.some(({ name, kind }) => name === 'createdon' && kind === 'datetime')) return literal(NO_DATE);
  const utc = `make_timestamp(epoch_us("createdon"))`;
  const month = strategy === 'month' ? ` || '-' || lpad(month(${utc})::VARCHAR, 2, '0')` : '';
  return `coalesce(lpad(year(${utc})::VARCHAR, 4, '0')${month}, ${literal(NO_DATE)})`;
}

async function countImage({ engine }: Workshop, { image }: FoldRequest, signal: AbortSignal): Promise<number> {
  return engine.session(
    session =>
      countRows(
        session,
        image.map(({ path }) => path),
      ),
    signal,
  );
}

async function countRows(session: Session, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  const [row] = await session.runAll(`SELECT count(*) AS rows FROM read_parquet(${literalList(paths)})`);
  return numberOf(row, 'rows');
}

/** Holds id and version as the environment shows them against the committed rows: see `Batcher.compareNarrow`. */
export async function compareNarrow(
  workshop: Workshop,
  request: NarrowRequest,
  signal: AbortSignal,
): Promise<NarrowResult> {
  const { epoch } = request;
  const columns = epoch === undefined ? ['Id', VERSION] : ['Id', VERSION, EPOCH];
  // A row from before the environment was restored: its version cannot be held against what is shown now.
  const earlier = epoch === undefined ? 'false' : `${EPOCH} < ${epoch}::INTEGER`;
  return workshop.engine.session(async session => {
    await session.runAll(`CREATE TEMP TABLE shown AS ${shownSql(request)}`);
    await session.runAll(
      `CREATE TEMP TABLE live AS SELECT "Id" AS id, ${VERSION} AS version, ${earlier} AS earlier FROM (${mergeSql(request, columns)})`,
    );
    const behind = await session.runAll(
      `SELECT shown.id::VARCHAR AS id FROM shown LEFT JOIN live ON shown.id = live.id ` +
        `WHERE live.id IS NULL OR live.earlier OR shown.version > live.version ORDER BY id`,
    );
    const known =
      request.knownThrough === undefined ? 'true' : `(earlier OR version <= ${request.knownThrough}::BIGINT)`;
    const vanished = await session.runAll(
      `SELECT id::VARCHAR AS id FROM live WHERE ${known} AND NOT EXISTS (SELECT 1 FROM shown WHERE shown.id = live.id) ORDER BY id`,
    );
    const [counts] = await session.runAll(
      `SELECT (SELECT count(*) FROM shown) AS shown, (SELECT count(*) FROM live) AS live`,
    );
    return {
      behind: behind.map(({ id }) => String(id)),
      vanished: vanished.map(({ id }) => String(id)),
      shown: numberOf(counts, 'shown'),
      live: numberOf(counts, 'live'),
    };
  }, signal);
}

/** A value that cannot be read fails the statement: a row missed here would look as if it had vanished. */
function shownSql({ shape, pages }: { readonly shape: TableShape; readonly pages: readonly SpooledPage[] }): string {
  if (pages.length === 0) return `SELECT NULL::UUID AS id, NULL::BIGINT AS version WHERE false`;
  const names = [...new Set([shape.primaryId, VERSION_PROPERTY, ETAG])];
  const columns = `{${names.map(name => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
  const version = `coalesce(${ident(VERSION_PROPERTY)}, regexp_extract(${ident(ETAG)}, '^W/"([0-9]+)"$', 1))`;
  const rows = `read_json(${literalList(pages.map(({ path }) => path))}, format = 'array', records = true, columns = ${columns})`;
  return (
    `SELECT coalesce(${ident(shape.primaryId)}, error('a row without its id'))::UUID AS id, ` +
    `max(coalesce(${version}, error('a row without its version'))::BIGINT) AS version FROM ${rows} GROUP BY 1`
  );
}
