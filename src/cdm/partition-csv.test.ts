import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsv } from '../../test/kit/csv.ts';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import { literal } from '../batch/sql.ts';
import { storedColumns } from '../batch/stored.ts';
import { appendColumns, lakeColumns, type TableShape } from '../core/shape.ts';
import { partitionCsvSql, tableCsvSql } from './partition-csv.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-csv-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const names = lakeColumns(crateShape).map(({ name }) => name);
const HEAD: SqlRow = {
  Id: "'11111111-0000-0000-0000-000000000001'",
  SinkCreatedOn: "'2021-06-28 16:34:35'",
  SinkModifiedOn: "'2021-06-28 16:34:35'",
};

async function toCsv(rows: readonly SqlRow[], { shape = crateShape, present = names } = {}): Promise<string> {
  const source = join(folder, 'source.parquet');
  const target = join(folder, 'target.csv');
  await writeLakeParquet(engine, { shape, rows, path: source });
  await engine.session(session => session.runAll(partitionCsvSql({ shape: crateShape, source, present, target })));
  return readFile(target, 'utf8');
}

/** The cells of one row by column name, as another program reads them. */
async function cellsOf(row: SqlRow): Promise<Record<string, string | undefined>> {
  const [cells] = await readCsv(await toCsv([{ ...HEAD, ...row }]));
  return Object.fromEntries(names.map((name, index) => [name, cells?.[index]]));
}

