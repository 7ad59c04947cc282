import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../../test/kit/command-line.ts';

let line: CommandLine;

beforeEach(async () => {
  line = await CommandLine.withLink();
});

afterEach(() => line.close());

test('a live link is changed, paused, resumed and moved', async () => {
  await line.run('link', 'set', 'sales', '--snapshot-minutes', 'off', '--poll-seconds', '2');
  expect(line.out).toContain('output          replica, no snapshots');
  await line.run('link', 'pause', 'sales', '--reason', 'maintenance');
  await line.run('link', 'resume', 'sales');
  await line.run('tables', 'pause', 'sales', 'account,contact', '--reason', 'bulk import');
  await line.run('tables', 'resume', 'sales', 'account');
  await line.run('tables', 'set', 'sales', 'account', '--append-only', 'on', '--partition-strategy', 'month');
  await line.run('link', 'move', 'sales', '--environment-url', 'https://contoso2.crm.dynamics.com');
  expect(line.err).toBe('');
  expect(line.control.calls).toEqual([
    ['changeLink', 'sales', { snapshotMinutes: null, pollSeconds: 2 }],
    ['pause', 'sales', { tables: null, reason: 'maintenance' }],
    ['resume', 'sales', { tables: null }],
    ['pause', 'sales', { tables: ['account', 'contact'], reason: 'bulk import' }],
    ['resume', 'sales', { tables: ['account'] }],
    ['changeTables', 'sales', ['account'], { appendOnly: true, partitionStrategy: 'month' }],
    ['moveLink', 'sales', { environmentUrl: 'https://contoso2.crm.dynamics.com', authorityUrl: null }],
  ]);
});

test.each([
  [['link', 'set', 'sales']],
  [['tables', 'set', 'sales', 'account']],
  [['tables', 'set', 'sales', 'account', '--append-only', 'yes']],
  [['link', 'pause', 'sales']],
  [['link', 'delete', 'sales', '--delete-data', '--confirm', 'sales', '--delete-foreign-files']],
  [['link', 'delete', 'sales', '--delete-foreign-files', '--confirm-foreign', 'sales']],
])('%s says what is missing and changes nothing', async argv => {
  expect(await line.run(...argv)).toBe(2);
  expect(line.control.calls).toEqual([]);
});

test('a live link becomes what a file of choices says; the file comes from a link', async () => {
  const file = join(line.home, 'sales.json');
  expect(await line.run('link', 'choices', 'sales', '--out', file)).toBe(0);
  expect(await line.run('link', 'choices', 'sales', '--out', file)).toBe(2);
  await line.run('link', 'apply', 'sales', '--choices', file);
  expect(line.out).toBe('link sales is as the file says\n');
  const choices = JSON.parse(readFileSync(file, 'utf8')) as { tables: { table: string; appendOnly: boolean }[] };
  const [account] = choices.tables;
  const tables = [
    { ...account, appendOnly: true },
    { ...account, table: 'lead' },
  ];
  writeFileSync(file, JSON.stringify({ ...choices, tables }));
  await line.run('link', 'apply', 'sales', '--choices', file, '--dry-run');
  expect(line.out.split('\n')).toEqual([
    'link sales would be changed:',
    '  add lead: in place, by year',
    '  change account: append only, by year',
    '  remove contact; the lake keeps its data',
    '',
  ]);
  expect(line.control.calls.at(-1)?.[3]).toEqual({ dryRun: true, deleteData: false });
});

test('a link shows what its lake holds before it is deleted; files of others are named, and stay unless asked again', async () => {
  await line.run('link', 'delete', 'sales', '--dry-run');
  expect(line.out).toMatch(/commits and their data +12 +3\.0 MB/);
  expect(line.out).toContain('files of others, which stay:\n  notes/mine.txt\n');
  expect(line.control.calls).toEqual([]);
  const all = ['--delete-data', '--confirm', 'sales', '--delete-foreign-files', '--confirm-foreign', 'sales'];
  expect(await line.run('link', 'delete', 'sales', ...all)).toBe(0);
  expect(line.out).toContain('files of others, which go as well:\n  notes/mine.txt\n');
  expect(line.control.calls).toEqual([['deleteLink', 'sales', { deleteData: true, deleteForeign: true }]]);
});

test('a kept lake is attached by the command line; what the lake says need not be typed', async () => {
  await line.run('link', 'attach', 'sales', '--lake', '/lakes/kept', '--client-secret-env', 'SECRET');
  expect(line.out).toContain('link sales attached: 2 tables');
  const nothing = { environmentUrl: null, tenantId: null, clientId: null, authorityUrl: null, lakeName: null };
  const request = { name: 'sales', lakePath: expect.stringContaining('kept'), clientSecret: 'p@ss', ...nothing };
  expect(line.control.calls).toEqual([['attachLink', request]]);
});
