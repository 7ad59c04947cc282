import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../src/batch/duckdb.ts';
import type { TableState } from '../../src/core/commit.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { Column } from '../../src/core/shape.ts';
import type { Row } from '../../src/sandbox/database.ts';
import {
  alter,
  CHANGING,
  fillChangingTables,
  makeAgain,
  newColumn,
  ROWS,
  rename,
  rowId,
  STEADY,
} from '../kit/changing-table.ts';
import { replayPublications, statesOf } from '../kit/lake-replay.ts';
import { runCommand } from '../kit/service-process.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

const option = (Value: number, Label: string) => ({
  Value,
  Label: { LocalizedLabels: [{ Label, LanguageCode: 1033 }] },
});
const colours = { OptionSet: { Options: [option(1, 'Red'), option(2, 'Green'), option(3, 'Blue')] } };

/** What the table begins with: a column for each kind of change, with a value in every row. */
const COLUMNS = [
  newColumn('new_gone', 'String'),
  newColumn('new_back', 'String'),
  newColumn('new_grown', 'String'),
  newColumn('new_counted', 'Integer'),
  newColumn('new_coded', 'String'),
  newColumn('new_chosen', 'Picklist', colours),
  newColumn('new_colour', 'Picklist', colours),
  newColumn('new_short', 'String', { MaxLength: 200 }),
  newColumn('new_weight', 'Decimal', { Precision: 4 }),
  newColumn('new_place', 'String'),
];
const CELLS: Row = {
  new_gone: 'gone',
  new_back: '7',
  new_grown: 'short',
  new_counted: 41,
  new_coded: '12',
  new_chosen: 2,
  new_colour: 2,
  new_short: 'x'.repeat(150),
  new_weight: '1.2345',
  new_place: 'shelf',
};

let world: World;
let boxes = 0;

beforeAll(async () => {
  world = await openSyncedWorld({
    rows: 0,
    fill: database => fillChangingTables(database, COLUMNS, CELLS),
    tables: [CHANGING, ...STEADY],
    pace: { describeMs: 200 },
  });
});
afterAll(() => world?.stop());

async function state(table: string = CHANGING): Promise<TableState> {
  const last = (await statesOf(world.lakePath, table)).at(-1);
  if (last === undefined) throw new Error('an empty log');
  return last;
}

async function column(name: string): Promise<Column | undefined> {
  return (await state()).shape?.columns.find(one => one.name === name);
}

/**
 * Waits until a definition that was changed is committed and its rows are read. A service that begins looks at every
 * definition soon; one that works on looks every ten minutes, or when rows bring what it does not know.
 */
async function described(isSeen: (state: TableState) => boolean, { restarts = true } = {}): Promise<void> {
  const box = rowId(boxes % ROWS);
  boxes += 1;
  if (restarts) await world.restart();
  world.database.patch('new_box', box, { new_name: `box ${boxes}` });
  await world.until('the definition is committed', async () => isSeen(await state()));
  await world.until('every row is read', async () => {
    const { cursor, pending } = await state();
    return cursor.at === 'running' && pending.length === 0;
  });
  await world.caughtUp();
  expect(differences(await world.verify())).toEqual([]);
  expect(await cells('new_box', 'new_name', `new_boxid = '${box}'`)).toEqual([`box ${boxes}`]);
}

const kindIs = (name: string, kind: Column['kind']) => (now: TableState) =>
  now.shape?.columns.find(one => one.name === name)?.kind === kind;

async function cells(table: string, name: string, where = 'true'): Promise<unknown[]> {
  const { rows } = await world.query(`SELECT DISTINCT ${name} FROM ${table} WHERE ${where} ORDER BY 1`);
  return rows.map(([value]) => value);
}

const change = (at: number, row: Row) => world.database.patch(CHANGING, rowId(at), row);

interface Attribute {
  readonly name: string;
  readonly dataType: string;
  readonly maxLength: number;
}

async function attribute(name: string): Promise<Attribute | undefined> {
  const model = JSON.parse(await readFile(join(world.lakePath, 'model.json'), 'utf8'));
  const entity = model.entities.find((one: { name: string }) => one.name === CHANGING);
  return entity.attributes.find((one: Attribute) => one.name === name);
}

const optionFile = (name: string) => readFile(join(world.lakePath, 'OptionsetMetadata', `${name}.csv`), 'utf8');

