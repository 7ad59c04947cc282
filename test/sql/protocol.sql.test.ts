import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneValue, portalCursor, rowsOf } from '../kit/pg-rows.ts';
import { documented } from '../kit/sql-docs.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { errorFields, message, query, WireClient } from '../kit/wire-client.ts';

let world: SqlWorld;
let client: pg.Client;
let accounts: number;

beforeAll(async () => {
  world = await openSqlWorld();
  client = await world.connect();
  accounts = world.world.database.count('account');
});
afterAll(() => world?.stop());

/** A query that would take minutes, of work that nothing can skip. */
const ENDLESS =
  'SELECT sum(hash(a.i, b.i) % 7) AS n FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)';

const cancelled = { code: '57014' };

/** Sends the cancel request that a driver sends on a connection of its own. */
function cancel(target: pg.Client): void {
  const { processID, secretKey } = target as unknown as { processID: number; secretKey: number };
  const body = Buffer.alloc(16);
  for (const [at, word] of [16, 80_877_102, processID, secretKey].entries()) body.writeInt32BE(word, 4 * at);
  void WireClient.connect(world.port).then(wire => wire.send(body));
}

describe('sign-in', () => {
  test('under TLS with the authority of the certificate, and not with another', async () => {
    const [row] = await rowsOf(client, 'SELECT current_user AS u, current_database() AS d');
    expect(row).toEqual({ u: 'ana', d: world.database });
    await expect(world.connect({ ssl: true })).rejects.toThrow(/self.signed|unable to|issuer|verify/i);
    await expect(world.connect({ host: '127.0.0.1' })).rejects.toThrow(/IP|altnames/i);
  });

  test.each([
    ['a wrong password', { password: 'wrong horse' }, '28P01'],
    ['an empty password', { password: '' }, undefined],
    ['a user who is not there', { user: 'nobody' }, '28P01'],
    ['a database that is not there, for one who may use all', { user: 'root', database: 'dataverse-none' }, '3D000'],
    ['a database that is not there, for others', { database: 'dataverse-none' }, '42501'],
    ['a user without the database', { user: 'stranger' }, '42501'],
  ])('%s is refused', async (_what, change, code) => {
    await expect(world.connect(change)).rejects.toMatchObject(code === undefined ? {} : { code });
  });

  test('everyone may look around in the maintenance database, which shows what one may use', async () => {
    const stranger = await world.connect({ user: 'stranger', database: 'postgres' });
    const names = async (from: pg.Client) =>
      (await rowsOf(from, 'SELECT datname FROM pg_database ORDER BY 1')).map(({ datname }) => datname);
    expect(await names(stranger)).toEqual(['postgres']);
    expect(await names(client)).toEqual([world.database, 'postgres'].sort());
    await expect(stranger.query(`SELECT * FROM account`)).rejects.toMatchObject({ code: '42P01' });
  });
});

describe('statements', () => {
  test('several in one text answer one after the other, up to the first error', async () => {
    const results = (await client.query('SELECT 1 AS a; SELECT 2 AS b, 3 AS c;')) as unknown as pg.QueryResult[];
    expect(results.map(({ rows }) => rows)).toEqual([[{ a: 1 }], [{ b: 2, c: 3 }]]);
    await expect(client.query('SELECT 1; SELECT nope')).rejects.toMatchObject({ code: '42703' });
    expect((await client.query('')).rows).toEqual([]);
  });

  test('the number of rows is that of the environment', async () => {
    const { rowCount, command } = await client.query('SELECT accountid FROM account');
    expect([command, rowCount]).toEqual(['SELECT', accounts]);
  });

  test('a named statement is prepared once and sees what is committed at each run', async () => {
    const named = { name: 'by-name', text: 'SELECT count(*)::int4 AS n FROM contact WHERE firstname = $1' };
    const [contact] = world.world.database.page('contact', { after: null, limit: 1 });
    const run = async () => (await client.query({ ...named, values: ['named once'] })).rows;
    expect(await run()).toEqual([{ n: 0 }]);
    world.world.database.patch('contact', contact?.id ?? '', { firstname: 'named once' });
    await world.world.until('the prepared statement sees it', async () => (await run())[0]?.n === 1);
  });

  test('PREPARE, EXECUTE and DEALLOCATE in SQL', async () => {
    await client.query('PREPARE some (int4) AS SELECT $1 + 1 AS v');
    expect(await rowsOf(client, 'EXECUTE some (41)')).toEqual([{ v: 42 }]);
    await client.query('DEALLOCATE some');
    await expect(client.query('EXECUTE some (41)')).rejects.toMatchObject({ code: '26000' });
  });

  test('a cursor of a portal gives rows in pieces, all of them once', async () => {
    const cursor = client.query(portalCursor('SELECT accountid FROM account WHERE $1', [true]));
    const seen: unknown[] = [];
    for (;;) {
      const rows = await cursor.read(7);
      expect(rows.length).toBeLessThanOrEqual(7);
      if (rows.length === 0) break;
      seen.push(...rows.map(({ accountid }) => accountid));
    }
    await cursor.close();
    expect(new Set(seen).size).toBe(accounts);
    expect(seen).toHaveLength(accounts);
    const early = client.query(portalCursor('SELECT accountid FROM account'));
    await early.read(1);
    await early.close();
    expect(await oneValue(client, 'SELECT 1')).toBe(1);
  });

  test('a cursor of SQL goes forth, keeps its rows while the table changes, and ends with its transaction', async () => {
    await client.query('BEGIN');
    await client.query('DECLARE c CURSOR FOR SELECT accountid FROM account ORDER BY 1');
    const first = await rowsOf(client, 'FETCH 5 FROM c');
    const rest = await rowsOf(client, 'FETCH ALL FROM c');
    expect([first.length, first.length + rest.length]).toEqual([5, accounts]);
    await client.query('COMMIT');
    await expect(client.query('FETCH 1 FROM c')).rejects.toMatchObject({ code: '34000' });
  });
});

