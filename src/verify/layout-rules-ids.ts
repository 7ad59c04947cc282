import { BIGINT, type DuckDBConnection, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { IdRow } from './layout-rules-csv.ts';

const CHUNK_ROWS = 2_048;
/** By so much the versions of a life of the environment are higher than those before it was restored. */
const VERSIONS_OF_A_LIFE = 10n ** 15n;
/** Ids that a report names. */
const EXAMPLES_MAX = 3;

/** Ids that break a rule in one file, or in all files together (`path` null). */
export interface IdFinding {
  readonly path: string | null;
  readonly count: number;
  /** Some of them. */
  readonly ids: readonly string[];
}

/** The ids of a set of files, kept in the engine, which spills them to disk: memory does not follow the number of rows. */
export class IdTable {
  readonly #connection: DuckDBConnection;
  readonly #paths: string[] = [];

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** An empty table; it takes the place of an earlier one. */
  static async create(connection: DuckDBConnection): Promise<IdTable> {
    await connection.run('CREATE OR REPLACE TABLE layout_ids (file INTEGER, row BIGINT, id VARCHAR, version BIGINT)');
    return new IdTable(connection);
  }

  async add(path: string, rows: readonly IdRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (this.#paths.at(-1) !== path) this.#paths.push(path);
    const file = this.#paths.length - 1;
    const appender = await this.#connection.createAppender('layout_ids');
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const part = rows.slice(from, from + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, VARCHAR, BIGINT], part.length);
      chunk.setColumns([
        part.map(() => file),
        part.map(({ row }) => BigInt(row)),
        part.map(({ id }) => id),
        part.map(({ version }) => version),
      ]);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /**
   * Ids whose version falls from one row of a file to a later one. Rows of no version, in whichever life of a restored
   * environment, do not: so are deletes of what was gone before.
   */
  fallingVersions(): Promise<IdFinding[]> {
    return this.#find(`SELECT DISTINCT file, id FROM (SELECT file, id, version,
      lag(version) OVER (PARTITION BY file, id ORDER BY row) AS above FROM layout_ids WHERE version % ${VERSIONS_OF_A_LIFE} <> 0)
      WHERE version < above`);
  }

  /** Ids with more than one row, whatever the file. */
  repeated(): Promise<IdFinding[]> {
    return this.#find('SELECT NULL::INTEGER AS file, id FROM layout_ids GROUP BY id HAVING count(*) > 1');
  }

  /** Ids in more than one file. */
  inSeveralFiles(): Promise<IdFinding[]> {
    return this.#find('SELECT NULL::INTEGER AS file, id FROM layout_ids GROUP BY id HAVING count(DISTINCT file) > 1');
  }

  async #find(sql: string): Promise<IdFinding[]> {
    const found = await this.#connection.runAndReadAll(
      `SELECT file, count(*)::INTEGER, list_slice(min(id, ${EXAMPLES_MAX}), 1, ${EXAMPLES_MAX}) FROM (${sql}) GROUP BY file ORDER BY file`,
    );
    return found.getRowsJson().map(([file, count, ids]) => ({
      path: file === null ? null : (this.#paths[Number(file)] ?? null),
      count: Number(count),
      ids: Array.isArray(ids) ? ids.map(String) : [],
    }));
  }
}
