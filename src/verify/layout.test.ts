import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { crateCsv, crateId, cratePair } from '../../test/kit/crate-rows.ts';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { TinyEnvironment } from '../../test/kit/tiny-environment.ts';
import type { Column } from '../core/shape.ts';
import { verifyLink } from './verify-link.ts';

const signal = new AbortController().signal;
const [first, second] = [cratePair(1), cratePair(2)];
const csv = crateCsv(first) + crateCsv(second);
const MODEL = 'Microsoft.Athena.TrickleFeedService/crate-model.json';

let environment: TinyEnvironment;
let lake: HandmadeLake;

beforeEach(async () => {
  environment = await TinyEnvironment.start(crateShape);
  lake = await HandmadeLake.create(crateShape);
  for (const pair of [first, second]) environment.rows.set(pair.id, pair.json);
  await lake.commitRows([first.lake, second.lake], { highWater: 2 });
  await lake.commitFold([first.lake, second.lake]);
});

afterEach(async () => {
  await environment[Symbol.asyncDispose]();
  await lake[Symbol.asyncDispose]();
});

/** The table's text column, to make another one of. */
function addedLike(): Column {
  const column = crateShape.columns.find(({ name }) => name === 'name');
  if (column === undefined) throw new Error('the table has no name');
  return column;
}

/** Problems as `path: problem`. */
async function problems(): Promise<string[]> {
  const clock = new FakeClock({ auto: true });
  const report = await verifyLink({
    environment: environment.access,
    lake: { root: lake.root },
    atRest: true,
    clock,
    signal,
  });
  expect(report.tables.every(table => table.clean)).toBe(true);
  expect(report.clean).toBe(report.layout.problems.length === 0);
  return report.layout.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test('files that equal the image are without problems (I-1)', async () => {
  await lake.publish(csv);
  expect(await problems()).toEqual([]);
});

test('a row may be shorter by columns that were added later and are null in it', async () => {
  const added: Column = { ...addedLike(), name: 'added', property: 'added' };
  await lake.commitShape({ ...crateShape, columns: [...crateShape.columns, added] });
  await lake.publish(crateCsv(first) + crateCsv(second).replace(/\n$/, ',\n'));
  expect(await problems()).toEqual([]);
  await lake.publish(crateCsv(first) + crateCsv(second).replace(/\n$/, ',"x"\n'));
  expect(await problems()).toEqual([
    `crate/2024.csv: 1 rows differ from the image in added (for example ${crateId(2)})`,
  ]);
});

test('a row is never narrower than the first shape', async () => {
  await lake.publish(crateCsv(first).replace(/,"\{.*\n$/, '\n') + crateCsv(second));
  expect(await problems()).toEqual(['crate/2024.csv: row 1: 30 fields, not 31']);
});

test.each([
  [
    'a changed cell',
    csv.replace('"Crate 2"', '"Crate two"'),
    `1 rows differ from the image in name (for example ${crateId(2)})`,
  ],
  ['null for a text', csv.replace('"Crate 2"', ''), `1 rows differ from the image in name (for example ${crateId(2)})`],
  [
    'a lost digit',
    csv.replace('922337203685477.5807', '922337203685477.5808'),
    `1 rows differ from the image in price (for example ${crateId(1)})`,
  ],
  [
    'a sink date of another second',
    csv.replace('1:05:09 PM', '1:05:09 AM'),
    `1 rows differ from the image in SinkModifiedOn (for example ${crateId(1)})`,
  ],
  ['a missing row', crateCsv(first), '1 rows, not 2 as in the image'],
  ['a row twice', csv + crateCsv(first), '1 rows repeat an id'],
  ['a field too many', csv.replace(/\n$/, ',1\n'), 'row 2: 32 fields, not 31'],
  ['a CRLF', csv.replace(/\n$/, '\r\n'), 'row 2: a carriage return outside quotes'],
  ['no line feed at the end', csv.replace(/\n$/, ''), 'row 2: the file ends inside a row'],
  ['a byte order mark', `\uFEFF${csv}`, 'row 1: a byte order mark'],
  ['a NUL', csv.replace('Crate 2', 'Cr\u0000te 2'), 'row 1: a NUL'],
])('finds %s in a partition', async (_, text, problem) => {
  await lake.publish(text);
  expect(await problems()).toContain(`crate/2024.csv: ${problem}`);
});

test('a partition that model.json names must exist', async () => {
  await lake.publish(csv);
  await rm(join(lake.root, 'crate', '2024.csv'));
  expect(await problems()).toEqual(['crate/2024.csv: missing']);
});

test('a file that readers would take for data and model.json does not name is found', async () => {
  await lake.publish(csv);
  await lake.write('crate/2023.csv', csv);
  expect(await problems()).toEqual(['crate/2023.csv: is not named by model.json']);
});

test('a manifest whose attributes are not those of the commit is found', async () => {
  await lake.publish(csv);
  const root = JSON.stringify({ entities: [{ name: 'crate', attributes: [], partitions: [] }] });
  await lake.write('model.json', root);
  expect(await problems()).toEqual([
    'model.json: crate: attribute 1 is not Id as committed',
    `${MODEL}: its attributes are not those of model.json`,
    'crate/2024.csv: is not named by model.json',
    'model.json: crate: partition 2024 is not named',
  ]);
});

test('a missing manifest is found', async () => {
  expect(await problems()).toEqual(['model.json: missing']);
});

test('a row that differs is found behind any number of rows that only spell their JSON differently', async () => {
  const odd = { ismanaged: '{"Value":1.0,"CanBeChanged":false}' };
  const pairs = Array.from({ length: 60 }, (_, n) => cratePair(n + 1, { json: odd, cells: odd }));
  for (const pair of pairs) environment.rows.set(pair.id, pair.json);
  await lake.commitRows(
    pairs.map(pair => pair.lake),
    { highWater: 60 },
  );
  await lake.commitFold(pairs.map(pair => pair.lake));
  const text = pairs.map(crateCsv).join('');
  await lake.publish(text);
  expect(await problems()).toEqual([]);
  await lake.publish(text.replace('Crate 60', 'Crate 6'));
  expect(await problems()).toEqual([
    expect.stringContaining(`differ from the image in name (for example ${crateId(60)}`),
  ]);
});

test('finds a file that model.json names for a table outside the link, and that is not there', async () => {
  await lake.publish(csv);
  const model = JSON.parse(await readFile(join(lake.root, 'model.json'), 'utf8'));
  const [entity] = model.entities;
  const location = entity.partitions[0].location.replace('crate/2024.csv', 'ghost/2024.csv');
  model.entities.push({ ...entity, name: 'ghost', partitions: [{ name: '2024', location }] });
  await lake.write('model.json', JSON.stringify(model));
  expect(await problems()).toEqual(['ghost/2024.csv: missing']);
});
