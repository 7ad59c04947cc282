import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { readFolders, replayTable } from '../../src/verify/folder-reader.ts';
import { type LakeReader, openFolderLake } from '../../src/verify/lake-reader.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { FakeClock } from '../kit/clock.ts';
import {
  CURRENT,
  deleteRow,
  FIRST,
  folderLake,
  incrementalLake,
  type LakeFiles,
  memoryLake,
  parcelId,
  parcelRow,
  SECOND,
} from '../kit/handmade-layouts.ts';
import { openWorld, type World } from '../kit/world.ts';
import { readEnvironment, readModel, readRows } from './readers.ts';

interface Line {
  readonly table?: string;
  readonly id?: string;
  readonly row?: Readonly<Record<string, unknown>>;
  readonly rule?: string;
}

/** What `read_incremental.py` prints of a lake: its rows, and the rules that it breaks. */
async function readByPython(root: string) {
  const script = fileURLToPath(new URL('read_incremental.py', import.meta.url));
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const { stdout } = await promisify(execFile)(python, [script, root], { maxBuffer: 1 << 28 });
  const lines = stdout
    .split('\n')
    .filter(line => line !== '')
    .map((line): Line => JSON.parse(line));
  return {
    rows: lines.filter(({ row }) => row !== undefined),
    broken: lines.filter(({ rule }) => rule !== undefined),
  };
}

async function read(plant: (files: LakeFiles) => void = () => {}) {
  const files = incrementalLake();
  plant(files);
  await using lake = await folderLake(files);
  // Awaited here: the folder goes when this function ends.
  return await readByPython(lake.root);
}

const put = (path: string, text: string) => (files: LakeFiles) => void files.set(path, text);
const drop = (path: string) => (files: LakeFiles) => void files.delete(path);
const swap = (path: string, from: string | RegExp, to: string) => (files: LakeFiles) => {
  const text = files.get(path) ?? '';
  expect(text).toMatch(from);
  files.set(path, text.replace(from, to));
};

const ROWS = `${SECOND}/parcel/2024.csv`;
const DELETES = `${SECOND}/parcel/1.csv`;
const MODEL = `${SECOND}/model.json`;
const later = { SinkModifiedOn: '"3/1/2024 12:00:08 PM"' };

/** One violation of each rule of the reader. */
const planted: Readonly<Record<string, (files: LakeFiles) => void>> = {
  changelog: put('Changelog/changelog.info', `${CURRENT}\n`),
  'folder-name': put('2024-03-01T09:55:00Z/model.json', ''),
  'folder-order': put('2024-03-01T10.15.00Z/parcel/2024.csv', parcelRow(6)),
  'in-progress': files => void files.set(`${CURRENT}/model.json`, files.get(MODEL) ?? ''),
  'finished-model': put(`${FIRST}/model.json`, ''),
  'head-columns': swap(MODEL, '"SinkCreatedOn"', '"CreatedOn"'),
  'is-delete-column': swap(MODEL, '"IsDelete"', '"isDeleted"'),
  'decimal-traits': swap(MODEL, /(\{"name":"precision","value":38\}),(\{[^}]*\})/, '$2,$1'),
  'all-tables': swap(MODEL, '"name":"depot"', '"name":"depot2"'),
  'unnamed-file': put(`${SECOND}/parcel/2022.csv`, parcelRow(6)),
  'named-file': drop(DELETES),
  'empty-folder': files => {
    for (const path of [ROWS, DELETES]) files.set(path, '');
  },
  'option-sets': drop(`${SECOND}/OptionsetMetadata/GlobalOptionsetMetadata.csv`),
  csv: put(ROWS, parcelRow(4).replace('"Parcel 4"', '"Parcel" 4')),
  'one-file-per-id': put(DELETES, deleteRow(4)),
  width: put(ROWS, parcelRow(4).replace(/,,\n$|,\n$/, '\n')),
  narrower: put(ROWS, parcelRow(4).replace(/\n$/, ',"red"\n') + parcelRow(5)),
  'is-delete': put(ROWS, parcelRow(4, { IsDelete: 'False' })),
  'sink-order': put(ROWS, parcelRow(4, later) + parcelRow(5)),
  'version-order': put(ROWS, parcelRow(4) + parcelRow(4, { versionnumber: '1' })),
  'one-kind': put(ROWS, parcelRow(4) + deleteRow(5)),
  key: put(ROWS, parcelRow(4, { SinkCreatedOn: '' })),
  'delete-row': put(DELETES, deleteRow(2, { title: '"gone"' })),
  cell: put(ROWS, parcelRow(4, { createdon: '"2024-02-29T23:59:59Z"' })),
};

describe('the reader itself, over a lake made by hand', () => {
  test('finds the rows that are there after all folders, and nothing wrong', async () => {
    const { rows, broken } = await read();
    expect(broken).toEqual([]);
    expect(rows.map(({ table, id, row }) => [table, id, row?.title, row?.colour])).toEqual([
      ['parcel', parcelId(1), 'Parcel 1', undefined],
      ['parcel', parcelId(3), 'a "b",\nc', 'red'],
      ['parcel', parcelId(4), 'Parcel 4', ''],
    ]);
  });

  test.each(Object.entries(planted))('finds a lake that breaks the rule %s', async (rule, plant) => {
    const { broken } = await read(plant);
    expect(broken.map(one => one.rule)).toContain(rule);
  });

  test('a later row of an id counts over its delete, an older delete counts for nothing', async () => {
    const { rows } = await read(files => {
      files.set('Changelog/changelog.info', '2024-03-01T10.20.00Z');
      files.set(`${CURRENT}/model.json`, (files.get(MODEL) ?? '').replaceAll(SECOND, CURRENT));
      files.set(`${CURRENT}/parcel/2024.csv`, parcelRow(2, { versionnumber: '201' }));
      files.set(`${CURRENT}/parcel/1.csv`, deleteRow(3, { versionnumber: '120' }));
    });
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4].map(parcelId));
  });
});

