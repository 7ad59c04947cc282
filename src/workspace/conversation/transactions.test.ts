import { describe, expect, test } from 'vitest';
import { speak } from '../../../test/kit/spoken-world.ts';

async function seen(say: (sql: string) => Promise<string[]>): Promise<string | undefined> {
  return (await say('SELECT seen')).find(line => line.startsWith('DataRow'))?.slice('DataRow '.length);
}

describe('BEGIN, COMMIT and what lies between', () => {
  test('the client is told whether it is in a transaction, and whether that failed', async () => {
    const { say } = await speak();
    expect(await say('BEGIN')).toEqual(['CommandComplete BEGIN', 'ReadyForQuery T']);
    expect(await say('SELECT 1/0')).toEqual(['ERROR 22012 division by zero', 'ReadyForQuery E']);
    expect(await say('SELECT 1')).toEqual([
      'ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block',
      'ReadyForQuery E',
    ]);
    expect(await say('COMMIT')).toEqual(['CommandComplete ROLLBACK', 'ReadyForQuery I']);
  });

  test.each([
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE', 'START TRANSACTION', 'serializable'],
    ['BEGIN WORK READ ONLY ISOLATION LEVEL REPEATABLE READ', 'BEGIN', 'repeatable read'],
    ['begin transaction isolation level read uncommitted not deferrable', 'BEGIN', 'read uncommitted'],
    ['BEGIN', 'BEGIN', 'read committed'],
  ])('%s', async (sql, tag, isolation) => {
    const { say } = await speak();
    expect(await say(sql)).toEqual([`CommandComplete ${tag}`, 'ReadyForQuery T']);
    expect(await say('SHOW TRANSACTION ISOLATION LEVEL')).toContain(`DataRow ${isolation}`);
    expect(await say('END')).toEqual(['CommandComplete COMMIT', 'ReadyForQuery I']);
    expect(await say('SHOW transaction_isolation')).toContain('DataRow read committed');
  });

  test.each(['BEGIN READ WRITE', 'START TRANSACTION READ WRITE', 'BEGIN; SET TRANSACTION READ WRITE'])(
    'a lake database is read-only: %s',
    async sql => {
      const { say } = await speak();
      expect((await say(sql)).at(-2)).toBe(
        'ERROR 25006 cannot set transaction read-write mode: a lake database is read-only',
      );
    },
  );

  test('what has no transaction is said, and is no error', async () => {
    const { say } = await speak();
    const none = 'WARNING 25P01 there is no transaction in progress';
    expect(await say('COMMIT')).toEqual([none, 'CommandComplete COMMIT', 'ReadyForQuery I']);
    expect(await say('ABORT')).toEqual([none, 'CommandComplete ROLLBACK', 'ReadyForQuery I']);
    expect(await say('BEGIN; BEGIN')).toEqual([
      'CommandComplete BEGIN',
      'WARNING 25001 there is already a transaction in progress',
      'CommandComplete BEGIN',
      'ReadyForQuery T',
    ]);
  });

  test('AND CHAIN begins the next one of the same kind', async () => {
    const { say } = await speak();
    await say('BEGIN ISOLATION LEVEL SERIALIZABLE');
    expect(await say('COMMIT AND CHAIN')).toEqual(['CommandComplete COMMIT', 'ReadyForQuery T']);
    expect(await say('SHOW transaction_isolation')).toContain('DataRow serializable');
    expect(await say('ROLLBACK AND NO CHAIN')).toEqual(['CommandComplete ROLLBACK', 'ReadyForQuery I']);
    expect((await say('COMMIT AND CHAIN'))[0]).toBe(
      'ERROR 25P01 COMMIT AND CHAIN can only be used in transaction blocks',
    );
  });

  test('BEGIN within a text goes on behind it; COMMIT within a text ends what came before', async () => {
    const { say } = await speak();
    expect((await say('SELECT 1; BEGIN; SELECT 2')).at(-1)).toBe('ReadyForQuery T');
    expect((await say('COMMIT; SELECT 1')).at(-1)).toBe('ReadyForQuery I');
  });
});

describe('what a transaction sees', () => {
  test('READ COMMITTED: each statement sees what is committed now', async () => {
    const { say } = await speak();
    await say('BEGIN');
    expect(await seen(say)).not.toBe(await seen(say));
  });

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])(
    'I-5: %s sees one state from its first query to its end',
    async level => {
      const { say } = await speak();
      await say(`BEGIN ISOLATION LEVEL ${level}`);
      const first = await seen(say);
      expect(await seen(say)).toBe(first);
      await say('SAVEPOINT a; SELECT 1');
      await say('SELECT 1/0; ');
      await say('ROLLBACK TO a');
      expect(await seen(say)).toBe(first);
      await say('COMMIT');
      expect(await seen(say)).not.toBe(first);
    },
  );

  test('a default of the session holds for a text of several statements too', async () => {
    const { say } = await speak();
    await say('SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    const rows = (await say('SELECT seen; SELECT seen')).filter(line => line.startsWith('DataRow'));
    expect(rows[0]).toBe(rows[1]);
    expect(await say('SHOW default_transaction_isolation')).toContain('DataRow repeatable read');
  });

  test('the isolation is settled by the first query', async () => {
    const { say } = await speak();
    await say('BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1');
    expect(await say('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')).toEqual([
      'ERROR 25001 SET TRANSACTION ISOLATION LEVEL must be called before any query',
      'ReadyForQuery E',
    ]);
    await say('ROLLBACK');
    expect(await say('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')).toEqual([
      'WARNING 25P01 SET TRANSACTION can only be used in transaction blocks',
      'CommandComplete SET',
      'ReadyForQuery I',
    ]);
  });
});

