import type { PartitionStrategy, Witness } from './commit.ts';
import type { TableShape } from './shape.ts';
import type { SpooledPage } from './spool.ts';

/** A Parquet file on local disk, not yet in the lake. The caller puts it and removes the local one. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
}

export interface BuildRequest {
  readonly shape: TableShape;
  readonly page: SpooledPage;
  /** Local paths of batches committed earlier in the same delta or read; deletes are held against them (I-4). */
  readonly chain: readonly string[];
  readonly epoch: number;
  /** The batch's sink time. */
  readonly sinkAt: Date;
  /**
   * Version that a delete takes: the table's high-water version before this delta; decimal text. Not before this batch:
   * rows of it that were read again may be newer than the delta's end, and newer than a row made again after its delete.
   */
  readonly deleteVersion: string;
  /** Version that a delete takes which was settled by reading; the high-water version before this batch. */
  readonly goneVersion?: string;
  /** Properties that no fresh table definition knows either: they are left out instead of being reported again. */
  readonly ignored?: readonly string[];
  /** Rows of which it is told when this page speaks of them anew; see `gone` of the result. */
  readonly watched?: readonly Witness[];
  /** Ids of this page that held both a row and a delete, as read again: true when the row exists (its row is in `settledPage`). */
  readonly settled: { readonly gone: readonly string[]; readonly page: SpooledPage | null } | null;
}

/** Pages that follow each other in one full read, in their order; see `Batcher.buildTogether`. */
export interface PagesRequest extends Omit<BuildRequest, 'page' | 'chain' | 'settled'> {
  readonly pages: readonly SpooledPage[];
}

/** `file` is null when the page held nothing. `rows`+`deletes` are counts after duplicates of one id were settled. */
export interface Built {
  readonly is: 'built';
  readonly file: (LocalFile & { readonly deletes: number }) | null;
  /** Highest version in the page; decimal text; null when it held no rows. */
  readonly highWater: string | null;
  readonly repaired: number;
  /** Ids (or positions, where the id is unreadable) of lines that were set aside; the lines lie beside the spool. */
  readonly quarantined: readonly string[];
  /** The row of the highest version, as the environment showed it; null or absent when the page held no rows. */
  readonly newest?: Witness | null;
  /** Of `watched`, the ids that the page (of changes, or of single rows) deletes or shows with a higher version. */
  readonly gone?: readonly string[];
}

export type BuildResult =
  | Built
  /** These ids have both a row and a delete in one delta: read each again and call with `settled`. */
  | { readonly is: 'unsettled'; readonly ids: readonly string[] }
  /** Rows carry properties the shape does not know: refresh it and call again. */
  | { readonly is: 'unknown-properties'; readonly names: readonly string[] };

/** A partition of the image as the fold reads it. */
export interface FoldPartition {
  readonly name: string;
  readonly path: string;
  /** `csvBytes` of the partition; absent: not known. Only folds look at it. */
  readonly csvBytes?: number | undefined;
}

/** A file of an append-only table as the fold reads it. */
export interface FoldPart extends FoldPartition {
  readonly rows: number;
  readonly deletes: number;
}

/** A committed batch as a merge reads it, oldest first. */
export interface MergeBatch {
  readonly path: string;
  readonly sequence: number;
  readonly epoch: number;
}

export interface MergeInput {
  readonly shape: TableShape;
  readonly image: readonly FoldPartition[];
  readonly batches: readonly MergeBatch[];
}

export interface FoldRequest extends MergeInput {
  readonly partitionStrategy: PartitionStrategy;
  /** The strategy that the image was cut by, where it is another one: then everything is cut anew. */
  readonly imageStrategy?: PartitionStrategy;
  /** A file goes on in the next one (`2018`, `2018_001`) past about so many bytes as CSV; absent: never. */
  readonly partBytesMax?: number;
  /** What is kept beside the image; absent: nothing. */
  readonly history?: FoldHistory;
}

/**
 * `parts`: every version in the batches that is newer than what was known of its id, and every delete, goes behind the
 * rows of its partition: a delete to the partition its row was in, else to `1`. With `parts` null they are made from the
 * image first. `changes`: the same rows as files of their own. `__epoch` and `__version` are what readers are told: of a row
 * its own, of a delete those of its row, version 0 where none is known.
 */
export type FoldHistory =
  | { readonly keep: 'parts'; readonly parts: readonly FoldPart[] | null }
  | { readonly keep: 'changes' };

export interface FoldedFile {
  readonly name: string;
  readonly file: LocalFile;
  /** About how many bytes its rows take as CSV. */
  readonly csvBytes: number;
}

export interface FoldResult {
  /** Only partitions that changed, with their new contents (zero rows where all went); others stay as they are. */
  readonly changed: readonly FoldedFile[];
  /** Partitions of the image that are no more, as everything was cut anew. */
  readonly dropped: readonly string[];
  /** Live rows after the fold, over all partitions. */
  readonly rowCount: number;
  /** Keep `parts`: files that are new or were added to, whole. */
  readonly parts: readonly (FoldedFile & { readonly deletes: number })[];
  /** Keep `changes`: what this fold brought; none when it brought nothing. */
  readonly changes: readonly (LocalFile & { readonly deletes: number })[];
}

export interface NarrowRequest extends MergeInput {
  readonly pages: readonly SpooledPage[];
  /**
   * Highest version that was committed when the first page was asked, decimal text. A row above it came by an update
   * since, and by an update it would go, so not being shown says nothing of it. Absent: every row could be shown.
   */
  readonly knownThrough?: string;
  /** The epoch of the full read. A row of an earlier one that is shown is behind, one that is not shown has vanished. */
  readonly epoch?: number;
}

export interface NarrowResult {
  /** Ids the environment has newer than the lake, or that the lake does not have. */
  readonly behind: readonly string[];
  /** Those of them that the lake does not have: where the environment has them no more either, there is nothing to say. */
  readonly unknown?: readonly string[];
  /** Ids the lake has and the environment did not show. */
  readonly vanished: readonly string[];
  /** Rows the environment showed, and live rows of the lake. */
  readonly shown: number;
  readonly live: number;
}

/**
 * Turns pages into change batches and batches into images. All values are exact or counted: a value that does not fit
 * its column throws `batch/cast` with column and id, and nothing is written.
 * Order of versions: highest (epoch, version) wins; at the same version a delete wins over a row, then the higher sequence.
 */
export interface Batcher {
  build(request: BuildRequest, signal: AbortSignal): Promise<BuildResult>;
  /** One batch of several pages of a full read; null when they need `build`, one by one. */
  buildTogether(request: PagesRequest, signal: AbortSignal): Promise<Built | null>;
  fold(request: FoldRequest, signal: AbortSignal): Promise<FoldResult>;
  /** Holds a narrow pass (pages of id and version) against the committed rows. */
  compareNarrow(request: NarrowRequest, signal: AbortSignal): Promise<NarrowResult>;
  /** Removes a file that this batcher made, once it is in the lake or will not be put there; twice is allowed. */
  discard(file: Pick<LocalFile, 'path'>): Promise<void>;
  close(): Promise<void>;
}
