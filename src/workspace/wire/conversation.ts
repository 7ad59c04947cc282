import type { SqlUser } from '../directory.ts';
import type { EncodedRow, ResultField, ValueFormat } from '../sql-session.ts';

/*
 * What stands between the bytes of a connection and what is said on it. Source of the messages: PostgreSQL 15
 * documentation, "Frontend/Backend Protocol", version 3.0.
 */

/** What a client says after it signed in. */
export type FrontendMessage =
  | { readonly is: 'query'; readonly sql: string }
  | { readonly is: 'parse'; readonly name: string; readonly sql: string; readonly parameterTypes: readonly number[] }
  | {
      readonly is: 'bind';
      readonly portal: string;
      readonly statement: string;
      /** One for all, one each, or none for text. */
      readonly parameterFormats: readonly ValueFormat[];
      readonly parameters: readonly (Uint8Array | null)[];
      readonly resultFormats: readonly ValueFormat[];
    }
  | { readonly is: 'describe'; readonly of: 'statement' | 'portal'; readonly name: string }
  /** `maxRows` 0: all. */
  | { readonly is: 'execute'; readonly portal: string; readonly maxRows: number }
  | { readonly is: 'close'; readonly of: 'statement' | 'portal'; readonly name: string }
  | { readonly is: 'flush' | 'sync' | 'copy-data' | 'copy-done' | 'copy-fail' | 'function-call' };

/** `I`: no transaction, `T`: in one, `E`: in one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** An error or a notice as a client shows it. */
export interface ServerMessage {
  readonly severity: 'FATAL' | 'ERROR' | 'WARNING' | 'NOTICE';
  /** Five characters (PostgreSQL documentation, appendix "Error Codes"). */
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** In characters of the statement's text from 1; null: unknown. */
  readonly position: number | null;
}

/** What we say. Messages go out in the order of the calls; they are collected until `flush`, or until they are many. */
export interface Backend {
  parseComplete(): void;
  bindComplete(): void;
  closeComplete(): void;
  noData(): void;
  emptyQuery(): void;
  portalSuspended(): void;
  parameterDescription(typeOids: readonly number[]): void;
  rowDescription(fields: readonly ResultField[], formats: readonly ValueFormat[]): void;
  /**
   * Resolves when the client has taken enough for more: a slow reader holds the conversation, not the memory. This and
   * `copyData` reject (`service/stopped`) once the connection is gone; everything else is then dropped in silence. An
   * `error` while rows wait drops those that were not written yet, and resolves it.
   */
  dataRows(rows: readonly EncodedRow[]): Promise<void>;
  commandComplete(tag: string): void;
  copyOut(format: ValueFormat, columns: number): void;
  copyData(chunk: Uint8Array): Promise<void>;
  copyDone(): void;
  error(message: ServerMessage): void;
  notice(message: ServerMessage): void;
  /** A setting that clients are told of when it changes. */
  parameterStatus(name: string, value: string): void;
  readyForQuery(status: TransactionStatus): Promise<void>;
  flush(): Promise<void>;
}

/** A connection that signed in. */
export interface ConversationStart {
  readonly user: SqlUser;
  /** The one asked for; whether it exists and the user may use it is the conversation's to say, before anything else. */
  readonly database: string;
  /** Of the start-up packet, `user` and `database` left out: `application_name`, `options`, `client_encoding`, ... */
  readonly parameters: ReadonlyMap<string, string>;
  readonly backend: Backend;
  readonly processId: number;
  readonly clientAddress: string;
  readonly serverPort: number;
  readonly isEncrypted: boolean;
}

/** One client's statements, from sign-in to goodbye. */
export interface Conversation {
  /** Called with one message at a time, in order; never throws for what a client did. */
  handle(message: FrontendMessage): Promise<void>;
  /** A cancel request came: interrupts the statement that runs now, if one does. */
  cancel(): void;
  /** The connection is gone, or ends: interrupts what runs and frees everything. */
  close(): Promise<void>;
}

/**
 * Begins one; throws a `Fault` (`sql/database-unknown`, `sql/denied`) that ends the connection. `settings`: what the
 * client is told before the first ReadyForQuery (`server_version`, `client_encoding`, ...).
 */
export type OpenConversation = (
  start: ConversationStart,
) => Promise<{ readonly conversation: Conversation; readonly settings: ReadonlyMap<string, string> }>;
