import type { Session } from '../batch/duckdb.ts';
import type { DatabaseView } from './database-view.ts';
import type { DatabaseEntry, SqlUser } from './directory.ts';
import type { Tree } from './sql-tree.ts';

/** What `pg_catalog` says of a client and its server. */
export interface SessionFacts {
  readonly database: string;
  readonly user: SqlUser;
  /** Those that the user may see. */
  readonly databases: readonly DatabaseEntry[];
  /** Names of all users. */
  readonly users: readonly string[];
  readonly processId: number;
  readonly applicationName: string;
  readonly clientAddress: string;
  readonly serverPort: number;
  readonly isEncrypted: boolean;
  readonly startedAtMs: number;
  /** Current settings, as SHOW answers them. */
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * `pg_catalog` and `information_schema` of one database for one statement: how names, calls and casts of a client's tree
 * that belong to PostgreSQL's catalogue are said in the engine's SQL. Each method answers null for what is not its own.
 * What it answers is trusted: it is not checked again.
 */
export interface CatalogueDoor {
  /** A relation of these schemas, or an unqualified name of `pg_catalog`: a quoted name, or a SELECT in brackets. */
  relation(name: { readonly schema: string | null; readonly name: string }): string | null;
  /** A function call or operator (class FUNCTION), its arguments already rewritten: the expression in its place. */
  call(node: Tree): Tree | null;
  /** A cast (class CAST), its child already rewritten, to a type of PostgreSQL's that the engine does not know. */
  cast(node: Tree): Tree | null;
  /** A column reference that is a value of the session (`current_user`, `current_catalog`, `session_user`, ...). */
  column(node: Tree): Tree | null;
  /** A function in FROM (TABLE_FUNCTION), its arguments already rewritten: what stands there instead. */
  source(node: Tree): Tree | null;
  /** An expression of the outermost select list, already rewritten, that prints as a name (`regclass`, `regproc`). */
  output(node: Tree): Tree | null;
}

/** Opens the catalogue as a view shows it. Tables are made at most once for each `catalogueVersion` of a database. */
export type OpenCatalogue = (parts: {
  readonly session: Session;
  readonly view: DatabaseView;
  readonly facts: SessionFacts;
  readonly signal: AbortSignal;
}) => Promise<CatalogueDoor>;
