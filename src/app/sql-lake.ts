import { randomUUID } from 'node:crypto';
import type { TableStatus } from '../core/status.ts';
import { openFolderStore } from '../store/folder-store.ts';
import type { LakeDatabase } from '../workspace/database-view.ts';
import type { DatabaseEntry, SavedView } from '../workspace/directory.ts';
import { openLakeReader } from '../workspace/lake-reader.ts';
import { openLakeDatabase } from '../workspace/relations/database.ts';
import { openSystemRelations } from '../workspace/system/lake-system-relations.ts';
import { systemClock } from './clock.ts';

/**
 * Opens the lake database over a folder: what is committed there, whether a service works on it or not. Nothing in the
 * folder is changed. `store/missing`; a folder that is no lake is a fault of the first query.
 */
export async function openDatabaseOf(
  { name, lakePath }: Pick<DatabaseEntry, 'name' | 'lakePath'>,
  parts: {
    /** What a running service knows of its tables; null: it does not say. */
    readonly live: () => Promise<readonly TableStatus[] | null>;
    readonly views: () => Promise<readonly SavedView[]>;
    /** Longest time that a query may read what it found. */
    readonly queryMs: number;
  },
): Promise<LakeDatabase> {
  const { live, views, queryMs } = parts;
  const store = await openFolderStore({ root: lakePath, newId: randomUUID, readOnly: true });
  const reader = openLakeReader({ store, clock: systemClock, newNonce: randomUUID, queryMs });
  const systemRelations = openSystemRelations({ reader, live, nowMs: systemClock.nowMs });
  return openLakeDatabase({ name, store, reader, systemRelations, views, clock: systemClock });
}
