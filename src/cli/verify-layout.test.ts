import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderLake, incrementalLake, replicaLake } from '../../test/kit/handmade-layouts.ts';
import { quietTerminal } from '../../test/kit/terminal.ts';
import { main } from './main.ts';

let home: string;
let out: string;
let err: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lakelink-layout-cli-'));
  [out, err] = ['', ''];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(...argv: string[]): Promise<number> {
  const terminal = quietTerminal({
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    environment: { LAKELINK_HOME: home },
  });
  return main(argv, terminal);
}

test('a lake folder is checked without a link, a service or an environment; 0 when it keeps every rule', async () => {
  await using lake = await folderLake(incrementalLake());
  expect(await run('verify', '--layout', '--lake', lake.root)).toBe(0);
  expect(out).toBe('layout (incremental): 4 files, 6 rows, 0 problems\nclean: the layout keeps every rule\n');
});

test('1 when it does not, with the file, what is wrong in it, and the rule', async () => {
  await using lake = await folderLake(replicaLake());
  writeFileSync(join(lake.root, 'history', 'notes.txt'), 'x');
  expect(await run('verify', '--layout', '--lake', lake.root, '--json')).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    clean: false,
    environment: null,
    lake: lake.root,
    tables: [],
    layout: {
      kind: 'replicas',
      problems: [
        {
          table: 'history',
          path: 'history/notes.txt',
          problem: 'does not look like a partition',
          rule: 'files/readable-names',
        },
      ],
    },
  });
});

test.each([
  [['verify'], 'name the link'],
  [['verify', '--lake', '.'], 'it goes with --layout'],
  [['verify', 'sales', '--layout', '--lake', '.'], 'give a link or --lake'],
])('%j is a mistake of the command line', async (argv, reason) => {
  expect(await run(...argv)).toBe(2);
  expect(err).toContain(reason);
});

test('without --lake it is the lake of the link, which must be there; a folder that is not there is a failure', async () => {
  expect(await run('verify', 'sales', '--layout')).toBe(1);
  expect(err).toContain('link/unknown');
  expect(await run('verify', '--layout', '--lake', join(home, 'none'))).toBe(1);
  expect(err).toContain('store/missing');
});
