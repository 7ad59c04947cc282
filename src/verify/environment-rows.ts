import { BIGINT, DOUBLE, type DuckDBConnection, DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import type { TableShape } from '../core/shape.ts';
import { type CellRow, type ComparedColumn, digest, environmentCells, type JsonRow } from './cells.ts';
import { doubleColumns } from './merged-rows.ts';
import type { EnvironmentReader } from './transport.ts';

/** Rows in one chunk of the engine. */
const CHUNK_ROWS = 2_048;

export interface EnvironmentPass {
  readonly rows: number;
  readonly repairedCells: number;
  /** Properties of rows that no column of the shape explains. */
  readonly unknownProperties: readonly string[];
}

/**
 * Reads every row of a table and fills the table `name` with (id, v, h, x0, x1 ...): version, digest and doubles. A row
 * seen twice because it moved between pages counts once, as its newest version.
 */
export async function loadEnvironment({
  environment,
  connection,
  name,
  shape,
  columns,
  signal,
  onRows,
}: {
  readonly environment: EnvironmentReader;
  readonly connection: DuckDBConnection;
  readonly name: string;
  readonly shape: TableShape;
  readonly columns: readonly ComparedColumn[];
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}): Promise<EnvironmentPass> {
  const doubles = doubleColumns(columns).map((_, at) => `, x${at} DOUBLE`);
  await connection.run(`DROP TABLE IF EXISTS ${name}`);
  await connection.run(`CREATE OR REPLACE TABLE ${name}_read (id VARCHAR, v BIGINT, h VARCHAR${doubles.join('')})`);
  const unknown = new Set<string>();
  const known = knownProperties(shape);
  let rows = 0;
  let repairedCells = 0;
  const bare = new Set(doubleColumns(columns).flatMap(({ lake }) => lake.source?.property ?? []));
  for await (const page of environment.pages(shape.entitySetName, signal, bare)) {
    for (const property of Object.keys(page.rows[0] ?? {})) {
      if (!property.includes('@') && !known.has(property)) unknown.add(property);
    }
    const read = page.rows.map(row => environmentCells({ shape, columns, row }));
    repairedCells += read.reduce((sum, row) => sum + row.repaired, 0);
    await append({ connection, name: `${name}_read`, columns, rows: read });
    rows += read.length;
    onRows(rows);
  }
  await connection.run(
    `CREATE TABLE ${name} AS SELECT * FROM ${name}_read QUALIFY row_number() OVER (PARTITION BY id ORDER BY v DESC, rowid DESC) = 1`,
  );
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${name}`);
  return { rows: Number(counted.getRows()[0]?.[0] ?? 0), repairedCells, unknownProperties: [...unknown].sort() };
}

/** Appends digest rows; also used for rows read from published files. */
export async function append({
  connection,
  name,
  columns,
  rows,
}: {
  readonly connection: DuckDBConnection;
  readonly name: string;
  readonly columns: readonly ComparedColumn[];
  readonly rows: readonly CellRow[];
}): Promise<void> {
  const doubleAt = columns.flatMap((column, at) => (column.form === 'double' ? [at] : []));
  const types = [VARCHAR, BIGINT, VARCHAR, ...doubleAt.map(() => DOUBLE)];
  const appender = await connection.createAppender(name);
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    const part = rows.slice(from, from + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    chunk.setColumns([
      part.map(row => row.id),
      part.map(row => (row.version === null ? null : BigInt(row.version))),
      part.map(row => digest(columns, row.cells)),
      ...doubleAt.map(at => part.map(row => numberOrNull(row.cells[at]))),
    ]);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function numberOrNull(cell: string | null | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

function knownProperties(shape: TableShape): Set<string> {
  const columns = shape.columns.flatMap(column => [column.property, column.name]);
  const omitted = shape.omitted.flatMap(({ name }) => [name, `_${name}_value`]);
  return new Set([shape.primaryId, ...columns, ...omitted]);
}

/** Reads rows by id, a few at once. Ids the environment does not have are absent. */
export async function readEnvironmentRows({
  environment,
  shape,
  columns,
  ids,
  atOnce,
  signal,
}: {
  readonly environment: EnvironmentReader;
  readonly shape: TableShape;
  readonly columns: readonly ComparedColumn[];
  readonly ids: readonly string[];
  readonly atOnce: number;
  readonly signal: AbortSignal;
}): Promise<Map<string, CellRow>> {
  const found = new Map<string, CellRow>();
  const waiting = [...ids];
  const reader = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const row: JsonRow | null = await environment.row(shape, id, signal);
      if (row !== null) found.set(id, environmentCells({ shape, columns, row }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, reader));
  return found;
}
