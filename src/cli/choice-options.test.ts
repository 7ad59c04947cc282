import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LinkChoices, linkChoicesText } from '../core/link-choices.ts';
import { readChoices } from './choice-options.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-choices-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Choices as a person keeps them; no table says what is usual. */
function choicesFile(changes: Partial<LinkChoices> = {}): string {
  const choices = {
    format: 1,
    output: 'replica',
    snapshotMinutes: 30,
    snapshotsKept: 3,
    incrementalMinutes: 20,
    partitionStrategy: 'month',
    tables: [
      { table: 'account', appendOnly: true, partitionStrategy: 'day' },
      { table: 'contact', appendOnly: false, partitionStrategy: 'month' },
    ],
    ...changes,
  } as LinkChoices;
  const path = join(folder, 'choices.json');
  writeFileSync(path, linkChoicesText(choices));
  return path;
}

test('a table carries its own mode and strategy; the others are as the original has them', () => {
  const choices = readChoices({ tables: 'account, lead:append, task:day:append, phonecall:append:month' });
  expect(choices).toEqual({
    format: 1,
    output: 'replica',
    snapshotMinutes: 60,
    snapshotsKept: 5,
    incrementalMinutes: 15,
    partitionStrategy: 'year',
    tables: [
      { table: 'account', appendOnly: false, partitionStrategy: 'year' },
      { table: 'lead', appendOnly: true, partitionStrategy: 'year' },
      { table: 'task', appendOnly: true, partitionStrategy: 'day' },
      { table: 'phonecall', appendOnly: true, partitionStrategy: 'month' },
    ],
  });
});

test('append only is chosen for all tables or for some by name', () => {
  const appendOnly = (text: string) =>
    readChoices({ tables: 'account,lead', appendOnly: text }).tables.map(one => one.appendOnly);
  expect(appendOnly('all')).toEqual([true, true]);
  expect(appendOnly('lead')).toEqual([false, true]);
});

test('a file of choices is taken as it is', () => {
  const path = choicesFile();
  expect(readChoices({ choices: path })).toMatchObject({ snapshotMinutes: 30, partitionStrategy: 'month' });
  expect(readChoices({ choices: path }).tables).toHaveLength(2);
});

test('options override the file of choices: tables that both name keep what the file says of them', () => {
  const path = choicesFile();
  const choices = readChoices({ choices: path, tables: 'account,lead', snapshotMinutes: 'off', snapshotsKept: '9' });
  expect(choices).toMatchObject({ snapshotMinutes: null, snapshotsKept: 9, partitionStrategy: 'month' });
  expect(choices.tables).toEqual([
    { table: 'account', appendOnly: true, partitionStrategy: 'day' },
    { table: 'lead', appendOnly: false, partitionStrategy: 'month' },
  ]);
  const byYear = readChoices({ choices: path, partitionStrategy: 'year' });
  expect(byYear.tables.map(one => one.partitionStrategy)).toEqual(['year', 'year']);
});

test('a link of incremental folders has an interval and no snapshots', () => {
  const choices = readChoices({ tables: 'account', output: 'incremental', intervalMinutes: '5' });
  expect(choices).toMatchObject({ output: 'incremental', incrementalMinutes: 5 });
});

test.each([
  ['no tables', {}, '--tables'],
  ['an empty list', { tables: ' , ' }, '--tables'],
  ['a suffix that is none', { tables: 'account:hour' }, '--tables'],
  ['a strategy that is none', { tables: 'account', partitionStrategy: 'week' }, '--partition-strategy'],
  ['an output that is none', { tables: 'account', output: 'delta' }, '--output'],
  ['append only for a table that is not chosen', { tables: 'account', appendOnly: 'lead' }, '--append-only'],
  ['snapshots more often than allowed', { tables: 'account', snapshotMinutes: '0' }, '--snapshot-minutes'],
  ['a half minute', { tables: 'account', snapshotMinutes: '1.5' }, '--snapshot-minutes'],
  ['no snapshot kept', { tables: 'account', snapshotsKept: '0' }, '--snapshots-kept'],
  ['folders every minute', { tables: 'a', output: 'incremental', intervalMinutes: '4' }, '--interval-minutes'],
  ['an interval of a replica', { tables: 'account', intervalMinutes: '15' }, '--interval-minutes'],
  ['snapshots of folders', { tables: 'a', output: 'incremental', snapshotMinutes: '60' }, '--snapshot-minutes'],
  ['a file that is not there', { choices: '/no/such/file' }, '--choices'],
] as const)('%s is refused, and the option named', (_, options, option) => {
  expect(() => readChoices(options)).toThrow(
    expect.objectContaining({ code: 'input/invalid', details: expect.objectContaining({ option }) }),
  );
});
