import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { type CratePair, crateCsv, crateId, cratePair } from '../../test/kit/crate-rows.ts';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { TinyEnvironment } from '../../test/kit/tiny-environment.ts';
import { renderReport, type VerifyReport } from './report.ts';
import { verifyLink } from './verify-link.ts';

const signal = new AbortController().signal;

let environment: TinyEnvironment;
let lake: HandmadeLake;

beforeEach(async () => {
  environment = await TinyEnvironment.start(crateShape);
  lake = await HandmadeLake.create(crateShape);
});

afterEach(async () => {
  await environment[Symbol.asyncDispose]();
  await lake[Symbol.asyncDispose]();
});

function fill(pairs: readonly CratePair[]): void {
  for (const { id, json } of pairs) environment.rows.set(id, json);
}

async function verify({ atRest = true, clientSecret = 'right' } = {}): Promise<VerifyReport> {
  const access = { ...environment.access, clientSecret };
  const clock = new FakeClock({ auto: true });
  return verifyLink({ environment: access, lake: { root: lake.root }, atRest, clock, signal, limits: { rounds: 12 } });
}

/** What the only table's report says of differences. */
async function differences(options = {}) {
  const [table] = (await verify(options)).tables;
  return {
    missing: table?.missing,
    extra: table?.extra,
    different: table?.different,
    unsettled: table?.unsettled,
    rows: table?.samples.map(({ id, is, columns }) => ({ id, is, columns })),
  };
}

