import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow } from '../../../test/kit/lake-parquet.ts';
import { entry, live } from '../../../test/kit/log-values.ts';
import { committed, RelationLake } from '../../../test/kit/relation-lake.ts';
import { choiceMetadata } from '../../cdm/choice-metadata.ts';
import type { Snapshot } from '../../core/commit.ts';
import { emptyState } from '../../core/log-state.ts';
import { parseTableName } from '../../core/names.ts';
import { appendColumns, lakeColumns, type TableShape } from '../../core/shape.ts';

let lake: RelationLake;

const id = (digit: number) => `'00000000-0000-0000-0000-00000000000${digit}'`;
const shelf: TableShape = { ...crateShape, table: parseTableName('shelf'), displayName: 'Shelf' };

/** Values that are hard to carry, as SQL, and as the engine's JSON shows them. */
const EVERY_KIND: SqlRow = {
  Id: id(1),
  SinkCreatedOn: "'2024-01-01 10:00:00.5'",
  crateid: id(1),
  name: "'one, ''quoted'''",
  pieces: '-7',
  versionnumber: "'9007199254740993'",
  exchangerate: "'100000000000.000000000100'",
  price: "'922337203685477.5807'",
  length: '0.1',
  sealed: 'true',
  colour: '2',
  tags: "'1;2'",
  ownerid: id(8),
  ownerid_entitytype: "'team'",
  bestbefore: "'2024-02-29'",
  wallclock: "'2024-03-01 08:30:00'",
  createdon: "'1969-12-31 23:59:59+00'",
};

async function snapshotFile(name: string, lines: readonly string[]): Promise<Snapshot['files'][number]> {
  const path = join(lake.folder, name);
  await writeFile(path, lines.map(line => `${line}\n`).join(''));
  return { partition: '2024', path, bytes: 100, rows: lines.length, changedAt: 3 };
}

const snapshotOf = (sequence: number, files: Snapshot['files'], more: Partial<Snapshot> = {}): Snapshot => ({
  sequence,
  takenAt: '2024-01-01T00:00:00.000Z',
  foldedAt: 3,
  shapeAt: 1,
  files,
  ...more,
});
const sink = '"1/1/2024 12:00:00 AM","1/1/2024 12:00:00 AM"';
const line = (digit: number, state: number) => `00000000-0000-0000-0000-00000000000${digit},${sink},${state}`;

beforeAll(async () => {
  lake = await RelationLake.open();
  const image = await lake.image(crateShape, [EVERY_KIND, { Id: id(2), name: "'two'" }]);
  const batch = await lake.file(
    crateShape,
    [
      { Id: id(2), __version: '7', __deleted: 'true' },
      { Id: id(3), name: "'three'", __version: '8' },
    ],
    'batch',
  );
  lake.add(crateShape, {
    tail: 6,
    image,
    pending: [{ sequence: 6, epoch: 0, batch }],
    snapshots: [
      snapshotOf(4, [await snapshotFile('crate.csv', [line(5, 1), line(6, 0)])]),
      snapshotOf(2, [await snapshotFile('older.csv', [line(7, 7)])], { takenAt: '1970-01-01T00:00:01.000Z' }),
    ],
  });
  const first = await lake.file(
    shelf,
    [
      { Id: id(1), name: "'s1'" },
      { Id: id(2), name: "'s2'" },
    ],
    'batch',
  );
  lake.add(shelf, { pending: [{ sequence: 2, epoch: 0, batch: first }], initialSyncCompletedAt: null });
  lake.states.set(parseTableName('undefined_yet'), emptyState());
  lake.break('broken');
});
afterAll(() => lake.close());

