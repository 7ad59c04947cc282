import type { ChangeBatch, ExportedEntry, TableState } from '../core/commit.ts';
import { isRemoved } from '../core/commit-log.ts';
import { toFault } from '../core/fault.ts';
import { folderNameAt } from '../core/folder-name.ts';
import type { ClosingFolder, FolderRange, LinkEntryBody, LinkLog, LinkState } from '../core/link-log.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { FolderTable, FolderWriter } from '../core/replica.ts';
import type { TableShape } from '../core/shape.ts';
import { isComplete } from './snapshot-policy.ts';
import type { EngineLog } from './table-parts.ts';

/** A table's committed state as the closing of a folder reads it. */
export interface FolderLogs {
  /**
   * A committed state with everything up to that sequence, whether the table runs or not. What runs here may be older than
   * what another worker decided.
   */
  state(table: TableName, through: number): Promise<TableState>;
  /** The definition that the table's log holds at a sequence; null where that entry is no more. */
  shapeAt(table: TableName, sequence: number): Promise<TableShape | null>;
  /** Commits to the table's log that its changes are in a folder. */
  markExported(table: TableName, entry: ExportedEntry): Promise<void>;
}

export interface ClosingParts {
  readonly linkLog: LinkLog;
  readonly writer: FolderWriter;
  readonly logs: FolderLogs;
  readonly report: EngineLog;
  readonly signal: AbortSignal;
}

/** Changes of a table in a range of its log, oldest first. */
export function changesIn({ waiting }: TableState, { after, through }: FolderRange): ChangeBatch[] {
  return waiting.filter(({ sequence }) => sequence > after && sequence <= through).map(({ batch }) => batch);
}

/**
 * What the folder in progress holds if it is closed now; null: it stays open, since nothing changed. Every table that
 * readers may use is in it, with its changes since the last folder.
 */
export function closingOf(
  link: LinkState,
  states: readonly { readonly table: TableName; readonly state: TableState }[],
  nowMs: number,
): (LinkEntryBody & { readonly kind: 'folder-closed' }) | null {
  if (link.folder === null || link.closing !== null) return null;
  const ranges = states
    .filter(({ state }) => isComplete(state) && state.shape !== null)
    .map(({ table, state }): readonly [TableName, FolderRange] => {
      const after = link.exported[table] ?? 0;
      const newest = state.waiting.at(-1)?.sequence ?? 0;
      return [table, { after, through: Math.max(after, newest), shapeAt: state.shapeAt }];
    });
  if (ranges.every(([, { after, through }]) => after === through)) return null;
  const next = folderNameAt(nowMs, link.folder);
  return { kind: 'folder-closed', name: link.folder, next, tables: Object.fromEntries(ranges) };
}

/**
 * Writes what was decided for a folder, and all that follows: each step can be done again, and is by whoever finds the
 * folder unfinished.
 */
export async function finishFolder(parts: ClosingParts, link: LinkState, closing: ClosingFolder): Promise<LinkState> {
  const { linkLog, writer, report, signal } = parts;
  const { name, next, sequence } = closing;
  const tables = await folderTables(parts, closing);
  await writer.writeFolder({ name, sequence, tables }, signal);
  // Only now: readers take every folder below the name that the changelog holds.
  await writer.announceFolder(next, { sequence, signal });
  for (const [table, { after, through }] of rangesOf(closing)) {
    if (through > after) await freeExported(parts, table, { kind: 'exported', through, folder: name });
  }
  // `discarded`: another worker finished it, which is as good.
  const { state } = await linkLog.commit(link, { kind: 'folder-finished', name }, { signal });
  const changed = tables.filter(({ changes }) => changes.length > 0);
  const rows = changed.flatMap(({ changes }) => changes).reduce((sum, { rows, deletes }) => sum + rows + deletes, 0);
  report.info('folder finished', { folder: name, tables: changed.length, changes: rows });
  return state;
}

/** The table's own log says then which of its changes are in folders. */
export async function markExported(logs: FolderLogs, table: TableName, entry: ExportedEntry): Promise<void> {
  const { waiting } = await logs.state(table, entry.through);
  if (waiting.some(({ sequence }) => sequence <= entry.through)) await logs.markExported(table, entry);
}

/** Only frees the table's files: what is in a folder is known by the link's log. So it may fail; the next look frees them. */
export async function freeExported(
  { logs, report, signal }: Pick<ClosingParts, 'logs' | 'report' | 'signal'>,
  table: TableName,
  entry: ExportedEntry,
): Promise<void> {
  try {
    await markExported(logs, table, entry);
  } catch (failure) {
    signal.throwIfAborted();
    report.warn('exported changes not freed', { table, code: toFault(failure).code });
  }
}

/** A table that left the link since is left out; what it had not brought into a finished folder went with it. */
async function folderTables({ logs }: ClosingParts, closing: ClosingFolder): Promise<FolderTable[]> {
  const found: FolderTable[] = [];
  for (const [table, range] of rangesOf(closing)) {
    const state = await logs.state(table, Math.max(range.through, range.shapeAt));
    if (isRemoved(state) || !isComplete(state) || state.shape === null) continue;
    // The definition of the moment of the decision, so that every try writes the same files.
    const shape = state.shapeAt === range.shapeAt ? state.shape : await logs.shapeAt(table, range.shapeAt);
    found.push({ table, state: { ...state, shape: shape ?? state.shape }, changes: changesIn(state, range) });
  }
  return found;
}

function rangesOf({ tables }: ClosingFolder): (readonly [TableName, FolderRange])[] {
  return Object.entries(tables).map(([table, range]) => [parseTableName(table), range]);
}
