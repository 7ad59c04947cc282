import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { quietTerminal } from '../../test/kit/terminal.ts';
import { main } from './main.ts';

const home = mkdtempSync(join(tmpdir(), 'lakelink-trial-cli-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let out = '';
let err = '';
beforeEach(() => {
  out = '';
  err = '';
});

const terminal = quietTerminal({
  out: text => {
    out += text;
  },
  err: text => {
    err += text;
  },
  environment: { LAKELINK_HOME: home, SECRET: 'p@ss' },
});
const run = (...argv: string[]) => main(argv, terminal);

function lake(name: string, value: string): string {
  const root = join(home, name);
  mkdirSync(join(root, 'crate'), { recursive: true });
  const attributes = ['Id', 'SinkCreatedOn', 'SinkModifiedOn', 'name', 'versionnumber'].map(column => ({
    name: column,
    dataType: column === 'Id' ? 'guid' : column === 'versionnumber' ? 'int64' : 'string',
    maxLength: -1,
  }));
  const partitions = [{ name: '2024', location: 'https://a.dfs.core.windows.net/c/crate/2024.csv' }];
  writeFileSync(join(root, 'model.json'), JSON.stringify({ entities: [{ name: 'crate', attributes, partitions }] }));
  writeFileSync(join(root, 'crate', '2024.csv'), `00000000-0000-4000-8000-000000000001,,,"${value}",7\n`);
  return root;
}

test('compare ends with 0 when nothing is left unexplained, with 1 otherwise, and prints no value', async () => {
  expect(await run('compare', lake('there', 'a'), '--lake', lake('same', 'a'))).toBe(0);
  expect(out).toMatch(/crate +1 +1 +1 +0 +0 +0 +0 +0 +ok/);
  expect(await run('compare', lake('there', 'secret'), '--lake', lake('other', 'a'), '--json')).toBe(1);
  const report = JSON.parse(out.slice(out.indexOf('{'))) as { readonly ready: boolean };
  expect(report).toMatchObject({ ready: false, tables: [{ columns: { differing: [{ name: 'name', rows: 1 }] } }] });
  expect(out + err).not.toContain('secret');
});

test.each([
  ['two lakes of ours', ['compare', '.', '--link', 'sales', '--lake', '.'], 2, 'input/invalid'],
  ['a folder that is not there', ['compare', 'nowhere', '--lake', 'nowhere'], 1, 'store/missing'],
  ['a folder that is no lake', ['compare', home, '--lake', home], 1, 'lake/no-manifest'],
  ['no link at all', ['compare', home], 1, 'link/unknown'],
  ['a table that cannot be one', ['compare', home, '--tables', 'No Table'], 2, 'input/table-name'],
])('compare refuses %s', async (_, argv, exit, code) => {
  expect(await run(...argv)).toBe(exit);
  expect(err).toContain(`code: ${code}`);
  expect(out).toBe('');
});

const ASKED = ['--environment-url', 'http://127.0.0.1:1', '--tenant-id', 't', '--client-id', 'c'];

test.each([
  ['a file without a profile', [...ASKED, '--client-secret-env', 'SECRET', '--out', 'x.json'], 'name the profile'],
  ['no secret', ASKED, 'give either'],
  ['no environment', ['--tenant-id', 't'], "required option '--environment-url"],
])('import-profile refuses %s before anything is asked', async (_, argv, says) => {
  expect(await run('import-profile', ...argv)).toBe(2);
  expect(err).toContain(says);
});