describe('a near real-time table', () => {
  test('is the image with what is pending, each id once, with every value exact (I-4)', async () => {
    const rows = await lake.rows('crate', 'SELECT * FROM t ORDER BY "Id"');
    expect(rows.map(({ name }) => name)).toEqual(["one, 'quoted'", 'three']);
    expect(rows[0]).toMatchObject({
      SinkCreatedOn: '2024-01-01 10:00:00.5',
      pieces: -7,
      versionnumber: '9007199254740993',
      exchangerate: '100000000000.000000000100',
      price: '922337203685477.5807',
      length: 0.1,
      sealed: true,
      colour: 2,
      tags: '1;2',
      ownerid_entitytype: 'team',
      bestbefore: '2024-02-29',
      wallclock: '2024-03-01 08:30:00',
      createdon: '1969-12-31 23:59:59+00',
    });
  });

  test('has the columns, types and lengths of the environment, and says what they are', async () => {
    const { info } = await lake.find('dbo.CRATE');
    expect(info.columns.map(({ name, sqlType }) => [name, sqlType])).toEqual(
      lakeColumns(crateShape).map(({ name, sqlType }) => [name, sqlType]),
    );
    const columns = new Map(info.columns.map(one => [one.name, one]));
    expect(columns.get('Id')).toMatchObject({ notNull: true, comment: "The row's id, as in crateid." });
    expect(columns.get('name')).toMatchObject({ length: 100, notNull: false });
    expect(columns.get('buyerid')?.comment).toBe('Id of account, contact.');
    expect(info).toMatchObject({ schema: 'dbo', kind: 'table', primaryKey: ['Id'], rowEstimate: 2, definition: null });
    expect(info.comment).toContain('Crate');
    expect(info.bytes).toBeGreaterThan(0);
  });

  test('before its initial sync is complete it has the rows that arrived so far, and says so', async () => {
    expect(await lake.rows('shelf', 'SELECT name FROM t ORDER BY name')).toEqual([{ name: 's1' }, { name: 's2' }]);
    const shelves = await lake.find('shelf');
    expect(shelves).toMatchObject({ read: { table: 'shelf', sequence: 5, initialSyncCompleted: false } });
    expect(shelves.info.rowEstimate).toBe(2);
  });

  test('of incremental folders is live as others are, and its comment tells what readers of files get', async () => {
    const other = { ...crateShape, table: parseTableName('parcel') };
    lake.add(other, { writeMode: 'folders' });
    expect((await lake.find('parcel')).info).toMatchObject({ primaryKey: ['Id'] });
    expect((await lake.find('parcel')).info.comment).toContain('folders of changes');
    lake.states.delete(other.table);
  });

  test('asked for some columns it has those, and for none still counts its rows', async () => {
    expect(await lake.rows('crate', 'SELECT * FROM t ORDER BY 1', { columns: ['name', 'colour'] })).toEqual([
      { colour: 2, name: "one, 'quoted'" },
      { colour: null, name: 'three' },
    ]);
    expect(await lake.rows('crate', 'SELECT count(*)::INT AS n FROM t', { columns: [] })).toEqual([{ n: 2 }]);
  });
});

