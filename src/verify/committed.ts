import type {
  AppendPart,
  DataFile,
  ImagePartition,
  LogEntry,
  PendingBatch,
  Snapshot,
  SnapshotFile,
  TableState,
  WaitingChanges,
} from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { Fault } from '../core/fault.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import { lakeColumns } from '../core/shape.ts';
import type { LakeReader } from './lake-reader.ts';

/** What a table's log says is committed, by the verifier's own reduction. */
export interface Committed {
  readonly table: string;
  readonly tail: number;
  readonly shape: TableShape | null;
  readonly image: CommittedImage | null;
  readonly pending: readonly PendingBatch[];
  /** Changes that no finished incremental folder has; a few that one has may be among them. */
  readonly waiting: readonly WaitingChanges[];
  readonly cursor: Cursor;
  readonly highWater: string;
  readonly initialSyncCompleted: boolean;
  /** The newest snapshot; null: none was taken. */
  readonly snapshot: CommittedSnapshot | null;
  /** Sequence of the newest shape. */
  readonly shapeAt: number;
  /** Lake columns of the narrowest shape still known: no published row is narrower. */
  readonly narrowest: number;
  /** The table left the link. */
  readonly removed: boolean;
}

/** `parts`: the files of an append-only table, null in any other. */
export interface CommittedImage {
  readonly through: number;
  readonly partitions: readonly ImagePartition[];
  readonly parts: readonly AppendPart[] | null;
}

/** `append`: it shows parts, with every version and delete. */
export interface CommittedSnapshot {
  readonly shapeAt: number;
  readonly append: boolean;
  readonly files: readonly SnapshotFile[];
}

interface Reduced {
  tail: number;
  shape: TableShape | null;
  image: Committed['image'];
  pending: PendingBatch[];
  waiting: WaitingChanges[];
  cursor: Cursor;
  highWater: string;
  initialSyncCompleted: boolean;
  snapshot: CommittedSnapshot | null;
  shapeAt: number;
  narrowest: number;
  removed: boolean;
}

const TRIES_MAX = 5;

/** Tables of the link, in those that have a log and those of which nothing is in the lake yet. */
export async function linkTables(
  lake: LakeReader,
): Promise<{ readonly tables: readonly string[]; readonly unread: readonly string[] }> {
  const mark = await lake.read('.lakelink/link.json');
  // A lake that lost its mark still says by its logs which tables it holds.
  if (mark === null) return { tables: await committedTables(lake), unread: [] };
  const { tables } = parseMark(mark);
  const found = await Promise.all(tables.map(async table => ({ table, hasLog: await hasLog(lake, table) })));
  return {
    tables: found.filter(one => one.hasLog).map(({ table }) => table),
    unread: found.filter(one => !one.hasLog).map(({ table }) => table),
  };
}

function parseMark(bytes: Uint8Array): { readonly tables: readonly TableName[] } {
  try {
    const { tables } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as { tables: unknown[] };
    return { tables: tables.map(parseTableName) };
  } catch (failure) {
    const reason = 'it does not name the tables of a link';
    throw new Fault('lake/corrupt', { path: '.lakelink/link.json', reason }, { cause: failure });
  }
}

async function hasLog(lake: LakeReader, table: string): Promise<boolean> {
  const folder = `.lakelink/${table}`;
  return (await lake.list(`${folder}/log`)).length + (await lake.list(`${folder}/checkpoint`)).length > 0;
}

/** Tables with a log that does not end in their removal. */
async function committedTables(lake: LakeReader): Promise<string[]> {
  const folders = (await lake.list('.lakelink')).filter(name => /^[a-z][a-z0-9_]*$/.test(name));
  const found: string[] = [];
  for (const folder of folders) {
    if ((await lake.list(`.lakelink/${folder}/log`)).length === 0) continue;
    if (!(await readCommitted(lake, folder)).removed) found.push(folder);
  }
  return found;
}

/**
 * Reads a table's newest readable checkpoint and every entry after it. A gap, a foreign format or unreadable JSON is
 * `lake/corrupt`; a log that is being truncated meanwhile is read again.
 */
export async function readCommitted(lake: LakeReader, table: string): Promise<Committed> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(lake, table);
    } catch (failure) {
      if (attempt >= TRIES_MAX || !(failure instanceof Fault) || failure.code !== 'lake/corrupt') throw failure;
    }
  }
}

async function readOnce(lake: LakeReader, table: string): Promise<Committed> {
  const folder = `.lakelink/${table}`;
  const entries = numbered(await lake.list(`${folder}/log`));
  const checkpoints = numbered(await lake.list(`${folder}/checkpoint`));
  if (entries.length === 0 && checkpoints.length === 0) throw new Fault('link/table-unknown', { table });
  const state = await newestReadable(lake, `${folder}/checkpoint`, checkpoints);
  for (const { name, sequence } of entries) {
    if (sequence <= state.tail) continue;
    const path = `${folder}/log/${name}`;
    const entry = (await readJson(lake, path)) as LogEntry;
    if (entry.format !== 1 || entry.sequence !== sequence || sequence !== state.tail + 1) {
      throw new Fault('lake/corrupt', { path, reason: 'not the next entry' });
    }
    apply(state, entry);
  }
  return { table, ...state, narrowest: state.narrowest === Number.POSITIVE_INFINITY ? 0 : state.narrowest };
}

