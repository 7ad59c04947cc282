import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { column, counter, live } from '../../test/kit/log-values.ts';
import { Died, MemoryStore, type ScriptLine } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import type { ChangeBatch } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import { parseTableName } from '../core/names.ts';
import type { FolderTable } from '../core/replica.ts';
import type { TableShape } from '../core/shape.ts';
import { openFolderReplica, openFolderWriter } from './folders.ts';

const NAME = '2026-01-01T10.00.00Z';
const GOLDEN = join(import.meta.dirname, '..', '..', 'test', 'golden', 'incremental');

let folder: string;
let engine: Engine;
let lake: MemoryStore;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-folders-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  lake = new MemoryStore();
  return () => lake.close();
});

const id = (digit: string) => `00000000-0000-4000-8000-00000000000${digit}`;

function row(digit: string, version: number, more: SqlRow = {}): SqlRow {
  return {
    Id: `'${id(digit)}'`,
    crateid: `'${id(digit)}'`,
    SinkCreatedOn: "'2026-01-01 09:59:01'",
    SinkModifiedOn: "'2026-01-01 09:59:01'",
    name: `'version ${version}'`,
    versionnumber: String(version),
    createdon: "'2024-05-06 07:08:09Z'",
    __version: String(version),
    ...more,
  };
}

function deleted(digit: string, version: number, more: SqlRow = {}): SqlRow {
  const sink = { SinkCreatedOn: "'2026-01-01 09:59:02'", SinkModifiedOn: "'2026-01-01 09:59:02'" };
  return { Id: `'${id(digit)}'`, ...sink, __version: String(version), __deleted: 'true', ...more };
}

