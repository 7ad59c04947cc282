import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binary, readBinary, readBinaryArray } from '../kit/pg-binary.ts';
import { oneValue, rawRows, rowsOf } from '../kit/pg-rows.ts';
import { openSqlWorld, type SqlWorld } from '../kit/sql-world.ts';
import { ODD_TEXT, typedIds } from '../kit/typed-rows.ts';
import type { WireClient } from '../kit/wire-client.ts';
import { binaryRows } from '../kit/wire-query.ts';

let world: SqlWorld;
let client: pg.Client;
let wire: WireClient;

beforeAll(async () => {
  world = await openSqlWorld({ rows: 0 });
  client = await world.connect();
  wire = await world.wire();
});
afterAll(() => world?.stop());

interface TypedColumn {
  readonly name: string;
  readonly oid: number;
  readonly modifier?: number;
  readonly most: string;
  readonly least: string;
}

/** Object ids of pg_type; a numeric's modifier is precision and scale. */
const numeric = (scale: number) => ({ oid: 1700, modifier: ((38 << 16) | scale) + 4 });
const COLUMNS: readonly TypedColumn[] = [
  { name: 'Id', oid: 2950, most: typedIds.most, least: typedIds.least },
  { name: 'new_name', oid: 25, most: ODD_TEXT, least: '' },
  { name: 'new_notes', oid: 25, most: 'a note\r\nof two lines', least: 'x'.repeat(2_000) },
  { name: 'new_whole', oid: 23, most: '2147483647', least: '-2147483648' },
  { name: 'new_big', oid: 20, most: '9223372036854775807', least: '-9223372036854775808' },
  { name: 'new_exact', ...numeric(10), most: '100000000000.0123456789', least: '-0.0000000001' },
  { name: 'new_price', ...numeric(4), most: '922337203685477.5807', least: '-922337203685477.5808' },
  { name: 'new_float', oid: 701, most: '0.1', least: '-1500000000' },
  { name: 'new_flag', oid: 16, most: 't', least: 'f' },
  { name: 'new_moment', oid: 1184, most: '2024-02-29 23:59:58+00', least: '1753-01-01 00:00:00+00' },
  { name: 'new_day', oid: 1082, most: '2024-02-29', least: '1753-01-01' },
  { name: 'new_wall', oid: 1114, most: '2024-02-29 12:34:56', least: '9999-12-30 23:59:59' },
  { name: 'new_colour', oid: 23, most: '2', least: '1' },
  { name: 'new_tags', oid: 25, most: '1;2', least: '2' },
  {
    name: 'new_key',
    oid: 2950,
    most: '123e4567-e89b-42d3-a456-426614174000',
    least: '00000000-0000-0000-0000-000000000000',
  },
  { name: 'statecode', oid: 23, most: '0', least: '1' },
];
const LIST = COLUMNS.map(({ name }) => name).join(', ');

describe('a column of every type', () => {
  test('has the object id, size and modifier that PostgreSQL would tell', async () => {
    const { fields } = await rawRows(client, `SELECT ${LIST} FROM new_crate`);
    expect(fields.map(({ name, dataTypeID, dataTypeModifier }) => [name, dataTypeID, dataTypeModifier])).toEqual(
      COLUMNS.map(({ name, oid, modifier = -1 }) => [name, oid, modifier]),
    );
  });

  test.each(['most', 'least'] as const)('exact as text, and the same in binary: %s', async which => {
    const sql = `SELECT ${LIST} FROM new_crate WHERE new_crateid = $1`;
    const expected = COLUMNS.map(column => column[which]);
    const values = [typedIds[which]];
    expect((await rawRows(client, sql, values)).rows).toEqual([expected]);
    const { fields, rows } = await binaryRows(wire, sql, values);
    expect(fields.every(({ isBinary }) => isBinary)).toBe(true);
    expect(rows[0]?.map((value, at) => readBinary(COLUMNS[at]?.oid ?? 0, value))).toEqual(expected);
  });

  test('nothing is NULL, in both forms', async () => {
    const sql = `SELECT ${LIST} FROM new_crate WHERE new_crateid = $1`;
    const nulls = COLUMNS.slice(1, -1).map(() => null);
    expect((await rawRows(client, sql, [typedIds.nothing])).rows[0]?.slice(1, -1)).toEqual(nulls);
    expect((await binaryRows(wire, sql, [typedIds.nothing])).rows[0]?.slice(1, -1)).toEqual(nulls);
  });
});

