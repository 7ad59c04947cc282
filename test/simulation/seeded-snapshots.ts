import type { ByteStore } from '../../src/core/bytestore.ts';
import type { SnapshotFile, TableState } from '../../src/core/commit.ts';
import type { TableName } from '../../src/core/names.ts';
import type { SnapshotWriter } from '../../src/core/replica.ts';
import type { SeededDisk } from './seeded-store.ts';

/** Where the link's manifest leads readers to: paths by table. */
export const SHOWN_SNAPSHOTS = 'snapshots.json';

/** Snapshots in their simplest form: each partition of the image under a name of its own, unchanged ones again. */
export function seededSnapshots(store: ByteStore): SnapshotWriter {
  return {
    async writeSnapshot({ table, state }, { takenAtMs, signal }) {
      const shown = new Map(state.snapshots[0]?.files.map(file => [file.partition, file]));
      const files: SnapshotFile[] = [];
      for (const { name, changedAt, file } of state.image?.partitions ?? []) {
        const before = shown.get(name);
        if (before?.changedAt === changedAt) {
          files.push(before);
          continue;
        }
        const local = await store.localFile(file.path, signal);
        for (let second = Math.floor(takenAtMs / 1_000); ; second += 1) {
          const path = `${table}/Snapshot/${name}_${second}.csv`;
          if ((await store.putIfAbsent(path, { file: local }, signal)) === 'exists') continue;
          files.push({ partition: name, path, bytes: file.bytes, rows: file.rows, changedAt });
          break;
        }
      }
      return files;
    },
  };
}

export function shownSnapshots(
  tables: readonly { readonly table: TableName; readonly state: TableState }[],
): Record<string, string[]> {
  return Object.fromEntries(
    tables.map(({ table, state }) => [table, (state.snapshots[0]?.files ?? []).map(({ path }) => path)]),
  );
}

/** Removes what no kept snapshot names and is older than all of them. */
export async function tidySnapshots(
  store: ByteStore,
  { table, state: { snapshots } }: { readonly table: TableName; readonly state: TableState },
  signal: AbortSignal,
): Promise<void> {
  const oldest = Math.floor(Date.parse(snapshots.at(-1)?.takenAt ?? '1970-01-01') / 1_000);
  const named = new Set(snapshots.flatMap(({ files }) => files.map(({ path }) => path)));
  for (const { path } of await store.list(`${table}/Snapshot`, { signal })) {
    if (!named.has(path) && Number(/_(\d+)\.csv$/.exec(path)?.[1]) < oldest) await store.remove(path, signal);
  }
}

/** What is wrong with a table's snapshots at rest: the manifest names another one, or a file of a kept one is not there. */
export function wrongSnapshots(disk: SeededDisk, table: TableName, state: TableState): string[] {
  const shown: Record<string, string[]> = JSON.parse(disk.text(SHOWN_SNAPSHOTS) ?? '{}');
  const [newest] = state.snapshots;
  if (newest === undefined) return [`it has no snapshot`];
  const named = newest.files.map(({ path }) => path).join();
  const gone = state.snapshots.flatMap(({ files }) => files).filter(({ path }) => !disk.lake.has(path));
  return [
    ...(shown[table]?.join() === named ? [] : [`the manifest names ${shown[table]}, not ${named}`]),
    ...gone.map(({ path }) => `${path} of a kept snapshot is gone`),
  ];
}
