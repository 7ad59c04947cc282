import { describe, expect, test } from 'vitest';
import { speak } from '../../../test/kit/spoken-world.ts';

/** Rows of two columns as PostgreSQL 15 was given them too. */
const ROWS = [
  ['1', 'a\tb\\c\nd\re\bf\vg\fh\u0001i'],
  ['2', ''],
  ['3', null],
  ['4', '\\.'],
  ['5', 'x,y"z'],
  ['6', '\\N'],
];

function query(rows: readonly (readonly (string | null)[])[], columns = 'a,B c'): string {
  return `(SELECT AS columns(${columns}), $$ VALUES ${JSON.stringify(rows)}\n$$)`;
}

async function copied(options: string, rows: readonly (readonly (string | null)[])[] = ROWS, columns?: string) {
  const world = await speak();
  const lines = await world.say(`COPY ${query(rows, columns)} TO STDOUT ${options}`);
  return { lines, text: Buffer.concat(world.backend.copied).toString(), pieces: world.backend.copied, world };
}

describe('COPY TO STDOUT', () => {
  // What each wrote with PostgreSQL 15.
  test.each([
    ['', '1\ta\\tb\\\\c\\nd\\re\\bf\\vg\\fh\u0001i\n2\t\n3\t\\N\n4\t\\\\.\n5\tx,y"z\n6\t\\\\N\n'],
    ['WITH (HEADER)', 'a\tB c\n1\ta\\tb\\\\c\\nd\\re\\bf\\vg\\fh\u0001i\n2\t\n3\t\\N\n4\t\\\\.\n5\tx,y"z\n6\t\\\\N\n'],
    ['CSV HEADER', 'a,B c\n1,"a\tb\\c\nd\re\bf\vg\fh\u0001i"\n2,""\n3,\n4,\\.\n5,"x,y""z"\n6,\\N\n'],
    [
      '(FORMAT csv, FORCE_QUOTE *)',
      '"1","a\tb\\c\nd\re\bf\vg\fh\u0001i"\n"2",""\n"3",\n"4","\\."\n"5","x,y""z"\n"6","\\N"\n',
    ],
    [
      `(FORMAT csv, FORCE_QUOTE ("B c"), DELIMITER ';', NULL 'NUL', QUOTE '''', ESCAPE E'\\\\')`,
      `1;'a\tb\\\\c\nd\re\bf\vg\fh\u0001i'\n2;''\n3;NUL\n4;'\\\\.'\n5;'x,y"z'\n6;'\\\\N'\n`,
    ],
    [
      `WITH DELIMITER AS '|' NULL AS 'nix'`,
      '1|a\\tb\\\\c\\nd\\re\\bf\\vg\\fh\u0001i\n2|\n3|nix\n4|\\\\.\n5|x,y"z\n6|\\\\N\n',
    ],
    [
      `CSV QUOTE AS '"' ESCAPE '"' FORCE QUOTE a`,
      '"1","a\tb\\c\nd\re\bf\vg\fh\u0001i"\n"2",""\n"3",\n"4",\\.\n"5","x,y""z"\n"6",\\N\n',
    ],
  ])('%s', async (options, text) => {
    const { lines, text: written } = await copied(options);
    expect(written).toBe(text);
    expect(lines[0]).toBe('CopyOut text 2');
    expect(lines.slice(-3)).toEqual(['CopyDone', 'CommandComplete COPY 6', 'ReadyForQuery I']);
  });

  test('an end mark alone on its line is quoted', async () => {
    const { text } = await copied('CSV', [['\\.'], [''], [null], ['x']], 'a');
    expect(text).toBe('"\\."\n""\n\nx\n');
  });

  test('a text that equals the mark for NULL is quoted', async () => {
    const { text } = await copied(`(FORMAT csv, NULL 'x')`, [['x', null]]);
    expect(text).toBe('"x",x\n');
  });

  test('each row is a message of its own, the header too', async () => {
    const { pieces } = await copied('(HEADER)', [
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect(pieces.map(String)).toEqual(['a\tB c\n', '1\ta\n', '2\tb\n']);
  });

  test('the binary form has its signature with the first row and an end of its own', async () => {
    const { lines, pieces, world } = await copied('(FORMAT binary)', [['1', null]]);
    const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
    expect(lines[0]).toBe('CopyOut binary 2');
    expect(world.engine.runs[0]?.formats).toEqual(['binary', 'binary']);
    expect(pieces.map(piece => piece.toString('hex'))).toEqual([
      `${signature.toString('hex')}0002${'00000001'}31ffffffff`,
      'ffff',
    ]);
    const empty = await copied('BINARY', []);
    expect(empty.pieces.map(piece => piece.toString('hex'))).toEqual([`${signature.toString('hex')}ffff`]);
  });

  test('a table is read by the columns that are named', async () => {
    const { say, engine } = await speak();
    await say('COPY dbo.account (Name, "Total ""x""") TO STDOUT');
    await say('COPY BINARY account TO STDOUT');
    expect(engine.prepared).toEqual(['SELECT "name", "Total ""x""" FROM "dbo"."account"', 'SELECT * FROM "account"']);
  });

  test('a long result leaves nothing open, one that is cancelled neither', async () => {
    const world = await speak();
    expect((await world.say('COPY (SELECT * FROM series(2500)) TO STDOUT')).at(-2)).toBe('CommandComplete COPY 2500');
    expect(world.engine.openRows).toBe(0);
    const answered = world.say('COPY (SELECT hang) TO STDOUT');
    await world.engine.hanging;
    world.conversation.cancel();
    expect(await answered).toEqual(['ERROR 57014 canceling statement due to user request', 'ReadyForQuery I']);
  });

  // In the words of PostgreSQL 15.
  test.each([
    ['(FORMAT binary, HEADER)', '0A000 cannot specify HEADER in BINARY mode'],
    [`(FORMAT binary, DELIMITER ',')`, '42601 cannot specify DELIMITER in BINARY mode'],
    [`(FORMAT binary, NULL ',')`, '42601 cannot specify NULL in BINARY mode'],
    ['(FORMAT foo)', '22023 COPY format "foo" not recognized @28'],
    ['(foo bar)', '42601 option "foo" not recognized @28'],
    ['(FORMAT csv, FORMAT csv)', '42601 conflicting or redundant options @40'],
    ['BINARY CSV', '42601 conflicting or redundant options @34'],
    [`(DELIMITER 'ab')`, '0A000 COPY delimiter must be a single one-byte character'],
    [`(DELIMITER 'ä')`, '0A000 COPY delimiter must be a single one-byte character'],
    [`(DELIMITER E'\\n')`, '22023 COPY delimiter cannot be newline or carriage return'],
    [`(DELIMITER 'a')`, '22023 COPY delimiter cannot be "a"'],
    [`(NULL E'\\n')`, '22023 COPY null representation cannot use newline or carriage return'],
    [`(QUOTE '"')`, '0A000 COPY quote available only in CSV mode'],
    [`(ESCAPE '"')`, '0A000 COPY escape available only in CSV mode'],
    ['(FORCE_QUOTE *)', '0A000 COPY force quote available only in CSV mode'],
    ['(FORCE_NULL (a))', '0A000 COPY force null available only in CSV mode'],
    ['(FORMAT csv, FORCE_NULL (a))', '0A000 COPY force null only available using COPY FROM'],
    ['(FORMAT csv, FORCE_NOT_NULL (a))', '0A000 COPY force not null only available using COPY FROM'],
    [`(FORMAT csv, QUOTE 'ab')`, '0A000 COPY quote must be a single one-byte character'],
    [`(FORMAT csv, QUOTE ',')`, '22023 COPY delimiter and quote must be different'],
    [`(FORMAT csv, ESCAPE 'ab')`, '0A000 COPY escape must be a single one-byte character'],
    [`(FORMAT csv, NULL 'a,b')`, '0A000 COPY delimiter must not appear in the NULL specification'],
    [`(FORMAT csv, NULL 'a"b')`, '0A000 CSV quote character must not appear in the NULL specification'],
    ['(FORMAT csv, FORCE_QUOTE (x))', '42703 column "x" does not exist'],
    [`(ENCODING 'foo')`, '22023 argument to option "encoding" must be a valid encoding name @28'],
    [`(ENCODING 'LATIN1')`, '0A000 Lakelink sends UTF8 only @28'],
    ['(HEADER match)', '0A000 cannot use "match" with HEADER in COPY TO'],
    ['(HEADER maybe)', '42601 header requires a Boolean value or "match"'],
    ['(DELIMITER)', '42601 delimiter requires a parameter'],
    ['WHERE a = 1', '42601 WHERE clause not allowed with COPY TO @27'],
    ['nonsense', '42601 syntax error at or near "nonsense" @27'],
  ])('%s is refused', async (options, error) => {
    const { say, engine } = await speak();
    expect(await say(`COPY (SELECT 1) TO STDOUT ${options}`)).toEqual([`ERROR ${error}`, 'ReadyForQuery I']);
    expect(engine.openRows).toBe(0);
  });

  test.each([
    ['COPY (SELECT $1) TO STDOUT', '42P02 there is no parameter $1'],
    ['COPY t (a, a) TO STDOUT', '42701 column "a" specified more than once'],
    ['COPY (SELECT 1) FROM STDIN', '42601 syntax error at or near "FROM" @17'],
    ['COPY (SELECT 1 TO STDOUT', '42601 syntax error at end of input @25'],
    ['COPY () TO STDOUT', '42601 syntax error at or near ")" @7'],
  ])('%s', async (sql, error) => {
    const { say } = await speak();
    expect(await say(sql)).toEqual([`ERROR ${error}`, 'ReadyForQuery I']);
  });

  test.each(["(ENCODING 'utf-8')", '(FREEZE)', '(HEADER off)', '(HEADER 0)', "(FORMAT 'text')", "WITH NULL AS ''"])(
    '%s is taken',
    async options => {
      expect((await copied(options, [['1', '2']])).text).toBe('1\t2\n');
    },
  );
});
