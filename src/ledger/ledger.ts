import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import { writeAudit } from './audit.ts';
import { type LedgerDatabase, openLedgerDatabase, type Statements } from './database.ts';
import { claimDatabase, releaseDatabase } from './database-claims.ts';
import { DatabaseBook } from './databases.ts';
import { insertTables, type LinkIdentity, nameOf, refuseLink, requireTable, tableRow } from './link-checks.ts';
import {
  type LedgerLink,
  type LedgerLinkChange,
  type LedgerTable,
  type LedgerTableChange,
  linkChangeOf,
  linkOf,
  rowOf,
  tableChangeOf,
} from './link-rows.ts';
import { createKeyFile, parseSecretKey, readKeyFile, SecretBox } from './secrets.ts';
import { UserBook } from './users.ts';

/** A removal that began: what is left to do after an interruption. */
export interface PendingRemoval {
  /** Null: the whole link. */
  readonly table: TableName | null;
  readonly deleteData: boolean;
  /** Of the whole link: files that others put into the lake go too. */
  readonly deleteForeign: boolean;
}

export interface AuditEntry {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly link: string | null;
  readonly details: string;
}

/**
 * Control state: which links and tables were chosen, their secrets, and who chose them. It holds nothing of the data:
 * losing it loses no row (I-7). Every change is one transaction with its line in the audit.
 */
export interface Ledger {
  /** Who signs in to the SQL endpoint. */
  readonly users: UserBook;
  /** Lake databases: of links, and of those that ended with their data kept. */
  readonly databases: DatabaseBook;
  links(): Promise<LedgerLink[]>;
  /** What was begun and not finished, for a link. */
  removals(linkId: string): Promise<PendingRemoval[]>;
  /**
   * Keeps a new link with its tables and secret. `link/exists`: the name is taken; `link/limit`: its environment (by
   * organization id) has `linksMax` links; `lake/foreign`: another link has this lake; `lake/name-taken`: another lake's
   * database has this name, where `proposal` is one that is free; `store/busy`: the lake's database is being dropped. Two
   * callers at once cannot both pass, whichever process they are in.
   */
  addLink(link: LedgerLink, options: { readonly secret: string; readonly linksMax: number }): Promise<void>;
  /** `addLink`'s refusals, before the work of making a link. */
  checkLink(link: LinkIdentity, linksMax: number): Promise<void>;
  /** Keeps other choices of a link; `action` is how the audit calls it. */
  changeLink(linkId: string, change: LedgerLinkChange, action: string): Promise<void>;
  /** Keeps other choices of tables. `link/table-unknown`: none is changed. */
  changeTables(
    linkId: string,
    tables: readonly TableName[],
    options: { readonly change: LedgerTableChange; readonly action: string },
  ): Promise<void>;
  /** `link/table-exists` when one of them is chosen already (then none is added). */
  addTables(linkId: string, tables: readonly LedgerTable[]): Promise<void>;
  /** The removal is kept until `finish...`, so that an interrupted one can go on. `link/table-unknown`: none is removed. */
  beginRemoveTables(
    linkId: string,
    tables: readonly TableName[],
    options: { readonly deleteData: boolean },
  ): Promise<void>;
  finishRemoveTables(linkId: string, tables: readonly TableName[]): Promise<void>;
  beginRemoveLink(
    linkId: string,
    options: { readonly deleteData: boolean; readonly deleteForeign: boolean },
  ): Promise<void>;
  finishRemoveLink(linkId: string): Promise<void>;
  /** The link's client secret. `ledger/secret` when it cannot be opened. */
  secret(linkId: string): Promise<string>;
  /** Keeps another client secret in its place. */
  replaceSecret(linkId: string, secret: string): Promise<void>;
  /** Newest first. */
  audit(options: { readonly entriesMax: number }): Promise<AuditEntry[]>;
  close(): Promise<void>;
}

const KEY_CHECK = 'key-check';

/**
 * Opens the control database, newest schema, and its key: `secretKey` when given, else the file at `keyPath`, which is
 * made when the database holds nothing sealed yet. `ledger/broken`, `ledger/newer`, `ledger/secret` (another key).
 */