describe('savepoints', () => {
  test('going back to one forgives what failed since, and it can be gone back to again', async () => {
    const { say } = await speak();
    await say('BEGIN; SAVEPOINT a; SAVEPOINT b');
    await say('SELECT 1/0');
    expect(await say('SAVEPOINT c')).toContain(
      'ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block',
    );
    expect(await say('ROLLBACK TO SAVEPOINT a')).toEqual(['CommandComplete ROLLBACK', 'ReadyForQuery T']);
    expect(await say('ROLLBACK TO a; RELEASE a')).toEqual([
      'CommandComplete ROLLBACK',
      'CommandComplete RELEASE',
      'ReadyForQuery T',
    ]);
    expect(await say('RELEASE SAVEPOINT b')).toEqual(['ERROR 3B001 savepoint "b" does not exist', 'ReadyForQuery E']);
  });

  test.each([
    ['SAVEPOINT x', 'SAVEPOINT'],
    ['RELEASE x', 'RELEASE SAVEPOINT'],
    ['ROLLBACK TO x', 'ROLLBACK TO SAVEPOINT'],
  ])('%s needs a transaction', async (sql, what) => {
    const { say } = await speak();
    const error = `ERROR 25P01 ${what} can only be used in transaction blocks`;
    expect(await say(sql)).toEqual([error, 'ReadyForQuery I']);
    expect(await say(`SELECT 1; ${sql}`)).toContain(error);
  });

  test('there are not more of them than a thousand', async () => {
    const { say } = await speak();
    await say('BEGIN');
    const answers = await say('SAVEPOINT a;'.repeat(1_001));
    expect(answers.at(-2)).toBe('ERROR 54000 more than 1000 savepoints');
  });
});

describe('settings live and die with their transaction', () => {
  async function value(say: (sql: string) => Promise<string[]>): Promise<string | undefined> {
    return (await say('SHOW a.b')).find(line => line.startsWith('DataRow'))?.slice('DataRow '.length);
  }

  test('SET is undone by ROLLBACK and kept by COMMIT', async () => {
    const { say } = await speak();
    await say(`SET a.b = 'old'`);
    await say(`BEGIN; SET a.b = 'new'; ROLLBACK`);
    expect(await value(say)).toBe('old');
    await say(`BEGIN; SET a.b = 'new'; COMMIT`);
    expect(await value(say)).toBe('new');
  });

  test('SET LOCAL ends with its transaction, and a SET after it counts', async () => {
    const { say } = await speak();
    await say(`SET a.b = 'old'; `);
    await say(`BEGIN; SET LOCAL a.b = 'local'`);
    expect(await value(say)).toBe('local');
    await say(`SET a.b = 'new'`);
    expect(await value(say)).toBe('new');
    await say(`SET LOCAL a.b = 'local'; COMMIT`);
    expect(await value(say)).toBe('new');
  });

  // As PostgreSQL 15 answers.
  test('SET LOCAL in a text of several statements holds to the end of that text', async () => {
    const { say } = await speak();
    const lines = await say(`SET LOCAL a.b = 'x'; SHOW a.b; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`);
    expect(lines.filter(line => line.startsWith('WARNING'))).toEqual([]);
    expect(lines).toContain('DataRow x');
    expect(await value(say)).toBeUndefined();
  });

  test('SET LOCAL outside of a transaction is said to mean nothing', async () => {
    const { say } = await speak();
    expect(await say(`SET LOCAL application_name = 'x'`)).toEqual([
      'WARNING 25P01 SET LOCAL can only be used in transaction blocks',
      'CommandComplete SET',
      'ReadyForQuery I',
    ]);
  });

  test('going back to a savepoint takes back what was set after it', async () => {
    const { say } = await speak();
    await say(`BEGIN; SET a.b = '1'; SAVEPOINT s; SET a.b = '2'; SET LOCAL a.b = '3'; ROLLBACK TO s`);
    expect(await value(say)).toBe('1');
    await say('COMMIT');
    expect(await value(say)).toBe('1');
  });

  test('the engine and the client are told, also of what is undone', async () => {
    const { say, engine } = await speak();
    expect(await say(`BEGIN; SET TIME ZONE 'Europe/Berlin'`)).toEqual([
      'CommandComplete BEGIN',
      'CommandComplete SET',
      'ParameterStatus TimeZone=Europe/Berlin',
      'ReadyForQuery T',
    ]);
    expect(engine.settings.get('TimeZone')).toBe('Europe/Berlin');
    expect(await say('ROLLBACK')).toEqual([
      'CommandComplete ROLLBACK',
      'ParameterStatus TimeZone=UTC',
      'ReadyForQuery I',
    ]);
    expect(engine.settings.get('TimeZone')).toBe('UTC');
  });
});
