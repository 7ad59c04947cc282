import type { PartitionStrategy, TableState, WriteMode } from '../core/commit.ts';
import type { SyncState, TableStatus } from '../core/status.ts';
import { needsOtherFiles } from './fold-policy.ts';
import type { RunState } from './run-state.ts';
import { isAsChosen } from './table-mode.ts';

export interface StatusInput {
  readonly link: string;
  readonly table: string;
  readonly partitionStrategy: PartitionStrategy;
  readonly writeMode: WriteMode;
  /** Null until the log was read. */
  readonly state: TableState | null;
  readonly run: RunState;
  /** Why a person paused the table. */
  readonly paused: string | null;
  readonly queued: number | null;
  readonly rowsPerSecond: number;
  readonly rowsRead: number;
  readonly estimate: number | null;
  readonly lastPolledMs: number | null;
  readonly unpublishedBatches: number;
  readonly postProcessingMs: number | null;
}

/** What a person sees of a table, from what is committed and how its loop stands. */
export function tableStatus(input: StatusInput): TableStatus {
  const { state, run } = input;
  const reading = state === null || state.cursor.at === 'start' || state.cursor.at === 'full';
  const writeMode = state?.shape ? state.writeMode : input.writeMode;
  // What a person paused is in no trouble.
  const isTroubled = input.paused === null && (run.at === 'paused' || run.at === 'retrying');
  const fault = isTroubled ? run.fault : null;
  return {
    link: input.link,
    table: input.table,
    initialSync: initialSyncState(state),
    sync: input.paused === null ? syncState(state, run) : 'Paused',
    label: label(input),
    queued: input.queued,
    count: countOf(state),
    progress: reading ? { rows: input.rowsRead, estimate: input.estimate } : null,
    lastSynchronizedOn: lastSynchronizedOn(state),
    lastPolledOn: input.lastPolledMs === null ? null : new Date(input.lastPolledMs).toISOString(),
    rowsPerSecond: input.rowsPerSecond,
    changes: { rows: state?.rowsCommitted ?? 0, deletes: state?.deletesCommitted ?? 0 },
    // In a link of folders also what is folded and in no folder yet.
    pendingBatches: Math.max(unfollowedModes(input), input.unpublishedBatches + (state?.waiting.length ?? 0)),
    partitionStrategy: state?.shape ? state.partitionStrategy : input.partitionStrategy,
    appendOnly: writeMode !== 'in-place',
    lastSnapshotOn: state?.snapshots[0]?.takenAt ?? null,
    postProcessingMs: input.postProcessingMs,
    omittedColumns: state?.shape?.omitted.length ?? 0,
    paused: input.paused,
    error: fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy },
  };
}

function initialSyncState(state: TableState | null): SyncState {
  if (state === null || state.cursor.at === 'start') return 'NotStarted';
  return state.initialSyncCompletedAt === null ? 'InProgress' : 'Completed';
}

/** The states of facts section 1.11: a healthy running table is `InProgress` with a completed initial sync. */
export function syncState(state: TableState | null, run: RunState): SyncState {
  if (run.at === 'paused' || run.at === 'stopped') return 'Paused';
  if (state === null) return 'NotStarted';
  switch (state.cursor.at) {
    case 'start':
      return 'NotStarted';
    case 'full':
      // A full read after the first one: the data is there, and asked for again.
      return state.initialSyncCompletedAt === null ? 'InProgress' : 'RequestedInitialData';
    case 'settling':
      return 'PostProcessing';
    case 'running':
      return 'InProgress';
  }
}

function label({ state, run, paused, queued }: StatusInput): TableStatus['label'] {
  if (paused !== null || run.at === 'paused' || run.at === 'stopped') return 'Paused';
  if (run.at === 'retrying') return 'Retrying';
  if (queued !== null) return 'Queued';
  switch (state?.cursor.at ?? 'start') {
    case 'start':
      return 'Not started';
    case 'full':
      return 'Initial sync';
    case 'settling':
      return 'Post-processing';
    case 'running':
      return 'Active';
  }
}

/**
 * What readers find: live rows in place, versions and deletes where they are kept. Like the files it follows the image, so
 * a mode that was chosen just now changes it once a fold has made its files.
 */
function countOf(state: TableState | null): number {
  const keepsVersions = state?.writeMode === 'folders' || state?.image?.parts !== undefined;
  return keepsVersions ? state.changesWritten : liveRows(state);
}

/** The files that readers find do not follow the chosen mode yet: 1, as of a batch that they do not show; else 0. */
function unfollowedModes({ state, ...settings }: StatusInput): number {
  return state === null || (isAsChosen(state, settings) && !needsOtherFiles(state)) ? 0 : 1;
}

/** Sink times of versions that are kept can run ahead of the clock by seconds; nothing is synchronized in the future. */
function lastSynchronizedOn(state: TableState | null): string | null {
  const { sinkAt = null, cursorAt = null } = state ?? {};
  return sinkAt !== null && cursorAt !== null && cursorAt < sinkAt ? cursorAt : sinkAt;
}

/** Live rows as of the last fold; before the first one, rows as they arrived. */
function liveRows(state: TableState | null): number {
  if (state === null) return 0;
  if (state.image !== null) return state.image.rowCount;
  return state.pending.reduce((sum, { batch }) => sum + batch.rows, 0);
}