/** SQL, the type's object id, the text form. */
const EXPRESSIONS: readonly (readonly [string, number, string])[] = [
  ['(-32768)::smallint', 21, '-32768'],
  ['1.5::real', 700, '1.5'],
  [`'-infinity'::float8`, 701, '-Infinity'],
  [`'NaN'::float8`, 701, 'NaN'],
  [`TIME '23:59:59.123456'`, 1083, '23:59:59.123456'],
  [`TIMESTAMP '1999-12-31 23:59:59.000001'`, 1114, '1999-12-31 23:59:59.000001'],
  [`'\\x00ff'::bytea`, 17, '\\x00ff'],
  [`'{"a": [1, null]}'::json`, 114, '{"a": [1, null]}'],
  ['12345678901234567890123456789012345678::numeric(38,0)', 1700, '12345678901234567890123456789012345678'],
  ['0.00::numeric(10,2)', 1700, '0.00'],
  [`1.23456::numeric`, 1700, '1.23456'],
  [`'-0.0000000000000000001'::decimal`, 1700, '-0.0000000000000000001'],
  ['7::numeric', 1700, '7'],
  ['1.23456::numeric(18, 3)', 1700, '1.235'],
  ['count(*)', 20, '1'],
  // Wider than PostgreSQL's bigint: it cannot overflow.
  ['sum(1)', 1700, '1'],
  ['1 = 1', 16, 't'],
];

test.each(EXPRESSIONS)('%s, as text and in binary', async (sql, oid, expected) => {
  const { fields, rows } = await rawRows(client, `SELECT ${sql} AS v`);
  expect([fields[0]?.dataTypeID, rows]).toEqual([oid, [[expected]]]);
  const inBinary = await binaryRows(wire, `SELECT ${sql} AS v`);
  expect(inBinary.rows.map(([value = null]) => readBinary(oid, value))).toEqual([expected]);
});

test('an interval as text, and in binary as microseconds, days and months', async () => {
  const sql = `SELECT INTERVAL '1 year 2 months 3 days 04:05:06.5' AS v`;
  expect((await rawRows(client, sql)).rows).toEqual([['1 year 2 mons 3 days 04:05:06.5']]);
  const value = (await binaryRows(wire, sql)).rows[0]?.[0] ?? Buffer.alloc(16);
  expect([value.readBigInt64BE(), value.readInt32BE(8), value.readInt32BE(12)]).toEqual([14_706_500_000n, 3, 14]);
});

test('an array as text, and in binary with its elements', async () => {
  const sql = `SELECT ARRAY['a,b', NULL, '"q"'] AS texts, ARRAY[1, 2] AS numbers`;
  const { fields, rows } = await rawRows(client, sql);
  expect([fields.map(({ dataTypeID }) => dataTypeID), rows]).toEqual([
    [1009, 1007],
    [['{"a,b",NULL,"\\"q\\""}', '{1,2}']],
  ]);
  const [row = []] = (await binaryRows(wire, sql)).rows;
  expect(row.map(value => readBinaryArray(value ?? null))).toEqual([
    ['a,b', null, '"q"'],
    ['1', '2'],
  ]);
});

/** A cast, the parameter as text, its bytes, what comes back as text. */
const PARAMETERS: readonly (readonly [string, unknown, Buffer, string])[] = [
  ['smallint', '-5', binary.int2(-5), '-5'],
  ['int4', 2_147_483_647, binary.int4(2_147_483_647), '2147483647'],
  ['int8', '-9223372036854775808', binary.int8(-9_223_372_036_854_775_808n), '-9223372036854775808'],
  ['numeric(38,10)', '100000000000.0123456789', binary.numeric('100000000000.0123456789'), '100000000000.0123456789'],
  // Without places it has as many as the most exact column of a lake.
  ['numeric', '-0.050000000001', binary.numeric('-0.050000000001'), '-0.050000000001'],
  ['real', 1.5, binary.float4(1.5), '1.5'],
  ['float8', 0.1, binary.float8(0.1), '0.1'],
  ['bool', true, binary.bool(true), 't'],
  ['text', ODD_TEXT, binary.text(ODD_TEXT), ODD_TEXT],
  ['varchar', '', binary.text(''), ''],
  ['uuid', typedIds.most, binary.uuid(typedIds.most), typedIds.most],
  ['date', '1753-01-01', binary.date('1753-01-01'), '1753-01-01'],
  ['timestamp', '2024-02-29 12:34:56', binary.moment('2024-02-29T12:34:56Z'), '2024-02-29 12:34:56'],
  ['timestamptz', '2024-02-29 12:34:56+02', binary.moment('2024-02-29T10:34:56Z'), '2024-02-29 10:34:56+00'],
  ['bytea', '\\x00ff', Buffer.from([0, 255]), '\\x00ff'],
];

