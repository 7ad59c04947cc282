import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** Rows of the page's tables: `| 12 | ...` were reported, `| K3 | ...` were not. */
function rowsOf(page: string): Row[] {
  return page.split('\n').flatMap(line => {
    const cells = line.split('|').map(cell => cell.trim());
    const name = cells[1] ?? '';
    return /^K?\d+$/.test(name) ? [{ name, cells: cells.slice(2, -1) }] : [];
  });
}

/** The tests that a cell names: `file` “title”. */
function testsOf(cell: string): { readonly file: string; readonly title: string }[] {
  return [...cell.matchAll(/`([^`]+\.test\.ts)` “([^”]+)”/g)].map(([, file = '', title = '']) => ({ file, title }));
}

/** What is wrong with the tests that a row names; null when nothing. */
function problemOf({ name, cells }: Row): string | null {
  const shown = cells.at(-1) ?? '';
  const waiting = shown.split('<br>').filter(part => part.startsWith('**not yet**'));
  const tests = testsOf(shown);
  if (tests.length + waiting.length !== shown.split('<br>').length) return `${name}: a part names no test`;
  if (waiting.some(part => !/^\*\*not yet\*\*: `[^`]+\.test\.ts`$/.test(part))) return `${name}: not yet, but where?`;
  const lost = tests.find(({ file, title }) => !holds(file, title));
  return lost === undefined ? null : `${name}: ${lost.file} has no test “${lost.title}”`;
}

function holds(file: string, title: string): boolean {
  const path = join(ROOT, ...file.split('/'));
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8').replaceAll("\\'", "'");
  return ["'", '`', '"'].some(quote => text.includes(`${quote}${title}${quote}`));
}

const rows = rowsOf(readFileSync(join(ROOT, 'docs', 'field-faults.md'), 'utf8'));

test('docs/field-faults.md has a row for each report of wrong or ill-formed data, and for each kind that nobody reported', () => {
  const reported = rows.filter(({ name }) => !name.startsWith('K'));
  const kinds = rows.filter(({ name }) => name.startsWith('K'));
  expect(reported.map(({ name }) => Number(name))).toEqual(Array.from({ length: 43 }, (_, at) => at + 1));
  expect(kinds.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, at) => `K${at + 1}`));
  expect(reported.every(({ cells }) => cells.length === 4 && cells.every(cell => cell !== ''))).toBe(true);
  expect(kinds.every(({ cells }) => cells.length === 3 && cells.every(cell => cell !== ''))).toBe(true);
});

test('every test that docs/field-faults.md names is there', () => {
  expect(rows.map(problemOf).filter(problem => problem !== null)).toEqual([]);
});

test('a lost file, a lost title and a part without a test are found (the control)', () => {
  const row = (shown: string) => problemOf({ name: '1', cells: ['symptom', 'answer', shown] });
  expect(row('`tools/nowhere.test.ts` “x”')).toContain('tools/nowhere.test.ts');
  expect(row(`\`tools/field-faults.test.ts\` “${['no such', 'title'].join(' ')}”`)).toContain('has no test');
  expect(row('by reading the code')).toContain('names no test');
  expect(row('`tools/field-faults.test.ts` “every test that docs/field-faults.md names is there”')).toBeNull();
});
