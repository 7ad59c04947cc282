import type { FoldRequest, FoldResult, LocalFile } from '../core/batcher.ts';
import { lastFileOf, partitionOf } from '../core/partition-name.ts';
import { SYSTEM_COLUMNS } from '../core/shape.ts';
import type { Workshop } from './batcher.ts';
import { numberOf } from './build.ts';
import { VERSION_PROPERTY } from './columns.ts';
import { csvSizes } from './csv-size.ts';
import type { Session } from './duckdb.ts';
import { FoldBench } from './fold-files.ts';
import {
  type Choice,
  countRows,
  filesSql,
  freshCounts,
  freshGains,
  type Gain,
  inOrder,
  isCutAnew,
  keysSql,
  knownBytes,
  openRows,
  PARTITION,
  presentColumns,
  type RowFiles,
  rowBytes,
  rowFiles,
  STAYS,
} from './fold-rows.ts';
import { foldHistory } from './history.ts';
import { FILE_AT, imageKeysSql, outputNames, ROW_AT } from './merge.ts';
import { shareRows } from './split.ts';
import { ident, literalList } from './sql.ts';
import { storedColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

const NOTHING: FoldResult = { changed: [], dropped: [], rowCount: 0, parts: [], changes: [] };

/** Merges batches into the image: see `Batcher.fold`. Files of a fold that fails are removed. */
export async function foldImage(workshop: Workshop, request: FoldRequest, signal: AbortSignal): Promise<FoldResult> {
  return workshop.engine.session(async session => {
    const bench = new FoldBench(workshop, session, signal);
    try {
      await loadHeld(session, request);
      const image = await foldLiveRows(bench, request);
      const history = await foldHistory(bench, request);
      return { ...NOTHING, ...image, ...history };
    } catch (failure) {
      await bench.discardAll();
      throw failure;
    }
  }, signal);
}

/**
 * `held`: version, epoch and file of the image's rows that the batches say something of. Reads the ids of the whole image
 * once; nothing else does.
 */
async function loadHeld(session: Session, { image, batches }: FoldRequest): Promise<void> {
  const names = image.map(({ name }) => name);
  const isNamed =
    batches.length === 0 ? 'false' : `"Id" IN (SELECT "Id" FROM read_parquet(${literalList(inOrder(batches))}))`;
  const at = `[(${FILE_AT} + 1)::BIGINT]`;
  const partitions = literalList(names.map(partitionOf));
  await session.runAll(
    `CREATE TEMP TABLE held AS SELECT *, (${literalList(names)}::VARCHAR[])${at} AS file, (${partitions}::VARCHAR[])${at} AS ${PARTITION} ` +
      `FROM (${imageKeysSql(image)}) WHERE ${isNamed}`,
  );
}

const LIVE: Choice = { table: 'word', where: `NOT chosen.${DELETED}` };

/** The image after this fold: its files that changed. */
async function foldLiveRows(
  bench: FoldBench,
  request: FoldRequest,
): Promise<Pick<FoldResult, 'changed' | 'dropped' | 'rowCount'>> {
  const { session } = bench;
  const { shape, batches } = request;
  const cutAnew = isCutAnew(request) && request.image.length > 0;
  const old = request.image.map(({ path }) => path);
  if (batches.length === 0 && !cutAnew) return { ...NOTHING, rowCount: await countRows(session, old) };
  // Cut anew, the image is where rows come from, as a batch before all others.
  const image = cutAnew ? [] : request.image;
  const paths = [...(cutAnew ? old : []), ...inOrder(batches)];
  const files = rowFiles({ request, paths, stored: await storedColumns(session, paths) });
  await loadWords(session, { files, isFirst: image.length === 0 });
  const gains = await liveGains(session, { request, image, files });
  const lost = await lostFiles(session, image);
  const rowsSql = await liveRows(session, { files, gains, isFirst: image.length === 0 });
  const written: { name: string; file: LocalFile }[] = [];
  for (const name of [...new Set([...gains.map(gain => gain.name), ...lost])].sort()) {
    const gain = gains.find(one => one.name === name);
    const before = image.find(partition => partition.name === name);
    const rows = await fileRowsSql(session, {
      files,
      path: before?.path,
      gained: gain && rowsSql.of(gain),
      columns: rowsSql.columns,
    });
    written.push({ name, file: await bench.write(rows) });
  }
  await session.runAll('DROP TABLE IF EXISTS winner; DROP TABLE word');
  const sizes = await csvSizes(session, { shape, paths: written.map(({ file }) => file.path) });
  const changed = written.map(({ name, file }, n) => ({ name, file, csvBytes: sizes[n]?.csvBytes ?? 0 }));
  const names = new Set(changed.map(({ name }) => name));
  const kept = image.filter(({ name }) => !names.has(name)).map(({ path }) => path);
  const rows = changed.reduce((sum, { file }) => sum + file.rows, 0);
  const dropped = cutAnew ? request.image.map(({ name }) => name).filter(name => !names.has(name)) : [];
  return { changed, dropped, rowCount: rows + (await countRows(session, kept)) };
}

/**
 * `word`: what the rows taken in say of each id, by id, place and partition alone. The rows themselves stay where they are
 * until their file is written, so that what is in memory follows the number of rows, not their width.
 */
async function loadWords(
  session: Session,
  { files, isFirst }: { readonly files: RowFiles; readonly isFirst: boolean },
): Promise<void> {
  const newest =
    `SELECT * FROM (${keysSql(files)}) QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY ` +
    `${EPOCH} DESC, ${VERSION} DESC, ${DELETED} DESC, ${FILE_AT} DESC) = 1`;
  const said = `said."Id", said.${DELETED}, said.${FILE_AT}, said.${ROW_AT}, ${files.partition} AS ${PARTITION}`;
  const isNewer = `(held.${EPOCH} > said.${EPOCH} OR (held.${EPOCH} = said.${EPOCH} AND held.${VERSION} > said.${VERSION}))`;
  const rows = isFirst
    ? `SELECT ${said}, NULL::VARCHAR AS ${STAYS} FROM (${newest}) said`
    : `SELECT ${said}, CASE WHEN held.${PARTITION} = ${files.partition} THEN held.file END AS ${STAYS} ` +
      `FROM (${newest}) said LEFT JOIN held ON held."Id" = said."Id" WHERE held."Id" IS NULL OR NOT ${isNewer}`;
  await session.runAll(`CREATE TEMP TABLE word AS ${rows}`);
}

/** Which files get live rows: a row stays in its file while it stays in its partition, a new one goes to the last. */
async function liveGains(
  session: Session,
  {
    request,
    image,
    files,
  }: { readonly request: FoldRequest; readonly image: FoldRequest['image']; readonly files: RowFiles },
): Promise<Gain[]> {
  const { shape, partBytesMax: bytesMax = Number.POSITIVE_INFINITY } = request;
  const staying = await session.runAll(
    `SELECT DISTINCT ${STAYS} AS name FROM word chosen WHERE ${LIVE.where} AND ${STAYS} IS NOT NULL`,
  );
  const gains = new Map(
    staying.map(({ name }) => [String(name), { name: String(name), stays: true, fresh: null } as Gain]),
  );
  const fresh = await freshCounts(session, LIVE);
  const width = fresh.size === 0 ? 0 : await rowBytes(session, files, bytesMax);
  for (const [partition, rows] of fresh) {
    const file = lastFileOf(image, partition);
    const last = file && (await knownBytes(session, { shape, file, bytesMax }));
    const shares = shareRows({ partition, last, rows, rowBytes: width, bytesMax });
    for (const gain of await freshGains(session, { choice: LIVE, partition, shares })) {
      gains.set(gain.name, { ...gain, stays: gains.has(gain.name) });
    }
  }
  return [...gains.values()];
}

/** Files of the image whose rows are replaced or removed. */
async function lostFiles(session: Session, image: FoldRequest['image']): Promise<string[]> {
  if (image.length === 0) return [];
  const rows = await session.runAll(`SELECT DISTINCT file FROM held WHERE "Id" IN (SELECT "Id" FROM word)`);
  return rows.map(({ file }) => String(file));
}

interface LiveRows {
  readonly columns: readonly string[];
  readonly of: (gain: Gain) => string;
}

async function liveRows(
  session: Session,
  { files, gains, isFirst }: { readonly files: RowFiles; readonly gains: readonly Gain[]; readonly isFirst: boolean },
): Promise<LiveRows> {
  const names = presentColumns(files.shape, files);
  const columns = names.map(name => ({ name, value: winnerColumn(name, names) }));
  // Where each row counts, as after a first read, none has to be looked up.
  const isAll = isFirst && (await countWords(session)) === (await countRows(session, files.paths));
  const of = await openRows(session, { files, choice: LIVE, gains, columns, needed: names, isAll, temp: 'winner' });
  return { columns: names, of };
}

async function countWords(session: Session): Promise<number> {
  const [row] = await session.runAll(`SELECT count(*) AS rows FROM word chosen WHERE ${LIVE.where}`);
  return numberOf(row, 'rows');
}

/**
 * A row that was lifted over a delete (see `liftOverDeletes`) takes its own version again: the delete is gone with this
 * fold, and a later full read that shows the row unchanged must not look older than it.
 */
function winnerColumn(name: string, columns: readonly string[]): string {
  if (name !== VERSION || !columns.includes(VERSION_PROPERTY)) return ident(name);
  return `coalesce(${ident(VERSION_PROPERTY)}::BIGINT, ${VERSION})`;
}

/**
 * Rows of a file, those that stay before those that came, with the columns that either have. Nothing is sorted: a
 * sort of whole rows would hold a whole partition in memory.
 */
async function fileRowsSql(
  session: Session,
  {
    files,
    path,
    gained,
    columns,
  }: {
    readonly files: RowFiles;
    readonly path: string | undefined;
    readonly gained: string | undefined;
    readonly columns: readonly string[];
  },
): Promise<string> {
  if (path === undefined) return gained ?? '';
  const { shape } = files;
  const stored = await storedColumns(session, [path]);
  const held = presentColumns(shape, { paths: [path], stored });
  const kept =
    `SELECT ${held.map(ident).join(', ')} FROM (${filesSql({ ...files, stored }, [path], held)}) image ` +
    `WHERE NOT EXISTS (SELECT 1 FROM word WHERE word."Id" = image."Id")`;
  if (gained === undefined) return kept;
  const names = outputNames(shape).filter(name => held.includes(name) || columns.includes(name));
  return `SELECT ${names.map(ident).join(', ')} FROM (${kept} UNION ALL BY NAME ${gained})`;
}
