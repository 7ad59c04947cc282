import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  built,
  column,
  countingIds,
  deletedRow,
  fileRows,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import { everyKind, type GeneratedRow, rowJson, rowsOf } from '../../test/kit/batch-rows.ts';
import type { Batcher, BuildRequest } from '../core/batcher.ts';
import { lakeColumns, type TableShape } from '../core/shape.ts';
import type { PageKey, PageSpool, SpooledPage } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine, type Row } from './duckdb.ts';
import { openSpool } from './spool.ts';
import { ident, literal } from './sql.ts';

const signal = new AbortController().signal;
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;
/** Files the batcher made since the last look: one for the fast way, three for a page that went the careful way. */
let filesMade = 0;
const names = countingIds();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-build-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  const newId = () => {
    filesMade += 1;
    return names();
  };
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

let pages = 0;

async function pageOf(rows: readonly string[], more: Partial<PageKey> = {}): Promise<SpooledPage> {
  pages += 1;
  return spool.receive(pageKey({ address: `page ${pages}`, ...more }), inPieces(answer(rows)), signal);
}

async function build(shape: TableShape, rows: readonly string[], more: Partial<BuildRequest> = {}) {
  filesMade = 0;
  return batcher.build({ ...requestRest, shape, page: await pageOf(rows), ...more }, signal);
}

/** Every column as text, in the order of the file. */
async function readBack(path: string, shape: TableShape, more = ''): Promise<Row[]> {
  const names = [...lakeColumns(shape).map(({ name }) => name), '__version', '__epoch', '__deleted'];
  const columns = names.map(name => `${ident(name)}::VARCHAR AS ${ident(name)}`).join(', ');
  return engine.session(session => session.runAll(`SELECT ${columns} FROM ${fileRows(shape, path)} ${more}`), signal);
}

function expectedRow(row: GeneratedRow): Record<string, string | null> {
  const sink = '2024-05-06 07:08:09.123';
  const shown: Record<string, string | null> = {
    Id: row.id,
    SinkCreatedOn: sink,
    SinkModifiedOn: sink,
    __version: String(row.version),
    __epoch: '1',
    __deleted: 'false',
  };
  for (const { name, source, role } of lakeColumns(everyKind)) {
    if (source === null) continue;
    shown[name] =
      role === 'target-type' ? (row.targetTypes.get(source.name) ?? null) : (row.cells.get(source.name)?.shown ?? null);
  }
  return { ...shown, accountid: row.id, versionnumber: String(row.version) };
}

/** Doubles are compared as numbers: two texts may name one. */
function comparable(row: Row | Record<string, string | null>) {
  const score = row.score;
  return { ...row, score: score == null ? null : Number(score) };
}

