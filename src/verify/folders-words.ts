import { BIGINT, BOOLEAN, DOUBLE, type DuckDBConnection, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { TableShape } from '../core/shape.ts';
import { type Cell, type ComparedColumn, canonical, cellSql, digest, digestSql, partColumns } from './cells.ts';
import { type CsvRow, type FolderTable, IS_DELETE, readCsvRows } from './folder-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { type Placed, relationSql } from './merged-rows.ts';

const CHUNK_ROWS = 2_048;
const VERSION = 'versionnumber';

/**
 * What the rows of one set of columns are compared by. A folder has the columns of its time: cells of others, or of other
 * types than the table has now, say nothing of the row as it is now.
 */
export interface WordForm {
  readonly columns: readonly ComparedColumn[];
  /** Of all doubles of the table, those that are among them, by their place. */
  readonly doubles: readonly number[];
}

/** Everything that folders, and changes that wait for one, say of a table's rows, in the engine: the table `word`. */
export class WordTable {
  readonly #connection: DuckDBConnection;
  readonly #shape: TableShape;
  readonly #doubles: readonly ComparedColumn[];
  readonly #forms = new Map<string, { readonly at: number; readonly form: WordForm }>();

  private constructor(connection: DuckDBConnection, shape: TableShape) {
    this.#connection = connection;
    this.#shape = shape;
    this.#doubles = partColumns(shape).filter(({ form }) => form === 'double');
  }

  /** An empty one; it takes the place of an earlier one. `folder` is the place of the folder, from 0. */
  static async create(connection: DuckDBConnection, shape: TableShape): Promise<WordTable> {
    const words = new WordTable(connection, shape);
    const doubles = words.#doubles.map((_, at) => `, x${at} DOUBLE`).join('');
    await connection.run(
      `CREATE OR REPLACE TABLE word (folder INTEGER, form INTEGER, id VARCHAR, version BIGINT, gone BOOLEAN, h VARCHAR${doubles})`,
    );
    return words;
  }

  get forms(): readonly WordForm[] {
    return [...this.#forms.values()].map(({ form }) => form);
  }

  get doubles(): readonly ComparedColumn[] {
    return this.#doubles;
  }

  /** Rows of a table in a folder. Throws `CsvProblem`. */
  async addFolder(
    lake: LakeReader,
    { folder, table }: { readonly folder: number; readonly table: FolderTable },
  ): Promise<number> {
    const columns = told(this.#shape).filter(({ name, lake: { modelType } }) =>
      table.attributes.some(attribute => attribute.name === name && attribute.dataType === modelType),
    );
    const at = this.#formAt(columns);
    const places = columns.map(({ name }) => table.attributes.findIndex(attribute => attribute.name === name));
    const place = (name: string) => table.attributes.findIndex(attribute => attribute.name === name);
    let rows = 0;
    for (const path of table.files) {
      for await (const read of readCsvRows(lake, path)) {
        const found = read.map(row =>
          wordOf(row, { columns, places, gone: place(IS_DELETE), version: place(VERSION) }),
        );
        await this.#append({ folder, at, columns }, found);
        rows += read.length;
      }
    }
    return rows;
  }

  /** Changes that wait: of each id the newest, as readers of a folder would find it. */
  async addWaiting(folder: number, files: readonly Placed[]): Promise<void> {
    if (files.length === 0) return;
    const columns = told(this.#shape);
    const doubles = this.#doubles.map(column => `, ${cellSql(column)}`).join('');
    await this.#connection.run(`INSERT INTO word SELECT ${folder}, ${this.#formAt(columns)}, lower(CAST("Id" AS VARCHAR)),
      NULL, __d, ${digestSql(columns)}${doubles} FROM (${relationSql(this.#shape, files)})
      QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY __e DESC, __v DESC, "SinkModifiedOn" DESC, __d DESC, __s DESC) = 1`);
  }

  #formAt(columns: readonly ComparedColumn[]): number {
    const key = JSON.stringify(columns.map(({ name }) => name));
    const found = this.#forms.get(key);
    if (found !== undefined) return found.at;
    const names = new Set(columns.map(({ name }) => name));
    const doubles = this.#doubles.flatMap(({ name }, at) => (names.has(name) ? [at] : []));
    const at = this.#forms.size;
    this.#forms.set(key, { at, form: { columns, doubles } });
    return at;
  }

  async #append(
    {
      folder,
      at,
      columns,
    }: { readonly folder: number; readonly at: number; readonly columns: readonly ComparedColumn[] },
    words: readonly Word[],
  ): Promise<void> {
    const doubleAt = this.#doubles.map(({ name }) => columns.findIndex(column => column.name === name));
    const appender = await this.#connection.createAppender('word');
    for (let start = 0; start < words.length; start += CHUNK_ROWS) {
      const some = words.slice(start, start + CHUNK_ROWS);
      const types = [INTEGER, INTEGER, VARCHAR, BIGINT, BOOLEAN, VARCHAR, ...this.#doubles.map(() => DOUBLE)];
      const chunk = DuckDBDataChunk.create(types, some.length);
      chunk.setColumns([
        some.map(() => folder),
        some.map(() => at),
        some.map(({ id }) => id),
        some.map(({ version }) => version),
        some.map(({ gone }) => gone),
        some.map(({ cells }) => digest(columns, cells)),
        ...doubleAt.map(place => some.map(({ cells }) => numberOrNull(cells[place]))),
      ]);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }
}

/** What the environment tells of a row: neither when we took it in, nor the version that readers order by. */
function told(shape: TableShape): ComparedColumn[] {
  return partColumns(shape).filter(
    ({ lake: { role, source } }) => role !== 'sink' && role !== 'is-delete' && source?.name !== VERSION,
  );
}

interface Word {
  readonly id: string;
  readonly version: bigint | null;
  readonly gone: boolean;
  readonly cells: readonly Cell[];
}

function wordOf(
  { fields }: CsvRow,
  {
    columns,
    places,
    gone,
    version,
  }: {
    readonly columns: readonly ComparedColumn[];
    readonly places: readonly number[];
    readonly gone: number;
    readonly version: number;
  },
): Word {
  const text = (at: number) => fields[at]?.text ?? '';
  const cells = columns.map((column, n) => {
    const field = fields[places[n] ?? -1];
    return field === undefined || (!field.quoted && field.text === '') ? null : canonical(column, field.text);
  });
  return {
    id: text(0).toLowerCase(),
    version: /^-?\d{1,18}$/.test(text(version)) ? BigInt(text(version)) : null,
    gone: text(gone).toLowerCase() === 'true',
    cells,
  };
}

function numberOrNull(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}
