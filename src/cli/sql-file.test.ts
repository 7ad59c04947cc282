import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openNewFile, writeWhole } from './sql-file.ts';
import { HISTORY_MAX, openHistory } from './sql-history.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = () => join(folder, 'out.csv');
const options = { force: false, option: '--to' } as const;
const fill = async (path: string) => writeFileSync(path, 'new');

describe('a file that is written whole', () => {
  test('has its name only when it is complete', async () => {
    await writeWhole(target(), options, async path => {
      await fill(path);
      expect(readdirSync(folder)).not.toContain('out.csv');
    });
    expect(readdirSync(folder)).toEqual(['out.csv']);
  });

  test('one that is there stays, unless it is to be replaced', async () => {
    writeFileSync(target(), 'old');
    const refusal = { code: 'input/invalid', details: { option: '--to', reason: expect.stringContaining('--force') } };
    await expect(writeWhole(target(), options, fill)).rejects.toMatchObject(refusal);
    expect(readFileSync(target(), 'utf8')).toBe('old');
    await writeWhole(target(), { ...options, force: true }, fill);
    expect(readFileSync(target(), 'utf8')).toBe('new');
  });

  test('one that came meanwhile stays too', async () => {
    const work = async (path: string) => {
      await fill(path);
      writeFileSync(target(), 'theirs');
    };
    await expect(writeWhole(target(), options, work)).rejects.toMatchObject({ code: 'input/invalid' });
    expect(readdirSync(folder)).toEqual(['out.csv']);
    expect(readFileSync(target(), 'utf8')).toBe('theirs');
  });

  test('a failure leaves nothing', async () => {
    const work = async (path: string) => {
      await fill(path);
      throw new Error('no');
    };
    await expect(writeWhole(target(), options, work)).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that is not there is seen before anything is computed', async () => {
    const path = join(folder, 'none', 'out.csv');
    const work = () => Promise.reject(new Error('computed'));
    const reason = expect.stringContaining('does not exist');
    await expect(writeWhole(path, options, work)).rejects.toMatchObject({ details: { reason } });
    await expect(openNewFile(path, '\\o')).rejects.toMatchObject({ details: { option: '\\o', reason } });
  });

  test('a new file takes text after text, and is never one that is there', async () => {
    const file = await openNewFile(target(), '\\o');
    await file.write('a');
    await file.write('b');
    await file.close();
    await file.close();
    expect(readFileSync(target(), 'utf8')).toBe('ab');
    await expect(openNewFile(target(), '\\o')).rejects.toMatchObject({ code: 'input/invalid' });
  });
});

describe('the history of the shell', () => {
  const path = () => join(folder, 'sql-history');

  test('is for its owner only, and newest first when it is read again', () => {
    const history = openHistory(path());
    for (const line of ['SELECT 1;', 'SELECT 2;']) history.add(line);
    expect(openHistory(path()).lines).toEqual(['SELECT 2;', 'SELECT 1;']);
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test('is bounded, in lines and in their length', () => {
    writeFileSync(path(), Array.from({ length: HISTORY_MAX + 50 }, (_, n) => `${n}\n`).join(''));
    const history = openHistory(path());
    expect(history.lines).toHaveLength(HISTORY_MAX);
    history.add('x'.repeat(5_000));
    expect(readFileSync(path(), 'utf8').split('\n')).toHaveLength(HISTORY_MAX + 1);
  });

  test('one that cannot be kept keeps nobody from working', () => {
    const history = openHistory(join(folder, 'none', 'sql-history'));
    history.add('SELECT 1;');
    expect(history.lines).toEqual([]);
  });
});
