import type { ByteStore } from '../../src/core/bytestore.ts';
import type { ImagePartition, SnapshotFile, TableState } from '../../src/core/commit.ts';
import { limits } from '../../src/core/limits.ts';
import type { PublishedTable, SnapshotWriter } from '../../src/core/replica.ts';

const SECOND = /_(\d+)\.csv$/;

/** Snapshots in their simplest form: copies of what the table's image holds, under names that nobody has. */
export function seededSnapshotWriter(store: ByteStore): SnapshotWriter {
  return {
    async writeSnapshot({ table, state }, { takenAtMs, signal }) {
      const there = new Set((await store.list(`${table}/Snapshot`, { signal })).map(({ path }) => path));
      const [newest] = state.snapshots;
      const files: SnapshotFile[] = [];
      for (const { name, changedAt, file } of heldFiles(state)) {
        const known = newest?.files.find(one => one.partition === name && one.changedAt === changedAt);
        if (known !== undefined && there.has(known.path)) {
          files.push(known);
          continue;
        }
        const local = await store.localFile(file.path, signal);
        const second = Math.floor(takenAtMs / 1_000);
        const path = await putNew(store, { folder: `${table}/Snapshot`, name, second, local }, signal);
        files.push({ partition: name, path, bytes: file.bytes, rows: file.rows, changedAt });
      }
      return files;
    },
  };
}

/** Files of a table's image, each with the sequence that its snapshot goes by. */
export function heldFiles({ image, retypedAt }: TableState): ImagePartition[] {
  const held = image?.parts ?? image?.partitions ?? [];
  return held.map(one => ({ ...one, changedAt: Math.max(one.changedAt, retypedAt) }));
}

async function putNew(
  store: ByteStore,
  file: { readonly folder: string; readonly name: string; readonly second: number; readonly local: string },
  signal: AbortSignal,
): Promise<string> {
  for (let second = file.second; ; second += 1) {
    const path = `${file.folder}/${file.name}_${second}.csv`;
    if ((await store.putIfAbsent(path, { file: file.local }, signal)) === 'created') return path;
  }
}

/** Removes snapshot files that no kept snapshot names and that are older than those, or were left long ago. */
export async function tidySnapshots(
  store: ByteStore,
  { table, state: { snapshots } }: PublishedTable,
  signal: AbortSignal,
): Promise<void> {
  const [newest, oldest] = [snapshots[0], snapshots.at(-1)];
  if (newest === undefined || oldest === undefined) return;
  const named = new Set(snapshots.flatMap(({ files }) => files.map(({ path }) => path)));
  const oldestSecond = Math.floor(Date.parse(oldest.takenAt) / 1_000);
  const orphanedMs = Date.parse(newest.takenAt) - limits.retentionMs;
  const manifest = new TextDecoder().decode((await store.read('tables.json', signal)) ?? new Uint8Array());
  for (const { path, modifiedMs } of await store.list(`${table}/Snapshot`, { signal })) {
    const isOld = Number(SECOND.exec(path)?.[1]) < oldestSecond || modifiedMs < orphanedMs;
    if (!named.has(path) && isOld && !manifest.includes(JSON.stringify(path))) await store.remove(path, signal);
  }
}
