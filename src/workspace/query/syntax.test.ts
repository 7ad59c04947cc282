import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readableByEngine } from './syntax.ts';

const shown = (sql: string) => readableByEngine(sql).replace(/ +/g, ' ').trim();

describe('what the engine’s parser does not take is blanked out', () => {
  test.each([
    ["SELECT 'a'::pg_catalog.text", "SELECT 'a':: text"],
    ['SELECT a::"pg_catalog"."char"', 'SELECT a:: "char"'],
    ['SELECT a OPERATOR(pg_catalog.~) b', 'SELECT a ~ b'],
    ['SELECT a COLLATE pg_catalog.default, b collate "C", c COLLATE nocase', 'SELECT a , b , c COLLATE nocase'],
    ['SELECT dbo.account.*, "My s"."T".* , t.*', 'SELECT account.*, "T".* , t.*'],
    ['SELECT 1 /* a /* b */ c */ + 2', 'SELECT 1 + 2'],
    ['/* hint */ SELECT pg_catalog.lower(a) -- :: pg_catalog.text', 'SELECT pg_catalog.lower(a) -- :: pg_catalog.text'],
  ])('%s', (sql, read) => {
    expect(shown(sql)).toBe(read);
  });

  test.each([
    'SELECT \'::pg_catalog.text /* COLLATE "C" */\'',
    "SELECT E'\\'::pg_catalog.text', 'it''s /* no comment'",
    'SELECT $a$ /* ::pg_catalog.x $a$, $$ a.b.* $$',
    'SELECT "a::pg_catalog.b /*", "c""/*" FROM t',
    'SELECT a.b, a * b.c, recollate, 5 * x.y FROM a.b -- /* not one',
  ])('texts and names stay as they are: %s', sql => {
    expect(readableByEngine(sql)).toBe(sql);
  });

  test('an operator is at most as long as in PostgreSQL', () => {
    expect(() => readableByEngine(`SELECT 1${'-+'.repeat(2_000)}1`)).toThrowError(/operator too long/);
    expect(readableByEngine(`SELECT 1 ${'+'.repeat(63)} 1 ${'-'.repeat(100)}`)).toContain('-'.repeat(100));
  });

  test('a comment without an end has its place', () => {
    expect(() => readableByEngine('SELECT 1 /* /* */')).toThrowError(
      expect.objectContaining({
        details: { reason: 'unterminated /* comment', sqlstate: '42601', position: 10 },
      }),
    );
  });

  test('the bytes stay as many, whatever is written', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(
        "'",
        '"',
        '/*',
        '*/',
        '--',
        '\n',
        '$$',
        '$a$',
        '::',
        'pg_catalog.',
        'é😀',
        '.*',
        'a',
        'COLLATE "C"',
        "E'",
        '\\',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const sql = pieces.join('');
        try {
          expect(Buffer.byteLength(readableByEngine(sql))).toBe(Buffer.byteLength(sql));
        } catch (thrown) {
          expect(thrown).toMatchObject({ details: { sqlstate: '42601' } });
        }
      }),
    );
  });
});
