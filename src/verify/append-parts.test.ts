import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { type CratePair, crateCsv, crateId, cratePair } from '../../test/kit/crate-rows.ts';
import { HandmadeLake, type PlacedRow } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { TinyEnvironment } from '../../test/kit/tiny-environment.ts';
import { appendColumns } from '../core/shape.ts';
import { verifyLink } from './verify-link.ts';

const signal = new AbortController().signal;

/** A version taken in at a second of the minute 13:05. */
function version(number: number, of: number, second: number): CratePair {
  const sink = `2026-01-01 13:05:${String(second).padStart(2, '0')}`;
  const name = `Crate ${number} v${of}`;
  return cratePair(number, {
    version: of,
    json: { name: JSON.stringify(name) },
    cells: { name, SinkCreatedOn: sink, SinkModifiedOn: sink },
  });
}

/** The CSV line of a version. */
function line(pair: CratePair): string {
  const { second = '' } = /:(?<second>\d\d)$/.exec(pair.lake.cells.SinkModifiedOn ?? '')?.groups ?? {};
  const shown = `1/1/2026 1:05:${second} PM`;
  return crateCsv(pair)
    .replace('1/1/2026 12:00:00 AM', shown)
    .replace('1/1/2026 1:05:09 PM', shown)
    .replace(/\n$/, ',\n');
}

function gone(number: number, of: number, second: number): PlacedRow & { readonly line: string } {
  const sink = `2026-01-01 13:05:${String(second).padStart(2, '0')}`;
  const shown = `"1/1/2026 1:05:${String(second).padStart(2, '0')} PM"`;
  const filled: Readonly<Record<string, string>> = {
    Id: crateId(number),
    SinkCreatedOn: shown,
    SinkModifiedOn: shown,
    versionnumber: String(of),
    IsDelete: 'True',
  };
  return {
    cells: { Id: crateId(number), SinkCreatedOn: sink, SinkModifiedOn: sink },
    version: of,
    deleted: true,
    line: `${appendColumns(crateShape)
      .map(({ name }) => filled[name] ?? '')
      .join(',')}\n`,
  };
}

const first = version(1, 10, 1);
const second = version(2, 20, 1);
const changed = version(1, 30, 3);
const secondGone = gone(2, 20, 5);
const full = line(first) + line(second);
const rest = line(changed) + secondGone.line;

let environment: TinyEnvironment;
let lake: HandmadeLake;

/** The environment has crate 1 in its newest version; crate 2 was deleted. */
beforeEach(async () => {
  environment = await TinyEnvironment.start(crateShape);
  lake = await HandmadeLake.create(crateShape);
  environment.rows.set(changed.id, changed.json);
  await lake.commitRows([first.lake, second.lake], { highWater: 20 });
  await lake.commitRows([changed.lake, secondGone], { highWater: 30 });
  await lake.commitFold([changed.lake], {
    parts: { 2024: [first.lake, second.lake], '2024_001': [secondGone, changed.lake] },
  });
});

afterEach(async () => {
  await environment[Symbol.asyncDispose]();
  await lake[Symbol.asyncDispose]();
});

