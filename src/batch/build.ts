import type { BuildRequest } from '../core/batcher.ts';
import type { Witness } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { lakeColumns, SYSTEM_COLUMNS } from '../core/shape.ts';
import {
  aliasOf,
  CONTEXT,
  DELETED_ID,
  DELETED_REASON,
  ETAG,
  jsonColumns,
  type PlannedColumn,
  planColumns,
  type ReadPlan,
  rawAliases,
  VERSION_PROPERTY,
  type Way,
} from './columns.ts';
import type { Row, Session } from './duckdb.ts';
import { ident, literalList, timestampLiteral } from './sql.ts';

/** Files of rows as DuckDB reads them: pages themselves, or the scanner's lines. */
export interface RowsFile {
  readonly paths: readonly string[];
  readonly way: Way;
  /** Longest row, bytes; DuckDB reserves twice as much. */
  readonly rowBytesMax: number;
  /** Properties that hold a value in some row, so that no other is read; null: not looked for. */
  readonly filled: ReadonlySet<string> | null;
}

/** DuckDB's own limit of an object on the fast way. */
const OBJECT_BYTES_MAX = 16 * 1024 * 1024;

/** Columns of the temporary table beside the lake's: of ours, gone before the file is written. */
const MISFIT = '__misfit';
const INEXACT = '__inexact';

/** The `read_json` call for files of rows. `records=true`: else an array of anything is taken for rows of one column. */
function readJson(file: RowsFile, columns: string): string {
  const format = file.way === 'fast' ? 'array' : 'newline_delimited';
  const sizeMax = Math.max(OBJECT_BYTES_MAX, file.rowBytesMax + 1024);
  return `read_json(${literalList(file.paths)}, format = '${format}', records = true, maximum_object_size = ${sizeMax}, columns = ${columns})`;
}

/** Reads rows into the temporary table `name`: lake columns, system columns, `__misfit` and `__inexact`. */
export async function loadRows(
  session: Session,
  { request, file, name }: { readonly request: BuildRequest; readonly file: RowsFile; readonly name: string },
): Promise<void> {
  await session.runAll(`CREATE TEMP TABLE ${ident(name)} AS ${rowsSql(request, file)}`);
}

/** Innermost the raw texts, then the texts as values, then the checks and the file's columns. */
export function rowsSql(request: BuildRequest, file: RowsFile): string {
  const { shape, epoch, sinkAt, deleteVersion } = request;
  const plan = planColumns(shape, file.way, file.filled);
  const raw = (property: string) => aliasOf(plan, property);
  const isDeleted = `coalesce(ends_with(${raw(CONTEXT)}, '/$deletedEntity'), false)`;
  const idText = `CASE WHEN ${isDeleted} THEN ${raw(DELETED_ID)} ELSE ${raw(shape.primaryId)} END`;
  const version = `coalesce(TRY_CAST(${raw(VERSION_PROPERTY)} AS BIGINT), TRY_CAST(regexp_extract(${raw(ETAG)}, '^W/"([0-9]+)"$', 1) AS BIGINT))`;
  const texts = plan.columns.map((column, n) => `${textOf(column, plan)} AS t${n}`);
  const inner = `SELECT ${isDeleted} AS is_deleted, ${idText} AS id_text, ${version} AS row_version, ${inexactSql(plan)} AS inexact${commaBefore(texts)} FROM (SELECT ${rawAliases(plan)} FROM ${readJson(file, jsonColumns(plan))})`;
  const values = plan.columns.map((column, n) => `${column.value(`t${n}`)} AS c${n}`);
  const middle = `SELECT *, TRY_CAST(id_text AS UUID) AS id${commaBefore(values)} FROM (${inner})`;
  const sink = timestampLiteral(sinkAt);
  const columns = plan.columns.map(({ lake }, n) => `c${n} AS ${ident(lake.name)}`);
  return (
    `SELECT id AS "Id", ${sink} AS "SinkCreatedOn", ${sink} AS "SinkModifiedOn"${commaBefore(columns)}, ` +
    `CASE WHEN is_deleted THEN ${deleteVersion}::BIGINT ELSE row_version END AS ${SYSTEM_COLUMNS.version}, ` +
    `${epoch}::INTEGER AS ${SYSTEM_COLUMNS.epoch}, is_deleted AS ${SYSTEM_COLUMNS.deleted}, ` +
    `${misfitSql(plan)} AS ${MISFIT}, inexact AS ${INEXACT} FROM (${middle})`
  );
}

