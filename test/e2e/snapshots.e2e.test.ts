import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { CreateLinkRequest } from '../../src/engine/control.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { CHANGING, fillChangingTables, makeAgain, newColumn, rowId, STEADY } from '../kit/changing-table.ts';
import { inPlace } from '../kit/choices.ts';
import { readCsv } from '../kit/csv.ts';
import { differences, openWorld, type World, type WorldOptions, worldLink } from '../kit/world.ts';

const account = parseTableName('account');
let world: World | null = null;

afterEach(async () => {
  await world?.stop();
  world = null;
});

async function opened(options: Partial<WorldOptions> = {}, request: Partial<CreateLinkRequest> = {}): Promise<World> {
  world = await openWorld({ rows: 400, tables: ['account', 'contact'], ...options });
  await world.service.links.createLink(await world.request({ snapshotMinutes: 60, ...request }));
  await world.caughtUp();
  return world;
}

interface Model {
  readonly entities: readonly {
    readonly name: string;
    readonly annotations: readonly { readonly name: string; readonly value: string }[];
    readonly attributes: readonly { readonly name: string; readonly dataType: string }[];
    readonly partitions: readonly { readonly name: string; readonly location: string }[];
  }[];
}

const modelOf = ({ lakePath }: World): Model => JSON.parse(readFileSync(join(lakePath, 'model.json'), 'utf8'));

/** Files that a manifest names of a table. */
function filesOf(model: Model, table = 'account'): string[] {
  const entity = model.entities.find(({ name }) => name === table);
  if (entity === undefined) throw new Error(`model.json does not name ${table}`);
  return entity.partitions.map(({ location }) => fileURLToPath(location));
}

async function rowsIn(files: readonly string[]): Promise<number> {
  const rows = await Promise.all(files.map(file => readCsv(readFileSync(file, 'utf8'))));
  return rows.reduce((sum, { length }) => sum + length, 0);
}

function renameOne({ database }: World, name: string): void {
  const [row] = database.page('account', { after: null, limit: 1 });
  if (row === undefined) throw new Error('no accounts');
  database.patch('account', row.id, { name });
}

async function taken(world: World): Promise<Model> {
  await world.caughtUp();
  const results = await world.service.links.takeSnapshots(worldLink, null);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  return modelOf(world);
}

async function proveClean(world: World): Promise<void> {
  expect(differences(await world.verify())).toEqual([]);
  const { signal } = new AbortController();
  const { layout } = await verifyLayout({ lake: { root: world.lakePath }, clock: systemClock, signal });
  expect(layout.problems).toEqual([]);
}

