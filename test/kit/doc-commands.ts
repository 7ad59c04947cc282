import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAMS = ['npm', 'npx', 'lakelink', 'export', 'node'];

/** A command of a fenced block, as a person would type it: joined lines, no comment, one of what `&&` connects. */
export interface DocCommand {
  readonly page: string;
  readonly text: string;
}

export function docPages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'));
  return ['README.md', ...docs.map(name => `docs/${name}`)];
}

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Every fenced block without a language; the first line says whether it holds commands. */
export function blocksOf(page: string): { readonly lines: readonly string[]; readonly isCommands: boolean }[] {
  const blocks = pageText(page).matchAll(/^```(\w*)\n(.*?)^```/gms);
  return [...blocks].flatMap(([, language = '', body = '']) => {
    if (!['', 'sh', 'bash', 'console'].includes(language)) return [];
    const lines = body.split('\n').filter(line => line.trim() !== '');
    return [{ lines, isCommands: PROGRAMS.includes(lines[0]?.split(' ')[0] ?? '') }];
  });
}

export function commandsOf(page: string): DocCommand[] {
  return blocksOf(page)
    .filter(({ isCommands }) => isCommands)
    .flatMap(({ lines }) =>
      lines
        .join('\n')
        .replace(/\s*\\\n\s*/g, ' ')
        .split('\n'),
    )
    .flatMap(line => line.replace(/\s+#\s.*$/, '').split(' && '))
    .map(text => ({ page, text: text.trim() }));
}

/** Commands named in running text: `lakelink ...` between backticks. */
export function inlineCommandsOf(page: string): DocCommand[] {
  const text = pageText(page).replace(/^```.*?^```/gms, '');
  return [...text.matchAll(/`((?:npx )?lakelink [^`]+)`/g)].map(([, found = '']) => ({ page, text: found }));
}

/** Words of a command line; quotes keep spaces together. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** The texts of the fenced blocks of one language. */
export function blocksTagged(page: string, language: string): string[] {
  const blocks = pageText(page).matchAll(/^```(\w+)\n(.*?)^```/gms);
  return [...blocks].flatMap(([, tag, body = '']) => (tag === language ? [body] : []));
}
