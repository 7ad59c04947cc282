import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { ScramVerifier } from '../core/scram.ts';
import { parseUserName, type Role, type UserName } from '../core/user-name.ts';
import { writeAudit } from './audit.ts';
import type { LedgerDatabase, Statements } from './database.ts';
import type { LedgerSchema } from './schema.ts';

/** A user as kept, without what checks the password. */
export interface LedgerUser {
  readonly name: UserName;
  readonly role: Role;
  /** Databases that were granted; a System Administrator uses all in any case. */
  readonly databases: 'all' | readonly string[];
  /** ISO. */
  readonly createdAt: string;
  /** May not sign in. */
  readonly disabled: boolean;
}

/** What of a user changes while it lives; absent: as it is. */
export type UserChange = Partial<Pick<LedgerUser, 'role' | 'disabled'>>;

/** Everyone in a list that catalogues and people read whole. */
const USERS_MAX = 1_000;

/** Who signs in to the SQL endpoint and what they may use. Each change is one transaction with its line in the audit. */
export class UserBook {
  readonly #database: LedgerDatabase;
  readonly #actor: string;
  readonly #clock: Clock;

  constructor(parts: { readonly database: LedgerDatabase; readonly actor: string; readonly clock: Clock }) {
    this.#database = parts.database;
    this.#actor = parts.actor;
    this.#clock = parts.clock;
  }

  /** By name. */
  list(): Promise<LedgerUser[]> {
    return this.#database.reader().read(async statements => {
      const rows = await statements.selectFrom('users').selectAll().orderBy('name').execute();
      const grants = await statements.selectFrom('grants').selectAll().orderBy('database').execute();
      return rows.map(row =>
        userOf(
          row,
          grants.filter(grant => grant.user_id === row.id).map(({ database }) => database),
        ),
      );
    });
  }

  /** With what checks its password; null: there is none of this name. */
  find(name: string): Promise<(LedgerUser & { readonly verifier: ScramVerifier }) | null> {
    return this.#database.reader().read(async statements => {
      const row = await statements.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      if (row === undefined) return null;
      const verifier = {
        iterations: row.scram_iterations,
        salt: row.scram_salt,
        storedKey: row.scram_stored_key,
        serverKey: row.scram_server_key,
      };
      return { ...userOf(row, await grantsOf(statements, row.id)), verifier };
    });
  }

  /** `sql/exists`: the name is taken; `sql/database-unknown`: a database is not there. */
  create(user: {
    readonly name: UserName;
    readonly role: Role;
    readonly databases: 'all' | readonly string[];
    readonly verifier: ScramVerifier;
  }): Promise<LedgerUser> {
    const { name, role, databases, verifier } = user;
    return this.#database.transaction(async statements => {
      const users = await statements.selectFrom('users').select('name').execute();
      if (users.some(other => other.name === name)) throw new Fault('sql/exists', { user: name });
      if (users.length >= USERS_MAX) {
        throw new Fault('input/invalid', { user: name, reason: `there are ${USERS_MAX} users, which is the limit` });
      }
      const created_at = new Date(this.#clock.nowMs()).toISOString();
      const all_databases = Number(databases === 'all');
      const row = { name, role, ...scramRow(verifier), all_databases, created_at, disabled: 0 };
      await statements.insertInto('users').values(row).execute();
      const { id } = await rowOf(statements, name);
      for (const database of databases === 'all' ? [] : databases) await grant(statements, { id, database });
      await this.#write(statements, 'user created', { user: name, role, databases: databasesText(databases) });
      return viewOf(statements, name);
    });
  }

  /** `sql/user-unknown`. */
  change(name: string, change: UserChange): Promise<LedgerUser> {
    return this.#changed(name, async statements => {
      const { role, disabled } = change;
      const values = {
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled: Number(disabled) }),
      };
      if (Object.keys(values).length > 0) {
        await statements.updateTable('users').set(values).where('name', '=', name).execute();
      }
      await this.#write(statements, 'user changed', { user: name, ...change });
    });
  }

  setVerifier(name: string, verifier: ScramVerifier): Promise<LedgerUser> {
    return this.#changed(name, async statements => {
      await statements.updateTable('users').set(scramRow(verifier)).where('name', '=', name).execute();
      await this.#write(statements, 'password replaced', { user: name });
    });
  }

  /** All of them or none. `sql/database-unknown`: one is not there. What was granted already stays so. */
  grant(name: string, databases: 'all' | readonly string[]): Promise<LedgerUser> {
    return this.#changed(name, async (statements, id) => {
      if (databases === 'all') await setAll(statements, id, 1);
      else for (const database of databases) await grant(statements, { id, database });
      await this.#write(statements, 'databases granted', { user: name, databases: databasesText(databases) });
    });
  }

  /** All of them or none. `input/invalid`: some, of a user who may use all. What was not granted is no failure. */
  revoke(name: string, databases: 'all' | readonly string[]): Promise<LedgerUser> {
    return this.#changed(name, async (statements, id) => {
      const row = await rowOf(statements, name);
      if (databases === 'all') await setAll(statements, id, 0);
      else if (row.all_databases === 1) {
        throw new Fault('input/invalid', { user: name, reason: 'this user may use all; revoke all first' });
      }
      for (const database of databases === 'all' ? [] : databases) {
        await requireDatabase(statements, database);
        await statements.deleteFrom('grants').where('user_id', '=', id).where('database', '=', database).execute();
      }
      await this.#write(statements, 'databases revoked', { user: name, databases: databasesText(databases) });
    });
  }

  /** With its rights; views that it made stay, under its name. `sql/user-unknown`. */
  async remove(name: string): Promise<void> {
    await this.#database.transaction(async statements => {
      const { id } = await rowOf(statements, name);
      await statements.deleteFrom('users').where('id', '=', id).execute();
      await this.#write(statements, 'user deleted', { user: name });
    });
  }

  #changed(name: string, work: (statements: Statements, id: number) => Promise<void>): Promise<LedgerUser> {
    return this.#database.transaction(async statements => {
      const { id } = await rowOf(statements, name);
      await work(statements, id);
      return viewOf(statements, name);
    });
  }

  #write(statements: Statements, action: string, details: object): Promise<void> {
    return writeAudit(statements, this.#clock, { actor: this.#actor, action, link: null, details });
  }
}

