import type { Cursor } from './cursor.ts';
import type { TableShape } from './shape.ts';

/** An immutable file in the lake. `path` is relative to the lake's root; `sha256` is of its bytes, hex. */
export interface DataFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
}

/** One change batch: rows and deletes of one page or more, as one Parquet file (see batch/ for its columns). */
export interface ChangeBatch extends DataFile {
  readonly deletes: number;
}

/** One file of an image: a Parquet file without deletes, one row per id. `changedAt`: sequence of the fold that wrote it. */
export interface ImagePartition {
  /**
   * `2024`, `2024-03`, `2024-03-31`, or `1` for rows without createdon. A partition that grew past the size limit goes on
   * in `2024_001`, `2024_002`: what is before the `_` belongs together, and a row stays in the file it is in.
   */
  readonly name: string;
  readonly changedAt: number;
  readonly file: DataFile;
  /** About how many bytes its rows take as CSV; absent in images from before it was kept. */
  readonly csvBytes?: number;
}

/**
 * A file of an append-only table: every version that was taken in and every delete, in Parquet as a change batch has
 * them. Named as partitions are. Only the last file of a partition still grows; the others never change again.
 */
export interface AppendPart extends ImagePartition {
  /** Of `file.rows`, those that are deletes. */
  readonly deletes: number;
}

/** A row as the environment showed it: later it has this version or a higher one, or is deleted. */
export interface Witness {
  readonly id: string;
  /** Decimal text. */
  readonly version: string;
}

export type PartitionStrategy = 'year' | 'month' | 'day';

/**
 * How a table's rows stand in readers' files. `in-place`: one row per id, as it is now. `append`: every version and every
 * delete, in the partition of the row. `folders`: every change once, in the folder of its time (a link of incremental
 * folders). The image is kept in each of them: it says what is live.
 */
export type WriteMode = 'in-place' | 'append' | 'folders';

/** What every entry of a table's log carries. */
export interface EntryHead {
  readonly format: 1;
  /** Position in the log, from 1 without gaps; also the file's name. */
  readonly sequence: number;
  /** ISO time of the writer's clock; for people, never for decisions. */
  readonly at: string;
  /** Random, of this put: how a writer knows its own entry when the answer to a put is lost. */
  readonly nonce: string;
  /** Rises when the environment is restored to an earlier time (I-9). */
  readonly epoch: number;
  /** Rises with every full read (I-6). */
  readonly generation: number;
}

/** Table settings that decide file shapes. Readers' files follow with the next fold. */
export interface ModeEntry {
  readonly kind: 'mode';
  readonly partitionStrategy: PartitionStrategy;
  /** Absent in logs from before there were others: `in-place`. */
  readonly writeMode?: WriteMode;
}

/** Columns and choices from here on. */
export interface ShapeEntry {
  readonly kind: 'shape';
  readonly shape: TableShape;
}

/** Rows arrive, or only the cursor moves (`batch` null). Cursor and data become true in this one put. */
export interface RowsEntry {
  readonly kind: 'rows';
  readonly batch: ChangeBatch | null;
  readonly prevCursor: Cursor;
  readonly nextCursor: Cursor;
  /** Highest version seen in the table so far, a decimal text (int64). */
  readonly highWater: string;
  /** The batch's sink time, ISO; never below the previous batch's. */
  readonly sinkAt: string;
  /** Values that were repaired (broken text, NUL) and lines that were set aside in this batch. */
  readonly repaired: number;
  readonly quarantined: readonly string[];
  /** The row of the highest version in this batch; absent where it holds none. */
  readonly newest?: Witness;
  /** Witnesses of the state before that this batch deletes or holds in a higher version: they tell nothing any more. */
  readonly gone?: readonly string[];
}

/** The image is now this one, and holds every batch up to and including sequence `through`. */
export interface FoldEntry {
  readonly kind: 'fold';
  readonly through: number;
  /**
   * Sequence of the fold that this one goes on from: `partitions` and `parts` are those it changed, all others stay. A
   * table by day has thousands, and every fold would name them. Absent: they are all there are.
   */
  readonly onto?: number;
  readonly partitions: readonly ImagePartition[];
  /** Live rows in the image. */
  readonly rowCount: number;
  /** Mode `append` only: files of the table, those that this fold added to with its sequence. */
  readonly parts?: readonly AppendPart[];
  /** Mode `folders` only: what this fold brought, in the form of change batches; absent when it brought nothing. */
  readonly changes?: readonly ChangeBatch[];
}

/** A published file of a snapshot: a CSV under a name of its own, which never changes. */
export interface SnapshotFile {
  /** Of the image partition or append part that it shows. */
  readonly partition: string;
  /** `account/Snapshot/2019_1624472721.csv`, relative to the lake's root. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  /** `changedAt` of the partition, or the shape's sequence where that made it be written anew; a later snapshot with the same one keeps the file. */
  readonly changedAt: number;
}

