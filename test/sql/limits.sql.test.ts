import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneValue, rowsOf } from '../kit/pg-rows.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { installWideEnvironment, wideTableName } from '../kit/wide-environment.ts';

const WIDE = wideTableName(1);
const COLUMNS = 1_100;
const MANY = 200;

let world: SqlWorld;
let client: pg.Client;

beforeAll(async () => {
  world = await openSqlWorld({
    tables: [WIDE],
    settings: {
      LAKELINK_SQL_CONNECTIONS: String(MANY + 10),
      LAKELINK_SQL_MEMORY_MB: '256',
      LAKELINK_SQL_TEMP_MB: '64',
      LAKELINK_SQL_ROWS: '100000',
      LAKELINK_SQL_THREADS: '2',
    },
    fill: database => {
      installWideEnvironment(database, { tables: 1, columns: COLUMNS });
      database.put(WIDE, [{ [`${WIDE}id`]: '00000000-0000-4000-8000-000000000001', name: 'the only one' }]);
    },
  });
  client = await world.connect();
});
afterAll(() => world?.stop());

/** While something heavy goes on, another client gets its answers. */
async function othersGoOn(): Promise<void> {
  for (let times = 0; times < 5; times += 1)
    expect(await oneValue(client, 'SELECT count(*)::int4 FROM account')).toBe(world.world.database.count('account'));
}

describe('a query that needs more than there is', () => {
  test('one that would sort 100 GB ends with a SQLSTATE; others and sync go on', async () => {
    const own = await world.connect();
    const heavy = own.query(
      `SELECT a.i, repeat(md5(a.i::text || b.i::text), 30) AS filler
       FROM generate_series(1, 10000) a(i), generate_series(1, 10000) b(i) ORDER BY filler`,
    );
    const refused = expect(heavy).rejects.toMatchObject({ code: expect.stringMatching(/^(53100|53200)$/) });
    await othersGoOn();
    await refused;
    await othersGoOn();
    expect(await oneValue(own, 'SELECT 1')).toBe(1);
    await world.world.caughtUp();
  });

  test('twelve that never end: another client has its answers meanwhile', async () => {
    const endless = 'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b';
    const all = await Promise.all(Array.from({ length: 12 }, () => world.connect()));
    await Promise.all(all.map(each => each.query("SET statement_timeout = '5s'")));
    let ended = 0;
    const ends = all.map(async each => {
      await expect(each.query(endless)).rejects.toMatchObject({ code: '57014' });
      ended += 1;
    });
    await othersGoOn();
    expect(ended).toBe(0);
    await Promise.all(ends);
    expect(await oneValue(all[0] ?? client, 'SELECT 1')).toBe(1);
    await Promise.all(all.map(each => each.end()));
  });

  test('a value that does not fit in memory does too', async () => {
    const own = await world.connect();
    const sql = `SELECT length(string_agg(repeat(md5(i::text), 30), '')) FROM generate_series(1, 2000000) t(i)`;
    await expect(own.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(53100|53200)$/) });
    expect(await oneValue(own, 'SELECT 1')).toBe(1);
  });

  test('a result with more rows than allowed is an error, never cut', async () => {
    const series = (rows: number) => `SELECT i FROM generate_series(1, ${rows}) t(i)`;
    expect((await client.query(series(100_000))).rowCount).toBe(100_000);
    await expect(client.query(series(100_001))).rejects.toMatchObject({ code: '54000' });
    expect(await oneValue(client, `SELECT count(*)::int4 FROM (${series(1_000_000)})`)).toBe(1_000_000);
  });
});

describe('wide and deep', () => {
  test(`a table of ${COLUMNS} columns: all of them, in both protocols`, async () => {
    for (const values of [[], ['the only one']]) {
      const { fields, rows } = await client.query({
        text: `SELECT * FROM ${WIDE}${values.length > 0 ? ' WHERE name = $1' : ''}`,
        values,
        rowMode: 'array',
      });
      expect(fields.length).toBeGreaterThanOrEqual(COLUMNS);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toHaveLength(fields.length);
    }
  });

  test(`a row of ${COLUMNS} expressions`, async () => {
    const list = Array.from({ length: COLUMNS }, (_, at) => `${at} AS c${at}`).join(', ');
    const [row] = await rowsOf(client, `SELECT ${list}`);
    expect(Object.keys(row ?? {})).toHaveLength(COLUMNS);
    expect(row?.[`c${COLUMNS - 1}`]).toBe(COLUMNS - 1);
  });

  test.each([
    ['brackets', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['sums', `SELECT 1${' + 1'.repeat(20_000)}`],
    ['subqueries', `${'SELECT * FROM ('.repeat(2_000)}SELECT 1${')'.repeat(2_000)}`],
    ['cases', `SELECT ${'CASE WHEN true THEN '.repeat(5_000)}1${' END'.repeat(5_000)}`],
    ['unions', `SELECT 1${' UNION ALL SELECT 1'.repeat(2_000)}`],
  ])('%s nested too deep are answered or refused with a SQLSTATE, and the server stays', async (_what, sql) => {
    const outcome = await client.query(sql).then(
      () => 'answered',
      (error: { readonly code?: string }) => error.code,
    );
    expect(outcome).toMatch(/^(answered|[0-9A-Z]{5})$/);
    expect(await oneValue(client, 'SELECT 1')).toBe(1);
  });

  test('a parameter of 30 MB comes back whole; a list of 5,000 parameters is answered', async () => {
    const giant = 'ä'.repeat(15 * 1024 * 1024);
    expect(await oneValue(client, 'SELECT length($1::text)', [giant])).toBe('15728640');
    const ids = Array.from({ length: 5_000 }, (_, at) => at);
    const list = ids.map(at => `$${at + 1}`).join(', ');
    expect(await oneValue(client, `SELECT (1 IN (${list}))`, ids)).toBe(true);
  });
});

describe('many connections', () => {
  test(`${MANY} idle ones, that came at once as a pool's do: a new one works at once, and one more than allowed is told so`, async () => {
    const open: pg.Client[] = [];
    const connect = async () => {
      const each = new pg.Client({
        host: '127.0.0.1',
        port: world.port,
        user: 'ana',
        password: PASSWORD,
        database: world.database,
      });
      each.on('error', () => undefined);
      await each.connect();
      open.push(each);
    };
    try {
      await Promise.all(Array.from({ length: MANY }, connect));
      expect(await oneValue(client, 'SELECT count(*)::int4 FROM contact')).toBe(world.world.database.count('contact'));
      await expect(
        (async () => {
          for (let more = 0; more < 12; more += 1) await connect();
        })(),
      ).rejects.toMatchObject({ code: '53300' });
    } finally {
      await Promise.all(open.map(each => each.end().catch(() => undefined)));
    }
    await world.world.until('there is room again', () =>
      connect().then(
        () => true,
        () => false,
      ),
    );
    await Promise.all(open.map(each => each.end().catch(() => undefined)));
  });

  test('a flood of wrong passwords does not keep others out', async () => {
    const guess = () => world.connect({ password: 'wrong horse' }).catch((error: { code?: string }) => error.code);
    const flood = Promise.all(Array.from({ length: 30 }, guess));
    const own = await world.connect({ user: 'maker' });
    expect(await oneValue(own, 'SELECT 1')).toBe(1);
    expect(new Set(await flood)).toEqual(new Set(['28P01']));
  });
});
