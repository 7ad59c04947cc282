import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { counter, live } from '../../test/kit/log-values.ts';
import { folderFault } from './folder-fault.ts';
import { openFolderStore } from './folder-store.ts';

let root: string;
const isRoot = process.getuid?.() === 0;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lakelink-store-'));
});
afterEach(async () => {
  await chmod(root, 0o700).catch(() => undefined);
  await rm(root, { recursive: true, force: true });
});

const content = { bytes: new TextEncoder().encode('x') };

describe('opening a folder', () => {
  test('that does not exist is store/missing and makes nothing', async () => {
    const missing = join(root, 'none');
    await expect(openFolderStore({ root: missing, newId: counter('t') })).rejects.toMatchObject({
      code: 'store/missing',
      details: { path: missing },
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('that is a file is store/missing', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(openFolderStore({ root: file, newId: counter('t') })).rejects.toMatchObject({ code: 'store/missing' });
  });

  test.skipIf(isRoot || process.platform === 'win32')('that cannot be written is store/read-only', async () => {
    await chmod(root, 0o500);
    await expect(openFolderStore({ root, newId: counter('t') })).rejects.toMatchObject({ code: 'store/read-only' });
  });

  test('on a file system without hard links is store/no-link, and leaves no file behind', async () => {
    const makeLink = () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }));
    await expect(openFolderStore({ root, newId: counter('t'), makeLink })).rejects.toMatchObject({
      code: 'store/no-link',
      details: { path: root, reason: 'EPERM' },
    });
    expect(await readdir(join(root, '.lakelink', '_tmp'))).toEqual([]);
  });

  test('removes temporary files of dead processes after a day, and younger ones not', async () => {
    await mkdir(join(root, '.lakelink', '_tmp'), { recursive: true });
    const old = join(root, '.lakelink', '_tmp', 'old');
    const young = join(root, '.lakelink', '_tmp', 'young');
    await writeFile(old, 'half');
    await writeFile(young, 'half');
    const nowMs = Date.UTC(2026, 5, 2);
    await utimes(old, new Date(nowMs - 25 * 3_600_000), new Date(nowMs - 25 * 3_600_000));
    await utimes(young, new Date(nowMs - 3_600_000), new Date(nowMs - 3_600_000));
    await openFolderStore({ root, newId: counter('t'), clock: { nowMs: () => nowMs } });
    expect(await readdir(join(root, '.lakelink', '_tmp'))).toEqual(['young']);
  });

  test('for reading only makes nothing and refuses to write', async () => {
    const store = await openFolderStore({ root, newId: counter('t'), readOnly: true });
    await expect(store.putIfAbsent('a', content, live)).rejects.toMatchObject({ code: 'store/read-only' });
    expect(await store.read('a', live)).toBeNull();
    expect(await readdir(root)).toEqual([]);
  });
});

