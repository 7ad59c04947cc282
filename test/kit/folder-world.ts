import type { TableState } from '../../src/core/commit.ts';
import { TableLog } from '../../src/core/commit-log.ts';
import { FOLDER_NAME } from '../../src/core/folder-name.ts';
import { LinkLog } from '../../src/core/link-log.ts';
import { parseTableName, type TableName } from '../../src/core/names.ts';
import { type FolderSource, IncrementalFolders } from '../../src/engine/incremental-folders.ts';
import { FakeClock } from './clock.ts';
import { column, counter, live, rows, running, shapeOf } from './log-values.ts';
import { MemoryStore } from './memory-store.ts';
import { CHANGELOG, foldWords, WordFolders } from './word-folders.ts';

/** `id@version`; a delete ends in `!`. */
export type Word = string;

/** A lake with a link of incremental folders, whose rows are words. */
export class FolderWorld {
  /** Of the processes that begin from now on. */
  clock: FakeClock;
  readonly lake: MemoryStore;
  readonly #newNonce = counter('environment');
  #processes = 0;

  constructor({ auto = false } = {}) {
    this.clock = new FakeClock({ auto });
    this.lake = new MemoryStore({ clock: this.clock });
  }

  process(tables: readonly TableName[], { store = this.lake.handle(), name = 'process' } = {}): FolderProcess {
    this.#processes += 1;
    return new FolderProcess(this, { tables, store, newNonce: counter(`${name}-${this.#processes}`) });
  }

  /** Rows that arrive, committed by nobody who dies. */
  async bring(table: TableName, words: readonly Word[], { complete = true } = {}): Promise<void> {
    const log = new TableLog({ store: this.lake.handle(), table, clock: this.clock, newNonce: this.#newNonce });
    let state = await log.load(live);
    if (state.shape === null) {
      const mode = { kind: 'mode', partitionStrategy: 'year', writeMode: 'folders' } as const;
      state = (await log.commit(state, mode, { signal: live })).state;
      state = (await log.commit(state, { kind: 'shape', shape: shapeOf([column('a', 'string')]) }, { signal: live }))
        .state;
    }
    const content = Buffer.from(words.map(word => `${word}\n`).join(''));
    const file = await log.putData({ kind: 'batch', file: { content, rows: words.length }, signal: live });
    const cursor = complete ? running(state.tail) : ({ at: 'full', next: `page-${state.tail}`, pages: 1 } as const);
    await log.commit(state, rows(state, cursor, { batch: { ...file, deletes: 0 } }), { signal: live });
  }

  /** What the manifest without a table says in the link's log. */
  async forget(table: TableName): Promise<void> {
    const linkLog = new LinkLog({ store: this.lake.handle(), clock: this.clock, newNonce: this.#newNonce });
    const state = await linkLog.load(live);
    const { state: joined } = await linkLog.commit(state, { kind: 'table-added', table, from: 0 }, { signal: live });
    await linkLog.commit(joined, { kind: 'table-removed', table }, { signal: live });
  }

  /** Folders that readers take: below the changelog's name. */
  finished(): string[] {
    const changelog = this.lake.text(CHANGELOG) ?? '';
    const names = new Set(this.lake.paths.map(path => path.split('/')[0] ?? '').filter(name => FOLDER_NAME.test(name)));
    return [...names].filter(name => name < changelog).sort();
  }

  wordsIn(folder: string, table: TableName): Word[] {
    return (this.lake.text(`${folder}/${table}/1.csv`) ?? '').split('\n').filter(word => word !== '');
  }

  /** `<table> <word>` of all finished folders, in their order. */
  allWords(): string[] {
    return this.finished().flatMap(folder => {
      const files = this.lake.paths.filter(path => path.startsWith(`${folder}/`) && path.endsWith('/1.csv')).sort();
      const tables = files.map(path => parseTableName(path.split('/')[1] ?? ''));
      return tables.flatMap(table => this.wordsIn(folder, table).map(word => `${table} ${word}`));
    });
  }
}

/** A process that works on the lake; a table's rows are folded as the real one folds them. */
export class FolderProcess {
  readonly folders: IncrementalFolders;
  readonly states = new Map<TableName, TableState | null>();
  readonly broken = new Set<TableName>();
  intervalMs = 300_000;
  readonly #world: FolderWorld;
  readonly #store: MemoryStore;
  readonly #newNonce: () => string;

  constructor(
    world: FolderWorld,
    given: { readonly tables: readonly TableName[]; readonly store: MemoryStore; readonly newNonce: () => string },
  ) {
    const { clock } = world;
    this.#world = world;
    this.#store = given.store;
    this.#newNonce = given.newNonce;
    for (const table of given.tables) this.states.set(table, null);
    this.folders = new IncrementalFolders({
      linkLog: new LinkLog({ store: given.store, clock, newNonce: given.newNonce }),
      writer: new WordFolders(given.store),
      tables: () => [...this.states.keys()].map(table => this.#source(table)),
      logOf: table => this.log(table),
      intervalMs: () => this.intervalMs,
      clock,
      report: { info: () => {}, warn: () => {} },
    });
  }

  log(table: TableName): TableLog {
    return new TableLog({ store: this.#store, table, clock: this.#world.clock, newNonce: this.#newNonce });
  }

  async look(): Promise<number> {
    for (const table of this.states.keys()) this.states.set(table, await this.log(table).load(live));
    return this.folders.look();
  }

  #source(table: TableName): FolderSource {
    return {
      table,
      state: this.states.get(table) ?? null,
      known: true,
      fold: async () => {
        if (this.broken.has(table)) throw new Error('cannot be folded');
        this.states.set(table, await foldWords(this.log(table), this.#world.lake));
      },
      markExported: async entry => {
        const log = this.log(table);
        this.states.set(table, (await log.commit(await log.load(live), entry, { signal: live })).state);
      },
    };
  }
}
