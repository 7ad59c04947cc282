import type { CopyCommand } from './copy-command.ts';
import type { Direction } from './cursor.ts';
import type { TextPart } from './token-reader.ts';

export type Isolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** What a transaction is to be; null: as the session says. */
export interface TransactionModes {
  readonly isolation: Isolation | null;
  readonly readOnly: boolean | null;
  readonly deferrable: boolean | null;
}

/** One statement, understood as far as it is not a query's own text. */
export type Command =
  /** Goes to the query engine as it is. */
  | { readonly is: 'query' }
  | { readonly is: 'begin'; readonly tag: string; readonly modes: TransactionModes }
  | { readonly is: 'commit' | 'rollback'; readonly chain: boolean }
  | { readonly is: 'savepoint' | 'release' | 'rollback-to'; readonly name: string }
  /** For this transaction, or as defaults of the session. */
  | { readonly is: 'set-transaction'; readonly scope: 'transaction' | 'session'; readonly modes: TransactionModes }
  /** `values` null: DEFAULT. */
  | {
      readonly is: 'set';
      readonly name: string;
      readonly values: readonly string[] | null;
      readonly isLocal: boolean;
    }
  /** `SELECT set_config(...)` with literals; `column` is the name of its only column. */
  | {
      readonly is: 'set-config';
      readonly name: string;
      readonly text: string;
      readonly isLocal: boolean;
      readonly column: string;
    }
  /** Null: all. */
  | { readonly is: 'reset'; readonly name: string | null }
  | { readonly is: 'show'; readonly name: string | null }
  | { readonly is: 'discard'; readonly what: 'ALL' | 'PLANS' | 'SEQUENCES' | 'TEMP' }
  /** Says yes and has nothing to do. */
  | { readonly is: 'nothing'; readonly tag: string }
  | { readonly is: 'deallocate'; readonly name: string | null }
  | { readonly is: 'prepare'; readonly name: string; readonly types: readonly string[]; readonly query: TextPart }
  /** `arguments`: expressions, each by itself. */
  | { readonly is: 'execute'; readonly name: string; readonly arguments: readonly TextPart[] }
  | {
      readonly is: 'declare';
      readonly name: string;
      readonly isBinary: boolean;
      readonly isScroll: boolean;
      readonly isHold: boolean;
      readonly query: TextPart;
    }
  | { readonly is: 'fetch'; readonly name: string; readonly direction: Direction }
  | { readonly is: 'move'; readonly name: string; readonly direction: Direction }
  | { readonly is: 'close'; readonly name: string | null }
  | CopyCommand
  | {
      readonly is: 'drop-database';
      readonly name: string;
      readonly ifExists: boolean;
      readonly keepFiles: boolean;
    }
  | {
      readonly is: 'create-view';
      readonly name: string;
      readonly columns: readonly string[];
      readonly replace: boolean;
      readonly query: TextPart;
    }
  | { readonly is: 'drop-view'; readonly names: readonly string[]; readonly ifExists: boolean }
  | {
      readonly is: 'refused';
      readonly state: string;
      readonly message: string;
      readonly hint?: string;
    };
