import { beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { column, counter, live, rows, running, shapeOf } from '../../test/kit/log-values.ts';
import { Died, MemoryStore, type ScriptLine } from '../../test/kit/memory-store.ts';
import { CHANGELOG, foldWords, WordFolders } from '../../test/kit/word-folders.ts';
import type { TableState } from '../core/commit.ts';
import { TableLog } from '../core/commit-log.ts';
import { FOLDER_NAME } from '../core/folder-name.ts';
import { emptyLinkState, LinkLog } from '../core/link-log.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import { type FolderSource, IncrementalFolders } from './incremental-folders.ts';

const [ACCOUNT, CONTACT] = [parseTableName('account'), parseTableName('contact')];
const MINUTE = 60_000;

/** `id@version`; a delete ends in `!`. */
type Word = string;

let clock: FakeClock;
let lake: MemoryStore;

beforeEach(() => {
  clock = new FakeClock();
  lake = new MemoryStore({ clock });
});

/** A process that works on the lake; a table's rows are folded as the real one folds them. */
class Process {
  readonly folders: IncrementalFolders;
  readonly #store: MemoryStore;
  readonly #newNonce: () => string;
  readonly states = new Map<TableName, TableState>();
  readonly broken = new Set<TableName>();
  intervalMs = 5 * MINUTE;

  constructor(tables: readonly TableName[], { store = lake.handle(), name = 'process' } = {}) {
    this.#store = store;
    this.#newNonce = counter(`${name}-${processes++}`);
    for (const table of tables) this.states.set(table, null as never);
    this.folders = new IncrementalFolders({
      linkLog: new LinkLog({ store, clock, newNonce: this.#newNonce }),
      writer: new WordFolders(store),
      tables: () => [...this.states.keys()].map(table => this.#source(table)),
      logOf: table => this.log(table),
      intervalMs: () => this.intervalMs,
      clock,
      report: { info: () => {}, warn: () => {} },
    });
  }

  log(table: TableName): TableLog {
    return new TableLog({ store: this.#store, table, clock, newNonce: this.#newNonce });
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
        this.states.set(table, await foldWords(this.log(table), lake));
      },
      markExported: async entry => {
        const log = this.log(table);
        this.states.set(table, (await log.commit(await log.load(live), entry, { signal: live })).state);
      },
    };
  }
}

let processes = 0;

const environment = counter('environment');

/** Rows that arrive, committed by nobody who dies. */
async function bring(table: TableName, words: readonly Word[], { complete = true } = {}): Promise<void> {
  const log = new TableLog({ store: lake.handle(), table, clock, newNonce: environment });
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

/** Folders that readers take: below the changelog's name. */
function finished(): string[] {
  const changelog = lake.text(CHANGELOG) ?? '';
  const names = new Set(lake.paths.map(path => path.split('/')[0] ?? '').filter(name => FOLDER_NAME.test(name)));
  return [...names].filter(name => name < changelog).sort();
}

const wordsIn = (folder: string, table: TableName): Word[] =>
  (lake.text(`${folder}/${table}/1.csv`) ?? '').split('\n').filter(word => word !== '');
const allWords = () =>
  finished().flatMap(folder =>
    [ACCOUNT, CONTACT].flatMap(table => wordsIn(folder, table).map(word => `${table} ${word}`)),
  );

describe('incremental folders', () => {
  test('a link begins with a folder in progress, which the changelog names and nobody has written to (facts 103)', async () => {
    const service = new Process([ACCOUNT]);
    expect(await service.look()).toBe(5 * MINUTE);
    expect(lake.text(CHANGELOG)).toBe('2026-01-01T00.00.00Z');
    expect(finished()).toEqual([]);
  });

  test('a folder at every interval, and only where something changed (facts 100)', async () => {
    const service = new Process([ACCOUNT, CONTACT]);
    await bring(ACCOUNT, ['a@1']);
    await bring(CONTACT, ['c@1']);
    await service.look();
    await clock.advance(4 * MINUTE);
    expect(await service.look()).toBe(MINUTE);
    await clock.advance(MINUTE);
    expect(await service.look()).toBe(5 * MINUTE);
    expect(finished()).toEqual(['2026-01-01T00.00.00Z']);
    await clock.advance(5 * MINUTE);
    await service.look();
    // Nothing changed: the name in progress stays.
    expect(lake.text(CHANGELOG)).toBe('2026-01-01T00.05.00Z');
    await bring(CONTACT, ['c@2']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(finished()).toEqual(['2026-01-01T00.00.00Z', '2026-01-01T00.05.00Z']);
    expect(lake.text(CHANGELOG)).toBe('2026-01-01T00.15.00Z');
    expect(allWords()).toEqual(['account a@1', 'contact c@1', 'contact c@2']);
    // Every folder lists all tables.
    expect(finished().map(name => lake.text(`${name}/model.json`))).toEqual([
      'account:1 contact:1',
      'account:1 contact:1',
    ]);
  });

  test('a downtime of any length is made up for by one folder', async () => {
    await bring(ACCOUNT, ['a@1']);
    await new Process([ACCOUNT]).look();
    await clock.advance(600 * MINUTE);
    await bring(ACCOUNT, ['a@2']);
    const later = new Process([ACCOUNT]);
    await later.look();
    await later.look();
    expect(finished()).toEqual(['2026-01-01T00.00.00Z']);
    expect(allWords()).toEqual(['account a@1', 'account a@2']);
  });

  test('what keeps a folder from being finished is said until it is', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, do: 'refuse', times: 2 }];
    const service = new Process([ACCOUNT], { store: lake.handle({ script }) });
    const { folders } = service;
    await bring(ACCOUNT, ['a@1']);
    service.states.set(ACCOUNT, await service.log(ACCOUNT).load(live));
    folders.start();
    await settle();
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(MINUTE);
    expect(folders.fault).toMatchObject({ code: 'store/failed' });
    await clock.advance(MINUTE);
    expect(folders.fault).toBeNull();
    expect(allWords()).toEqual(['account a@1']);
    await folders.end();
  });

  test('with a clock that is set back names rise and folders come at the interval (I-3)', async () => {
    const service = new Process([ACCOUNT]);
    await service.look();
    await bring(ACCOUNT, ['a@1']);
    await clock.advance(5 * MINUTE);
    await service.look();
    clock = new FakeClock({ startMs: clock.nowMs() - 60 * MINUTE });
    const back = new Process([ACCOUNT]);
    await bring(ACCOUNT, ['a@2']);
    await back.look();
    await bring(ACCOUNT, ['a@3']);
    expect(await back.look()).toBe(5 * MINUTE);
    expect(lake.text(CHANGELOG)).toBe('2026-01-01T00.05.01Z');
    await clock.advance(5 * MINUTE);
    await back.look();
    expect(lake.text(CHANGELOG)).toBe('2026-01-01T00.05.02Z');
    expect(allWords()).toEqual(['account a@1', 'account a@2', 'account a@3']);
  });

  test('another interval counts from the last folder', async () => {
    const service = new Process([ACCOUNT]);
    await service.look();
    service.intervalMs = 15 * MINUTE;
    await bring(ACCOUNT, ['a@1']);
    await clock.advance(14 * MINUTE);
    expect(await service.look()).toBe(MINUTE);
    expect(finished()).toEqual([]);
    service.intervalMs = 10 * MINUTE;
    await service.look();
    expect(finished()).toHaveLength(1);
  });

  test('a table in its initial sync is left out, and its full copy is its first content (I-8)', async () => {
    const service = new Process([ACCOUNT, CONTACT]);
    await bring(ACCOUNT, ['a@1']);
    await bring(CONTACT, ['c@1'], { complete: false });
    await service.look();
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(lake.text(`${finished()[0]}/model.json`)).toBe('account:1');
    await bring(CONTACT, ['c@2']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(wordsIn(finished()[1] ?? '', CONTACT)).toEqual(['c@1', 'c@2']);
    expect(allWords()).toHaveLength(3);
  });

  test('a table that cannot be folded goes into the next folder with all it has (I-8)', async () => {
    const service = new Process([ACCOUNT, CONTACT]);
    await bring(ACCOUNT, ['a@1']);
    await bring(CONTACT, ['c@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    await service.look();
    await bring(ACCOUNT, ['a@2']);
    await bring(CONTACT, ['c@2']);
    service.broken.add(CONTACT);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(wordsIn(finished()[1] ?? '', ACCOUNT)).toEqual(['a@2']);
    expect(lake.text(`${finished()[1]}/model.json`)).toBe('account:1 contact:1');
    service.broken.clear();
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(wordsIn(finished()[2] ?? '', CONTACT)).toEqual(['c@2']);
  });

  test('changes in a finished folder free their files; where that fails the next folder does it', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /account\/log\/0*5/, times: 5, do: 'refuse' }];
    const service = new Process([ACCOUNT], { store: lake.handle({ script }) });
    await bring(ACCOUNT, ['a@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    const looked = service.look();
    for (let n = 0; n < 6; n += 1) await clock.advance(MINUTE);
    await looked;
    expect(finished()).toHaveLength(1);
    expect((await service.log(ACCOUNT).load(live)).waiting).toHaveLength(1);
    await bring(ACCOUNT, ['a@2']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect((await service.log(ACCOUNT).load(live)).waiting).toEqual([]);
    expect(allWords()).toEqual(['account a@1', 'account a@2']);
  });
});

describe('tables that leave', () => {
  test('a folder that is decided is finished before; the next one does not list the table; finished ones stay (facts 107)', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, times: 1, do: 'refuse' }];
    const service = new Process([ACCOUNT, CONTACT], { store: lake.handle({ script }) });
    await bring(ACCOUNT, ['a@1']);
    await bring(CONTACT, ['c@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    await expect(service.look()).rejects.toThrow();
    expect(finished()).toEqual([]);
    service.states.delete(CONTACT);
    await service.folders.leave([CONTACT], {
      isKept: false,
      work: async () => {
        const log = service.log(CONTACT);
        await log.remove(await log.load(live), live);
      },
    });
    expect(allWords()).toEqual(['account a@1', 'contact c@1']);
    await bring(ACCOUNT, ['a@2']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(lake.text(`${finished()[1]}/model.json`)).toBe('account:1');
  });

  test('a table that went with its data from an unfinished folder holds nothing up', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, do: 'die' }];
    const service = new Process([ACCOUNT, CONTACT], { store: lake.handle({ script }) });
    await bring(ACCOUNT, ['a@1']);
    await bring(CONTACT, ['c@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    await expect(service.look()).rejects.toThrow(Died);
    const next = new Process([ACCOUNT]);
    await next.log(CONTACT).remove(await next.log(CONTACT).load(live), live);
    await next.look();
    expect(lake.text(`${finished()[0]}/model.json`)).toBe('account:1');
  });

  test('a table that comes back brings its rows as a full copy again; what it brought before stays', async () => {
    const service = new Process([ACCOUNT]);
    await bring(ACCOUNT, ['a@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    await service.look();
    await service.folders.leave([ACCOUNT], {
      isKept: false,
      work: async () => {
        const log = service.log(ACCOUNT);
        await log.remove(await log.load(live), live);
        await forget(ACCOUNT);
      },
    });
    await bring(ACCOUNT, ['a@1']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(finished().map(name => wordsIn(name, ACCOUNT))).toEqual([['a@1'], ['a@1']]);
  });

  test('a table whose data stays leaves only when its own log knows what folders have: added again it tells nothing twice (I-2)', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /account\/log\/0*5/, times: 10, do: 'refuse' }];
    const service = new Process([ACCOUNT], { store: lake.handle({ script }) });
    await bring(ACCOUNT, ['a@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    const advanced = async <T>(work: Promise<T>) => {
      const ended = work.catch(failure => failure);
      for (let n = 0; n < 6; n += 1) await clock.advance(MINUTE);
      return ended;
    };
    // The folder is finished, and the table's files are not freed: the link's log knows that they are in it.
    await advanced(service.look());
    expect((await service.log(ACCOUNT).load(live)).waiting).toHaveLength(1);
    let left = 0;
    const leave = () =>
      service.folders.leave([ACCOUNT], {
        isKept: true,
        work: async () => {
          left += 1;
          await forget(ACCOUNT);
        },
      });
    expect(await advanced(leave())).toBeInstanceOf(Error);
    expect(left).toBe(0);
    await leave();
    expect(left).toBe(1);
    await bring(ACCOUNT, ['a@2']);
    await clock.advance(5 * MINUTE);
    await service.look();
    expect(allWords()).toEqual(['account a@1', 'account a@2']);
  });

  test('a table whose log cannot be read leaves nevertheless', async () => {
    const service = new Process([ACCOUNT]);
    await bring(ACCOUNT, ['a@1']);
    await service.look();
    await clock.advance(5 * MINUTE);
    await service.look();
    service.states.delete(ACCOUNT);
    for (const path of lake.paths.filter(one => one.startsWith('.lakelink/account/log/'))) lake.plant(path, '{');
    let left = 0;
    await service.folders.leave([ACCOUNT], {
      isKept: true,
      work: async () => {
        left += 1;
      },
    });
    expect(left).toBe(1);
  });
});

/** What the manifest without a table says in the link's log. */
async function forget(table: TableName): Promise<void> {
  const linkLog = new LinkLog({ store: lake.handle(), clock, newNonce: environment });
  const state = await linkLog.load(live);
  const { state: joined } = await linkLog.commit(state, { kind: 'table-added', table, from: 0 }, { signal: live });
  await linkLog.commit(joined, { kind: 'table-removed', table }, { signal: live });
}

/** Everything that happens to the link; every look is asked by whoever lives. */
async function story(look: () => Promise<unknown>): Promise<void> {
  await bring(ACCOUNT, ['a@1', 'b@1']);
  await bring(CONTACT, ['c@1']);
  await look();
  await clock.advance(5 * MINUTE);
  await look();
  await bring(ACCOUNT, ['a@2']);
  await look();
  await bring(ACCOUNT, ['b@2!']);
  await clock.advance(5 * MINUTE);
  await look();
  await bring(CONTACT, ['c@3']);
  await bring(CONTACT, ['d@4']);
  await clock.advance(7 * MINUTE);
  await look();
  await clock.advance(7 * MINUTE);
  await look();
}

const EVERYTHING = ['a@1', 'b@1', 'a@2', 'b@2!']
  .map(word => `account ${word}`)
  .concat(['c@1', 'c@3', 'd@4'].map(word => `contact ${word}`));

function expectReadersCanRely(): void {
  for (const name of finished()) expect(lake.text(`${name}/model.json`), name).toBeTruthy();
  expect(lake.paths.filter(path => lake.text(path) === '')).toEqual([]);
  expect(allWords()).toHaveLength(new Set(allWords()).size);
}

describe('deaths', () => {
  test('whoever dies at any store call, after a restart every change is in exactly one finished folder (I-1, I-2)', async () => {
    const whole = lake.handle();
    const first = new Process([ACCOUNT, CONTACT], { store: whole });
    await story(() => first.look());
    expect(allWords().sort()).toEqual([...EVERYTHING].sort());
    const calls = whole.calls.length;
    expect(calls).toBeGreaterThan(50);
    for (let call = 1; call <= calls; call += 1) {
      // Whoever dies after a read has done nothing by it.
      const isWrite = ['putIfAbsent', 'publish', 'remove'].includes(whole.calls[call - 1]?.operation ?? '');
      for (const fault of isWrite ? (['die', 'apply-then-die'] as const) : (['die'] as const)) {
        clock = new FakeClock({ auto: true });
        lake = new MemoryStore({ clock });
        let service = new Process([ACCOUNT, CONTACT], { store: lake.handle({ script: [{ call, do: fault }] }) });
        const survive = async () => {
          try {
            await service.look();
          } catch (failure) {
            expect(failure).toBeInstanceOf(Died);
            expectReadersCanRely();
            service = new Process([ACCOUNT, CONTACT], { name: 'next' });
            await service.look();
          }
          expectReadersCanRely();
        };
        await story(survive);
        expect(allWords().sort(), `${fault} at call ${call}`).toEqual([...EVERYTHING].sort());
      }
    }
  }, 60_000);

  test('two workers that close at once decide one folder, and write it once (I-3)', async () => {
    const workers = [1, 2, 3].map(n => new Process([ACCOUNT, CONTACT], { name: `worker-${n}` }));
    await story(() => Promise.all(workers.map(worker => worker.look())));
    expect(allWords().sort()).toEqual([...EVERYTHING].sort());
    expectReadersCanRely();
    const linkLog = new LinkLog({ store: lake.handle(), clock, newNonce: environment });
    expect(await linkLog.refresh(emptyLinkState(), live)).toMatchObject({ closing: null });
  });

  test('a folder that another worker decided holds all of it, also where this one’s table is behind (I-3)', async () => {
    await bring(ACCOUNT, ['a@1']);
    const script = [{ on: 'putIfAbsent', path: /^2.*\/account\//, do: 'die' }] as const;
    const decides = new Process([ACCOUNT], { store: lake.handle({ script }), name: 'decides' });
    const behind = new Process([ACCOUNT], { name: 'behind' });
    await behind.folders.look();
    behind.states.set(ACCOUNT, await behind.log(ACCOUNT).load(live));
    await clock.advance(5 * MINUTE);
    await expect(decides.look()).rejects.toThrow(Died);
    expect(await behind.folders.look().then(allWords)).toEqual(['account a@1']);
  });
});
