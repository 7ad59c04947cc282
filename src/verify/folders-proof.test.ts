import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { column, counter, live, rows, running } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import { openFolderReplica, openFolderWriter } from '../cdm/folders.ts';
import type { ChangeBatch, DataFile, TableState } from '../core/commit.ts';
import { TableLog } from '../core/commit-log.ts';
import { emptyLinkState, type LinkEntryBody, LinkLog } from '../core/link-log.ts';
import type { TableShape } from '../core/shape.ts';
import { proveFolders } from './folders-proof.ts';
import type { LakeReader } from './lake-reader.ts';

const { table } = crateShape;
const [FIRST, SECOND, THIRD] = ['2026-01-01T10.00.00Z', '2026-01-01T10.05.00Z', '2026-01-01T10.10.00Z'];
const clock = new FakeClock({ auto: true });

let folder: string;
let engine: Engine;
let connection: DuckDBConnection;
let store: MemoryStore;
let log: TableLog;
let state: TableState;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-proof-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(async () => {
  connection.closeSync();
  engine.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  store = new MemoryStore();
  log = new TableLog({ store, table, clock, newNonce: counter('nonce') });
  state = await log.load(live);
  const mode = { kind: 'mode', partitionStrategy: 'year', writeMode: 'folders' } as const;
  state = (await log.commit(state, mode, { signal: live })).state;
  await define(crateShape);
  return () => store.close();
});

async function define(shape: TableShape): Promise<void> {
  state = (await log.commit(state, { kind: 'shape', shape }, { signal: live })).state;
}

const id = (digit: string) => `00000000-0000-4000-8000-00000000000${digit}`;

function row(digit: string, version: number, more: SqlRow = {}): SqlRow {
  const sink = "'2026-01-01 09:59:01'";
  const dates = { SinkCreatedOn: sink, SinkModifiedOn: sink, createdon: "'2024-05-06 07:08:09Z'" };
  const versions = { versionnumber: String(version), __version: String(version) };
  return { Id: `'${id(digit)}'`, ...dates, name: `'is ${version}'`, length: '0.1', ...versions, ...more };
}

const gone = (digit: string, version: number): SqlRow => ({
  Id: `'${id(digit)}'`,
  SinkModifiedOn: "'2026-01-01 09:59:02'",
  __version: String(version),
  __deleted: 'true',
});

async function put(name: 'image' | 'batch', content: readonly SqlRow[]): Promise<DataFile> {
  files += 1;
  const shape = state.shape ?? crateShape;
  const local = join(folder, `${name}-${files}.parquet`);
  const file = await writeLakeParquet(engine, { shape, rows: content, path: local, as: name });
  const path = `.lakelink/${table}/data/${name}-${files}.parquet`;
  await store.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { ...file, path };
}

/** A fold that brought changes, after which these rows are live. */
async function fold(changes: readonly SqlRow[], rowsNow: readonly SqlRow[]): Promise<void> {
  state = (await log.commit(state, rows(state, running(state.tail)), { signal: live })).state;
  const partitions = [{ name: '2024', changedAt: state.tail + 1, file: await put('image', rowsNow) }];
  const batch: ChangeBatch = { ...(await put('batch', changes)), deletes: 0 };
  const body = { kind: 'fold', through: state.tail, partitions, rowCount: rowsNow.length, changes: [batch] } as const;
  state = (await log.commit(state, body, { signal: live })).state;
}

/** Writes a folder of what waits and moves the changelog on. */
async function close(name: string, next: string): Promise<void> {
  const writer = openFolderWriter({ store, engine, tempFolder: folder, newId: counter(`work-${name}`) });
  const changes = state.waiting.map(({ batch }) => batch);
  await writer.writeFolder({ name, sequence: state.tail, tables: [{ table, state, changes }] }, live);
  await writer.announceFolder(next, { sequence: state.tail, signal: live });
  const through = state.waiting.at(-1)?.sequence ?? 0;
  state = (await log.commit(state, { kind: 'exported', through, folder: name }, { signal: live })).state;
  await openFolderReplica({ store }).publishLink({ sequence: state.tail, tables: [{ table, state }] }, live);
}

