import type { ByteStore } from './bytestore.ts';
import {
  both,
  type Check,
  count,
  isoTime,
  listOf,
  matching,
  maybe,
  NotValid,
  objectOf,
  oneOf,
  orNull,
  recordOf,
  taggedBy,
  text,
} from './check.ts';
import type { Clock } from './clock.ts';
import { Fault } from './fault.ts';
import { FOLDER_NAME, type FolderName } from './folder-name.ts';
import { limits } from './limits.ts';
import { decodeJson, encodeJson, NONCE } from './log-codec.ts';
import { parseTableName, type TableName } from './names.ts';
import { type Appended, type LogForm, SequencedLog } from './sequenced-log.ts';

/** Where the link log lies. No table is called so: logical names start with a letter. */
export const LINK_LOG_FOLDER = '.lakelink/_link';

export interface LinkEntryHead {
  readonly format: 1;
  readonly sequence: number;
  readonly at: string;
  readonly nonce: string;
}

/** A table belongs to the link from here on. `from` is its log's tail then, so a table added again is known from before. */
export interface TableAddedEntry {
  readonly kind: 'table-added';
  readonly table: TableName;
  readonly from: number;
}

export interface TableRemovedEntry {
  readonly kind: 'table-removed';
  readonly table: TableName;
}

/** What spans tables is rendered from this: of each table named, the state at this sequence of its log. */
export interface ManifestEntry {
  readonly kind: 'manifest';
  readonly tables: Readonly<Record<string, number>>;
}

/** The environment was restored to an earlier time, or is another one that a person accepted (I-9). */
export interface EpochEntry {
  readonly kind: 'epoch';
  /** Of every table from here on. */
  readonly epoch: number;
}

/** The incremental folder that changes go to from here on; the first of the link, or after a changelog that was lost. */
export interface FolderOpenedEntry {
  readonly kind: 'folder-opened';
  readonly name: FolderName;
}

/** Which changes of a table a folder holds: those of its folds after one sequence of its log, up to another. */
export interface FolderRange {
  readonly after: number;
  readonly through: number;
  /** Sequence of the shape that the folder shows the table in. */
  readonly shapeAt: number;
}

/**
 * What is in the folder is decided: its files are made from this, as often as needed, until it is finished. Later changes
 * go to `next`, a higher name.
 */
export interface FolderClosedEntry {
  readonly kind: 'folder-closed';
  readonly name: FolderName;
  readonly next: FolderName;
  /** Every table that readers may use; `after` = `through` for one without changes. */
  readonly tables: Readonly<Record<string, FolderRange>>;
}

/** The folder's model.json is there and the changelog has moved on. */
export interface FolderFinishedEntry {
  readonly kind: 'folder-finished';
  readonly name: FolderName;
}

export type LinkEntryBody =
  | TableAddedEntry
  | TableRemovedEntry
  | ManifestEntry
  | EpochEntry
  | FolderOpenedEntry
  | FolderClosedEntry
  | FolderFinishedEntry;
export type LinkEntry = LinkEntryHead & LinkEntryBody;

/** The link log reduced. */
export interface LinkState {
  readonly tail: number;
  /** Tables of the link, in the order they were added. */
  readonly members: readonly TableName[];
  /** Per table its sequence in the newest manifest; members that no manifest named yet are absent. */
  readonly shown: Readonly<Record<string, number>>;
  /** Sequence of the newest manifest; 0 before the first. */
  readonly manifestAt: number;
  /** The epoch that every table is to be in; a table behind it begins a new full read. */
  readonly epoch: number;
  /** Incremental links: the folder in progress; null before the first. */
  readonly folder: FolderName | null;
  /** A folder that is decided and not finished. */
  readonly closing: ClosingFolder | null;
  /** Per table the last sequence that is in a closed folder. */
  readonly exported: Readonly<Record<string, number>>;
  /** Per table the first folder that lists it since it was added: what earlier ones say is of another life in the link. */
  readonly joined: Readonly<Record<string, FolderName>>;
}

