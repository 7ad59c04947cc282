import { describe, expect, test } from 'vitest';
import { speak } from '../../../test/kit/spoken-world.ts';

describe('the simple protocol', () => {
  test('a query is answered by its columns, its rows and how many there were', async () => {
    const { say } = await speak();
    expect(await say('SELECT * FROM series(2)')).toEqual([
      'RowDescription ?column?:text',
      'DataRow 1',
      'DataRow 2',
      'CommandComplete SELECT 2',
      'ReadyForQuery I',
    ]);
  });

  test('each statement of a text has its own answer', async () => {
    const { say } = await speak();
    expect(await say('SELECT 1; SET a.b = 1; SELECT 2;')).toEqual([
      'RowDescription ?column?:text',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'CommandComplete SET',
      'RowDescription ?column?:text',
      'DataRow 2',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ]);
  });

  test.each(['', ';', ' -- nothing\n', '/* */ ; ;'])('nothing (%j) is an empty query', async sql => {
    const { say } = await speak();
    expect(await say(sql)).toEqual(['EmptyQueryResponse', 'ReadyForQuery I']);
  });

  test('the first error ends a text, and takes back what its statements set', async () => {
    const { say } = await speak();
    expect(await say(`SET a.b = 'x'; SELECT 1/0; SELECT 2`)).toEqual([
      'CommandComplete SET',
      'ERROR 22012 division by zero',
      'ReadyForQuery I',
    ]);
    expect(await say('SHOW a.b')).toEqual([
      'ERROR 42704 unrecognized configuration parameter "a.b"',
      'ReadyForQuery I',
    ]);
  });

  test('a command that is not written as it should be lets nothing run', async () => {
    const { say, engine } = await speak();
    expect(await say('SELECT 1; SET x')).toEqual(['ERROR 42601 syntax error at end of input @16', 'ReadyForQuery I']);
    expect(engine.prepared).toEqual([]);
  });

  test("an error's place is counted in characters of the client's whole text", async () => {
    const { say } = await speak();
    const sql = "SELECT '😀'; /* ä */ SELECT 1, stray";
    expect((await say(sql)).at(-2)).toBe(
      `ERROR 42601 syntax error at or near "stray" @${[...sql.slice(0, sql.indexOf('stray'))].length + 1}`,
    );
  });

  test('parameters have no values in a text', async () => {
    const { say } = await speak();
    expect(await say('SELECT $1')).toEqual(['ERROR 42P02 there is no parameter $1', 'ReadyForQuery I']);
  });

  test('a long result comes in pieces of at most 1,000 rows and leaves nothing open', async () => {
    const { say, backend, engine } = await speak();
    expect((await say('SELECT * FROM series(2500)')).at(-2)).toBe('CommandComplete SELECT 2500');
    expect(backend.pieces).toEqual([100, 1000, 1000, 400]);
    expect(engine.openRows).toBe(0);
  });

  test('wide rows come in small pieces', async () => {
    const { say, backend } = await speak();
    const row = JSON.stringify(Array.from({ length: 300 }, () => ['x'.repeat(10_000)]));
    await say(`VALUES ${row}`);
    expect(backend.pieces.slice(0, 3)).toEqual([100, 104, 96]);
  });

  test('rows of a table whose initial sync is not complete come with a warning', async () => {
    const { say } = await speak();
    expect((await say('SELECT partial'))[0]).toBe(
      'WARNING 01000 account: the initial sync is not complete; only the rows that arrived so far were read',
    );
    expect((await say('SELECT whole'))[0]).toBe('RowDescription ?column?:text');
  });

  test('what should not happen is a bug that the client learns nothing about', async () => {
    const { say, bugs } = await speak();
    expect(await say('SELECT boom')).toEqual([
      'ERROR XX000 internal error; the server has written it down',
      'ReadyForQuery I',
    ]);
    expect(bugs.map(({ details }) => details.reason)).toEqual(['a secret path /etc/passwd']);
  });
});

