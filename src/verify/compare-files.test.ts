import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import {
  type Attribute,
  CRATE,
  compare,
  emptyFolder,
  HEAD,
  id,
  inFolder,
  manifest,
  only,
  otherSink,
  ours,
  put,
  removeLakes,
  replica,
  row,
  sink,
  theirs,
  type Written,
} from './compare-lakes.test-kit.ts';

afterAll(removeLakes);

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

  test('one that is no CSV hides nothing of the others', async () => {
    const there = theirs({
      '2023.csv': row(1) + row(2),
      '2024.csv': `${row(3)}a,b,c,d,e,f,g,h,i,j\n`,
      '2025.csv': row(4),
    });
    const found = await only(there, ours({ '2024.csv': row(1) + row(2, { name: '"other"' }) + row(3) + row(4) }));
    expect(found).toMatchObject({ rows: { equal: 2, different: 1, 'only-ours': 1 }, original: { lines: 3 } });
    expect(found.unexplained[0]).toContain('crate/2024.csv cannot be read at line 2');
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
    const empty = emptyFolder();
    await expect(compare(empty, empty)).rejects.toMatchObject({ code: 'lake/no-manifest' });
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
    const root = emptyFolder();
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
