import { expect, test } from 'vitest';
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
