import { chmod, readFile, rm } from 'node:fs/promises';
import type { BuildRequest, BuildResult, Built, PagesRequest } from '../core/batcher.ts';
import type { Witness } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { SYSTEM_COLUMNS } from '../core/shape.ts';
import type { SpooledPage } from '../core/spool.ts';
import type { Workshop } from './batcher.ts';
import {
  batchColumns,
  dropDuplicates,
  filledProperties,
  inspect,
  type Loaded,
  loadRows,
  misfitFault,
  outdatedOf,
  type RowsFile,
  unknownProperties,
} from './build.ts';
import type { Session } from './duckdb.ts';
import { localFile } from './local-file.ts';
import { holdsNul, mendNul, scanPage } from './scanner.ts';
import { ident, literal, literalList, PARQUET_OPTIONS } from './sql.ts';

const PAGE = 'page_rows';
const SETTLED = 'settled_rows';

/** What became of one page once it is loaded. */
interface LoadedPage {
  readonly loaded: Loaded;
  readonly file: RowsFile;
  readonly repaired: number;
  readonly quarantined: readonly string[];
}

/** An array without rows, give or take white space. */
const EMPTY_PAGE_BYTES = 16;

/** Turns a page into a change batch: see `Batcher.build`. */
export async function buildBatch(workshop: Workshop, request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
  const { page, settled } = request;
  if (page.bytes <= EMPTY_PAGE_BYTES && settled === null && /^\s*\[\s*\]\s*$/.test(await readFile(page.path, 'utf8'))) {
    return { is: 'built', file: null, highWater: null, repaired: 0, quarantined: [] };
  }
  const scratch: string[] = [];
  try {
    return await workshop.engine.session(
      session => buildInSession({ workshop, session, scratch, signal }, request),
      signal,
    );
  } finally {
    for (const path of scratch) await rm(path, { force: true });
  }
}

/**
 * Turns pages that follow each other in one full read into one batch: several files keep all cores busy, and what a
 * batch costs beside its rows is paid once. The fast way only: null when anything in them needs `buildBatch`.
 */
export async function buildTogether(
  workshop: Workshop,
  { pages, ...common }: PagesRequest,
  signal: AbortSignal,
): Promise<Built | null> {
  const [page] = pages;
  if (page === undefined) throw new Fault('internal/bug', { reason: 'a batch was asked of no page' });
  for (const { path } of pages) if (await holdsNul(path, signal)) return null;
  const request: BuildRequest = { ...common, page, chain: [], settled: null };
  const file: RowsFile = { paths: pages.map(({ path }) => path), way: 'fast', rowBytesMax: 0, filled: null };
  return workshop.engine.session(async session => {
    const bench = { workshop, session, scratch: [], signal };
    const loaded = await tryFast(bench, { request, file, name: PAGE });
    if (loaded === null) return null;
    if (loaded.rows > 0 && (await unknownProperties(session, { request, file, everyRow: false })).length > 0)
      return null;
    const whole = { loaded, file, repaired: 0, quarantined: [] };
    return writeBatch(bench, { request, page: whole, newest: newestOf([loaded], []), repaired: 0, quarantined: [] });
  }, signal);
}

interface Bench {
  readonly workshop: Workshop;
  readonly session: Session;
  /** Files that go when the work ends. */
  readonly scratch: string[];
  readonly signal: AbortSignal;
}

async function buildInSession(bench: Bench, request: BuildRequest): Promise<BuildResult> {
  const { session } = bench;
  const page = await loadPage(bench, { request, page: request.page, name: PAGE });
  // Rows of a full read all name every property; a delta's or a single row's need not.
  const everyRow = request.page.key.read !== 'full';
  if (page.loaded.rows > 0) {
    const names = await unknownProperties(session, { request, file: page.file, everyRow });
    if (names.length > 0) return { is: 'unknown-properties', names };
  }
  if (page.loaded.misfit) throw await misfitFault(session, { request, file: page.file, name: PAGE });
  let { repaired } = page;
  const quarantined = [...page.quarantined];
  const shown = [page.loaded];
  if (request.settled === null) {
    const ids = await unsettledIds(session, { request, loaded: page.loaded });
    if (ids.length > 0) return { is: 'unsettled', ids };
  }
  if (request.settled?.page != null) {
    const settled = await loadPage(bench, { request, page: request.settled.page, name: SETTLED });
    if (settled.loaded.misfit) throw await misfitFault(session, { request, file: settled.file, name: SETTLED });
    repaired += settled.repaired;
    shown.push(settled.loaded);
    quarantined.push(...settled.quarantined);
  }
  if (request.settled !== null) await applySettled(session, { request, settled: request.settled });
  if (request.settled?.page != null || request.page.key.read === 'rows') await liftOverDeletes(session, request);
  const newest = newestOf(shown, request.settled?.gone ?? []);
  return writeBatch(bench, { request, page, newest, repaired, quarantined });
}

