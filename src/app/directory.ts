import type { Clock } from '../core/clock.ts';
import { type Books, openBooks } from '../ledger/open-books.ts';
import type { DatabaseEntry, Directory, SavedView, SqlUser } from '../workspace/directory.ts';
import { dropDatabase } from './database-drop.ts';
import type { eraseKeptLake } from './database-files.ts';
import type { Log } from './log.ts';

/** A directory that is open. */
export interface OpenDirectory extends Directory, AsyncDisposable {
  /** Everyone, also who may not sign in, by name: for the catalogue. */
  users(): Promise<readonly SqlUser[]>;
  /** Changes with every change of the control database, in whichever process; cheap enough to ask at every statement. */
  version(): number;
  close(): Promise<void>;
}

/**
 * Opens the ledger's part of a workspace, also in a process beside the service: what is committed there is seen at the
 * next call, and no call that reads waits for one that writes. `ledger/broken`, `ledger/newer`.
 */
export async function openDirectory(options: {
  readonly ledgerPath: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What clears a lake; the real one unless a test says otherwise. */
  readonly erase?: typeof eraseKeptLake;
}): Promise<OpenDirectory> {
  const { ledgerPath: path, clock, log, erase } = options;
  return new LedgerDirectory(
    await openBooks({ path, clock, actor: 'sql' }),
    erase === undefined ? { log } : { log, erase },
  );
}

class LedgerDirectory implements OpenDirectory {
  readonly #books: Books;
  readonly #parts: { readonly log: Log; readonly erase?: typeof eraseKeptLake };
  /** What was read while the control database stayed as it is. */
  readonly #known = new Map<string, Promise<unknown>>();
  #knownVersion = -1;

  constructor(books: Books, parts: { readonly log: Log; readonly erase?: typeof eraseKeptLake }) {
    this.#books = books;
    this.#parts = parts;
  }

  async user(name: string): ReturnType<Directory['user']> {
    // Not remembered: names are whatever strangers send.
    const found = await this.#books.users.find(name);
    if (found === null || found.disabled) return null;
    const { role, databases, verifier } = found;
    return { name: found.name, role, databases, verifier };
  }

  users(): Promise<readonly SqlUser[]> {
    return this.#read('users', async () => {
      const all = await this.#books.users.list();
      return all.map(({ name, role, databases }) => ({ name, role, databases }));
    });
  }

  databases(): Promise<readonly DatabaseEntry[]> {
    return this.#read('databases', async () => {
      const all = await this.#books.databases.list();
      return all.filter(({ dropping }) => !dropping).map(({ name, lakePath, link }) => ({ name, lakePath, link }));
    });
  }

  views(database: string): Promise<readonly SavedView[]> {
    return this.#read(`views ${database}`, () => this.#books.databases.views(database));
  }

  createView(view: Parameters<Directory['createView']>[0]): Promise<void> {
    return this.#books.databases.createView(view);
  }

  dropView(view: Parameters<Directory['dropView']>[0]): Promise<boolean> {
    return this.#books.databases.dropView(view);
  }

  async dropDatabase(drop: Parameters<Directory['dropDatabase']>[0]): Promise<void> {
    await dropDatabase({ databases: this.#books.databases, ...this.#parts }, drop);
  }

  version(): number {
    return this.#books.version();
  }

  close(): Promise<void> {
    return this.#books.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The version is asked before the read: what came in between is read again next time, never missed. */
  #read<T>(key: string, work: () => Promise<T>): Promise<T> {
    const version = this.#books.version();
    if (version !== this.#knownVersion) this.#known.clear();
    this.#knownVersion = version;
    const known = this.#known.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const reading = work();
    this.#known.set(key, reading);
    reading.catch(() => this.#known.delete(key));
    return reading;
  }
}