describe('a page becomes a change batch with every value exact', () => {
  test('the fast way', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf({ min: 1, max: 12 }), async rows => {
        const result = built(
          await build(
            everyKind,
            rows.map(row => rowJson(row, { bare: false })),
          ),
        );
        expect(filesMade).toBe(1);
        expect(result).toMatchObject({ repaired: 0, quarantined: [], file: { rows: rows.length, deletes: 0 } });
        const versions = rows.map(({ version }) => version).sort((a, b) => (a < b ? -1 : 1));
        expect(result.highWater).toBe(String(versions.at(-1)));
        expect((await readBack(result.file.path, everyKind)).map(comparable)).toEqual(
          rows.map(expectedRow).map(comparable),
        );
      }),
      { numRuns: 12 },
    );
  });

  test('the careful way gives the same as the fast way, also from bare decimals', async () => {
    const marker = `{"@odata.etag":"W/\\"1\\"","accountid":"${guid(999)}","name":"\\ud800"}`;
    await fc.assert(
      fc.asyncProperty(rowsOf({ min: 1, max: 8 }), fc.boolean(), async (rows, bare) => {
        const careful = built(await build(everyKind, [...rows.map(row => rowJson(row, { bare })), marker]));
        expect(filesMade).toBe(3);
        expect(careful.repaired).toBe(1);
        const others = await readBack(careful.file.path, everyKind, `WHERE "Id" <> '${guid(999)}'`);
        expect(others.map(comparable)).toEqual(rows.map(expectedRow).map(comparable));
      }),
      { numRuns: 12 },
    );
  });

  test('columns and types of the file are those of the lake that hold a value, then the system columns', async () => {
    const [rows = []] = fc.sample(rowsOf({ min: 2, max: 2 }), { numRuns: 1, seed: 1 });
    const result = built(
      await build(
        everyKind,
        rows.map(row => rowJson(row, { bare: false })),
      ),
    );
    const filled = (await readBack(result.file.path, everyKind)).flatMap(row =>
      Object.keys(row).filter(name => row[name] !== null),
    );
    expect(lakeColumns(everyKind).some(({ name }) => !filled.includes(name))).toBe(true);
    const described = await engine.session(
      session => session.runAll(`DESCRIBE FROM read_parquet(${literal(result.file.path)})`),
      signal,
    );
    const expected = lakeColumns(everyKind)
      .filter(({ name }) => filled.includes(name))
      .map(({ name, sqlType }) => [name, sqlType.replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE')]);
    expect(described.map(row => [row.column_name, row.column_type])).toEqual([
      ...expected,
      ['__version', 'BIGINT'],
      ['__epoch', 'INTEGER'],
      ['__deleted', 'BOOLEAN'],
    ]);
  });
});

const small = shapeOf([
  column('name', 'string'),
  column('revenue', 'money', { precision: 4 }),
  column('rate', 'decimal', { precision: 10 }),
  column('employees', 'integer'),
  column('ticks', 'bigint'),
  column('flag', 'boolean'),
  column('ownerid', 'owner'),
  column('birthdate', 'dateonly'),
  column('localtime', 'timezoneindependent'),
  column('createdon', 'datetime'),
  column('tags', 'multichoice'),
]);

function row(n: number, values = '', version = n): string {
  return `{"@odata.etag":"W/\\"${version}\\"","accountid":"${guid(n)}"${values === '' ? '' : `,${values}`},"versionnumber":${version}}`;
}

describe('a value that does not fit its column stops the page, named by column and id, never shown', () => {
  const misfits: [column: string, json: string][] = [
    ['revenue', '"1.23456"'],
    ['revenue', '1.23456'],
    ['revenue', '"1e-5"'],
    ['revenue', '"12 "'],
    ['rate', '"0.00000000001"'],
    ['rate', '1.5e-10'],
    ['rate', '"100000000000000000000000000000"'],
    ['employees', '2147483648'],
    ['employees', '1.5'],
    ['employees', '"0x10"'],
    ['ticks', '9223372036854775808'],
    ['flag', '1'],
    ['flag', '"yes"'],
    ['_ownerid_value', '"11111111-1111-1111-1111-11111111111"'],
    ['_ownerid_value', '"{11111111-1111-1111-1111-111111111111}"'],
    ['birthdate', '"2024-02-30"'],
    ['birthdate', '"infinity"'],
    ['birthdate', '"2024-02-03T10:00:00Z"'],
    ['localtime', '"2024-01-01T25:00:00Z"'],
    ['localtime', '"2024-01-01T10:00:00+02:00"'],
    ['createdon', '"yesterday"'],
    ['createdon', '"2024-01-01"'],
  ];
  test.each(misfits)('%s: %s', async (property, json) => {
    const failure: unknown = await build(small, [row(1), row(2, `"${property}":${json}`)]).catch(thrown => thrown);
    const name = property === '_ownerid_value' ? 'ownerid' : property;
    expect(failure).toMatchObject({ code: 'batch/cast', details: { table: 'account', column: name, id: guid(2) } });
    expect(String(failure)).not.toContain(json.replaceAll('"', ''));
  });

  test('a row without id or version is refused', async () => {
    await expect(build(small, ['{"@odata.etag":"W/\\"1\\""}'])).rejects.toMatchObject({
      details: { column: 'accountid', id: null },
    });
    await expect(build(small, [`{"accountid":"${guid(1)}"}`])).rejects.toMatchObject({
      details: { column: 'versionnumber', id: guid(1) },
    });
  });

  test('what only looks different fits: exponents, trailing zeros, plus nothing lost', async () => {
    const values =
      '"revenue":1E+2,"rate":"1.5000000000000","employees":12.0,"birthdate":"2024-02-03T00:00:00Z","localtime":"2024-02-03T04:05:06"';
    const result = built(await build(small, [row(1, values)]));
    expect(await readBack(result.file.path, small)).toMatchObject([
      {
        revenue: '100.0000',
        rate: '1.5000000000',
        employees: '12',
        birthdate: '2024-02-03',
        localtime: '2024-02-03 04:05:06',
      },
    ]);
  });
});

