import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBType } from '@duckdb/node-api';
import { interruptible } from '../../batch/duckdb.ts';
import { Fault } from '../../core/fault.ts';
import type { ReadTable } from '../database-view.ts';
import type { EncodedRow, QueryRows, ValueFormat } from '../sql-session.ts';
import { type ColumnEncoding, encodeChunk, encodingOf, readSql } from './encode.ts';
import type { TextStyle } from './encode-text.ts';

/** Bytes of values that are read from a result at once, and rows. */
const WINDOW_BYTES = 8 * 1024 * 1024;
const WINDOW_ROWS_FIRST = 256;
const WINDOW_ROWS_MAX = 16_384;

interface RowsParts {
  readonly types: readonly DuckDBType[];
  readonly style: TextStyle;
  readonly rowCount: number;
  readonly tables: readonly ReadTable[];
}

/** A column of a table of the engine's, at rest in a temporary table that the engine may put on disk. */
export class StoredRows implements QueryRows {
  readonly rowCount: number;
  readonly tables: readonly ReadTable[];
  readonly #parts: RowsParts & { readonly connection: DuckDBConnection; readonly table: string };
  #encodings: readonly ColumnEncoding[] | undefined;
  #held: EncodedRow[] = [];
  #heldAt = 0;
  #read = 0;
  #windowRows = WINDOW_ROWS_FIRST;
  #isClosed = false;

  constructor(parts: RowsParts & { readonly connection: DuckDBConnection; readonly table: string }) {
    this.#parts = parts;
    this.rowCount = parts.rowCount;
    this.tables = parts.tables;
  }

  async next(max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]> {
    if (this.#heldAt === this.#held.length) await this.#readWindow(formats);
    const rows = this.#held.slice(this.#heldAt, this.#heldAt + max);
    this.#heldAt += rows.length;
    return rows;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held = [];
    this.#heldAt = 0;
    const { connection, table } = this.#parts;
    await interruptible({ connection, signal: undefined }, () => connection.run(`DROP TABLE IF EXISTS ${table}`));
  }

  async #readWindow(formats: readonly ValueFormat[]): Promise<void> {
    this.#held = [];
    this.#heldAt = 0;
    if (this.#isClosed || this.#read >= this.rowCount) return;
    const { connection, table, types, style } = this.#parts;
    this.#encodings ??= types.map((type, index) =>
      encodingOf(type, { column: `c${index}`, format: formatOf(formats, index), style }),
    );
    const encodings = this.#encodings;
    const from = this.#read;
    const wanted = Math.min(this.#windowRows, this.rowCount - from);
    const sql = readSql(encodings, `${table} WHERE rowid >= ${from} AND rowid < ${from + wanted}`);
    const rows: (Uint8Array | null)[][] = [];
    await interruptible({ connection, signal: undefined }, async () => {
      encodeResult(await connection.run(sql), encodings, rows);
    });
    // What is at rest is all there; if ever it is not, the client must not take the rest for the end.
    if (rows.length !== wanted) throw new Fault('internal/bug', { reason: 'a stored result lost rows' });
    this.#read += wanted;
    this.#held = rows;
    this.#windowRows = nextWindow(rows, wanted);
  }
}

function nextWindow(rows: readonly (readonly (Uint8Array | null)[])[], count: number): number {
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += (value?.length ?? 0) + 16;
  const fitting = Math.floor((WINDOW_BYTES / Math.max(bytes, 1)) * count);
  return Math.max(1, Math.min(WINDOW_ROWS_MAX, count * 8, fitting));
}

/** Rows in the engine's memory: few, and of types that need no cast. */
export class HeldRows implements QueryRows {
  readonly rowCount: number;
  readonly tables: readonly ReadTable[];
  readonly #parts: RowsParts & { readonly result: DuckDBMaterializedResult };
  #rows: EncodedRow[] | undefined;
  #at = 0;

  constructor(parts: RowsParts & { readonly result: DuckDBMaterializedResult }) {
    this.#parts = parts;
    this.rowCount = parts.rowCount;
    this.tables = parts.tables;
  }

  async next(max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]> {
    this.#rows ??= this.#encode(formats);
    const rows = this.#rows.slice(this.#at, this.#at + max);
    this.#at += rows.length;
    return rows;
  }

  async close(): Promise<void> {
    this.#rows = [];
    this.#at = 0;
  }

  #encode(formats: readonly ValueFormat[]): EncodedRow[] {
    const { result, types, style } = this.#parts;
    const encodings = types.map((type, index) =>
      encodingOf(type, { column: '', format: formatOf(formats, index), style, isInMemory: true }),
    );
    const rows: (Uint8Array | null)[][] = [];
    encodeResult(result, encodings, rows);
    return rows;
  }
}

function encodeResult(
  result: DuckDBMaterializedResult,
  encodings: readonly ColumnEncoding[],
  rows: (Uint8Array | null)[][],
): void {
  for (let index = 0; index < result.chunkCount; index += 1) encodeChunk(result.getChunk(index), encodings, rows);
}

/** None: text for all; one: that for all; else one for each. */
function formatOf(formats: readonly ValueFormat[], index: number): ValueFormat {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 'text';
}
