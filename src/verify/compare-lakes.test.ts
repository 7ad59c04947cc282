import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { compareLakes } from './compare-lakes.ts';
import { type CompareReport, renderComparison, type TableComparison } from './compare-report.ts';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});
const never = new AbortController().signal;
const id = (digit: number | string) => `00000000-0000-4000-8000-${String(digit).padStart(12, '0')}`;

type Attribute = readonly [name: string, dataType: string, maxLength?: number];

/** What a lake of one table is written from. */
interface Written {
  readonly attributes: readonly Attribute[];
  /** Lines by path below the table's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly table?: string;
  readonly granularity?: string;
  readonly sync?: string;
  readonly location?: (path: string, root: string) => string;
}

const atMicrosoft = (path: string) => `https://contoso.dfs.core.windows.net:443/dataverse-prod-org1/${path}`;
const inFolder = (path: string, root: string) => pathToFileURL(join(root, ...path.split('/'))).href;

function put(root: string, path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function manifest(root: string, tables: readonly Written[], folder = ''): string {
  const entities = tables.map(
    ({ table = 'crate', attributes, files, granularity = 'Year', sync = 'Completed', location }) => ({
      $type: 'LocalEntity',
      name: table,
      annotations: [
        { name: 'Athena:PartitionGranularity', value: granularity },
        { name: 'Athena:InitialSyncState', value: sync },
      ],
      attributes: attributes.map(([name, dataType, maxLength = -1]) => ({ name, dataType, maxLength })),
      partitions: Object.keys(files).map(path => ({
        name: path.replace(/^.*\//, '').replace(/(_\d+)?\.csv$/, ''),
        location: (location ?? atMicrosoft)(`${folder}${table}/${path}`, root),
      })),
    }),
  );
  return JSON.stringify({ name: 'cdm', description: 'cdm', version: '1.0', entities });
}

function replica(...tables: readonly Written[]): string {
  const root = mkdtempSync(join(tmpdir(), 'lakelink-compare-'));
  roots.push(root);
  put(root, 'model.json', manifest(root, tables));
  for (const { table = 'crate', files } of tables) {
    for (const [path, text] of Object.entries(files)) put(root, `${table}/${path}`, text);
  }
  return root;
}

async function compare(original: string, ours: string, tables?: readonly string[]): Promise<CompareReport> {
  return await compareLakes({ original: { root: original }, ours: { root: ours }, tables, signal: never });
}

async function only(original: string, ours: string): Promise<TableComparison> {
  const { tables } = await compare(original, ours);
  if (tables[0] === undefined) throw new Error('no table');
  return tables[0];
}

const HEAD: readonly Attribute[] = [
  ['Id', 'guid'],
  ['SinkCreatedOn', 'dateTime'],
  ['SinkModifiedOn', 'dateTime'],
];
const CRATE: readonly Attribute[] = [
  ...HEAD,
  ['flag', 'boolean'],
  ['price', 'decimal'],
  ['name', 'string', 100],
  ['versionnumber', 'int64'],
  ['createdon', 'dateTimeOffset'],
];
const sink = '"6/28/2021 4:34:35 PM","6/28/2021 4:34:35 PM"';
const otherSink = '"7/1/2024 12:00:00 AM","7/1/2024 12:00:00 AM"';
const ours = (files: Readonly<Record<string, string>>, more: Partial<Written> = {}) =>
  replica({ attributes: CRATE, location: inFolder, files, ...more });
const theirs = (files: Readonly<Record<string, string>>, more: Partial<Written> = {}) =>
  replica({ attributes: CRATE, files, ...more });

const row = (n: number, more: { version?: number; name?: string; price?: string; at?: string } = {}) => {
  const { version = n, name = `"crate ${n}"`, price = '1.5', at = sink } = more;
  return `${id(n)},${at},True,${price},${name},${version},"2024-01-02T03:04:05.0000000+00:00"\n`;
};

describe('two lakes that hold the same rows', () => {
  test('are equal whatever form the values have, and readers can be switched', async () => {
    const there = theirs({
      'Snapshot/2024_1624472721.csv': [
        `${id(1).toUpperCase()},${sink},True,1.50,"a,""b""\nc",10,"2024-01-02T03:04:05.0000000+00:00"`,
        `{${id(2)}},${sink},false,-0.000,,11,2024-01-02T03:04:05Z`,
        `"${id(3)}",${sink},,1E3,"",12,"1/2/2024 3:04:05 AM"`,
        '',
      ].join('\n'),
    });
    const here = ours({
      '2024.csv': [
        `${id(1)},${otherSink},true,1.5,"a,""b""\nc",10,2024-01-02T03:04:05.0000000+00:00`,
        `${id(2)},${otherSink},False,0,"",11,2024-01-02T03:04:05.0000000+00:00`,
        `${id(3)},${otherSink},,1000,,12,2024-01-02T03:04:05.0000000+00:00`,
        '',
      ].join('\n'),
    });
    const report = await compare(there, here);
    expect(report.tables[0]).toMatchObject({ ready: true, unexplained: [], rows: { equal: 3, different: 0 } });
    expect(report.ready).toBe(true);
    expect(renderComparison(report)).toContain('readers can be switched');
  });

  test('are equal with carriage returns, a byte order mark, and quoted line ends of the other kind', async () => {
    const text = (end: string) => [1, 2].map(n => row(n, { name: '"one\ntwo\r\nthree"' }).replace(/\n$/, end)).join('');
    const there = theirs({ 'Snapshot/2024_1.csv': `\uFEFF${text('\r\n')}` });
    expect(await only(there, ours({ '2024.csv': text('\n') }))).toMatchObject({ ready: true, rows: { equal: 2 } });
  });

  test('are equal however their partitions are cut, which is said', async () => {
    const there = theirs(
      { 'Snapshot/2024-01_1.csv': row(1), 'Snapshot/2024-02_1.csv': row(2) },
      { granularity: 'Month' },
    );
    const found = await only(there, ours({ '2024.csv': row(2) + row(1) }));
    expect(found).toMatchObject({ ready: true, rows: { equal: 2 } });
    expect(found.explained.join()).toContain('by Month there, Year here');
  });
});

describe('rows', () => {
  test('that only one side has, or that differ at the same version, are named by id and column, never by value', async () => {
    const there = theirs({ '2024.csv': row(1) + row(2, { name: '"secret"' }) + row(4) + row(9) });
    const here = ours({ '2024.csv': row(2, { name: '"other"', price: '7' }) + row(3) + row(4) + row(9) });
    const report = await compare(there, here);
    expect(report.ready).toBe(false);
    expect(report.tables[0]?.rows).toMatchObject({ equal: 2, 'only-original': 1, 'only-ours': 1, different: 1 });
    expect(report.tables[0]?.samples).toEqual([
      { id: id(1), is: 'only-original', columns: [] },
      { id: id(3), is: 'only-ours', columns: [] },
      { id: id(2), is: 'different', columns: ['price', 'name'] },
    ]);
    const text = renderComparison(report);
    expect(text).toContain('readers CANNOT be switched yet: crate');
    expect(text + JSON.stringify(report)).not.toMatch(/secret|other"/);
  });

  test('that are newer on one side are counted apart, and do not keep readers from being switched', async () => {
    const there = theirs({
      '2024.csv': row(1, { version: 50, name: '"new"' }) + row(2) + row(3) + row(5, { version: 60 }),
    });
    const here = ours({
      '2024.csv': row(1) + row(2, { version: 51, name: '"new"' }) + row(3) + row(6, { version: 70 }),
    });
    const found = await only(there, here);
    expect(found.rows).toMatchObject({ equal: 1, 'newer-here': 2, 'newer-there': 1, 'only-original': 1 });
    expect(found.samples).toEqual([{ id: id(5), is: 'only-original', columns: [] }]);
  });

  test('without a version are told apart by SinkModifiedOn', async () => {
    const attributes = CRATE.filter(([name]) => name !== 'versionnumber');
    const without = (n: number, name: string, at: string) => `${id(n)},${at},True,1,"${name}","2024-01-02T03:04:05Z"\n`;
    const there = theirs({ '2024.csv': without(1, 'old', sink) }, { attributes });
    const found = await only(there, ours({ '2024.csv': without(1, 'new', otherSink) }, { attributes }));
    expect(found).toMatchObject({ ready: true, age: 'SinkModifiedOn', rows: { 'newer-here': 1 } });
  });

  test('whose lines end before a column that was added later are compared without it', async () => {
    const attributes: Attribute[] = [...CRATE, ['added', 'string', 10]];
    const there = theirs({ '2024.csv': row(1) + row(2).replace(/\n$/, ',"x"\n') }, { attributes });
    const filled = (n: number, text: string) => row(n).replace(/\n$/, `,"${text}"\n`);
    const same = await only(there, ours({ '2024.csv': filled(1, 'filled') + filled(2, 'x') }, { attributes }));
    expect(same).toMatchObject({ ready: true, rows: { equal: 1, ragged: 1, different: 0 } });
    const other = await only(there, ours({ '2024.csv': filled(1, 'filled') + filled(2, 'y') }, { attributes }));
    expect(other).toMatchObject({ ready: false, samples: [{ id: id(2), columns: ['added'] }] });
  });

  test('that stand twice, or have no id, keep readers from being switched', async () => {
    const found = await only(theirs({ '2024.csv': row(1) + row(1) }), ours({ '2024.csv': `${row(1)}x,,,,,,,\n` }));
    expect(found.ready).toBe(false);
    expect(found.unexplained).toEqual([
      expect.stringContaining('more than once there'),
      expect.stringContaining('without a guid'),
    ]);
  });

  test('of the smallest and largest doubles are equal at the digits every program writes', async () => {
    const attributes: Attribute[] = [...HEAD, ['d', 'double'], ['versionnumber', 'int64']];
    const line = (n: number, value: string) => `${id(n)},${sink},${value},1\n`;
    const there = theirs({ '2024.csv': line(1, '0.333333333333333') + line(2, '1E-07') }, { attributes });
    const here = ours(
      { '2024.csv': line(1, '0.3333333333333333') + line(2, '0.0000001') },
      { attributes: attributes.map(([name, type]) => [name, type === 'double' ? 'decimal' : type]) },
    );
    const found = await only(there, here);
    expect(found).toMatchObject({ ready: true, rows: { equal: 2 } });
    expect(found.explained.join()).toContain('double there, decimal here');
  });
});

describe('append only', () => {
  const attributes: Attribute[] = [...CRATE, ['IsDelete', 'boolean']];
  const word = (n: number, more: Parameters<typeof row>[1] & { deleted?: string }) =>
    row(n, more).replace(/\n$/, `,${more.deleted ?? ''}\n`);
  const gone = (n: number, version: number) => `${id(n)},${otherSink},,,,${version},,True\n`;

  test('counts the newest word of each id, on either side (an in-place table against its history)', async () => {
    const there = theirs(
      {
        '2024.csv':
          word(1, { version: 1, name: '"first"' }) +
          word(1, { version: 3 }) +
          word(2, { version: 2 }) +
          gone(2, 4) +
          // The same version twice: the service writes again what was not acknowledged.
          word(3, { version: 5, name: '"late"', at: otherSink }) +
          word(3, { version: 5, name: '"early"' }),
      },
      { attributes },
    );
    const here = ours({ '2024.csv': row(1, { version: 3 }) + row(3, { version: 5, name: '"late"' }) });
    const found = await only(there, here);
    expect(found).toMatchObject({ ready: true, original: { rows: 2, lines: 6 }, rows: { equal: 2 } });
    expect(found.explained.join('\n')).toContain('append only there');
    const turned = await only(
      theirs({ '2024.csv': row(1, { version: 3 }) + row(3, { version: 5, name: '"late"' }) }),
      ours(
        { '2024.csv': word(1, { version: 3 }) + word(3, { version: 5, name: '"late"' }) + gone(2, 4) },
        { attributes },
      ),
    );
    expect(turned).toMatchObject({ ready: true, rows: { equal: 2 } });
  });

  test('a delete that one side knows and the other does not yet is newer on that side', async () => {
    const there = theirs({ '2024.csv': word(1, {}) + word(2, {}) + gone(2, 9) }, { attributes });
    const here = ours({ '2024.csv': word(1, {}) + gone(1, 8) + word(2, {}) }, { attributes });
    expect(await only(there, here)).toMatchObject({
      ready: true,
      rows: { equal: 0, 'newer-here': 1, 'newer-there': 1 },
    });
  });
});

describe('columns', () => {
  const line = (...cells: string[]) => `${id(1)},${sink},${cells.join(',')}\n`;

  test('texts of other rows, dates of another kind, lengths and order are accounted for in words', async () => {
    const there = theirs(
      { '2024.csv': line(id(7), '"systemuser"', '"Ann"', '"x"', '2024-01-02T03:04:05Z', '1') },
      {
        attributes: [
          ...HEAD,
          ['ownerid', 'guid'],
          ['ownerid_entitytype', 'string', 128],
          ['owneridname', 'string', 100],
          ['name', 'string', 100],
          ['createdon', 'dateTime'],
          ['versionnumber', 'int64'],
        ],
      },
    );
    const here = ours(
      { '2024.csv': line('"x"', id(7), '"systemuser"', '2024-01-02T03:04:05Z', '1', '"new"') },
      {
        attributes: [
          ...HEAD,
          ['name', 'string', 200],
          ['ownerid', 'guid'],
          ['ownerid_entitytype', 'string', 128],
          ['createdon', 'dateTimeOffset'],
          ['versionnumber', 'int64'],
          ['extra', 'string', 10],
        ],
      },
    );
    const found = await only(there, here);
    expect(found).toMatchObject({
      ready: true,
      columns: {
        onlyOriginal: [{ name: 'owneridname', reason: expect.stringContaining('lookup') }],
        onlyOurs: [{ name: 'extra' }],
        firstOutOfOrder: 'ownerid',
        types: [{ name: 'createdon' }],
        lengths: [{ name: 'name', original: 100, ours: 200 }],
      },
    });
  });

  test('one that is missing here, or of another type, keeps readers from being switched', async () => {
    const there = theirs(
      { '2024.csv': line('"x"', '1', '1') },
      { attributes: [...HEAD, ['lost', 'string', 5], ['count', 'int64'], ['versionnumber', 'int64']] },
    );
    const here = ours(
      { '2024.csv': line('"1"', '1') },
      { attributes: [...HEAD, ['count', 'string', 5], ['versionnumber', 'int64']] },
    );
    const found = await only(there, here);
    expect(found.unexplained).toEqual(['only there: lost', 'type of count: int64 there, string here']);
  });
});

describe('files', () => {
  test('a lake that was copied without its snapshots, or cut off, is not taken for a smaller one', async () => {
    const here = ours({ '2024.csv': row(1) });
    const missing = theirs({ 'Snapshot/2024_1.csv': row(1) });
    rmSync(join(missing, 'crate', 'Snapshot'), { recursive: true });
    expect((await only(missing, here)).unexplained[0]).toContain('partition 2024 is not in the folder');
    const cut = theirs({ '2024.csv': row(1) + row(2).slice(0, -40) });
    expect((await only(cut, here)).unexplained.join()).toContain('cut off');
    const open = theirs({ '2024.csv': `${row(1)}${id(2)},"6/28/2021 4:34\n` });
    expect((await only(open, here)).unexplained.join()).toContain('quoted text is left open');
  });

  test('one that is no CSV is named with its line and without its text', async () => {
    const wide = theirs({ '2024.csv': `${row(1)}${row(2).replace(/\n$/, ',"secret"\n')}` });
    const found = await only(wide, ours({ '2024.csv': row(1) + row(2) }));
    expect(found.unexplained[0]).toBe(
      'original: crate/2024.csv cannot be read at line 2: 9 fields, but 8 columns in model.json',
    );
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test('an initial sync that is not complete, and tables of one lake only, are said', async () => {
    const there = theirs({ '2024.csv': row(1) }, { sync: 'InProgress' });
    expect((await only(there, ours({ '2024.csv': row(1) }))).unexplained[0]).toContain('InProgress there');
    const both = await compare(
      replica({ attributes: CRATE, files: { '2024.csv': row(1) } }, { table: 'shelf', attributes: CRATE, files: {} }),
      replica({ attributes: CRATE, files: { '2024.csv': row(1) } }, { table: 'truck', attributes: CRATE, files: {} }),
    );
    expect(both.tables.map(({ table, presentIn, ready }) => [table, presentIn, ready])).toEqual([
      ['crate', 'both', true],
      ['shelf', 'original', false],
      ['truck', 'ours', true],
    ]);
    const chosen = await compare(both.original, both.ours, ['crate']);
    expect(chosen.ready).toBe(true);
  });

  test('a folder without model.json is no lake', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'lakelink-compare-'));
    roots.push(empty);
    await expect(compare(empty, empty)).rejects.toMatchObject({ code: 'lake/corrupt' });
    await expect(compare(join(empty, 'absent'), empty)).rejects.toMatchObject({ code: 'store/missing' });
  });

  test('neither lake is written to, and nothing stays behind', async () => {
    const there = theirs({ '2024.csv': row(1) });
    const scratch = () => readdirSync(tmpdir()).filter(name => name.startsWith('lakelink-verify-'));
    const before = scratch();
    await compare(there, ours({ '2024.csv': row(1) }));
    expect(scratch().filter(name => !before.includes(name))).toEqual([]);
    expect(readdirSync(there).sort()).toEqual(['crate', 'model.json']);
  });
});

describe('incremental folders', () => {
  const attributes: Attribute[] = [...CRATE, ['IsDelete', 'boolean']];

  test('are read up to the one in progress, given-up ones left out, a cut-off model.json replaced by the root one', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lakelink-compare-'));
    roots.push(root);
    const older: Written = { attributes: CRATE.slice(0, 7), files: {} };
    const table: Written = { attributes, files: {} };
    const full = (n: number, version: number, deleted = '') => row(n, { version }).replace(/\n$/, `,${deleted}\n`);
    put(root, 'model.json', manifest(root, [table]));
    put(root, 'Changelog/changelog.info', '2024-05-05T00.00.00Z');
    put(root, '2024-01-01T00.00.00Z/model.json', manifest(root, [older]));
    put(
      root,
      '2024-01-01T00.00.00Z/crate/2024.csv',
      row(1).replace(/,[^,]*\n$/, '\n') + row(2).replace(/,[^,]*\n$/, '\n'),
    );
    put(root, '2024-02-02T00.00.00Z/crate/2024.csv', full(1, 99));
    put(root, '2024-03-03T00.00.00Z/model.json', '{"name":"cdm","entit');
    put(root, '2024-03-03T00.00.00Z/crate/2024.csv', full(1, 20));
    put(root, '2024-04-04T00.00.00Z/model.json', manifest(root, [table]));
    put(root, '2024-04-04T00.00.00Z/crate/2024.csv', `${id(2)},${otherSink},,,,30,,True\n`);
    put(root, '2024-05-05T00.00.00Z/crate/2024.csv', full(3, 40));
    const here = ours({ '2024.csv': row(1, { version: 20 }) });
    const report = await compare(root, here);
    expect(report.tables[0]).toMatchObject({ ready: true, original: { rows: 1, lines: 4 }, rows: { equal: 1 } });
    expect(report.layouts.original).toBe('incremental');
    expect(report.notes.join('\n')).toMatch(/2024-02-02.*given up[\s\S]*2024-03-03[\s\S]*2024-05-05/);
  });
});

test('a row that was deleted here since is known by the log, and one that was lost is not', async () => {
  await using lake = await HandmadeLake.create(crateShape);
  const cells = (n: number) => ({
    Id: id(n),
    SinkCreatedOn: '2024-01-01',
    SinkModifiedOn: '2024-01-01',
    name: 'x',
    versionnumber: `${n}`,
  });
  await lake.commitRows(
    [1, 2, 3].map(n => ({ cells: cells(n), version: n })),
    { highWater: 10 },
  );
  await lake.commitRows([{ cells: { Id: id(2) }, version: 10, deleted: true }], { highWater: 11 });
  await lake.publish('');
  const attributes: Attribute[] = [...HEAD, ['name', 'string', 100], ['versionnumber', 'int64']];
  const line = (n: number) => `${id(n)},${sink},x,${n}\n`;
  const there = theirs({ '2024.csv': line(1) + line(2) }, { attributes });
  put(lake.root, 'model.json', manifest(lake.root, [{ attributes, files: { '2024.csv': '' }, location: inFolder }]));
  put(lake.root, 'crate/2024.csv', line(3));
  const found = await only(there, lake.root);
  expect(found.rows).toMatchObject({ 'deleted-here': 1, 'only-original': 1, 'newer-here': 1 });
  expect(found.samples).toEqual([{ id: id(1), is: 'only-original', columns: [] }]);
});
