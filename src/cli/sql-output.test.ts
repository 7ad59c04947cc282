import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { readCsv } from '../../test/kit/csv.ts';
import type { SqlCell } from '../app/sql-client.ts';
import { parseSqlFormat, type TextFormat, textSink } from './sql-output.ts';
import { textWidth } from './text-width.ts';

let written: string[];
let noticed: string[];
beforeEach(() => {
  written = [];
  noticed = [];
});

function sinkOf(format: TextFormat, { width = 80, expanded = false } = {}) {
  return textSink({
    format,
    width,
    expanded,
    write: async text => void written.push(text),
    notice: text => void noticed.push(text),
  });
}

async function result(
  format: TextFormat,
  options: {
    width?: number;
    expanded?: boolean;
    names?: readonly string[];
    rows?: readonly (readonly SqlCell[])[];
  } = {},
): Promise<string> {
  const {
    names = ['n', 'name'],
    rows = [
      [1, 'a,b'],
      [null, ''],
      [-2.5, 'x"\n\u001b'],
    ],
  } = options;
  const sink = sinkOf(format, options);
  await sink.columns(names.map((name, at) => ({ name, isNumber: at === 0 })));
  for (const row of rows) await sink.rows([row]);
  await sink.done(`SELECT ${rows.length}`);
  return written.join('');
}

describe('results as text', () => {
  test('a table', async () => {
    expect(await result('table')).toBe('   n  name\n   1  a,b\nnull\n-2.5  x"\\n\\u001b\n(3 rows)\n');
  });

  test('an array of objects, whose names are each there once', async () => {
    expect(JSON.parse(await result('json'))).toEqual([
      { n: 1, name: 'a,b' },
      { n: null, name: '' },
      { n: -2.5, name: 'x"\n\u001b' },
    ]);
    written = [];
    const repeated = await result('json', { names: ['name', 'name', 'name_2'], rows: [[1, 2, 3]] });
    expect(repeated).toBe('[{"name":1,"name_2":2,"name_2_2":3}]\n');
    written = [];
    expect(await result('json', { rows: [] })).toBe('[]\n');
  });

  test('an object a line', async () => {
    const lines = (await result('jsonl')).trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line))).toHaveLength(3);
    expect(lines[1]).toBe('{"n":null,"name":""}');
  });

  test('CSV tells null from the empty text, and quotes what must be', async () => {
    expect(await result('csv')).toBe('n,name\n1,"a,b"\n,""\n-2.5,"x""\n\u001b"\n');
  });

  test('exact numbers and any text come back from JSON and CSV as they were', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', ',', '\r\n', '\\', 'a"b', '9223372036854775807'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async rows => {
        written = [];
        expect((await readCsv(await result('csv', { rows }))).slice(1)).toEqual(rows);
        written = [];
        expect(JSON.parse(await result('json', { rows }))).toEqual(rows.map(([n, name]) => ({ n, name })));
      }),
      { numRuns: 50 },
    );
  });

  test('one line a value', async () => {
    expect(await result('table', { expanded: true, rows: [[1, null]] })).toBe('-[ row 1 ]-\nn     1\nname  null\n');
    written = [];
    expect(await result('table', { expanded: true, rows: [] })).toBe('(0 rows)\n');
  });

  test('a statement without rows says what it did to a person, and nothing to a program', async () => {
    for (const format of ['table', 'json', 'jsonl', 'csv'] as const) await sinkOf(format).done('CREATE VIEW');
    expect(written).toEqual(['CREATE VIEW\n']);
  });

  test('several results follow each other, each whole', async () => {
    const sink = sinkOf('json');
    for (const n of [1, 2]) {
      await sink.columns([{ name: 'n', isNumber: true }]);
      await sink.rows([[n]]);
      await sink.done('SELECT 1');
    }
    expect(written.join('')).toBe('[{"n":1}]\n[{"n":2}]\n');
  });

  test('of a large result only the first rows are held, and later ones fit the same columns', async () => {
    const sink = sinkOf('table', { width: 20 });
    await sink.columns([{ name: 'text', isNumber: false }]);
    for (let row = 0; row < 2_000; row += 1) await sink.rows([['short']]);
    expect(written.length).toBe(1);
    await sink.rows([['a text that is longer than all before']]);
    await sink.done('SELECT 2001');
    const lines = written.join('').trimEnd().split('\n');
    expect(lines).toHaveLength(2_003);
    expect(lines.at(-2)).toBe('a te…');
    // R: never cut in silence.
    expect(noticed).toEqual(['a value was cut to fit the window (…); \\x or another format shows all']);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(20);
  });

  test('a format that is none is refused', () => {
    expect(() => parseSqlFormat('xml')).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
