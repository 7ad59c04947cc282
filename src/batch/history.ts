import type { FoldPart, FoldRequest, FoldResult, LocalFile } from '../core/batcher.ts';
import { lastFileOf } from '../core/partition-name.ts';
import { SYSTEM_COLUMNS } from '../core/shape.ts';
import { numberOf } from './build.ts';
import { VERSION_PROPERTY } from './columns.ts';
import { csvSizes } from './csv-size.ts';
import type { Session } from './duckdb.ts';
import type { FoldBench } from './fold-files.ts';
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
  NO_DATE,
  openRows,
  PARTITION,
  presentColumns,
  type RowFiles,
  rowBytes,
  rowFiles,
  STAYS,
} from './fold-rows.ts';
import { FILE_AT, outputNames, ROW_AT } from './merge.ts';
import { loadReadAgain } from './read-again.ts';
import { shareRows } from './split.ts';
import { ident, literal, literalList } from './sql.ts';
import { storedColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

const KEPT: Choice = { table: 'kept', where: 'true' };

/**
 * What is kept beside the image: see `FoldHistory`. Needs the table `held` of the fold. Which rows are kept, and where they
 * go, is settled over ids and versions alone.
 */
export async function foldHistory(
  bench: FoldBench,
  request: FoldRequest,
): Promise<Pick<FoldResult, 'parts' | 'changes'>> {
  const { history, batches } = request;
  const { session } = bench;
  const base = baseOf(request);
  const paths = [...base, ...inOrder(batches)];
  if (history === undefined || paths.length === 0) return { parts: [], changes: [] };
  const files = rowFiles({ request, paths, stored: await storedColumns(session, paths) });
  await loadReadAgain(session, request, files);
  await loadKept(session, { files, base: base.length, isCutAnew: isCutAnew(request) });
  const kept =
    history.keep === 'parts'
      ? {
          parts: await keepParts(bench, { request, files, parts: base.length > 0 ? [] : (history.parts ?? []) }),
          changes: [],
        }
      : { parts: [], changes: await keepChanges(bench, request, files) };
  await session.runAll('DROP TABLE IF EXISTS keeper; DROP TABLE kept; DROP TABLE again');
  return kept;
}

/** Files whose rows all count before those of the batches, where files are made anew: old ones, or the image's. */
function baseOf(request: FoldRequest): string[] {
  const { history, image } = request;
  if (history?.keep !== 'parts') return [];
  if (history.parts === null) return image.map(({ path }) => path);
  return isCutAnew(request) ? history.parts.map(({ path }) => path) : [];
}

const VERSIONS = '18446744073709551616';

/** A version's place in the order of all, from which `EPOCH` and `VERSION` can be told again. */
function placeSql(epoch: string, version: string): string {
  return `(${epoch}::HUGEINT * ${VERSIONS} + ${version})`;
}

/** A row's place in the order of versions: by epoch, then version, then a delete behind a row. Odd: a delete. */
function rankSql(row: string, deleted: string): string {
  return `(${placeSql(`${row}.${EPOCH}`, `${row}.${VERSION}`)} * 2 + ${deleted})`;
}

/**
 * `kept`: the rows of the batches that are newer than all that was known of their id, or of the same version with other
 * values, in the order they came, and all of the files before them. A second delete of what is gone already is none. A delete goes where its row was.
 */
async function loadKept(session: Session, request: KeptRequest): Promise<void> {
  await session.runAll(`CREATE TEMP TABLE kept AS ${keptSql(request)}`);
}

export interface KeptRequest {
  readonly files: RowFiles;
  /** How many files stand before those of the batches. */
  readonly base: number;
  readonly isCutAnew: boolean;
}

/**
 * The rows of `kept`: `Id`, `__deleted`, place and partition, and in `__epoch` and `__version` what readers are told. Of a
 * row that is its own version. A delete counts with one that may be above that of a row made again meanwhile, so it is told
 * with its row's, than which a later row of the id is never lower; or with 0 where no row is known that it takes away. Needs
 * the relations `held` and `again`.
 */
export function keptSql({ files, base, isCutAnew }: KeptRequest): string {
  const own = outputNames(files.shape).includes(VERSION_PROPERTY) ? [VERSION_PROPERTY] : [];
  const said =
    `SELECT *, ${rankSql('keys', `keys.${DELETED}::INTEGER`)} AS rank, ${FILE_AT} >= ${base} AS arrived, ` +
    `CASE WHEN NOT ${DELETED} THEN ${files.partition} END AS own, ` +
    `CASE WHEN NOT (${DELETED} AND ${FILE_AT} >= ${base}) THEN ${placeSql(EPOCH, ownVersion(own))} END AS shown ` +
    `FROM (${keysSql(files, own)}) keys`;
  const earlier = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';
  const told = `max(CASE WHEN arrived THEN rank END) OVER (PARTITION BY said."Id" ORDER BY said.${FILE_AT} ${earlier})`;
  const known =
    `SELECT said.*, ${isCutAnew ? 'NULL' : `held.${PARTITION}`} AS was, ` +
    `greatest(coalesce(${told}, -1), coalesce(${rankSql('held', '0')}, -1)) AS known, ` +
    `${placeSql(`held.${EPOCH}`, `held.${VERSION}`)} AS held_at, ` +
    `again.${ROW_AT} IS NOT NULL AS is_again ` +
    `FROM (${said}) said LEFT JOIN held ON held."Id" = said."Id" ` +
    `LEFT JOIN again ON again.${FILE_AT} = said.${FILE_AT} AND again.${ROW_AT} = said.${ROW_AT}`;
  const isNews = `(rank > known OR (rank = known AND is_again)) AND NOT (${DELETED} AND known % 2 = 1)`;
  // Old files are in no order among each other; by rank their rows are.
  const order = `arrived, CASE WHEN arrived THEN ${FILE_AT}::HUGEINT ELSE rank END`;
  const before = (value: string) =>
    `last_value(${value} IGNORE NULLS) OVER (PARTITION BY "Id" ORDER BY ${order} ${earlier})`;
  const rowAt = before(`CASE WHEN arrived THEN shown END`);
  const kept =
    `SELECT "Id", ${DELETED}, ${FILE_AT}, ${ROW_AT}, coalesce(own, ${before('own')}, was, ${literal(NO_DATE)}) AS ${PARTITION}, ` +
    `coalesce(shown, ${rowAt}, held_at, ${placeSql(EPOCH, '0')}) AS shown FROM (${known}) WHERE NOT arrived OR (${isNews})`;
  return (
    `SELECT * EXCLUDE (shown), (shown // ${VERSIONS})::INTEGER AS ${EPOCH}, (shown % ${VERSIONS})::BIGINT AS ${VERSION}, ` +
    `NULL::VARCHAR AS ${STAYS} FROM (${kept})`
  );
}

/** The version that the environment showed of a row, which may have been lifted over a delete (see `liftOverDeletes`). */
function ownVersion(columns: readonly string[]): string {
  return columns.includes(VERSION_PROPERTY) ? `coalesce(${ident(VERSION_PROPERTY)}::BIGINT, ${VERSION})` : VERSION;
}

async function keepParts(
  bench: FoldBench,
  {
    request: { shape, partBytesMax: bytesMax = Number.POSITIVE_INFINITY },
    files,
    parts,
  }: { readonly request: FoldRequest; readonly files: RowFiles; readonly parts: readonly FoldPart[] },
): Promise<FoldResult['parts']> {
  const { session } = bench;
  const gains: Gain[] = [];
  const width = await rowBytes(session, files, bytesMax);
  for (const [partition, rows] of await freshCounts(session, KEPT)) {
    const file = lastFileOf(parts, partition);
    const last = file && (await knownBytes(session, { shape, file, bytesMax }));
    const shares = shareRows({ partition, last, rows, rowBytes: width, bytesMax });
    gains.push(...(await freshGains(session, { choice: KEPT, partition, shares })));
  }
  const kept = await keptRows(session, files, gains);
  const written: { name: string; file: LocalFile }[] = [];
  for (const gain of gains.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const before = parts.find(({ name }) => name === gain.name);
    const rows = await grownSql(session, { files, path: before?.path, kept, gained: kept.of(gain) });
    written.push({ name: gain.name, file: await bench.write(rows) });
  }
  const paths = written.map(({ file }) => file.path);
  const sizes = await csvSizes(session, { shape, paths });
  const deletes = await countDeletes(session, paths);
  return written.map((one, n) => ({ ...one, csvBytes: sizes[n]?.csvBytes ?? 0, deletes: deletes[n] ?? 0 }));
}

async function keepChanges(
  bench: FoldBench,
  { partBytesMax: bytesMax = Number.POSITIVE_INFINITY }: FoldRequest,
  files: RowFiles,
): Promise<FoldResult['changes']> {
  const { session } = bench;
  const byFile = new Map<number, number>();
  for (const { file, rows } of [...(await freshCounts(session, KEPT)).values()].flat()) {
    byFile.set(file, (byFile.get(file) ?? 0) + rows);
  }
  const rows = [...byFile].map(([file, count]) => ({ file, rows: count })).sort((a, b) => a.file - b.file);
  const width = await rowBytes(session, files, bytesMax);
  const shares = shareRows({ partition: NO_DATE, last: null, rows, rowBytes: width, bytesMax });
  const gains = await freshGains(session, { choice: KEPT, partition: null, shares });
  const kept = await keptRows(session, files, gains);
  const written: LocalFile[] = [];
  for (const gain of gains) written.push(await bench.write(kept.of(gain)));
  const deletes = await countDeletes(
    session,
    written.map(({ path }) => path),
  );
  return written.map((file, n) => ({ ...file, rows: file.rows - (deletes[n] ?? 0), deletes: deletes[n] ?? 0 }));
}

interface KeptRows {
  readonly columns: readonly string[];
  readonly of: (gain: Gain) => string;
}

/** Rows in the form of change batches, with the versions that readers are told: see `keptSql`. */
async function keptRows(session: Session, files: RowFiles, gains: readonly Gain[]): Promise<KeptRows> {
  const needed = [...presentColumns(files.shape, files), DELETED];
  const names = [...outputNames(files.shape), DELETED].filter(
    name => needed.includes(name) || name === VERSION_PROPERTY,
  );
  const { rows, deletes } = await countKept(session);
  const columns = names.map(name => {
    if (name === DELETED) return { name, value: `coalesce(${DELETED}, false)` };
    if (name !== VERSION && name !== VERSION_PROPERTY) {
      return { name, value: ident(name), ...(deletes > 0 && name === EPOCH ? { chosen: EPOCH } : {}) };
    }
    return { name, value: ownVersion(needed), ...(deletes > 0 ? { chosen: VERSION } : {}) };
  });
  // Where every row counts, and is in the partition of its date, none has to be looked up.
  const isAll = deletes === 0 && rows === (await countRows(session, files.paths));
  const of = await openRows(session, { files, choice: KEPT, gains, columns, needed, isAll, temp: 'keeper' });
  return { columns: names, of };
}

/** The rows that a file has already, then those that come. */
async function grownSql(
  session: Session,
  {
    files,
    path,
    kept,
    gained,
  }: {
    readonly files: RowFiles;
    readonly path: string | undefined;
    readonly kept: KeptRows;
    readonly gained: string;
  },
): Promise<string> {
  if (path === undefined) return gained;
  const stored = await storedColumns(session, [path]);
  const held = [...presentColumns(files.shape, { paths: [path], stored }), DELETED];
  const before = `SELECT ${held.map(ident).join(', ')} FROM (${filesSql({ ...files, stored }, [path], held)})`;
  const names = [...outputNames(files.shape), DELETED].filter(
    name => held.includes(name) || kept.columns.includes(name),
  );
  return `SELECT ${names.map(ident).join(', ')} FROM (${before} UNION ALL BY NAME ${gained})`;
}

async function countKept(session: Session): Promise<{ readonly rows: number; readonly deletes: number }> {
  const [row] = await session.runAll(
    `SELECT count(*) AS rows, count(*) FILTER (${DELETED}) AS deletes FROM ${KEPT.table}`,
  );
  return { rows: numberOf(row, 'rows'), deletes: numberOf(row, 'deletes') };
}

/** Deletes in each of the files. */
async function countDeletes(session: Session, paths: readonly string[]): Promise<number[]> {
  if (paths.length === 0) return [];
  const rows = await session.runAll(
    `SELECT file_index AS place, count(*) FILTER (${DELETED}) AS deletes FROM read_parquet(${literalList(paths)}) GROUP BY file_index`,
  );
  const deletes = paths.map(() => 0);
  for (const row of rows) deletes[numberOf(row, 'place')] = numberOf(row, 'deletes');
  return deletes;
}