describe('<table>_partitioned', () => {
  test('is the newest snapshot with the types of the table, at its own commit', async () => {
    const found = await lake.find('crate_partitioned');
    expect(found).toMatchObject({ read: { table: 'crate_partitioned', sequence: 4, initialSyncCompleted: true } });
    expect(found.info).toMatchObject({ kind: 'table', rowEstimate: 2, bytes: 100, primaryKey: ['Id'] });
    expect(await lake.rows('crate_partitioned', 'SELECT "Id", statecode, price FROM t ORDER BY "Id"')).toEqual([
      { Id: '00000000-0000-0000-0000-000000000005', statecode: 1, price: null },
      { Id: '00000000-0000-0000-0000-000000000006', statecode: 0, price: null },
    ]);
  });

  test('is there only where there is a snapshot', async () => {
    const view = lake.view();
    expect(await view.find({ schema: null, name: 'shelf_partitioned' }, { asOf: null, signal: live })).toBeNull();
  });

  test('of an append-only table has its versions', async () => {
    const own = { ...crateShape, table: parseTableName('log') };
    lake.add(own, { writeMode: 'append', snapshots: [snapshotOf(4, [], { append: true })] });
    const { info } = await lake.find('log_partitioned');
    expect(info.columns.map(({ name }) => name)).toEqual(appendColumns(own).map(({ name }) => name));
    expect(info.primaryKey).toEqual([]);
    lake.states.delete(own.table);
  });

  test('made before a column changed its type it is read as it was defined then', async () => {
    const before = { ...shelf, table: parseTableName('retyped'), columns: crateShape.columns.slice(0, 1) };
    const files = [await snapshotFile('retyped.csv', [line(1, 1)])];
    const state = lake.add({ ...before, columns: [] }, { shapeAt: 9, retypedAt: 9, snapshots: [snapshotOf(4, files)] });
    const missing = lake.rows('retyped_partitioned', 'SELECT * FROM t');
    await expect(missing).rejects.toMatchObject({ code: 'sql/not-retained' });
    lake.entries.set('retyped', [entry({ ...state, tail: 0 }, { kind: 'shape', shape: before } as const)]);
    expect(await lake.rows('retyped_partitioned', 'SELECT statecode FROM t')).toEqual([{ statecode: 1 }]);
    lake.states.delete(before.table);
  });
});

describe('tables of texts', () => {
  test.each([
    ['OptionsetMetadata', 'options'],
    ['GlobalOptionsetMetadata', 'globalOptions'],
    ['StateMetadata', 'states'],
    ['StatusMetadata', 'statuses'],
    ['TargetMetadata', 'targets'],
  ] as const)('%s has the rows of the file of its name, over all tables that can be read', async (name, rows) => {
    const expected = [crateShape, shelf].flatMap<object>(shape => choiceMetadata(shape)[rows]);
    const found = await lake.rows(name.toLowerCase(), 'SELECT * FROM t');
    const plain = found.map(row =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, asNumber(key, value)])),
    );
    expect(plain).toEqual(expected.map(row => ({ ...row })).map(row => expect.objectContaining(row)));
    expect(Object.keys(found[0] ?? {})).toEqual((await lake.find(name)).info.columns.map(one => one.name));
  });

  test('join to a table as with the original', async () => {
    const view = lake.view();
    const texts = await lake.find('OptionsetMetadata', null, view);
    const crates = await lake.find('crate', null, view);
    if (texts.is !== 'rows' || crates.is !== 'rows') throw new Error('no rows');
    const rows = await lake.engine.session(async session => {
      const [a, b] = [await crates.sql(session, live), await texts.sql(session, live)];
      return session.runAll(
        `SELECT o.LocalizedLabel AS text FROM (${a}) c JOIN (${b}) o ON o.EntityName = 'crate' ` +
          `AND o.OptionSetName = 'colour' AND o."Option" = c.colour AND o.LocalizedLabelLanguageCode = 1033`,
      );
    });
    expect(rows).toEqual([{ text: 'Blue' }]);
  });
});

/** BIGINT comes as text. */
function asNumber(key: string, value: unknown): unknown {
  return (key === 'Option' || key === 'State' || key === 'Status') && typeof value === 'string' ? Number(value) : value;
}

