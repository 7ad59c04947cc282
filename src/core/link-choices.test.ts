import { expect, test } from 'vitest';
import { DEFAULT_OUTPUT, type LinkChoices, linkChoicesText, parseLinkChoices } from './link-choices.ts';
import { parseTableName } from './names.ts';

const choices: LinkChoices = {
  format: 1,
  ...DEFAULT_OUTPUT,
  partitionStrategy: 'month',
  tables: [{ table: parseTableName('account'), appendOnly: true, partitionStrategy: 'day' }],
};

test('choices are read as they were written', () => {
  expect(parseLinkChoices(linkChoicesText(choices))).toEqual(choices);
});

test.each([
  ['no JSON', '{', 'complete JSON'],
  ['a later format', JSON.stringify({ ...choices, format: 2 }), 'format'],
  ['another output', JSON.stringify({ ...choices, output: 'parquet' }), 'output is not one of replica, incremental'],
  ['an interval below five minutes', JSON.stringify({ ...choices, incrementalMinutes: 4 }), 'from 5 to 1440'],
  ['an interval of zero', JSON.stringify({ ...choices, snapshotMinutes: 0 }), 'snapshotMinutes'],
  ['a path as a table', JSON.stringify({ ...choices, tables: [{ ...choices.tables[0], table: '../x' }] }), 'tables[0]'],
  ['a table twice', JSON.stringify({ ...choices, tables: [choices.tables[0], choices.tables[0]] }), 'account once'],
])('%s is refused, and the message says what is wrong', (_, text, part) => {
  expect(() => parseLinkChoices(text)).toThrowError(expect.objectContaining({ code: 'input/invalid' }));
  expect(() => parseLinkChoices(text)).toThrowError(part);
});
