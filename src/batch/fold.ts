import { chmod, rm } from 'node:fs/promises';
import type { FoldRequest, FoldResult, LocalFile, NarrowRequest, NarrowResult } from '../core/batcher.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import { SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import type { SpooledPage } from '../core/spool.ts';
import type { Workshop } from './batcher.ts';
import { numberOf } from './build.ts';
import { ETAG, VERSION_PROPERTY } from './columns.ts';
import type { Session } from './duckdb.ts';
import { localFile } from './local-file.ts';
import { FILE_AT, imageSql, mergeSql, outputColumns, winnersSql } from './merge.ts';
import { ident, literal, literalList } from './sql.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/** Rows without createdon live here. */
const NO_DATE = '1';

/** Merges batches into the image: see `Batcher.fold`. Files of a fold that fails are removed. */
export async function foldImage(workshop: Workshop, request: FoldRequest, signal: AbortSignal): Promise<FoldResult> {
  const written: string[] = [];
  try {
    return await workshop.engine.session(async session => {
      await loadWinners(session, request);
      const names = await changedPartitions(session, request);
      const changed: { name: string; file: LocalFile }[] = [];
      for (const name of names) {
        signal.throwIfAborted();
        changed.push({ name, file: await writePartition({ workshop, session, written, signal }, { request, name }) });
      }
      const kept = request.image.filter(({ name }) => !names.includes(name)).map(({ path }) => path);
      const rows = changed.reduce((sum, { file }) => sum + file.rows, 0);
      return { changed, rowCount: rows + (await countRows(session, kept)) };
    }, signal);
  } catch (failure) {
    for (const path of written) await rm(path, { force: true });
    throw failure;
  }
}

/**
 * `winner`: the newest word of the batches on each id, with its partition, without those the image is newer than.
 * `touched`: rows of the image that are replaced or removed by them.
 */
async function loadWinners(session: Session, request: FoldRequest): Promise<void> {
  const partition = partitionSql(request.shape, request.partitionStrategy);
  await session.runAll(
    `CREATE TEMP TABLE winner AS SELECT *, ${partition} AS __partition FROM (${winnersSql(request)}) ORDER BY __partition, "Id"`,
  );
  const narrow = `SELECT "Id", ${VERSION}, ${EPOCH}, ${FILE_AT} FROM (${imageSql(request)})`;
  await session.runAll(
    `CREATE TEMP TABLE touched AS SELECT image.*, image.${EPOCH} > winner.${EPOCH} OR ` +
      `(image.${EPOCH} = winner.${EPOCH} AND image.${VERSION} > winner.${VERSION}) AS stays ` +
      `FROM (${narrow}) image JOIN winner ON image."Id" = winner."Id"`,
  );
  await session.runAll(`DELETE FROM winner WHERE "Id" IN (SELECT "Id" FROM touched WHERE stays)`);
}

async function changedPartitions(session: Session, request: FoldRequest): Promise<string[]> {
  const lost = await session.runAll(`SELECT DISTINCT ${FILE_AT} AS file_at FROM touched WHERE NOT stays`);
  const gained = await session.runAll(`SELECT DISTINCT __partition AS name FROM winner WHERE NOT ${DELETED}`);
  const names = new Set(gained.map(({ name }) => String(name)));
  for (const row of lost) {
    const partition = request.image[numberOf(row, 'file_at')];
    if (partition !== undefined) names.add(partition.name);
  }
  return [...names].sort();
}

async function writePartition(
  {
    workshop,
    session,
    written,
    signal,
  }: {
    readonly workshop: Workshop;
    readonly session: Session;
    readonly written: string[];
    readonly signal: AbortSignal;
  },
  { request, name }: { readonly request: FoldRequest; readonly name: string },
): Promise<LocalFile> {
  const { shape } = request;
  const columns = outputColumns(shape);
  const old = imageSql({ shape, image: request.image.filter(partition => partition.name === name) });
  const path = workshop.newPath('parquet');
  written.push(path);
  const [result] = await session.runAll(
    `COPY (SELECT ${columns} FROM (` +
      `SELECT ${columns} FROM (${old}) image WHERE "Id" NOT IN (SELECT "Id" FROM winner) UNION ALL ` +
      `SELECT ${columns} FROM winner WHERE NOT ${DELETED} AND __partition = ${literal(name)}` +
      `) ORDER BY "Id") TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await chmod(path, 0o600);
  return localFile({ path, rows: numberOf(result, 'Count'), signal });
}

/** `2024`, `2024-03`, or `1`. By the calendar of UTC, without the session's time zone and without ICU's calendar. */
function partitionSql(shape: TableShape, strategy: PartitionStrategy): string {
  if (!shape.columns.some(({ name, kind }) => name === 'createdon' && kind === 'datetime')) return literal(NO_DATE);
  const utc = `make_timestamp(epoch_us("createdon"))`;
  const month = strategy === 'month' ? ` || '-' || lpad(month(${utc})::VARCHAR, 2, '0')` : '';
  return `coalesce(lpad(year(${utc})::VARCHAR, 4, '0')${month}, ${literal(NO_DATE)})`;
}

async function countRows(session: Session, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  const [row] = await session.runAll(
    `SELECT count(*) AS rows FROM read_parquet(${literalList(paths)}, union_by_name = true)`,
  );
  return numberOf(row, 'rows');
}

/** Holds id and version as the environment shows them against the committed rows: see `Batcher.compareNarrow`. */
export async function compareNarrow(
  workshop: Workshop,
  request: NarrowRequest,
  signal: AbortSignal,
): Promise<NarrowResult> {
  return workshop.engine.session(async session => {
    await session.runAll(`CREATE TEMP TABLE shown AS ${shownSql(request)}`);
    await session.runAll(
      `CREATE TEMP TABLE live AS SELECT "Id" AS id, ${VERSION} AS version FROM (${mergeSql(request)})`,
    );
    const behind = await session.runAll(
      `SELECT shown.id::VARCHAR AS id FROM shown LEFT JOIN live ON shown.id = live.id ` +
        `WHERE live.id IS NULL OR shown.version > live.version ORDER BY id`,
    );
    const known = request.knownThrough === undefined ? 'true' : `version <= ${request.knownThrough}::BIGINT`;
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
