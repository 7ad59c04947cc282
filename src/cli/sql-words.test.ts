import { expect, test } from 'vitest';
import { FakeSqlClient } from '../../test/kit/fake-sql-client.ts';
import { completions } from './sql-words.ts';

const client = new FakeSqlClient();
const names = { database: client.database, relations: await client.relations(), databases: ['one', 'other'] };
const of = (line: string, before = '') => completions(line, { before, names })[0];

test.each([
  ['\\t', ['\\timing']],
  ['\\d con', ['contact']],
  ['\\c o', ['one', 'other']],
  ['SELECT * FROM ', ['account', 'account_labels', 'contact', 'tables', 'dbo', 'lakelink']],
  ['select * from account join ACC', ['account', 'account_labels']],
  ['SELECT * FROM lakelink.t', ['lakelink.tables']],
  ['SELECT * FROM account WHERE rev', ['revenue']],
  ['SELECT a.n', []],
  ['SELECT * FROM account a WHERE a.n', ['a.name']],
  ['SELECT * FROM dbo.account AS a, contact c WHERE c.f', ['c.fullname']],
  ['SELECT account.r FROM account WHERE account.r', ['account.revenue']],
  ['SEL', ['SELECT']],
  ['sel', ['select']],
  ['SELECT ', []],
])('%s becomes %j', (line, hits) => {
  expect(of(line)).toEqual(hits);
});

test('earlier lines of the statement count', () => {
  expect(of('WHERE full', 'SELECT *\nFROM contact')).toEqual(['fullname', 'full']);
});

test('the part that is replaced is the word before the cursor', () => {
  expect(completions('SELECT * FROM account a WHERE a.n', { before: '', names })[1]).toBe('a.n');
});