/** Puts a file of changes into the lake, as a fold leaves them. */
async function changes(rows: readonly SqlRow[], shape: TableShape = crateShape): Promise<ChangeBatch> {
  files += 1;
  const local = join(folder, `changes-${files}.parquet`);
  const file = await writeLakeParquet(engine, { shape, rows, path: local, as: 'batch' });
  const path = `.lakelink/${shape.table}/data/changes-${files}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  const deletes = rows.filter(({ __deleted }) => __deleted === 'true').length;
  return { ...file, path, rows: rows.length - deletes, deletes };
}

function tableOf(batches: readonly ChangeBatch[], shape: TableShape = crateShape): FolderTable {
  const image = { foldedAt: 3, through: 2, partitions: [], rowCount: 1 };
  const completed = { initialSyncCompletedAt: '2026-01-01T09:58:07.000Z', initialSyncCompletedIn: 2 };
  const state = { ...emptyState(), tail: 3, shape, shapeAt: 2, image, ...completed, writeMode: 'folders' } as const;
  return { table: shape.table, state, changes: batches };
}

const shelfShape: TableShape = {
  ...crateShape,
  table: parseTableName('shelf'),
  columns: [column('shelfid', 'guid'), column('versionnumber', 'bigint')],
};

function write(tables: readonly FolderTable[], { store = lake, partBytesMax = 64 * 1024 * 1024 } = {}): Promise<void> {
  const writer = openFolderWriter({ store, engine, tempFolder: folder, newId: counter('work'), partBytesMax });
  return writer.writeFolder({ name: NAME, sequence: 4, tables }, live);
}

/** The folder's files, without its name. */
const inFolder = () =>
  new Map(
    [...lake.snapshot()].flatMap(([path, text]) =>
      path.startsWith(`${NAME}/`) ? [[path.slice(NAME.length + 1), text] as const] : [],
    ),
  );
const csvs = () => [...inFolder()].filter(([path]) => /^(crate|shelf)\//.test(path));
const idsOf = (csv: string) => csv.split('\n').flatMap(line => line.split(',')[0] || []);

describe('an incremental folder', () => {
  test('rows by year of creation, deletes apart from them in a tiny year (facts 2.5)', async () => {
    const old = row('2', 11, { createdon: "'2019-12-31 23:59:59.123456Z'" });
    await write([tableOf([await changes([row('1', 12), old, deleted('3', 10)])])]);
    expect(csvs().map(([path]) => path)).toEqual(['crate/1.csv', 'crate/2019.csv', 'crate/2024.csv']);
    const [, gone] = csvs()[0] ?? [];
    expect(gone).toMatch(
      /^00000000-0000-4000-8000-000000000003,"1\/1\/2026 9:59:02 AM","1\/1\/2026 9:59:02 AM",,.*,,10,.*,"0001-01-03T00:00:00\.0000000",.*,True\n$/,
    );
    // IsDelete is empty for rows.
    for (const [, csv] of csvs().slice(1)) expect(csv).toMatch(/,\n$/);
  });

  test('one word for each id: the newest version or the delete, whatever came in between', async () => {
    const first = await changes([row('1', 10), row('2', 11), row('3', 12), deleted('5', 9)]);
    const second = await changes([row('1', 13), deleted('2', 12), row('4', 14), row('4', 15), row('5', 16)]);
    await write([tableOf([first, second])]);
    const [gone = '', live2024 = ''] = csvs().map(([, csv]) => csv);
    expect(idsOf(gone)).toEqual([id('2')]);
    expect(idsOf(live2024)).toEqual([id('3'), id('1'), id('4'), id('5')]);
    expect(live2024).not.toMatch(/version 1[04]/);
  });

  test('of one version the line that was taken in last: a delete behind its row, a row that came back behind the delete', async () => {
    const first = await changes([row('1', 10), row('2', 11)]);
    const second = await changes([deleted('1', 10), deleted('2', 11)]);
    const third = await changes([row('2', 11, { SinkModifiedOn: "'2026-01-01 09:59:03'" })]);
    await write([tableOf([first, second, third])]);
    const [gone = '', live2024 = ''] = csvs().map(([, csv]) => csv);
    expect([idsOf(gone), idsOf(live2024)]).toEqual([[id('1')], [id('2')]]);
  });

  test('after a restore of the environment a row of the later epoch wins over a higher version (I-9)', async () => {
    const before = await changes([row('1', 90)]);
    const after = await changes([row('1', 20, { __epoch: '1' })]);
    await write([tableOf([before, after])]);
    expect(csvs().map(([, csv]) => csv)).toEqual([expect.stringContaining('version 20')]);
  });

  test('a table without createdon has its rows in 1.csv and its deletes in 1_001.csv: a file holds one kind only', async () => {
    const shelfRow: SqlRow = { Id: `'${id('1')}'`, shelfid: `'${id('1')}'`, versionnumber: '7', __version: '7' };
    await write([tableOf([await changes([shelfRow, deleted('2', 6)], shelfShape)], shelfShape)]);
    const found = csvs();
    expect(found.map(([path]) => path)).toEqual(['shelf/1.csv', 'shelf/1_001.csv']);
    expect(found.map(([, csv]) => idsOf(csv))).toEqual([[id('1')], [id('2')]]);
  });

  test('files go on in another one past the limit, the same way each time, and lose no row', async () => {
    const many = [...'123456789abcdef'].map((digit, n) => row(digit, 100 + n));
    const batch = await changes([...many, deleted('0', 99)]);
    await write([tableOf([batch])], { partBytesMax: 600 });
    const first = csvs();
    expect(first.map(([path]) => path)).toEqual(
      expect.arrayContaining(['crate/1.csv', 'crate/2024.csv', 'crate/2024_001.csv', 'crate/2024_002.csv']),
    );
    expect(first.flatMap(([, csv]) => idsOf(csv)).sort()).toEqual([...'0123456789abcdef'].map(id));
    for (const [path] of first) lake.lose(`${NAME}/${path}`);
    lake.lose(`${NAME}/model.json`);
    await write([tableOf([batch])], { partBytesMax: 600 });
    expect(csvs()).toEqual(first);
  });

  test('its model.json names every table, those without changes with no partitions (facts 104)', async () => {
    await write([tableOf([await changes([row('1', 7)])]), tableOf([], shelfShape)]);
    const { entities } = JSON.parse(inFolder().get('model.json') ?? '');
    expect(entities.map(({ name }: { name: string }) => name)).toEqual(['crate', 'shelf']);
    expect(entities[0].partitions).toMatchObject([{ name: '2024', location: `memory:///${NAME}/crate/2024.csv` }]);
    expect(entities[1].partitions).toEqual([]);
    expect(entities[0].attributes.at(-1)).toEqual({ name: 'IsDelete', dataType: 'boolean', maxLength: -1 });
    expect([...inFolder().keys()].filter(path => !path.includes('/'))).toEqual(['model.json']);
    expect([...inFolder().keys()]).toEqual(
      expect.arrayContaining([
        'Microsoft.Athena.TrickleFeedService/crate-model.json',
        'Microsoft.Athena.TrickleFeedService/shelf-model.json',
        'OptionsetMetadata/GlobalOptionsetMetadata.csv',
      ]),
    );
  });

  test('an added column comes after IsDelete, and rows from before it end short of nothing', async () => {
    const columns = [...crateShape.columns, column('shade', 'string', { maxLength: 10, addedLater: true })];
    const wider = { ...crateShape, columns };
    const before = await changes([row('1', 7)]);
    const after = await changes([row('2', 8, { shade: "'dark'" })], wider);
    await write([tableOf([before, after], wider)]);
    const [, csv] = csvs()[0] ?? [];
    expect(csv?.split('\n').map(line => line.slice(-8))).toEqual([expect.stringMatching(/,,$/), ',,"dark"', '']);
    const { entities } = JSON.parse(inFolder().get('model.json') ?? '');
    expect(entities[0].attributes.slice(-2).map(({ name }: { name: string }) => name)).toEqual(['IsDelete', 'shade']);
  });

  test('without changes nothing is written: no empty folder (field faults: extra empty folder)', async () => {
    await write([tableOf([]), tableOf([], shelfShape)]);
    expect(lake.paths.filter(path => path.startsWith(NAME))).toEqual([]);
  });

  test('a finished folder never changes again', async () => {
    const batch = await changes([row('1', 7)]);
    await write([tableOf([batch])]);
    const before = lake.snapshot();
    const again = lake.handle();
    await write([tableOf([batch, await changes([row('2', 8)])])], { store: again });
    expect(again.calls.filter(({ operation }) => operation !== 'list')).toEqual([]);
    for (const [path, text] of before) expect(lake.text(path)).toBe(text);
  });

  test('a table that left the link while the folder was written leaves nothing in it', async () => {
    const tables = [tableOf([await changes([row('1', 7)])]), tableOf([], shelfShape)];
    const dying = lake.handle({ script: [{ on: 'putIfAbsent', path: /OptionsetMetadata/, do: 'die' }] });
    await expect(write(tables, { store: dying })).rejects.toThrow(Died);
    expect(csvs()).toHaveLength(1);
    await write(tables.slice(1));
    expect([...inFolder().keys()].filter(path => path.includes('crate'))).toEqual([]);
    const { entities } = JSON.parse(inFolder().get('model.json') ?? '');
    expect(entities).toMatchObject([{ name: 'shelf', partitions: [] }]);
  });

  test('whoever dies at any store call of it, the next try ends in the same folder, model.json never being there before its files (I-1)', async () => {
    const tables = [
      tableOf([await changes([row('1', 7), deleted('2', 6)]), await changes([row('1', 9)])]),
      tableOf([], shelfShape),
    ];
    const whole = lake.handle();
    await write(tables, { store: whole });
    const expected = inFolder();
    let tried = 0;
    for (let call = 1; call <= whole.calls.length; call += 1) {
      for (const fault of ['die', 'apply-then-die'] as const) {
        for (const path of expected.keys()) lake.lose(`${NAME}/${path}`);
        const script: ScriptLine[] = [{ call, do: fault }];
        await write(tables, { store: lake.handle({ script }) }).catch(failure => expect(failure).toBeInstanceOf(Died));
        if (lake.text(`${NAME}/model.json`) !== null) expect(inFolder()).toEqual(expected);
        await write(tables);
        expect(inFolder(), `${fault} at call ${call}`).toEqual(expected);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(20);
    expect((await readdir(folder)).filter(name => name.startsWith('work-'))).toEqual([]);
  });
});

