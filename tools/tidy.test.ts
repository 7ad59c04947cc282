import { describe, expect, test } from 'vitest';
import { checkSource } from './tidy-source.ts';
import { checkInvariants, checkLinks, checkWords, unusedFaults } from './tidy-text.ts';

const inEngine = (text: string) => checkSource({ path: 'src/engine/x.ts', text }).map(({ problem }) => problem);

describe('time, chance and the world are inputs', () => {
  test.each([
    ['const a = Date.now();', 'Date.now'],
    ['const a = new Date();', 'new Date()'],
    ['const a = Math.random();', 'Math.random'],
    ["import { randomUUID } from 'node:crypto';", 'randomUUID'],
    ["import { setTimeout as pause } from 'node:timers/promises';", 'setTimeout'],
    ['setInterval(() => {}, 1);', 'setInterval'],
    ['const { body } = await fetch(url);', 'fetch'],
    ['class A { constructor({ send = fetch }) {} }', 'fetch'],
    ['const a = process.env.HOME;', 'process.env'],
  ])('%s is found', (text, what) => {
    expect(inEngine(text)).toEqual([`${what} is not an input here`]);
  });

  test.each([
    'const a = new Date(clock.nowMs());',
    'type Fetch = typeof fetch;',
    'function read(fetch: Fetch) { return fetch(url); }',
    'source.fetch(page);',
    'interface Source { fetch(page: string): void }',
    '// Date.now is not used here',
    "const text = 'Math.random()';",
  ])('%s is fine', text => {
    expect(inEngine(text)).toEqual([]);
  });

  test('rooms that hold the world, and tests, may touch it', () => {
    const paths = ['src/store/x.ts', 'src/verify/transport.ts', 'src/engine/x.test.ts', 'test/kit/x.ts'];
    expect(paths.flatMap(path => checkSource({ path, text: 'Date.now();' }))).toEqual([]);
    expect(checkSource({ path: 'src/verify/x.ts', text: 'Date.now();' })).toHaveLength(1);
  });
});

describe('sizes', () => {
  const lines = (count: number) => 'a;\n'.repeat(count);

  test('a function has at most 60 lines and a file 400', () => {
    expect(inEngine(`function f() {\n${lines(58)}}\n`)).toEqual([]);
    expect(inEngine(`function f() {\n${lines(59)}}\n`)).toEqual(['a function of 61 lines; at most 60']);
    expect(inEngine(lines(400))).toEqual([]);
    expect(inEngine(lines(401))).toEqual(['401 lines; at most 400']);
  });

  test('generated files are left out', () => {
    expect(checkSource({ path: 'src/sandbox/x.generated.ts', text: lines(500) })).toEqual([]);
  });
});

describe('words', () => {
  const said = (text: string) =>
    checkWords({ path: 'docs/x.md', text }).map(({ line, problem }) => `${line}: ${problem}`);

  test('paths of one machine, registries and numbers of tickets are found', () => {
    expect(said('one\n/work/main/src')).toEqual(['2: names a path of one machine: /work/']);
    expect(said('see Issue 12')).toEqual(['1: names the number of an issue: Issue 12']);
    expect(said('from registry.npmjs.org')).toEqual(['1: names a package registry: registry.npmjs']);
  });

  test('ordinary paths and words are not', () => {
    expect(said('src/work/x.ts, https://a.example/home/, a tissue, an issue')).toEqual([]);
  });
});

describe('invariants (style rule 10)', () => {
  const spec = { path: 'docs/spec/invariants.md', text: '- **I-1** Holds.\n  - keeps: `src/core/a.test.ts`\n' };
  const testFile = { path: 'src/core/a.test.ts', text: "test('x (I-1)')" };

  test('named in code, defined and tested: in order', () => {
    expect(checkInvariants([spec, testFile, { path: 'src/core/a.ts', text: '// I-1' }])).toEqual([]);
  });

  test('an unknown number, an untested one and a lost file are found', () => {
    const found = checkInvariants([spec, { path: 'src/core/a.ts', text: '\n// I-7' }]);
    expect(found.map(({ path, line, problem }) => `${path}:${line} ${problem}`)).toEqual([
      'src/core/a.ts:2 I-7 is not in docs/spec/invariants.md',
      'docs/spec/invariants.md:null no test names I-1',
      'docs/spec/invariants.md:2 src/core/a.test.ts does not exist',
    ]);
  });
});

test('links lead to files, folders and headings', () => {
  const readme = {
    path: 'README.md',
    text: '[a](docs/a.md#the-first-part) [b](docs) [c](docs/b.md) [d](docs/a.md#no) `[x](y)`',
  };
  const page = { path: 'docs/a.md', text: '# A\n## The first part!\n[up](../README.md) [out](https://a.example)' };
  expect(checkLinks([readme, page]).map(({ problem }) => problem)).toEqual([
    'docs/b.md leads nowhere',
    'docs/a.md#no: no such heading',
  ]);
});

test('a fault code that only the table and tests name is unused', () => {
  const files = [
    { path: 'src/core/fault.ts', text: "  'store/full': {\n  },\n  'store/busy': {\n  },\n" },
    { path: 'src/store/a.ts', text: "new Fault('store/full')" },
    { path: 'src/store/a.test.ts', text: "'store/busy'" },
  ];
  expect(unusedFaults(files)).toEqual(['store/busy']);
});
