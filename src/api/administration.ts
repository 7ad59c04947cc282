import type { Role, UserName } from '../core/user-name.ts';
import type { LakeContents } from '../engine/control.ts';
import type { DatabaseEntry, SqlUser } from '../workspace/directory.ts';

/*
 * What the service lets its operator do with users and lake databases. Each change is in the audit under the operator's
 * name. Every failure is a `Fault`.
 */

/** A user as shown: nothing of its password. */
export interface UserView extends SqlUser {
  /** ISO. */
  readonly createdAt: string;
  /** May not sign in. */
  readonly disabled: boolean;
}

export interface NewUser {
  readonly name: UserName;
  readonly role: Role;
  readonly databases: 'all' | readonly string[];
  readonly password: string;
}

export interface UserControl {
  /** By name. */
  list(): Promise<readonly UserView[]>;
  /** `sql/exists`, `sql/database-unknown`; `input/invalid` for a password that is too short. */
  create(user: NewUser): Promise<UserView>;
  /** `sql/user-unknown`, as all that follow. */
  change(name: string, change: { readonly role?: Role; readonly disabled?: boolean }): Promise<UserView>;
  setPassword(name: string, password: string): Promise<void>;
  /** All of them or none. `sql/database-unknown`. */
  grant(name: string, databases: 'all' | readonly string[]): Promise<UserView>;
  /** As `grant`; `input/invalid` for some of a user who may use all. */
  revoke(name: string, databases: 'all' | readonly string[]): Promise<UserView>;
  remove(name: string): Promise<void>;
}

/** A lake database as shown. */
export interface DatabaseSummary extends DatabaseEntry {
  /** ISO. */
  readonly createdAt: string;
  /** When a link last left it with its data kept; null: none did. */
  readonly keptAt: string | null;
  /** A drop of it began and is not done. */
  readonly dropping: boolean;
  /** Tables that have data in its lake; null: the lake is not there. */
  readonly tables: number | null;
}

export interface DatabaseControl {
  /** By name. */
  list(): Promise<readonly DatabaseSummary[]>;
  /** What is in its lake, so that a person sees what a drop would remove. `sql/database-unknown`. */
  contents(name: string): Promise<LakeContents>;
  /** Answers the files of others that stay. `sql/in-use` while a link uses it. Repeats after an interruption. */
  drop(name: string, options: { readonly keepFiles: boolean }): Promise<{ readonly foreign: readonly string[] }>;
}

export interface Administration {
  readonly users: UserControl;
  readonly databases: DatabaseControl;
}