describe('golden files', () => {
  test('a folder is, to the byte, what the repository says', async () => {
    const old = row('2', 11, {
      createdon: "'2019-12-31 23:59:59.123456Z'",
      modifiedon: "'2026-01-01 09:58:00Z'",
      notes: "'line 1' || chr(10) || 'says \"hi\"'",
      price: "'12.5'",
      sealed: 'true',
      shelfid: `'${id('9')}'`,
      shelfid_entitytype: "'shelf'",
    });
    const first = await changes([row('1', 10), old]);
    const second = await changes([row('1', 12, { name: "''" }), deleted('3', 11)]);
    await write([tableOf([first, second]), tableOf([], shelfShape)]);
    const found = inFolder();
    const names = (await readdir(GOLDEN, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry =>
        join(entry.parentPath, entry.name)
          .slice(GOLDEN.length + 1)
          .replaceAll('\\', '/'),
      );
    expect([...found.keys()].sort()).toEqual(names.sort());
    for (const [path, text] of found) expect(text, path).toBe(await readFile(join(GOLDEN, path), 'utf8'));
  });
});

describe('what lies beside the folders', () => {
  test('the changelog holds the name in progress and nothing else, and never goes back (facts 103)', async () => {
    const writer = openFolderWriter({ store: lake, engine, tempFolder: folder, newId: counter('work') });
    await writer.announceFolder('2026-01-01T10.05.00Z', { sequence: 7, signal: live });
    await writer.announceFolder(NAME, { sequence: 4, signal: live });
    expect(lake.text('Changelog/changelog.info')).toBe('2026-01-01T10.05.00Z');
  });

  test('the root manifest lists every table and names no file; a table that leaves takes nothing with it (facts 107)', async () => {
    const replica = openFolderReplica({ store: lake });
    const tables = [tableOf([await changes([row('1', 7)])]), tableOf([], shelfShape)];
    await write(tables);
    const before = csvs();
    expect(await replica.publishTable(tableOf([]), live)).toEqual({ files: 0, bytes: 0 });
    await replica.publishLink({ sequence: 3, tables }, live);
    await replica.withdrawTable(crateShape.table, live);
    const { entities } = JSON.parse(lake.text('model.json') ?? '');
    expect(entities).toMatchObject([
      { name: 'crate', partitions: [] },
      { name: 'shelf', partitions: [] },
    ]);
    expect(csvs()).toEqual(before);
  });
});