describe('a partition as CSV', () => {
  test('a row of every kind is written to the byte (R: CSV layout)', async () => {
    const csv = await toCsv([
      {
        ...HEAD,
        statecode: '0',
        statuscode: '1',
        colour: '2',
        size: '7',
        tags: "'1;2'",
        sealed: 'true',
        shelfid: "'AAAAAAAA-0000-0000-0000-00000000000B'",
        shelfid_entitytype: "'shelf'",
        ownerid: "'aaaaaaaa-0000-0000-0000-00000000000c'",
        ownerid_entitytype: "'team'",
        buyerid: "'aaaaaaaa-0000-0000-0000-00000000000d'",
        buyerid_entitytype: "'contact'",
        price: "'922337203685477.5807'",
        crateid: "'11111111-0000-0000-0000-000000000001'",
        name: literal('a "quoted", \\'),
        notes: "'line 1' || chr(13) || chr(10) || 'line 2' || chr(8232) || '😀'",
        pieces: '-5',
        versionnumber: "'9007199254740993'",
        exchangerate: "'1'",
        weight: "'100000000000.0000000001'",
        length: "'1e-7'",
        bestbefore: "'2024-02-29'",
        wallclock: "'2024-02-29 23:59:59.5'",
        modifiedon: "'2024-02-29 23:59:59+00'",
        createdon: "'2021-06-28 01:02:03.004+02'",
        recordtype: "'crate'",
        photo: "''",
      },
      { ...HEAD, Id: "'11111111-0000-0000-0000-000000000000'" },
    ]);
    const nulls = ','.repeat(names.length - 3);
    expect(csv).toBe(
      '11111111-0000-0000-0000-000000000001,"6/28/2021 4:34:35 PM","6/28/2021 4:34:35 PM",0,1,2,7,"1;2",True,' +
        'aaaaaaaa-0000-0000-0000-00000000000b,"shelf",aaaaaaaa-0000-0000-0000-00000000000c,"team",' +
        'aaaaaaaa-0000-0000-0000-00000000000d,"contact",922337203685477.5807,11111111-0000-0000-0000-000000000001,' +
        '"a ""quoted"", \\","line 1\r\nline 2\u2028😀",-5,9007199254740993,1.000000000000,100000000000.0000000001,' +
        '0.0000001,"2024-02-29T00:00:00Z","2024-02-29T23:59:59.5000000Z","2024-02-29T23:59:59Z",' +
        '"2021-06-27T23:02:03.0040000+00:00","crate","",\n' +
        `11111111-0000-0000-0000-000000000000,"6/28/2021 4:34:35 PM","6/28/2021 4:34:35 PM"${nulls}\n`,
    );
  });

  test.each([
    ['2021-06-28 00:04:05', '6/28/2021 12:04:05 AM'],
    ['2021-12-01 12:00:00', '12/1/2021 12:00:00 PM'],
    ['2021-01-02 23:59:59.999', '1/2/2021 11:59:59 PM'],
  ])('sink time %s is written %s', async (value, text) => {
    expect((await cellsOf({ SinkModifiedOn: `'${value}'` })).SinkModifiedOn).toBe(text);
  });

  test.each([
    ['weight', '0', '0.00'],
    ['weight', '-0.5', '-0.50'],
    ['weight', '1.234', '1.234'],
    ['weight', '100', '100.00'],
    ['price', '20000', '20000.00'],
    ['price', '0.0001', '0.0001'],
    ['price', '-922337203685477.5808', '-922337203685477.5808'],
    ['exchangerate', '0.000000000001', '0.000000000001'],
    ['weight', '9999999999999999999999999999.9999999999', '9999999999999999999999999999.9999999999'],
    ['length', '1', '1'],
    ['length', '-0.1', '-0.1'],
    ['length', '1e21', '1000000000000000000000'],
    ['length', '1.5e-9', '0.0000000015'],
    ['length', '-1.2345678901234567e+16', '-12345678901234568'],
    ['length', '123456789.125', '123456789.125'],
    ['length', '0', '0'],
  ])('%s %s is written %s: no exponent, no lost digit (R: exact numbers)', async (name, value, text) => {
    expect((await cellsOf({ [name]: `'${value}'` }))[name]).toBe(text);
  });

  test('a column declared without places is written without a point', async () => {
    const columns = crateShape.columns.map(column => (column.name === 'weight' ? { ...column, precision: 0 } : column));
    const shape: TableShape = { ...crateShape, columns };
    const source = join(folder, 'places.parquet');
    const target = join(folder, 'places.csv');
    await writeLakeParquet(engine, { shape, rows: [{ ...HEAD, weight: '120' }], path: source });
    await engine.session(session => session.runAll(partitionCsvSql({ shape, source, present: names, target })));
    const [cells] = await readCsv(await readFile(target, 'utf8'));
    expect(cells?.[names.indexOf('weight')]).toBe('120');
  });

  test('the first and last dates of the platform keep their form', async () => {
    const cells = await cellsOf({ createdon: "'1753-01-01 00:00:00+00'", modifiedon: "'9999-12-31 23:59:59+00'" });
    expect(cells.createdon).toBe('1753-01-01T00:00:00.0000000+00:00');
    expect(cells.modifiedon).toBe('9999-12-31T23:59:59Z');
  });

  test('an older file without a column that was added since is written at full width', async () => {
    const older: TableShape = { ...crateShape, columns: crateShape.columns.slice(0, -1) };
    const present = lakeColumns(older).map(({ name }) => name);
    const [cells] = await readCsv(await toCsv([HEAD], { shape: older, present }));
    expect(cells).toHaveLength(names.length);
  });

  test('a partition without rows is an empty file', async () => {
    expect(await toCsv([])).toBe('');
  });

  test('any text survives the way through the file (R: exact text)', async () => {
    const awkward = fc.constantFrom(
      '"',
      ',',
      '\r',
      '\n',
      '\r\n',
      '\\',
      '\u2028',
      '😀',
      "'",
      ' ',
      'é',
      '""',
      '\ufeff',
      'a',
    );
    const text = fc.array(awkward, { maxLength: 8 }).map(parts => parts.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.option(text), fc.option(text)), { minLength: 1, maxLength: 20 }),
        async values => {
          const sql = (value: string | null) => (value === null ? 'NULL' : literal(value));
          const rows = values.map(([name, notes], index) => ({
            ...HEAD,
            Id: `'00000000-0000-0000-0000-0000000000${String(index).padStart(2, '0')}'`,
            name: sql(name),
            notes: sql(notes),
          }));
          const read = await readCsv(await toCsv(rows), {
            cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
          });
          const at = (name: string) => names.indexOf(name);
          expect((read as unknown[][]).map(cells => [cells[at('name')], cells[at('notes')]])).toEqual(values);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('any double reads back as itself, without an exponent (R: exact numbers)', async () => {
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(doubles, async values => {
        const rows = values.map((value, index) => ({
          ...HEAD,
          Id: `'00000000-0000-0000-0000-0000000000${String(index).padStart(2, '0')}'`,
          length: `'${Object.is(value, -0) ? '-0.0' : value}'`,
        }));
        const texts = (await readCsv(await toCsv(rows))).map(cells => cells[names.indexOf('length')] ?? '');
        expect(texts.every(text => /^-?[0-9]+([.][0-9]+)?$/.test(text))).toBe(true);
        expect(texts.map(Number)).toEqual(values);
      }),
      { numRuns: 15 },
    );
  });
});

describe('versions and deletes as CSV', () => {
  const columns = appendColumns(crateShape).map(({ name }) => name);
  const id = (digit: number) => `'00000000-0000-0000-0000-00000000000${digit}'`;
  const version = (row: SqlRow): SqlRow => ({ ...HEAD, versionnumber: row.__version ?? 'NULL', ...row });

  async function versionsCsv(rows: readonly SqlRow[], leaveOut: readonly string[] = []): Promise<string> {
    const [source, target] = [join(folder, 'versions.parquet'), join(folder, 'versions.csv')];
    await writeLakeParquet(engine, { shape: crateShape, rows, path: source, as: 'batch' });
    const stored = new Map(
      lakeColumns(crateShape).flatMap(({ name, sqlType }) =>
        leaveOut.includes(name) ? [] : [[name, sqlType] as const],
      ),
    );
    const from = `read_parquet(${literal(source)})`;
    await engine.session(session =>
      session.runAll(tableCsvSql({ shape: crateShape, rows: 'versions', from, stored, target })),
    );
    return readFile(target, 'utf8');
  }

  test('IsDelete is empty for a row; a delete has its id, sink dates, version and True, and nothing else (facts 2.4, row 58)', async () => {
    const csv = await versionsCsv([
      version({ Id: id(1), __version: '41', name: "'x'" }),
      {
        ...HEAD,
        Id: id(1),
        SinkCreatedOn: "'2021-06-28 16:34:36'",
        SinkModifiedOn: "'2021-06-28 16:34:36'",
        __version: '41',
        __deleted: 'true',
      },
    ]);
    const cells = csv
      .trimEnd()
      .split('\n')
      .map(line => line.split(','));
    const at = (name: string) => columns.indexOf(name);
    expect(cells.map(row => row[at('IsDelete')])).toEqual(['', 'True']);
    expect(cells[1]?.flatMap((cell, place) => (cell === '' ? [] : [[columns[place], cell]]))).toEqual([
      ['Id', '00000000-0000-0000-0000-000000000001'],
      ['SinkCreatedOn', '"6/28/2021 4:34:36 PM"'],
      ['SinkModifiedOn', '"6/28/2021 4:34:36 PM"'],
      ['versionnumber', '41'],
      ['IsDelete', 'True'],
    ]);
  });

  test('a file of deletes alone, without the columns of rows, has their versions all the same', async () => {
    const gone = { ...HEAD, Id: id(1), __version: '41', __deleted: 'true' };
    const csv = await versionsCsv([gone], ['versionnumber', 'name']);
    expect(csv.trimEnd().split(',')[columns.indexOf('versionnumber')]).toBe('41');
  });

  test('lines come by sink time, epoch, version and deletes last, whatever order the file has (facts 2.4: order inside a file)', async () => {
    const later = { SinkModifiedOn: "'2021-06-28 16:34:40'" };
    const csv = await versionsCsv([
      { ...HEAD, ...later, Id: id(2), __version: '70', __deleted: 'true' },
      version({ ...later, Id: id(2), __version: '70' }),
      version({ ...later, Id: id(3), __version: '60' }),
      version({ Id: id(2), __version: '50' }),
      version({ Id: id(1), __version: '80' }),
      version({ ...later, Id: id(4), __version: '9', __epoch: '1' }),
    ]);
    const cells = csv
      .trimEnd()
      .split('\n')
      .map(line => line.split(','));
    const of = (name: string) => cells.map(row => row[columns.indexOf(name)]);
    // After a restore the environment's versions are lower; readers must take them for newer (I-9).
    expect(of('versionnumber')).toEqual(['50', '80', '60', '70', '70', '1000000000000009']);
    expect(of('IsDelete')).toEqual(['', '', '', '', 'True', '']);
  });

  test('a large file in disorder is put in order', async () => {
    const [source, target] = [join(folder, 'large.parquet'), join(folder, 'large.csv')];
    await writeLakeParquet(engine, {
      shape: crateShape,
      rows: [version({ __version: '1' })],
      path: source,
      as: 'batch',
    });
    const stored = new Map(lakeColumns(crateShape).map(({ name, sqlType }) => [name, sqlType] as const));
    const scattered = `(SELECT * REPLACE ((TIMESTAMP '2021-01-01' + INTERVAL (hash(n) % 100000) SECOND) AS "SinkModifiedOn", n AS versionnumber) FROM read_parquet(${literal(source)}), range(100000) t(n))`;
    await engine.session(session =>
      session.runAll(tableCsvSql({ shape: crateShape, rows: 'versions', from: scattered, stored, target })),
    );
    const lines = (await readFile(target, 'utf8')).trimEnd().split('\n');
    const times = lines.map(line => Date.parse(`${line.split(',')[2]?.replaceAll('"', '')} UTC`));
    expect(times).toHaveLength(100_000);
    expect(times.some((time, at) => time < (times[at - 1] ?? 0))).toBe(false);
  });

  test('a file from before a column changed its type is written as the column is now', async () => {
    const [source, target] = [join(folder, 'typed.parquet'), join(folder, 'typed.csv')];
    await engine.session(async session => {
      await session.runAll(
        `COPY (SELECT ${id(1)}::UUID AS "Id", TIMESTAMP '2021-01-01' AS "SinkCreatedOn", TIMESTAMP '2021-01-01' AS "SinkModifiedOn", 7::BIGINT AS name, 3::DECIMAL(38,4) AS pieces) TO ${literal(source)} (FORMAT parquet)`,
      );
      const stored = await storedColumns(session, [source]);
      const from = `read_parquet(${literal(source)})`;
      await session.runAll(
        tableCsvSql({ shape: crateShape, rows: 'live', from, stored: stored.get(source) ?? new Map(), target }),
      );
    });
    const [cells] = await readCsv(await readFile(target, 'utf8'));
    expect([cells?.[names.indexOf('name')], cells?.[names.indexOf('pieces')]]).toEqual(['7', '3']);
  });
});
