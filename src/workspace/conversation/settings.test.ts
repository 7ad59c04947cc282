import { describe, expect, test } from 'vitest';
import { speak } from '../../../test/kit/spoken-world.ts';

type Say = (sql: string) => Promise<string[]>;

async function shown(say: Say, name: string): Promise<string | undefined> {
  return (await say(`SHOW ${name}`)).find(line => line.startsWith('DataRow'))?.slice('DataRow '.length);
}

describe('SET and SHOW', () => {
  // How each is shown afterwards: as PostgreSQL 15 answers, but for those that begin with lakelink.
  test.each([
    [`SET datestyle TO iso, dmy`, 'DateStyle', 'ISO, DMY'],
    [`SET DateStyle = 'ISO'`, 'datestyle', 'ISO, MDY'],
    [`SET TIME ZONE 'Europe/Berlin'`, 'TIME ZONE', 'Europe/Berlin'],
    [`SET SESSION TIMEZONE TO 'utc'`, 'timezone', 'UTC'],
    [`SET timezone = 'asia/tokyo'`, 'timezone', 'Asia/Tokyo'],
    ['SET TIME ZONE 5', 'timezone', '<+05>-05'],
    ['SET TIME ZONE -3', 'timezone', '<-03>+03'],
    [`SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE`, 'timezone', '<+02>-02'],
    ['SET TIME ZONE LOCAL', 'timezone', 'UTC'],
    [`SET TimeZone = 'GMT-02:00'`, 'timezone', 'GMT-02:00'],
    [`SET statement_timeout = '5 min'`, 'statement_timeout', '5min'],
    ['SET statement_timeout = 1500', 'statement_timeout', '1500ms'],
    ['SET statement_timeout = 60000', 'statement_timeout', '1min'],
    ['SET extra_float_digits = 3', 'extra_float_digits', '3'],
    ['SET extra_float_digits = -15', 'extra_float_digits', '-15'],
    [`SET NAMES 'UTF8'`, 'client_encoding', 'UTF8'],
    ['SET client_encoding TO utf8', 'client_encoding', 'UTF8'],
    [`SET client_encoding = 'UNICODE'`, 'client_encoding', 'UTF8'],
    ['SET standard_conforming_strings = on', 'standard_conforming_strings', 'on'],
    [`SET search_path = public, "$user"`, 'search_path', 'public, "$user"'],
    [`SET search_path TO ''`, 'search_path', '""'],
    [`SET SCHEMA 'dbo'`, 'search_path', 'dbo'],
    ['SET search_path TO DEFAULT', 'search_path', 'dbo, public, lakelink'],
    ['SET work_mem = 64', 'work_mem', '64'],
    ['SET enable_seqscan = f', 'enable_seqscan', 'off'],
    [`SET client_min_messages = 'WARNING'`, 'client_min_messages', 'warning'],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE', 'transaction_read_only', 'on'],
    ['SET default_transaction_read_only = off', 'transaction_read_only', 'on'],
    [`SET my.option = 'x'`, 'My.Option', 'x'],
    [`SET "My Program.x" = 1; SET a.b = 2`, 'a.b', undefined],
    [`SET lakelink.as_of = '2026-02-03 04:05:06+01'`, 'lakelink.as_of', '2026-02-03T03:05:06.000Z'],
    [`SET lakelink.as_of = '2026-02-03'`, 'lakelink.as_of', '2026-02-03T00:00:00.000Z'],
    ['SET lakelink.language = 1031', 'lakelink.language', '1031'],
    [`SET application_name = 'Größe'`, 'application_name', 'Gr??e'],
  ])('%s', async (sql, name, value) => {
    const { say } = await speak();
    await say(sql);
    expect(await shown(say, name)).toBe(value);
  });

  test.each([
    ['SET nosuch = 1', '42704 unrecognized configuration parameter "nosuch"'],
    ['SHOW a.c', '42704 unrecognized configuration parameter "a.c"'],
    ['RESET nosuch', '42704 unrecognized configuration parameter "nosuch"'],
    ['SET lakelink.nosuch = 1', '42704 unrecognized configuration parameter "lakelink.nosuch"'],
    [`SET server_version = '9'`, '55P02 parameter "server_version" cannot be changed'],
    [`SET shared_buffers = '1MB'`, '55P02 parameter "shared_buffers" cannot be changed'],
    [`SET is_superuser = 'on'`, '55P02 parameter "is_superuser" cannot be changed'],
    ['SET threads = 64', '42501 permission denied to set parameter "threads"'],
    [`SET memory_limit = '100GB'`, '42501 permission denied to set parameter "memory_limit"'],
    ['SET enable_external_access = true', '42501 permission denied to set parameter "enable_external_access"'],
    [
      `SET client_encoding = 'LATIN1'`,
      '22023 invalid value for parameter "client_encoding": "LATIN1" (Lakelink sends UTF8 only.)',
    ],
    [`SET datestyle = 'foo'`, '22023 invalid value for parameter "DateStyle": "foo" (Unrecognized key word: "foo".)'],
    [
      `SET datestyle = 'German'`,
      '22023 invalid value for parameter "DateStyle": "German" (Lakelink writes dates in ISO style only.)',
    ],
    [`SET intervalstyle = 'iso_8601'`, '22023 invalid value for parameter "IntervalStyle": "iso_8601"'],
    [`SET timezone = 'Nowhere/X'`, '22023 invalid value for parameter "TimeZone": "Nowhere/X"'],
    [
      `SET timezone = '5.5'`,
      '22023 invalid value for parameter "TimeZone": "5.5" (Only whole hours from UTC are known.)',
    ],
    [
      'SET extra_float_digits = 99',
      '22023 99 is outside the valid range for parameter "extra_float_digits" (-15 .. 3)',
    ],
    [`SET statement_timeout = '1x'`, '22023 invalid value for parameter "statement_timeout": "1x"'],
    [
      'SET statement_timeout = -1',
      '22023 -1 ms is outside the valid range for parameter "statement_timeout" (0 .. 2147483647)',
    ],
    [
      'SET standard_conforming_strings = maybe',
      '22023 parameter "standard_conforming_strings" requires a Boolean value',
    ],
    [
      'SET standard_conforming_strings = off',
      '0A000 parameter "standard_conforming_strings" cannot be changed (A backslash in a text is a backslash.)',
    ],
    ['SET search_path = foo', '22023 invalid value for parameter "search_path": "foo" (schema "foo" does not exist)'],
    ['SET work_mem = 1, 2', '22023 SET work_mem takes only one argument'],
    ['SET lakelink.language = 0', '22023 0 is outside the valid range for parameter "lakelink.language" (1 .. 65535)'],
    [`SET lakelink.as_of = 'yesterday'`, '22023 invalid value for parameter "lakelink.as_of": "yesterday"'],
    [`SET lakelink.as_of = '2026-02-31'`, '22023 invalid value for parameter "lakelink.as_of": "2026-02-31"'],
    ['SET ROLE admin', '42501 permission denied to set role "admin"'],
    [`SET SESSION AUTHORIZATION 'root'`, '42501 permission denied to set session authorization "root"'],
    ['SET', '42601 syntax error at end of input @4'],
    ['SET a.b', '42601 syntax error at end of input @8'],
    ['SET search_path = a b', '42601 syntax error at or near "b" @21'],
    [
      `SET "a-b.c" = 1`,
      '42602 invalid configuration parameter name "a-b.c" (Custom parameter names must be two or more simple identifiers separated by dots.)',
    ],
  ])('%s is refused', async (sql, error) => {
    const { say } = await speak();
    expect(await say(sql)).toEqual([`ERROR ${error}`, 'ReadyForQuery I']);
  });

  test('SHOW ALL lists every setting with its value and what it means', async () => {
    const { say } = await speak();
    const lines = await say('SHOW ALL');
    expect(lines[0]).toBe('RowDescription name:text setting:text description:text');
    expect(lines).toContain('DataRow server_version|15.0 (Lakelink 0.1.0)|');
    expect(lines.some(line => line.startsWith('DataRow search_path|dbo, public, lakelink|'))).toBe(true);
    expect(lines.at(-2)).toBe('CommandComplete SHOW');
  });

  test('RESET goes back to what the client said at its start', async () => {
    const { say } = await speak({
      parameters: { TimeZone: 'Asia/Tokyo', options: '-c a.b=start --statement-timeout=9' },
    });
    await say(`SET TimeZone = 'UTC'; SET a.b = 'x'; SET statement_timeout = 1`);
    await say('RESET TIME ZONE; RESET a.b; RESET ALL');
    expect([await shown(say, 'TimeZone'), await shown(say, 'a.b'), await shown(say, 'statement_timeout')]).toEqual([
      'Asia/Tokyo',
      'start',
      '9ms',
    ]);
  });

  test('custom parameters are limited in number and size', async () => {
    const { say } = await speak();
    const sets = Array.from({ length: 200 }, (_, index) => `SET a.b${index} = 1;`);
    await say(sets.join(''));
    expect((await say('SET a.one_more = 1'))[0]).toContain('54000 at most 200 custom parameters');
    expect((await say(`SET a.b1 = '${'x'.repeat(70_000)}'`))[0]).toContain('54000');
    expect((await say(`SET a.b1 = '2'`))[0]).toBe('CommandComplete SET');
  });
});