/** Problems as `path: problem`. */
async function problems(): Promise<string[]> {
  const clock = new FakeClock({ auto: true });
  const access = environment.access;
  const report = await verifyLink({ environment: access, lake: { root: lake.root }, atRest: true, clock, signal });
  expect(report.tables.every(table => table.clean)).toBe(true);
  return report.layout.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test('published parts that equal the committed ones, and tell the live rows, are without problems', async () => {
  await lake.publishParts({ 2024: full, '2024_001': rest });
  expect(await problems()).toEqual([]);
});

test.each([
  [
    'a changed cell',
    rest.replace('Crate 1 v30', 'Crate 1 v31'),
    `1 rows of the part are missing (for example ${crateId(1)})`,
  ],
  ['a row twice', line(changed) + rest, `1 rows are not in the part (for example ${crateId(1)})`],
  ['a delete that is lost', line(changed), `1 rows of the part are missing (for example ${crateId(2)})`],
  [
    'a delete in another spelling',
    rest.replace(/,True\n/, ',"True "\n'),
    `1 rows of the part are missing (for example ${crateId(2)})`,
  ],
  ['a sink date that falls', secondGone.line + line(changed), 'SinkModifiedOn falls 1 times'],
  ['a row that stops before IsDelete', rest.replace(/,\n/, '\n'), 'row 1: 31 fields, not 32'],
])('finds %s', async (_, text, problem) => {
  await lake.publishParts({ 2024: full, '2024_001': text });
  expect(await problems()).toContain(`crate/2024_001.csv: ${problem}`);
});

test('finds a part that the manifest does not name, and one that no part stands behind', async () => {
  await lake.publishParts({ 2024: full, '2024_002': rest });
  expect(await problems()).toEqual(
    expect.arrayContaining([
      'crate/2024_002.csv: the image has no partition 2024_002',
      'model.json: crate: partition 2024_001 is not named',
    ]),
  );
});

test('finds files in the form of a table in place', async () => {
  await lake.publish(crateCsv(first));
  expect(await problems()).toContain('model.json: crate: attribute 32 is not IsDelete as committed');
});

test('parts that do not tell the live rows are found though published as committed (facts row 60)', async () => {
  // The delete came in the same second as the row of its version: no reader can tell which of them is the last.
  const [row, deleted] = [version(2, 20, 5), gone(2, 20, 5)];
  await lake.commitFold([changed.lake], { parts: { 2024: [first.lake, changed.lake, row.lake, deleted] } });
  await lake.publishParts({ 2024: line(first) + line(changed) + line(row) + deleted.line });
  expect(await problems()).toEqual([
    `crate/: its parts: 1 rows cannot be told by versionnumber and SinkModifiedOn (for example ${crateId(2)})`,
  ]);
});

test('a live row below a delete of its id is found: readers would not see it', async () => {
  const above = gone(1, 40, 2);
  await lake.commitFold([changed.lake], {
    parts: { 2024: [first.lake, second.lake, above, changed.lake, secondGone] },
  });
  await lake.publishParts({ 2024: full + above.line + line(changed) + secondGone.line });
  expect(await problems()).toEqual([
    'crate/2024.csv: versionnumber of a row falls 1 times',
    `crate/: its parts: 1 live rows are not told (for example ${crateId(1)})`,
  ]);
});

test('a delete of what is gone already has no version that it could fall from', async () => {
  const again = [gone(2, 0, 6), gone(3, 0, 6), gone(2, 0, 7)];
  await lake.commitFold([changed.lake], {
    parts: { 2024: [first.lake, second.lake], '2024_001': [changed.lake, secondGone, ...again] },
  });
  await lake.publishParts({ 2024: full, '2024_001': rest + again.map(one => one.line).join('') });
  expect(await problems()).toEqual([]);
  // Only a delete: a row of a lower version would not be seen.
  const row = version(2, 3, 8);
  environment.rows.set(row.id, row.json);
  await lake.commitFold([changed.lake, row.lake], {
    parts: { 2024: [first.lake, second.lake], '2024_001': [changed.lake, secondGone, ...again, row.lake] },
  });
  await lake.publishParts({ 2024: full, '2024_001': rest + again.map(one => one.line).join('') + line(row) });
  expect((await problems()).join()).toContain('crate/2024_001.csv: versionnumber of a row falls 1 times');
});

test('a version that the parts lack, and a delete, show as rows that are told wrongly', async () => {
  await lake.commitFold([changed.lake], { parts: { 2024: [first.lake, second.lake] } });
  await lake.publishParts({ 2024: full });
  expect(await problems()).toEqual([
    `crate/: its parts: 1 rows are told that are not live, 1 rows are told in another version than the live one (for example ${crateId(1)})`,
  ]);
});