export async function openLedger(options: {
  readonly path: string;
  readonly keyPath: string;
  readonly secretKey: string | null;
  readonly actor: string;
  readonly clock: Clock;
}): Promise<Ledger> {
  const given = options.secretKey === null ? null : parseSecretKey(options.secretKey);
  const database = await openLedgerDatabase({ path: options.path, clock: options.clock });
  try {
    const box = await openBox(database, { given, keyPath: options.keyPath });
    return new SqliteLedger({ database, box, actor: options.actor, clock: options.clock });
  } catch (failure) {
    await database.close();
    throw failure;
  }
}

async function openBox(
  database: LedgerDatabase,
  options: { readonly given: Buffer | null; readonly keyPath: string },
): Promise<SecretBox> {
  return database.transaction(async statements => {
    const check = await statements.selectFrom('secrets').selectAll().where('name', '=', KEY_CHECK).executeTakeFirst();
    if (check !== undefined) {
      const key = options.given ?? readKeyFile(options.keyPath);
      if (key === null) throw new Fault('ledger/secret', { path: options.keyPath, reason: 'the key file is missing' });
      const box = new SecretBox(key);
      box.open(KEY_CHECK, check);
      return box;
    }
    const box = new SecretBox(options.given ?? readKeyFile(options.keyPath) ?? createKeyFile(options.keyPath));
    await statements
      .insertInto('secrets')
      .values({ name: KEY_CHECK, ...box.seal(KEY_CHECK, KEY_CHECK) })
      .execute();
    return box;
  });
}

class SqliteLedger implements Ledger {
  readonly users: UserBook;
  readonly databases: DatabaseBook;
  readonly #database: LedgerDatabase;
  readonly #box: SecretBox;
  readonly #actor: string;
  readonly #clock: Clock;

  constructor(parts: {
    readonly database: LedgerDatabase;
    readonly box: SecretBox;
    readonly actor: string;
    readonly clock: Clock;
  }) {
    this.#database = parts.database;
    this.#box = parts.box;
    this.#actor = parts.actor;
    this.#clock = parts.clock;
    this.users = new UserBook(parts);
    this.databases = new DatabaseBook(parts);
  }