export interface ClosingFolder extends Omit<FolderClosedEntry, 'kind'> {
  /** Of its entry: what its files carry. */
  readonly sequence: number;
}

export function emptyLinkState(): LinkState {
  return {
    tail: 0,
    members: [],
    shown: {},
    manifestAt: 0,
    epoch: 0,
    folder: null,
    closing: null,
    exported: {},
    joined: {},
  };
}

/** The state after one more entry; one that cannot follow is `lake/corrupt`. */
export function reduceLink(state: LinkState, entry: LinkEntry): LinkState {
  if (entry.sequence !== state.tail + 1 || !mayFollow(state, entry)) {
    throw new Fault('lake/corrupt', { sequence: entry.sequence, reason: 'it cannot follow the one before' });
  }
  const next = { ...state, tail: entry.sequence };
  switch (entry.kind) {
    case 'table-added':
      return { ...next, members: [...state.members, entry.table] };
    case 'table-removed': {
      const { [entry.table]: _, ...shown } = state.shown;
      const { [entry.table]: __, ...exported } = state.exported;
      const { [entry.table]: ___, ...joined } = state.joined;
      return { ...next, members: state.members.filter(table => table !== entry.table), shown, exported, joined };
    }
    case 'manifest':
      return { ...next, shown: { ...state.shown, ...entry.tables }, manifestAt: entry.sequence };
    case 'epoch':
      return { ...next, epoch: entry.epoch };
    case 'folder-opened':
      return { ...next, folder: entry.name };
    case 'folder-closed': {
      const { sequence, name, next: following, tables } = entry;
      const through = Object.entries(tables).map(([table, range]) => [table, range.through] as const);
      return {
        ...next,
        folder: following,
        closing: { sequence, name, next: following, tables },
        exported: { ...state.exported, ...Object.fromEntries(through) },
        joined: { ...Object.fromEntries(Object.keys(tables).map(table => [table, name])), ...state.joined },
      };
    }
    case 'folder-finished':
      return { ...next, closing: null };
  }
}

/**
 * The log of what spans tables. Same rules as a table's log. A manifest never shows a table older than the one before
 * it did; one made from older states is discarded, so what is rendered from manifests never goes back (I-3).
 */
export class LinkLog {
  readonly #log: SequencedLog<LinkState, LinkEntry>;
  readonly #store: ByteStore;
  readonly #clock: Clock;

  constructor({
    store,
    clock,
    newNonce,
  }: {
    readonly store: ByteStore;
    readonly clock: Clock;
    readonly newNonce: () => string;
  }) {
    this.#store = store;
    this.#clock = clock;
    this.#log = new SequencedLog({ store, folder: LINK_LOG_FOLDER, clock, newNonce, form });
  }

  load(signal: AbortSignal): Promise<LinkState> {
    return this.#log.load(signal);
  }

  refresh(state: LinkState, signal: AbortSignal): Promise<LinkState> {
    return this.#log.refresh(state, signal);
  }

