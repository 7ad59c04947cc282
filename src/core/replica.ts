import type { TableState } from './commit.ts';
import type { TableName } from './names.ts';

/** A table of a link as its manifest shows it. */
export interface PublishedTable {
  readonly table: TableName;
  readonly state: TableState;
}

/**
 * A form of the lake for readers, made from committed state after the commit, and again from it at any time.
 * Repeats: publishing the same state again changes nothing. A stale publisher changes nothing either.
 */
export interface Replica {
  /** Publishes one table's files whose committed contents are newer than what is shown. */
  publishTable(table: PublishedTable, signal: AbortSignal): Promise<{ readonly files: number; readonly bytes: number }>;
  /** Publishes what spans tables. `sequence` is the link log's entry that holds these table states. */
  publishLink(
    link: { readonly sequence: number; readonly tables: readonly PublishedTable[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes the published files of a table that left the link. */
  withdrawTable(table: TableName, signal: AbortSignal): Promise<void>;
}
