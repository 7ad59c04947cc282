import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';

const RENEW = 'LAKELINK_RENEW_GOLDEN';

/**
 * Holds files, by path, against those of a folder of the repository: the same names, the same bytes. With
 * LAKELINK_RENEW_GOLDEN=1 the folder is written anew instead; read what changed before you commit it.
 */
export async function expectGolden(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  if (process.env[RENEW] === '1') return renew(folder, files);
  const hint = `the files are not those of ${folder}; where that is meant, run the test with ${RENEW}=1 and read the difference`;
  expect([...files.keys()].sort(), hint).toEqual(await namesIn(folder));
  for (const [path, text] of files) {
    expect(text, `${path}: ${hint}`).toBe(await readFile(join(folder, ...path.split('/')), 'utf8'));
  }
}

async function renew(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [path, text] of files) {
    const target = join(folder, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}
