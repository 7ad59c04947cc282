import {
  both,
  type Check,
  count,
  decimalText,
  flag,
  integer,
  isoTime,
  listOf,
  matching,
  maybe,
  objectOf,
  oneOf,
  orNull,
  taggedBy,
  text,
} from './check.ts';
import type {
  AppendPart,
  ChangeBatch,
  DataFile,
  EntryHead,
  ExportedEntry,
  FoldEntry,
  Image,
  ImagePartition,
  LogEntry,
  ModeEntry,
  PendingBatch,
  RemovedEntry,
  ResetEntry,
  RowsEntry,
  ShapeEntry,
  Snapshot,
  SnapshotEntry,
  SnapshotFile,
  TableState,
  WaitingChanges,
  Witness,
} from './commit.ts';
import type { Cursor } from './cursor.ts';
import { Fault } from './fault.ts';
import { emptyState } from './log-state.ts';
import type { Column, Label, OmittedColumn, Option, OptionSet, TableShape, Target } from './shape.ts';

/** Bytes of an entry or checkpoint: JSON, UTF-8, one line. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** Reads what `encodeJson` wrote and checks it. Anything else is `lake/corrupt` naming the path, never its contents. */
export function decodeJson(
  bytes: Uint8Array,
  { path, check }: { readonly path: string; readonly check: Check },
): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    check(value, '');
    return value;
  } catch (failure) {
    // A parser's own message quotes the text it read, which may hold a delta link.
    const reason = failure instanceof Error && failure.name === 'NotValid' ? failure.message : 'not complete JSON';
    throw new Fault('lake/corrupt', { path, reason });
  }
}

/** Parses an entry of a table's log. */
export function parseEntry(bytes: Uint8Array, path: string): LogEntry {
  return decodeJson(bytes, { path, check: logEntry }) as LogEntry;
}

/** Parses a checkpoint of a table's log: the state its entries reduce to. */
export function parseCheckpoint(bytes: Uint8Array, path: string): TableState {
  const checkpoint = decodeJson(bytes, { path, check: objectOf<Checkpoint>({ format: oneOf(1), state: tableState }) });
  return { ...emptyState(), ...(checkpoint as Checkpoint).state };
}

export function encodeCheckpoint(state: TableState): Uint8Array {
  return encodeJson({ format: 1, state } satisfies Checkpoint);
}

interface Checkpoint {
  readonly format: 1;
  readonly state: TableState;
}

export const NONCE: Check = matching(/^[A-Za-z0-9-]{8,64}$/, 'a nonce');

