import type { Administration, DatabaseControl, DatabaseSummary } from '../api/administration.ts';
import { Fault } from '../core/fault.ts';
import type { LakeContents } from '../engine/control.ts';
import type { DatabaseBook } from '../ledger/databases.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { dropDatabase } from './database-drop.ts';
import { contentsOfLake, tablesOfLake } from './database-files.ts';
import type { Log } from './log.ts';
import { Turns } from './turns.ts';
import { LedgerUsers } from './user-control.ts';

/** Lake databases as the operator sees them. */
export class LedgerDatabases implements DatabaseControl {
  readonly #databases: DatabaseBook;
  readonly #log: Log;
  readonly #turns = new Turns();

  constructor({ databases, log }: { readonly databases: DatabaseBook; readonly log: Log }) {
    this.#databases = databases;
    this.#log = log;
  }

  async list(): Promise<readonly DatabaseSummary[]> {
    const all = await this.#databases.list();
    return Promise.all(all.map(async entry => ({ ...entry, tables: await tablesOfLake(entry.lakePath) })));
  }

  async contents(name: string): Promise<LakeContents> {
    const entry = (await this.#databases.list()).find(one => one.name === name);
    if (entry === undefined) throw new Fault('sql/database-unknown', { database: name });
    return contentsOfLake(entry.lakePath);
  }

  drop(database: string, { keepFiles }: { readonly keepFiles: boolean }) {
    // Whoever asked may go away: what was noted is done.
    const { signal } = new AbortController();
    const parts = { databases: this.#databases, log: this.#log };
    // Of two that ask at once the second hears that there is none, not that files went while it looked.
    return this.#turns.take(database, () => dropDatabase(parts, { database, user: null, keepFiles, signal }));
  }
}

/** Users and databases of a ledger, for the API. */
export function administrationOf({ ledger, log }: { readonly ledger: Ledger; readonly log: Log }): Administration {
  return {
    users: new LedgerUsers({ users: ledger.users, log }),
    databases: new LedgerDatabases({ databases: ledger.databases, log }),
  };
}
