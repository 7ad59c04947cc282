import { describe, expect, test } from 'vitest';
import { FakeSqlClient } from '../../test/kit/fake-sql-client.ts';
import { Fault } from '../core/fault.ts';
import { exportQuery } from './export-command.ts';
import { textSink } from './sql-output.ts';
import { caretLines, runStatements } from './sql-run.ts';

const sink = textSink({ format: 'table', width: 80, expanded: false, write: async () => {}, notice: () => {} });
const { signal } = new AbortController();
const at = (position: number | null) => new Fault('input/sql', { reason: 'no', position });

describe('several statements', () => {
  test('the last one needs no semicolon', async () => {
    const client = new FakeSqlClient();
    await runStatements('SELECT 1; ; SELECT 2 -- end', { client, sink, signal });
    expect(client.ran).toEqual(['SELECT 1', 'SELECT 2 -- end']);
  });

  test('stop at the first error, whose place is one in the whole text', async () => {
    const client = new FakeSqlClient();
    client.answers.set('SELECT x', { fault: at(8) });
    const source = 'SELECT 1;\n  SELECT x; SELECT 3';
    const failure: unknown = await runStatements(source, { client, sink, signal }).catch(thrown => thrown);
    expect(client.ran).toHaveLength(2);
    expect(failure).toMatchObject({ code: 'input/sql', details: { position: 20 } });
    expect(caretLines(failure as Fault, { source, width: 80 })).toEqual([
      'LINE 2:   SELECT x; SELECT 3',
      '                 ^',
    ]);
  });

  test('do not begin after Ctrl-C', async () => {
    const client = new FakeSqlClient();
    await expect(runStatements('SELECT 1', { client, sink, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(client.ran).toEqual([]);
  });
});

describe('the place of an error', () => {
  test('is below what it points at, also behind wide characters, and in a line that is too long', () => {
    const wide = "SELECT '統計', nam";
    const [line = '', caret = ''] = caretLines(at(wide.indexOf('nam') + 1), { source: wide, width: 80 });
    expect(line).toBe(`LINE 1: ${wide}`);
    expect(caret).toBe(`${' '.repeat(8 + "SELECT '統計', ".length + 2)}^`);
    const long = `SELECT ${'a, '.repeat(200)}nam FROM account`;
    const shown = caretLines(at(long.indexOf('nam') + 1), { source: long, width: 60 });
    expect(shown[0]?.length).toBeLessThanOrEqual(60);
    expect(shown[0]?.slice(shown[1]?.indexOf('^'))).toMatch(/^nam/);
  });

  test('is not shown where none is known, or it is outside', () => {
    for (const position of [null, 0, 100])
      expect(caretLines(at(position), { source: 'SELECT', width: 80 })).toEqual([]);
  });
});

describe('what is exported', () => {
  test.each([
    ['account', {}, 'SELECT * FROM "account"'],
    ['dbo.account', {}, 'SELECT * FROM "dbo"."account"'],
    ['account', { asOf: '12' }, 'SELECT * FROM "account" AT (VERSION => 12)'],
    [
      'account',
      { asOf: '2026-01-31T12:00:00+01:00' },
      `SELECT * FROM "account" AT (TIMESTAMP => TIMESTAMPTZ '2026-01-31T11:00:00.000Z')`,
    ],
    ['account', { where: 'a = 1 -- b' }, 'SELECT * FROM "account"\nWHERE (\na = 1 -- b\n)'],
  ])('%s %j', (table, options, query) => {
    expect(exportQuery(table, options)).toBe(query);
  });

  test.each([
    ['acc"ount', {}],
    ['a.b.c', {}],
    ['account', { asOf: 'yesterday' }],
  ])('%s %j is refused', (table, options) => {
    expect(() => exportQuery(table, options)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