describe('names', () => {
  test('are found without case, in dbo, then public, then lakelink', async () => {
    const own = async (name: string, schema: string | null = null) =>
      (await lake.view().find({ schema, name }, { asOf: null, signal: live }))?.info.schema ?? null;
    const view = { sql: 'SELECT 1', owner: 'ada', createdAt: '2024-01-01T00:00:00.000Z' };
    lake.views = [
      { ...view, name: 'crate' },
      { ...view, name: 'Mine' },
    ];
    const info = { ...(await lake.find('crate')).info, schema: 'lakelink', name: 'mine' } as const;
    const system = { info, is: 'rows', read: null, sql: async () => 'SELECT 1' } as const;
    lake.systemRelations = { infos: () => [info], find: name => (name === 'mine' ? system : null) };
    expect(await own('Crate')).toBe('dbo');
    expect(await own('crate', 'PUBLIC')).toBe('public');
    expect(await own('mine')).toBe('public');
    expect(await own('mine', 'lakelink')).toBe('lakelink');
    expect(await own('mine', 'dbo')).toBeNull();
    expect(await own('crate', 'nowhere')).toBeNull();
    expect(await own('undefined_yet')).toBeNull();
    lake.views = [];
    lake.systemRelations = { infos: () => [], find: () => null };
  });

  test('a table takes its name from a derived relation, which says under its new one whose it was', async () => {
    const own = { ...crateShape, table: parseTableName('crate_labels') };
    lake.add(own);
    expect((await lake.find('crate_labels')).info.kind).toBe('table');
    expect((await lake.find('crate_labels_1')).info.comment).toContain('because crate_labels is a table');
    lake.states.delete(own.table);
    expect((await lake.find('crate_labels')).info.kind).toBe('view');
  });
});

describe('one view', () => {
  test('finds a table at one commit however often it is named; the next one sees what was committed since (I-5)', async () => {
    const view = lake.view();
    const before = await lake.find('shelf', null, view);
    const held = lake.states.get(shelf.table);
    lake.add(shelf, { tail: 99 });
    expect(
      (await lake.find('shelf', null, view)).is === 'rows' && (await lake.find('shelf_labels', null, view)),
    ).toMatchObject({ read: { sequence: before.is === 'rows' ? before.read?.sequence : null } });
    expect(await lake.rows('shelf', 'SELECT count(*)::INT AS n FROM t', { view })).toEqual([{ n: 2 }]);
    expect(await lake.find('shelf')).toMatchObject({ read: { sequence: 99 } });
    if (held !== undefined) lake.states.set(shelf.table, held);
  });

  test('a table whose log cannot be read throws its own fault when it is named, and stops no other (I-8)', async () => {
    await expect(lake.find('broken')).rejects.toMatchObject({ code: 'lake/corrupt' });
    await expect(lake.find('broken_labels')).rejects.toMatchObject({ code: 'lake/corrupt' });
    expect(await lake.rows('crate', 'SELECT count(*)::INT AS n FROM t')).toEqual([{ n: 2 }]);
    expect((await lake.view().relations(live)).some(({ name }) => name.startsWith('broken'))).toBe(false);
  });
});

describe('as of another time', () => {
  const time = { is: 'time', ms: 1_000 } as const;

  test('a table and what is derived from it are as they were; of snapshots the newest of then', async () => {
    const image = await lake.image(crateShape, [{ Id: id(4), name: "'then'", colour: '2' }]);
    lake.past.set('crate 1000', { ...committed(crateShape), tail: 3, image });
    lake.past.set('crate 3', { ...committed(crateShape), tail: 3, image });
    expect(await lake.rows('crate', 'SELECT name FROM t', { asOf: time })).toEqual([{ name: 'then' }]);
    expect(await lake.rows('crate', 'SELECT name FROM t', { asOf: { is: 'commit', sequence: 3 } })).toEqual([
      { name: 'then' },
    ]);
    expect(await lake.rows('crate_labels', 'SELECT colour_label AS c FROM t', { asOf: time })).toEqual([{ c: 'Blue' }]);
    // Its second of two snapshots is of 1970.
    expect(await lake.find('crate_partitioned', time)).toMatchObject({ read: { sequence: 2 } });
    expect(await lake.rows('crate_partitioned', 'SELECT statecode FROM t', { asOf: time })).toEqual([{ statecode: 7 }]);
    expect(await lake.find('crate_partitioned', { is: 'commit', sequence: 5 })).toMatchObject({
      read: { sequence: 4 },
    });
    const before = lake.find('crate_partitioned', { is: 'commit', sequence: 1 });
    await expect(before).rejects.toMatchObject({ code: 'sql/not-retained', details: { oldest: 2 } });
    const view = lake.view();
    const [then, now] = [await lake.find('crate', time, view), await lake.find('crate', null, view)];
    expect([then, now].map(one => one.is === 'rows' && one.read?.sequence)).toEqual([3, 6]);
  });

  test('texts of choices are those of the tables that were there then', async () => {
    lake.past.set('crate 1000', committed({ ...crateShape, columns: crateShape.columns.slice(0, 1) }));
    const rows = await lake.rows('optionsetmetadata', 'SELECT DISTINCT "EntityName" AS e FROM t', { asOf: time });
    const states = await lake.rows('statemetadata', 'SELECT DISTINCT "EntityName" AS e FROM t', { asOf: time });
    expect([rows, states]).toEqual([[], [{ e: 'crate' }]]);
  });

  test('is refused for what keeps no earlier states, and where that state is no more', async () => {
    lake.views = [{ name: 'mine', sql: 'SELECT 1', owner: 'ada', createdAt: '2024-01-01T00:00:00.000Z' }];
    const commit = { is: 'commit', sequence: 3 } as const;
    await expect(lake.find('statemetadata', commit)).rejects.toMatchObject({ code: 'input/sql' });
    await expect(lake.find('mine', time)).rejects.toMatchObject({ code: 'input/sql' });
    await expect(lake.find('shelf', time)).rejects.toMatchObject({ code: 'sql/not-retained' });
    lake.views = [];
  });
});

