import { describe, expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { nextToken } from './lexer.ts';
import { splitStatements, statementText } from './statements.ts';
import { tokenText } from './token-text.ts';

function split(sql: string): string[] {
  return splitStatements(sql).map(statementText);
}

function tokens(sql: string): string[] {
  const found: string[] = [];
  for (let token = nextToken(sql, 0); token !== null; token = nextToken(sql, token.end)) {
    found.push(`${token.kind} ${tokenText(sql, token)}`);
  }
  return found;
}

function fault(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Fault) {
      return `${thrown.details.sqlstate} ${thrown.details.reason} @${thrown.details.position}`;
    }
  }
  return 'no fault';
}

describe('a text is split where a semicolon stands by itself', () => {
  test('statements lose the space, comments and semicolons around them, and know where they stood', () => {
    const sql = ' /* a */ SELECT 1 ; -- b\n;; SELECT 2 -- c';
    expect(split(sql)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(splitStatements(sql).map(({ start }) => start)).toEqual([9, 28]);
  });

  test.each([
    ['a text in quotes', `SELECT ';' , 'a''b;'`],
    ['a backslash, which is no escape in a plain text', `SELECT '\\'`],
    ['an escape of a text with E', `SELECT E'a\\';b'`],
    ['a quote within E', `SELECT e'it''s;'`],
    ['a Unicode text and name', `SELECT U&'\\0041;' AS U&"d;\\0061"`],
    ['bits and bytes', `SELECT B'01;', x'FF;', N'n;'`],
    ['dollar quotes', `SELECT $$a;b$$, $tag$ $$;$t$ $tag$`],
    ['a name in quotes', `SELECT 1 AS "a;""b;"`],
    ['a comment', `SELECT 1 -- ;\n + 2`],
    ['a comment within comments', `SELECT /* ; /* ; */ ; */ 1`],
    ['a text that goes on in the next line by the same rules', `SELECT E'a' -- c\n '\\';'`],
  ])('a semicolon within %s ends nothing', (_, sql) => {
    expect(split(`${sql}; SELECT 2`)).toEqual([sql, 'SELECT 2']);
  });

  test('a text does not go on in the same line', () => {
    expect(tokens(`'a' 'b'`)).toEqual(['text a', 'text b']);
    expect(tokens(`'a'\n  'b'`)).toEqual(['text ab']);
  });

  test('a dollar within a name begins no quote', () => {
    expect(split('SELECT a$b$c; SELECT $1, $2')).toEqual(['SELECT a$b$c', 'SELECT $1, $2']);
    expect(tokens('a$b$c $12')).toEqual(['word a$b$c', 'parameter $12']);
  });

  test('a leading %%sql, as notebooks write it, is passed over', () => {
    expect(split('%%sql\nSELECT 1')).toEqual(['SELECT 1']);
    expect(split('  %%SQL SELECT 1')).toEqual(['SELECT 1']);
    expect(splitStatements('%%sql SELECT 1')[0]?.start).toBe(6);
  });
});

describe('tokens say what they mean', () => {
  test('words are in lower case, quotes and escapes are gone', () => {
    expect(tokens(`Select "Na""Me" 'it''s' $q$r'$q$`)).toEqual(['word select', 'quoted Na"Me', `text it's`, `text r'`]);
    expect(tokens(`E'\\t\\x41\\303\\244\\u00e4\\\\\\'' U&'d\\0061\\\\\\+000061' U&"\\0061"`)).toEqual([
      `text \tAää\\'`,
      'text da\\a',
      'quoted a',
    ]);
  });

  test('numbers, marks and operators come one by one', () => {
    expect(tokens('a.b::int <= -1.5e3+.5 , x=>2..3')).toEqual([
      'word a',
      'mark .',
      'word b',
      'mark ::',
      'word int',
      'operator <=',
      'operator -',
      'number 1.5e3',
      'operator +',
      'number .5',
      'mark ,',
      'word x',
      'operator =>',
      'number 2',
      'mark ..',
      'number 3',
    ]);
  });

  test('a sign at the end of an operator belongs to what follows', () => {
    expect(tokens('x=-1')).toEqual(['word x', 'operator =', 'operator -', 'number 1']);
    expect(tokens('x @- 1')).toEqual(['word x', 'operator @-', 'number 1']);
    expect(tokens('1 +-- c\n 2')).toEqual(['number 1', 'operator +', 'number 2']);
  });
});

describe('what does not end is a syntax error at its place', () => {
  test.each([
    [`SELECT 'abc`, `42601 unterminated quoted string at or near "'abc" @8`],
    [`SELECT E'abc\\'`, `42601 unterminated quoted string at or near "E'abc\\'" @8`],
    ['SELECT "abc', '42601 unterminated quoted identifier at or near ""abc" @8'],
    ['SELECT /* /* */', '42601 unterminated /* comment at or near "/* /* */" @8'],
    ['SELECT $a$ $b$', '42601 unterminated dollar-quoted string at or near "$a$ $b$" @8'],
    ['SELECT ""', '42601 zero-length delimited identifier at or near """" @8'],
    ['SELECT \\x', '42601 syntax error at or near "\\" @8'],
  ])('%s', (sql, expected) => {
    expect(fault(() => splitStatements(sql))).toBe(expected);
  });

  test('a Unicode escape without digits is none', () => {
    expect(fault(() => tokens(`U&'\\00'`))).toContain('invalid Unicode escape');
    expect(fault(() => tokens(`U&'\\0000'`))).toContain('invalid Unicode escape');
  });
});

describe('size costs time in proportion, and depth is limited', () => {
  const million = 990_000;

  test.each([
    ['comments within comments', `${'/*'.repeat(million)}${'*/'.repeat(million)}SELECT 1`],
    ['quotes', `SELECT '${"''".repeat(million)}'`],
    ['semicolons', `${';'.repeat(million)} SELECT 1`],
    ['digits', `SELECT ${'1'.repeat(million)}`],
    ['empty texts', `SELECT ${"'' \n".repeat(100_000)}`],
    ['dollars', `SELECT a${'$'.repeat(million)}`],
  ])('a million %s are one statement within a moment', (_, sql) => {
    const before = performance.now();
    expect(splitStatements(sql)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test('brackets in brackets end at a limit, before any parser calls itself for each', () => {
    expect(splitStatements(`SELECT ${'('.repeat(1_000)}1${')'.repeat(1_000)}`)).toHaveLength(1);
    expect(fault(() => splitStatements(`SELECT ${'('.repeat(100_000)}`))).toMatch(/^54001 stack depth limit exceeded/);
  });

  test('the length of a text and the number of its statements are limited', () => {
    expect(fault(() => splitStatements(`SELECT '${'x'.repeat(4_000_000)}'`))).toContain('54000 a text of more than');
    expect(fault(() => splitStatements('a;'.repeat(10_001)))).toContain('54000 a text of more than 10000 statements');
  });

  test('there is nothing after the end', () => {
    expect(nextToken('  -- c', 0)).toBeNull();
  });
});
