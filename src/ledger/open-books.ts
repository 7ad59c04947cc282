import type { Clock } from '../core/clock.ts';
import { openLedgerDatabase } from './database.ts';
import { DatabaseBook } from './databases.ts';
import { UserBook } from './users.ts';

/** Users and databases alone. */
export interface Books {
  readonly users: UserBook;
  readonly databases: DatabaseBook;
  /** Changes whenever anything in the control database was changed, in whichever process. Cheap: asked at every statement. */
  version(): number;
  close(): Promise<void>;
}

/**
 * Opens the control database for a process beside the service, which needs no client secrets and so no key. Reads wait
 * for nobody, whoever writes. `actor` stands in the audit where no user acts. `ledger/broken`, `ledger/newer`.
 */
export async function openBooks(options: {
  readonly path: string;
  readonly actor: string;
  readonly clock: Clock;
}): Promise<Books> {
  const { path, actor, clock } = options;
  const database = await openLedgerDatabase({ path, clock });
  const parts = { database, actor, clock };
  return {
    users: new UserBook(parts),
    databases: new DatabaseBook(parts),
    version: () => database.reader().version(),
    close: () => database.close(),
  };
}
