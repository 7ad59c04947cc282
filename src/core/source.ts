import type { TableName } from './names.ts';
import type { TableShape } from './shape.ts';

export interface EnvironmentIdentity {
  readonly url: string;
  readonly organizationId: string;
  /** Friendly name of the environment and unique name of the organization. */
  readonly friendlyName: string;
  readonly uniqueName: string;
  readonly version: string;
  /** Who we are there. */
  readonly userId: string;
}

/** A table of the environment as it is offered for export. `refusal` says why it cannot be chosen; null when it can. */
export interface OfferedTable {
  readonly table: TableName;
  readonly displayName: string;
  readonly entitySetName: string;
  readonly changeTracking: boolean;
  /** Whether change tracking may be turned on where it is off. */
  readonly canTrackChanges: boolean;
  readonly refusal: {
    readonly code: 'source/table-untracked' | 'source/table-refused';
    readonly reason: string;
  } | null;
}

/**
 * Which read: `full` (tracked, every column), `delta` (a delta or next link, verbatim), `narrow` (id and version only).
 * `plain` asks for the same page without annotations (no lookup types): some versions of the Web API leave out the
 * delta link of the last page when annotations are asked for, and asking again this way brings it.
 */
export type PageRequest =
  | { readonly read: 'full'; readonly shape: TableShape; readonly link: string | null; readonly plain?: boolean }
  | { readonly read: 'delta'; readonly shape: TableShape; readonly link: string; readonly plain?: boolean }
  | { readonly read: 'narrow'; readonly shape: TableShape; readonly link: string | null };

/** Whether a table has changed since a delta link, asked for many tables at once. */
export interface ChangeQuestion {
  readonly shape: TableShape;
  /** A delta link, verbatim. */
  readonly link: string;
}

/**
 * `quiet`: nothing has changed; `delta` is the link to ask by from now on. `changed`: ask the table itself by `page`.
 * So is every answer that is not plainly empty, a refusal too: the table's own request then shows what it is.
 */
export type ChangeAnswer = { readonly is: 'quiet'; readonly delta: string } | { readonly is: 'changed' };

/**
 * A Dataverse environment. Every call signs in as needed, keeps to the environment's own origin, waits as told by
 * `Retry-After`, gives up at a limit, and fails only with a `Fault` of the `source/` family.
 */
export interface Source {
  identity(signal: AbortSignal): Promise<EnvironmentIdentity>;
  tables(signal: AbortSignal): Promise<OfferedTable[]>;
  /**
   * The table's definition as exported; columns in lake order. Refuses tables that cannot be exported. With `maxAgeMs`
   * a definition that was known to hold that long ago will do; without it, it is as of this call.
   */
  shape(table: TableName, signal: AbortSignal, options?: { readonly maxAgeMs?: number }): Promise<TableShape>;
  /**
   * Opens one page and answers its body as it arrives, decoded (not compressed). The body iterates to the end or throws
   * `source/answer-broken`; the caller finds the links in it (they are used verbatim in the next request).
   * An expired delta token is `source/token-expired`, a missing organization-level read `source/forbidden`.
   */
  page(request: PageRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Throws `source/foreign-link` for a link of an answer that leads to another host: no token is sent there, and a cursor
   * with it would be of no use.
   */
  requireOwn(link: string): void;
  /** Asks for many tables in as few requests as the environment allows; answers in the order of the questions. */
  changes(questions: readonly ChangeQuestion[], signal: AbortSignal): Promise<readonly ChangeAnswer[]>;
  /**
   * The environment's own figures of how many rows its tables hold, up to a day old, for progress bars. Tables it tells
   * nothing of are missing from the answer.
   */
  estimates(tables: readonly TableName[], signal: AbortSignal): Promise<ReadonlyMap<TableName, number>>;
  /** One row as its JSON object, as bytes; null when it does not exist. */
  row(shape: TableShape, id: string, signal: AbortSignal): Promise<Uint8Array | null>;
  /** The version of one row (digits), without its values; null when the row does not exist. */
  rowVersion(shape: TableShape, id: string, signal: AbortSignal): Promise<string | null>;
}
