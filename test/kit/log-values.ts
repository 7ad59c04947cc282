import type {
  ChangeBatch,
  DataFile,
  FoldEntry,
  LogEntry,
  ResetEntry,
  RowsEntry,
  TableState,
} from '../../src/core/commit.ts';
import { TableLog } from '../../src/core/commit-log.ts';
import type { Cursor } from '../../src/core/cursor.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { Column, TableShape } from '../../src/core/shape.ts';
import { FakeClock } from './clock.ts';
import type { MemoryStore } from './memory-store.ts';

export const ACCOUNT = parseTableName('account');

/** A signal that never aborts. */
export const live: AbortSignal = new AbortController().signal;

/** Unique, foreseeable texts: `<prefix>-00000001`. */
export function counter(prefix: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}-${String(last).padStart(8, '0')}`;
  };
}

export function openLog(
  store: MemoryStore,
  {
    writer = 'writer',
    clock = new FakeClock({ auto: true }),
  }: { readonly writer?: string; readonly clock?: FakeClock } = {},
): TableLog {
  return new TableLog({ store, table: ACCOUNT, clock, newNonce: counter(writer) });
}

export const start: Cursor = { at: 'start' };
export const full = (pages: number): Cursor => ({ at: 'full', next: pages === 0 ? null : `page-${pages}`, pages });
export const running = (delta: number, next: string | null = null): Cursor => ({
  at: 'running',
  delta: `d${delta}`,
  next,
});
export const settling = (delta: number): Cursor => ({ at: 'settling', delta: `d${delta}`, next: null });

export function dataFile(name: string, rows = 1): DataFile {
  return { path: `.lakelink/account/data/${name}.parquet`, bytes: 10, sha256: 'a'.repeat(64), rows };
}

export function batch(name: string, { rows = 1, deletes = 0 } = {}): ChangeBatch {
  return { ...dataFile(name, rows), deletes };
}

/** A `rows` body from the state's cursor to the next one. */
export function rows(
  state: Pick<TableState, 'cursor'>,
  nextCursor: Cursor,
  changes: Partial<Pick<RowsEntry, 'batch' | 'highWater' | 'sinkAt'>> = {},
): RowsEntry {
  return {
    kind: 'rows',
    batch: null,
    prevCursor: state.cursor,
    nextCursor,
    highWater: '0',
    sinkAt: '2026-01-01T00:00:00.000Z',
    repaired: 0,
    quarantined: [],
    ...changes,
  };
}

export function fold(through: number, name: string, rowCount = 1): FoldEntry {
  return { kind: 'fold', through, partitions: [{ name: '2026', changedAt: through, file: dataFile(name) }], rowCount };
}

export function reset(state: Pick<TableState, 'cursor'>, nextCursor: Cursor = full(0)): ResetEntry {
  return { kind: 'reset', reason: 'asked', prevCursor: state.cursor, nextCursor };
}

/** An entry as it lies in the log, after `state`. */
export function entry<B extends object>(state: TableState, body: B, head: Partial<LogEntry> = {}): LogEntry & B {
  const sequence = state.tail + 1;
  const made = {
    format: 1,
    sequence,
    at: new Date(Date.UTC(2026, 0, 1) + sequence * 1000).toISOString(),
    nonce: `nonce-${String(sequence).padStart(8, '0')}`,
    epoch: state.epoch,
    generation: state.generation,
    ...head,
    ...body,
  };
  return made as unknown as LogEntry & B;
}

export function column(name: string, kind: Column['kind'], more: Partial<Column> = {}): Column {
  return {
    name,
    kind,
    property: name,
    typeProperty: null,
    attributeType: 'String',
    attributeTypeName: 'StringType',
    maxLength: null,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId: '00000000-0000-0000-0000-000000000000',
    ...more,
  };
}

export function shapeOf(columns: readonly Column[]): TableShape {
  return {
    table: ACCOUNT,
    displayName: 'Account',
    entitySetName: 'accounts',
    primaryId: 'accountid',
    objectTypeCode: 1,
    isIntersect: false,
    columns,
    omitted: [],
    unreadable: [],
  };
}
