import type { PartitionStrategy } from './commit.ts';
import type { FaultCode } from './fault.ts';

/** The sync states of the original (choice `synapselinkentitysyncstate`). */
export type SyncState =
  | 'NotStarted'
  | 'InProgress'
  | 'Completed'
  | 'CompletedWithFailures'
  | 'RequestedInitialData'
  | 'Paused'
  | 'PostProcessing';

/** What a person sees of a table: one row of `lakelink status`. Times are ISO, counts are rows. */
export interface TableStatus {
  readonly link: string;
  readonly table: string;
  readonly initialSync: SyncState;
  /** `InProgress` with a completed initial sync is healthy, and shown as Active. */
  readonly sync: SyncState;
  readonly label: 'Not started' | 'Queued' | 'Initial sync' | 'Post-processing' | 'Active' | 'Paused' | 'Retrying';
  /** Place in the line of tables that are to be read whole, from 1; null where it does not stand in it. */
  readonly queued: number | null;
  /** Live rows in place; versions and deletes written for readers when append only. */
  readonly count: number;
  /** Rows read so far in the full read under way, and the environment's own estimate; null when unknown. */
  readonly progress: { readonly rows: number; readonly estimate: number | null } | null;
  readonly lastSynchronizedOn: string | null;
  /** Last time the environment was asked successfully. */
  readonly lastPolledOn: string | null;
  readonly rowsPerSecond: number;
  readonly changes: { readonly rows: number; readonly deletes: number };
  /** Committed batches that the published files do not show yet; 0: they show everything. */
  readonly pendingBatches: number;
  readonly partitionStrategy: PartitionStrategy;
  readonly appendOnly: boolean;
  /** When the newest snapshot was taken; null without one. */
  readonly lastSnapshotOn: string | null;
  readonly postProcessingMs: number | null;
  readonly omittedColumns: number;
  /** Why a person paused it; null while it runs, or pauses by itself (then `error` says why). */
  readonly paused: string | null;
  readonly error: { readonly code: FaultCode; readonly message: string; readonly remedy: string | null } | null;
}