describe('a folder lake', () => {
  test('leaves no temporary file after puts and publications', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.putIfAbsent('a/1', content, live);
    await store.putIfAbsent('a/1', content, live);
    await store.publish('b/1', content, { sequence: 1, signal: live });
    await store.publish('b/1', content, { sequence: 0, signal: live });
    expect(await readdir(join(root, '.lakelink', '_tmp'))).toEqual([]);
  });

  test('that vanishes while it is open is store/missing, for reading too: never an empty lake (I-7)', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await rm(root, { recursive: true });
    await expect(store.read('a/1', live)).rejects.toMatchObject({ code: 'store/missing' });
    await expect(store.list('', { signal: live })).rejects.toMatchObject({ code: 'store/missing' });
    await expect(store.putIfAbsent('a/1', content, live)).rejects.toMatchObject({ code: 'store/missing' });
    await expect(store.publish('a/1', content, { sequence: 1, signal: live })).rejects.toMatchObject({
      code: 'store/missing',
    });
  });

  test.each([
    '../x',
    'a/../x',
    '/etc/passwd',
    'a//b',
    '',
    'a\\b',
    'C:/x',
    'a/con',
    'a/NUL.csv',
    'a/lpt1.json',
    'a/x.',
    'a/x ',
    './a',
    'a\u0000b',
    '.lakelink/_tmp/x',
    '.lakelink/_locks/publish.sqlite',
  ])('refuses the path %j before it touches the disk', async path => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await expect(store.putIfAbsent(path, content, live)).rejects.toMatchObject({ code: 'internal/bug' });
    await expect(store.read(path, live)).rejects.toMatchObject({ code: 'internal/bug' });
  });

  test('a publication that broke off after the replacement is not certain, and repeats (I-1)', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.publish('b/1', content, { sequence: 4, signal: live });
    await writeFile(join(root, '.lakelink', '_published', 'b', '1.json'), JSON.stringify({ begun: 5, done: 4 }));
    expect(await store.publishedSequence('b/1', live)).toBeNull();
    expect(await store.publish('b/1', content, { sequence: 4, signal: live })).toBe('stale');
    expect(await store.publish('b/1', content, { sequence: 5, signal: live })).toBe('published');
    expect(await store.publishedSequence('b/1', live)).toBe(5);
  });

  test('the bytes that are shown already take a higher sequence and are not written again', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.publish('b/1', content, { sequence: 4, signal: live });
    const { ino } = await stat(join(root, 'b', '1'));
    expect(await store.publish('b/1', content, { sequence: 6, signal: live })).toBe('published');
    expect((await stat(join(root, 'b', '1'))).ino).toBe(ino);
    expect(await store.publishedSequence('b/1', live)).toBe(6);
    expect(await store.publish('b/1', content, { sequence: 5, signal: live })).toBe('stale');
    await writeFile(join(root, 'b', '1'), 'changed by a person');
    expect(await store.publish('b/1', content, { sequence: 6, signal: live })).toBe('published');
    expect((await store.read('b/1', live))?.byteLength).toBe(content.bytes.byteLength);
  });

  test('a published file that a person removed is not shown', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.publish('b/1', content, { sequence: 4, signal: live });
    await rm(join(root, 'b', '1'));
    expect(await store.publishedSequence('b/1', live)).toBeNull();
  });

  test('with the last publication in it a folder goes, the lake itself stays, and it comes back with the next', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.publish('b/c/1', content, { sequence: 4, signal: live });
    await store.publish('b/2', content, { sequence: 4, signal: live });
    await store.remove('b/c/1', live);
    expect(await readdir(join(root, 'b'))).toEqual(['2']);
    await store.remove('b/2', live);
    expect(await readdir(root)).toEqual(['.lakelink']);
    await store.publish('b/c/1', content, { sequence: 5, signal: live });
    expect(await readdir(join(root, 'b', 'c'))).toEqual(['1']);
  });

  test('a damaged publication note is lake/corrupt and names the file', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.publish('b/1', content, { sequence: 4, signal: live });
    await writeFile(join(root, '.lakelink', '_published', 'b', '1.json'), '{"begun":');
    await expect(store.publishedSequence('b/1', live)).rejects.toMatchObject({
      code: 'lake/corrupt',
      details: { path: '.lakelink/_published/b/1.json' },
    });
  });

  test('addresses and local paths are the real ones', async () => {
    const store = await openFolderStore({ root, newId: counter('t') });
    await store.putIfAbsent('a/ä b.csv', content, live);
    expect(await readFile(new URL(store.urlOf('a/ä b.csv')), 'utf8')).toBe('x');
    expect(await readFile(await store.localFile('a/ä b.csv', live), 'utf8')).toBe('x');
  });
});

describe('what the system says becomes what a person can act on', () => {
  test.each([
    ['ENOSPC', 'write', 'store/full'],
    ['EDQUOT', 'write', 'store/full'],
    ['EACCES', 'write', 'store/read-only'],
    ['EPERM', 'write', 'store/read-only'],
    ['EROFS', 'write', 'store/read-only'],
    ['EACCES', 'read', 'store/failed'],
    ['EIO', 'read', 'store/failed'],
    ['EMFILE', 'write', 'store/failed'],
  ] as const)('%s on %s is %s', (code, doing, expected) => {
    const failure = Object.assign(new Error('no'), { code });
    expect(folderFault(failure, { path: 'a/b', doing })).toMatchObject({ code: expected, details: { path: 'a/b' } });
  });
});

test('a publication that broke off before its rename shows no sequence for certain, and is made again (I-1)', async () => {
  const store = await openFolderStore({ root, newId: counter('t') });
  await store.publish('account/2024.csv', content, { sequence: 3, signal: live });
  // A folder in the place of the file: the rename fails, as if the process had died there.
  await rm(join(root, 'account', '2024.csv'));
  await mkdir(join(root, 'account', '2024.csv', 'in the way'), { recursive: true });
  await expect(store.publish('account/2024.csv', content, { sequence: 5, signal: live })).rejects.toThrow();
  expect(await store.publishedSequence('account/2024.csv', live)).toBeNull();
  await rm(join(root, 'account', '2024.csv'), { recursive: true });
  expect(await store.publish('account/2024.csv', content, { sequence: 4, signal: live })).toBe('stale');
  expect(await store.publish('account/2024.csv', content, { sequence: 5, signal: live })).toBe('published');
  expect(await store.publishedSequence('account/2024.csv', live)).toBe(5);
});