/** Loads a page the fast way; what the fast way refuses, for whatever reason, goes the careful way once. */
async function loadPage(
  bench: Bench,
  { request, page, name }: { readonly request: BuildRequest; readonly page: SpooledPage; readonly name: string },
): Promise<LoadedPage> {
  const mended = await withoutNul(bench, page);
  if (mended !== null) {
    const fast: RowsFile = { paths: [mended.path], way: 'fast', rowBytesMax: 0, filled: null };
    const file = await lookedAt(bench, { request, page, file: fast });
    const loaded = await tryFast(bench, { request, file, name });
    if (loaded !== null) return { loaded, file, repaired: mended.texts, quarantined: [] };
  }
  return loadCarefully(bench, { request, page, name });
}

/** A larger page with a NUL goes the careful way, which holds no page in memory. */
const MENDED_BYTES_MAX = 64 * 1024 * 1024;

/** The page as it is, or a copy without NUL and how many texts had one; null when it is too large for that. */
async function withoutNul(
  { workshop, scratch, signal }: Bench,
  { path, bytes }: SpooledPage,
): Promise<{ readonly path: string; readonly texts: number } | null> {
  if (!(await holdsNul(path, signal))) return { path, texts: 0 };
  if (bytes > MENDED_BYTES_MAX) return null;
  const target = workshop.newPath('page.json');
  scratch.push(target);
  return { path: target, texts: await mendNul({ path, target }) };
}

/** Above this size a page is read with all columns: its rows cost more than its columns. */
const LOOKED_AT_BYTES_MAX = 1024 * 1024;

/** Finds out which properties of a small page hold values. Rows that were read again may hold others, so then all do. */
async function lookedAt(
  { session }: Bench,
  { request, page, file }: { readonly request: BuildRequest; readonly page: SpooledPage; readonly file: RowsFile },
): Promise<RowsFile> {
  if (page.bytes > LOOKED_AT_BYTES_MAX || request.settled !== null) return file;
  return { ...file, filled: await filledProperties(session, file) };
}

async function tryFast(
  { session, signal }: Bench,
  { request, file, name }: { readonly request: BuildRequest; readonly file: RowsFile; readonly name: string },
): Promise<Loaded | null> {
  try {
    await loadRows(session, { request, file, name });
  } catch (failure) {
    signal.throwIfAborted();
    // Broken text, a row above 16 MiB, an entry that is no object: the careful way tells them apart.
    if (failure instanceof Fault && failure.code === 'batch/engine') return null;
    throw failure;
  }
  const loaded = await inspect(session, name);
  if (!loaded.inexact && !loaded.misfit) return loaded;
  // A misfit may be an entry that is no row at all; a real one comes back from the careful way.
  await session.runAll(`DROP TABLE ${ident(name)}`);
  return null;
}

async function loadCarefully(
  { workshop, session, scratch, signal }: Bench,
  { request, page, name }: { readonly request: BuildRequest; readonly page: SpooledPage; readonly name: string },
): Promise<LoadedPage> {
  const lines = workshop.newPath('ndjson');
  scratch.push(lines);
  const scan = await scanPage({
    path: page.path,
    linesPath: lines,
    quarantinePath: workshop.newPath('quarantine.ndjson'),
    idProperty: request.shape.primaryId,
    rowBytesMax: limits.rowBytesMax,
    signal,
  });
  const careful: RowsFile = { paths: [lines], way: 'careful', rowBytesMax: scan.longestRowBytes, filled: null };
  const file = await lookedAt({ workshop, session, scratch, signal }, { request, page, file: careful });
  await loadRows(session, { request, file, name });
  const { repaired, quarantined } = scan;
  return { loaded: await inspect(session, name), file, repaired, quarantined };
}

/**
 * I-4: ids with both a row and a delete, in this page or between it and the batches before it in the same delta. A full
 * read shows no deletes, and rows read one by one are newer than what came before, so both are settled by themselves.
 */
async function unsettledIds(
  session: Session,
  { request, loaded }: { readonly request: BuildRequest; readonly loaded: Loaded },
): Promise<string[]> {
  const { read } = request.page.key;
  const inPage = `SELECT "Id" FROM ${PAGE} GROUP BY "Id" HAVING bool_or(${SYSTEM_COLUMNS.deleted}) AND NOT bool_and(${SYSTEM_COLUMNS.deleted})`;
  const parts = loaded.deletes > 0 ? [inPage] : [];
  if (request.chain.length > 0 && (loaded.deletes > 0 || read === 'delta') && read !== 'rows') {
    parts.push(
      `SELECT page."Id" FROM ${PAGE} page JOIN ${chainSql(request)} chain ON page."Id" = chain."Id" ` +
        `AND page.${SYSTEM_COLUMNS.deleted} <> chain.${SYSTEM_COLUMNS.deleted}`,
    );
  }
  if (parts.length === 0) return [];
  const rows = await session.runAll(
    `SELECT DISTINCT "Id"::VARCHAR AS id FROM (${parts.join(' UNION ALL ')}) ORDER BY id`,
  );
  return rows.map(({ id }) => String(id));
}

