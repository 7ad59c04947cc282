import { DuckDBConnection } from '@duckdb/node-api';
import { expect, test, vi } from 'vitest';
import { openQueryWorld, textParameter } from '../../../test/kit/query-world.ts';
import type { Session } from '../../batch/duckdb.ts';
import { QueryTexts } from './query-texts.ts';
import { parseText } from './tree-text.ts';

const tree = (name: string) =>
  JSON.stringify({ error: false, statements: [{ node: { type: 'SELECT_NODE', name }, named_param_map: [] }] });

/** A parser that counts what it is asked. */
function counting() {
  const asked: string[] = [];
  const session = {
    runAll: async (sql: string) => {
      asked.push(sql);
      return [{ tree: tree('account') }];
    },
  } as unknown as Session;
  return { asked, parser: { session, texts: new QueryTexts() } };
}

test('the engine parses a text once, and what one query does to its tree is not in the next one’s', async () => {
  const { asked, parser } = counting();
  const first = await parseText(parser, 'SELECT 1');
  Object.assign(first.node, { name: 'changed' });
  const second = await parseText(parser, 'SELECT 1');
  expect(second.node).toEqual({ type: 'SELECT_NODE', name: 'account' });
  await parseText(parser, 'SELECT 2');
  expect(asked).toHaveLength(2);
});

test('a parser that failed is asked again', async () => {
  const { asked, parser } = counting();
  const failing = {
    ...parser,
    session: { runAll: async () => Promise.reject(new Error('gone')) } as unknown as Session,
  };
  await expect(parseText(failing, 'SELECT 1')).rejects.toThrow('gone');
  await parseText(parser, 'SELECT 1');
  expect(asked).toHaveLength(1);
});

test('texts that are not used for long make room', async () => {
  const { trees } = new QueryTexts();
  let made = 0;
  const long = async () => {
    made += 1;
    return 'x'.repeat(1_000_000);
  };
  for (let n = 0; n < 10; n += 1) await trees.of(`SELECT ${n}`, long);
  await trees.of('SELECT 9', long);
  expect(made).toBe(10);
  await trees.of('SELECT 0', long);
  expect(made).toBe(11);
});

test('a query over the same files is planned once, in whichever session, with the same types and rows', async () => {
  const world = await openQueryWorld({
    'dbo.account': 'SELECT i::BIGINT AS n, (i * 1.5)::DECIMAL(10,2) AS price FROM range(5) t(i)',
  });
  const prepare = vi.spyOn(DuckDBConnection.prototype, 'prepare');
  try {
    for (const sql of [
      'SELECT n, price FROM account WHERE n > $1 ORDER BY n',
      'SELECT max(price) FROM account WHERE n < $1',
    ]) {
      const ask = async () => {
        prepare.mockClear();
        const { fields, parameterTypes } = await world.query(sql, { parameters: [textParameter('3')] });
        return { fields, parameterTypes, rows: await world.rows(sql, '3'), times: prepare.mock.calls.length };
      };
      const { times: first, ...answer } = await ask();
      const { times: again, ...same } = await ask();
      expect(same).toEqual(answer);
      // Once for each of the two runs.
      expect(again).toBe(2);
      expect(first).toBeGreaterThan(again);
    }
  } finally {
    prepare.mockRestore();
    await world.close();
  }
});
