import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStore } from '../../src/core/bytestore.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import { openLocalCache } from '../../src/store/local-cache.ts';
import { FakeClock } from '../kit/clock.ts';
import { counter } from '../kit/log-values.ts';
import { MemoryStore } from '../kit/memory-store.ts';
import { describeByteStore } from './bytestore.ts';

describeByteStore('memory', async () => {
  const store = new MemoryStore();
  return { store, second: async () => store.handle(), close: () => store.close() };
});

describeByteStore('a folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'lakelink-folder-'));
  const store = await openFolderStore({ root, newId: counter('one') });
  return {
    store,
    second: () => openFolderStore({ root, newId: counter('two') }),
    close: () => rm(root, { recursive: true, force: true }),
  };
});

const around = (remote: ByteStore, folder: string) =>
  openLocalCache({ remote, folder, bytesMax: 1_000_000, clock: new FakeClock(), newId: counter('cache') });

describeByteStore('a local cache around memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-cache-'));
  const memory = new MemoryStore();
  return {
    store: await around(memory, folder),
    second: () => around(memory.handle(), join(folder, 'second')),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

describeByteStore('a lease of a local cache around a folder that stands for a remote store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-cache-'));
  const root = await mkdtemp(join(tmpdir(), 'lakelink-folder-'));
  const cache = await around(await openFolderStore({ root, newId: counter('one') }), folder);
  const lease = cache.lease();
  return {
    store: lease.store,
    second: async () => around(await openFolderStore({ root, newId: counter('two') }), join(folder, 'second')),
    close: async () => {
      lease.release();
      await rm(folder, { recursive: true, force: true });
      await rm(root, { recursive: true, force: true });
    },
  };
});