type UserRow = Omit<LedgerSchema['users'], 'id'> & { readonly id: number };

/** `sql/user-unknown`: there is none. */
export async function rowOf(statements: Statements, name: string): Promise<UserRow> {
  const row = await statements.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
  if (row === undefined) throw new Fault('sql/user-unknown', { user: name });
  return row;
}

/** `sql/database-unknown` where there is none, or it is being dropped. */
export async function requireDatabase(statements: Statements, database: string): Promise<void> {
  const found = await statements
    .selectFrom('databases')
    .select('name')
    .where('name', '=', database)
    .where('dropping', '=', 'no')
    .executeTakeFirst();
  if (found === undefined) throw new Fault('sql/database-unknown', { database });
}

async function grant(
  statements: Statements,
  { id, database }: { readonly id: number; readonly database: string },
): Promise<void> {
  await requireDatabase(statements, database);
  await statements
    .insertInto('grants')
    .values({ user_id: id, database })
    .onConflict(conflict => conflict.doNothing())
    .execute();
}

async function setAll(statements: Statements, id: number, all_databases: 0 | 1): Promise<void> {
  await statements.updateTable('users').set({ all_databases }).where('id', '=', id).execute();
}

export async function grantsOf(statements: Statements, id: number): Promise<string[]> {
  const rows = await statements
    .selectFrom('grants')
    .select('database')
    .where('user_id', '=', id)
    .orderBy('database')
    .execute();
  return rows.map(({ database }) => database);
}

async function viewOf(statements: Statements, name: string): Promise<LedgerUser> {
  const row = await rowOf(statements, name);
  return userOf(row, await grantsOf(statements, row.id));
}

function userOf(row: UserRow, databases: readonly string[]): LedgerUser {
  return {
    name: parseUserName(row.name),
    role: row.role,
    databases: row.all_databases === 1 ? 'all' : databases,
    createdAt: row.created_at,
    disabled: row.disabled === 1,
  };
}

function scramRow({ iterations, salt, storedKey, serverKey }: ScramVerifier) {
  return {
    scram_iterations: iterations,
    scram_salt: salt,
    scram_stored_key: storedKey,
    scram_server_key: serverKey,
  };
}

function databasesText(databases: 'all' | readonly string[]): string {
  return databases === 'all' ? 'all' : databases.join(',');
}