describe('rows (R verify)', () => {
  test('an equal pair is clean: every kind of value, an image, a batch over it and a delete (I-4)', async () => {
    const pairs = [1, 2, 3].map(number => cratePair(number));
    const changed = cratePair(2, { version: 9, json: { name: '"new"' }, cells: { name: 'new' } });
    const gone = cratePair(4);
    await lake.commitRows(
      [...pairs, gone].map(pair => pair.lake),
      { highWater: 4 },
    );
    await lake.commitFold([...pairs, gone].map(pair => pair.lake));
    await lake.commitRows([changed.lake, { cells: { Id: gone.id }, version: 4, deleted: true }], { highWater: 9 });
    await lake.publish([...pairs, gone].map(crateCsv).join(''));
    fill([pairs[0], changed, pairs[2]].filter(pair => pair !== undefined));
    const report = await verify();
    expect(report.layout).toEqual({ files: 6, rows: 4, problems: [] });
    expect(report.tables[0]).toMatchObject({ environmentRows: 3, lakeRows: 3, missing: 0, extra: 0, different: 0 });
    expect(report.tables[0]?.columns).toMatchObject({ unnamed: [], mistyped: [], removed: [] });
    expect(report.clean).toBe(true);
    expect(renderReport(report)).toContain('clean: the lake equals the environment');
  });

  test('a row the lake lacks is missing, one the environment lacks is extra', async () => {
    await lake.commitRows([cratePair(1).lake, cratePair(3).lake], { highWater: 3 });
    fill([cratePair(1), cratePair(2)]);
    expect(await differences()).toEqual({
      missing: 1,
      extra: 1,
      different: 0,
      // Nothing tells whether the delete is on its way: the lake rests.
      unsettled: 1,
      rows: [
        { id: crateId(2), is: 'missing', columns: [] },
        { id: crateId(3), is: 'extra', columns: [] },
      ],
    });
  });

  const planted: readonly [string, string, Record<string, string>][] = [
    ['the last digit of a decimal', 'exchangerate', { exchangerate: '"100000000000.0000000002"' }],
    ['the last digit of an amount of money', 'price', { price: '922337203685477.5808' }],
    ['a double by one bit', 'length', { length: '0.3' }],
    ['a space at the end', 'name', { name: '"Crate 1 "' }],
    ['the case of a letter', 'name', { name: '"crate 1"' }],
    ['an empty text where the lake has null', 'photo', { photo: '""' }],
    ['null where the lake has a text', 'name', { name: 'null' }],
    ['a carriage return', 'notes', { notes: '"line\\n\\"quoted\\", \\\\ end\\u2028 😀\\\\"' }],
    ['an integer', 'pieces', { pieces: '8' }],
    ['a choice', 'colour', { colour: '1' }],
    ['the order of a multi-select choice', 'tags', { tags: '"1,2"' }],
    ['a boolean', 'sealed', { sealed: 'false' }],
    ['a state', 'statecode', { statecode: '1' }],
    ['a day', 'bestbefore', { bestbefore: '"2024-03-01"' }],
    ['a wall clock', 'wallclock', { wallclock: '"2024-03-01T09:30:00Z"' }],
    ['a microsecond', 'modifiedon', { modifiedon: '"2024-03-01T08:30:00.123457Z"' }],
    ['an owner', 'ownerid', { _ownerid_value: `"${crateId(99)}"` }],
    [
      'the type of a lookup',
      'ownerid_entitytype',
      { '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': '"systemuser"' },
    ],
    ['a managed property', 'ismanaged', { ismanaged: '{"Value":false,"CanBeChanged":false}' }],
  ];

  test.each(planted)('finds a cell that differs by %s', async (_, column, json) => {
    await lake.commitRows([cratePair(1).lake, cratePair(2).lake], { highWater: 2 });
    fill([cratePair(1, { json }), cratePair(2)]);
    expect(await differences()).toEqual({
      missing: 0,
      extra: 0,
      different: 1,
      unsettled: 0,
      rows: [{ id: crateId(1), is: 'different', columns: [column] }],
    });
  });

  test('finds a row whose version alone differs', async () => {
    await lake.commitRows([{ ...cratePair(1).lake, version: 2 }], { highWater: 2 });
    fill([cratePair(1)]);
    expect((await differences()).rows).toEqual([{ id: crateId(1), is: 'different', columns: ['(version)'] }]);
  });

  test('NUL and broken text are U+FFFD in the lake, and are counted', async () => {
    await lake.commitRows([cratePair(1, { cells: { name: 'a\uFFFDb\uFFFD' } }).lake], { highWater: 1 });
    fill([cratePair(1, { json: { name: '"a\\u0000b\\ud800"' } })]);
    const report = await verify();
    expect(report.tables[0]).toMatchObject({ clean: true, repairedCells: 1 });
  });

  test('at the same version a delete wins, also against a row that was committed after it (I-4)', async () => {
    const back = cratePair(1);
    await lake.commitRows([{ cells: { Id: back.id }, version: 1, deleted: true }], { highWater: 1 });
    await lake.commitRows([back.lake], { highWater: 1 });
    expect(await differences()).toMatchObject({ extra: 0, rows: [] });
    fill([back]);
    expect(await differences()).toMatchObject({ missing: 1 });
  });

  test('the order of keys in a managed property is no difference', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1, { json: { ismanaged: '{"CanBeChanged":false,"Value":true}' } })]);
    expect(await differences()).toMatchObject({ different: 0, rows: [] });
  });

  test('a byte order mark at the start of a text is a character like others', async () => {
    const cells = { name: '\uFEFFmark' };
    await lake.commitRows([cratePair(1, { cells }).lake], { highWater: 1 });
    fill([cratePair(1, { json: { name: '"\\ufeffmark"', pieces: '8' } })]);
    expect((await differences()).rows).toEqual([{ id: crateId(1), is: 'different', columns: ['pieces'] }]);
    fill([cratePair(1, { json: { name: '"mark"' } })]);
    expect((await differences()).rows).toEqual([{ id: crateId(1), is: 'different', columns: ['name'] }]);
  });

  test('a report names ids and columns, and never a value', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1, { json: { name: '"topsecret"' } })]);
    const report = await verify();
    expect(`${renderReport(report)}${JSON.stringify(report)}`).not.toMatch(/topsecret|Crate 1/);
  });
});

describe('columns', () => {
  test('a column of the definition that the lake neither has nor names as omitted is not clean', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1, { json: { newcolumn: '1' } })]);
    environment.moreAttributes.push({ name: 'silent', type: 'StringType' });
    const report = await verify();
    expect(report.clean).toBe(false);
    expect(report.tables[0]?.columns.unnamed).toEqual(['newcolumn', 'silent']);
  });

  test('columns under column security and omitted ones are named with their reason', async () => {
    const shape = {
      ...crateShape,
      unreadable: ['photo'],
      omitted: ['ownername', 'buyeridname'].map(name => ({
        name,
        attributeTypeName: 'VirtualType',
        reason: 'It is a label.',
      })),
    };
    await using other = await HandmadeLake.create(shape);
    await other.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1)]);
    const clock = new FakeClock({ auto: true });
    const report = await verifyLink({
      environment: environment.access,
      lake: { root: other.root },
      atRest: true,
      clock,
      signal,
    });
    expect(renderReport(report)).toMatch(
      /null because of column security: photo\n.*not exported: ownername, buyeridname\. It is a label\./s,
    );
  });
});

