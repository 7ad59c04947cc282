import type { ByteStore } from './bytestore.ts';
import type { EntryBody, LogEntry, TableState } from './commit.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';
import type { NumberedFile, SequencedLog } from './sequenced-log.ts';

/** Counts of removed files. */
export interface Swept {
  readonly entries: number;
  readonly checkpoints: number;
  readonly dataFiles: number;
}

interface Sweeping {
  readonly store: ByteStore;
  readonly log: SequencedLog<TableState, LogEntry>;
  readonly folder: string;
  readonly state: TableState;
  readonly signal: AbortSignal;
}

/**
 * Removes what nobody can need any more, and never anything else:
 * - entries below the **floor**: the newest checkpoint that is past retention and the margin for queries, and not the
 *   newest one. Every state from the floor on can be made again and has all its files (see `keptLog`). Oldest first, so
 *   that a broken-off sweep leaves a log without gaps;
 * - checkpoints below the floor, and those above it that lie closer than an hour behind another;
 * - data files past retention that no state since the floor named, so that a query which began before the last fold
 *   still finds its files. What was never named goes by the same rule.
 */
export async function sweepLog({ nowMs, ...sweeping }: Sweeping & { readonly nowMs: number }): Promise<Swept> {
  const { log, signal } = sweeping;
  const horizonMs = nowMs - limits.retentionMs;
  const checkpoints = await log.checkpoints(signal);
  const floor = await floorOf({ log, checkpoints, horizonMs: horizonMs - limits.queryMarginMs, signal });
  const entries = await log.entries(signal);
  const named = await namedSince({ ...sweeping, floor, entries });
  const removedEntries = floor === null ? 0 : await removeBelow(sweeping, entries, floor.tail);
  const surplus = surplusOf(checkpoints, floor?.tail ?? 0);
  for (const file of surplus) await sweeping.store.remove(file.path, signal);
  const dataFiles = await removeData(sweeping, file => file.modifiedMs < horizonMs && !named.has(file.path));
  return { entries: removedEntries, checkpoints: surplus.length, dataFiles };
}

/** After a `removed` entry: everything before it goes at once, data included. */
export async function removeAllBefore(sweeping: Sweeping): Promise<void> {
  const { log, state, signal } = sweeping;
  const named = new Set(filesOfState(state));
  await log.checkpoint(state, signal);
  if ((await log.readCheckpoint(state.tail, signal)) === null) {
    throw new Fault('lake/corrupt', { path: log.checkpointPath(state.tail) });
  }
  await removeBelow(sweeping, await log.entries(signal), state.tail);
  for (const file of await log.checkpoints(signal)) {
    if (file.sequence < state.tail) await sweeping.store.remove(file.path, signal);
  }
  await removeData(sweeping, file => !named.has(file.path));
}

/** Data files an entry names. */
export function filesOfEntry(entry: EntryBody): string[] {
  if (entry.kind === 'rows') return entry.batch === null ? [] : [entry.batch.path];
  if (entry.kind !== 'fold') return [];
  const { partitions, parts = [], changes = [] } = entry;
  return [...partitions.map(({ file }) => file.path), ...parts.map(({ file }) => file.path), ...pathsOf(changes)];
}

/** Data files a state names. */
export function filesOfState(state: TableState): string[] {
  const batches = [...state.pending, ...state.chain, ...state.waiting].map(({ batch }) => batch);
  const { partitions = [], parts = [] } = state.image ?? {};
  return [...pathsOf(batches), ...[...partitions, ...parts].map(({ file }) => file.path)];
}

function pathsOf(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => path);
}

async function floorOf({
  log,
  checkpoints,
  horizonMs,
  signal,
}: {
  readonly log: SequencedLog<TableState, LogEntry>;
  readonly checkpoints: readonly NumberedFile[];
  readonly horizonMs: number;
  readonly signal: AbortSignal;
}): Promise<TableState | null> {
  const newest = checkpoints.at(-1);
  if (newest === undefined || (await log.readCheckpoint(newest.sequence, signal)) === null) return null;
  for (const file of checkpoints.slice(0, -1).reverse()) {
    if (file.modifiedMs >= horizonMs) continue;
    const state = await log.readCheckpoint(file.sequence, signal);
    if (state !== null) return state;
  }
  return null;
}

/** Every data file that a state since the floor named. */
async function namedSince({
  log,
  state,
  floor,
  entries,
  signal,
}: Sweeping & { readonly floor: TableState | null; readonly entries: readonly NumberedFile[] }): Promise<Set<string>> {
  const named = new Set([...filesOfState(state), ...(floor === null ? [] : filesOfState(floor))]);
  for (const { sequence } of entries) {
    if (sequence <= (floor?.tail ?? 0)) continue;
    const entry = await log.entry(sequence, signal);
    if (entry !== null) for (const path of filesOfEntry(entry)) named.add(path);
  }
  if (floor !== null) return named;
  for (const { sequence } of await log.checkpoints(signal)) {
    const checkpoint = await log.readCheckpoint(sequence, signal);
    if (checkpoint !== null) for (const path of filesOfState(checkpoint)) named.add(path);
  }
  return named;
}

async function removeBelow(
  { store, signal }: Sweeping,
  files: readonly NumberedFile[],
  sequence: number,
): Promise<number> {
  const below = files.filter(file => file.sequence < sequence);
  for (const file of below) await store.remove(file.path, signal);
  return below.length;
}

/** Below the floor all; above it, of each hour the first; the newest two always stay. */
function surplusOf(checkpoints: readonly NumberedFile[], floor: number): NumberedFile[] {
  let keptMs = Number.NEGATIVE_INFINITY;
  return checkpoints.filter((file, index) => {
    if (file.sequence < floor) return true;
    const isNewest = index >= checkpoints.length - 2;
    if (!isNewest && file.sequence !== floor && file.modifiedMs - keptMs < limits.checkpointSpacingMs) return true;
    keptMs = file.modifiedMs;
    return false;
  });
}

async function removeData(
  { store, folder, signal }: Sweeping,
  isDone: (file: { readonly path: string; readonly modifiedMs: number }) => boolean,
): Promise<number> {
  let removed = 0;
  for (const file of await store.list(`${folder}/data`, { signal, deep: false })) {
    if (!file.path.endsWith('.parquet') || !isDone(file)) continue;
    await store.remove(file.path, signal);
    removed += 1;
  }
  return removed;
}
