import { expect, test } from 'vitest';
import { takeApart } from './sql-statements.ts';

test.each([
  ['SELECT 1', [], 'SELECT 1'],
  ['SELECT 1;', ['SELECT 1'], null],
  [' ; ;; ', [], null],
  ["SELECT ';' ; SELECT 2 -- ;\n", ["SELECT ';'"], 'SELECT 2 -- ;\n'],
  ['SELECT $$a;b$$; x', ['SELECT $$a;b$$'], 'x'],
  ['SELECT "a;', [], 'SELECT "a;'],
  ['/* open ;', [], '/* open ;'],
  ["SELECT 1; 'open;", ['SELECT 1'], "'open;"],
  ['-- nothing ;\n', [], null],
])('%j is %j and then %j', (source, statements, rest) => {
  const taken = takeApart(source);
  expect(taken.statements.map(({ text }) => text)).toEqual(statements);
  expect(taken.rest?.text ?? null).toBe(rest);
  for (const { text, start } of taken.statements) expect(source.slice(start, start + text.length)).toBe(text);
});
