import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A text file of the project: path from the root with `/`, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What is wrong, and where. `line` from 1; null when it is about the whole file. */
export interface Finding {
  readonly path: string;
  readonly line: number | null;
  readonly problem: string;
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.lakelink', 'coverage']);
const TEXT_ENDINGS = new Set([
  '.ts',
  '.md',
  '.json',
  '.cjs',
  '.mjs',
  '.js',
  '.py',
  '.yml',
  '.yaml',
  '.toml',
  '.sh',
  '.txt',
]);
const TEXT_NAMES = new Set(['run', 'LICENSE', 'NOTICE', '.gitignore', '.dockerignore', 'Dockerfile']);

/** Every text file below the project's root, whatever the version control knows of it. */
export function readProject(root: string): TextFile[] {
  return textPaths(root, '').map(path => ({ path, text: readFileSync(join(root, ...path.split('/')), 'utf8') }));
}

function textPaths(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap(entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : textPaths(root, path);
    return entry.isFile() && (TEXT_ENDINGS.has(extname(entry.name)) || TEXT_NAMES.has(entry.name)) ? [path] : [];
  });
}

export function isTest(path: string): boolean {
  return /\.test(-kit)?\.ts$/.test(path) || path.startsWith('test/');
}

/** The line, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
