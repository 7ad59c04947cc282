import { Fault, toFault } from '../core/fault.ts';
import type { DatabaseBook, PendingDrop } from '../ledger/databases.ts';
import { MAINTENANCE_DATABASE } from '../workspace/directory.ts';
import { type ErasedLake, eraseKeptLake } from './database-files.ts';
import type { Log } from './log.ts';

interface DropParts {
  readonly databases: DatabaseBook;
  readonly log: Log;
  /** `eraseKeptLake`, unless a test says otherwise. */
  readonly erase?: typeof eraseKeptLake;
}

/**
 * Drops a database that no link uses: what `Directory.dropDatabase` promises. From the note in the ledger on it goes on at
 * every start until it is done. `user` null: the operator. Answers the files of others that stay in the lake; none where
 * all files stay.
 */
export async function dropDatabase(
  parts: DropParts,
  drop: {
    readonly database: string;
    readonly user: string | null;
    readonly keepFiles: boolean;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly foreign: readonly string[] }> {
  const { database, signal } = drop;
  if (database === MAINTENANCE_DATABASE) {
    throw new Fault('input/invalid', { database, reason: 'the maintenance database is always there' });
  }
  signal.throwIfAborted();
  const pending = await parts.databases.beginDrop(drop);
  // ^ COMMIT POINT of a drop. Nobody connects any more; files that were not kept go now, or after a crash.
  if (pending !== null) return finish(parts, pending, signal);
  parts.log.info('database dropped', { database, action: 'files kept' });
  return { foreign: [] };
}

/**
 * Goes on with drops that were interrupted, one after the other. One that cannot end now stays noted, for the next start or
 * for whoever asks for it again, and holds up no other.
 */
export async function finishDrops(parts: DropParts, signal: AbortSignal): Promise<void> {
  for (const pending of await parts.databases.drops()) {
    if (signal.aborted) return;
    try {
      await finish(parts, pending, signal);
    } catch (failure) {
      if (signal.aborted) return;
      const { code, message: reason } = toFault(failure);
      parts.log.error('a database is not dropped yet', { database: pending.database, code, reason });
    }
  }
}

/** `finishDrops` beside everything else, so that it holds up no link. `stop` ends it after the file at hand. */
export function resumeDrops(parts: DropParts): { readonly done: Promise<void>; stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = finishDrops(parts, stopping.signal);
  // Whoever stops it hears of a failure; until then it is nobody's.
  done.catch(() => undefined);
  return {
    done,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function finish(
  { databases, log, erase = eraseKeptLake }: DropParts,
  { database, lakePath: path, lakeId }: PendingDrop,
  signal: AbortSignal,
): Promise<Pick<ErasedLake, 'foreign'>> {
  const { outcome, foreign } = await erase({ path, lakeId }, { signal });
  await databases.finishDrop(database);
  if (outcome === 'claimed')
    log.warn('the lake of a dropped database belongs to another link by now, and stays', { database, path });
  if (foreign.length > 0) log.warn('files of others stay in the lake', { database, path, names: foreign.join(',') });
  log.info('database dropped', { database, action: outcome === 'erased' ? 'files deleted' : 'no files to delete' });
  return { foreign };
}
