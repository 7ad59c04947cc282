import type { ByteStore } from '../../src/core/bytestore.ts';
import type { PublishedTable, Replica } from '../../src/core/replica.ts';
import { SHOWN_SNAPSHOTS, shownSnapshots, tidySnapshots } from './seeded-snapshots.ts';

/** Published files in their simplest form: each partition of the image under a fixed name, and a list of the tables. */
export function seededReplica(store: ByteStore): Replica {
  return {
    async publishTable({ table, state }: PublishedTable, signal) {
      for (const { name, changedAt, file } of state.image?.partitions ?? []) {
        const path = `${table}/${name}.json`;
        if ((await store.publishedSequence(path, signal)) === changedAt) continue;
        const local = await store.localFile(file.path, signal);
        await store.publish(path, { file: local }, { sequence: changedAt, signal });
      }
      return { files: 1, bytes: 0 };
    },
    async publishLink({ sequence, tables, names }, signal) {
      if (names === 'snapshots') {
        const bytes = new TextEncoder().encode(JSON.stringify(shownSnapshots(tables)));
        await store.publish(SHOWN_SNAPSHOTS, { bytes }, { sequence, signal });
      }
      const bytes = new TextEncoder().encode(JSON.stringify(tables.map(({ table }) => table)));
      await store.publish('tables.json', { bytes }, { sequence, signal });
    },
    tidyTable: (table, signal) => tidySnapshots(store, table, signal),
    async withdrawTable(table, signal) {
      for (const { path } of await store.list(table, { signal })) await store.remove(path, signal);
    },
  };
}
