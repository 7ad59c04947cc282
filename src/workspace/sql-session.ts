import type { AsOf, DatabaseView, ReadTable } from './database-view.ts';

/** A column of a result, as a PostgreSQL client is told of it. */
export interface ResultField {
  readonly name: string;
  /** Object id of its type. */
  readonly typeOid: number;
  /** Bytes, or -1 for a type of varying length. */
  readonly typeSize: number;
  /** -1 where the type has none. */
  readonly typeModifier: number;
}

/** How a value is sent: PostgreSQL's text form, or its binary one. */
export type ValueFormat = 'text' | 'binary';

/** A parameter's value as a client sent it; null is NULL. */
export interface ParameterValue {
  readonly bytes: Uint8Array | null;
  readonly format: ValueFormat;
}

/** What one client's queries run in: a connection of the query engine of its own, with its settings. */
export interface QuerySession {
  /**
   * Parses and checks one query that reads, and finds out what it takes and gives. `parameterTypes`: object ids that the
   * client declares, in order; 0 or missing: found out. Throws `input/sql` with `sqlstate` and `position` (from 1, in
   * UTF-16 units of `text`) in its details where they are known.
   */
  prepare(
    text: string,
    options: {
      readonly view: DatabaseView;
      readonly parameterTypes: readonly number[];
      readonly signal: AbortSignal;
    },
  ): Promise<PreparedQuery>;
  /** Every table without a time of its own is read as of this; null: as it is now. */
  asOf: AsOf | null;
  /** What the client set; the session reads `TimeZone`, `DateStyle`, `IntervalStyle`, `extra_float_digits`, `bytea_output`. */
  readonly settings: ReadonlyMap<string, string>;
  set(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

/** A query that may run many times; each run sees the tables through the view it is given. */
export interface PreparedQuery {
  readonly parameterTypes: readonly number[];
  readonly fields: readonly ResultField[];
  /**
   * Runs it to its end: the result is whole, or this throws. Limits: `sql/timeout`, `sql/memory`, `sql/rows`,
   * `sql/temp-disk`. An abort interrupts it and throws the signal's reason.
   */
  run(options: {
    readonly view: DatabaseView;
    readonly parameters: readonly ParameterValue[];
    readonly signal: AbortSignal;
  }): Promise<QueryRows>;
}

/** A whole result at rest, read from its beginning, once. */
export interface QueryRows {
  readonly rowCount: number;
  readonly tables: readonly ReadTable[];
  /** The next rows, at most `max`, each value as its bytes (null is NULL); an empty array at the end. */
  next(max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]>;
  /** Frees what it holds; it is also freed with the session. */
  close(): Promise<void>;
}

/** One row's values as they are sent. */
export type EncodedRow = readonly (Uint8Array | null)[];
