import type {
  FoldEntry,
  LogEntry,
  ModeEntry,
  PendingBatch,
  ResetEntry,
  RowsEntry,
  ShapeEntry,
  SnapshotEntry,
  TableState,
  Witness,
} from './commit.ts';
import { type Cursor, sameCursor } from './cursor.ts';
import { Fault } from './fault.ts';
import { needsRewrite } from './shape-change.ts';

/** The state of a table whose log has no entry yet. */
export function emptyState(): TableState {
  return {
    tail: 0,
    epoch: 0,
    generation: 0,
    partitionStrategy: 'year',
    writeMode: 'in-place',
    shape: null,
    shapeAt: 0,
    retypedAt: 0,
    cursor: { at: 'start' },
    image: null,
    pending: [],
    chain: [],
    highWater: '0',
    deltaHighWater: null,
    sinkAt: null,
    cursorAt: null,
    initialSyncCompletedAt: null,
    initialSyncCompletedIn: null,
    rowsCommitted: 0,
    deletesCommitted: 0,
    changesWritten: 0,
    snapshots: [],
    waiting: [],
    witnesses: [],
    restoring: false,
  };
}

/**
 * The state after one more entry. Pure: the same entries give the same state wherever and whenever they are replayed.
 * An entry that cannot follow (a gap, a cursor that does not join) is `lake/corrupt`.
 */
export function reduce(state: TableState, entry: LogEntry): TableState {
  requireOrder(state, entry);
  const next: TableState = { ...state, tail: entry.sequence, epoch: entry.epoch, generation: entry.generation };
  switch (entry.kind) {
    case 'mode':
      return withMode(next, entry);
    case 'shape':
      return withShape(next, entry);
    case 'rows':
      return withRows(next, entry);
    case 'fold':
      return withFold(next, entry);
    case 'snapshot':
      return withSnapshot(next, entry);
    case 'exported':
      return { ...next, waiting: state.waiting.filter(({ sequence }) => sequence > entry.through) };
    case 'reset':
      return withReset(state, entry);
    case 'removed':
      requireJoint(state.cursor, entry);
      return {
        ...emptyState(),
        tail: entry.sequence,
        epoch: entry.epoch,
        generation: entry.generation,
        partitionStrategy: state.partitionStrategy,
        writeMode: state.writeMode,
      };
  }
}

/** An image of an earlier version does not say what it is cut by: what the table had until now, whatever is chosen next. */
function withMode(state: TableState, { partitionStrategy, writeMode = 'in-place' }: ModeEntry): TableState {
  const image = state.image === null ? null : { strategy: state.partitionStrategy, ...state.image };
  return { ...state, image, partitionStrategy, writeMode };
}

function withReset(state: TableState, entry: LogEntry & ResetEntry): TableState {
  requireJoint(state.cursor, entry);
  const { sequence: tail, epoch, generation, nextCursor: cursor, at: cursorAt } = entry;
  const next = { ...state, tail, epoch, generation, cursor, cursorAt, chain: [], deltaHighWater: null };
  if (epoch === state.epoch) return next;
  // Versions of the epoch before say nothing of this one: a delete that took one would win over rows of the time after it.
  const holdsRows = state.image !== null || state.pending.length > 0;
  return { ...next, highWater: '0', witnesses: [], restoring: holdsRows };
}

function withRows(state: TableState, entry: LogEntry & RowsEntry): TableState {
  requireJoint(state.cursor, entry);
  const arrived: PendingBatch[] =
    entry.batch === null ? [] : [{ sequence: entry.sequence, epoch: entry.epoch, batch: entry.batch }];
  // A read of one page goes from `start` past `full` at once.
  const completesFullRead = !isReadComplete(state.cursor) && isReadComplete(entry.nextCursor);
  return {
    ...state,
    cursor: entry.nextCursor,
    cursorAt: entry.at,
    pending: [...state.pending, ...arrived],
    chain: isInsideDelta(entry.nextCursor) ? [...state.chain, ...arrived] : [],
    highWater: higher(state.highWater, entry.highWater),
    deltaHighWater: isInsideDelta(entry.nextCursor) ? (state.deltaHighWater ?? state.highWater) : null,
    sinkAt: state.sinkAt === null || state.sinkAt < entry.sinkAt ? entry.sinkAt : state.sinkAt,
    initialSyncCompletedAt: state.initialSyncCompletedAt ?? (completesFullRead ? entry.at : null),
    initialSyncCompletedIn: state.initialSyncCompletedIn ?? (completesFullRead ? entry.sequence : null),
    rowsCommitted: state.rowsCommitted + (entry.batch?.rows ?? 0),
    deletesCommitted: state.deletesCommitted + (entry.batch?.deletes ?? 0),
    witnesses: witnessesAfter(state.witnesses ?? [], entry),
    restoring: state.restoring === true && entry.nextCursor.at !== 'running',
  };
}

