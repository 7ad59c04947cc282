import type { ByteStore } from '../core/bytestore.ts';
import type { Snapshot } from '../core/commit.ts';
import type { ModelTable, ShownTable } from './model-json.ts';
import { ROOT_MODEL } from './paths.ts';
import { type ShapedTable, shownFiles } from './shown-files.ts';

/**
 * What the root manifest of a link with snapshots shows: of each table the newest snapshot's files. A table that has none
 * yet is `InProgress`. One that was defined in another way since, so that its columns no longer say what is in these
 * files, stays as the manifest before shows it until its next snapshot.
 */
export async function snapshotEntities(
  store: ByteStore,
  tables: readonly ShapedTable[],
  signal: AbortSignal,
): Promise<(ModelTable | ShownTable)[]> {
  const isOutdated = ({ state }: ShapedTable) => state.retypedAt > (state.snapshots[0]?.shapeAt ?? state.retypedAt);
  const before = tables.some(isOutdated) ? shownIn(await store.read(ROOT_MODEL, signal)) : new Map();
  return tables.map(table => {
    const shown = isOutdated(table) ? before.get(table.table) : undefined;
    return shown === undefined ? modelTable(store, table) : { shown };
  });
}

function modelTable(store: ByteStore, table: ShapedTable): ModelTable {
  const { shape, state } = table;
  const [newest] = state.snapshots;
  const files = [...(newest?.files ?? [])].sort((a, b) => (a.partition < b.partition ? -1 : 1));
  const paths = new Map(files.map(({ partition, path }) => [partition, path]));
  return {
    shape,
    rows: newest === undefined ? shownFiles(table).rows : rowsOf(newest),
    partitionStrategy: newest?.strategy ?? state.partitionStrategy,
    completedAt: newest === undefined ? null : state.initialSyncCompletedAt,
    partitions: files.map(({ partition }) => ({ name: partition })),
    locationOf: partition => store.urlOf(paths.get(partition) ?? ''),
  };
}

export function rowsOf({ append = false }: Pick<Snapshot, 'append'>): ModelTable['rows'] {
  return append ? 'versions' : 'live';
}

/** The tables of a manifest, by name. Our own file; a damaged one shows nothing. */
function shownIn(bytes: Uint8Array | null): ReadonlyMap<string, object> {
  try {
    const { entities } = JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as {
      readonly entities: readonly { readonly name: string; readonly partitions: readonly unknown[] }[];
    };
    return new Map(entities.filter(({ partitions }) => Array.isArray(partitions)).map(one => [one.name, one]));
  } catch {
    return new Map();
  }
}