test.each(PARAMETERS)('a parameter of type %s: %s, as text and in binary', async (type, text, bytes, expected) => {
  for (const value of [text, bytes]) {
    const { rows } = await rawRows(client, `SELECT $1::${type} AS v`, [value]);
    expect(rows, String(value)).toEqual([[expected]]);
  }
  expect((await rawRows(client, `SELECT $1::${type} AS v`, [null])).rows).toEqual([[null]]);
});

/** Column, a value of the row `most`, one that no row has. */
const COMPARED: readonly (readonly [string, unknown, unknown])[] = [
  ['new_crateid', typedIds.most, '00000000-0000-4000-8000-0000000000af'],
  ['new_name', ODD_TEXT, 'no such'],
  ['new_whole', 2_147_483_647, 7],
  ['new_big', '9223372036854775807', '7'],
  ['new_exact', '100000000000.0123456789', '100000000000.0123456788'],
  ['new_price', '922337203685477.5807', '922337203685477.5806'],
  ['new_float', 0.1, 0.2],
  ['new_moment', new Date('2024-02-29T23:59:58Z'), new Date('2024-02-29T23:59:59Z')],
  ['new_day', '2024-02-29', '2024-03-01'],
  ['new_wall', '2024-02-29 12:34:56', '2024-02-29 12:34:57'],
  ['new_colour', 2, 3],
];

test.each(COMPARED)(
  'a parameter gets the type of the column that it is compared with: %s',
  async (name, some, none) => {
    const sql = `SELECT new_crateid FROM new_crate WHERE ${name} = $1`;
    expect(await rowsOf(client, sql, [some])).toEqual([{ new_crateid: typedIds.most }]);
    expect(await rowsOf(client, sql, [none])).toEqual([]);
  },
);

test('parameters in lists, arrays, ranges and limits', async () => {
  const ids = [typedIds.most, typedIds.least];
  const count = 'SELECT count(*)::int4 AS n FROM new_crate WHERE';
  expect(await oneValue(client, `${count} new_crateid IN ($1, $2)`, ids)).toBe(2);
  expect(await oneValue(client, `${count} new_crateid = ANY($1)`, [ids])).toBe(2);
  expect(await oneValue(client, `${count} new_whole BETWEEN $1 AND $2`, [0, 2_147_483_647])).toBe(1);
  expect(await oneValue(client, `${count} new_name LIKE $1`, ['%quoted%'])).toBe(1);
  expect(await oneValue(client, `${count} new_flag = $1 OR $2 IS NULL`, [true, null])).toBe(3);
  expect(await rowsOf(client, 'SELECT new_crateid FROM new_crate ORDER BY 1 LIMIT $1 OFFSET $2', [1, 1])).toEqual([
    { new_crateid: typedIds.least },
  ]);
});

test('a value that is none of its type has a SQLSTATE of data, and the connection goes on', async () => {
  await expect(client.query('SELECT $1::int4', ['x'])).rejects.toMatchObject({ code: '22P02' });
  await expect(client.query('SELECT $1::uuid', ['x'])).rejects.toMatchObject({ code: '22P02' });
  await expect(client.query('SELECT $1::date', ['2024-02-31'])).rejects.toMatchObject({
    code: expect.stringMatching(/^22/),
  });
  await expect(client.query('SELECT $1::int4', [Buffer.from([1])])).rejects.toMatchObject({
    code: expect.stringMatching(/^(22|08)P/),
  });
  expect(await oneValue(client, 'SELECT 1')).toBe(1);
});

test('times are shown in the zone of the session', async () => {
  const own = await world.connect();
  await own.query(`SET TIME ZONE 'Europe/Berlin'`);
  const sql = 'SELECT new_moment, new_wall FROM new_crate WHERE new_crateid = $1';
  const { rows } = await rawRows(own, sql, [typedIds.most]);
  expect(rows).toEqual([['2024-03-01 00:59:58+01', '2024-02-29 12:34:56']]);
  const day = `SELECT new_moment::date::text FROM new_crate WHERE new_crateid = $1`;
  expect(await oneValue(own, day, [typedIds.most])).toBe('2024-03-01');
});