const dataPath = matching(/^\.lakelink\/[a-z][a-z0-9_]*\/data\/[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a data file of a table');
const sha256 = matching(/^[0-9a-f]{64}$/, 'a SHA-256');

const dataFileKeys = { path: dataPath, bytes: count, sha256, rows: count };
const dataFile = objectOf<DataFile>(dataFileKeys);
const changeBatch = objectOf<ChangeBatch>({ ...dataFileKeys, deletes: count });

const partitionName = matching(/^([0-9]{4}(-[0-9]{2}){0,2}|1)(_[0-9]{3,})?$/, 'a partition name');
const partitionKeys = { name: partitionName, changedAt: count, file: dataFile, csvBytes: maybe(count) };
const partition = objectOf<ImagePartition>(partitionKeys);
const appendPart = objectOf<AppendPart>({ ...partitionKeys, deletes: count });

const snapshotFile = objectOf<SnapshotFile>({
  partition: partitionName,
  path: matching(/^[a-z][a-z0-9_]*\/Snapshot\/[0-9][0-9_-]*\.csv$/, 'a snapshot file'),
  bytes: count,
  rows: count,
  changedAt: count,
});
const partitionStrategy = oneOf('year', 'month', 'day');
const writeMode = oneOf('in-place', 'append', 'folders');

const snapshotKeys = {
  takenAt: isoTime,
  foldedAt: count,
  shapeAt: count,
  strategy: maybe(partitionStrategy),
  append: maybe(flag),
  files: listOf(snapshotFile),
};

type At<K extends Cursor['at']> = Extract<Cursor, { at: K }>;

const cursor = taggedBy('at', {
  start: objectOf<At<'start'>>({ at: text }),
  full: objectOf<At<'full'>>({ at: text, next: orNull(text), pages: count }),
  settling: objectOf<At<'settling'>>({ at: text, delta: text, next: orNull(text) }),
  running: objectOf<At<'running'>>({ at: text, delta: text, next: orNull(text) }),
});

const optionSet = objectOf<OptionSet>({
  name: text,
  isGlobal: flag,
  options: listOf(
    objectOf<Option>({
      value: integer,
      state: maybe(integer),
      labels: listOf(objectOf<Label>({ languageCode: integer, text })),
    }),
  ),
});

const column = objectOf<Column>({
  name: text,
  kind: oneOf(
    ...(['guid', 'string', 'memo', 'integer', 'bigint', 'decimal', 'money', 'double', 'boolean', 'choice'] as const),
    ...(['multichoice', 'state', 'status', 'lookup', 'owner', 'customer', 'dateonly'] as const),
    ...(['timezoneindependent', 'datetime', 'entityname', 'file', 'managedproperty'] as const),
  ),
  property: text,
  typeProperty: orNull(text),
  attributeType: text,
  attributeTypeName: text,
  maxLength: orNull(integer),
  precision: orNull(integer),
  targets: listOf(objectOf<Target>({ table: text, attribute: orNull(text) })),
  optionSet: orNull(optionSet),
  metadataId: text,
  removed: maybe(flag),
  addedLater: maybe(flag),
});

const shape = objectOf<TableShape>({
  table: text,
  displayName: text,
  entitySetName: text,
  primaryId: text,
  objectTypeCode: orNull(integer),
  isIntersect: flag,
  columns: listOf(column),
  omitted: listOf(objectOf<OmittedColumn>({ name: text, attributeTypeName: text, reason: text })),
  unreadable: listOf(text),
});

const head = objectOf<EntryHead>({
  format: oneOf(1),
  sequence: count,
  at: isoTime,
  nonce: NONCE,
  epoch: count,
  generation: count,
});

const witness = objectOf<Witness>({ id: text, version: decimalText });

const logEntry = both(
  head,
  taggedBy('kind', {
    mode: objectOf<ModeEntry>({ kind: text, partitionStrategy, writeMode: maybe(writeMode) }),
    shape: objectOf<ShapeEntry>({ kind: text, shape }),
    rows: objectOf<RowsEntry>({
      kind: text,
      batch: orNull(changeBatch),
      prevCursor: cursor,
      nextCursor: cursor,
      highWater: decimalText,
      sinkAt: isoTime,
      repaired: count,
      quarantined: listOf(text),
      newest: maybe(witness),
      gone: maybe(listOf(text)),
    }),
    fold: objectOf<FoldEntry>({
      kind: text,
      through: count,
      onto: maybe(count),
      partitions: listOf(partition),
      rowCount: count,
      parts: maybe(listOf(appendPart)),
      changes: maybe(listOf(changeBatch)),
    }),
    snapshot: objectOf<SnapshotEntry>({ kind: text, keep: count, ...snapshotKeys }),
    exported: objectOf<ExportedEntry>({ kind: text, through: count, folder: text }),
    reset: objectOf<ResetEntry>({ kind: text, reason: text, prevCursor: cursor, nextCursor: cursor }),
    removed: objectOf<RemovedEntry>({ kind: text, prevCursor: cursor }),
  }),
);

const pending = listOf(objectOf<PendingBatch>({ sequence: count, epoch: count, batch: changeBatch }));

const tableState = objectOf<TableState>({
  tail: count,
  epoch: count,
  generation: count,
  partitionStrategy,
  // Absent, as others below, in checkpoints of earlier versions.
  writeMode: maybe(writeMode),
  shape: orNull(shape),
  shapeAt: count,
  retypedAt: maybe(count),
  cursor,
  image: orNull(
    objectOf<Image>({
      foldedAt: count,
      through: count,
      partitions: listOf(partition),
      rowCount: count,
      strategy: maybe(partitionStrategy),
      parts: maybe(listOf(appendPart)),
    }),
  ),
  pending,
  chain: pending,
  highWater: decimalText,
  deltaHighWater: maybe(orNull(decimalText)),
  sinkAt: orNull(isoTime),
  cursorAt: orNull(isoTime),
  initialSyncCompletedAt: orNull(isoTime),
  initialSyncCompletedIn: orNull(count),
  rowsCommitted: count,
  deletesCommitted: count,
  changesWritten: maybe(count),
  snapshots: maybe(listOf(objectOf<Snapshot>({ sequence: count, ...snapshotKeys }))),
  waiting: maybe(listOf(objectOf<WaitingChanges>({ sequence: count, batch: changeBatch }))),
  witnesses: maybe(listOf(witness)),
  restoring: maybe(flag),
});