/** A deleted entity's `id` and `reason` are not the columns of these names that a table may have. */
function textOf(column: PlannedColumn, plan: ReadPlan): string {
  if (column.property !== DELETED_ID && column.property !== DELETED_REASON) return column.text;
  return `CASE WHEN ends_with(${aliasOf(plan, CONTEXT)}, '/$deletedEntity') THEN NULL ELSE ${column.text} END`;
}

function inexactSql(plan: ReadPlan): string {
  const tests = plan.columns.flatMap(({ inexact }) => (inexact === null ? [] : [`WHEN ${inexact} THEN true`]));
  return tests.length === 0 ? 'false' : `CASE ${tests.join(' ')} ELSE false END`;
}

/** Position of the first column that lost something: -1 the id, -2 the version; null when the row is whole. */
function misfitSql(plan: ReadPlan): string {
  const tests = plan.columns.flatMap(({ misfit }, n) =>
    misfit === null ? [] : [`WHEN t${n} IS NOT NULL AND ${misfit(`t${n}`, `c${n}`)} THEN ${n}`],
  );
  const head = `WHEN id IS NULL OR id::VARCHAR <> lower(id_text) THEN -1 WHEN NOT is_deleted AND row_version IS NULL THEN -2`;
  return `CASE ${head} ${tests.join(' ')} ELSE NULL END`;
}

