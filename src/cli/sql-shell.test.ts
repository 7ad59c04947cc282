import { beforeEach, describe, expect, test } from 'vitest';
import { FakeSqlClient } from '../../test/kit/fake-sql-client.ts';
import { quietTerminal, ScriptedLines } from '../../test/kit/terminal.ts';
import { Fault } from '../core/fault.ts';
import { SqlShell } from './sql-shell.ts';

let client: FakeSqlClient;
let out: string;
let err: string;
let files: Map<string, string>;
let nowMs: number;

beforeEach(() => {
  client = new FakeSqlClient();
  out = '';
  err = '';
  files = new Map();
  nowMs = 0;
});

function shellOf(lines: ScriptedLines, interrupted = new AbortController().signal): SqlShell {
  return new SqlShell({
    client,
    terminal: quietTerminal({
      out: text => {
        out += text;
      },
      err: text => {
        err += text;
      },
      interrupted,
    }),
    lines,
    format: 'table',
    nowMs: () => {
      nowMs += 5;
      return nowMs;
    },
    readText: async path =>
      files.get(path) ?? Promise.reject(new Fault('input/invalid', { option: '\\i', reason: 'no' })),
    newFile: async path => ({
      write: async text => void files.set(path, (files.get(path) ?? '') + text),
      close: async () => void files.set(`${path} closed`, 'yes'),
    }),
  });
}

/** What was printed by these lines, without the greeting and what Ctrl-D leaves. */
async function typed(...script: string[]): Promise<string> {
  const lines = new ScriptedLines(script);
  await shellOf(lines).run();
  return out.split('\n').slice(1).join('\n').replace(/\n\n$/, '\n');
}

