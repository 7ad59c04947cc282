import { randomUUID } from 'node:crypto';
import type { TableStatus } from '../core/status.ts';
import { openFolderStore } from '../store/folder-store.ts';
import type { SessionFacts } from '../workspace/catalogue-door.ts';
import type { LakeDatabase, RelationColumn } from '../workspace/database-view.ts';
import type { DatabaseEntry, SavedView } from '../workspace/directory.ts';
import { openLakeReader } from '../workspace/lake-reader.ts';
import type { QueryEngine } from '../workspace/query/query-engine.ts';
import { openLakeDatabase } from '../workspace/relations/database.ts';
import { openSystemRelations } from '../workspace/system/lake-system-relations.ts';
import { systemClock } from './clock.ts';

export interface LakeParts {
  /** What a running service knows of its tables; null: it does not say. */
  readonly live: () => Promise<readonly TableStatus[] | null>;
  readonly views: () => Promise<readonly SavedView[]>;
  /** Longest time that a query may read what it found. */
  readonly queryMs: number;
  /** Finds out which columns users' views have. */
  readonly engine: QueryEngine;
}

/**
 * Opens the lake database over a folder: what is committed there, whether a service works on it or not. Nothing in the
 * folder is changed. `store/missing`; a folder that is no lake is a fault of the first query.
 */
export async function openDatabaseOf(
  { name, lakePath }: Pick<DatabaseEntry, 'name' | 'lakePath'>,
  { live, views, queryMs, engine }: LakeParts,
): Promise<LakeDatabase> {
  const store = await openFolderStore({ root: lakePath, newId: randomUUID, readOnly: true });
  const reader = openLakeReader({ store, clock: systemClock, newNonce: randomUUID, queryMs });
  const systemRelations = openSystemRelations({ reader, live, nowMs: systemClock.nowMs });
  const parts = { store, reader, systemRelations, views, clock: systemClock };
  // A view that asks the catalogue would ask for its own columns without end: here they are not told. The catalogue that
  // is made of it is kept under a name that no database has.
  const undescribed = openLakeDatabase({ ...parts, name: `${name} without columns of views` });
  const describe = (view: SavedView, signal: AbortSignal) => columnsOf(view, { name, engine, undescribed, signal });
  return openLakeDatabase({ ...parts, name, describe });
}

async function columnsOf(
  { sql }: SavedView,
  parts: {
    readonly name: string;
    readonly engine: QueryEngine;
    readonly undescribed: LakeDatabase;
    readonly signal: AbortSignal;
  },
): Promise<RelationColumn[]> {
  const { name, engine, undescribed, signal } = parts;
  const session = await engine.openSession(operatorFacts({ name, lakePath: '', link: null }));
  try {
    const view = undescribed.view({ language: null });
    const query = await session.prepare(`DESCRIBE ${sql}`, { view, parameterTypes: [], signal });
    const rows = await query.run({ view, parameters: [], signal });
    const columns: RelationColumn[] = [];
    for (;;) {
      const some = await rows.next(1_000, []);
      if (some.length === 0) return columns;
      for (const [column, type] of some) {
        columns.push({ name: textOf(column), sqlType: textOf(type), length: null, notNull: false, comment: null });
      }
    }
  } finally {
    await session.close();
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

/** Of a session without a conversation: whoever sits at the machine. */
export function operatorFacts(entry: DatabaseEntry, name = 'operator'): SessionFacts {
  return {
    database: entry.name,
    user: { name, role: 'System Administrator', databases: 'all' },
    databases: [entry],
    users: [name],
    processId: process.pid,
    applicationName: 'lakelink',
    clientAddress: '',
    serverPort: 0,
    isEncrypted: false,
    startedAtMs: systemClock.nowMs(),
    settings: new Map([['TimeZone', 'UTC']]),
  };
}
