import type { ByteStore } from '../../src/core/bytestore.ts';
import type { ManifestNames, PublishedTable, Replica } from '../../src/core/replica.ts';
import { tidySnapshots } from './seeded-snapshots.ts';

/** A table in the link's list, with the snapshot files that readers are led to. */
export interface NamedTable {
  readonly table: string;
  readonly files: readonly string[];
}

/** Published files in their simplest form: each file of the image under a fixed name, and a list of the tables. */
export function seededReplica(store: ByteStore): Replica {
  return {
    async publishTable({ table, state }: PublishedTable, signal) {
      const { image, writeMode } = state;
      if (writeMode === 'folders') return { files: 0, bytes: 0 };
      for (const { name, changedAt, file } of image?.parts ?? image?.partitions ?? []) {
        const path = `${table}/${name}.json`;
        if ((await store.publishedSequence(path, signal)) === changedAt) continue;
        const local = await store.localFile(file.path, signal);
        await store.publish(path, { file: local }, { sequence: changedAt, signal });
      }
      return { files: 1, bytes: 0 };
    },
    async publishLink({ sequence, tables, names = 'near-real-time' }, signal) {
      const bytes = new TextEncoder().encode(JSON.stringify(tables.map(one => named(one, names))));
      await store.publish('tables.json', { bytes }, { sequence, signal });
    },
    tidyTable: (table, signal) => tidySnapshots(store, table, signal),
    async withdrawTable(table, signal) {
      for (const { path } of await store.list(table, { signal })) await store.remove(path, signal);
    },
  };
}

function named({ table, state }: PublishedTable, names: ManifestNames): NamedTable {
  const files = names === 'snapshots' ? (state.snapshots[0]?.files ?? []) : [];
  return { table, files: files.map(({ path }) => path) };
}
