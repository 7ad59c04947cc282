import type { LogEntry, TableState } from '../core/commit.ts';
import type { Fault } from '../core/fault.ts';
import type { LinkFile } from '../core/link-file.ts';
import type { TableName } from '../core/names.ts';
import type { AsOf } from './database-view.ts';

/** What is committed in a lake, kept up by reading what came since; any number of processes may read one lake. */
export interface LakeReader {
  /** What the link is; read again at most every second. `lake/unmarked` where the folder is no lake. */
  link(signal: AbortSignal): Promise<LinkFile>;
  /** The table as it is committed now: everything whose commit came before this call is in it (R: visible at the next query). */
  state(table: TableName, signal: AbortSignal): Promise<TableState>;
  /** As of another time; `sql/not-retained` names the oldest that is kept. */
  stateAt(table: TableName, asOf: AsOf, signal: AbortSignal): Promise<TableState>;
  /** All tables of the link as they are known, at most `maxAgeMs` old: for the catalogue and for monitoring. */
  states(options: {
    readonly maxAgeMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly { readonly table: TableName; readonly state: TableState | Fault }[]>;
  /** The entries of a table's log that are kept, oldest first. */
  entries(table: TableName, signal: AbortSignal): Promise<readonly LogEntry[]>;
}
