import type { TableState } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import type { TableName } from '../../core/names.ts';
import type { SyncState, TableStatus } from '../../core/status.ts';

/** A table as its log tells it and, while a service runs, as the service does. */
export interface TableFacts {
  readonly table: TableName;
  /** A fault: its log cannot be read. */
  readonly state: TableState | Fault;
  /** Null: no service was asked, or it does not know the table. */
  readonly live: TableStatus | null;
  readonly nowMs: number;
}

/** What is committed, or null where it cannot be read. */
export function committed({ state }: TableFacts): TableState | null {
  return state instanceof Fault ? null : state;
}

/** The sync state of the original: the service's where there is one, else what the log alone says. */
export function syncState(facts: TableFacts): SyncState | null {
  if (facts.live !== null) return facts.live.sync;
  const state = committed(facts);
  switch (state?.cursor.at) {
    case undefined:
      return null;
    case 'start':
      return 'NotStarted';
    case 'full':
      return state?.initialSyncCompletedAt === null ? 'InProgress' : 'RequestedInitialData';
    case 'settling':
      return 'PostProcessing';
    case 'running':
      return 'InProgress';
  }
}

export function initialSync(facts: TableFacts): SyncState | null {
  const state = committed(facts);
  if (state === null) return null;
  if (state.initialSyncCompletedAt !== null) return 'Completed';
  return state.cursor.at === 'start' ? 'NotStarted' : 'InProgress';
}

/** Live rows in place; versions and deletes where they are kept. What is not folded yet is not counted. */
export function countOf(facts: TableFacts): number | null {
  const state = committed(facts);
  if (state === null) return null;
  if (state.writeMode === 'folders' || state.image?.parts !== undefined) return state.changesWritten;
  return state.image?.rowCount ?? sum(state.pending, ({ batch }) => batch.rows);
}

/** Sink times of kept versions can run ahead of the clock by seconds; nothing is synchronized in the future. */
export function lastSynchronizedOn(facts: TableFacts): string | null {
  const { sinkAt = null, cursorAt = null } = committed(facts) ?? {};
  return sinkAt !== null && cursorAt !== null && cursorAt < sinkAt ? cursorAt : sinkAt;
}

/** Seconds since the environment was asked last with success, as far as is known: by the service, or by the newest commit. */
export function freshnessSeconds(facts: TableFacts): number | null {
  const times = [facts.live?.lastPolledOn ?? null, committed(facts)?.cursorAt ?? null].filter(time => time !== null);
  if (times.length === 0) return null;
  return Math.max(0, facts.nowMs - Math.max(...times.map(time => Date.parse(time)))) / 1_000;
}

/** Files of the image, or of the versions where those are kept beside it. */
export function imageFiles(facts: TableFacts): { readonly files: number; readonly bytes: number } {
  const { partitions = [], parts = [] } = committed(facts)?.image ?? {};
  const all = [...partitions, ...parts];
  return { files: all.length, bytes: sum(all, ({ file }) => file.bytes) };
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** What stops the table, as the service says; where its log cannot be read, that. */
export function troubleOf({ live, state }: TableFacts): {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
} | null {
  if (live?.error != null) return live.error;
  if (!(state instanceof Fault)) return null;
  return { code: state.code, message: state.message, remedy: state.entry.remedy };
}
