import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultCode } from '../../src/core/fault.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { expectRefusal } from '../kit/refusals.ts';
import { program, runCommand } from '../kit/service-process.ts';
import { zipOf } from '../kit/zip.ts';

const ID = '11111111-1111-1111-1111-111111111111';
const SCHEMA = `<entities><entity name="new_crate" displayname="Crate" etc="10700" primaryidfield="new_crateid" primarynamefield="new_name">
<fields><field displayname="x" name="new_crateid" type="guid"/><field displayname="x" name="new_name" type="string"/></fields></entity></entities>`;
const DATA = `<entities><entity name="new_crate" displayname="Crate"><records><record id="${ID}">
<field name="new_crateid" value="${ID}"/><field name="new_name" value="red"/></record></records></entity></entities>`;
const ENTITIES = `<?xml version="1.0"?><!DOCTYPE entities [<!ENTITY secret SYSTEM "file:///etc/passwd">]>${DATA.replace('red', '&secret;')}`;
const LAUGHS = `<!DOCTYPE entities [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${DATA.replace('red', '&b;')}`;

let root: string;
let environment: Record<string, string>;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lakelink-package-'));
  environment = { LAKELINK_HOME: join(root, 'home'), NO_COLOR: '1' };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
/** 64 MiB of spaces that pack to 64 KiB, between the two ends of a package. */
const bomb = () => Buffer.concat([Buffer.from('<entities>'), Buffer.alloc(64 << 20, ' '), Buffer.from('</entities>')]);

interface Bad {
  readonly name: string;
  readonly file: () => Uint8Array | Readonly<Record<string, string>>;
  readonly code: FaultCode;
  readonly says: string;
}

const bads: readonly Bad[] = [
  {
    name: 'text.zip',
    file: () => bytes('this is no zip'),
    code: 'package/invalid',
    says: 'neither a folder nor a zip',
  },
  { name: 'empty.zip', file: () => zipOf([]), code: 'package/invalid', says: 'data.xml is missing' },
  { name: 'cut.zip', file: () => good().subarray(0, good().length - 30), code: 'package/invalid', says: 'cut.zip' },
  { name: 'folder', file: () => ({ 'notes.txt': 'x' }), code: 'package/invalid', says: 'data.xml' },
  { name: 'not-xml', file: () => pair('id,name\n1,red'), code: 'package/invalid', says: 'data.xml' },
  { name: 'other-xml', file: () => pair('<html></html>'), code: 'package/invalid', says: '<html>' },
  { name: 'cut-xml', file: () => pair(DATA.slice(0, 120)), code: 'package/invalid', says: 'line: ' },
  { name: 'entities', file: () => pair(ENTITIES), code: 'package/unsafe', says: 'document type or entities' },
  { name: 'laughs', file: () => pair(LAUGHS), code: 'package/unsafe', says: 'document type or entities' },
  {
    name: 'bomb.zip',
    file: () => zipOf([{ name: 'data.xml', body: bomb() }, schemaEntry()]),
    code: 'package/unsafe',
    says: 'far more than its size',
  },
];

const pair = (data: string) => ({ 'data.xml': data, 'data_schema.xml': SCHEMA });
const schemaEntry = () => ({ name: 'data_schema.xml', body: bytes(SCHEMA) });
const good = () => zipOf([{ name: 'data.xml', body: bytes(DATA) }, schemaEntry()]);

function put({ name, file }: Pick<Bad, 'name' | 'file'>): string {
  const path = join(root, name);
  const content = file();
  if (content instanceof Uint8Array) writeFileSync(path, content);
  else {
    mkdirSync(path, { recursive: true });
    for (const [part, text] of Object.entries(content)) writeFileSync(join(path, part), text);
  }
  return path;
}

test.each(bads)('a package that is none ($name) is refused, and no environment is made', async bad => {
  const path = put(bad);
  const data = join(root, 'new-environment');
  const ended = await runCommand(['sandbox', '--import', path, '--data', data], environment);
  expectRefusal(ended, { exit: 1, code: bad.code, says: [path, bad.says] });
  expect(ended.err).not.toContain('root:');
  expect(existsSync(data)).toBe(false);
});

test('a package that is not there is refused by its path', async () => {
  const path = join(root, 'nowhere.zip');
  const ended = await runCommand(['sandbox', '--import', path], environment);
  expectRefusal(ended, { exit: 1, code: 'package/invalid', says: [path] });
  expect(existsSync(join(root, 'home', 'sandbox'))).toBe(false);
});

test('a good package is taken afterwards, and one that is refused later changes nothing of it', async () => {
  const data = join(root, 'new-environment');
  await importAndStop([put({ name: 'good.zip', file: good })], data);
  expect(cratesIn(data)).toEqual(['red']);
  const renamed = DATA.replace('red', 'blue');
  const path = put({ name: 'half', file: () => pair(renamed.replace('</records>', '<record id="odd"/></records>')) });
  const ended = await runCommand(['sandbox', '--import', path, '--data', data], environment);
  expectRefusal(ended, { exit: 1, code: 'package/invalid', says: ['line: '] });
  expect(cratesIn(data)).toEqual(['red']);
});

function cratesIn(folder: string): unknown[] {
  const database = openSandboxDatabase({ path: join(folder, 'environment.db') });
  try {
    return database.page('new_crate', { after: null, limit: 9 }).map(({ row }) => row.new_name);
  } finally {
    database.close();
  }
}

/** Runs the environment alone until it says where it is. */
async function importAndStop(packages: readonly string[], data: string): Promise<void> {
  const args = ['sandbox', '--json', '--data', data, ...packages.flatMap(path => ['--import', path])];
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  failed.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed]);
  expect(JSON.parse(String(line))).toMatchObject({ url: expect.stringMatching(/^http:/) });
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}