function lake(): LakeReader {
  return {
    location: 'memory',
    read: path => store.read(path, live),
    list: async at => {
      const prefix = at === '' ? '' : `${at}/`;
      const inside = store.paths.filter(path => path.startsWith(prefix));
      return [...new Set(inside.map(path => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
    localFile: path => store.localFile(path, live),
    pathOf: () => null,
    async *open(path) {
      yield (await store.read(path, live)) ?? new Uint8Array();
    },
  };
}

const problems = async () =>
  (await proveFolders({ lake: lake(), connection, table })).problems.map(({ problem }) => problem);

/** Two folders, and one more change that waits. */
async function threeFolds(): Promise<void> {
  await fold([row('1', 10), row('2', 11), row('3', 12)], [row('1', 10), row('2', 11), row('3', 12)]);
  await close(FIRST, SECOND);
  await fold([row('1', 13), gone('2', 12), row('4', 14)], [row('1', 13), row('3', 12), row('4', 14)]);
  await close(SECOND, THIRD);
  await fold([row('3', 15), gone('4', 14)], [row('1', 13), row('3', 15)]);
}

describe('the replay of incremental folders (R verify)', () => {
  test('all finished folders and what waits are the rows of the image', async () => {
    await threeFolds();
    expect(await proveFolders({ lake: lake(), connection, table })).toEqual({ files: 3, rows: 6, problems: [] });
  });

  test('a table that has no folder yet is proved by what waits', async () => {
    await fold([row('1', 10)], [row('1', 10)]);
    await openFolderReplica({ store }).publishLink({ sequence: 1, tables: [{ table, state }] }, live);
    store.plant('Changelog/changelog.info', FIRST);
    expect(await proveFolders({ lake: lake(), connection, table })).toEqual({ files: 0, rows: 0, problems: [] });
  });

  test('cells of a column that an earlier folder did not know are not held against it', async () => {
    await fold([row('1', 10)], [row('1', 10)]);
    await close(FIRST, SECOND);
    await define({ ...crateShape, columns: [...crateShape.columns, column('shade', 'string', { addedLater: true })] });
    // Read again for its old values: the same version, which no folder gets a second time.
    await fold([row('2', 12)], [row('1', 10, { shade: "'dark'" }), row('2', 12)]);
    await close(SECOND, THIRD);
    expect(await problems()).toEqual([]);
  });

  test.each([
    ['a lost file', 'rows differ from the image', () => store.plant(`${SECOND}/crate/2024.csv`, '')],
    [
      'a row that no file has',
      'live rows are in no folder',
      () => [FIRST, SECOND].map(name => store.plant(`${name}/crate/2024.csv`, '')),
    ],
    ['a lost file of deletes', 'rows of folders are not live', () => store.plant(`${SECOND}/crate/1.csv`, '')],
    ['a changed cell', 'rows differ from the image', () => edit(`${SECOND}/crate/2024.csv`, '"is 13"', '"is 31"')],
    ['a changed double', 'rows differ from the image', () => edit(`${SECOND}/crate/2024.csv`, ',0.1,', ',0.2,')],
    ['a version that falls', 'fall from a folder', () => edit(`${SECOND}/crate/2024.csv`, ',13,', ',3,')],
    ['a broken model', 'not JSON', () => edit(`${FIRST}/model.json`, '}', '')],
    ['a broken line', 'quote', () => edit(`${FIRST}/crate/2024.csv`, '"is 10"', '"is "10"')],
    ['no changelog', 'does not name a folder', () => store.lose('Changelog/changelog.info')],
    ['a root without the table', 'does not name crate', () => edit('model.json', '"crate"', '"crates"')],
  ])('%s is found', async (_, expected, plant) => {
    await threeFolds();
    plant();
    expect((await problems()).join('; ')).toContain(expected);
  });

  test('a live row below a delete of its id is found: readers who go by versions would not see it', async () => {
    await fold([row('1', 10)], [row('1', 10)]);
    await close(FIRST, SECOND);
    await fold([gone('1', 30)], []);
    await close(SECOND, THIRD);
    await fold([row('1', 20)], [row('1', 20)]);
    await close(THIRD, '2026-01-01T10.15.00Z');
    expect(await problems()).toEqual([`versions of 1 rows fall from a folder to a later one (for example ${id('1')})`]);
  });

  test('a delete with the version of its row, one of what is gone already, and a row that came back are none of that', async () => {
    await fold([row('1', 10), row('2', 11)], [row('1', 10), row('2', 11)]);
    await close(FIRST, SECOND);
    await fold([gone('1', 10), gone('2', 11)], []);
    await close(SECOND, THIRD);
    await fold([gone('1', 0)], []);
    await fold([row('2', 11, { SinkModifiedOn: "'2026-01-01 09:59:03'" })], [row('2', 11)]);
    expect(await problems()).toEqual([]);
    await close(THIRD, '2026-01-01T10.15.00Z');
    expect(await problems()).toEqual([]);
  });

  test('of changes that wait the last of a version counts: a row that was gone for a time', async () => {
    await fold([row('1', 10)], [row('1', 10)]);
    await fold([gone('1', 10)], []);
    await fold([row('1', 10, { SinkModifiedOn: "'2026-01-01 09:59:03'" })], [row('1', 10)]);
    await openFolderReplica({ store }).publishLink({ sequence: 1, tables: [{ table, state }] }, live);
    store.plant('Changelog/changelog.info', FIRST);
    expect(await problems()).toEqual([]);
    await close(FIRST, SECOND);
    expect(await problems()).toEqual([]);
    expect(store.paths.filter(path => path.startsWith(`${FIRST}/crate/`))).toEqual([`${FIRST}/crate/2024.csv`]);
  });

  test('what folders said in an earlier life of the table is not held against it (facts 107)', async () => {
    await fold([row('1', 10), row('2', 11)], [row('1', 10), row('2', 11)]);
    await close(FIRST, SECOND);
    const linkLog = new LinkLog({ store, clock, newNonce: counter('link') });
    let link = emptyLinkState();
    const bodies: LinkEntryBody[] = [
      { kind: 'folder-opened', name: FIRST },
      { kind: 'table-added', table, from: 0 },
      { kind: 'folder-closed', name: FIRST, next: SECOND, tables: { [table]: { after: 0, through: 4, shapeAt: 2 } } },
      { kind: 'folder-finished', name: FIRST },
      { kind: 'table-removed', table },
      { kind: 'folder-closed', name: SECOND, next: THIRD, tables: { [table]: { after: 0, through: 6, shapeAt: 2 } } },
      // The manifest that adds it may come after the first folder with it.
      { kind: 'table-added', table, from: 0 },
    ];
    for (const body of bodies) link = (await linkLog.commit(link, body, { signal: live })).state;
    expect(link.joined).toEqual({ [table]: SECOND });
    // The second row went while the table was out of the link, so nobody wrote its delete.
    await fold([row('1', 12)], [row('1', 12)]);
    await close(SECOND, THIRD);
    expect(await problems()).toEqual([]);
    await linkLog.refresh(link, live);
  });
});

function edit(path: string, from: string, to: string): void {
  const text = store.text(path) ?? '';
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  store.plant(path, text.replace(from, to));
}
