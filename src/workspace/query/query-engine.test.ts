import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { live } from '../../../test/kit/log-values.ts';
import { openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';

const wideColumns = Array.from({ length: 1_100 }, (_, index) => `${index} AS c${index}`).join(', ');

let world: QueryWorld;

beforeAll(async () => {
  world = await openQueryWorld({
    'dbo.account': `SELECT ('00000000-0000-0000-0000-00000000000' || i)::UUID AS id, 'name ' || i AS name, i::BIGINT AS n,
      (i * 1.5)::DECIMAL(38,4) AS price, TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_days(i::INT) AS createdon FROM range(10) t(i)`,
    'dbo.contact': 'SELECT i AS contactid, i % 3 AS n FROM range(4) t(i)',
    'dbo.order': `SELECT 1 AS "select", 2 AS "From", 'a' AS "x""y", {'street': 's'} AS address`,
    'dbo.odd "name" \'; DROP': 'SELECT 1 AS one',
    'dbo.wide': `SELECT ${wideColumns}`,
    'lakelink.runs': 'SELECT 1 AS run',
    'public.big_accounts': { view: 'SELECT name, n FROM account WHERE n >= 8' },
    'public.of_view': { view: 'SELECT name FROM public.big_accounts -- of a view' },
    'public.loop': { view: 'SELECT * FROM public.loop' },
    'public.broken': { view: 'SELECT nothere FROM account' },
    'public.taking': { view: 'SELECT $1' },
    'public.reading': { view: "SELECT * FROM read_csv('x')" },
    ...Object.fromEntries(
      Array.from({ length: 18 }, (_, index) => [
        `public.deep${index}`,
        { view: index === 0 ? 'SELECT 1 AS one' : `SELECT * FROM deep${index - 1}` },
      ]),
    ),
  });
});
afterAll(() => world.close());

describe('names of relations', () => {
  test.each([
    ['SELECT name FROM account WHERE n = 1', 'name 1'],
    ['SELECT Name FROM ACCOUNT WHERE N = 1', 'name 1'],
    ['SELECT account.name FROM dbo.account WHERE account.n = 1', 'name 1'],
    ['SELECT dbo.account.name FROM dbo.account WHERE dbo.account.n = 1', 'name 1'],
    [
      'SELECT "dataverse-contoso-org".dbo.account.name FROM "dataverse-contoso-org".dbo.account ORDER BY n LIMIT 1',
      'name 0',
    ],
    ['SELECT dbo.account.* FROM dbo.account ORDER BY n LIMIT 1', '00000000-0000-0000-0000-000000000000'],
    ['SELECT a.name FROM account a JOIN contact USING (n) ORDER BY 1 DESC LIMIT 1', 'name 2'],
    ['SELECT a.p FROM account AS a(o, p, q) ORDER BY 1 LIMIT 1', 'name 0'],
    ['SELECT (SELECT max(name) FROM account b WHERE b.n <= a.n) FROM account a ORDER BY 1 DESC LIMIT 1', 'name 9'],
    ['WITH account AS (SELECT 7 AS n) SELECT n FROM account', '7'],
    ['WITH a AS (SELECT * FROM account) SELECT count(*) FROM a, account', '100'],
    ['WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 5) SELECT max(i) FROM t', '5'],
    ['SELECT count(*) FROM (SELECT n FROM account UNION SELECT n FROM contact)', '10'],
    ['SELECT max(a.name) FROM account a, LATERAL (SELECT a.n + 1 AS m) l WHERE m = 3', 'name 2'],
    ['SELECT "select" + "From" FROM "order"', '3'],
    ['SELECT "x""y" FROM dbo."order"', 'a'],
    ['SELECT (address).street FROM "order"', 's'],
    ['SELECT one FROM "odd ""name"" \'; DROP"', '1'],
    ['SELECT name FROM public.big_accounts ORDER BY 1', 'name 8'],
    ['SELECT v.name FROM of_view v ORDER BY 1', 'name 8'],
    ['SELECT run FROM runs', '1'],
    ['SELECT one FROM deep15', '1'],
    ['TABLE runs', '1'],
    ['FROM contact SELECT max(contactid)', '3'],
    ['SELECT column_name FROM (DESCRIBE account) LIMIT 1', 'id'],
    ['DESCRIBE account', 'id'],
    ['SUMMARIZE SELECT n FROM account', 'n'],
    ['SHOW TABLES', 'dbo'],
    ['VALUES (1), (2)', '1'],
    ['SELECT max(x) FROM (VALUES (1), (2)) v(x)', '2'],
  ])('%s', async (sql, first) => {
    expect((await world.rows(sql))[0]?.[0]).toBe(first);
  });

  test('a table of 1,100 columns is read whole', async () => {
    const { fields, rows } = await world.query('SELECT * FROM wide');
    expect(fields).toHaveLength(1_100);
    expect(Buffer.from(rows[0]?.[1_099] ?? []).toString()).toBe('1099');
  });

  test('a table is read as of a commit or a time, by AT or for the whole session (R: time travel)', async () => {
    const asOf = async (sql: string) => {
      world.found.length = 0;
      await world.rows(sql);
      return world.found.at(-1)?.asOf;
    };
    const march = { is: 'time', ms: Date.UTC(2024, 2, 1) };
    expect(await asOf('SELECT 1 FROM account AT (VERSION => 7)')).toEqual({ is: 'commit', sequence: 7 });
    expect(await asOf("SELECT 1 FROM account a AT (TIMESTAMP => '2024-03-01T00:00:00Z')")).toEqual(march);
    expect(await asOf("SELECT 1 FROM account AT (TIMESTAMP => TIMESTAMP '2024-03-01 00:00')")).toEqual(march);
    expect(await asOf('SELECT 1 FROM account')).toBeNull();
    world.session.asOf = { is: 'commit', sequence: 3 };
    expect(await asOf('SELECT 1 FROM account')).toEqual({ is: 'commit', sequence: 3 });
    expect(await asOf('SELECT name FROM public.big_accounts')).toEqual({ is: 'commit', sequence: 3 });
    expect(await world.rows('SELECT run FROM lakelink.runs')).toEqual([['1']]);
    world.session.asOf = null;
    expect((await world.refusal('SELECT 1 FROM account AT (VERSION => n)')).details.sqlstate).toBe('22023');
    expect((await world.refusal("SELECT 1 FROM account AT (TIMESTAMP => 'x')")).details.sqlstate).toBe('22023');
  });
});

describe('columns have the names that PostgreSQL gives', () => {
  test.each([
    [
      'SELECT count(*), max(n), n + 1, 1, NULL, true, lower(name) FROM account GROUP BY ALL',
      'count max ?column? ?column? ?column? bool lower',
    ],
    [
      "SELECT n::text, 'x'::text, 1::int8, CASE WHEN n > 1 THEN name END, coalesce(n, 1), (SELECT max(n) FROM account) FROM account",
      'n text int8 case coalesce max',
    ],
    [
      'SELECT EXISTS (SELECT 1), ARRAY[1], n IS NULL, sum(n) OVER (), n AS "N", name FROM account',
      'exists array ?column? sum N name',
    ],
    ['SELECT a.n, c.n FROM account a, contact c', 'n n'],
  ])('%s', async (sql, names) => {
    expect((await world.query(sql)).fields.map(({ name }) => name).join(' ')).toBe(names);
  });
});

describe('operators of PostgreSQL', () => {
  test('~ finds a pattern anywhere, SIMILAR TO and a call match the whole text', async () => {
    const sql = `SELECT 'ab
c' ~ 'b.c', 'abc' !~ 'b', 'abc' ~* 'B', 'abc' !~* 'B', 'abc' OPERATOR(pg_catalog.~) '^(abc)$', 'abc' SIMILAR TO 'b',
      'abc' NOT SIMILAR TO 'b', regexp_full_match('abc', 'b')`;
    expect(await world.rows(sql)).toEqual([['t', 'f', 't', 'f', 't', 'f', 't', 'f']]);
  });

  test('collations and schemas that say nothing are passed over, and stay in texts', async () => {
    const sql = `SELECT 'b' COLLATE pg_catalog.default, 'c' COLLATE "C", 1::pg_catalog.int4, 'd'::pg_catalog.text,
      pg_catalog.lower('E'), '::pg_catalog.text COLLATE "C"', /* ' */ "d"."::pg_catalog.x" FROM (SELECT 6 AS "::pg_catalog.x") d`;
    expect(await world.rows(sql)).toEqual([['b', 'c', '1', 'd', 'e', '::pg_catalog.text COLLATE "C"', '6']]);
  });

  test('literals of arrays, bytes and exact numbers keep what they say', async () => {
    const sql = `SELECT '{1,2}'::int[], '{"a b",NULL}'::_text, '\\xdead'::bytea, 9007199254740993,
      12345678901234567890123.25, 1e10, '{"k":[1]}'::jsonb, 170141183460469231731687303715884105727`;
    expect(await world.rows(sql)).toEqual([
      [
        '{1,2}',
        '{"a b",NULL}',
        '\\xdead',
        '9007199254740993',
        '12345678901234567890123.25',
        '10000000000',
        '{"k":[1]}',
        '170141183460469231731687303715884105727',
      ],
    ]);
  });
});

describe('parameters (R: prepared statements)', () => {
  test.each([
    ['SELECT $1::int4', ['5'], [23], '5'],
    ['SELECT name FROM account WHERE id = $1', ['00000000-0000-0000-0000-000000000003'], [2950], 'name 3'],
    ['SELECT name FROM account WHERE n = $1', ['3'], [20], 'name 3'],
    ['SELECT name FROM account ORDER BY n LIMIT $1 OFFSET $2', ['1', '4'], [20, 20], 'name 4'],
    ['SELECT max(name) FROM account WHERE n = ANY($1)', ['{1,2,99}'], [1016], 'name 2'],
    ['SELECT max(name) FROM account WHERE name <> ALL($1)', ['{"name 9"}'], [1009], 'name 8'],
    ['SELECT max(name) FROM account WHERE n IN ($1, $2)', ['1', '5'], [20, 20], 'name 5'],
    ['SELECT $1 IS NULL', [null], [25], 't'],
    ['SELECT $1', ['x'], [25], 'x'],
    ['SELECT $1 || $2', ['x', 'y'], [25, 25], 'xy'],
    ['SELECT n + $1 FROM account WHERE n = 1', ['41'], [20], '42'],
    ['SELECT price > $1 FROM account WHERE n = 1', ['1.49999'], [1700], 't'],
    [
      'SELECT max(name) FROM account WHERE createdon < $1 AND name LIKE $2',
      ['2024-01-03', 'name%'],
      [1184, 25],
      'name 1',
    ],
    ['SELECT CASE WHEN $1 THEN $2 ELSE $3 END', ['t', 'a', 'b'], [16, 25, 25], 'a'],
    ['SELECT count(*) FROM account WHERE $1 = $1', ['a'], [25], '10'],
    ['SELECT max(n) FROM account WHERE createdon + $1 < $2', ['1 day', '2024-01-04'], [1186, 1184], '1'],
  ])('%s', async (sql, given, types, first) => {
    const parameters = given.map(value => ({
      bytes: value === null ? null : Buffer.from(value),
      format: 'text' as const,
    }));
    const { rows, parameterTypes } = await world.query(sql, { parameters });
    expect(Buffer.from(rows[0]?.[0] ?? []).toString()).toBe(first);
    expect(parameterTypes).toEqual(types);
  });

  test('a text that a driver declares is read as what it is compared with', async () => {
    const parameters = [{ bytes: Buffer.from('00000000-0000-0000-0000-000000000003'), format: 'text' as const }];
    const answer = await world.query('SELECT name FROM account WHERE id = $1', { parameters, parameterTypes: [1043] });
    expect(answer.parameterTypes).toEqual([1043]);
    expect(answer.rows).toHaveLength(1);
  });

  test('a statement runs again with other values; what is missing is told', async () => {
    const prepared = await world.session.prepare('SELECT $1::int + n FROM account ORDER BY 1', {
      view: world.view,
      parameterTypes: [],
      signal: live,
    });
    for (const value of ['1', '100']) {
      const parameters = [{ bytes: Buffer.from(value), format: 'text' as const }];
      const rows = await prepared.run({ view: world.view, parameters, signal: live });
      const [first] = await rows.next(1, ['text']);
      expect(Buffer.from(first?.[0] ?? []).toString()).toBe(value);
      expect(await rows.next(100, ['text'])).toHaveLength(9);
      expect(await rows.next(100, ['text'])).toEqual([]);
      await rows.close();
    }
    await expect(prepared.run({ view: world.view, parameters: [], signal: live })).rejects.toMatchObject({
      details: { sqlstate: '42P02' },
    });
  });
});

describe('errors have a state and a place in the client’s own text (R: errors with SQLSTATE and position)', () => {
  test.each([
    ['SELECT * FROM nothere', '42P01', 15],
    ['SELECT é😀 FROM account', '42703', 8],
    ["SELECT 'é😀', nothere FROM account", '42703', 15],
    ["SELECT 'é😀' FROM nothere", '42P01', 19],
    ["SELECT 'é😀' FRM x y", '42601', 18],
    ['SELECT lower(1, 2)', '42883', 8],
    ['SELECT nosuch(1)', '42883', 8],
    ['SELECT n FROM account a, contact c', '42702', 8],
    ['SELECT n, count(*) FROM account', '42803', 8],
    ["SELECT 'x'::int", '22P02', undefined],
    ["SELECT '2024-13-01'::date", '22007', undefined],
    ['SELECT 2147483647::int4 + 1::int4', '22003', undefined],
    ['SELECT 1e400', '22003', undefined],
    ['SELECT x.dbo.account FROM other.dbo.account', '0A000', 27],
    ['SELECT 1::nosuchtype', '42704', 9],
    ['SELECT (SELECT n FROM account)', '21000', undefined],
    ['SELECT 1; SELECT 2', '42601', undefined],
    ['', '42601', undefined],
    ['SELECT * FROM public.loop', '42P19', undefined],
    ['SELECT * FROM public.broken', '42703', undefined],
    ['SELECT * FROM public.taking', '42P02', undefined],
    ['SELECT * FROM public.reading', '42883', undefined],
    ['SELECT * FROM deep17', '54001', undefined],
    ['SET threads = 1', '0A000', undefined],
    ['EXPLAIN SELECT 1', '0A000', undefined],
    ['SELECT $name', '42601', undefined],
  ])('%s', async (sql, sqlstate, position) => {
    const { details } = await world.refusal(sql);
    expect(details).toMatchObject({ sqlstate });
    expect(details.position, String(details.reason)).toBe(position);
  });

  test('words about values are not passed on, nor is SQL of ours', async () => {
    expect((await world.refusal("SELECT name::int FROM account WHERE name = 'name 4'")).message).not.toContain(
      'name 4',
    );
    expect((await world.refusal('SELECT nam FROM account')).message).not.toMatch(/lakelink:|range/);
  });
});

describe('what is too much is refused, and nothing falls over', () => {
  const nested = (open: string, close: string, times: number) => `SELECT ${open.repeat(times)}1${close.repeat(times)}`;

  test.each([
    ['10,000 brackets', nested('(', ')', 10_000)],
    ['10,000 lists', nested('[', ']', 10_000)],
    ['10,000 subqueries', nested('(SELECT ', ')', 10_000)],
    ['10,000 NOTs', `SELECT ${'NOT '.repeat(10_000)}true`],
    ['2,000 additions', `SELECT 1${' + 1'.repeat(2_000)}`],
    ['30 arrows, which the engine would try in 2^30 ways', `SELECT a${' -> b'.repeat(30)}`],
    ['more than 1,000,000 characters', `SELECT '${'x'.repeat(1_000_000)}'`],
    ['200,000 openings of comments', '/*'.repeat(200_000)],
    ['10,000 comments and signs', `SELECT 1 ${'/* - */ - '.repeat(10_000)}1`],
    ['4,000 signs', `SELECT 1${'-+'.repeat(2_000)}1`],
    ['200,000 openings of texts', `SELECT a.* ${'$a$ $b$ '.repeat(100_000)}`],
    ['10,000 casts', `SELECT 1${'::int'.repeat(10_000)}`],
    ['1,001 relations', `SELECT 1 FROM ${Array.from({ length: 1_001 }, (_, index) => `runs r${index}`).join(', ')}`],
  ])('%s', async (_, sql) => {
    expect((await world.refusal(sql)).details.sqlstate).toMatch(/^(54001|42601)$/);
  });

  test('a long list of values is no nesting', async () => {
    const values = Array.from({ length: 5_000 }, (_, index) => index).join(',');
    expect(await world.rows(`SELECT count(*) FROM account WHERE n IN (${values})`)).toEqual([['10']]);
    expect(await world.rows(`SELECT 1 WHERE true${' AND true'.repeat(2_000)}`)).toEqual([['1']]);
  });
});

describe('a result is whole or an error (I: never cut short in silence)', () => {
  test('an error at row 900,000 comes before any row', async () => {
    const failing = "SELECT i, CASE WHEN i = 900000 THEN 'x' ELSE '1' END::INT FROM range(1000000) t(i)";
    expect((await world.refusal(failing)).details.sqlstate).toBe('22P02');
    expect(await world.rows(`SELECT count(*) FROM (${failing.replace("'x'", "'2'")})`)).toEqual([['1000000']]);
  }, 60_000);

  test('rows keep their order, in pieces of any size', async () => {
    const prepared = await world.session.prepare('SELECT i FROM range(50000) t(i) ORDER BY i DESC', {
      view: world.view,
      parameterTypes: [],
      signal: live,
    });
    const result = await prepared.run({ view: world.view, parameters: [], signal: live });
    expect(result.rowCount).toBe(50_000);
    const seen: number[] = [];
    for (let size = 1; ; size = size * 3 + 1) {
      const next = await result.next(size, ['text']);
      if (next.length === 0) break;
      expect(next.length).toBeLessThanOrEqual(size);
      for (const [value] of next) seen.push(Number(Buffer.from(value ?? []).toString()));
    }
    expect(seen).toEqual(Array.from({ length: 50_000 }, (_, index) => 49_999 - index));
    await result.close();
  });

  test('two results are read by turns, and other queries between', async () => {
    const open = async (sql: string) => {
      const prepared = await world.session.prepare(sql, { view: world.view, parameterTypes: [], signal: live });
      return prepared.run({ view: world.view, parameters: [], signal: live });
    };
    const [one, two] = [await open('SELECT i FROM range(1000) t(i)'), await open('SELECT -i FROM range(1000) t(i)')];
    const first = await one.next(300, []);
    const other = await two.next(300, []);
    await world.rows('SELECT 1');
    const second = await one.next(300, []);
    expect([first, other, second].map(rows => Buffer.from(rows.at(-1)?.[0] ?? []).toString())).toEqual([
      '255',
      '-255',
      '555',
    ]);
    await one.close();
    await two.close();
  });
});

describe('limits (R: isolation)', () => {
  test('rows, time, memory and disk each have their fault, and the session goes on', async () => {
    const small = await openQueryWorld({}, { rowsMax: 1_000, timeoutMs: 300, memoryMb: 60, tempMb: 30 });
    try {
      expect((await small.refusal('SELECT * FROM range(1001)')).code).toBe('sql/rows');
      expect(await small.rows('SELECT count(*) FROM (SELECT * FROM range(1000))')).toEqual([['1000']]);
      expect((await small.refusal('SELECT count(*) FROM range(100000) a, range(1000000) b')).code).toBe('sql/timeout');
      expect(await small.rows('SELECT 1')).toEqual([['1']]);
    } finally {
      await small.close();
    }
  });

  test('what fits neither in memory nor on disk is refused', async () => {
    const small = await openQueryWorld({}, { memoryMb: 40, tempMb: 20 });
    try {
      const { code } = await small.refusal(
        'SELECT md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM range(900000) t(i) ORDER BY a',
      );
      expect(['sql/temp-disk', 'sql/memory']).toContain(code);
      expect(await small.rows('SELECT 1')).toEqual([['1']]);
    } finally {
      await small.close();
    }
  }, 60_000);

  test('an abort interrupts and throws its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const running = world.query('SELECT count(*) FROM range(100000) a, range(10000000) b', { signal: stop.signal });
    setImmediate(() => stop.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(await world.rows('SELECT 1')).toEqual([['1']]);
  });

  test('a result in memory or spilled leaves nothing behind when it is closed', async () => {
    await world.rows('SELECT md5(i::VARCHAR) FROM range(30000) t(i)');
    const prepared = await world.session.prepare('SELECT 1 AS x FROM range(5)', {
      view: world.view,
      parameterTypes: [],
      signal: live,
    });
    const rows = await prepared.run({ view: world.view, parameters: [], signal: live });
    await rows.close();
    await rows.close();
    expect(await rows.next(10, [])).toEqual([]);
    expect((await readdir(join(world.folder, 'spill'))).filter(name => name.endsWith('.wal'))).toEqual([]);
  });

  test('a closed session answers nothing more', async () => {
    const other = await openQueryWorld();
    await other.session.close();
    await other.session.close();
    await expect(other.rows('SELECT 1')).rejects.toMatchObject({ code: 'service/stopped' });
    await other.close();
  });
});