describe('while the environment moves', () => {
  test('a row that is newer than the lake is read again until the lake has it', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    const newer = cratePair(1, { version: 5, json: { name: '"new"' }, cells: { name: 'new' } });
    fill([newer, cratePair(2)]);
    let reads = 0;
    environment.beforeAnswer = async path => {
      if (!path.includes('(')) return;
      reads += 1;
      if (reads === 3) await lake.commitRows([newer.lake, cratePair(2).lake], { highWater: 5 });
    };
    expect(await differences({ atRest: false })).toEqual({
      missing: 0,
      extra: 0,
      different: 0,
      unsettled: 0,
      rows: [],
    });
  });

  test('a row that the lake lifted over a delete is waited for: a fold gives it its own version again (I-4)', async () => {
    const pair = cratePair(1);
    await lake.commitRows([{ ...pair.lake, version: 8 }], { highWater: 8 });
    fill([pair]);
    let reads = 0;
    environment.beforeAnswer = async path => {
      if (!path.includes('(')) return;
      reads += 1;
      if (reads === 3) await lake.commitFold([pair.lake]);
      if (reads === 3) await lake.publish(crateCsv(pair));
    };
    expect(await differences({ atRest: false })).toMatchObject({ different: 0, rows: [] });
  });

  test('a row the lake passed by is proven missing, not waited for', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1), cratePair(7)]);
    environment.beforeAnswer = async path => {
      if (path.includes('(')) await lake.commitRows([], { highWater: 1 });
    };
    expect(await differences({ atRest: false })).toMatchObject({ missing: 1, unsettled: 0 });
  });

  test('what cannot be proven in time is reported as unsettled, never left out', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1), cratePair(7)]);
    const report = await verify({ atRest: false });
    expect(report.tables[0]).toMatchObject({ missing: 1, unsettled: 1, behind: 1, rereadRounds: 12, clean: false });
  });

  test('a lake at rest is said to be behind', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1, { version: 5, json: { name: '"new"' } }), cratePair(6)]);
    const report = await verify();
    expect(report.tables[0]).toMatchObject({ missing: 1, different: 1, behind: 2, rereadRounds: 1 });
    expect(renderReport(report)).toContain('the lake is 2 changes behind');
  });
});

describe('which tables are proven', () => {
  const mark = (tables: readonly string[]) => lake.write('.lakelink/link.json', JSON.stringify({ format: 1, tables }));

  test('a table of the link that has no log yet is not clean: nothing of it is in the lake', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1)]);
    await mark(['crate', 'shelf']);
    const report = await verify();
    expect(report.tables.map(({ table, clean }) => [table, clean])).toEqual([
      ['crate', true],
      ['shelf', false],
    ]);
    expect(report.clean).toBe(false);
  });

  test('a table that left the link and whose data stayed is none of it', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    await mark([]);
    expect((await verify()).tables).toEqual([]);
  });
});

describe('trouble', () => {
  test('a wrong secret is a fault of sign-in', async () => {
    await expect(verify({ clientSecret: 'wrong' })).rejects.toMatchObject({ code: 'source/sign-in-refused' });
  });

  test('throttling is waited out', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    fill([cratePair(1)]);
    environment.refusals.push({ status: 429, headers: { 'retry-after': '7' } }, { status: 503 });
    expect((await verify()).clean).toBe(true);
  });

  test('a gap in the log is corrupt, not a smaller lake', async () => {
    await lake.commitRows([cratePair(1).lake], { highWater: 1 });
    await lake.write('.lakelink/crate/log/00000000000000000005.json', '{"format":1,"sequence":5}');
    await expect(verify()).rejects.toMatchObject({ code: 'lake/corrupt' });
  });
});
