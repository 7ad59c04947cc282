import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { writeAudit } from './audit.ts';
import type { LedgerDatabase, Statements } from './database.ts';
import { grantsOf, requireDatabase, rowOf } from './users.ts';

/** A lake database as kept. Times are ISO. */
export interface LakeDatabaseEntry {
  readonly name: string;
  readonly lakePath: string;
  /** Name of the link that uses it, also while that link is paused or being removed; null: none. */
  readonly link: string | null;
  readonly createdAt: string;
  /** When a link last left it with its data kept; null: none did. */
  readonly keptAt: string | null;
  /** A drop of it began and is not done. */
  readonly dropping: boolean;
}

/** A view as its maker wrote it. */
export interface LedgerView {
  readonly name: string;
  readonly sql: string;
  readonly owner: string;
  /** ISO. */
  readonly createdAt: string;
}

/** A drop that began: what is left to do. */
export interface PendingDrop {
  readonly database: string;
  readonly lakePath: string;
  /** The link whose mark the lake has, as long as it is still the lake that is meant. */
  readonly lakeId: string;
}

/** Who acts: a user of the SQL endpoint, whose rights are asked, or (null) the operator of the service. */
type Acting = string | null;

const VIEWS_MAX = 1_000;
const VIEW_SQL_CHARACTERS_MAX = 1_000_000;
const VIEW_NAME_CHARACTERS_MAX = 63;

/** Lake databases, their views, and drops. Rights are asked inside the transaction that does what they are for. */
export class DatabaseBook {
  readonly #database: LedgerDatabase;
  readonly #actor: string;
  readonly #clock: Clock;

  constructor(parts: { readonly database: LedgerDatabase; readonly actor: string; readonly clock: Clock }) {
    this.#database = parts.database;
    this.#actor = parts.actor;
    this.#clock = parts.clock;
  }

  /** By name, also those that are being dropped. */
  list(): Promise<LakeDatabaseEntry[]> {
    return this.#database.reader().read(async statements => {
      const rows = await statements
        .selectFrom('databases')
        .leftJoin('links', 'links.id', 'databases.link_id')
        .selectAll('databases')
        .select('links.name as link')
        .orderBy('databases.name')
        .execute();
      return rows.map(row => ({
        name: row.name,
        lakePath: row.lake_path,
        link: row.link,
        createdAt: row.created_at,
        keptAt: row.kept_at,
        dropping: row.dropping !== 'no',
      }));
    });
  }

  /** By name; none for a database that is not there. */
  views(database: string): Promise<LedgerView[]> {
    return this.#database.reader().read(async statements => {
      const rows = await statements
        .selectFrom('views')
        .selectAll()
        .where('database', '=', database)
        .orderBy('name')
        .execute();
      return rows.map(({ name, sql, owner, created_at: createdAt }) => ({ name, sql, owner, createdAt }));
    });
  }

  /** `sql/exists`, `sql/denied`, `sql/database-unknown`; `input/sql` beyond a limit. */
  async createView(view: {
    readonly database: string;
    readonly name: string;
    readonly sql: string;
    readonly user: string;
    readonly replace: boolean;
  }): Promise<void> {
    const { database, name, sql, user, replace } = view;
    refuseLong(view);
    await this.#database.transaction(async statements => {
      const isAdministrator = await requireMaker(statements, view);
      const views = await statements
        .selectFrom('views')
        .select(['name', 'owner'])
        .where('database', '=', database)
        .execute();
      const there = await viewRow(statements, view);
      if (there !== undefined && !replace) throw new Fault('sql/exists', { database, view: there.name });
      if (there !== undefined && !isAdministrator) requireOwner(view, there);
      if (there === undefined && views.length >= VIEWS_MAX) throw tooMuch(`a database has at most ${VIEWS_MAX} views`);
      const created_at = new Date(this.#clock.nowMs()).toISOString();
      if (there === undefined) {
        await statements.insertInto('views').values({ database, name, sql, owner: user, created_at }).execute();
      } else {
        // As in PostgreSQL a replaced view stays its owner's.
        await statements
          .updateTable('views')
          .set({ sql })
          .where('database', '=', database)
          .where('name', '=', there.name)
          .execute();
      }
      await this.#write(statements, user, {
        action: there === undefined ? 'view created' : 'view replaced',
        database,
        view: name,
      });
    });
  }

  /** Whether there was one. `sql/denied`, `sql/database-unknown`. */
  dropView(view: { readonly database: string; readonly name: string; readonly user: string }): Promise<boolean> {
    const { database, user } = view;
    return this.#database.transaction(async statements => {
      const isAdministrator = await requireMaker(statements, view);
      const there = await viewRow(statements, view);
      if (there === undefined) return false;
      if (!isAdministrator) requireOwner(view, there);
      await statements.deleteFrom('views').where('database', '=', database).where('name', '=', there.name).execute();
      await this.#write(statements, user, { action: 'view dropped', database, view: there.name });
      return true;
    });
  }

  /**
   * Drops a database that no link uses. Kept files: its entry, views and grants are gone when this resolves, and nothing
   * is left to do (null). Else the drop is noted, nobody connects or links there any more, and it is to be finished. A drop
   * that was noted before is answered again. `sql/in-use`, `sql/database-unknown`; `sql/denied` for a user who is no
   * System Administrator.
   */
  beginDrop(drop: {
    readonly database: string;
    readonly user: Acting;
    readonly keepFiles: boolean;
  }): Promise<PendingDrop | null> {
    const { database, user, keepFiles } = drop;
    return this.#database.transaction(async statements => {
      if (user !== null) await requireAdministrator(statements, { user, database });
      const row = await statements.selectFrom('databases').selectAll().where('name', '=', database).executeTakeFirst();
      if (row === undefined) throw new Fault('sql/database-unknown', { database });
      const { lake_path: lakePath, lake_id: lakeId } = row;
      const link = await statements
        .selectFrom('links')
        .select('name')
        .where(where => where.or([where('id', '=', row.link_id), where('lake_path', '=', lakePath)]))
        .executeTakeFirst();
      if (link !== undefined) throw new Fault('sql/in-use', { database, link: link.name });
      // Files that went already do not come back by asking for them.
      if (row.dropping === 'delete-files') return { database, lakePath, lakeId };
      await this.#write(statements, user, { action: 'database dropped', database, keepFiles });
      if (keepFiles) {
        await statements.deleteFrom('databases').where('name', '=', database).execute();
        return null;
      }
      const dropping = 'delete-files';
      await statements.updateTable('databases').set({ dropping }).where('name', '=', database).execute();
      return { database, lakePath, lakeId };
    });
  }

  /** The files are gone: so are the entry, its views and grants. */
  async finishDrop(database: string): Promise<void> {
    await this.#database.transaction(async statements => {
      await statements.deleteFrom('databases').where('name', '=', database).where('dropping', '!=', 'no').execute();
    });
  }

  /** Drops that began and are not done. */
  drops(): Promise<PendingDrop[]> {
    return this.#database.reader().read(async statements => {
      const rows = await statements.selectFrom('databases').selectAll().where('dropping', '!=', 'no').execute();
      return rows.map(row => ({ database: row.name, lakePath: row.lake_path, lakeId: row.lake_id }));
    });
  }

  /** A user of the endpoint is told apart from a user of this machine of the same name. */
  #write(
    statements: Statements,
    user: Acting,
    { action, ...details }: { readonly action: string } & Record<string, unknown>,
  ) {
    const actor = user === null ? this.#actor : `sql:${user}`;
    return writeAudit(statements, this.#clock, { actor, action, link: null, details });
  }
}

