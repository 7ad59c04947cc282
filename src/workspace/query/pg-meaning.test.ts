import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueryWorld, type QueryWorld } from '../../../test/kit/query-world.ts';
import { catalogueOpener } from '../catalogue/open.ts';

let world: QueryWorld;
let document: string;

beforeAll(async () => {
  world = await openQueryWorld(
    { 'dbo.account': "SELECT i::INTEGER AS n, i * 1.5 AS price, 'a_' || i AS name FROM range(10) t(i)" },
    { openCatalogue: catalogueOpener() },
  );
  document = await readFile(new URL('../../../docs/sql-dialect.md', import.meta.url), 'utf8');
});
afterAll(() => world.close());

/** What a query of one value answers, as the document writes it. */
async function shown(expression: string): Promise<string> {
  try {
    const rows = await world.rows(`SELECT ${expression}`);
    return rows[0]?.[0] ?? 'NULL';
  } catch (failure) {
    const { details } = failure as { readonly details?: { readonly sqlstate?: string } };
    return `error ${details?.sqlstate}`;
  }
}

test('what docs/sql-dialect.md says is so', async () => {
  const lines = document.split('\n').filter(line => line.startsWith('| `'));
  expect(lines.length).toBeGreaterThan(30);
  for (const line of lines) {
    const [, expression = '', answer = ''] = line.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'));
    const plain = (text: string) => text.replace(/^`(.*)`$/, '$1');
    expect(await shown(plain(expression)), expression).toBe(plain(answer));
  }
});

describe('division', () => {
  test.each([
    ['7::int8 / 2', '3'],
    ['7 / -2', '-3'],
    ['7::float8 / 2', '3.5'],
    ['n / 2 FROM account WHERE n = 7', '3'],
    ['price / 2 FROM account WHERE n = 3', '2.25'],
    ['1.0 / 0', 'error 22012'],
    ['1 / 0.0::float8', 'error 22012'],
    ['1 / (n - 3) FROM account', 'error 22012'],
    ['max(5 % n) FROM account', 'error 22012'],
    ['mod(5, n) FROM account WHERE n = 0', 'error 22012'],
    ['1 / nullif(n, 0) FROM account WHERE n = 0', 'NULL'],
    ['CASE WHEN n <> 0 THEN 1 / n END FROM account WHERE n = 0', 'NULL'],
    ['8 / (4 / (n / n)) FROM account WHERE n = 5', '2'],
    ['100 * count(*) / 3 FROM account', '333'],
    ['sum(n) / count(*) FROM account', '4'],
  ])('%s', async (expression, answer) => {
    expect(await shown(expression)).toBe(answer);
  });

  test('a parameter has the type of what it divides', async () => {
    expect(await world.rows('SELECT price / $1 FROM account WHERE n = 3', '1.5')).toEqual([['3']]);
    // Its value is not looked at, as docs/sql-dialect.md says.
    expect(await world.rows('SELECT n / $1 FROM account WHERE n = 7', '0')).toEqual([[null]]);
    expect(await world.rows('SELECT n / $1 FROM account WHERE n = 7', '2')).toEqual([['3']]);
  });

  test('divisors in divisors do not grow a query without end', async () => {
    const nested = `SELECT ${'1 / ('.repeat(40)}n${')'.repeat(40)} FROM account`;
    expect((await world.refusal(nested)).details.sqlstate).toBe('54001');
    expect(await shown(`${'n / ('.repeat(5)}n${')'.repeat(5)} FROM account WHERE n = 1`)).toBe('1');
  });
});

test.each([
  ["count(*) FROM account WHERE name LIKE 'a\\_%'", '10'],
  ["count(*) FROM account WHERE name LIKE 'a' || '\\' || '_' || n", '10'],
  ["'a\\b' LIKE 'a\\\\b'", 't'],
  ["'abc' NOT LIKE 'a\\_c'", 't'],
  ["'abc' NOT ILIKE 'A\\_C'", 't'],
  ["'a!b' LIKE 'a!!b' ESCAPE '!'", 't'],
  ["'foobar' SIMILAR TO '%(b|d)%'", 't'],
  ["'foobar' NOT SIMILAR TO 'foo'", 't'],
  ["'a%' SIMILAR TO 'a\\%'", 't'],
  ["'a.c' SIMILAR TO '[a-b].c'", 't'],
  ['name SIMILAR TO name FROM account', 'error 0A000'],
  ["substring('abcdef', 0, 3)", 'ab'],
  ["substring('abcdef' FROM -1)", 'abcdef'],
  ["substring('abcdef', n, n) FROM account WHERE n = 2", 'bc'],
  ["substring('abcdef', NULL, 2)", 'NULL'],
  ["substring('foobar' FROM 'o.b')", 'error 0A000'],
  ["extract(milliseconds FROM timestamp '2024-02-04 05:06:07.5')", '7500.000'],
  ["to_char(date '2024-02-03', 'FMDD. FMMonth YYYY \"at\"')", '3. February 2024 at'],
  ["to_char(date '2024-02-03', 'Q')", 'error 0A000'],
  ["decode('616263', 'hex')", '\\x616263'],
  ["encode('abc'::bytea, 'hex')", '616263'],
  ["lpad('hi', 5)", '   hi'],
  ['array_agg(x ORDER BY x DESC) FROM (VALUES (2), (NULL), (1)) t(x)', '{NULL,2,1}'],
  ["X'1F'", 'error 0A000'],
])('%s', async (expression, answer) => {
  expect(await shown(expression)).toBe(answer);
});

test('any text is like itself with its special characters escaped', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '%', '_', '\\', '.', 'é'), maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(text, async value => {
      const pattern = value.replace(/[%_\\]/g, '\\$&');
      expect(await world.rows('SELECT $1::text LIKE $2::text', value, pattern)).toEqual([['t']]);
    }),
    { numRuns: 30 },
  );
});
