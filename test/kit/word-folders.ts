import type { ByteStore } from '../../src/core/bytestore.ts';
import type { ChangeBatch, TableState } from '../../src/core/commit.ts';
import type { TableLog } from '../../src/core/commit-log.ts';
import type { FolderContents, FolderWriter } from '../../src/core/replica.ts';
import { live } from './log-values.ts';
import type { MemoryStore } from './memory-store.ts';

export const CHANGELOG = 'Changelog/changelog.info';

/** Folders whose files are lists of words, written as carefully as the real ones. */
export class WordFolders implements FolderWriter {
  readonly #store: ByteStore;

  constructor(store: ByteStore) {
    this.#store = store;
  }

  async announceFolder(name: string, { sequence }: { readonly sequence: number }): Promise<void> {
    await this.#store.publish(CHANGELOG, { bytes: Buffer.from(name) }, { sequence, signal: live });
  }

  async writeFolder({ name, tables }: FolderContents): Promise<void> {
    if ((await this.#store.read(`${name}/model.json`, live)) !== null) return;
    if (tables.every(({ changes }) => changes.length === 0)) return;
    for (const { table, changes } of tables) {
      const words = await Promise.all(changes.map(async ({ path }) => this.#store.read(path, live)));
      const text = words.map(bytes => Buffer.from(bytes ?? '').toString('utf8')).join('');
      if (text !== '') await this.#store.putIfAbsent(`${name}/${table}/1.csv`, { bytes: Buffer.from(text) }, live);
    }
    const model = tables.map(({ table, state }) => `${table}:${state.shape?.columns.length}`).join(' ');
    await this.#store.putIfAbsent(`${name}/model.json`, { bytes: Buffer.from(model) }, live);
  }
}

/** Folds a table whose batches are lists of words. */
export async function foldWords(log: TableLog, lake: MemoryStore): Promise<TableState> {
  const state = await log.load(live);
  if (state.pending.length === 0 && state.image !== null) return state;
  const words = await Promise.all(state.pending.map(async ({ batch }) => lake.text(batch.path) ?? ''));
  const text = words.join('');
  const changes: ChangeBatch[] =
    text === ''
      ? []
      : [
          {
            ...(await log.putData({ kind: 'batch', file: { content: Buffer.from(text), rows: 1 }, signal: live })),
            deletes: 0,
          },
        ];
  const body = { kind: 'fold', through: state.tail, partitions: [], rowCount: 0, changes } as const;
  return (await log.commit(state, body, { signal: live, madeFrom: state })).state;
}
