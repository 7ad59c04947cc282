import type { ScramVerifier } from '../core/scram.ts';
import type { Role } from '../core/user-name.ts';

export type { Role };

/** Where a client goes that wants none in particular: always there, without a lake, open to everyone who may sign in. */
export const MAINTENANCE_DATABASE = 'postgres';

export interface SqlUser {
  /** 1 to 63 characters; compared as it is. */
  readonly name: string;
  readonly role: Role;
  /** Databases the user may connect to; `all` for System Administrators in any case. */
  readonly databases: 'all' | readonly string[];
}

export interface DatabaseEntry {
  /** The lake's name: `dataverse-<env>-<org>`. */
  readonly name: string;
  readonly lakePath: string;
  /** The link that uses it; null after it was unlinked with its data kept. */
  readonly link: string | null;
}

/** A view that a user made in schema `public`. */
export interface SavedView {
  readonly name: string;
  /** The query after `AS`, as it was written. */
  readonly sql: string;
  readonly owner: string;
  /** ISO. */
  readonly createdAt: string;
}

/** Who may connect where, and what users made: the ledger's part of a workspace. Read at every sign-in and statement that needs it. */
export interface Directory {
  /** Null: nobody of this name may sign in; the caller goes on as if there were one, so that names cannot be probed. */
  user(name: string): Promise<(SqlUser & { readonly verifier: ScramVerifier }) | null>;
  /** Those that have a lake, by name; `MAINTENANCE_DATABASE` and those that are being dropped are not among them. */
  databases(): Promise<readonly DatabaseEntry[]>;
  views(database: string): Promise<readonly SavedView[]>;
  /**
   * `sql/exists` where the name (without case) is taken and `replace` is false; `sql/denied` for a Reader, for one without
   * the database, and for the replacement of another's view by one who is no System Administrator.
   */
  createView(view: {
    readonly database: string;
    readonly name: string;
    readonly sql: string;
    readonly user: string;
    readonly replace: boolean;
  }): Promise<void>;
  /** False: there was none. `sql/denied` as for `createView`. */
  dropView(view: { readonly database: string; readonly name: string; readonly user: string }): Promise<boolean>;
  /**
   * Drops a database that no link uses: its entry, its views and grants, and unless `keepFiles` the files we wrote for
   * it. Repeats after a crash. `sql/in-use` while a link uses it, `sql/database-unknown` where there is none,
   * `sql/denied` for one who is no System Administrator, `input/invalid` for the maintenance database.
   */
  dropDatabase(drop: {
    readonly database: string;
    readonly user: string;
    readonly keepFiles: boolean;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/** Whether a user may connect to a database. */
export function mayUse(user: SqlUser, database: string): boolean {
  if (database === MAINTENANCE_DATABASE) return true;
  return user.role === 'System Administrator' || user.databases === 'all' || user.databases.includes(database);
}
