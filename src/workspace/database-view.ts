import type { Session } from '../batch/duckdb.ts';
import type { LakeColumn } from '../core/shape.ts';

/**
 * A lake database as its clients see it: relations in schemas. `dbo` holds the tables of the lake and what is derived
 * from them, `lakelink` the system tables, `public` the views that users made. `pg_catalog` and `information_schema`
 * are made from this and are not in it.
 */
export type SchemaName = 'dbo' | 'lakelink' | 'public';

/** Where an unqualified name is looked for, in this order, after `pg_catalog`. */
export const SEARCH_PATH: readonly SchemaName[] = ['dbo', 'public', 'lakelink'];

export interface RelationColumn {
  readonly name: string;
  /** In the engine's words, for example `DECIMAL(38,4)`. */
  readonly sqlType: string;
  /** Longest text in characters, where the environment limits it; else null. */
  readonly length: number | null;
  readonly notNull: boolean;
  /** For people: a column's display name, or what it means; null: nothing to say. */
  readonly comment: string | null;
}

/** A relation without its rows: what a catalogue shows. */
export interface RelationInfo {
  readonly schema: SchemaName;
  /** As it is written without quotes where it is lower case. */
  readonly name: string;
  /** `table`: near real-time and snapshot tables. `view`: derived from one, a system table, or a user's. */
  readonly kind: 'table' | 'view';
  readonly columns: readonly RelationColumn[];
  /** Column names; none for a relation that may hold an id twice. */
  readonly primaryKey: readonly string[];
  readonly comment: string | null;
  /** About how many rows; null: not known without reading. */
  readonly rowEstimate: number | null;
  /** Bytes of its files; null: none of its own. */
  readonly bytes: number | null;
  /** The SQL of a user's view as it was written; null for all others. */
  readonly definition: string | null;
}

/** When a table is read as of. `sequence` is a number of the table's own log. */
export type AsOf =
  | { readonly is: 'commit'; readonly sequence: number }
  /** The newest commit at or before this time. */
  | { readonly is: 'time'; readonly ms: number };

/** A relation at one commit, held for a statement's whole life. */
export type Relation =
  /** Rows come from files or from what is known: `sql` is one SELECT in the engine's words, its columns those of `info`. */
  | {
      readonly info: RelationInfo;
      readonly is: 'rows';
      /** Null for what has no log of its own (system tables). */
      readonly read: ReadTable | null;
      /**
       * The SELECT of its rows; may make temporary tables in the session. Names files by absolute paths, so it is never
       * shown to a client and never checked as a client's SQL is. `columns`: names in lower case that the statement may
       * use (`columnsUsed` in relations/); all others may then be left out, which a table of many columns, and labels
       * and names beside lookups above all, are much cheaper by. Null or absent: it has all of `info`.
       */
      sql(session: Session, signal: AbortSignal, columns?: ReadonlySet<string> | null): Promise<string>;
    }
  /** A user's view: `info.definition` is parsed, checked and put in as the caller's own SQL would be. */
  | { readonly info: RelationInfo; readonly is: 'view' };

/** What was read of a table, for a person who wants to know. */
export interface ReadTable {
  readonly table: string;
  readonly sequence: number;
  readonly initialSyncCompleted: boolean;
}

export interface RelationName {
  /** As written, folded to lower case where it was not quoted; null: search `SEARCH_PATH`. */
  readonly schema: string | null;
  readonly name: string;
}

/**
 * One database as one statement (or one REPEATABLE READ transaction) sees it: whatever was found once is found again at
 * the same commit (I-5).
 */
export interface DatabaseView {
  readonly name: string;
  /**
   * The relation a name means, compared without case; null: there is none. As of another time: only relations of `dbo`,
   * and tables of texts by time only; `input/sql` for others, `sql/not-retained` where that time is no more (the message names the oldest that is).
   * A table whose log cannot be read throws its own fault, when it is named and not before (I-8).
   */
  find(
    name: RelationName,
    options: { readonly asOf: AsOf | null; readonly signal: AbortSignal },
  ): Promise<Relation | null>;
  /** All relations for the catalogue, by schema and name. May be some seconds old. Unreadable tables are left out. */
  relations(signal: AbortSignal): Promise<readonly RelationInfo[]>;
  /** Rises or changes whenever `relations` would answer other names, columns or comments. */
  catalogueVersion(signal: AbortSignal): Promise<string>;
}

/** A lake database that is open; makes a view of it per statement. */
export interface LakeDatabase extends AsyncDisposable {
  readonly name: string;
  /** `language`: LCID (1033) of the texts in `<table>_labels`; null: the first that a choice has. */
  view(options: { readonly language: number | null }): DatabaseView;
  close(): Promise<void>;
}

/** A column of the lake's files as a relation shows it. */
export function relationColumn({ name, sqlType, maxLength, source, role }: LakeColumn): RelationColumn {
  const isBounded = sqlType === 'VARCHAR' && maxLength > 0 && source?.kind !== 'memo';
  return {
    name,
    sqlType,
    length: isBounded ? maxLength : null,
    notNull: role === 'id',
    comment: null,
  };
}