test('an empty multi-select set and an empty text stay apart from null', async () => {
  const result = built(
    await build(small, [row(1, '"tags":"","name":""'), row(2, '"tags":null,"name":null'), row(3, '"tags":"1,2"')]),
  );
  const rows = await readBack(result.file.path, small);
  expect(rows.map(({ tags, name }) => [tags, name])).toEqual([
    ['', ''],
    [null, null],
    ['1;2', null],
  ]);
});

test('the version comes from versionnumber, else from the etag', async () => {
  const rows = [
    `{"accountid":"${guid(1)}","versionnumber":9007199254740993}`,
    `{"@odata.etag":"W/\\"9007199254740995\\"","accountid":"${guid(2)}"}`,
  ];
  const result = built(await build(small, rows));
  expect((await readBack(result.file.path, small)).map(found => found.__version)).toEqual([
    '9007199254740993',
    '9007199254740995',
  ]);
  expect(result.highWater).toBe('9007199254740995');
});

test('a page of nothing builds no file', async () => {
  expect(await build(small, [])).toEqual({ is: 'built', file: null, highWater: null, repaired: 0, quarantined: [] });
});

test('of duplicates in one page the highest version stays (I-4)', async () => {
  const result = built(
    await build(small, [
      row(1, '"name":"new"', 9),
      row(2),
      row(1, '"name":"old"', 3),
      deletedRow(guid(5)),
      deletedRow(guid(5)),
    ]),
  );
  expect(result.file).toMatchObject({ rows: 2, deletes: 1 });
  const rows = await readBack(result.file.path, small, 'ORDER BY "Id"');
  expect(rows.map(found => [found.Id, found.name, found.__version, found.__deleted])).toEqual([
    [guid(1), 'new', '9', 'false'],
    [guid(2), null, '2', 'false'],
    [guid(5), null, '5', 'true'],
  ]);
});

test('a page of deletes only: each takes the high-water version and no columns (I-4)', async () => {
  const result = built(await build(everyKind, [deletedRow(guid(1))], { deleteVersion: '9007199254740993' }));
  expect(result).toMatchObject({ highWater: null, file: { rows: 0, deletes: 1 } });
  const [found] = await readBack(result.file.path, everyKind);
  const filled = Object.entries(found ?? {})
    .filter(([, value]) => value !== null)
    .map(([name]) => name);
  expect(filled).toEqual(['Id', 'SinkCreatedOn', 'SinkModifiedOn', '__version', '__epoch', '__deleted']);
  expect(found?.__version).toBe('9007199254740993');
});