describe('errors', () => {
  test.each([
    ['SELECT nam FROM account', '42703', 8],
    ['SELECT * FROM acount', '42P01', 15],
    [`SELECT '易碎 😀', nam FROM account`, '42703', 16],
    ['SELECT nope(1)', '42883', 8],
    ['SELECT 1 +', '42601', undefined],
    ['SELEC 1', '42601', 1],
    [`SELECT 'x'::int4`, '22P02', undefined],
    ['SELECT count(*) FROM account GROUP BY', '42601', undefined],
    ['SELECT name, count(*) FROM account', '42803', undefined],
    ['DELETE FROM account', '25006', undefined],
    [`UPDATE account SET name = 'x'`, '25006', undefined],
    ['CREATE TABLE t (a int)', '25006', undefined],
    ['DROP TABLE account', '25006', undefined],
    [`COPY account TO '/tmp/x.csv'`, '42501', undefined],
    [`COPY account FROM '/tmp/x.csv'`, '42501', undefined],
    ['COPY account FROM STDIN', '42501', undefined],
    [`SELECT * FROM read_csv('/etc/passwd')`, undefined, undefined],
    [`SELECT * FROM '/etc/passwd'`, undefined, undefined],
    [`SELECT * FROM glob('/*')`, undefined, undefined],
    [`SET memory_limit = '100GB'`, undefined, undefined],
    ['INSTALL httpfs', undefined, undefined],
    [`LOAD 'httpfs'`, undefined, undefined],
    [`ATTACH 'x.db'`, undefined, undefined],
    ['PRAGMA database_list', undefined, undefined],
    [`SELECT getenv('HOME')`, undefined, undefined],
  ])('%s', async (sql, code, position) => {
    const failure = await client.query(sql).then(
      () => null,
      (error: { readonly code: string; readonly position?: string; readonly message: string }) => error,
    );
    expect(failure?.code).toMatch(code === undefined ? /^(0A|22|25|42)[0-9A-Z]{3}$/ : new RegExp(`^${code}$`));
    if (position !== undefined) expect(failure?.position).toBe(String(position));
    // Nobody learns where the lake is.
    expect(failure?.message).not.toContain(world.world.settings.home);
  });

  test('what failed leaves the connection as it was, in both protocols', async () => {
    for (const values of [[], [1]]) {
      await expect(client.query(`SELECT nope${values.length > 0 ? ', $1::int4' : ''}`, values)).rejects.toThrow();
      expect(await oneValue(client, 'SELECT 1')).toBe(1);
    }
  });
});