describe('the shell', () => {
  test('a statement runs at its semicolon, over as many lines as it has', async () => {
    const lines = new ScriptedLines(['SELECT 1,', "  ';', 2", '; SELECT 2; SEL', 'ECT 3', '; \n']);
    await shellOf(lines).run();
    expect(client.ran).toEqual(["SELECT 1,\n  ';', 2", 'SELECT 2', 'SEL\nECT 3']);
    expect(lines.prompts.map(prompt => prompt.slice(-3))).toEqual(['=> ', '-> ', '-> ', '-> ', '-> ', '=> ']);
  });

  test('a string or a comment that is open keeps its semicolons', async () => {
    await typed("SELECT 'a;", "b' /* ;", ' ; */;');
    expect(client.ran).toEqual(["SELECT 'a;\nb'"]);
  });

  test('an error shows the place, and the shell goes on; what follows on the same line does not run', async () => {
    const fault = new Fault('input/sql', { reason: 'column "nam" does not exist', sqlstate: '42703', position: 8 });
    client.answers.set('SELECT nam\nFROM account', { fault });
    await typed('SELECT nam', 'FROM account; SELECT 1;', 'SELECT 2;');
    expect(err).toBe(
      ['error: column "nam" does not exist', 'LINE 1: SELECT nam', '               ^', '  code: 42703', ''].join('\n'),
    );
    expect(client.ran).toEqual(['SELECT nam\nFROM account', 'SELECT 2']);
  });

  test('any other failure says what to do, and the shell goes on', async () => {
    client.answers.set('SELECT 1', { fault: new Fault('sql/timeout') });
    await typed('SELECT 1;', 'SELECT 2;');
    expect(err).toContain('what to do: Read less');
    expect(client.ran).toHaveLength(2);
  });

  test('Ctrl-C cancels what runs, or throws away what was typed, and never ends the shell', async () => {
    client.answers.set('SELECT 1', 'hangs');
    const lines = new ScriptedLines(['SELECT half', '^C', 'SELECT 1;', 'SELECT 2;']);
    client.hanging = () => lines.interrupt();
    await shellOf(lines).run();
    expect(err).toBe('cancelled\n');
    expect(client.ran).toEqual(['SELECT 1', 'SELECT 2']);
    expect(lines.prompts[2]).toMatch(/=> $/);
  });

  test('it ends when the process is to end, also in the middle of a statement', async () => {
    const stop = new AbortController();
    client.answers.set('SELECT 1', 'hangs');
    client.hanging = () => stop.abort();
    await shellOf(new ScriptedLines(['SELECT 1;', 'SELECT 2;']), stop.signal).run();
    expect(client.ran).toEqual(['SELECT 1']);
  });

  test('\\q ends it', async () => {
    await typed('\\q', 'SELECT 1;');
    expect(client.ran).toEqual([]);
  });

  test('\\l lists databases, \\c goes on with another, and an unknown one changes nothing', async () => {
    const lines = new ScriptedLines(['\\l', '\\c dataverse-other-org2', '\\c nowhere;']);
    await shellOf(lines).run();
    expect(out).toMatch(/^dataverse-contoso-org1 +sales +\/lakes\/0$/m);
    expect(lines.prompts.at(-1)).toBe('dataverse-other-org2=> ');
    expect(err).toContain('There is no such lake database');
  });

  test('\\d lists relations, \\dt tables, \\d with a name its columns', async () => {
    expect(await typed('\\d')).toMatch(/^lakelink +tables +view/m);
    out = '';
    expect(await typed('\\dt')).toMatch(/^dbo +account +table +3 +1,234 +2\.0 MB$/m);
    expect(out).not.toContain('account_labels');
    out = '';
    expect(await typed('\\d lakelink.TABLES;')).toMatch(/^view lakelink.tables\n.*\ntable_name +UUID +key$/m);
    expect(await typed('\\d lead')).toBeDefined();
    expect(err).toContain('there is no relation lead');
  });

  test('\\x shows one line a value', async () => {
    client.answers.set('SELECT 1', { columns: ['n', 'name'], rows: [[1, null]] });
    expect(await typed('\\x', 'SELECT 1;')).toBe('one line a value: on\n-[ row 1 ]-\nn     1\nname  null\n');
  });

  test('\\timing says how long each statement took', async () => {
    expect(await typed('\\timing', 'SELECT 1;')).toMatch(/\(1 row\)\ntime: \d+ ms\n$/);
  });

  test('\\o sends results to a new file until it is closed', async () => {
    expect(await typed('\\o result.txt', 'SELECT 1;', '\\o', 'SELECT 2;')).toBe('n\n1\n(1 row)\n');
    expect([...files]).toEqual([
      ['result.txt', 'n\n1\n(1 row)\n'],
      ['result.txt closed', 'yes'],
    ]);
  });

  test('\\i runs a file and stops at its first error, which is shown where it stands', async () => {
    files.set('work.sql', 'SELECT 1;\nSELECT\n  nam;\nSELECT 3;');
    const fault = new Fault('input/sql', { reason: 'no', sqlstate: '42703', position: 10 });
    client.answers.set('SELECT\n  nam', { fault });
    await typed('\\i work.sql', '\\i none.sql');
    expect(client.ran).toEqual(['SELECT 1', 'SELECT\n  nam']);
    expect(err).toMatch(/^error: no\nLINE 3: {3}nam;\n {10}\^\n/);
    expect(err).toContain('error: An option or argument is not valid');
  });

  test('an unknown command is an error that names \\?', async () => {
    await typed('\\dx');
    expect(err).toContain('\\? lists them');
  });

  test('names are completed from what the database has, statement by statement', async () => {
    const lines = new ScriptedLines([]);
    const shell = shellOf(lines);
    await shell.run();
    expect(shell.complete('SELECT * FROM acc')).toEqual([['account', 'account_labels'], 'acc']);
  });

  test('control characters of values never reach the terminal', async () => {
    client.answers.set('SELECT 1', { columns: ['a\u001b[2J'], rows: [['\u001b]0;x\u0007']] });
    expect(await typed('SELECT 1;')).not.toContain('\u001b');
  });
});
