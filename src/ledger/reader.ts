import { Kysely, SqliteDialect } from 'kysely';
import Database from 'libsql';
import type { Statements } from './database.ts';
import type { LedgerSchema } from './schema.ts';

/** A connection that only reads: it waits for no transaction, whoever began it (write-ahead log). */
export interface LedgerReader {
  /** Everything that `work` reads is of one moment. It may be run again, where the file was busy. */
  read<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /** Another number whenever somebody else, in this process or another, has committed. */
  version(): number;
  close(): Promise<void>;
}

/** Opens a database that is in order; `retryBusy` runs again what found the file locked for the moment it is made anew. */
export function openReader(options: {
  readonly path: string;
  readonly retryBusy: <T>(work: () => Promise<T>) => Promise<T>;
}): LedgerReader {
  const file = new Database(options.path, { timeout: 0 });
  file.exec('PRAGMA query_only = ON');
  const db = new Kysely<LedgerSchema>({ dialect: new SqliteDialect({ database: file }) });
  const dataVersion = file.prepare('PRAGMA data_version');
  return {
    read: work =>
      db.connection().execute(connection =>
        options.retryBusy(async () => {
          file.exec('BEGIN');
          try {
            return await work(connection);
          } finally {
            file.exec('COMMIT');
          }
        }),
      ),
    version: () => (dataVersion.get() as { data_version: number }).data_version,
    close: async () => {
      await db.destroy();
      if (file.open) file.close();
    },
  };
}
