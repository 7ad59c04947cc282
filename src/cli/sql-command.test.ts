import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { quietTerminal, ScriptedLines } from '../../test/kit/terminal.ts';
import { main } from './main.ts';
import type { Terminal } from './terminal.ts';

let lake: HandmadeLake;
let folder: string;
let out: string;
let err: string;

beforeAll(async () => {
  lake = await HandmadeLake.create(crateShape);
  const mark = {
    format: 1,
    revision: 1,
    linkId: 'one',
    name: 'crates',
    lakeName: 'dataverse-crates',
    environmentUrl: 'https://contoso.crm.dynamics.com',
    organizationId: 'org',
    tables: ['crate'],
    partitionStrategy: 'year',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  await lake.write('.lakelink/link.json', JSON.stringify(mark));
  await lake.commitRows([], { highWater: 0 });
});
afterAll(() => lake[Symbol.asyncDispose]());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-sql-'));
  out = '';
  err = '';
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(words: readonly string[], changes: Partial<Terminal> = {}): Promise<number> {
  const terminal = quietTerminal({
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    environment: { LAKELINK_HOME: join(folder, 'home') },
    ...changes,
  });
  return main([...words, '--lake', lake.root], terminal);
}

describe('lakelink sql', () => {
  test('runs the statements of a file up to the first error, and says in which line that is', async () => {
    const file = join(folder, 'work.sql');
    writeFileSync(file, '\uFEFFSELECT 1 AS a;\n-- the next one fails\nSELECT b\n  FROM nowhere;\nSELECT 3 AS c;\n');
    expect(await run(['sql', '--file', file, '--format', 'csv'])).toBe(2);
    expect(out).toBe('a\n1\n');
    expect(err).toMatch(/^LINE 4: {3}FROM nowhere;\n {15}\^\nerror: .*nowhere/s);
  });

  test('reads the standard input where nobody types', async () => {
    expect(await run(['sql', '--format', 'jsonl'], { readInput: async () => 'SELECT 1 AS n; SELECT 2 AS n' })).toBe(0);
    expect(out).toBe('{"n":1}\n{"n":2}\n');
  });

  test('shows the lake by its name, with schemas and system tables', async () => {
    expect(await run(['sql', 'SELECT current_database() AS d, count(*) AS n FROM dbo.crate', '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual([{ d: 'dataverse-crates', n: '0' }]);
    out = '';
    expect(await run(['sql', 'SELECT table_name FROM lakelink.tables', '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual([{ table_name: 'crate' }]);
  });

  test('writes a result into a new file, whole or not at all', async () => {
    const path = join(folder, 'out.json');
    expect(await run(['sql', 'SELECT 1 AS n', '--json', '--output', path])).toBe(0);
    expect([readFileSync(path, 'utf8'), out]).toEqual(['[{"n":1}]\n', '']);
    expect(await run(['sql', 'SELECT 2 AS n', '--json', '--output', path])).toBe(2);
    expect(await run(['sql', 'SELECT 2 AS n; SELECT x', '--json', '--output', path, '--force'])).toBe(2);
    expect(readFileSync(path, 'utf8')).toBe('[{"n":1}]\n');
    expect(await run(['sql', 'SELECT 2 AS n', '--json', '--output', path, '--force'])).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('[{"n":2}]\n');
  });

  test('a failure is JSON where JSON was asked for, with its place', async () => {
    expect(await run(['sql', 'SELECT nam FROM crate', '--json'])).toBe(2);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'input/sql', details: { sqlstate: '42703', position: 8 } },
    });
  });

  test.each([
    [['SELECT 1', '--file', 'x.sql']],
    [['SELECT 1', '--format', 'parquet']],
    [['SELECT 1', '--format', 'xml']],
    [['SELECT 1', '--force']],
    [['--file', 'not-there.sql']],
    [['SELECT 1', '--link', 'sales']],
  ])('%j is refused', async words => {
    expect(await run(['sql', ...words])).toBe(2);
    expect(out).toBe('');
  });

  test('is a shell where a person types: names are completed, an error does not end it, lines are kept', async () => {
    const home = join(folder, 'home');
    let completed: readonly string[] = [];
    const openLines: Terminal['openLines'] = ({ complete, onEntered }) => {
      const lines = new ScriptedLines(['SELECT nam FROM crate;', 'SELECT count(*) AS n', 'FROM crate;']);
      const next = lines.next.bind(lines);
      lines.next = async prompt => {
        const typed = await next(prompt);
        completed = complete('SELECT * FROM cra')[0];
        if (typed.is === 'line') onEntered(typed.text);
        return typed;
      };
      return lines;
    };
    expect(await run(['sql'], { openLines })).toBe(0);
    expect(completed).toContain('crate');
    expect(err).toMatch(/LINE 1: SELECT nam FROM crate\n {15}\^\n {2}code: 42703/);
    expect(out).toContain('n\n0\n(1 row)\n');
    // There is no home yet, and a shell makes none.
    expect(existsSync(home)).toBe(false);
  });
});

describe('lakelink export', () => {
  test('writes a table as what its file is called', async () => {
    for (const [name, start] of [
      ['crate.parquet', 'PAR1'],
      ['crate.csv', 'Id,SinkCreatedOn'],
      ['crate.json', '['],
    ] as const) {
      expect(await run(['export', 'dbo.crate', '--to', join(folder, name)])).toBe(0);
      expect(readFileSync(join(folder, name)).toString('latin1').startsWith(start)).toBe(true);
    }
    expect(out).toMatch(/^dbo\.crate: 0 rows in .*crate\.parquet, /);
  });

  test.each([
    [['crate', '--to', 'crate.xls'], 2],
    [['nowhere', '--to', 'nowhere.csv'], 2],
    [['crate', '--to', 'crate.csv', '--where', 'nam = 1'], 2],
    [['crate', '--to', 'crate.csv', '--as-of', '2020-01-01'], 1],
  ] as const)('%j ends with %i and leaves no file', async ([table, to, file, ...more], code) => {
    expect(await run(['export', table, to, join(folder, file), ...more])).toBe(code);
    expect(existsSync(join(folder, file))).toBe(false);
  });
});
