import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pgValues } from '../../../test/kit/pg-values.ts';
import { openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';
import { engineTypeOf, oids, pgTypeName } from './pg-types.ts';

let world: QueryWorld;

beforeAll(async () => {
  world = await openQueryWorld();
});
afterAll(() => world.close());

/** Lists of lists have another type in the engine. */
const engineSql = (sql: string) => sql.replace('array[[1,2],[3,4]]::int8[]', '[[1,2],[3,4]]::int8[][]');

async function sent(sql: string, format: 'text' | 'binary'): Promise<Buffer | null> {
  const { rows } = await world.query(sql, { formats: [format] });
  const value = rows[0]?.[0] ?? null;
  return value === null ? null : Buffer.from(value);
}

describe('values are sent as PostgreSQL 15 sends them (R: binary and text results)', () => {
  test.each(pgValues)('%s: %s', async (zone, sql, oid, text, hex) => {
    await world.session.set('TimeZone', zone);
    const { fields } = await world.query(`SELECT ${engineSql(sql)}`);
    expect(fields[0]?.typeOid).toBe(oid);
    expect((await sent(`SELECT ${engineSql(sql)}`, 'text'))?.toString()).toBe(text);
    expect((await sent(`SELECT ${engineSql(sql)}`, 'binary'))?.toString('hex')).toBe(hex);
  });

  test('the modifier of a decimal tells its digits, texts have none', async () => {
    const { fields } = await world.query("SELECT 1::DECIMAL(38,4) AS a, 'x' AS b, [1::DECIMAL(5,2)] AS c");
    expect(fields).toEqual([
      { name: 'a', typeOid: 1700, typeSize: -1, typeModifier: ((38 << 16) | 4) + 4 },
      { name: 'b', typeOid: 25, typeSize: -1, typeModifier: -1 },
      { name: 'c', typeOid: 1231, typeSize: -1, typeModifier: ((5 << 16) | 2) + 4 },
    ]);
  });

  test('what PostgreSQL has no type for is JSON or text', async () => {
    const sql = `SELECT {'a': 1, 'b': [NULL, 'x']} AS s, map {'k': 1.5} AS m, 'red'::ENUM('red', 'blue') AS e,
      170141183460469231731687303715884105727::HUGEINT AS h, [{'a': 1}] AS l, TIMESTAMP_NS '2024-01-01 00:00:00.123456789' AS n`;
    const { fields } = await world.query(sql);
    expect(fields.map(({ typeOid }) => typeOid)).toEqual([114, 114, 25, 1700, 199, 1114]);
    expect(await world.rows(sql)).toEqual([
      [
        '{"a":1,"b":[null,"x"]}',
        '{"k":1.5}',
        'red',
        '170141183460469231731687303715884105727',
        '{"{\\"a\\":1}"}',
        '2024-01-01 00:00:00.123456',
      ],
    ]);
  });

  test('the catalogue’s types are told by what carries them', async () => {
    const sql = 'SELECT 7::UINTEGER AS a, [1, 2]::USMALLINT[] AS b, [3, 4]::UHUGEINT[] AS c, [5]::UINTEGER[] AS d';
    expect((await world.query(sql)).fields.map(({ typeOid }) => typeOid)).toEqual([26, 22, 30, 1028]);
    expect(await world.rows(sql)).toEqual([['7', '1 2', '3 4', '{5}']]);
    expect((await sent('SELECT [1, 2]::USMALLINT[]', 'binary'))?.toString('hex')).toBe(
      '000000010000000000000015000000020000000000000002000100000002' + '0002',
    );
  });

  test('settings change the forms: fewer digits, escaped bytes', async () => {
    await world.session.set('extra_float_digits', '0');
    await world.session.set('bytea_output', 'escape');
    expect(await world.rows("SELECT 0.1::DOUBLE + 0.2::DOUBLE, 1e20::DOUBLE, '\\x00415c'::BYTEA")).toEqual([
      ['0.3', '1e+20', '\\000A\\\\'],
    ]);
    await world.session.set('extra_float_digits', '1');
    await world.session.set('bytea_output', 'hex');
    await expect(world.session.set('DateStyle', 'German')).rejects.toMatchObject({ details: { sqlstate: '22023' } });
    await expect(world.session.set('TimeZone', "Mars'; DROP")).rejects.toMatchObject({ code: 'input/sql' });
  });
});

describe('a value that is sent back as a parameter is the same value', () => {
  const types = [16, 17, 20, 21, 23, 25, 700, 701, 1082, 1083, 1114, 1184, 1186, 2950, 1009, 1016, 1000, 1115, 2951];
  const roundTrip = async (oid: number, bytes: Buffer, format: 'text' | 'binary') => {
    const { rows } = await world.query(`SELECT $1::${engineTypeOf(oid)}`, {
      parameters: [{ bytes, format }],
      parameterTypes: [oid],
      formats: [format],
    });
    return rows[0]?.[0] ?? null;
  };

  test.each(types)('of type %i, in both forms', async oid => {
    await world.session.set('TimeZone', 'UTC');
    const own = pgValues.filter(([zone, , of]) => of === oid && zone === 'UTC');
    expect(own.length, pgTypeName(oid)).toBeGreaterThan(0);
    for (const [, sql, , text, hex] of own) {
      if (sql.startsWith('array[[')) continue;
      expect(Buffer.from((await roundTrip(oid, Buffer.from(text), 'text')) ?? []).toString()).toBe(text);
      expect(Buffer.from((await roundTrip(oid, Buffer.from(hex, 'hex'), 'binary')) ?? []).toString('hex')).toBe(hex);
    }
  });

  test('numerics keep the digits they have, in both forms', async () => {
    const decimal = fc.tuple(fc.bigInt(-(10n ** 26n), 10n ** 26n), fc.integer({ min: 0, max: 10 }));
    await fc.assert(
      fc.asyncProperty(decimal, async ([value, scale]) => {
        const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
        const point = digits.length - scale;
        const text = `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
        const sql = `SELECT CAST($1 AS DECIMAL(38,${scale}))`;
        const { rows } = await world.query(sql, {
          parameters: [{ bytes: Buffer.from(text), format: 'text' }],
          parameterTypes: [oids.numeric],
          formats: ['binary'],
        });
        const again = await world.query(sql, {
          parameters: [{ bytes: rows[0]?.[0] ?? null, format: 'binary' }],
          parameterTypes: [oids.numeric],
        });
        expect(Buffer.from(again.rows[0]?.[0] ?? []).toString()).toBe(text);
      }),
      { numRuns: 25 },
    );
  });

  test('any text comes through, and any list of texts', async () => {
    const text = fc.string({ unit: 'binary' }).filter(one => !one.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, async one => {
        expect(await world.rows('SELECT $1', one)).toEqual([[one]]);
        const quoted = `{"${one.replaceAll(/["\\]/g, '\\$&')}"}`;
        expect(await world.rows('SELECT unnest($1::text[])', quoted)).toEqual([[one]]);
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    ['int4', 23, 'x', '22P02'],
    ['int4', 23, '2147483648', '22003'],
    ['bool', 16, 'maybe', '22P02'],
    ['uuid', 2950, 'a0eebc99', '22P02'],
    ['date', 1082, '2024-13-01', '22007'],
    ['bytea', 17, '\\xabc', '22P02'],
    ['int4[]', 1007, '{1,2', '22P02'],
    ['float8', 701, '1e999', '22003'],
  ])('a wrong text for %s is told by its state, without the value', async (_, oid, text, sqlstate) => {
    const parameters = [{ bytes: Buffer.from(text), format: 'text' as const }];
    const failure = await world
      .query('SELECT $1', { parameters, parameterTypes: [oid] })
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'input/sql', details: { sqlstate } });
    expect(String(failure)).not.toContain(text);
  });

  test('wrong bytes are 22P03, whatever they are', async () => {
    const fixed = [16, 20, 21, 23, 700, 701, 1082, 1114, 1184, 1186, 2950, 1700, 1007];
    const bytes = fc.uint8Array({ maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fixed), bytes, async (oid, given) => {
        const parameters = [{ bytes: given, format: 'binary' as const }];
        const failure = await world
          .query('SELECT $1', { parameters, parameterTypes: [oid] })
          .catch((thrown: unknown) => thrown);
        if (failure instanceof Error) {
          expect(failure).toMatchObject({ details: { sqlstate: expect.stringMatching(/^22(P03|003|007|P02)$/) } });
        }
      }),
      { numRuns: 60 },
    );
  });
});