describe('whom a setting reaches', () => {
  test('clients are told of those that PostgreSQL reports, once each', async () => {
    const { say, settings } = await speak({ parameters: { application_name: 'psql', client_encoding: 'UTF8' } });
    expect([...settings.keys()].sort()).toEqual(
      [
        'DateStyle',
        'IntervalStyle',
        'TimeZone',
        'application_name',
        'client_encoding',
        'default_transaction_read_only',
        'in_hot_standby',
        'integer_datetimes',
        'is_superuser',
        'server_encoding',
        'server_version',
        'session_authorization',
        'standard_conforming_strings',
      ].sort(),
    );
    expect(settings.get('application_name')).toBe('psql');
    expect(await say(`SET application_name = 'a'; SET application_name = 'b'; SET work_mem = 1`)).toContain(
      'ParameterStatus application_name=b',
    );
    expect((await say(`SET application_name = 'b'`)).filter(line => line.startsWith('ParameterStatus'))).toEqual([]);
  });

  test('the engine gets its zone by a name that it knows', async () => {
    const { say, engine } = await speak();
    await say('SET TIME ZONE 5');
    expect(engine.settings.get('TimeZone')).toBe('Etc/GMT-5');
    await say(`SET TimeZone = 'GMT-02:00'`);
    expect(engine.settings.get('TimeZone')).toBe('Etc/GMT-2');
  });

  test('what the engine refuses is not set', async () => {
    const { say, engine } = await speak();
    const set = engine.set.bind(engine);
    engine.set = (name, value) => set(name, value === 'Europe/Berlin' ? 'Etc/Unknown' : value);
    expect((await say(`SET TimeZone = 'Europe/Berlin'`))[0]).toBe(
      'ERROR 22023 invalid value for parameter "TimeZone": "Europe/Berlin"',
    );
    expect(await shown(say, 'TimeZone')).toBe('UTC');
    expect(engine.settings.get('TimeZone')).toBe('UTC');
  });

  test('lakelink.as_of is the time of every table, lakelink.language that of texts', async () => {
    const { say, engine, database } = await speak();
    await say(`SET lakelink.as_of = '2026-01-02T03:04:05Z'; SET lakelink.language = 1031; SELECT 1`);
    expect(engine.asOf).toEqual({ is: 'time', ms: Date.UTC(2026, 0, 2, 3, 4, 5) });
    expect(database.languages.at(-1)).toBe(1031);
    await say(`SET lakelink.as_of = ''`);
    expect(engine.asOf).toBeNull();
  });

  test('a transaction that keeps its view keeps its language', async () => {
    const { say } = await speak();
    await say('BEGIN ISOLATION LEVEL REPEATABLE READ; SET lakelink.language = 1031; SELECT 1');
    expect((await say('SET lakelink.language = 1033'))[0]).toContain('25001');
  });

  test('search_path says where names are looked for first', async () => {
    const { say, database } = await speak();
    await say('SELECT * FROM account');
    expect(database.found).toEqual(['null.account']);
    database.found.length = 0;
    await say('SET search_path = public; SELECT * FROM account');
    expect(database.found).toEqual(['public.account', 'dbo.account', 'lakelink.account']);
  });

  test('the catalogue hears of every setting, and of the name of the program', async () => {
    const { say, facts, engine } = await speak();
    await say(`SET application_name = 'shown'; SET search_path = public; SET a.b = '1'`);
    expect(facts.applicationName).toBe('shown');
    expect(facts.settings.get('DateStyle')).toBe('ISO, MDY');
    expect(['application_name', 'search_path', 'a.b'].map(name => engine.settings.get(name))).toEqual([
      'shown',
      'public',
      '1',
    ]);
  });
});

