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

/** One partition of an image: a Parquet file without deletes, one row per id. `changedAt`: sequence of the fold that wrote it. */
export interface ImagePartition {
  /** `2024`, `2024-03`, or `1` for rows without createdon. */
  readonly name: string;
  readonly changedAt: number;
  readonly file: DataFile;
}

/** A row as the environment showed it: later it has this version or a higher one, or is deleted. */
export interface Witness {
  readonly id: string;
  /** Decimal text. */
  readonly version: string;
}

export type PartitionStrategy = 'year' | 'month';

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

/** Table settings that decide file shapes. */
export interface ModeEntry {
  readonly kind: 'mode';
  readonly partitionStrategy: PartitionStrategy;
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
  readonly partitions: readonly ImagePartition[];
  /** Live rows in the image. */
  readonly rowCount: number;
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

export type EntryBody = ModeEntry | ShapeEntry | RowsEntry | FoldEntry | ResetEntry | RemovedEntry;
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
}

/** A table's committed state: the entries up to `tail`, reduced. Everything else can be made again from it (I-1). */
export interface TableState {
  readonly tail: number;
  readonly epoch: number;
  readonly generation: number;
  readonly partitionStrategy: PartitionStrategy;
  readonly shape: TableShape | null;
  /** Sequence of the newest `shape` entry; 0 before the first. */
  readonly shapeAt: number;
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
  /**
   * Up to three rows of the highest versions in this epoch, highest first: an environment that shows a lower version of
   * one, or none and no delete of it, was restored to an earlier time (I-9).
   */
  readonly witnesses?: readonly Witness[];
  /** The environment was restored, and the full read that followed is not complete: no row goes without a person's word. */
  readonly restoring?: boolean;
}