describe('a folder as the product writes it, to the byte (test/golden/incremental)', () => {
  const golden = fileURLToPath(new URL('../golden/incremental', import.meta.url));

  /** The folder as a finished one of a lake whose next folder is in progress. */
  function lakeOfGolden(): LakeFiles {
    const paths = readdirSync(golden, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
    const files: LakeFiles = new Map([['Changelog/changelog.info', '2026-01-01T10.05.00Z']]);
    for (const entry of paths) {
      const path = relative(golden, join(entry.parentPath, entry.name)).split(sep).join('/');
      const text = readFileSync(join(golden, path), 'utf8').replaceAll(
        'memory:///',
        'https://store.net:443/container/',
      );
      files.set(`2026-01-01T10.00.00Z/${path}`, text);
    }
    const model = JSON.parse(files.get('2026-01-01T10.00.00Z/model.json') ?? '');
    for (const entity of model.entities) entity.partitions = [];
    files.set('model.json', JSON.stringify(model));
    return files;
  }

  test('is read by Python and breaks no rule of its readers', async () => {
    await using lake = await folderLake(lakeOfGolden());
    const { rows, broken } = await readByPython(lake.root);
    expect(broken).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });

  test('breaks no rule of the layout', async () => {
    const clock = new FakeClock({ auto: true });
    const { signal } = new AbortController();
    const report = await verifyLayout({ lake: memoryLake(lakeOfGolden()), atRest: true, clock, signal });
    expect(report.layout).toMatchObject({ kind: 'incremental', problems: [] });
    expect(report.layout.rows).toBeGreaterThan(0);
  });
});

describe('incremental folders of the whole program, their texts full of what breaks readers', () => {
  let world: World;

  beforeAll(async () => {
    // Folders every few seconds instead of minutes; the first one waits for the initial sync of some tables, not of all.
    world = await openWorld({ rows: 1_500, hostile: 0.5, pace: { folderMs: 3_000 } });
    const output = { output: 'incremental', incrementalMinutes: 5 } as const;
    await world.service.links.createLink(await world.request(output));
  });
  afterAll(async () => world.stop());

  /** Looks again after every finished folder, until what should be in the folders is. */
  async function untilFolders(what: string, holds: (lake: LakeReader) => Promise<boolean>): Promise<void> {
    const lake = await openFolderLake(world.lakePath);
    let seen: string | null = null;
    await world.until(what, async () => {
      const { inProgress } = await readFolders(lake);
      if (inProgress === seen) return false;
      seen = inProgress;
      return holds(lake);
    });
  }

  async function holdsAllRows(lake: LakeReader): Promise<boolean> {
    for (const { table } of world.service.links.status()) {
      if ((await replayTable(lake, table)).size !== world.database.count(table)) return false;
    }
    return true;
  }

  async function expectEqual(): Promise<number> {
    const { environmentUrl: url, authorityUrl, tenantId, clientId, clientSecret } = await world.request({ tables: [] });
    const access = { url, tenantId, clientId, clientSecret, authority: authorityUrl ?? undefined };
    const { signal } = new AbortController();
    const { rows, broken } = await readByPython(world.lakePath);
    expect(broken.slice(0, 10)).toEqual([]);
    const { layout } = await verifyLayout({ lake: { root: world.lakePath }, clock: systemClock, signal });
    expect(layout.problems.slice(0, 10)).toEqual([]);
    const own = await readEnvironment({ root: world.lakePath, access, clock: systemClock, signal });
    for (const { name, attributes } of (await readModel(world.lakePath)).entities) {
      const found = rows.filter(({ table }) => table === name).map(({ row }) => textsOf(row ?? {}));
      expect({ table: name, ...readRows(attributes, found) }).toEqual({ table: name, ...own[name] });
    }
    return rows.length;
  }

  test('Python replays them to the rows of the environment, first and after changes and deletes, and no rule is broken', async () => {
    await untilFolders('every row is in a folder', holdsAllRows);
    expect(await expectEqual()).toBeGreaterThan(1_000);
    const { database } = world;
    const ids = database.page('contact', { after: null, limit: 40 }).map(({ id }) => id);
    const before = await replayTable(await openFolderLake(world.lakePath), 'contact');
    for (const id of ids.slice(0, 20)) database.patch('contact', id, { description: `changed, "${id}"\n` });
    for (const id of ids.slice(15, 30)) database.remove('contact', id);
    await untilFolders('the changes are in a folder', async lake => {
      const now = await replayTable(lake, 'contact');
      const newer = ids.slice(0, 15).every(id => (now.get(id)?.version ?? 0n) > (before.get(id)?.version ?? 0n));
      return newer && (await holdsAllRows(lake));
    });
    await expectEqual();
    const { finished } = await readFolders(await openFolderLake(world.lakePath));
    expect(finished.length).toBeGreaterThan(1);
  });
});

/** Python's row as texts; `IsDelete` is a flag there, and no row that is left has it. */
function textsOf(row: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, typeof cell === 'string' ? cell : '']));
}