  /** Commits behind whatever came meanwhile, or answers `discarded` when it no longer holds (see `mayFollow`). */
  commit(
    state: LinkState,
    body: LinkEntryBody,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Appended<LinkState>> {
    const make = (current: LinkState, nonce: string): LinkEntry | null => {
      if (!mayFollow(current, body)) return null;
      const at = new Date(this.#clock.nowMs()).toISOString();
      return { format: 1, sequence: current.tail + 1, at, nonce, ...body };
    };
    return this.#log.append(state, make, signal);
  }

  /** Removes entries and checkpoints below the newest checkpoint that is past retention and not the newest one. */
  async sweep(signal: AbortSignal): Promise<{ readonly entries: number; readonly checkpoints: number }> {
    const horizonMs = this.#clock.nowMs() - limits.retentionMs;
    const checkpoints = await this.#log.checkpoints(signal);
    const newest = checkpoints.at(-1);
    if (newest === undefined || (await this.#log.readCheckpoint(newest.sequence, signal)) === null) {
      return { entries: 0, checkpoints: 0 };
    }
    const floor = checkpoints.filter(file => file !== newest && file.modifiedMs < horizonMs).at(-1);
    if (floor === undefined || (await this.#log.readCheckpoint(floor.sequence, signal)) === null) {
      return { entries: 0, checkpoints: 0 };
    }
    const below = (await this.#log.entries(signal)).filter(file => file.sequence < floor.sequence);
    const older = checkpoints.filter(file => file.sequence < floor.sequence);
    for (const file of [...below, ...older]) await this.#store.remove(file.path, signal);
    return { entries: below.length, checkpoints: older.length };
  }
}

/** Whether an entry still makes sense after a state. */
function mayFollow(state: LinkState, body: LinkEntryBody): boolean {
  switch (body.kind) {
    case 'table-added':
      return !state.members.includes(body.table);
    case 'table-removed':
      return state.members.includes(body.table);
    case 'manifest':
      return Object.entries(body.tables).every(
        ([table, sequence]) => state.members.some(member => member === table) && sequence >= (state.shown[table] ?? 0),
      );
    case 'epoch':
      return body.epoch === state.epoch + 1;
    case 'folder-opened':
      return state.closing === null && (state.folder === null || body.name > state.folder);
    case 'folder-closed':
      return (
        state.closing === null &&
        body.name === state.folder &&
        body.next > body.name &&
        Object.entries(body.tables).every(
          ([table, { after, through }]) => after === (state.exported[table] ?? 0) && through >= after,
        )
      );
    case 'folder-finished':
      return state.closing?.name === body.name;
  }
}

const tableName: Check = (value, at) => {
  try {
    parseTableName(value);
  } catch {
    throw new NotValid(at, 'a table name');
  }
};

const folderName = matching(FOLDER_NAME, 'the name of an incremental folder');
const ranges = recordOf(tableName, objectOf<FolderRange>({ after: count, through: count, shapeAt: count }));

const entryCheck = both(
  objectOf<LinkEntryHead>({ format: oneOf(1), sequence: count, at: isoTime, nonce: NONCE }),
  taggedBy('kind', {
    'table-added': objectOf<TableAddedEntry>({ kind: text, table: tableName, from: count }),
    'table-removed': objectOf<TableRemovedEntry>({ kind: text, table: tableName }),
    manifest: objectOf<ManifestEntry>({ kind: text, tables: recordOf(tableName, count) }),
    epoch: objectOf<EpochEntry>({ kind: text, epoch: count }),
    'folder-opened': objectOf<FolderOpenedEntry>({ kind: text, name: folderName }),
    'folder-closed': objectOf<FolderClosedEntry>({ kind: text, name: folderName, next: folderName, tables: ranges }),
    'folder-finished': objectOf<FolderFinishedEntry>({ kind: text, name: folderName }),
  }),
);

const stateCheck = objectOf<LinkState>({
  tail: count,
  members: listOf(tableName),
  shown: recordOf(tableName, count),
  manifestAt: count,
  // Absent, as what follows, in checkpoints of earlier versions.
  epoch: maybe(count),
  folder: maybe(orNull(folderName)),
  closing: maybe(
    orNull(objectOf<ClosingFolder>({ sequence: count, name: folderName, next: folderName, tables: ranges })),
  ),
  exported: maybe(recordOf(tableName, count)),
  joined: maybe(recordOf(tableName, folderName)),
});

interface LinkCheckpoint {
  readonly format: 1;
  readonly state: LinkState;
}

const checkpointCheck = objectOf<LinkCheckpoint>({ format: oneOf(1), state: stateCheck });

const form: LogForm<LinkState, LinkEntry> = {
  empty: emptyLinkState,
  reduce: reduceLink,
  encodeEntry: encodeJson,
  parseEntry: (bytes, path) => decodeJson(bytes, { path, check: entryCheck }) as LinkEntry,
  encodeCheckpoint: state => encodeJson({ format: 1, state } satisfies LinkCheckpoint),
  parseCheckpoint: (bytes, path) => {
    const { state } = decodeJson(bytes, { path, check: checkpointCheck }) as LinkCheckpoint;
    return { ...emptyLinkState(), ...state };
  },
};
