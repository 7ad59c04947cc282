import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../batch/duckdb.ts';
import type { ByteStore } from '../core/bytestore.ts';
import { Cleanup } from '../core/cleanup.ts';
import { TableLog } from '../core/commit-log.ts';
import { Fault, toFault } from '../core/fault.ts';
import { readLinkFile } from '../core/link-file.ts';
import { openFolderStore } from '../store/folder-store.ts';
import { type LakeTable, openWorkspace } from '../workspace/workspace.ts';
import { systemClock } from './clock.ts';
import type { Settings } from './settings.ts';

/** A query's answer: values as the embedded engine shows them; wide numbers, decimals, dates and ids are text. */
export interface LakeAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** What was read: of a table whose initial sync is not complete only the rows that arrived so far. */
  readonly tables: readonly { readonly table: string; readonly initialSyncCompleted: boolean }[];
}

/** A lake that is open for queries. */
export interface LakeQueries extends AsyncDisposable {
  /** Runs one SELECT over the near real-time tables; each table is one commit for the query's whole life. */
  query(sql: string, signal: AbortSignal): Promise<LakeAnswer>;
  close(): Promise<void>;
}

/** Opens a lake folder for queries, whether a service works on it or not; nothing in it is changed. */
export async function openLakeQueries(options: {
  readonly lakePath: string;
  readonly settings: Pick<Settings, 'engineMemoryMb' | 'engineThreads'>;
}): Promise<LakeQueries> {
  const cleanup = new Cleanup();
  try {
    const store = await openFolderStore({ root: options.lakePath, newId: randomUUID, readOnly: true });
    const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-sql-')), path =>
      rm(path, { recursive: true, force: true }),
    );
    const engine = cleanup.add(
      await openEngine({
        memoryMb: options.settings.engineMemoryMb,
        threads: options.settings.engineThreads,
        tempDirectory: join(folder, 'spill'),
      }),
      opened => opened.close(),
    );
    const workspace = openWorkspace({ engine, store, tables: () => committedTables(store) });
    const close = () => cleanup.close();
    return { query: (sql, signal) => workspace.query(sql, { signal }), close, [Symbol.asyncDispose]: close };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

/** The tables of the link whose lake this is, each as it is committed now, or why it cannot be read. */
async function committedTables(store: ByteStore): Promise<LakeTable[]> {
  const { signal } = new AbortController();
  const link = await readLinkFile(store, signal);
  if (link === null)
    throw new Fault('link/unknown', { path: store.location, reason: 'this folder is no lake of a link' });
  return Promise.all(
    link.tables.map(async (table): Promise<LakeTable> => {
      const log = new TableLog({ store, table, clock: systemClock, newNonce: randomUUID });
      try {
        return { table, state: await log.load(signal) };
      } catch (failure) {
        return { table, unreadable: toFault(failure) };
      }
    }),
  );
}