describe('the catalogue', () => {
  test('lists what can be found, by schema and name, with views and their columns', async () => {
    const column = { name: 'n', sqlType: 'INTEGER', length: null, notNull: false, comment: null };
    lake.views = [
      { name: 'good', sql: 'SELECT 1 AS n', owner: 'ada', createdAt: '2024-01-01T00:00:00.000Z' },
      { name: 'stale', sql: 'SELECT gone', owner: 'ada', createdAt: '2024-01-01T00:00:00.000Z' },
    ];
    lake.describe = async ({ name }) => {
      if (name === 'stale') throw new Error('no such column');
      return [column];
    };
    const all = await lake.view().relations(live);
    expect(all.map(({ schema, name }) => `${schema}.${name}`)).toEqual([
      'dbo.GlobalOptionsetMetadata',
      'dbo.OptionsetMetadata',
      'dbo.StateMetadata',
      'dbo.StatusMetadata',
      'dbo.TargetMetadata',
      'dbo.crate',
      'dbo.crate_labels',
      'dbo.crate_partitioned',
      'dbo.shelf',
      'dbo.shelf_labels',
      'public.good',
      'public.stale',
    ]);
    expect(
      all.filter(({ schema }) => schema === 'public').map(({ columns, definition }) => [columns, definition]),
    ).toEqual([
      [[column], 'SELECT 1 AS n'],
      [[], 'SELECT gone'],
    ]);
    for (const info of all.filter(({ schema }) => schema === 'dbo')) {
      expect((await lake.find(info.name)).info).toEqual(info);
    }
    lake.views = [];
  });

  test('has another version when names, columns or views change, and the same while only rows come', async () => {
    const version = () => lake.view().catalogueVersion(live);
    const first = await version();
    const held = lake.states.get(shelf.table);
    lake.add(shelf, { tail: 98 });
    expect(await version()).toBe(first);
    lake.add(shelf, { shapeAt: 97 });
    const reshaped = await version();
    lake.add(shelf, { writeMode: 'append' });
    const appending = await version();
    lake.add(shelf, { snapshots: [snapshotOf(4, [])] });
    const snapshots = await version();
    lake.views = [{ name: 'mine', sql: 'SELECT 1', owner: 'ada', createdAt: '2024-01-01T00:00:00.000Z' }];
    expect(new Set([first, reshaped, appending, snapshots, await version()]).size).toBe(5);
    lake.views = [];
    if (held !== undefined) lake.states.set(shelf.table, held);
  });
});
