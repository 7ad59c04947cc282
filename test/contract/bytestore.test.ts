import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolderStore } from '../../src/store/folder-store.ts';
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