describe('properties that no column explains are reported before anything is written', () => {
  const known = shapeOf([column('name', 'string'), column('ownerid', 'owner')], {
    omitted: [
      { name: 'secretid', attributeTypeName: 'LookupType', reason: 'x' },
      { name: 'blob', attributeTypeName: 'ImageType', reason: 'x' },
    ],
  });
  const explained =
    '"_ownerid_value":null,"_secretid_value":null,"blob":"x","name@OData.Community.Display.V1.FormattedValue":"y","@odata.editLink":"z"';

  test('a delta is looked at in every row, a full read in its first', async () => {
    const rows = [row(1, explained), row(2, '"new_b":1'), row(3, '"new_a":1'), deletedRow(guid(4))];
    expect(await build(known, rows)).toEqual({ is: 'unknown-properties', names: ['new_a', 'new_b'] });
    expect(await build(known, rows, { ignored: ['new_a', 'new_b'] })).toMatchObject({ is: 'built' });
    const page = await pageOf([row(2, '"new_b":1'), row(1, explained)], { read: 'full' });
    expect(await build(known, [], { page })).toEqual({ is: 'unknown-properties', names: ['new_b'] });
  });

  test('the careful way reports them too, and a deleted entity is not mistaken for a row', async () => {
    expect(await build(known, [row(1, '"name":"\\u0000","new_a":1'), deletedRow(guid(2))])).toEqual({
      is: 'unknown-properties',
      names: ['new_a'],
    });
    expect(await build(known, [row(1, '"name":"\\u0000"'), deletedRow(guid(2))])).toMatchObject({
      is: 'built',
      repaired: 1,
    });
  });

  test('a table with its own columns id and reason is read right', async () => {
    const own = shapeOf([column('id', 'string'), column('reason', 'memo')]);
    const result = built(await build(own, [row(1, '"id":"mine","reason":"why"'), deletedRow(guid(2))]));
    const rows = await readBack(result.file.path, own);
    expect(rows.map(found => [found.Id, found.id_1, found.reason, found.__deleted])).toEqual([
      [guid(1), 'mine', 'why', 'false'],
      [guid(2), null, null, 'true'],
    ]);
  });
});

test('broken text is repaired and counted, a broken row is set aside with its id, the rest arrives', async () => {
  const rows = [
    row(1, '"name":"a\\u0000b"'),
    row(2, '"name":"\\ud800"'),
    `{"accountid":"${guid(3)}","name":tru}`,
    row(4),
  ];
  const result = built(await build(small, rows));
  expect(result).toMatchObject({ repaired: 2, quarantined: [guid(3)], file: { rows: 3 } });
  expect((await readBack(result.file.path, small)).map(found => found.name)).toEqual(['a\ufffdb', '\ufffd', null]);
  const aside = (await readdir(join(folder, 'batch'))).filter(name => name.endsWith('quarantine.ndjson'));
  expect(aside).toHaveLength(1);
});

test('bytes that are no UTF-8 are repaired, and a row above 16 MiB arrives whole', async () => {
  const long = 'é'.repeat(9_000_000);
  const bytes = Buffer.from(`[${row(1, '"name":"?"')},${row(2, `"name":"${long}"`)}]`);
  bytes[bytes.indexOf('?')] = 0xff;
  const body = Buffer.concat([Buffer.from('{"value":'), bytes, Buffer.from('}')]);
  const page = await spool.receive(pageKey({ address: 'long' }), inPieces(body, 65_536), signal);
  const result = built(await build(small, [], { page }));
  expect(result).toMatchObject({ repaired: 1, quarantined: [] });
  const lengths = await engine.session(
    session =>
      session.runAll(
        `SELECT length(name)::INTEGER AS length, left(name, 1) AS first FROM read_parquet(${literal(result.file.path)})`,
      ),
    signal,
  );
  expect(lengths).toEqual([
    { length: 1, first: '\ufffd' },
    { length: 9_000_000, first: 'é' },
  ]);
});

test('a spooled file that is no array fails as no page, and an abort ends quietly with its reason', async () => {
  const page = await spool.compose(pageKey({ read: 'rows' }), [Buffer.from('{"a":[')], signal);
  await expect(build(small, [], { page })).rejects.toMatchObject({ code: 'batch/page-invalid' });
  const stopped = AbortSignal.abort('stop');
  await expect(batcher.build({ ...requestRest, shape: small, page }, stopped)).rejects.toBe('stop');
});

test('files of a batcher that was killed go when the next one opens; rows set aside stay', async () => {
  const left = join(folder, 'left');
  await mkdir(left);
  for (const name of ['a.parquet', 'b.ndjson', 'c.quarantine.ndjson']) await writeFile(join(left, name), '');
  await (await openBatcher({ engine, folder: left, newId: countingIds() })).close();
  expect(await readdir(left)).toEqual(['c.quarantine.ndjson']);
});
