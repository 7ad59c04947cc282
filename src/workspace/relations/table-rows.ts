import type { Session } from '../../batch/duckdb.ts';
import { imageMayBeNewer, mergeSql } from '../../batch/merge.ts';
import { ident } from '../../batch/sql.ts';
import { type StoredColumns, storedColumns } from '../../batch/stored.ts';
import type { FoldPartition, MergeBatch } from '../../core/batcher.ts';
import type { ByteStore } from '../../core/bytestore.ts';
import type { ImagePartition, TableState } from '../../core/commit.ts';
import { lakeColumns, type TableShape } from '../../core/shape.ts';

/** A table at one of its commits. */
export interface DefinedState {
  readonly state: TableState;
  readonly shape: TableShape;
}

/** Where rows are read: files come from the store, and what they hold is asked of the engine. */
export interface RowsPlace {
  readonly store: ByteStore;
  readonly session: Session;
  /** Of which states it is known whether the image is older than what is pending; absent: it is not found out. */
  readonly olderImages?: WeakMap<TableState, boolean>;
}

/** The files of a table as the engine reads them: local paths. */
export interface TableFiles {
  readonly image: readonly FoldPartition[];
  /** Null: the table is not append only, or its files are not made yet. */
  readonly parts: readonly FoldPartition[] | null;
  /** Oldest first. */
  readonly batches: readonly MergeBatch[];
}

/**
 * SQL of the table's live rows: its image and the batches that are not folded in yet, merged on read. `columns`: names of
 * lake columns; all when absent.
 */
export async function liveRowsSql(
  place: RowsPlace,
  { state, shape }: DefinedState,
  { columns, signal }: { readonly columns?: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  const { image, batches } = await tableFiles(place.store, state, signal);
  const stored = await storedOf(place.session, state, [...image, ...batches]);
  const names = columns ?? lakeColumns(shape).map(({ name }) => name);
  const imageIsOlder = await isImageOlder(place, state, { image, batches });
  const rows = mergeSql({ shape, image, batches, stored, imageIsOlder }, names);
  return `SELECT ${names.map(ident).join(', ')} FROM (${rows})`;
}

/** Found out once for a commit. */
async function isImageOlder(
  { session, olderImages }: RowsPlace,
  state: TableState,
  files: Pick<TableFiles, 'image' | 'batches'>,
): Promise<boolean> {
  if (olderImages === undefined) return false;
  const isOlder = olderImages.get(state) ?? !(await imageMayBeNewer(session, files));
  olderImages.set(state, isOlder);
  return isOlder;
}

/** Fetches what is not on this machine. */
export async function tableFiles(store: ByteStore, state: TableState, signal: AbortSignal): Promise<TableFiles> {
  const local = (files: readonly ImagePartition[]) =>
    Promise.all(files.map(async ({ name, file }) => ({ name, path: await store.localFile(file.path, signal) })));
  const image = await local(state.image?.partitions ?? []);
  const parts = state.image?.parts === undefined ? null : await local(state.image.parts);
  const batches = await Promise.all(
    state.pending.map(async ({ sequence, epoch, batch }) => ({
      sequence,
      epoch,
      path: await store.localFile(batch.path, signal),
    })),
  );
  return { image, parts, batches };
}

/** What the files hold; only after a column changed its type is there one of other types than the shape's. */
export async function storedOf(
  session: Session,
  state: TableState,
  files: readonly { readonly path: string }[],
): Promise<ReadonlyMap<string, StoredColumns> | undefined> {
  if (state.retypedAt === 0) return undefined;
  return storedColumns(
    session,
    files.map(({ path }) => path),
  );
}
