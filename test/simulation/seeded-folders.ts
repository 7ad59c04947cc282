import type { ByteStore } from '../../src/core/bytestore.ts';
import type { FolderWriter } from '../../src/core/replica.ts';
import { type Version, versionsIn } from './seeded-batcher.ts';
import { CHANGELOG, type SeededDisk } from './seeded-store.ts';

/** Incremental folders in their simplest form: of each table with changes one file, then the folder's model. */
export function seededFolderWriter(store: ByteStore, disk: SeededDisk): FolderWriter {
  return {
    async announceFolder(name, { sequence, signal }) {
      await store.publish(CHANGELOG, { bytes: bytesOf(name) }, { sequence, signal });
    },
    async writeFolder({ name, tables }, signal) {
      const before = new Set((await store.list(name, { signal })).map(({ path }) => path));
      if (before.has(`${name}/model.json`)) return;
      if (before.size === 0 && tables.every(({ changes }) => changes.length === 0)) return;
      const written = new Set<string>();
      for (const { table, changes } of tables) {
        if (changes.length === 0) continue;
        const lines: Version[] = [];
        for (const { path } of changes) {
          const local = await store.localFile(path, signal);
          lines.push(...versionsIn(disk, local));
        }
        const path = `${name}/${table}.json`;
        written.add(path);
        await store.putIfAbsent(path, { bytes: bytesOf(lines) }, signal);
      }
      for (const path of before) if (!written.has(path)) await store.remove(path, signal);
      await store.putIfAbsent(`${name}/model.json`, { bytes: bytesOf([...written]) }, signal);
    },
  };
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}
