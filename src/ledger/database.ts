import { statSync } from 'node:fs';
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import Database from 'libsql';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { type LedgerReader, openReader } from './reader.ts';
import { APPLICATION_ID, type LedgerSchema, migrations } from './schema.ts';

/** How long a writer waits for another connection's transaction. */
const BUSY_WAIT_MS = 10_000;
const BUSY_PAUSE_MS = 20;

/** What a statement runs on: the database itself or a transaction of it. */
export type Statements = Pick<Transaction<LedgerSchema>, 'selectFrom' | 'insertInto' | 'updateTable' | 'deleteFrom'>;

/** The control database: an open SQLite file of the newest schema. */
export interface LedgerDatabase {
  readonly statements: Statements;
  /**
   * Runs `work` in one IMMEDIATE transaction: of two writers the second starts when the first has ended, so what was
   * read inside is still true at the commit. Rolled back when `work` throws.
   */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /** Reads beside all transactions, on a connection of its own that is opened when it is first asked for. */
  reader(): LedgerReader;
  close(): Promise<void>;
}

/**
 * Opens or creates the file at `path`. `ledger/broken`: it is no database, not ours, or damaged; `ledger/newer`: its
 * schema is of a later version. Either way the file is left as it is.
 */
export async function openLedgerDatabase(options: {
  readonly path: string;
  readonly clock: Clock;
}): Promise<LedgerDatabase> {
  const file = openFile(options.path);
  const db = new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database: file }) });
  try {
    checkFile(file, options.path);
    await retryBusy(options.clock, async () => {
      file.pragma('journal_mode = WAL');
      // A commit survives power loss, not only the process.
      file.pragma('synchronous = FULL');
      file.pragma('foreign_keys = ON');
    });
    await migrate({ db, file, clock: options.clock });
  } catch (failure) {
    file.close();
    throw failure instanceof Fault ? failure : broken(options.path, failure);
  }
  const { path, clock } = options;
  let closed = false;
  let reader: LedgerReader | null = null;
  return {
    statements: db,
    transaction: work => immediate({ db, file, clock }, work),
    reader: () => {
      if (closed) throw new Error('the control database is closed');
      reader ??= openReader({ path, retryBusy: work => retryBusy(clock, work) });
      return reader;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await reader?.close();
      // The driver closes for real only when its statements are collected, so the file is made whole now.
      file.pragma('wal_checkpoint(TRUNCATE)');
      await db.destroy();
      if (file.open) file.close();
    },
  };
}

type File = InstanceType<typeof Database>;

function openFile(path: string): File {
  try {
    // No waiting inside SQLite: it would block the event loop, and with it the transaction that is waited for.
    return new Database(path, { timeout: 0 });
  } catch (failure) {
    throw broken(path, failure);
  }
}

/** Looks before anything is written. An empty file is a new database (a start that was cut short before its first write). */
function checkFile(file: File, path: string): void {
  if (statSync(path).size === 0) return;
  const findings = file.prepare('PRAGMA quick_check(3)').all() as { quick_check: string }[];
  const finding = findings[0]?.quick_check;
  if (finding !== 'ok') throw new Fault('ledger/broken', { path, reason: String(finding).slice(0, 200) });
  if (pragmaNumber(file, 'user_version') > migrations.length) {
    throw new Fault('ledger/newer', { path, schema: pragmaNumber(file, 'user_version'), known: migrations.length });
  }
  const { tables } = file.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
  if (tables > 0 && pragmaNumber(file, 'application_id') !== APPLICATION_ID) {
    throw new Fault('ledger/broken', { path, reason: 'the file is a database of another program' });
  }
}

interface Parts {
  readonly db: Kysely<LedgerSchema>;
  readonly file: File;
  readonly clock: Clock;
}

async function migrate(parts: Parts): Promise<void> {
  const { file } = parts;
  for (let version = 0; version < migrations.length; version++) {
    if (pragmaNumber(file, 'user_version') > version) continue;
    await immediate(parts, async () => {
      // Looked at again under the lock: another service may have opened the same file at the same moment.
      if (pragmaNumber(file, 'user_version') > version) return;
      for (const statement of migrations[version] ?? []) file.exec(statement);
      file.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      file.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

async function immediate<T>(parts: Parts, work: (statements: Statements) => Promise<T>): Promise<T> {
  const { db, file, clock } = parts;
  // Kysely hands out its one connection to one caller at a time; others wait here.
  return db.connection().execute(async connection => {
    await retryBusy(clock, async () => {
      file.exec('BEGIN IMMEDIATE');
    });
    try {
      const result = await work(connection);
      file.exec('COMMIT');
      return result;
    } catch (failure) {
      file.exec('ROLLBACK');
      throw failure;
    }
  });
}

async function retryBusy<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const untilMs = clock.nowMs() + BUSY_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      if (!isBusy(failure) || clock.nowMs() >= untilMs) throw failure;
      await clock.sleep(BUSY_PAUSE_MS, new AbortController().signal);
    }
  }
}

function isBusy(failure: unknown): boolean {
  const code = failure instanceof Error && 'code' in failure ? failure.code : null;
  return typeof code === 'string' && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'));
}

function pragmaNumber(file: File, name: 'user_version' | 'application_id'): number {
  const row = file.prepare(`PRAGMA ${name}`).get() as Record<string, number> | undefined;
  return row?.[name] ?? 0;
}

function broken(path: string, cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
  return new Fault('ledger/broken', { path, reason }, { cause });
}