describe('set_config', () => {
  test('sets as SET does and answers the value', async () => {
    const { say } = await speak();
    expect(await say(`SELECT pg_catalog.set_config('timezone', 'asia/tokyo', false)`)).toEqual([
      'RowDescription set_config:text',
      'DataRow Asia/Tokyo',
      'CommandComplete SELECT 1',
      'ParameterStatus TimeZone=Asia/Tokyo',
      'ReadyForQuery I',
    ]);
    expect(await say(`SELECT set_config('search_path', '', false) AS path`)).toContain('RowDescription path:text');
    expect(await shown(say, 'search_path')).toBe('');
    expect((await say(`SELECT set_config('threads', '9', false)`))[0]).toContain('42501');
  });

  test('for the transaction only, it ends with it', async () => {
    const { say } = await speak();
    expect(await say(`SELECT set_config('a.b', 'x', true)`)).toContain('DataRow x');
    expect(await shown(say, 'a.b')).toBeUndefined();
    await say(`BEGIN; SELECT set_config('a.b', 'x', true)`);
    expect(await shown(say, 'a.b')).toBe('x');
    await say('COMMIT');
    expect(await shown(say, 'a.b')).toBeUndefined();
  });

  test.each([
    `SELECT set_config('a.b', $1, false)`,
    `SELECT set_config('a.b', 'x', false) FROM account`,
    `SELECT set_config('a.b', 'x' || 'y', false)`,
    `SELECT set_config`,
  ])('%s is for the engine', async sql => {
    const { say, engine } = await speak();
    await say(sql);
    expect(engine.prepared).toEqual([sql]);
  });
});
