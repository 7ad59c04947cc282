import type { FoldHistory, FoldRequest, FoldResult, LocalFile } from '../core/batcher.ts';
import type { AppendPart, ChangeBatch, FoldEntry, ImagePartition, TableState } from '../core/commit.ts';
import { limits } from '../core/limits.ts';
import { lastFileOf, partitionOf } from '../core/partition-name.ts';
import { mergeInput, type TableParts } from './table-parts.ts';

type FoldParts = Pick<TableParts, 'store' | 'log' | 'batcher'>;

/**
 * Folds a table's waiting batches and puts the files; answers the entry that makes them true. Nothing points at them
 * before it is committed. Local files are gone afterwards, whatever happens.
 */
export async function foldTable(parts: FoldParts, state: TableState, signal: AbortSignal): Promise<FoldEntry> {
  const request = await foldRequest(parts, state, signal);
  const result = await parts.batcher.fold(request, signal);
  try {
    return await storeResult(parts, { state, result }, signal);
  } finally {
    const files = [...result.changed, ...result.parts].map(({ file }) => file);
    for (const file of [...files, ...result.changes]) await parts.batcher.discard(file);
  }
}

async function foldRequest(parts: FoldParts, state: TableState, signal: AbortSignal): Promise<FoldRequest> {
  const { image, partitionStrategy } = state;
  const history = await historyOf(parts, state, signal);
  return {
    ...(await mergeInput(parts, state, signal)),
    partitionStrategy,
    partBytesMax: limits.partBytes,
    ...(image?.strategy === undefined ? {} : { imageStrategy: image.strategy }),
    ...(history === null ? {} : { history }),
  };
}

/** Whether every file is to be cut anew: then none of the old ones goes on. */
function isCutAnew({ image, partitionStrategy }: TableState): boolean {
  return image?.strategy !== undefined && image.strategy !== partitionStrategy;
}

async function historyOf({ store }: FoldParts, state: TableState, signal: AbortSignal): Promise<FoldHistory | null> {
  const { image, writeMode } = state;
  if (writeMode === 'in-place') return null;
  if (writeMode === 'folders') return { keep: 'changes' };
  const all = image?.parts;
  if (all === undefined) return { keep: 'parts', parts: null };
  // Only a partition's last file grows, so the others need not even be fetched.
  const needed = isCutAnew(state) ? all : all.filter(part => lastFileOf(all, partitionOf(part.name)) === part);
  const parts = await Promise.all(
    needed.map(async ({ name, file, deletes, csvBytes }) => ({
      name,
      path: await store.localFile(file.path, signal),
      rows: file.rows,
      deletes,
      csvBytes,
    })),
  );
  return { keep: 'parts', parts };
}

async function storeResult(
  { log }: FoldParts,
  { state, result }: { readonly state: TableState; readonly result: FoldResult },
  signal: AbortSignal,
): Promise<FoldEntry> {
  const { tail, image, writeMode } = state;
  // The number of this entry, unless rows come between; it rises with every fold either way.
  const changedAt = tail + 1;
  const put = (file: LocalFile) => log.putData({ kind: 'image', file, signal });
  // Files of the same names show something else when versions are no longer kept: all of them are published again.
  const isOtherForm = image?.parts !== undefined && writeMode !== 'append';
  const goesOn = image !== null && !isOtherForm && !isCutAnew(state);
  const partitions = new Map<string, ImagePartition>(
    (goesOn ? [] : (image?.partitions ?? [])).map(partition => [partition.name, { ...partition, changedAt }]),
  );
  for (const name of result.dropped) partitions.delete(name);
  for (const { name, file, csvBytes } of result.changed) {
    partitions.set(name, { name, changedAt, file: await put(file), csvBytes });
  }
  const parts = new Map<string, AppendPart>();
  for (const { name, file, csvBytes, deletes } of result.parts) {
    parts.set(name, { name, changedAt, file: await put(file), csvBytes, deletes });
  }
  const changes: ChangeBatch[] = [];
  for (const file of result.changes) {
    changes.push({ ...(await log.putData({ kind: 'batch', file, signal })), deletes: file.deletes });
  }
  return {
    kind: 'fold',
    through: tail,
    ...(goesOn ? { onto: image.foldedAt } : {}),
    partitions: byName(partitions),
    rowCount: result.rowCount,
    ...(writeMode === 'append' ? { parts: byName(parts) } : {}),
    ...(changes.length === 0 ? {} : { changes }),
  };
}

function byName<T extends { readonly name: string }>(files: ReadonlyMap<string, T>): T[] {
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
