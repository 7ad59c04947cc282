import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LakeFiles, memoryLake } from '../../test/kit/handmade-layouts.ts';
import { realData } from '../../test/kit/real-data.ts';
import { type FolderRow, readFolder, readFolderRows, readFolders, replayTable } from './folder-reader.ts';
import { cellProblem } from './folder-reader-cells.ts';

const { folder: source, isThere } = realData('synapse-link-fno');

const [OLD, NEW] = ['2020-01-01T00.00.00Z', '2020-01-01T01.00.00Z'];
const DIMENSION = 'dimensionattributelevelvalue';
const read = (name: string) => readFileSync(join(source, name), 'utf8');

/** A lake in the fixtures' own layout: one finished folder for each set of files, and the name of the next one. */
function lakeOf(folders: Readonly<Record<string, Readonly<Record<string, string>>>>): LakeFiles {
  const files = Object.entries(folders).flatMap(([folder, inside]) =>
    Object.entries(inside).map(([path, text]): [string, string] => [`${folder}/${path}`, text]),
  );
  return new Map([['Changelog/changelog.info', '2020-01-01T02.00.00Z'], ...files]);
}

async function rowsOf(files: LakeFiles, path: string) {
  const lake = memoryLake(files);
  const [folder = '', table = ''] = path.split('/');
  const tables = await readFolder(lake, folder);
  if (typeof tables === 'string') throw new Error(tables);
  const attributes = tables.find(({ name }) => name === table)?.attributes ?? [];
  const rows: FolderRow[] = [];
  for await (const row of readFolderRows({ lake, path, attributes })) rows.push(row);
  return { attributes, rows };
}

/** Columns with a cell that is not of its column's type. */
function mistyped({ attributes, rows }: Awaited<ReturnType<typeof rowsOf>>): string[] {
  const wrong = attributes.filter((attribute, at) =>
    rows.some(({ cells }) => {
      const cell = cells[at] ?? null;
      return cell !== null && cellProblem(attribute, cell) !== null;
    }),
  );
  return wrong.map(({ name }) => name);
}

describe.skipIf(!isThere)('the fixtures of a production reader', () => {
  test.each([
    ['inventtrans', 'inventtrans-model.json', 'inventtrans-content.csv', 88, 6, []],
    // Their hours of 0 PM are the authors' own slip, and found as such.
    [
      DIMENSION,
      `${DIMENSION}-modelJson.json`,
      `${DIMENSION}-fileContent.csv`,
      25,
      5,
      ['SinkCreatedOn', 'SinkModifiedOn'],
    ],
    [
      DIMENSION,
      `${DIMENSION}-modelJson.json`,
      `${DIMENSION}-upsertedFileContent.csv`,
      25,
      3,
      ['SinkCreatedOn', 'SinkModifiedOn'],
    ],
    ['synapsetable', 'synapsetable-model.json', 'synapsetable-content.csv', 25, 6, ['SinkCreatedOn', 'SinkModifiedOn']],
  ])('%s (%s, %s): columns, rows and types', async (table, model, content, width, count, slips) => {
    const files = lakeOf({ [OLD]: { 'model.json': read(model), [`${table}/2020.csv`]: read(content) } });
    const found = await rowsOf(files, `${OLD}/${table}/2020.csv`);
    expect(found.attributes).toHaveLength(width);
    expect(found.attributes.at(-1)).toEqual({ name: 'IsDelete', dataType: 'boolean', maxLength: -1 });
    expect(found.rows).toHaveLength(count);
    expect(found.rows.every(row => row.width === width && !row.isDelete && row.version !== null)).toBe(true);
    expect(mistyped(found)).toEqual(slips);
  });

  test('a delete is id, sink dates, version and a first date, and takes its row away', async () => {
    const model = read(`${DIMENSION}-modelJson.json`);
    const deletes = read(`${DIMENSION}-deleteFileContent.csv`);
    const files = lakeOf({
      [OLD]: { 'model.json': model, [`${DIMENSION}/2020.csv`]: read(`${DIMENSION}-fileContent.csv`) },
      [NEW]: {
        'model.json': model,
        [`${DIMENSION}/1.csv`]: deletes,
        [`${DIMENSION}/2020.csv`]: read(`${DIMENSION}-upsertedFileContent.csv`),
      },
    });
    const { attributes, rows } = await rowsOf(files, `${NEW}/${DIMENSION}/1.csv`);
    expect(rows.map(({ id, isDelete, version }) => ({ id, isDelete, version }))).toEqual([
      { id: '50bff458-d47a-4924-804b-31c0a83108e6', isDelete: true, version: 3111000001n },
    ]);
    const filled = attributes.filter((_, at) => rows[0]?.cells[at] !== null).map(({ name }) => name);
    expect(filled).toEqual(['Id', 'SinkCreatedOn', 'SinkModifiedOn', 'versionnumber', 'createdon', 'IsDelete']);
    const current = await replayTable(memoryLake(files), DIMENSION);
    expect([...current.keys()].map(id => id.slice(0, 4)).sort()).toEqual([
      '40bf',
      '5b4b',
      '9633',
      'aae2',
      'b62c',
      'bae2',
    ]);
    expect((await readFolders(memoryLake(files))).finished).toEqual([OLD, NEW]);
  });

  test('a column added behind IsDelete is null in the rows before it', async () => {
    const model = JSON.parse(read(`${DIMENSION}-modelJson.json`));
    const entity = model.entities.find(({ name }: { name: string }) => name === DIMENSION);
    entity.attributes.push({ name: 'added', dataType: 'string', maxLength: 20 });
    const [first = '', second = ''] = read(`${DIMENSION}-upsertedFileContent.csv`).split('\n');
    const files = lakeOf({
      [OLD]: { 'model.json': JSON.stringify(model), [`${DIMENSION}/2020.csv`]: `${first}\n${second},"new"\n` },
    });
    const { rows } = await rowsOf(files, `${OLD}/${DIMENSION}/2020.csv`);
    expect(rows.map(({ width, cells }) => [width, cells.at(-2), cells.at(-1)])).toEqual([
      [25, null, null],
      [26, null, 'new'],
    ]);
  });
});
