import { describe, expect, test } from 'vitest';
import {
  CURRENT,
  deleteRow,
  FIRST,
  incrementalLake,
  type LakeFiles,
  memoryLake,
  parcelId,
  parcelRow,
  SECOND,
} from '../../test/kit/handmade-layouts.ts';
import { CsvProblem } from './csv-reader.ts';
import { folderTime, readFolder, readFolderRows, readFolders, replayTable } from './folder-reader.ts';
import { cellProblem, sinkMs } from './folder-reader-cells.ts';

async function rowsOf(files: LakeFiles, path: string) {
  const lake = memoryLake(files);
  const tables = await readFolder(lake, path.split('/')[0] ?? '');
  if (typeof tables === 'string') throw new Error(tables);
  const attributes = tables.find(({ name }) => path.includes(`/${name}/`))?.attributes ?? [];
  const rows = [];
  for await (const row of readFolderRows({ lake, path, attributes })) rows.push(row);
  return rows;
}

describe('folders', () => {
  test('those strictly below the one in progress are read, oldest first', async () => {
    const found = await readFolders(memoryLake(incrementalLake()));
    expect(found).toEqual({ inProgress: CURRENT, folders: [FIRST, SECOND, CURRENT], finished: [FIRST, SECOND] });
  });

  test('none is read while nothing names the one in progress', async () => {
    const files = incrementalLake();
    files.delete('Changelog/changelog.info');
    expect(await readFolders(memoryLake(files))).toMatchObject({ inProgress: null, finished: [] });
  });

  test.each(['2024-03-01T10:00:00Z', '2024-03-01T10.00.00.000Z', '2024-02-30T10.00.00Z', '2024-03-01', 'parcel'])(
    '%s is not the name of one',
    name => expect(folderTime(name)).toBeNull(),
  );

  test('a folder lists all tables, also those it has nothing of', async () => {
    const tables = await readFolder(memoryLake(incrementalLake()), FIRST);
    expect(tables).toMatchObject([
      { name: 'depot', files: [] },
      { name: 'parcel', files: [`${FIRST}/parcel/2023.csv`, `${FIRST}/parcel/2024.csv`] },
    ]);
  });

  test('one without model.json, or with a broken one, says so', async () => {
    const files = incrementalLake();
    files.delete(`${FIRST}/model.json`);
    files.set(`${SECOND}/model.json`, '{"entities": [');
    const lake = memoryLake(files);
    expect([await readFolder(lake, FIRST), await readFolder(lake, SECOND)]).toEqual(['missing', 'not JSON']);
  });
});

describe('rows', () => {
  test('shorter rows lack the columns that came later; quotes are doubled and texts hold line ends', async () => {
    const rows = await rowsOf(incrementalLake(), `${SECOND}/parcel/2024.csv`);
    expect(rows.map(({ id, width, version }) => ({ id, width, version }))).toEqual([
      { id: parcelId(4), width: 12, version: 104n },
      { id: parcelId(3), width: 13, version: 150n },
    ]);
    expect(rows.map(({ cells }) => [cells[6], cells[11], cells[12]])).toEqual([
      ['Parcel 4', null, null],
      ['a "b",\nc', null, 'red'],
    ]);
  });

  test('a delete has its id, its sink dates and its version; the last line may lack its end', async () => {
    const [row, ...others] = await rowsOf(incrementalLake(), `${SECOND}/parcel/1.csv`);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ id: parcelId(2), isDelete: true, version: 200n });
    expect(row?.cells.filter(cell => cell !== null)).toHaveLength(6);
  });

  test('a row wider than the columns is refused with its place', async () => {
    const files = incrementalLake();
    files.set(`${FIRST}/parcel/2024.csv`, parcelRow(3).replace(/\n$/, ',1\n'));
    await expect(rowsOf(files, `${FIRST}/parcel/2024.csv`)).rejects.toThrow(
      new CsvProblem({ row: 1, problem: '13 fields, but 12 columns' }),
    );
  });
});

describe('what is there after all folders', () => {
  test('is the newest version of every row that was not deleted; the folder in progress does not count', async () => {
    const rows = await replayTable(memoryLake(incrementalLake()), 'parcel');
    expect([...rows].map(([id, { version }]) => [id, version])).toEqual([
      [parcelId(1), 101n],
      [parcelId(3), 150n],
      [parcelId(4), 104n],
    ]);
  });

  test('counts a row that came again in a later folder, and no delete that is older than it', async () => {
    const files = incrementalLake();
    files.set('Changelog/changelog.info', '2024-03-01T10.20.00Z');
    files.set(`${CURRENT}/model.json`, files.get(`${SECOND}/model.json`) ?? '');
    files.set(`${CURRENT}/parcel/2024.csv`, parcelRow(2, { versionnumber: '201' }));
    files.set(`${CURRENT}/parcel/1.csv`, deleteRow(3, { versionnumber: '120' }));
    const rows = await replayTable(memoryLake(files), 'parcel');
    expect([...rows.keys()].sort()).toEqual([1, 2, 3, 4].map(parcelId));
  });
});

describe('cells', () => {
  test.each([
    ['6/28/2021 4:34:35 PM', '2021-06-28T16:34:35.000Z'],
    ['1/1/2024 12:00:00 AM', '2024-01-01T00:00:00.000Z'],
    ['12/31/9999 12:59:59 PM', '9999-12-31T12:59:59.000Z'],
  ])('the sink date %s is %s', (text, iso) => expect(new Date(sinkMs(text) ?? 0).toISOString()).toBe(iso));

  test.each(['1/1/2020 0:00:00 PM', '01/1/2020 1:00:00 PM', '2/30/2020 1:00:00 PM', '1/1/2020 13:00:00', '2020-01-01'])(
    '%s is no sink date',
    text => expect(sinkMs(text)).toBeNull(),
  );

  test.each([
    ['guid', '00000000-0000-4000-8000-000000000001', '{00000000-0000-4000-8000-000000000001}'],
    ['int64', '-9223372036854775808', '9223372036854775808'],
    ['decimal', '-100000000000.0000000001', '1E+2'],
    ['double', '1E-7', 'NaN'],
    ['boolean', 'True', '1'],
    ['dateTime', '0001-01-03T00:00:00.0000000', '2024-02-30T00:00:00Z'],
    ['dateTimeOffset', '2024-02-29T23:59:59.1234567+00:00', '2024-02-29 23:59:59'],
  ])('a %s can be %s and not %s', (dataType, good, bad) => {
    const attribute = { name: 'x', dataType, maxLength: -1 };
    expect(cellProblem(attribute, good)).toBeNull();
    expect(cellProblem(attribute, bad)).toMatch(/^is not /);
  });
});
