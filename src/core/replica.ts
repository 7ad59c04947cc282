import type { ChangeBatch, SnapshotFile, TableState } from './commit.ts';
import type { FolderName } from './folder-name.ts';
import type { TableName } from './names.ts';

/** A table of a link as its manifest shows it. */
export interface PublishedTable {
  readonly table: TableName;
  readonly state: TableState;
}

/** The files that a link's manifest leads readers to. */
export type ManifestNames = 'near-real-time' | 'snapshots';

/**
 * A form of the lake for readers, made from committed state after the commit, and again from it at any time.
 * Repeats: publishing the same state again changes nothing. A stale publisher changes nothing either.
 */
export interface Replica {
  /** Publishes one table's files whose committed contents are newer than what is shown. */
  publishTable(table: PublishedTable, signal: AbortSignal): Promise<{ readonly files: number; readonly bytes: number }>;
  /**
   * Publishes what spans tables. `sequence` is the link log's entry that holds these table states. `names`: near
   * real-time files unless told.
   */
  publishLink(
    link: { readonly sequence: number; readonly tables: readonly PublishedTable[]; readonly names?: ManifestNames },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Removes published partition files that the table's state no longer names (after its strategy changed), and snapshot
   * files that none of its snapshots names and that are past retention. Called after a manifest that shows this state.
   */
  tidyTable(table: PublishedTable, signal: AbortSignal): Promise<void>;
  /** Removes the published files of a table that left the link. */
  withdrawTable(table: TableName, signal: AbortSignal): Promise<void>;
}

/** Writes snapshots; a link without them has none. */
export interface SnapshotWriter {
  /**
   * Writes the files of a snapshot of what the table's image holds, under names nobody has, and answers all files of it:
   * those of the newest snapshot where their partition did not change since. Nothing names them before the commit.
   */
  writeSnapshot(
    table: PublishedTable,
    options: { readonly takenAtMs: number; readonly signal: AbortSignal },
  ): Promise<readonly SnapshotFile[]>;
}

/** Writes incremental folders; only a link of that output has one. */
export interface FolderWriter {
  /** Readers are told which folder is in progress. */
  announceFolder(name: FolderName, options: { readonly sequence: number; readonly signal: AbortSignal }): Promise<void>;
  /**
   * Writes the files of a folder that was closed, its model.json last. Repeats: what is there already
   * stays. A folder without changes in any table writes nothing.
   */
  writeFolder(folder: FolderContents, signal: AbortSignal): Promise<void>;
}

/** What is in one incremental folder. */
export interface FolderContents {
  readonly name: FolderName;
  /** Of the link log's entry that decided it. */
  readonly sequence: number;
  /** Every table of the link that readers may use, in the order of the manifest. */
  readonly tables: readonly FolderTable[];
}

export interface FolderTable extends PublishedTable {
  /** Oldest first; none: the table has no changes in this folder. */
  readonly changes: readonly ChangeBatch[];
}