function commaBefore(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

/** What a loaded table holds, in one look. */
export interface Loaded {
  readonly rows: number;
  readonly ids: number;
  readonly deletes: number;
  readonly highWater: string | null;
  /** Id of the row with that version. */
  readonly newestId: string | null;
  readonly inexact: boolean;
  readonly misfit: boolean;
}

export async function inspect(session: Session, name: string): Promise<Loaded> {
  const [row] = await session.runAll(
    `SELECT count(*) AS rows, count(DISTINCT "Id") AS ids, count(*) FILTER (${SYSTEM_COLUMNS.deleted}) AS deletes, ` +
      `max(${SYSTEM_COLUMNS.version}) FILTER (NOT ${SYSTEM_COLUMNS.deleted}) AS high_water, ` +
      `arg_max("Id", ${SYSTEM_COLUMNS.version}) FILTER (NOT ${SYSTEM_COLUMNS.deleted})::VARCHAR AS newest_id, ` +
      `coalesce(bool_or(${INEXACT}), false) AS inexact, count(${MISFIT}) > 0 AS misfit FROM ${ident(name)}`,
  );
  return {
    rows: numberOf(row, 'rows'),
    ids: numberOf(row, 'ids'),
    deletes: numberOf(row, 'deletes'),
    highWater: row?.high_water === null || row === undefined ? null : String(row.high_water),
    newestId: typeof row?.newest_id === 'string' ? row.newest_id : null,
    inexact: row?.inexact === true,
    misfit: row?.misfit === true,
  };
}

/** A count from a result: 64-bit numbers come as text. */
export function numberOf(row: Row | undefined, name: string): number {
  return Number(row?.[name] ?? 0);
}

/** The first value that does not fit its column, by column and id; the value itself is never shown. */
export async function misfitFault(
  session: Session,
  { request, file, name }: { readonly request: BuildRequest; readonly file: RowsFile; readonly name: string },
): Promise<Fault> {
  const { shape } = request;
  const [row] = await session.runAll(
    `SELECT "Id"::VARCHAR AS id, ${MISFIT} AS misfit FROM ${ident(name)} WHERE ${MISFIT} IS NOT NULL LIMIT 1`,
  );
  const at = numberOf(row, 'misfit');
  const { columns } = planColumns(shape, file.way, file.filled);
  const column = at === -1 ? shape.primaryId : at === -2 ? VERSION_PROPERTY : columns[at]?.lake.name;
  return new Fault('batch/cast', { table: shape.table, column, id: typeof row?.id === 'string' ? row.id : null });
}

/** Which of these rows the table's rows delete or hold in a higher version. */
export async function outdatedOf(session: Session, name: string, witnesses: readonly Witness[]): Promise<string[]> {
  if (witnesses.length === 0) return [];
  const ids = literalList(witnesses.map(({ id }) => id));
  const versions = literalList(witnesses.map(({ version }) => version));
  const { deleted, version } = SYSTEM_COLUMNS;
  const rows = await session.runAll(
    `SELECT DISTINCT "Id"::VARCHAR AS id FROM ${ident(name)} JOIN (SELECT unnest(${ids})::UUID AS watched, ` +
      `unnest(${versions})::BIGINT AS known) ON "Id" = watched WHERE ${deleted} OR ${version} > known`,
  );
  return rows.map(({ id }) => String(id));
}

/** Removes all but the winner of each id: highest version; at the same version a delete before a row. */
export async function dropDuplicates(session: Session, name: string): Promise<void> {
  await session.runAll(
    `DELETE FROM ${ident(name)} WHERE rowid NOT IN (SELECT rowid FROM (SELECT rowid, row_number() OVER ` +
      `(PARTITION BY "Id" ORDER BY ${SYSTEM_COLUMNS.version} DESC, ${SYSTEM_COLUMNS.deleted} DESC, rowid DESC) AS place ` +
      `FROM ${ident(name)}) WHERE place = 1)`,
  );
}

/**
 * The properties that hold a value in some row. Looking costs a pass over the file; building columns that hold none
 * costs more where rows are few. Null where rows cannot be read so: the load itself will tell.
 */
export async function filledProperties(session: Session, file: RowsFile): Promise<ReadonlySet<string> | null> {
  try {
    const [row] = await session.runAll(
      `SELECT json_group_structure(json)::VARCHAR AS structure FROM ${readObjects(file)}`,
    );
    const structure: unknown = JSON.parse(String(row?.structure ?? null));
    if (typeof structure !== 'object' || structure === null || Array.isArray(structure)) return null;
    return new Set(Object.entries(structure).flatMap(([name, type]) => (type === 'NULL' ? [] : [name])));
  } catch (failure) {
    if (failure instanceof Fault && failure.code === 'batch/engine') return null;
    throw failure;
  }
}

/** The `read_json_objects` call for files of rows. */
function readObjects(file: RowsFile): string {
  const format = file.way === 'fast' ? 'array' : 'newline_delimited';
  const sizeMax = Math.max(OBJECT_BYTES_MAX, file.rowBytesMax + 1024);
  return `read_json_objects(${literalList(file.paths)}, format = '${format}', maximum_object_size = ${sizeMax})`;
}

/** Names of properties that no column explains. `everyRow` false: only the first row of each file is looked at. */
export async function unknownProperties(
  session: Session,
  { request, file, everyRow }: { readonly request: BuildRequest; readonly file: RowsFile; readonly everyRow: boolean },
): Promise<string[]> {
  const firsts = file.paths.map(path => `(SELECT json FROM ${readObjects({ ...file, paths: [path] })} LIMIT 1)`);
  const looked = everyRow ? `SELECT json FROM ${readObjects(file)}` : firsts.join(' UNION ALL ');
  const rows = await session.runAll(`SELECT DISTINCT json_keys(json) AS names FROM (${looked})`);
  const known = knownProperties(request);
  const unknown = rows
    .map(({ names }) => (Array.isArray(names) ? names.map(String) : []))
    .filter(names => !isDeletedEntity(names))
    .flatMap(names => names.filter(name => !name.includes('@') && !known.has(name)));
  return [...new Set(unknown)].sort();
}

/** A deleted entity names these and nothing else; a table's own `id` and `reason` stand among its other columns. */
function isDeletedEntity(names: readonly string[]): boolean {
  return names.includes(CONTEXT) && names.every(name => [CONTEXT, DELETED_ID, DELETED_REASON].includes(name));
}

/** Names with `@` are annotations; of the rest, columns and omitted columns (as value or as lookup) are known. */
function knownProperties({ shape, ignored }: BuildRequest): ReadonlySet<string> {
  return new Set([
    shape.primaryId,
    VERSION_PROPERTY,
    ...shape.columns.map(({ property }) => property),
    ...shape.omitted.flatMap(({ name }) => [name, `_${name}_value`]),
    ...(ignored ?? []),
  ]);
}

/**
 * The select list of a batch file: the lake columns that hold a value in it, then the system columns. A table of two
 * hundred columns fills a quarter of them, and every column of a file costs each reader something, with values or without.
 */
export async function batchColumns(
  session: Session,
  { request, file, name }: { readonly request: BuildRequest; readonly file: RowsFile; readonly name: string },
): Promise<string> {
  const { shape } = request;
  const read = new Set(planColumns(shape, file.way, file.filled).columns.map(({ lake }) => lake.name));
  const names = lakeColumns(shape).flatMap(column =>
    column.source === null || read.has(column.name) ? [column.name] : [],
  );
  const counts = names.map((column, n) => `count(${ident(column)}) > 0 AS c${n}`);
  const [filled] = await session.runAll(`SELECT ${counts.join(', ')} FROM ${ident(name)}`);
  const kept = names.filter((_, n) => filled?.[`c${n}`] === true);
  return [...kept, ...Object.values(SYSTEM_COLUMNS)].map(ident).join(', ');
}
