import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../test/kit/csv.ts';
import { csvText, jsonLines, jsonText, type PrintedResult, tableText } from './format.ts';
import { textWidth } from './text-width.ts';

const text = (pieces: Iterable<string>) => [...pieces].join('');

const result: PrintedResult = {
  columns: [
    { name: 'name', type: 'VARCHAR' },
    { name: 'revenue', type: 'DECIMAL(38,4)' },
    { name: 'open', type: 'BOOLEAN' },
  ],
  rows: [
    ['Contoso', '922337203685477.5807', true],
    ['東京 📦', '-1.0000', null],
    [null, null, false],
    ['', '0.5000', true],
  ],
};

describe('a result as a table', () => {
  test('columns are aligned in any script, numbers stand right, null is shown (R: sql output)', () => {
    expect(text(tableText(result))).toBe(
      [
        'name                  revenue  open',
        '───────  ────────────────────  ─────',
        'Contoso  922337203685477.5807  true',
        '東京 📦               -1.0000  NULL',
        'NULL                     NULL  false',
        '                       0.5000  true',
        '4 rows',
        '',
      ].join('\n'),
    );
  });

  test('a wide cell is cut with a sign, and the number of cut cells is said (R: never cut in silence)', () => {
    const wide: PrintedResult = {
      columns: [{ name: 'a', type: 'VARCHAR' }],
      rows: [['x'.repeat(11)], ['x'.repeat(10)], ['字'.repeat(8)]],
    };
    expect(
      text(tableText(wide, { cellWidthMax: 10 }))
        .split('\n')
        .slice(2),
    ).toEqual([
      'xxxxxxxxx…',
      'xxxxxxxxxx',
      '字字字字…',
      '3 rows',
      '2 cells were cut at 10 characters (…); JSON and CSV show them whole',
      '',
    ]);
  });

  test('a cell cannot break the table or steer the terminal', () => {
    const rows = [['a\nb\t\u001b[31mred\u0007\r\u202e']];
    expect(text(tableText({ columns: [{ name: 'a', type: 'VARCHAR' }], rows })).split('\n')[2]).toBe(
      'a\\nb\\t\\x1b[31mred\\x07\\r\\u202e',
    );
  });

  test.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['字', 2],
    ['ｱ', 1],
    ['한', 2],
    ['👨‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['☕', 2],
    ['עברית', 5],
    ['\u200b', 0],
  ])('%s is %i wide', (value, width) => {
    expect(textWidth(value)).toBe(width);
  });
});

describe('a result for programs', () => {
  test('JSON is an array of one object a line; exact numbers are text', () => {
    expect(text(jsonText({ ...result, rows: result.rows.slice(0, 2) }))).toBe(
      '[\n{"name":"Contoso","revenue":"922337203685477.5807","open":true},\n{"name":"東京 📦","revenue":"-1.0000","open":null}\n]\n',
    );
    expect(text(jsonText({ ...result, rows: [] }))).toBe('[]\n');
    expect(
      text(jsonLines(result))
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).name),
    ).toEqual(result.rows.map(row => row[0]));
  });

  test('CSV has a header and tells null from the empty text', () => {
    expect(text(csvText(result))).toBe(
      'name,revenue,open\nContoso,922337203685477.5807,true\n東京 📦,-1.0000,\n,,false\n"",0.5000,true\n',
    );
  });

  test('any text comes back from CSV as it was', async () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\r\n', '\n', '\\', 'a"b', '=1+1'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async rows => {
        const columns = ['a', 'b'].map(name => ({ name, type: 'VARCHAR' }));
        expect((await readCsv(text(csvText({ columns, rows })))).slice(1)).toEqual(rows);
      }),
    );
  });
});
