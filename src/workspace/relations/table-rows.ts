import type { Session } from '../../batch/duckdb.ts';
import { areIdsOnce, columnsIn, type FilesColumns, imageMayBeNewer, mergeSql } from '../../batch/merge.ts';
import { ident } from '../../batch/sql.ts';
import { type StoredColumns, storedColumns } from '../../batch/stored.ts';
import type { FoldPartition, MergeBatch } from '../../core/batcher.ts';
import type { ByteStore } from '../../core/bytestore.ts';
import type { DataFile, Image, ImagePartition, TableState } from '../../core/commit.ts';
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
  /** What statements before this one found out; absent: nothing is found out. */
  readonly known?: KnownOfFiles;
}

/** What is true of files for ever, once it is found out. */
export class KnownOfFiles {
  readonly #older = new WeakMap<TableState, boolean>();
  readonly #once = new WeakMap<TableState, boolean>();
  readonly #columns = new WeakMap<Image, FilesColumns>();
  readonly #paths = new WeakMap<DataFile, string>();

  /** Where a file lies on this machine: looked for once where the store keeps it there. */
  async localFile(store: ByteStore, file: DataFile, signal: AbortSignal): Promise<string> {
    const path = this.#paths.get(file) ?? (await store.localFile(file.path, signal));
    if (store.isOnThisMachine === true) this.#paths.set(file, path);
    return path;
  }

  /** Whether the image has nothing newer than what is pending says of its ids. */
  async isImageOlder(
    session: Session,
    state: TableState,
    files: Pick<TableFiles, 'image' | 'batches'>,
  ): Promise<boolean> {
    const isOlder = this.#older.get(state) ?? !(await imageMayBeNewer(session, files));
    this.#older.set(state, isOlder);
    return isOlder;
  }

  /** Whether no id stands in the pending batches twice; false where they have too many rows to find out. */
  async areIdsOnce(session: Session, state: TableState, { batches }: Pick<TableFiles, 'batches'>): Promise<boolean> {
    const isOnce =
      this.#once.get(state) ?? (pendingRows(state) <= ROWS_LOOKED_AT && (await areIdsOnce(session, batches)));
    this.#once.set(state, isOnce);
    return isOnce;
  }

  async imageColumns(session: Session, { image }: TableState, files: Pick<TableFiles, 'image'>): Promise<FilesColumns> {
    const paths = files.image.map(({ path }) => path);
    const columns = (image && this.#columns.get(image)) ?? (await columnsIn(session, paths));
    if (image !== null) this.#columns.set(image, columns);
    return columns;
  }
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
  const { image, batches } = await tableFiles(place, state, signal);
  const stored = await storedOf(place.session, state, [...image, ...batches]);
  const names = columns ?? lakeColumns(shape).map(({ name }) => name);
  const files = { shape, image, batches, stored };
  const rows = mergeSql({ ...files, ...(await knownOf(place, state, files)) }, names);
  return `SELECT ${names.map(ident).join(', ')} FROM (${rows})`;
}

async function knownOf({ session, known }: RowsPlace, state: TableState, files: Pick<TableFiles, 'image' | 'batches'>) {
  if (known === undefined) return {};
  const imageIsOlder = await known.isImageOlder(session, state, files);
  return {
    imageIsOlder,
    areIdsOnce: await known.areIdsOnce(session, state, files),
    areBatchesSmall: pendingRows(state) <= ROWS_SMALL,
    imageColumns: await known.imageColumns(session, state, files),
  };
}

function pendingRows({ pending }: TableState): number {
  return pending.reduce((rows, { batch }) => rows + batch.rows, 0);
}

/** Rows of all pending batches whose ids are counted, once for a commit. */
const ROWS_LOOKED_AT = 100_000;
/** Rows of all pending batches that are settled with all their columns in memory. */
const ROWS_SMALL = 10_000;

/** Fetches what is not on this machine. */
export async function tableFiles(
  { store, known }: Pick<RowsPlace, 'store' | 'known'>,
  state: TableState,
  signal: AbortSignal,
): Promise<TableFiles> {
  const pathOf = (file: DataFile) => known?.localFile(store, file, signal) ?? store.localFile(file.path, signal);
  const local = (files: readonly ImagePartition[]) =>
    Promise.all(files.map(async ({ name, file }) => ({ name, path: await pathOf(file) })));
  const image = await local(state.image?.partitions ?? []);
  const parts = state.image?.parts === undefined ? null : await local(state.image.parts);
  const batches = await Promise.all(
    state.pending.map(async ({ sequence, epoch, batch }) => ({ sequence, epoch, path: await pathOf(batch) })),
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
