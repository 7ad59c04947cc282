import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answer, countingIds, deletedRow, guid, inPieces, pageKey } from '../../test/kit/batch-fixtures.ts';
import type { PageSpool } from '../core/spool.ts';
import { openSpool } from './spool.ts';

const signal = new AbortController().signal;
let folder: string;
let spool: PageSpool;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-spool-'));
  spool = await openSpool({ folder, newId: countingIds() });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Texts that look like the structure around them. */
const HOSTILE = [
  '],"@odata.nextLink":"x"}',
  '"value":[',
  ']}',
  '\\',
  '\\"',
  '{[',
  'a\u2028b',
  '🚀',
  '],"@odata.',
  '\u0000',
];
const rows = [
  JSON.stringify({
    '@odata.etag': 'W/"1"',
    accountid: guid(1),
    name: HOSTILE.join(' '),
    nested: { Value: [1, { a: ']' }] },
  }),
  deletedRow(guid(2)),
];
const link = 'https://org.example/api?$skiptoken=%3Ccookie a="1"%3E\\&\u2028é';

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

test('a page is exactly its array of rows, with its links unescaped, however the body arrives (I-2)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.boolean(), async (pieceBytes, isLast) => {
      const body = answer(rows, isLast ? { delta: link } : { next: link });
      const page = await spool.receive(pageKey(), inPieces(body, pieceBytes), signal);
      expect(await readFile(page.path, 'utf8')).toBe(`[${rows.join(',')}]`);
      expect([page.next, page.delta]).toEqual(isLast ? [null, link] : [link, null]);
      expect(await spool.find(pageKey())).toEqual(page);
    }),
    { numRuns: 40 },
  );
});

test('a body cut off at any byte is never a page and leaves nothing (I-2)', async () => {
  const body = answer(rows, { next: link });
  for (let length = 0; length < body.length; length += 1) {
    const received = spool.receive(pageKey(), inPieces(body.subarray(0, length)), signal);
    await expect(received, `cut at ${length}`).rejects.toMatchObject({ code: 'batch/page-invalid' });
  }
  expect(await filesOf(folder)).toEqual([]);
  expect(await spool.find(pageKey())).toBeNull();
});

test('unusual but valid answers are pages: white space, links in front, other members, BOM', async () => {
  const cases: [body: string, array: string, next: string | null, delta: string | null][] = [
    ['{"value":[]}', '[]', null, null],
    ['\uFEFF{ "a" : {"value":[1]} , "value" : [ {"b":"]"} ] , "c" : [1] }\n', '[ {"b":"]"} ]', null, null],
    ['{"@odata.deltaLink":"https:\\/\\/d\\u0026","value":[{}]}', '[{}]', null, 'https://d&'],
    ['{"@odata.count":5,"value":[{}],\r\n "@odata.nextLink": "n"}', '[{}]', 'n', null],
    [
      '{"value":[{"x":[{}],"x@odata.nextLink":"inner"}],"@odata.nextLink":"outer"}',
      '[{"x":[{}],"x@odata.nextLink":"inner"}]',
      'outer',
      null,
    ],
  ];
  for (const [body, array, next, delta] of cases) {
    const page = await spool.receive(pageKey({ address: body }), inPieces(Buffer.from(body), 7), signal);
    expect(await readFile(page.path, 'utf8')).toBe(array);
    expect([page.next, page.delta]).toEqual([next, delta]);
    expect(await spool.find(page.key)).toEqual(page);
  }
});

test('an error, a page without rows, and what is no JSON are refused as no page', async () => {
  const bodies = [
    '{"error":{"code":"0x80040265","message":"no"}}',
    '{"value":[{}],"error":{"code":"x"}}',
    '{"value":{}}',
    '{"rows":[]}',
    '<html>503</html>',
    '[]',
    '{"value":[{}]} trailing',
    '{"value":[{"a":1]}',
    '',
  ];
  for (const body of bodies) {
    const received = spool.receive(pageKey(), inPieces(Buffer.from(body)), signal);
    await expect(received, body).rejects.toMatchObject({ code: 'batch/page-invalid' });
  }
  expect(await filesOf(folder)).toEqual([]);
});