type Asked = { readonly user: string; readonly database: string };

/** `sql/denied` for one who may make no views there; answers whether it is a System Administrator. */
async function requireMaker(statements: Statements, { user, database }: Asked): Promise<boolean> {
  const row = await signedIn(statements, { user, database });
  const isAdministrator = row.role === 'System Administrator';
  if (row.role === 'Reader') throw denied({ user, database, reason: 'a Reader makes no views' });
  const mayUse = isAdministrator || row.all_databases === 1 || (await grantsOf(statements, row.id)).includes(database);
  if (!mayUse) throw denied({ user, database });
  await requireDatabase(statements, database);
  return isAdministrator;
}

async function requireAdministrator(statements: Statements, asked: Asked): Promise<void> {
  const { role } = await signedIn(statements, asked);
  if (role !== 'System Administrator')
    throw denied({ ...asked, reason: 'only a System Administrator drops databases' });
}

/** Looked up again: it may have been deleted or disabled since it signed in. */
async function signedIn(statements: Statements, { user, database }: Asked) {
  const row = await rowOf(statements, user).catch((cause: unknown) => {
    throw new Fault('sql/denied', { user, database }, { cause });
  });
  if (row.disabled === 1) throw denied({ user, database });
  return row;
}

async function viewRow(
  statements: Statements,
  { database, name }: { readonly database: string; readonly name: string },
): Promise<{ readonly name: string; readonly owner: string } | undefined> {
  // The column compares without case.
  return statements
    .selectFrom('views')
    .select(['name', 'owner'])
    .where('database', '=', database)
    .where('name', '=', name)
    .executeTakeFirst();
}

function requireOwner(
  { user, database }: Asked,
  { name, owner }: { readonly name: string; readonly owner: string },
): void {
  if (owner !== user) throw denied({ user, database, reason: `view ${name} is another user's` });
}

function refuseLong({ name, sql }: { readonly name: string; readonly sql: string }): void {
  if (name.length < 1 || name.length > VIEW_NAME_CHARACTERS_MAX) {
    throw tooMuch(`a view's name has 1 to ${VIEW_NAME_CHARACTERS_MAX} characters`);
  }
  if (sql.length > VIEW_SQL_CHARACTERS_MAX) throw tooMuch(`a view has at most ${VIEW_SQL_CHARACTERS_MAX} characters`);
}

/** SQLSTATE: program limit exceeded (PostgreSQL documentation, appendix "Error Codes"). */
function tooMuch(reason: string): Fault {
  return new Fault('input/sql', { reason, sqlstate: '54000' });
}

function denied(details: Asked & { readonly reason?: string }): Fault {
  return new Fault('sql/denied', details);
}