function chainSql(request: BuildRequest): string {
  const names = ['"Id"', SYSTEM_COLUMNS.version, SYSTEM_COLUMNS.deleted].join(', ');
  return `(SELECT ${names} FROM read_parquet(${literalList(request.chain)}))`;
}

/** Replaces what the page said of settled ids: the row as it was read again, or its delete. */
async function applySettled(
  session: Session,
  { request, settled }: { readonly request: BuildRequest; readonly settled: NonNullable<BuildRequest['settled']> },
): Promise<void> {
  const { gone, page } = settled;
  if (page !== null) {
    await session.runAll(`DELETE FROM ${PAGE} WHERE "Id" IN (SELECT "Id" FROM ${SETTLED})`);
    await session.runAll(`INSERT INTO ${PAGE} BY NAME SELECT * FROM ${SETTLED}`);
  }
  if (gone.length === 0) return;
  const ids = `(SELECT unnest(${literalList(gone)})::UUID AS id)`;
  await session.runAll(`DELETE FROM ${PAGE} WHERE "Id" IN ${ids}`);
  await session.runAll(
    `INSERT INTO ${PAGE} BY NAME SELECT id AS "Id", sink AS "SinkCreatedOn", sink AS "SinkModifiedOn", ` +
      `${request.goneVersion ?? request.deleteVersion}::BIGINT AS ${SYSTEM_COLUMNS.version}, ${request.epoch}::INTEGER AS ${SYSTEM_COLUMNS.epoch}, ` +
      `true AS ${SYSTEM_COLUMNS.deleted} FROM ${ids} CROSS JOIN (SELECT ${literal(request.sinkAt.toISOString())}::TIMESTAMP AS sink)`,
  );
}

/**
 * A row that was read again exists, so it must win over a delete of the same chain. That delete took the high-water
 * version of its time, which may be above the row's own; the next change of the row is above both.
 */
async function liftOverDeletes(session: Session, request: BuildRequest): Promise<void> {
  if (request.chain.length === 0) return;
  const { version, deleted } = SYSTEM_COLUMNS;
  const readAgain = request.settled?.page == null ? PAGE : SETTLED;
  await session.runAll(
    `UPDATE ${PAGE} SET ${version} = greatest(${PAGE}.${version}, gone.${version} + 1) FROM ` +
      `(SELECT "Id", max(${version}) AS ${version} FROM ${chainSql(request)} WHERE ${deleted} GROUP BY "Id") gone ` +
      `WHERE ${PAGE}."Id" = gone."Id" AND NOT ${PAGE}.${deleted} AND ${PAGE}."Id" IN (SELECT "Id" FROM ${readAgain})`,
  );
}

/** Of rows as they came, before any was lifted: the environment must know the version. */
function newestOf(shown: readonly Loaded[], gone: readonly string[]): Witness | null {
  const found = shown.flatMap(({ newestId: id, highWater: version }) =>
    id === null || version === null || gone.includes(id) ? [] : [{ id, version }],
  );
  return found.sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? 1 : -1))[0] ?? null;
}

interface Writing {
  readonly request: BuildRequest;
  /** As it came. */
  readonly page: LoadedPage;
  readonly newest: Witness | null;
  readonly repaired: number;
  readonly quarantined: readonly string[];
}

async function writeBatch(
  { workshop, session, signal }: Bench,
  { request, page, newest, repaired, quarantined }: Writing,
): Promise<Built> {
  const isAsLoaded = request.settled === null && request.page.key.read !== 'rows';
  const before = isAsLoaded ? page.loaded : await inspect(session, PAGE);
  if (before.rows !== before.ids) await dropDuplicates(session, PAGE);
  const settled = before.rows === before.ids ? before : await inspect(session, PAGE);
  const highest = higher(page.loaded.highWater, settled.highWater);
  const isFull = request.page.key.read === 'full';
  const gone = isFull ? [] : await outdatedOf(session, PAGE, request.watched ?? []);
  const told = { highWater: highest, newest, gone, repaired, quarantined };
  if (settled.rows === 0) return { is: 'built', file: null, ...told };
  const columns = await batchColumns(session, { request, file: page.file, name: PAGE });
  const path = workshop.newPath('parquet');
  try {
    await session.runAll(`COPY (SELECT ${columns} FROM ${PAGE}) TO ${literal(path)} (${PARQUET_OPTIONS})`);
    await chmod(path, 0o600);
    const file = await localFile({ path, rows: settled.rows - settled.deletes, signal });
    return { is: 'built', file: { ...file, deletes: settled.deletes }, ...told };
  } catch (failure) {
    await rm(path, { force: true });
    throw failure;
  }
}

function higher(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return BigInt(b) > BigInt(a) ? b : a;
}