describe('snapshots (facts 1.6)', () => {
  test('model.json names the first ones as soon as the initial sync is there, and stays with them while rows change', async () => {
    const world = await opened();
    const first = modelOf(world);
    for (const table of ['account', 'contact']) {
      const files = filesOf(first, table);
      expect(files.every(file => /\/Snapshot\/\d{4}_\d{10}\.csv$/.test(file.replaceAll('\\', '/')))).toBe(true);
      expect(await rowsIn(files)).toBeGreaterThan(0);
    }
    expect(world.status('account').lastSnapshotOn).not.toBeNull();
    await proveClean(world);
    renameOne(world, 'changed after the snapshot');
    await world.until('the near real-time file has it', () => {
      const folder = join(world.lakePath, 'account');
      const texts = readdirSync(folder).flatMap(file =>
        file.endsWith('.csv') ? [readFileSync(join(folder, file), 'utf8')] : [],
      );
      return texts.some(text => text.includes('changed after the snapshot'));
    });
    await world.caughtUp();
    expect(modelOf(world)).toEqual(first);
    const texts = filesOf(first).map(file => readFileSync(file, 'utf8'));
    expect(texts.some(text => text.includes('changed after the snapshot'))).toBe(false);
    await proveClean(world);
  });

  test('a changed partition alone is written again; five are kept, and readers of them are undisturbed', async () => {
    const world = await opened();
    const models = [modelOf(world)];
    const texts = [filesOf(models[0] as Model).map(file => readFileSync(file, 'utf8'))];
    for (let n = 1; n <= 5; n += 1) {
      renameOne(world, `snapshot ${n}`);
      const model = await taken(world);
      const before = new Set(filesOf(models.at(-1) as Model));
      expect(filesOf(model).filter(file => !before.has(file))).toHaveLength(1);
      expect(filesOf(model, 'contact')).toEqual(filesOf(models[0] as Model, 'contact'));
      models.push(model);
      texts.push(filesOf(model).map(file => readFileSync(file, 'utf8')));
    }
    for (const [n, model] of models.slice(1).entries()) {
      expect(filesOf(model).map(file => readFileSync(file, 'utf8'))).toEqual(texts[n + 1]);
    }
    expect(filesOf(models[0] as Model).filter(file => !existsSync(file))).toHaveLength(1);
    await proveClean(world);
  });

  test('every minute, when that is the interval, and one manifest for all tables that changed', async () => {
    const world = await opened({}, { snapshotMinutes: 1 });
    renameOne(world, 'within the minute');
    const [contact] = world.database.page('contact', { after: null, limit: 1 });
    if (contact !== undefined) world.database.patch('contact', contact.id, { firstname: 'within the minute' });
    await world.caughtUp();
    const seen = new Set<string>();
    await world.until('both snapshots are shown', () => {
      const text = readFileSync(join(world.lakePath, 'model.json'), 'utf8');
      seen.add(text);
      const named = ['account', 'contact'].map(table => filesOf(JSON.parse(text), table));
      return named.every(files => files.some(file => readFileSync(file, 'utf8').includes('within the minute')));
    });
    // At most the one from before, and the one that shows both.
    expect(seen.size).toBeLessThanOrEqual(2);
    await proveClean(world);
  });

  test('a restart takes none again and leaves model.json as it is', async () => {
    const world = await opened();
    const before = modelOf(world);
    await world.restart();
    await world.caughtUp();
    expect(modelOf(world)).toEqual(before);
  });

  test('a table with zero rows is Completed and names nothing; its first row is in the next snapshot (PD#3380)', async () => {
    const world = await opened({ rows: 0, tables: ['account'] });
    const [entity] = modelOf(world).entities;
    expect(entity?.annotations.map(({ value }) => value)[1]).toBe('Completed');
    expect(entity?.partitions).toEqual([]);
    await proveClean(world);
    world.database.put('account', [{ accountid: '11111111-2222-3333-4444-555555555555', name: 'the first' }]);
    const files = filesOf(await taken(world));
    expect(files.map(file => readFileSync(file, 'utf8')).join('')).toContain('the first');
    await proveClean(world);
  });

  test('a table that was removed and added again has its Snapshot folder, and model.json resolves (CDM#298)', async () => {
    const world = await opened();
    const { links } = world.service;
    await links.removeTables(worldLink, [account], { deleteData: true });
    expect(modelOf(world).entities.map(({ name }) => name)).toEqual(['contact']);
    expect(
      existsSync(join(world.lakePath, 'account', 'Snapshot'))
        ? readdirSync(join(world.lakePath, 'account', 'Snapshot'))
        : [],
    ).toEqual([]);
    await links.addTables(worldLink, [account], { partitionStrategy: null, appendOnly: false });
    await world.caughtUp();
    const files = filesOf(modelOf(world));
    expect(files.filter(file => !existsSync(file))).toEqual([]);
    expect(await rowsIn(files)).toBe(world.status('account').count);
    await proveClean(world);
  });

  test('a new column, and one of another type, are in the attributes and the files of one manifest', async () => {
    const fill = (database: SandboxDatabase) =>
      fillChangingTables(database, [newColumn('new_pieces', 'Integer')], { new_pieces: 41 });
    const world = await opened({ rows: 0, fill, tables: [CHANGING, STEADY[0]], pace: { describeMs: 200 } });
    const attribute = (name: string) =>
      modelOf(world)
        .entities.find(one => one.name === CHANGING)
        ?.attributes.find(one => one.name === name);
    const before = filesOf(modelOf(world), CHANGING);
    world.database.addColumn(CHANGING, newColumn('new_added', 'String'));
    world.database.patch(CHANGING, rowId(0), { new_added: 'here' });
    await world.until('the manifest names it', () => attribute('new_added') !== undefined);
    const added = filesOf(modelOf(world), CHANGING);
    expect(added.filter(file => !before.includes(file))).toHaveLength(1);
    expect(added.filter(file => readFileSync(file, 'utf8').includes('"here"'))).toHaveLength(1);
    makeAgain(world.database, newColumn('new_pieces', 'Decimal', { Precision: 2 }));
    world.database.patch(CHANGING, rowId(4), { new_pieces: '41.5' });
    await world.restart();
    await world.until('the manifest shows its new type', () => attribute('new_pieces')?.dataType === 'decimal');
    const retyped = filesOf(modelOf(world), CHANGING);
    expect(retyped.filter(file => added.includes(file))).toEqual([]);
    expect(retyped.map(file => readFileSync(file, 'utf8')).join('')).toContain(',41.5');
    await world.caughtUp();
    await proveClean(world);
  });

  test('an append-only table’s snapshot has every version and delete', async () => {
    const world = await opened(
      {},
      { tables: [...inPlace(['contact']), { table: account, appendOnly: true, partitionStrategy: 'year' }] },
    );
    const [row] = world.database.page('account', { after: null, limit: 1 });
    if (row === undefined) throw new Error('no accounts');
    world.database.patch('account', row.id, { name: 'a second version' });
    await world.caughtUp();
    world.database.remove('account', row.id);
    const model = await taken(world);
    expect(model.entities.find(({ name }) => name === 'account')?.attributes.at(-1)?.name).toBe('IsDelete');
    expect(await rowsIn(filesOf(model))).toBe(world.status('account').count);
    await proveClean(world);
  });
});