/** A checkpoint that was cut off is passed over: an older one, or the entries from the first on, say the same. */
async function newestReadable(
  lake: LakeReader,
  folder: string,
  checkpoints: readonly { readonly name: string; readonly sequence: number }[],
): Promise<Reduced> {
  for (const { name, sequence } of [...checkpoints].reverse()) {
    const found = await readJson(lake, `${folder}/${name}`).catch(failure => {
      if (failure instanceof Fault && failure.code === 'lake/corrupt') return null;
      throw failure;
    });
    const state = found === null ? null : stateOf(found);
    if (state?.tail === sequence) return fromCheckpoint(state);
  }
  return nothing();
}

function numbered(names: readonly string[]): { readonly name: string; readonly sequence: number }[] {
  return names.filter(name => /^\d{20}\.json$/.test(name)).map(name => ({ name, sequence: Number(name.slice(0, 20)) }));
}

async function readJson(lake: LakeReader, path: string): Promise<unknown> {
  const bytes = await lake.read(path);
  if (bytes === null) throw new Fault('lake/corrupt', { path, reason: 'listed but not there' });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (failure) {
    throw new Fault('lake/corrupt', { path, reason: 'not JSON' }, { cause: failure });
  }
}

function stateOf(checkpoint: unknown): TableState | undefined {
  return (checkpoint as { readonly state?: TableState } | null)?.state;
}

function nothing(): Reduced {
  return {
    tail: 0,
    shape: null,
    image: null,
    pending: [],
    waiting: [],
    cursor: { at: 'start' },
    highWater: '0',
    initialSyncCompleted: false,
    snapshot: null,
    shapeAt: 0,
    narrowest: Number.POSITIVE_INFINITY,
    removed: false,
  };
}

function fromCheckpoint(state: TableState): Reduced {
  return {
    tail: state.tail,
    shape: state.shape,
    image: state.image === null ? null : { ...state.image, parts: state.image.parts ?? null },
    pending: [...state.pending],
    waiting: [...(state.waiting ?? [])],
    cursor: state.cursor,
    highWater: state.highWater,
    initialSyncCompleted: state.initialSyncCompletedAt !== null,
    snapshot: snapshotOf(state.snapshots?.[0]),
    shapeAt: state.shapeAt,
    // Shapes before the checkpoint are not known any more; the three head columns are in every row.
    narrowest: 3,
    removed: state.shape === null,
  };
}

function apply(state: Reduced, entry: LogEntry): void {
  state.tail = entry.sequence;
  if (entry.kind !== 'removed') state.removed = false;
  switch (entry.kind) {
    case 'mode':
      return;
    case 'shape':
      state.shape = entry.shape;
      state.shapeAt = entry.sequence;
      state.narrowest = Math.min(state.narrowest, lakeColumns(entry.shape).length);
      return;
    case 'rows':
      if (entry.batch !== null)
        state.pending.push({ sequence: entry.sequence, epoch: entry.epoch, batch: entry.batch });
      state.cursor = entry.nextCursor;
      state.highWater = entry.highWater;
      if (entry.nextCursor.at === 'running' || entry.nextCursor.at === 'settling') state.initialSyncCompleted = true;
      return;
    case 'fold':
      // An entry that says what it goes on from names what changed alone.
      state.image = {
        through: entry.through,
        partitions: replaced(entry.onto === undefined ? [] : (state.image?.partitions ?? []), entry.partitions),
        parts:
          entry.parts === undefined
            ? null
            : replaced(entry.onto === undefined ? [] : (state.image?.parts ?? []), entry.parts),
      };
      state.pending = state.pending.filter(pending => pending.sequence > entry.through);
      for (const batch of entry.changes ?? []) state.waiting.push({ sequence: entry.sequence, batch });
      return;
    case 'snapshot':
      state.snapshot = snapshotOf(entry);
      return;
    case 'exported':
      state.waiting = state.waiting.filter(({ sequence }) => sequence > entry.through);
      return;
    case 'reset':
      state.cursor = entry.nextCursor;
      return;
    case 'removed':
      Object.assign(state, nothing(), { tail: entry.sequence, removed: true });
      return;
  }
}

function replaced<T extends { readonly name: string }>(old: readonly T[], changed: readonly T[]): readonly T[] {
  const names = new Set(changed.map(({ name }) => name));
  return [...old.filter(({ name }) => !names.has(name)), ...changed];
}

function snapshotOf(taken: Pick<Snapshot, 'shapeAt' | 'append' | 'files'> | undefined): CommittedSnapshot | null {
  return taken === undefined ? null : { shapeAt: taken.shapeAt, append: taken.append ?? false, files: taken.files };
}

/** Every immutable file that holds a part of the table's committed rows. */
export function committedFiles(committed: Committed): DataFile[] {
  const image = committed.image?.partitions.map(partition => partition.file) ?? [];
  const parts = committed.image?.parts?.map(part => part.file) ?? [];
  return [...image, ...parts, ...committed.pending.map(pending => pending.batch)];
}
