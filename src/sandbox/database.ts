import type {
  ColumnDefinition,
  GlobalChoiceDefinition,
  KeyDefinition,
  OptionDefinition,
  OrganizationDefinition,
  RelationshipDefinition,
  TableDefinition,
} from './definition.ts';

/**
 * A cell as the sandbox keeps it: text (also exact decimals, int64 and ISO dates), number (integers and doubles),
 * boolean, a reference, or null. Choices are numbers, multi-select choices ascending arrays.
 */
export type Cell = string | number | boolean | null | Reference | readonly number[];

export interface Reference {
  readonly table: string;
  readonly id: string;
}

/** A row by logical column name; a missing column is null. The primary id is always there, a lower-case GUID. */
export type Row = Readonly<Record<string, Cell>>;

/** A stored row with its version (int64, from the environment-wide counter). */
export interface StoredRow {
  readonly id: string;
  readonly version: bigint;
  readonly row: Row;
}

export type Change =
  | { readonly kind: 'row'; readonly stored: StoredRow }
  | { readonly kind: 'deleted'; readonly id: string; readonly version: bigint };

/** Definitions whose changes are told apart; `EntityMade` stands for all that a table was made with. */
export type DefinitionKind = 'EntityMade' | 'Entity' | 'Attribute' | 'OptionSet' | 'Option' | 'Relationship' | 'Key';

/**
 * What changed of definitions after a version. Ids are metadata ids; an option's is its set's, a space and its value; a
 * set's that belongs to one column is the column's.
 */
export interface DefinitionChanges {
  readonly any: boolean;
  has(kind: DefinitionKind, id: string): boolean;
  /** What is no more, in the order it went. */
  readonly deleted: readonly { readonly kind: DefinitionKind; readonly id: string }[];
}

/** The texts of some rows, a comma between any two. */
export interface PreparedSlice {
  /** Null when there is no row. */
  readonly bytes: Uint8Array | null;
  readonly rows: number;
  /** Where the slice begins and ends: ids for a page, versions for changes; empty when there is no row. */
  readonly first: string | bigint;
  readonly last: string | bigint;
}

/** A kind of answer: what was asked for, and a stamp of all else that a text depends on beside its row. */
export interface TextKind {
  readonly asked: string;
  readonly stamp: string;
}

export interface TextSpan {
  readonly kind: TextKind;
  readonly limit: number;
  readonly write: (stored: StoredRow) => string;
}

/**
 * What answers of some kinds say of each row, kept as bytes so that it need not be made again. A text is there only as
 * long as its row has the version it was made of, and goes when its kind comes with another stamp. A text that is
 * missing is made with `write` and kept; null answers a question about a kind that is not kept, or one whose texts find
 * no room.
 */
export interface PreparedRows {
  /** Whether anything is kept of a table. */
  has(table: string): boolean;
  /** Begins to keep a kind; the texts are made when they are first asked for. The oldest of many kinds makes room. */
  keep(table: string, kind: TextKind): void;
  /** Drops the texts of a table; for whoever changes rows without giving them new versions. */
  clear(table: string): void;
  /** Ends keeping anything of a table. */
  forget(table: string): void;
  /** What all texts take, in bytes. */
  bytes(): number;
  /** Rows in order of id, after the given one. */
  page(table: string, span: TextSpan & { readonly after: string | null }): PreparedSlice | null;
  /** Rows that changed after a version, up to another, by version; deletes are not among them. */
  changes(table: string, span: TextSpan & { readonly since: bigint; readonly until: bigint }): PreparedSlice | null;
}

/**
 * The embedded environment's data on disk. One writer; every write takes the next version of one counter and sets
 * `versionnumber`. It checks nothing a person sent (the wire does), but keeps counters, tombstones and definitions.
 */
export interface SandboxDatabase {
  readonly prepared: PreparedRows;

  organization(): OrganizationDefinition;
  setOrganization(organization: OrganizationDefinition): void;

  tables(): readonly TableDefinition[];
  table(logicalName: string): TableDefinition | undefined;
  tableBySet(entitySetName: string): TableDefinition | undefined;
  choices(): readonly GlobalChoiceDefinition[];
  relationships(): readonly RelationshipDefinition[];

  createTable(definition: TableDefinition): void;
  dropTable(logicalName: string): void;
  addColumn(table: string, column: ColumnDefinition): void;
  removeColumn(table: string, logicalName: string): void;
  setOptions(
    target: { readonly table: string; readonly column: string } | { readonly choice: string },
    options: readonly OptionDefinition[],
  ): void;
  putChoice(choice: GlobalChoiceDefinition): void;
  putRelationship(relationship: RelationshipDefinition): void;
  enableChangeTracking(table: string): void;
  /** Replaces a table's alternate keys; it does not look whether rows obey them. */
  setKeys(table: string, keys: readonly KeyDefinition[]): void;

  /** What changed of definitions after a version; each change of one takes a version, as rows do. */
  definitionChanges(since: bigint): DefinitionChanges;

  count(table: string): number;
  get(table: string, id: string): StoredRow | undefined;
  /** Rows that have all these cells (null: an empty cell), in order of id, at most `limit`, or all. */
  find(table: string, cells: Row, options?: { readonly limit?: number }): StoredRow[];
  /** Rows in order of id, after the given one. */
  page(table: string, options: { readonly after: string | null; readonly limit: number }): StoredRow[];
  /** What changed after a version: rows by version, then deletes by version; `after` continues at a change. */
  changes(
    table: string,
    options: {
      readonly since: bigint;
      readonly until: bigint;
      readonly after: { readonly kind: 'row' | 'deleted'; readonly version: bigint } | null;
      readonly limit: number;
    },
  ): Change[];
  /** The newest version given out. */
  version(): bigint;
  /** Takes the next version for something that is not a row, so that what happens later is newer than it. */
  takeVersion(): bigint;

  /** Writes whole rows (new or replaced), in one transaction, each with its own version. */
  put(table: string, rows: readonly Row[]): void;
  /** Merges cells into a row; undefined when it does not exist. */
  patch(table: string, id: string, cells: Row): StoredRow | undefined;
  /** Deletes a row and keeps its tombstone, unless told to leave no trace; false when it does not exist. */
  remove(table: string, id: string, options?: { readonly tombstone?: boolean }): boolean;
  /** Runs several writes as one transaction. */
  transaction<T>(work: () => T): T;

  /** Small named values: seed, counters, registered applications. */
  meta(key: string): string | null;
  setMeta(key: string, value: string): void;
  /** Writes all of it into a new file. */
  saveTo(path: string): void;
  /** Holds what such a file holds, its versions included, and nothing else. */
  restoreFrom(path: string): void;
  close(): void;
}