describe('transactions', () => {
  test('REPEATABLE READ sees one state of a table; after it the newest', async () => {
    const own = await world.connect();
    const named = `SELECT count(*)::int4 FROM account WHERE name = 'seen later'`;
    const [account] = world.world.database.page('account', { after: null, limit: 1 });
    await own.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    expect(await oneValue(own, named)).toBe(0);
    world.world.database.patch('account', account?.id ?? '', { name: 'seen later' });
    await world.world.until('another client sees it', async () => (await oneValue(client, named)) === 1);
    expect(await oneValue(own, named)).toBe(0);
    await own.query('COMMIT');
    expect(await oneValue(own, named)).toBe(1);
  });

  test('one that failed refuses all but its end', async () => {
    const own = await world.connect();
    await own.query('BEGIN');
    await expect(own.query('SELECT nope')).rejects.toMatchObject({ code: '42703' });
    await expect(own.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await own.query('ROLLBACK');
    await own.query('BEGIN; SAVEPOINT s');
    await expect(own.query('SELECT nope')).rejects.toThrow();
    await own.query('ROLLBACK TO SAVEPOINT s');
    expect(await oneValue(own, 'SELECT 1')).toBe(1);
    await own.query('COMMIT');
  });
});

describe('ending what runs', () => {
  test('a cancel request ends the query of its connection and no other', async () => {
    const own = await world.connect();
    const running = own.query(ENDLESS);
    const outcome = expect(running).rejects.toMatchObject(cancelled);
    await world.world.until('it runs', async () => (await oneValue(client, 'SELECT 1')) === 1);
    const insisting = setInterval(() => cancel(own), 200);
    await outcome;
    clearInterval(insisting);
    // One of them may have come late.
    await own.query('SELECT 1').catch(() => undefined);
    expect(await oneValue(own, 'SELECT 2')).toBe(2);
  });

  test('statement_timeout of the session does too', async () => {
    const own = await world.connect({ statement_timeout: 300 });
    await expect(own.query(ENDLESS)).rejects.toMatchObject({
      code: '57014',
      message: expect.stringMatching(/timeout/),
    });
    expect(await oneValue(own, 'SELECT 1')).toBe(1);
  });

  test('a client that leaves ends what ran for it: others are not slowed by it', async () => {
    const own = await world.wire();
    own.send(query(ENDLESS));
    own.destroy();
    expect(await oneValue(client, 'SELECT count(*)::int4 FROM account')).toBe(accounts);
  });
});

describe('COPY TO STDOUT', () => {
  const copied = async (sql: string) => {
    const wire = await world.wire();
    wire.send(query(sql));
    const messages = await wire.until('Z');
    wire.destroy();
    return messages;
  };

  test('as text: tabs, backslashes and line ends are escaped', async () => {
    const messages = await copied(
      `COPY (SELECT 1 AS a, E'x\\ty\\\\z' AS b, NULL AS c UNION ALL SELECT 2, 'q', 'r' ORDER BY 1) TO STDOUT`,
    );
    expect(messages.map(({ type }) => type).join('')).toBe('HddcCZ');
    const data = messages.filter(({ type }) => type === 'd').map(({ body }) => body.toString());
    expect(data).toEqual(['1\tx\\ty\\\\z\t\\N\n', '2\tq\tr\n']);
    expect(messages.at(-2)?.body.toString()).toBe('COPY 2\0');
  });

  test('a table as CSV with a header: every row, quoted where it must be', async () => {
    const messages = await copied(
      'COPY (SELECT new_crateid, new_name FROM new_crate ORDER BY 1) TO STDOUT WITH (FORMAT csv, HEADER)',
    );
    const text = messages.flatMap(({ type, body }) => (type === 'd' ? [body.toString()] : [])).join('');
    expect(text.startsWith('new_crateid,new_name\n')).toBe(true);
    expect(text).toContain(`,"it's ""quoted"", a \\ backslash,\ttab,\nline and 易碎 😀"\n`);
  });

  test('in binary: the signature, a row each, the end', async () => {
    const messages = await copied('COPY (SELECT 7::int4) TO STDOUT WITH (FORMAT binary)');
    const bytes = Buffer.concat(messages.flatMap(({ type, body }) => (type === 'd' ? [body] : [])));
    expect(bytes.subarray(0, 11)).toEqual(Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'));
    expect(bytes.subarray(19).toString('hex')).toBe('00010000000400000007ffff');
  });

  test('one that fails says so in place of rows', async () => {
    const messages = await copied('COPY (SELECT nope) TO STDOUT');
    expect(errorFields(messages[0]).C).toBe('42703');
  });
});

test('settings are shown, set, and reported to drivers', async () => {
  expect(await oneValue(client, 'SHOW server_version')).toMatch(/^15\.0 \(Lakelink /);
  const own = await world.connect({ application_name: 'the test' });
  expect(await oneValue(own, 'SHOW application_name')).toBe('the test');
  const reported: string[] = [];
  (own as unknown as { connection: NodeJS.EventEmitter }).connection.on(
    'parameterStatus',
    ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      reported.push(`${parameterName}=${parameterValue}`),
  );
  await own.query(`SET TimeZone TO 'Asia/Tokyo'`);
  expect(reported).toEqual(['TimeZone=Asia/Tokyo']);
  await own.query(`SET lakelink.language = '1031'`);
  await expect(own.query(`SET nonsense = 1`)).rejects.toMatchObject({ code: '42704' });
});

test('statements flow without waiting for one another', async () => {
  const wire = await world.wire();
  const parse = (name: string, sql: string) => message('P', `${name}\0${sql}\0\0\0`);
  const bind = (name: string) => message('B', `\0${name}\0\0\0\0\0\0\0`);
  const execute = message('E', '\0\0\0\0\0');
  wire.send(parse('a', 'SELECT 1'), parse('b', 'SELECT 2'), bind('a'), execute, bind('b'), execute, message('S'));
  expect((await wire.until('Z')).map(({ type }) => type).join('')).toBe('112DC2DCZ');
  // After an error everything up to the Sync is passed over.
  wire.send(parse('c', 'SELECT nope'), bind('c'), execute, message('S'), bind('a'), execute, message('S'));
  expect((await wire.until('Z')).map(({ type }) => type).join('')).toBe('EZ');
  expect((await wire.until('Z')).map(({ type }) => type).join('')).toBe('2DCZ');
  wire.destroy();
});

test('the documented program runs as it is written', async () => {
  const [text = ''] = documented('js', world);
  const options = { cwd: join(import.meta.dirname, '..', '..'), env: { ...process.env, PGPASSWORD: PASSWORD } };
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text], options);
  await expect(running).resolves.toMatchObject({ stderr: '' });
});
