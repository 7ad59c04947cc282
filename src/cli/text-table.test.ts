import { describe, expect, test } from 'vitest';
import { tableStatus } from '../../test/kit/fake-control.ts';
import { resultText } from './result-text.ts';
import { fitRows, statusLines } from './status-text.ts';
import { redrawn } from './terminal.ts';
import { ago, cut, printable, textTable, wrapWords } from './text-table.ts';
import { textWidth } from './text-width.ts';

const columns = [{ title: 'Name' }, { title: 'Rows', right: true }, { title: 'Note', dropOrder: 1 }];

describe('a text table', () => {
  test('sets numbers right and pads by what a screen shows', () => {
    const rows = [
      ['アリス', '7', 'x'],
      ['bob', '1,234', ''],
    ];
    expect(textTable({ columns, rows, width: 80 })).toEqual([
      'Name     Rows  Note',
      'アリス      7  x',
      'bob     1,234',
    ]);
  });

  test.each([10, 20, 30, 40, 79])('fits in %i characters', width => {
    const rows = [['a rather long name for a table', '1,234,567', 'and a note that is long as well']];
    for (const line of textTable({ columns, rows, width })) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  test('leaves out the columns that matter least before it cuts', () => {
    const [head] = textTable({ columns, rows: [['name', '1', 'note']], width: 12 });
    expect(head).toBe('Name  Rows');
  });
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
])('%s is %i wide', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('cut texts end in an ellipsis and never in half a wide character', () => {
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('日本語', 4)).toBe('日…');
  expect(cut('abc', 3)).toBe('abc');
});

test('control characters of a value cannot reach the terminal', () => {
  expect(printable('a\u001b[31mb\nc\u0000')).toBe('a\\u001b[31mb\\nc\\u0000');
  // Nor can those that turn the direction of writing reorder a line.
  expect(printable('\r\t\u202ea\u2066\u200f')).toBe('\\r\\t\\u202ea\\u2066\\u200f');
});

test.each([
  [null, '-'],
  ['2026-01-01T00:00:00Z', '10 s'],
  ['2025-12-31T23:00:00Z', '60 min'],
  ['2025-12-20T00:00:00Z', '12 d'],
  ['2026-01-01T01:00:00Z', '0 s'],
])('%s is %s ago', (time, text) => {
  expect(ago(time, Date.parse('2026-01-01T00:00:10Z'))).toBe(text);
});

describe('a query result', () => {
  const answer = {
    columns: [
      { name: 'id', isNumber: true },
      { name: 'text', isNumber: false },
      { name: 'text', isNumber: false },
    ],
    rows: [
      [1, 'a "b", c\r\nd', null],
      [2, '', 'x'],
    ],
  };

  test('as a table stays one line a row', () => {
    expect(resultText(answer, { width: 80 }).split('\n')).toEqual([
      'id  text           text',
      ' 1  a "b", c\\r\\nd  null',
      ' 2                 x',
      '(2 rows)',
      '',
    ]);
  });
});

test('a table in trouble says what is wrong and what to do', () => {
  const error = { code: 'source/forbidden', message: 'not allowed', remedy: 'Give it Read.' } as const;
  const lines = statusLines([tableStatus('sales', 'lead', { label: 'Paused', error })], { nowMs: 0, width: 100 });
  expect(lines.slice(2)).toEqual(['  sales/lead: not allowed [source/forbidden]', '    what to do: Give it Read.']);
});

test('a first read shows how far it is', () => {
  const reading = tableStatus('sales', 'lead', { label: 'Initial sync', progress: { rows: 50, estimate: 200 } });
  expect(statusLines([reading], { nowMs: 0, width: 100 })[1]).toContain('Initial sync 25 %');
});

test('prose is wrapped between words, indented, and a long word stays whole', () => {
  expect(wrapWords('one two three', { width: 9, indent: 1 })).toEqual([' one two', ' three']);
  expect(wrapWords('to /a/very/long/path', { width: 8 })).toEqual(['to', '/a/very/long/path']);
});

test('a screen is redrawn line by line, from where it was drawn, also behind a typed ^C', () => {
  expect(redrawn(['a', 'b'], 3)).toBe('\r\u001b[3Aa\u001b[K\nb\u001b[K\n\u001b[J');
  expect(redrawn(['a'], 0)).toBe('\ra\u001b[K\n\u001b[J');
  expect(redrawn([], null)).toBe('\u001b[H\u001b[J');
});

test('what does not fit a screen is counted in its last line', () => {
  expect(fitRows(['a', 'b', 'c'], 3)).toEqual(['a', 'b', 'c']);
  expect(fitRows(['a', 'b', 'c', 'd'], 3)).toEqual([
    'a',
    'b',
    'and 2 more lines: make the window higher, or see status',
  ]);
});