const WITNESSES_MAX = 3;

function witnessesAfter(before: readonly Witness[], { newest, gone = [] }: RowsEntry): readonly Witness[] {
  if (newest === undefined && gone.length === 0) return before;
  const kept = before.filter(({ id }) => id !== newest?.id && !gone.includes(id));
  const all = newest === undefined ? kept : [...kept, newest];
  return all.sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? 1 : -1)).slice(0, WITNESSES_MAX);
}

function withFold(state: TableState, entry: LogEntry & FoldEntry): TableState {
  if (entry.through >= entry.sequence) throw broken(entry, 'it folds what is not committed');
  const { through, rowCount, changes = [], onto } = entry;
  if (through < (state.image?.through ?? 0)) throw broken(entry, 'its image is older than the one before');
  if (onto !== undefined && onto !== state.image?.foldedAt) throw broken(entry, 'it goes on from another image');
  const before = onto === undefined ? null : state.image;
  const partitions = goneOn(before?.partitions, entry.partitions);
  const parts = entry.parts === undefined ? undefined : goneOn(before?.parts, entry.parts);
  const waiting = changes.map(batch => ({ sequence: entry.sequence, batch }));
  const brought = changes.reduce((sum, batch) => sum + batch.rows + batch.deletes, 0);
  return {
    ...state,
    image: {
      foldedAt: entry.sequence,
      through,
      partitions,
      rowCount,
      strategy: state.partitionStrategy,
      ...(parts === undefined ? {} : { parts }),
    },
    pending: state.pending.filter(batch => batch.sequence > through),
    changesWritten:
      parts === undefined ? state.changesWritten + brought : parts.reduce((sum, { file }) => sum + file.rows, 0),
    waiting: [...state.waiting, ...waiting],
  };
}

/** Files by name, in its order: those that changed in the place of those before. */
function goneOn<T extends { readonly name: string }>(
  before: readonly T[] | undefined,
  changed: readonly T[],
): readonly T[] {
  if (before === undefined) return changed;
  const files = new Map([...before, ...changed].map(file => [file.name, file]));
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withShape(state: TableState, entry: LogEntry & ShapeEntry): TableState {
  const rewrites = state.shape !== null && needsRewrite(state.shape, entry.shape);
  const retypedAt = rewrites ? entry.sequence : state.retypedAt;
  return { ...state, shape: entry.shape, shapeAt: entry.sequence, retypedAt };
}

function withSnapshot(state: TableState, entry: LogEntry & SnapshotEntry): TableState {
  const { sequence, takenAt, foldedAt, shapeAt, strategy, append, files, keep } = entry;
  if (foldedAt !== state.image?.foldedAt) throw broken(entry, 'it shows another image than the newest');
  const form = { ...(strategy === undefined ? {} : { strategy }), ...(append === undefined ? {} : { append }) };
  const taken = { sequence, takenAt, foldedAt, shapeAt, ...form, files };
  return { ...state, snapshots: [taken, ...state.snapshots].slice(0, Math.max(1, keep)) };
}

function requireOrder(state: TableState, entry: LogEntry): void {
  if (entry.sequence !== state.tail + 1) throw broken(entry, `it follows ${state.tail}`);
  if (entry.epoch < state.epoch || entry.generation < state.generation) {
    throw broken(entry, 'its epoch or generation is lower than before');
  }
}

function requireJoint(cursor: Cursor, entry: LogEntry & { readonly prevCursor: Cursor }): void {
  if (!sameCursor(cursor, entry.prevCursor)) throw broken(entry, 'its cursor does not join the one before');
}

function broken(entry: LogEntry, reason: string): Fault {
  return new Fault('lake/corrupt', { sequence: entry.sequence, reason });
}

/** Whether a full read has ended: only deltas are asked from here on. */
function isReadComplete(cursor: Cursor): boolean {
  return cursor.at === 'settling' || cursor.at === 'running';
}

/** Whether a cursor stands in the middle of a delta; only there can a delete belong to a row of an earlier page (I-4). */
function isInsideDelta(cursor: Cursor): boolean {
  return isReadComplete(cursor) && 'next' in cursor && cursor.next !== null;
}

function higher(a: string, b: string): string {
  return BigInt(a) >= BigInt(b) ? a : b;
}
