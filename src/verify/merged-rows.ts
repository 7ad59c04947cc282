import type { DuckDBConnection } from '@duckdb/node-api';
import { lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import { type CellRow, type ComparedColumn, cellSql, digestSql, doubleText, quoteName, quoteText } from './cells.ts';
import type { Committed } from './committed.ts';
import type { LakeReader } from './lake-reader.ts';
import { type HeldTypes, heldTypes, oldColumns, shownSql } from './old-types.ts';

/** The column our reads name a row's file by; no logical name starts with `_`. */
const FILE = '__file';

/** Committed files by local path, with the place their rows take in the order of commits. */
export interface Placed {
  readonly path: string;
  readonly sequence: number;
  /** The types its columns have in it. */
  readonly held: HeldTypes;
}

/** Looks up the types that each file holds. */
export async function withTypes(
  connection: DuckDBConnection,
  files: readonly Omit<Placed, 'held'>[],
): Promise<Placed[]> {
  const types = await heldTypes(
    connection,
    files.map(({ path }) => path),
  );
  return files.map(file => ({ ...file, held: types.get(file.path) ?? new Map() }));
}

/**
 * SQL of every row version of a table that is in its image or pending batches: all lake columns, `__v`ersion, `__e`poch, `__d`elete,
 * `__s`equence. Columns a file does not have are null.
 */
async function versionsSql(
  { lake, connection }: { readonly lake: LakeReader; readonly connection: DuckDBConnection },
  committed: Committed,
  shape: TableShape,
): Promise<string> {
  const through = committed.image?.through ?? 0;
  const files: Omit<Placed, 'held'>[] = [];
  for (const { file } of committed.image?.partitions ?? []) {
    files.push({ path: await lake.localFile(file.path), sequence: through });
  }
  for (const { batch, sequence } of committed.pending) files.push({ path: await lake.localFile(batch.path), sequence });
  return relationSql(shape, await withTypes(connection, files));
}

/** The rows of Parquet files as typed by the shape, whatever columns each file has. */
export function relationSql(shape: TableShape, files: readonly Placed[]): string {
  const typed = lakeColumns(shape).map(column => `CAST(NULL AS ${column.sqlType}) AS ${quoteName(column.name)}`);
  const skeleton = `SELECT ${typed.join(', ')}, NULL::BIGINT AS "${SYSTEM_COLUMNS.version}", NULL::INTEGER AS "${SYSTEM_COLUMNS.epoch}",
    NULL::BOOLEAN AS "${SYSTEM_COLUMNS.deleted}", NULL::VARCHAR AS "${FILE}" WHERE false`;
  const names = lakeColumns(shape)
    .map(column => `r.${quoteName(column.name)}`)
    .join(', ');
  const system = `r."${SYSTEM_COLUMNS.version}" AS __v, r."${SYSTEM_COLUMNS.epoch}" AS __e, coalesce(r."${SYSTEM_COLUMNS.deleted}", false) AS __d`;
  if (files.length === 0) return `SELECT ${names}, ${system}, 0::BIGINT AS __s FROM (${skeleton}) r`;
  const places = files.map(file => `(${quoteText(file.path)}, ${file.sequence})`).join(', ');
  return `SELECT ${names}, ${system}, CAST(p.s AS BIGINT) AS __s
    FROM (${[skeleton, ...filesSql(shape, files)].join(' UNION ALL BY NAME ')}) r
    JOIN (VALUES ${places}) p(path, s) ON p.path = r."${FILE}"`;
}

/** A part for each kind of files: those of today's types, and those that hold a column under an older one. */
function filesSql(shape: TableShape, files: readonly Placed[]): string[] {
  const kinds = new Map<string, { readonly old: ReturnType<typeof oldColumns>; readonly paths: string[] }>();
  for (const { path, held } of files) {
    const old = oldColumns(lakeColumns(shape), held);
    const key = old.map(({ column, type }) => `${column.name} ${type}`).join();
    const kind = kinds.get(key) ?? { old, paths: [] };
    kind.paths.push(quoteText(path));
    kinds.set(key, kind);
  }
  return [...kinds.values()].map(({ old, paths }) => {
    const shown = old.map(({ column, type }) => {
      const name = quoteName(column.name);
      return `${shownSql({ column, type, raw: name })} AS ${name}`;
    });
    const columns = shown.length === 0 ? '*' : `* REPLACE (${shown.join(', ')})`;
    return `SELECT ${columns} FROM read_parquet([${paths.join(', ')}], union_by_name = true, filename = '${FILE}')`;
  });
}

/** I-4: per id the highest (epoch, version) wins; at the same version a delete; then the higher sequence. */
const WINNER = 'QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY __e DESC, __v DESC, __d DESC, __s DESC) = 1';

/** Columns of the digest tables that hold doubles, which are compared as numbers. */
export function doubleColumns(columns: readonly ComparedColumn[]): ComparedColumn[] {
  return columns.filter(column => column.form === 'double');
}

/** Fills the table `name` with (id, v, h, x0, x1 ...) of the live rows: digest and doubles. Answers the count. */
export async function loadDigests({
  connection,
  name,
  lake,
  committed,
  columns,
}: {
  readonly connection: DuckDBConnection;
  readonly name: string;
  readonly lake: LakeReader;
  readonly committed: Committed;
  readonly columns: readonly ComparedColumn[];
}): Promise<number> {
  await connection.run(`DROP TABLE IF EXISTS ${name}`);
  const { shape } = committed;
  const doubles = doubleColumns(columns).map((column, at) => `, ${quoteName(column.name)} AS x${at}`);
  if (shape === null) {
    await connection.run(`CREATE TABLE ${name} (id VARCHAR, v BIGINT, h VARCHAR)`);
    return 0;
  }
  const versions = await versionsSql({ lake, connection }, committed, shape);
  await connection.run(`CREATE TABLE ${name} AS SELECT * EXCLUDE (__d) FROM (
    SELECT lower(CAST("Id" AS VARCHAR)) AS id, __v AS v, ${digestSql(columns)} AS h${doubles.join('')}, __d
    FROM (${versions}) ${WINNER}) WHERE NOT __d`);
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS n FROM ${name}`);
  return Number(counted.getRows()[0]?.[0] ?? 0);
}

/** The committed rows of some ids, by id; ids without a live row are absent. */
export async function readLakeRows({
  connection,
  lake,
  committed,
  columns,
  ids,
}: {
  readonly connection: DuckDBConnection;
  readonly lake: LakeReader;
  readonly committed: Committed;
  readonly columns: readonly ComparedColumn[];
  readonly ids: readonly string[];
}): Promise<Map<string, CellRow>> {
  if (committed.shape === null || ids.length === 0) return new Map();
  const versions = await versionsSql({ lake, connection }, committed, committed.shape);
  const wanted = ids.map(id => `(${quoteText(id)}::UUID)`).join(', ');
  const sql = `SELECT * FROM (SELECT * FROM (${versions}) WHERE "Id" IN (SELECT * FROM (VALUES ${wanted})) ${WINNER}) WHERE NOT __d`;
  return readCells({ connection, columns, from: sql });
}

/** Rows of a relation with lake columns and `__v`, as cells, by id. */
export async function readCells({
  connection,
  columns,
  from,
}: {
  readonly connection: DuckDBConnection;
  readonly columns: readonly ComparedColumn[];
  readonly from: string;
}): Promise<Map<string, CellRow>> {
  // The engine's binding drops a byte order mark at the start of a text, so every text begins with a letter here.
  const marked = (column: ComparedColumn) => (column.form === 'double' ? cellSql(column) : `'t' || ${cellSql(column)}`);
  const cells = columns.map((column, at) => `${marked(column)} AS c${at}`).join(', ');
  const found = await connection.runAndReadAll(
    `SELECT lower(CAST("Id" AS VARCHAR)), CAST(__v AS VARCHAR), ${cells} FROM (${from})`,
  );
  const rows = found.getRows().map(([id, version, ...values]): [string, CellRow] => [
    String(id),
    {
      id: String(id),
      version: version === null || version === undefined ? null : String(version),
      cells: values.map(value => {
        if (value === null || value === undefined) return null;
        return typeof value === 'number' ? doubleText(value) : String(value).slice(1);
      }),
    },
  ]);
  return new Map(rows);
}
