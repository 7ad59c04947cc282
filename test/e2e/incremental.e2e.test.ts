import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { parseTableName } from '../../src/core/names.ts';
import {
  type FolderRow,
  readFolder,
  readFolderRows,
  readFolders,
  replayTable,
} from '../../src/verify/folder-reader.ts';
import { type LakeReader, openFolderLake } from '../../src/verify/lake-reader.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { newColumn } from '../kit/changing-table.ts';
import { inPlace } from '../kit/choices.ts';
import { differences, openWorld, type World, worldLink } from '../kit/world.ts';

const TABLES = ['account', 'contact', 'activityparty', 'lake_everything'];
const PACE = { folderMs: 1_500, describeMs: 300 };
const { signal } = new AbortController();

async function incrementalWorld(): Promise<World> {
  const world = await openWorld({ rows: 1_200, hostile: 0.3, pace: PACE });
  await world.service.links.createLink(await world.request({ output: 'incremental', tables: inPlace(TABLES) }));
  await world.caughtUp();
  return world;
}

/** A row of a folder, and which. */
interface Told extends FolderRow {
  readonly folder: string;
}

/** Everything that finished folders say of a table, in their order. */
async function told(lake: LakeReader, table: string): Promise<Told[]> {
  const found: Told[] = [];
  for (const folder of (await readFolders(lake)).finished) {
    const tables = await readFolder(lake, folder);
    if (typeof tables === 'string') throw new Error(`${folder}: ${tables}`);
    for (const { name, files, attributes } of tables) {
      if (name !== table) continue;
      for (const path of files) {
        for await (const row of readFolderRows({ lake, path, attributes })) found.push({ ...row, folder });
      }
    }
  }
  return found;
}

/** No version and no delete comes twice, unless the table came back. */
function repeated(rows: readonly Told[]): string[] {
  const words = rows.map(({ id, version, isDelete }) => `${id} ${version} ${isDelete}`);
  return words.filter((word, at) => words.indexOf(word) !== at);
}

async function proved(world: World): Promise<void> {
  await world.caughtUp();
  expect(differences(await world.verify())).toEqual([]);
  const rules = await verifyLayout({ lake: { root: world.lakePath }, clock: systemClock, signal });
  expect(rules.layout.problems.slice(0, 10)).toEqual([]);
  expect(rules.layout.kind).toBe('incremental');
}

async function expectReplayed(world: World, lake: LakeReader, table: string): Promise<void> {
  const rows = await replayTable(lake, table);
  const live = world.database.page(table, { after: null, limit: 100_000 }).map(({ id }) => id);
  expect([...rows.keys()].sort(), table).toEqual(live.sort());
}

