import { posix } from 'node:path';
import { type Finding, isTest, lineAt, type TextFile } from './tidy-files.ts';

const INVARIANTS = 'docs/spec/invariants.md';
const FAULTS = 'src/core/fault.ts';

/** Patterns are spelt in pieces, so that this file does not match itself. */
const UNSAID: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  {
    what: 'a path of one machine',
    pattern: new RegExp(`(?<![\\w.:-])/(${['work', 'home', 'Users', 'root'].join('|')})/`, 'g'),
  },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\{1,2}Users\\/g },
  {
    what: 'a package registry',
    pattern: new RegExp(`\\b(registry\\.${'npmjs'}|registry\\.${'yarnpkg'}|${'pypi'}\\.org|npm\\.${'pkg'})`, 'g'),
  },
  { what: 'the number of an issue', pattern: new RegExp(`\\b${'issue'}s? #?\\d+\\b`, 'gi') },
];

/** Things that a file of this project must not say: it speaks of itself alone. */
export function checkWords({ path, text }: TextFile): Finding[] {
  return UNSAID.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)].map(match => ({
      path,
      line: lineAt(text, match.index),
      problem: `names ${what}: ${match[0]}`,
    })),
  );
}

/** Every `I-n` in code is in the specification, every one there is named by a test, and files it names exist. */
export function checkInvariants(files: readonly TextFile[]): Finding[] {
  const spec = files.find(({ path }) => path === INVARIANTS);
  if (spec === undefined) return [{ path: INVARIANTS, line: null, problem: 'missing' }];
  const defined = new Set([...spec.text.matchAll(/\*\*(I-\d+)\*\*/g)].map(match => match[1] ?? ''));
  const code = files.filter(({ path }) => path.endsWith('.ts'));
  const unknown = code.flatMap(({ path, text }) =>
    [...text.matchAll(/\bI-\d+\b/g)]
      .filter(match => !defined.has(match[0]))
      .map(match => ({ path, line: lineAt(text, match.index), problem: `${match[0]} is not in ${INVARIANTS}` })),
  );
  const tests = code.filter(({ path }) => isTest(path)).map(({ text }) => text);
  const untested = [...defined].filter(name => !tests.some(text => new RegExp(`\\b${name}\\b`).test(text)));
  const paths = new Set(files.map(({ path }) => path));
  const lost = [...spec.text.matchAll(/`((?:src|test)\/[^`]+\.ts)`/g)].filter(match => !paths.has(match[1] ?? ''));
  return [
    ...unknown,
    ...untested.map(name => ({ path: INVARIANTS, line: null, problem: `no test names ${name}` })),
    ...lost.map(match => ({
      path: INVARIANTS,
      line: lineAt(spec.text, match.index),
      problem: `${match[1]} does not exist`,
    })),
  ];
}

/** Codes of the fault table that nothing outside it uses. */
export function unusedFaults(files: readonly TextFile[]): string[] {
  const table = files.find(({ path }) => path === FAULTS)?.text ?? '';
  const codes = [...table.matchAll(/^ {2}'([a-z]+\/[a-z-]+)': \{/gm)].map(match => match[1] ?? '');
  const users = files.filter(({ path }) => path.startsWith('src/') && path !== FAULTS && !isTest(path));
  return codes.filter(code => !users.some(({ text }) => text.includes(`'${code}'`)));
}

/** Links between documents lead to files, and their fragments to headings. */
export function checkLinks(files: readonly TextFile[]): Finding[] {
  const byPath = new Map(files.map(file => [file.path, file]));
  const folders = new Set(files.flatMap(({ path }) => ancestors(path)));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(match => {
        const link = match[1] ?? '';
        if (/^[a-z]+:/i.test(link)) return [];
        const [target = '', fragment] = link.split('#');
        const found =
          target === '' ? path : posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
        const line = lineAt(text, text.indexOf(`](${link})`));
        const file = byPath.get(found);
        if (file === undefined && !folders.has(found)) return [{ path, line, problem: `${link} leads nowhere` }];
        if (fragment === undefined || file === undefined || headings(file.text).has(fragment)) return [];
        return [{ path, line, problem: `${link}: no such heading` }];
      }),
    );
}

function ancestors(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...ancestors(folder)];
}

function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
}

/** Headings as fragments: lower case, without punctuation, spaces as hyphens. */
function headings(text: string): Set<string> {
  const found = [...text.matchAll(/^#+ +(.+)$/gm)].map(match => match[1] ?? '');
  return new Set(
    found.map(heading =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