describe('what ends a statement before its time', () => {
  test('a cancel request ends the statement that runs, and nothing else', async () => {
    const { conversation, say, engine, backend } = await speak();
    conversation.cancel();
    const answered = say('SELECT hang');
    await engine.hanging;
    conversation.cancel();
    expect(await answered).toEqual(['ERROR 57014 canceling statement due to user request', 'ReadyForQuery I']);
    expect((await say('SELECT 1')).at(-2)).toBe('CommandComplete SELECT 1');
    expect(backend.lines).toEqual([]);
  });

  test("a statement runs no longer than its client's limit", async () => {
    const { say, engine, clock } = await speak();
    await say(`SET statement_timeout = '2s'`);
    const answered = say('SELECT hang');
    await engine.hanging;
    await clock.advance(1_999);
    await clock.advance(1);
    expect(await answered).toEqual(['ERROR 57014 canceling statement due to statement timeout', 'ReadyForQuery I']);
    expect(clock.sleeping).toBe(0);
  });

  test.each(['0', '1h'])("nor than the server's, whatever the client sets (%s)", async limit => {
    const { say, engine, clock } = await speak();
    await say(`SET statement_timeout = '${limit}'`);
    const answered = say('SELECT hang');
    await engine.hanging;
    await clock.advance(600_000);
    expect((await answered)[0]).toContain('57014');
  });

  test('a client that takes no rows is cancelled too', async () => {
    const { conversation, say, backend, engine } = await speak();
    backend.taken = new Promise(() => {});
    const answered = say('SELECT * FROM series(5)');
    while (backend.pieces.length === 0) await Promise.resolve();
    conversation.cancel();
    expect((await answered).at(-2)).toContain('57014');
    expect(engine.openRows).toBe(0);
  });

  test('the end of the connection interrupts what runs and leaves nothing open', async () => {
    const { conversation, say, engine, database, backend } = await speak();
    await say('BEGIN; DECLARE c CURSOR FOR SELECT * FROM series(9); FETCH 2 c');
    const answered = say('SELECT hang');
    await engine.hanging;
    await conversation.close();
    expect((await answered).at(-2)).toBe('ERROR 57P01 terminating connection due to administrator command');
    expect([engine.isClosed, engine.openRows, database.isClosed]).toEqual([true, 0, true]);
    await conversation.handle({ is: 'query', sql: 'SELECT 1' });
    await conversation.close();
    expect(backend.take()).toEqual([]);
  });
});

describe('statements that are not for a lake', () => {
  test.each([
    ['INSERT INTO account VALUES (1)', '25006 cannot execute INSERT in a read-only transaction'],
    ['update account set name = 1', '25006 cannot execute UPDATE in a read-only transaction'],
    ['DELETE FROM account', '25006 cannot execute DELETE in a read-only transaction'],
    ['MERGE INTO account', '25006 cannot execute MERGE in a read-only transaction'],
    ['TRUNCATE account', '25006 cannot execute TRUNCATE TABLE in a read-only transaction'],
    ['CREATE TABLE x (a int)', '25006 cannot execute CREATE TABLE in a read-only transaction'],
    ['CREATE TEMP TABLE x AS SELECT 1', '25006 cannot execute CREATE TABLE in a read-only transaction'],
    ['CREATE OR REPLACE FUNCTION f()', '25006 cannot execute CREATE FUNCTION in a read-only transaction'],
    [
      'CREATE MATERIALIZED VIEW v AS SELECT 1',
      '25006 cannot execute CREATE MATERIALIZED VIEW in a read-only transaction',
    ],
    ['DROP TABLE account', '25006 cannot execute DROP TABLE in a read-only transaction'],
    ['ALTER TABLE account ADD x int', '25006 cannot execute ALTER TABLE in a read-only transaction'],
    ['GRANT SELECT ON account TO ann', '25006 cannot execute GRANT in a read-only transaction'],
    ['VACUUM', '25006 cannot execute VACUUM in a read-only transaction'],
    ['LISTEN x', '0A000 LISTEN is not supported by Lakelink'],
    ['NOTIFY x', '0A000 NOTIFY is not supported by Lakelink'],
    ['EXPLAIN SELECT 1', '0A000 EXPLAIN is not supported by Lakelink'],
    ['DO $$ $$', '0A000 DO is not supported by Lakelink'],
    ['CHECKPOINT', '42501 permission denied: CHECKPOINT is not for clients'],
    ['COPY account FROM STDIN', '42501 COPY FROM is not allowed: a lake database is read-only'],
    [`COPY account TO '/tmp/x'`, '42501 permission denied to COPY to or from a file'],
    [`COPY account TO PROGRAM 'sh'`, '42501 permission denied to COPY to or from an external program'],
    [`PREPARE TRANSACTION 'x'`, '55000 prepared transactions are disabled'],
  ])('%s', async (sql, error) => {
    const { say, engine } = await speak({ role: 'System Administrator' });
    expect(await say(sql)).toEqual([`ERROR ${error}`, 'ReadyForQuery I']);
    expect(engine.prepared).toEqual([]);
  });

  test('what drivers send when they give a connection back is heard', async () => {
    const { say } = await speak();
    const sql = 'SET SESSION AUTHORIZATION DEFAULT;RESET ALL;CLOSE ALL;UNLISTEN *;DISCARD SEQUENCES;DISCARD TEMP';
    expect(await say(sql)).toEqual([
      'CommandComplete SET',
      'CommandComplete RESET',
      'CommandComplete CLOSE CURSOR ALL',
      'CommandComplete UNLISTEN',
      'CommandComplete DISCARD SEQUENCES',
      'CommandComplete DISCARD TEMP',
      'ReadyForQuery I',
    ]);
    expect(await say('DISCARD ALL')).toEqual(['CommandComplete DISCARD ALL', 'ReadyForQuery I']);
  });

  test('a word that nobody knows is the engine to judge', async () => {
    const { say } = await speak();
    expect(await say('SELCT 1')).toEqual(['ERROR 42601 syntax error at or near "SELCT" @1', 'ReadyForQuery I']);
  });
});
