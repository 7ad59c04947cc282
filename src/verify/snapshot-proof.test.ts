import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { crateCsv, crateId, cratePair } from '../../test/kit/crate-rows.ts';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { TinyEnvironment } from '../../test/kit/tiny-environment.ts';
import { verifyLink } from './verify-link.ts';

const signal = new AbortController().signal;
const [first, second, third] = [cratePair(1), cratePair(2), cratePair(3)];
const csv = crateCsv(first) + crateCsv(second);
const PATH = 'crate/Snapshot/2024_1772359200.csv';

let environment: TinyEnvironment;
let lake: HandmadeLake;

/** A lake whose table is published in near real time and has a snapshot. */
beforeEach(async () => {
  environment = await TinyEnvironment.start(crateShape);
  lake = await HandmadeLake.create(crateShape);
  for (const pair of [first, second]) environment.rows.set(pair.id, pair.json);
  await lake.commitRows([first.lake, second.lake], { highWater: 2 });
  await lake.commitFold([first.lake, second.lake]);
  await lake.publish(csv);
});
afterEach(async () => {
  await environment[Symbol.asyncDispose]();
  await lake[Symbol.asyncDispose]();
});

/** Problems as `path: problem`. */
async function problems(): Promise<string[]> {
  const report = await verifyLink({
    environment: environment.access,
    lake: { root: lake.root },
    atRest: true,
    clock: new FakeClock({ auto: true }),
    signal,
  });
  expect(report.tables.every(table => table.clean)).toBe(true);
  expect(report.clean).toBe(report.layout.problems.length === 0);
  return report.layout.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test('a snapshot that is named as it was committed is without problems, also when rows changed since', async () => {
  await lake.publishSnapshot({ 2024: csv });
  expect(await problems()).toEqual([]);
  environment.rows.set(third.id, third.json);
  await lake.commitRows([third.lake], { highWater: 3 });
  await lake.commitFold([first.lake, second.lake, third.lake]);
  await lake.write('crate/2024.csv', csv + crateCsv(third));
  expect(await problems()).toEqual([]);
});

test.each([
  [
    'a changed cell',
    csv.replace('"Crate 2"', '"Crate X"'),
    `${PATH}: 1 rows differ from the image in name (for example ${crateId(2)})`,
  ],
  ['a row too few', crateCsv(first), `${PATH}: 1 rows, not 2 as committed`],
  ['a row that is cut off', csv.slice(0, -20), expect.stringContaining(`${PATH}: `)],
  ['a row that is too wide', csv.replace(/\n$/, ',1,2\n'), expect.stringContaining('is wider than the')],
  ['other bytes', csv.replace('"Crate 2"', '"Crate two"'), expect.stringContaining('bytes, not')],
])('finds %s', async (_, text, problem) => {
  await lake.publishSnapshot({ 2024: text }, { committed: { 2024: csv } });
  expect(await problems()).toEqual([problem]);
});

test('finds a file that is gone, one that is not of the newest snapshot, and one that is not named', async () => {
  await lake.publishSnapshot({ 2024: csv });
  await rm(join(lake.root, ...PATH.split('/')));
  expect(await problems()).toEqual([`${PATH}: missing`]);
  await lake.publishSnapshot({ 2024: csv }, { committed: {} });
  expect(await problems()).toEqual([`${PATH}: is not of the newest snapshot, for partition 2024`]);
  await lake.publishSnapshot({ 2024: csv }, { committed: { 2024: csv, 2023: csv } });
  expect(await problems()).toEqual(['crate/Snapshot/2023_1772359200.csv: is of the newest snapshot and not named']);
});

test('near real-time files beside a snapshot are proved by the table’s own manifest', async () => {
  await lake.publishSnapshot({ 2024: csv });
  await lake.write('crate/2024.csv', crateCsv(first));
  expect(await problems()).toEqual([
    'crate/2024.csv: 1 rows, not 2 as in the image',
    'crate/2024.csv: 1 rows of the image are missing',
  ]);
});