describe('a definition that changes while its table is in use', () => {
  test('a column is added: unchanged rows keep nothing there, changed ones have it, and nothing is read again', async () => {
    const { generation } = await state();
    world.database.addColumn(CHANGING, newColumn('new_added', 'String'));
    change(0, { new_added: 'here' });
    await described(({ shape }) => shape?.columns.at(-1)?.name === 'new_added', { restarts: false });
    expect(await cells(CHANGING, 'new_added')).toEqual(['here', null]);
    expect((await column('new_added'))?.addedLater).toBe(true);
    expect((await state()).generation).toBe(generation);
  });

  test('a column is added whose values are older than it: asked for, every row is read again', async () => {
    for (let at = 0; at < ROWS; at += 1) change(at, { new_older: `older ${at}` });
    await world.caughtUp();
    world.database.addColumn(CHANGING, newColumn('new_older', 'String'));
    await world.service.links.backfillTable(worldLink, parseTableName(CHANGING));
    await described(({ shape }) => shape?.columns.at(-1)?.name === 'new_older', { restarts: false });
    expect(await cells(CHANGING, 'new_older')).toHaveLength(ROWS);
  });

  test('a column is removed: it keeps its place and the values of rows that do not change', async () => {
    world.database.removeColumn(CHANGING, 'new_gone');
    change(1, { new_name: 'without it' });
    await described(({ shape }) => shape?.columns.find(one => one.name === 'new_gone')?.removed === true);
    expect(await cells(CHANGING, 'new_gone')).toEqual(['gone', null]);
  });

  test('a column is removed, and made again with another type', async () => {
    world.database.removeColumn(CHANGING, 'new_back');
    await described(({ shape }) => shape?.columns.find(one => one.name === 'new_back')?.removed === true);
    world.database.addColumn(CHANGING, newColumn('new_back', 'Integer'));
    change(2, { new_back: 8 });
    await described(kindIs('new_back', 'integer'));
    expect(await cells(CHANGING, 'new_back')).toEqual([8, null]);
    expect((await attribute('new_back'))?.dataType).toBe('int64');
  });

  test('a text becomes a memo where it is, of 100,001 characters: nothing is read again', async () => {
    const { generation } = await state();
    alter(world.database, 'new_grown', { type: 'MemoType', maxLength: 1_048_576 });
    change(3, { new_grown: 'm'.repeat(100_001) });
    await described(kindIs('new_grown', 'memo'));
    expect(await cells(CHANGING, 'length(new_grown)')).toEqual(['5', '100001']);
    expect((await attribute('new_grown'))?.maxLength).toBe(1_048_576);
    expect((await state()).generation).toBe(generation);
  });

  test('a whole number becomes a decimal', async () => {
    makeAgain(world.database, newColumn('new_counted', 'Decimal', { Precision: 2 }));
    change(4, { new_counted: '41.5' });
    await described(kindIs('new_counted', 'decimal'));
    expect(await cells(CHANGING, 'new_counted')).toEqual(['41.5000000000', null]);
    expect((await attribute('new_counted'))?.dataType).toBe('decimal');
  });

  test('a decimal becomes a text: the first row that brings one says so, and the table goes on by itself', async () => {
    makeAgain(world.database, newColumn('new_counted', 'String'));
    change(4, { new_counted: 'a dozen' });
    await described(kindIs('new_counted', 'string'), { restarts: false });
    expect(await cells(CHANGING, 'new_counted')).toEqual(['a dozen', null]);
    expect(world.status(CHANGING).error).toBeNull();
  });

  test('a text becomes a whole number', async () => {
    makeAgain(world.database, newColumn('new_coded', 'Integer'));
    change(5, { new_coded: 99 });
    await described(kindIs('new_coded', 'integer'));
    expect(await cells(CHANGING, 'new_coded')).toEqual([99, null]);
  });

  test('a text becomes a lookup, which has two columns: those behind it move', async () => {
    makeAgain(world.database, { ...newColumn('new_place', 'Lookup'), targets: ['new_shelf'] });
    change(6, { new_place: { table: 'new_shelf', id: rowId(1) } });
    await described(kindIs('new_place', 'lookup'));
    expect(await cells(CHANGING, 'new_place_entitytype')).toEqual(['new_shelf', null]);
    makeAgain(world.database, newColumn('new_place', 'String'));
    change(7, { new_place: 'a text again' });
    await described(kindIs('new_place', 'string'));
    expect(await cells(CHANGING, 'new_place')).toEqual(['a text again', null]);
    expect(await attribute('new_place_entitytype')).toBeUndefined();
  });

  test('a choice becomes a global one: only the metadata files change', async () => {
    const { generation } = await state();
    const options = [{ value: 2, labels: { 1033: 'Green' } }];
    world.database.putChoice({ name: 'new_paint', metadataId: rowId(900), displayName: 'Paint', options });
    alter(world.database, 'new_chosen', { globalChoice: 'new_paint' });
    await described(({ shape }) => shape?.columns.find(one => one.name === 'new_chosen')?.optionSet?.isGlobal === true);
    expect(await optionFile('GlobalOptionsetMetadata')).toContain('"new_chosen",2,');
    expect(await optionFile('OptionsetMetadata')).not.toContain('"new_chosen"');
    expect(await cells(CHANGING, 'new_chosen')).toEqual([2]);
    expect((await state()).generation).toBe(generation);
  });

  test('options are added, relabelled and removed while rows use them: rows keep their number', async () => {
    const { generation } = await state();
    world.database.setOptions({ table: CHANGING, column: 'new_colour' }, [
      { value: 1, labels: { 1033: 'Crimson' } },
      { value: 4, labels: { 1033: 'Black' } },
    ]);
    change(8, { new_colour: 4 });
    await described(({ shape }) => {
      const options = shape?.columns.find(one => one.name === 'new_colour')?.optionSet?.options ?? [];
      return options.map(({ value }) => value).join() === '1,4';
    });
    const file = await optionFile('OptionsetMetadata');
    const lines = file.split('\n').filter(line => line.includes('"new_colour"'));
    expect(lines.map(line => line.split(',').filter((_, at) => at === 2 || at === 5))).toEqual([
      ['1', '"Crimson"'],
      ['4', '"Black"'],
    ]);
    expect(await cells(CHANGING, 'new_colour')).toEqual([2, 4]);
    expect((await state()).generation).toBe(generation);
  });

  test('a length shrinks below what a row holds, and the places of a decimal change: all stays readable', async () => {
    const { generation } = await state();
    alter(world.database, 'new_short', { maxLength: 100, databaseLength: 200 });
    alter(world.database, 'new_weight', { precision: 2 });
    await described(({ shape }) => shape?.columns.find(one => one.name === 'new_weight')?.precision === 2);
    expect((await attribute('new_short'))?.maxLength).toBe(200);
    alter(world.database, 'new_weight', { precision: 6 });
    change(9, { new_weight: '1.234567' });
    await described(({ shape }) => shape?.columns.find(one => one.name === 'new_weight')?.precision === 6);
    expect(await cells(CHANGING, 'new_weight')).toEqual(['1.2345000000', '1.2345670000']);
    expect((await state()).generation).toBe(generation);
  });

  test('the table has another name for people', async () => {
    rename(world.database, 'Crates of the north');
    await described(({ shape }) => shape?.displayName === 'Crates of the north');
    const path = join(world.lakePath, 'Microsoft.Athena.TrickleFeedService', `${CHANGING}-EntityMetadata.json`);
    expect(await readFile(path, 'utf8')).toContain(CHANGING);
  });

  test('all that time the other tables went on: none was read again', async () => {
    for (const table of STEADY) expect((await state(table)).generation).toBe(0);
  });

  test('the history of it is in the log, and a command tells it in words', async () => {
    const home = { LAKELINK_HOME: world.settings.home, NO_COLOR: '1' };
    const { code, out, err } = await runCommand(['tables', 'shapes', worldLink, CHANGING], home);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of [
      '  new_added: added (StringType(100))',
      '  new_gone: removed; its old values stay (StringType(100))',
      '  every row is read again: the type of new_back changed',
      '  new_back: came back (StringType(100) -> IntegerType)',
      '  new_grown: another type (StringType(100) -> MemoType(1048576))',
      '  the table has another name (new_crate -> Crates of the north)',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
    expect(out).toMatch(/new_colour: other options \(.*: 1 Red, 2 Green, 3 Blue -> .*: 1 Crimson, 4 Black\)/);
    const json = await runCommand(['tables', 'shapes', worldLink, CHANGING, '--json'], home);
    expect(JSON.parse(json.out)).toMatchObject({
      goneBefore: null,
      events: expect.arrayContaining([expect.objectContaining({ kind: 'defined' })]),
    });
  });

  test('at every commit model.json, the width and values of the files and the columns of SQL agree', async () => {
    const tempFolder = await mkdtemp(join(tmpdir(), 'lakelink-replay-'));
    const engine = await openEngine({ tempDirectory: join(tempFolder, 'engine'), threads: 2 });
    try {
      const found = await replayPublications({ lakePath: world.lakePath, table: CHANGING, engine, tempFolder });
      expect(found.problems).toEqual([]);
      // What would have shown nothing had it looked at nothing.
      expect(found.looks).toBeGreaterThan(50);
    } finally {
      engine.close();
      await rm(tempFolder, { recursive: true, force: true });
    }
  });
});