  async links(): Promise<LedgerLink[]> {
    return this.#database.transaction(async statements => {
      const links = await statements.selectFrom('links').selectAll().orderBy('created_at').orderBy('name').execute();
      const tables = await statements
        .selectFrom('link_tables')
        .selectAll()
        .where('removing', '=', 'no')
        .orderBy('position')
        .execute();
      return links.map(link =>
        linkOf(
          link,
          tables.filter(table => table.link_id === link.id),
        ),
      );
    });
  }

  async removals(linkId: string): Promise<PendingRemoval[]> {
    const { statements } = this.#database;
    const link = await statements
      .selectFrom('links')
      .select(['removing', 'removing_foreign'])
      .where('id', '=', linkId)
      .executeTakeFirst();
    if (link !== undefined && link.removing !== 'no') {
      return [{ table: null, deleteData: link.removing === 'delete-data', deleteForeign: link.removing_foreign === 1 }];
    }
    const tables = await statements
      .selectFrom('link_tables')
      .select(['table_name', 'removing'])
      .where('link_id', '=', linkId)
      .where('removing', '!=', 'no')
      .execute();
    return tables.map(row => ({
      table: row.table_name as TableName,
      deleteData: row.removing === 'delete-data',
      deleteForeign: false,
    }));
  }

  async checkLink(link: LinkIdentity, linksMax: number): Promise<void> {
    await refuseLink(this.#database.statements, link, linksMax);
  }

  async addLink(link: LedgerLink, options: { readonly secret: string; readonly linksMax: number }): Promise<void> {
    await this.#database.transaction(async statements => {
      await refuseLink(statements, link, options.linksMax);
      await statements.insertInto('links').values(rowOf(link)).execute();
      await claimDatabase(statements, link, this.#clock);
      await insertTables(statements, link.id, link.tables);
      await statements
        .insertInto('secrets')
        .values({ name: link.id, ...this.#box.seal(link.id, options.secret) })
        .execute();
      await this.#write(statements, 'link created', link.name, { tables: link.tables.length, database: link.lakeName });
    });
  }

  async addTables(linkId: string, tables: readonly LedgerTable[]): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      for (const { table } of tables) {
        const found = await tableRow(statements, linkId, table);
        if (found !== undefined) throw new Fault('link/table-exists', { link, table });
      }
      await insertTables(statements, linkId, tables);
      await this.#write(statements, 'tables added', link, { tables: tables.map(one => one.table).join(',') });
    });
  }

  async beginRemoveTables(
    linkId: string,
    tables: readonly TableName[],
    options: { readonly deleteData: boolean },
  ): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      for (const table of tables) {
        await requireTable(statements, { id: linkId, name: link }, table);
        await statements
          .updateTable('link_tables')
          .set({ removing: options.deleteData ? 'delete-data' : 'keep-data' })
          .where('link_id', '=', linkId)
          .where('table_name', '=', table)
          .execute();
      }
      await this.#write(statements, 'tables removed', link, {
        tables: tables.join(','),
        deleteData: options.deleteData,
      });
    });
  }

  async finishRemoveTables(linkId: string, tables: readonly TableName[]): Promise<void> {
    if (tables.length === 0) return;
    await this.#database.transaction(async statements => {
      await statements
        .deleteFrom('link_tables')
        .where('link_id', '=', linkId)
        .where('removing', '!=', 'no')
        .where('table_name', 'in', [...tables])
        .execute();
    });
  }

  async beginRemoveLink(
    linkId: string,
    { deleteData, deleteForeign }: { readonly deleteData: boolean; readonly deleteForeign: boolean },
  ): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      await statements
        .updateTable('links')
        .set({ removing: deleteData ? 'delete-data' : 'keep-data', removing_foreign: Number(deleteForeign) })
        .where('id', '=', linkId)
        .execute();
      await this.#write(statements, 'link deleted', link, { deleteData, deleteForeign });
    });
  }

  async finishRemoveLink(linkId: string): Promise<void> {
    await this.#database.transaction(async statements => {
      await releaseDatabase(statements, linkId, this.#clock);
      await statements.deleteFrom('secrets').where('name', '=', linkId).execute();
      await statements.deleteFrom('link_tables').where('link_id', '=', linkId).execute();
      await statements.deleteFrom('links').where('id', '=', linkId).execute();
    });
  }

  async secret(linkId: string): Promise<string> {
    const row = await this.#database.statements
      .selectFrom('secrets')
      .selectAll()
      .where('name', '=', linkId)
      .executeTakeFirst();
    if (row === undefined) throw new Fault('ledger/secret', { secret: linkId, reason: 'there is none' });
    return this.#box.open(linkId, row);
  }

  async replaceSecret(linkId: string, secret: string): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      const sealed = this.#box.seal(linkId, secret);
      await statements.updateTable('secrets').set(sealed).where('name', '=', linkId).execute();
      await this.#write(statements, 'secret replaced', link, {});
    });
  }

  async changeLink(linkId: string, change: LedgerLinkChange, action: string): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      const values = linkChangeOf(change);
      if (Object.keys(values).length > 0) {
        await statements.updateTable('links').set(values).where('id', '=', linkId).execute();
      }
      await this.#write(statements, action, link, change);
    });
  }

  async changeTables(
    linkId: string,
    tables: readonly TableName[],
    { change, action }: { readonly change: LedgerTableChange; readonly action: string },
  ): Promise<void> {
    await this.#database.transaction(async statements => {
      const link = await nameOf(statements, linkId);
      const values = tableChangeOf(change);
      for (const table of tables) {
        await requireTable(statements, { id: linkId, name: link }, table);
        if (Object.keys(values).length === 0) continue;
        await statements
          .updateTable('link_tables')
          .set(values)
          .where('link_id', '=', linkId)
          .where('table_name', '=', table)
          .execute();
      }
      await this.#write(statements, action, link, { tables: tables.join(','), ...change });
    });
  }

  async audit(options: { readonly entriesMax: number }): Promise<AuditEntry[]> {
    return this.#database.statements
      .selectFrom('audit')
      .select(['at', 'actor', 'action', 'link', 'details'])
      .orderBy('id', 'desc')
      .limit(options.entriesMax)
      .execute();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #write(statements: Statements, action: string, link: string, details: object): Promise<void> {
    return writeAudit(statements, this.#clock, { actor: this.#actor, action, link, details });
  }
}