test('a body that throws leaves nothing and its own failure passes', async () => {
  const broken = new Error('reset');
  async function* body() {
    yield answer(rows).subarray(0, 100);
    throw broken;
  }
  await expect(spool.receive(pageKey(), body(), signal)).rejects.toBe(broken);
  expect(await filesOf(folder)).toEqual([]);
});

test('an abort stops receiving and leaves nothing', async () => {
  const stop = new AbortController();
  async function* body() {
    yield answer(rows).subarray(0, 100);
    stop.abort();
    yield answer(rows).subarray(100);
  }
  await expect(spool.receive(pageKey(), body(), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(await filesOf(folder)).toEqual([]);
});

test('a page whose file was cut or changed is removed and asked again; one without sidecar never counts', async () => {
  const damages: ((path: string) => Promise<void>)[] = [
    path => truncate(path, 10),
    async path => writeFile(path, (await readFile(path, 'utf8')).replace('deleted', 'DELETED')),
    path => rm(path),
    path => rm(path.replace(/json$/, 'meta')),
    path => writeFile(path.replace(/json$/, 'meta'), '{"format":1'),
  ];
  for (const damage of damages) {
    const page = await spool.receive(pageKey(), inPieces(answer(rows, { next: 'n' })), signal);
    await damage(page.path);
    expect(await spool.find(pageKey())).toBeNull();
    expect(await filesOf(folder)).toEqual([]);
  }
});

test('pages survive a new process, differ by key, and go one by one or by table', async () => {
  const keys = [pageKey(), pageKey({ generation: 2 }), pageKey({ read: 'full' }), pageKey({ address: link })];
  for (const [n, key] of keys.entries()) {
    await spool.receive(key, inPieces(answer([deletedRow(guid(n))])), signal);
  }
  await writeFile(join(folder, 'test', 'account', 'half.json.f9.tmp'), '[{');
  const again = await openSpool({ folder, newId: countingIds() });
  expect((await filesOf(folder)).filter(path => path.endsWith('.tmp'))).toEqual([]);
  for (const [n, key] of keys.entries()) {
    const page = await again.find(key);
    expect(page === null ? null : await readFile(page.path, 'utf8')).toBe(`[${deletedRow(guid(n))}]`);
  }
  const first = await again.find(pageKey());
  if (first !== null) await again.remove(first);
  expect(await again.find(pageKey())).toBeNull();
  expect(await again.find(pageKey({ generation: 2 }))).not.toBeNull();
  await again.clear(pageKey().link, pageKey().table);
  expect(await filesOf(folder)).toEqual([]);
});

test('rows read one by one make a page', async () => {
  const page = await spool.compose(
    pageKey({ read: 'rows' }),
    rows.map(row => Buffer.from(row)),
    signal,
  );
  expect(await readFile(page.path, 'utf8')).toBe(`[${rows.join(',')}]`);
  expect(await spool.find(pageKey({ read: 'rows' }))).toEqual(page);
  const none = await spool.compose(pageKey({ read: 'rows' }), [], signal);
  expect(await readFile(none.path, 'utf8')).toBe('[]');
});

test.skipIf(process.platform === 'win32')(
  'only the owner can read the spool, and no link is in a file name',
  async () => {
    await spool.receive(pageKey({ address: 'secret-token' }), inPieces(answer(rows, { next: 'secret-token' })), signal);
    const files = await filesOf(folder);
    expect(files).toHaveLength(2);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(file).not.toContain('secret');
    }
    for (const part of ['.', 'test', 'test/account']) expect((await stat(join(folder, part))).mode & 0o777).toBe(0o700);
  },
);
