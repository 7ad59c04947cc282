import { describe, expect, test } from 'vitest';
import { type SpokenWorld, speak } from '../../../test/kit/spoken-world.ts';

/** What a statement answers, in short: rows by their values, then the tag or the error. */
async function short({ say }: SpokenWorld, sql: string): Promise<string> {
  const lines = await say(sql);
  return lines
    .filter(line => /^(DataRow|CommandComplete|ERROR)/.test(line))
    .map(line => line.replace(/^DataRow |^CommandComplete |^ERROR /, ''))
    .join(' ');
}

describe('cursors', () => {
  test('a cursor gives its rows bit by bit, and its end', async () => {
    const world = await speak();
    expect(await short(world, 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM series(5)')).toBe('BEGIN DECLARE CURSOR');
    expect(await short(world, 'FETCH c')).toBe('1 FETCH 1');
    expect(await short(world, 'FETCH 2 FROM c')).toBe('2 3 FETCH 2');
    expect(await short(world, 'FETCH NEXT IN c')).toBe('4 FETCH 1');
    expect(await short(world, 'FETCH FORWARD ALL FROM c')).toBe('5 FETCH 1');
    expect(await short(world, 'FETCH c')).toBe('FETCH 0');
    expect(await short(world, 'CLOSE c')).toBe('CLOSE CURSOR');
    expect(await short(world, 'FETCH c')).toBe('34000 cursor "c" does not exist');
    expect(world.engine.openRows).toBe(0);
  });

  // Each line as PostgreSQL 15 answers it, one after the other.
  test.each([['SCROLL']])('a %s cursor goes to any row', async scroll => {
    const world = await speak();
    await world.say(`BEGIN; DECLARE c ${scroll} CURSOR FOR SELECT * FROM series(5)`);
    const answers: [string, string][] = [
      ['FETCH c', '1 FETCH 1'],
      ['FETCH 2 c', '2 3 FETCH 2'],
      ['FETCH PRIOR FROM c', '2 FETCH 1'],
      ['FETCH BACKWARD 2 FROM c', '1 FETCH 1'],
      ['FETCH ABSOLUTE 4 FROM c', '4 FETCH 1'],
      ['FETCH RELATIVE -2 FROM c', '2 FETCH 1'],
      ['FETCH LAST FROM c', '5 FETCH 1'],
      ['FETCH FIRST FROM c', '1 FETCH 1'],
      ['FETCH ALL c', '2 3 4 5 FETCH 4'],
      ['FETCH 0 FROM c', 'FETCH 0'],
      ['FETCH BACKWARD ALL FROM c', '5 4 3 2 1 FETCH 5'],
      ['MOVE FORWARD ALL IN c', 'MOVE 5'],
      ['MOVE 0 IN c', 'MOVE 0'],
      ['FETCH -1 FROM c', '5 FETCH 1'],
      ['FETCH RELATIVE 0 FROM c', '5 FETCH 1'],
      ['MOVE ABSOLUTE 2 IN c', 'MOVE 1'],
      ['FETCH ABSOLUTE -2 FROM c', '4 FETCH 1'],
      ['FETCH ABSOLUTE 9 FROM c', 'FETCH 0'],
      ['FETCH PRIOR FROM c', '5 FETCH 1'],
      ['FETCH ABSOLUTE 0 FROM c', 'FETCH 0'],
      ['FETCH c', '1 FETCH 1'],
    ];
    for (const [sql, answer] of answers) expect(`${sql}: ${await short(world, sql)}`).toBe(`${sql}: ${answer}`);
  });

  test.each(['', 'NO SCROLL'])('without SCROLL (%j) a cursor only goes forward', async scroll => {
    const world = await speak();
    await world.say(`BEGIN; DECLARE c ${scroll} CURSOR FOR SELECT * FROM series(5)`);
    expect(await short(world, 'MOVE 2 IN c')).toBe('MOVE 2');
    expect(await short(world, 'FETCH ABSOLUTE 4 FROM c')).toBe('4 FETCH 1');
    expect(await short(world, 'FETCH PRIOR FROM c')).toBe('55000 cursor can only scan forward');
  });

  test('I-5: a cursor sees one state for its whole life, that of its DECLARE', async () => {
    const world = await speak();
    await world.say('BEGIN; DECLARE c CURSOR FOR SELECT seen');
    const views = world.database.views;
    await world.say('SELECT seen; SELECT seen');
    expect(await short(world, 'FETCH c')).toBe(`view ${views} FETCH 1`);
  });

  test('a cursor needs a transaction, or WITH HOLD', async () => {
    const world = await speak();
    expect(await short(world, 'DECLARE c CURSOR FOR SELECT 1')).toBe(
      '25P01 DECLARE CURSOR can only be used in transaction blocks',
    );
    expect(await short(world, 'DECLARE c CURSOR FOR SELECT 1; FETCH c')).toBe('DECLARE CURSOR 1 FETCH 1');
    expect(await short(world, 'FETCH c')).toBe('34000 cursor "c" does not exist');
    expect(await short(world, 'DECLARE h CURSOR WITH HOLD FOR SELECT * FROM series(3)')).toBe('DECLARE CURSOR');
    expect(await short(world, 'FETCH h')).toBe('1 FETCH 1');
    expect(await short(world, 'BEGIN; FETCH h; ROLLBACK')).toBe('BEGIN 2 FETCH 1 ROLLBACK');
    expect(await short(world, 'FETCH h')).toBe('3 FETCH 1');
    expect(await short(world, 'CLOSE ALL')).toBe('CLOSE CURSOR ALL');
    expect(world.engine.openRows).toBe(0);
  });

  test('WITH HOLD outlives a COMMIT and not a ROLLBACK', async () => {
    const world = await speak();
    await world.say('BEGIN; DECLARE a CURSOR WITH HOLD FOR SELECT 1; DECLARE b CURSOR FOR SELECT 1; COMMIT');
    expect(await short(world, 'FETCH a')).toBe('1 FETCH 1');
    expect(await short(world, 'FETCH b')).toBe('34000 cursor "b" does not exist');
    await world.say('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; ROLLBACK');
    expect(await short(world, 'FETCH c')).toBe('34000 cursor "c" does not exist');
  });

  test('going back to a savepoint closes the cursors made since, and no others', async () => {
    const world = await speak();
    await world.say('BEGIN; DECLARE a CURSOR FOR SELECT * FROM series(3); FETCH a');
    await world.say('SAVEPOINT s; DECLARE b CURSOR FOR SELECT 2; FETCH b');
    await world.say('SELECT 1/0');
    await world.say('ROLLBACK TO s');
    expect(await short(world, 'FETCH a')).toBe('2 FETCH 1');
    expect(await short(world, 'FETCH b')).toBe('34000 cursor "b" does not exist');
  });

  test('a name is used once', async () => {
    const world = await speak();
    await world.say('BEGIN; DECLARE c CURSOR FOR SELECT 1');
    expect(await short(world, 'DECLARE c CURSOR FOR SELECT 1')).toBe('42P03 cursor "c" already exists');
  });

  test('a BINARY cursor sends its rows so', async () => {
    const world = await speak();
    await world.say('BEGIN; DECLARE c BINARY INSENSITIVE CURSOR FOR SELECT 1');
    expect(await world.say('FETCH c')).toContain('RowDescription ?column?:binary');
    expect(world.engine.runs[0]?.formats).toEqual(['binary']);
  });

  test('there are not more cursors than a thousand', async () => {
    const world = await speak();
    const declares = Array.from({ length: 1_001 }, (_, index) => `DECLARE c${index} CURSOR FOR SELECT 1;`);
    expect((await world.say(`BEGIN;${declares.join('')}`)).at(-2)).toContain('53400 too many open cursors');
  });
});

describe('PREPARE and EXECUTE', () => {
  test('a prepared query runs with the values of literals and expressions', async () => {
    const world = await speak();
    expect(await short(world, 'PREPARE p (int, text) AS SELECT $1, $2')).toBe('PREPARE');
    expect(await short(world, `EXECUTE p (-1, 'it''s')`)).toBe(`-1|it's SELECT 1`);
    expect(await short(world, `EXECUTE p (NULL, true)`)).toBe('NULL|true SELECT 1');
    world.engine.prepared.length = 0;
    await world.say(`EXECUTE p (1 + f(2, 3), 'a' || 'b')`);
    expect(world.engine.prepared).toEqual([`SELECT (1 + f(2, 3)), ( 'a' || 'b')`]);
  });

  test('names, types and numbers of values are checked', async () => {
    const world = await speak();
    await world.say('PREPARE p AS SELECT $1');
    expect(await short(world, 'PREPARE p AS SELECT 1')).toBe('42P05 prepared statement "p" already exists');
    expect(await short(world, 'PREPARE q (money) AS SELECT $1')).toBe('42704 type "money" does not exist');
    expect(await short(world, 'PREPARE q AS BEGIN')).toBe('42601 syntax error at or near "BEGIN" @14');
    expect(await short(world, 'EXECUTE p')).toBe(
      '42601 wrong number of parameters for prepared statement "p" (Expected 1 parameters but got 0.)',
    );
    expect(await short(world, 'EXECUTE q')).toBe('26000 prepared statement "q" does not exist');
    expect(await short(world, 'DEALLOCATE p')).toBe('DEALLOCATE');
    expect(await short(world, 'DEALLOCATE PREPARE p')).toBe('26000 prepared statement "p" does not exist');
    expect(await short(world, 'DEALLOCATE ALL')).toBe('DEALLOCATE ALL');
  });

  test('DISCARD ALL forgets all, and cannot be part of something', async () => {
    const world = await speak();
    await world.say(`PREPARE p AS SELECT 1; DECLARE h CURSOR WITH HOLD FOR SELECT 1; SET a.b = '1'`);
    expect(await short(world, 'BEGIN; DISCARD ALL')).toBe(
      'BEGIN 25001 DISCARD ALL cannot run inside a transaction block',
    );
    await world.say('ROLLBACK');
    expect(await short(world, 'DISCARD ALL')).toBe('DISCARD ALL');
    expect(await short(world, 'EXECUTE p')).toContain('26000');
    expect(await short(world, 'FETCH h')).toContain('34000');
    expect(await short(world, 'SHOW a.b')).toContain('42704');
  });
});
