import { randomUUID } from 'node:crypto';
import type { ByteStore } from '../core/bytestore.ts';
import { Fault } from '../core/fault.ts';
import { parseCheckpoint, parseEntry } from '../core/log-codec.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import { needsRewrite, type ShapeChange, shapeChanges } from '../core/shape-change.ts';
import { openFolderStore } from '../store/folder-store.ts';
import { findLink } from './links-at-rest.ts';
import type { Settings } from './settings.ts';

/** One commit that concerns a table's definition. */
export type ShapeEvent = { readonly sequence: number; readonly at: string } & (
  | { readonly kind: 'defined'; readonly columns: number }
  /** `rewrites`: every file of readers was written again. */
  | { readonly kind: 'changed'; readonly changes: readonly ShapeChange[]; readonly rewrites: boolean }
  | { readonly kind: 'read-again'; readonly reason: string }
  | { readonly kind: 'removed' }
);

export interface ShapeHistory {
  /** Oldest first. */
  readonly events: readonly ShapeEvent[];
  /** What came before this commit is no longer in the log; null: the log is whole. */
  readonly goneBefore: number | null;
}

/** The history of a table's definition, of a link of this home; a service may run or not. */
export async function shapeHistory(
  settings: Settings,
  { link, table }: { readonly link: LinkName; readonly table: TableName },
  signal: AbortSignal,
): Promise<ShapeHistory> {
  const { lakePath } = (await findLink(settings, link)).link;
  const store = await openFolderStore({ root: lakePath, newId: randomUUID, readOnly: true });
  return historyIn(store, table, signal);
}

/** The same from a lake. `link/table-unknown` where it has no log of the table. */
export async function historyIn(store: ByteStore, table: TableName, signal: AbortSignal): Promise<ShapeHistory> {
  const folder = `.lakelink/${table}`;
  const files = await store.list(`${folder}/log`, { signal });
  const [oldest] = files;
  if (oldest === undefined) throw new Fault('link/table-unknown', { table });
  const events: ShapeEvent[] = [];
  const first = sequenceOf(oldest.path);
  let shape = first === 1 ? null : await shapeBefore(store, { folder, first }, signal);
  for (const { path } of files) {
    const bytes = await store.read(path, signal);
    // Removed while we read: the table works on.
    if (bytes === null) continue;
    const entry = parseEntry(bytes, path);
    const { sequence, at } = entry;
    if (entry.kind === 'shape') {
      events.push({ sequence, at, ...eventOf(shape, entry.shape) });
      shape = entry.shape;
    } else if (entry.kind === 'reset') events.push({ sequence, at, kind: 'read-again', reason: entry.reason });
    else if (entry.kind === 'removed') {
      events.push({ sequence, at, kind: 'removed' });
      shape = null;
    }
  }
  return { events, goneBefore: first === 1 ? null : first };
}

function eventOf(before: TableShape | null, after: TableShape) {
  if (before === null) return { kind: 'defined', columns: after.columns.length } as const;
  return { kind: 'changed', changes: shapeChanges(before, after), rewrites: needsRewrite(before, after) } as const;
}

/** The definition before the first entry that is left, where a checkpoint still has it. */
async function shapeBefore(
  store: ByteStore,
  { folder, first }: { readonly folder: string; readonly first: number },
  signal: AbortSignal,
): Promise<TableShape | null> {
  const checkpoints = await store.list(`${folder}/checkpoint`, { signal });
  const before = checkpoints.filter(({ path }) => sequenceOf(path) < first).at(-1);
  const bytes = before === undefined ? null : await store.read(before.path, signal);
  return before === undefined || bytes === null ? null : parseCheckpoint(bytes, before.path).shape;
}

function sequenceOf(path: string): number {
  return Number(/(\d{20})\.json$/.exec(path)?.[1] ?? 0);
}