describe('a link of incremental folders', () => {
  let world: World;
  let lake: LakeReader;

  beforeAll(async () => {
    world = await incrementalWorld();
    lake = await openFolderLake(world.lakePath);
  });
  afterAll(() => world?.stop());

  const first = (table: string, limit: number) => world.database.page(table, { after: null, limit });
  const finished = async () => (await readFolders(lake)).finished;

  test('begins with a full copy; every table is in it and nothing lies beside the folders (facts 100, 104)', async () => {
    await proved(world);
    for (const table of TABLES) {
      const rows = await told(lake, table);
      expect(rows, table).toHaveLength(world.database.count(table));
      expect(rows.some(({ isDelete }) => isDelete)).toBe(false);
      expect(await lake.list(table)).toEqual([]);
    }
    const changelog = await readFile(join(world.lakePath, 'Changelog', 'changelog.info'), 'utf8');
    expect(changelog).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}\.\d{2}\.\d{2}Z$/);
    expect(await lake.list(changelog)).toEqual([]);
  });

  test('without changes there are no folders (facts 100)', async () => {
    const before = await finished();
    await world.until('some intervals have passed', async () => {
      await systemClock.sleep(3 * PACE.folderMs, signal);
      return true;
    });
    expect(await finished()).toEqual(before);
  });

  test('later folders hold the changes alone: each version once, deletes apart', async () => {
    const before = await finished();
    const [one, two, three] = first('account', 3);
    if (one === undefined || two === undefined || three === undefined) throw new Error('no accounts');
    world.database.patch('account', one.id, { name: 'changed' });
    world.database.remove('account', two.id);
    world.database.transaction(() => {
      world.database.remove('account', three.id);
      world.database.put('account', [{ ...three.row, name: 'born again' }]);
    });
    await proved(world);
    const later = (await told(lake, 'account')).filter(({ folder }) => !before.includes(folder));
    const newest = new Map(later.map(row => [row.id, row.isDelete]));
    expect([...newest].sort()).toEqual(
      [
        [one.id, false],
        [two.id, true],
        [three.id, false],
      ].sort(),
    );
    expect(repeated(await told(lake, 'account'))).toEqual([]);
    await expectReplayed(world, lake, 'account');
  });

  test('an added column stands behind IsDelete from the next folder on; earlier ones stay (facts 140)', async () => {
    const before = await finished();
    const models = await Promise.all(before.map(name => lake.read(`${name}/model.json`)));
    world.database.addColumn('contact', newColumn('new_added', 'String'));
    const [row] = first('contact', 1);
    if (row === undefined) throw new Error('no contacts');
    world.database.patch('contact', row.id, { new_added: 'a value' });
    await world.until('the value is told', async () => {
      const [last] = (await told(lake, 'contact')).slice(-1);
      return last?.id === row.id && last.cells.at(-1) === 'a value';
    });
    await proved(world);
    expect(await Promise.all(before.map(name => lake.read(`${name}/model.json`)))).toEqual(models);
  });

  test('after an expired token only what changed meanwhile is told, and what vanished as a delete (I-6)', async () => {
    const before = (await told(lake, 'account')).length;
    const [gone, changed] = first('account', 2);
    if (gone === undefined || changed === undefined) throw new Error('no accounts');
    await world.service.stop();
    world.database.remove('account', gone.id);
    world.database.patch('account', changed.id, { name: 'changed in the gap' });
    await fetch(`${world.sandbox.url}/__sandbox/expire-delta-tokens`, { method: 'POST', body: '{}' });
    await world.restart();
    await proved(world);
    const rows = await told(lake, 'account');
    expect(
      rows
        .slice(before)
        .map(({ id, isDelete }) => `${id} ${isDelete}`)
        .sort(),
    ).toEqual([`${gone.id} true`, `${changed.id} false`].sort());
    await expectReplayed(world, lake, 'account');
  });

  test('a table that comes back brings a full copy again; its earlier folders stay (facts 107)', async () => {
    const before = await told(lake, 'activityparty');
    const name = parseTableName('activityparty');
    await world.service.links.removeTables(worldLink, [name], { deleteData: true });
    const [gone] = first('activityparty', 1);
    if (gone === undefined) throw new Error('no activity parties');
    world.database.remove('activityparty', gone.id);
    const options = { partitionStrategy: null, appendOnly: false };
    await world.service.links.addTables(worldLink, [name], options);
    await proved(world);
    const after = await told(lake, 'activityparty');
    expect(after.slice(0, before.length)).toEqual(before);
    expect(
      after
        .slice(before.length)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(
      world.database
        .page('activityparty', { after: null, limit: 100_000 })
        .map(({ id }) => id)
        .sort(),
    );
  });
});

test('killed again and again while folders are written, every version is in exactly one of them (I-1, I-2)', async () => {
  const world = await incrementalWorld();
  try {
    const lake = await openFolderLake(world.lakePath);
    const ids = world.database.page('account', { after: null, limit: 40 }).map(({ id }) => id);
    await world.service.stop();
    for (let kill = 0; kill < 8; kill += 1) {
      for (const id of ids) world.database.patch('account', id, { name: `before kill ${kill}` });
      world.database.remove('account', ids.pop() ?? '');
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, '..', 'kit', 'paced-service.ts')],
        {
          env: {
            ...process.env,
            LAKELINK_HOME: world.settings.home,
            LAKELINK_ENGINE_MEMORY_MB: '1024',
            PACE: JSON.stringify({ folderMs: 400, pollMs: 100, quietPollMs: 200 }),
          },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const exited = once(child, 'exit');
      // One that cannot start ends by itself.
      await Promise.race([once(child.stdout, 'data'), exited]);
      expect(child.exitCode).toBeNull();
      await systemClock.sleep(200 + kill * 150, signal);
      child.kill('SIGKILL');
      await exited;
    }
    await world.restart();
    await proved(world);
    expect(repeated(await told(lake, 'account'))).toEqual([]);
    await expectReplayed(world, lake, 'account');
  } finally {
    await world.stop();
  }
});
