import type { RelationInfo } from '../workspace/database-view.ts';
import type { DatabaseEntry } from '../workspace/directory.ts';

export type { RelationInfo } from '../workspace/database-view.ts';
export type { DatabaseEntry } from '../workspace/directory.ts';

/** A value as it is shown: whole numbers up to 32 bits, doubles and booleans as such; wider numbers, decimals, GUIDs, dates and times as exact text. */
export type SqlCell = string | number | boolean | null;

export interface SqlColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

/** Where the results of statements go, one after the other: `columns`, `rows` any number of times, then `done`. */
export interface ResultSink {
  columns(columns: readonly SqlColumn[]): void | Promise<void>;
  /** The next ones are asked for when this resolves. */
  rows(rows: readonly (readonly SqlCell[])[]): void | Promise<void>;
  /** A statement ended; `tag` says what it did (`SELECT 5`, `CREATE VIEW`). Without rows it comes alone. */
  done(tag: string): void | Promise<void>;
  /** Text that is the result itself (`COPY ... TO STDOUT`). */
  raw(text: string): void | Promise<void>;
  /** What a person should know beside the result. */
  notice(text: string): void;
}

/** `json`: one array. */
export type FileFormat = 'parquet' | 'csv' | 'json';

/** A lake database that is open for statements, in this process, whether a service runs or not. */
export interface SqlClient extends AsyncDisposable {
  /** Name of the database. */
  readonly database: string;
  databases(): Promise<readonly DatabaseEntry[]>;
  /** All relations of the database, by schema and name. */
  relations(signal: AbortSignal): Promise<readonly RelationInfo[]>;
  /** Goes on with another database. `sql/database-unknown`. */
  connect(database: string): Promise<void>;
  /**
   * Runs one statement as the endpoint would for a System Administrator; its result is whole, or this throws before the
   * first row. `input/sql` has `position` in its details (from 1, in UTF-16 units of `text`) where it is known. An abort
   * interrupts it and throws the signal's reason.
   */
  run(text: string, options: { readonly sink: ResultSink; readonly signal: AbortSignal }): Promise<void>;
  /**
   * Writes the rows of one query into a new file by the engine itself, so that they are never held here, and answers how
   * many. After a failure there may be a part of a file.
   */
  copy(
    query: string,
    options: { readonly path: string; readonly format: FileFormat; readonly signal: AbortSignal },
  ): Promise<{ readonly rows: number }>;
  close(): Promise<void>;
}