/** A snapshot of the table: readers are led to these files from the next manifest on. */
export interface SnapshotEntry {
  readonly kind: 'snapshot';
  /** ISO time of the service's clock; the schedule goes by it. */
  readonly takenAt: string;
  /** `foldedAt` of the image that it shows, and the sequence of its shape. */
  readonly foldedAt: number;
  readonly shapeAt: number;
  /** How many snapshots are kept, this one among them. */
  readonly keep: number;
  /** What its files are cut by; absent: the state's. */
  readonly strategy?: PartitionStrategy;
  /** Its files show parts, with every version and delete. */
  readonly append?: boolean;
  readonly files: readonly SnapshotFile[];
}

/** Changes up to a sequence are in a finished incremental folder. */
export interface ExportedEntry {
  readonly kind: 'exported';
  /** Sequence of the newest fold whose changes are in it. */
  readonly through: number;
  /** For people: `2024-10-10T00.29.50Z`. */
  readonly folder: string;
}

/** A new full read begins; data stays, the cursor starts again. */
export interface ResetEntry {
  readonly kind: 'reset';
  readonly reason: string;
  readonly prevCursor: Cursor;
  readonly nextCursor: Cursor;
}

/**
 * The table left the link: nothing of it counts any more. The log goes on after it, so that sequences, and with them
 * what fixed names show, never fall when the table is added again.
 */
export interface RemovedEntry {
  readonly kind: 'removed';
  readonly prevCursor: Cursor;
}

export type EntryBody =
  | ModeEntry
  | ShapeEntry
  | RowsEntry
  | FoldEntry
  | SnapshotEntry
  | ExportedEntry
  | ResetEntry
  | RemovedEntry;
export type LogEntry = EntryHead & EntryBody;

/** A batch that is committed and not yet folded into the image. */
export interface PendingBatch {
  readonly sequence: number;
  readonly epoch: number;
  readonly batch: ChangeBatch;
}

export interface Image {
  /** Sequence of the fold that made it. */
  readonly foldedAt: number;
  /** Last sequence whose rows are in it. */
  readonly through: number;
  readonly partitions: readonly ImagePartition[];
  readonly rowCount: number;
  /** The strategy that `partitions` (and `parts`) are cut by; absent: the state's. */
  readonly strategy?: PartitionStrategy;
  /** The files of an append-only table; absent in any other. What is published follows the image, not the newest mode. */
  readonly parts?: readonly AppendPart[];
}

/** A snapshot that readers may still read. */
export interface Snapshot extends Omit<SnapshotEntry, 'kind' | 'keep'> {
  /** Of its entry. */
  readonly sequence: number;
}

/** What a fold brought to a link of incremental folders and is in no finished folder yet. */
export interface WaitingChanges {
  /** Of the fold. */
  readonly sequence: number;
  readonly batch: ChangeBatch;
}

/** A table's committed state: the entries up to `tail`, reduced. Everything else can be made again from it (I-1). */
export interface TableState {
  readonly tail: number;
  readonly epoch: number;
  readonly generation: number;
  readonly partitionStrategy: PartitionStrategy;
  readonly writeMode: WriteMode;
  readonly shape: TableShape | null;
  /** Sequence of the newest `shape` entry; 0 before the first. */
  readonly shapeAt: number;
  /** Sequence of the newest `shape` entry after which files written before it have to be written again; 0: none. */
  readonly retypedAt: number;
  readonly cursor: Cursor;
  readonly image: Image | null;
  readonly pending: readonly PendingBatch[];
  /** Batches of the delta now under way, oldest first (a delete is held against them, I-4). */
  readonly chain: readonly PendingBatch[];
  /** Decimal text. */
  readonly highWater: string;
  /** `highWater` when the delta under way began: what its deletes take. Null or absent between deltas. */
  readonly deltaHighWater?: string | null;
  /** ISO; null before the first rows. */
  readonly sinkAt: string | null;
  /** ISO time of the newest entry that moved the cursor. */
  readonly cursorAt: string | null;
  /** Whether any full read was ever completed: readers may use the table. */
  readonly initialSyncCompletedAt: string | null;
  /** Sequence of the entry that completed it; an image made before it holds only a part of the rows. */
  readonly initialSyncCompletedIn: number | null;
  /** Totals since the table was added. */
  readonly rowsCommitted: number;
  readonly deletesCommitted: number;
  /** Versions and deletes written for readers in modes `append` and `folders`: what their Count means. */
  readonly changesWritten: number;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** Mode `folders`, oldest first. */
  readonly waiting: readonly WaitingChanges[];
  /**
   * Up to three rows of the highest versions in this epoch, highest first: an environment that shows a lower version of
   * one, or none and no delete of it, was restored to an earlier time (I-9).
   */
  readonly witnesses?: readonly Witness[];
  /** The environment was restored, and the full read that followed is not complete: no row goes without a person's word. */
  readonly restoring?: boolean;
}
