import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { zipOf } from '../../test/kit/zip.ts';
import { Fault } from '../core/fault.ts';
import type { SandboxDatabase } from './database.ts';
import { type ImportResult, importPackage } from './package.ts';
import { installCatalogue } from './seed.ts';
import { openSandboxDatabase } from './sqlite-database.ts';

const clock = { nowMs: () => Date.UTC(2026, 0, 15, 10, 0, 0), sleep: async () => {} };
const ID = '11111111-1111-1111-1111-111111111111';
const OTHER = '22222222-2222-2222-2222-222222222222';

const fields = (...list: readonly string[]) =>
  list.map(one => `<field displayname="x" name="${one.split(' ')[0]}" type="${one.split(' ')[1]}"/>`).join('');
const SCHEMA = `<entities><entity name="new_thing" displayname="Thing" etc="10700" primaryidfield="new_thingid" primarynamefield="new_name">
<fields>${fields(
  'new_thingid guid',
  'new_name string',
  'new_count number',
  'new_big bigint',
  'new_price money',
  'new_ratio decimal',
  'new_speed float',
  'new_flag bool',
  'new_when datetime',
  'new_kind optionsetvalue',
  'new_tags optionsetvaluecollection',
  'statecode state',
  'statuscode status',
  'new_owner owner',
  'new_picture imagedata',
  'new_doc filedata',
)}<field name="new_parent" displayname="P" type="entityreference" lookupType="account|contact"/></fields>
<relationships><relationship name="new_thing_account" manyToMany="true" isreflexive="false" relatedEntityName="new_thing_accounts" m2mTargetEntity="account" m2mTargetEntityPrimaryKey="accountid"/></relationships>
</entity></entities>`;

const data = (inner: string, after = '') =>
  `<?xml version="1.0" encoding="utf-8"?>\n<entities><entity name="new_thing" displayname="Thing">\n<records>\n<record id="${ID}">\n${inner}\n</record></records>${after}</entity></entities>`;
const DATA = data(`<field name="new_name" value="a &quot;b&quot;, &amp;&#xD;&#xA;é 🎉 \u2028" />`);

let folder: string;
let database: SandboxDatabase;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lakelink-package-'));
  database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 1 });
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(given = folder): Promise<ImportResult> {
  return importPackage(database, { path: given, clock, signal: new AbortController().signal });
}

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, body] of Object.entries(files)) writeFileSync(path.join(folder, name), body);
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof Fault)) throw new Error(`not a fault: ${String(thrown)}`);
  return thrown;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a good package', () => {
  test('arrives from a folder and from a zip, with every type (R 2)', async () => {
    const inner = [
      ['new_name', 'a &quot;b&quot;, &amp;&#xD;&#xA;é 🎉 \u2028'],
      ['new_count', '-7'],
      ['new_big', '9007199254740993'],
      ['new_price', '922337203685477.5807000000'],
      ['new_ratio', '100000000000.0000000001'],
      ['new_speed', '2223.45'],
      ['new_flag', 'True'],
      ['new_when', '5/2/2019 12:15:35 AM'],
      ['new_kind', '100000001'],
      ['new_tags', '[-1,3,1,-1]'],
      ['statecode', '1'],
      ['statuscode', '2'],
      ['new_picture', 'R0lGODlhAQ=='],
    ].map(([name, value]) => `<field name="${name}" value="${value}" />`);
    const lookups = `<field name="new_parent" value="{${OTHER.toUpperCase()}}" lookupentity="contact" lookupentityname="x"/><field name="new_owner" value="${OTHER}" lookupentity="team"/>`;
    const pairs = `<m2mrelationships><m2mrelationship sourceid="${ID}" targetentityname="account" targetentitynameidfield="accountid" m2mrelationshipname="new_thing_account"><targetids><targetid>${OTHER}</targetid></targetids></m2mrelationship></m2mrelationships>`;
    const body = data(inner.join('') + lookups, pairs);
    write({
      'p.zip': zipOf([
        { name: 'data.xml', body: bytes(body) },
        { name: 'data_schema.xml', body: bytes(SCHEMA) },
        { name: '[Content_Types].xml', body: bytes('<Types/>') },
      ]),
    });
    const result = await run(path.join(folder, 'p.zip'));
    expect(result.leftOut).toEqual([]);
    expect(result.tablesCreated).toEqual(['new_thing', 'new_thing_accounts']);
    expect(database.get('new_thing', ID)?.row).toMatchObject({
      new_thingid: ID,
      new_name: 'a "b", &\r\né 🎉 \u2028',
      new_count: -7,
      new_big: '9007199254740993',
      new_price: '922337203685477.5807',
      new_ratio: '100000000000.0000000001',
      new_speed: 2223.45,
      new_flag: true,
      new_when: '2019-05-02T00:15:35Z',
      new_kind: 100000001,
      new_tags: [1, 3],
      statecode: 1,
      statuscode: 2,
      new_parent: { table: 'contact', id: OTHER },
      new_owner: { table: 'team', id: OTHER },
      createdon: '2026-01-15T10:00:00Z',
    });
    expect(database.page('new_thing_accounts', { after: null, limit: 9 }).map(one => one.row)).toMatchObject([
      { new_thingid: ID, accountid: OTHER },
    ]);
    const status = database.table('new_thing')?.columns.find(column => column.logicalName === 'statuscode');
    expect(status?.options).toEqual([{ value: 2, state: 1, labels: { 1033: 'Option 2' } }]);
  });

  test('imported again changes rows, not their number, and keeps what it does not name', async () => {
    write({ 'data.xml': DATA, 'data_schema.xml': SCHEMA });
    await run();
    write({ 'data.xml': data('<field name="new_count" value="5"/>') });
    const again = await run();
    expect(again.tablesCreated).toEqual([]);
    expect(database.count('new_thing')).toBe(1);
    expect(database.get('new_thing', ID)?.row).toMatchObject({ new_count: 5, new_name: 'a "b", &\r\né 🎉 \u2028' });
  });

  test('adds columns to tables that are there, and names what it leaves out', async () => {
    const schema = `<entities><entity name="account" displayname="A" etc="1" primaryidfield="accountid" primarynamefield="name"><fields>${fields('accountid guid', 'name string', 'new_extra number', 'new_odd mystery', 'accountcategorycode string')}</fields></entity></entities>`;
    const body = `<entities><entity name="account"><records><record id="${ID}"><field name="name" value=""/><field name="new_extra" value="3"/><field name="new_odd" value="?"/><field name="accountcategorycode" value="gold"/><field name="accountcategorycodename" value="Gold"/></record></records></entity></entities>`;
    write({ 'data.xml': body, 'data_schema.xml': schema });
    const result = await run();
    expect(result.columnsAdded).toEqual(['account.new_extra']);
    expect(database.get('account', ID)?.row).toMatchObject({ name: '', new_extra: 3 });
    expect(result.leftOut.map(one => `${one.column}: ${one.reason}`)).toEqual([
      'new_odd: type mystery is unknown',
      'accountcategorycode: the environment has the column as PicklistType, the package as string',
      'accountcategorycodename: the platform derives it from another column',
    ]);
  });
});

describe('what is not a package is refused with the place, and nothing is half made', () => {
  const cases: readonly (readonly [what: string, files: Record<string, string>, reason: RegExp])[] = [
    ['no files', { 'readme.txt': 'x' }, /no data.xml and data_schema.xml/],
    ['no schema', { 'data.xml': DATA }, /data_schema.xml is missing/],
    ['not XML', { 'data.xml': 'PK nothing', 'data_schema.xml': SCHEMA }, /line: 1/],
    ['another root', { 'data.xml': '<html/>', 'data_schema.xml': SCHEMA }, /begins with <html>/],
    ['cut off', { 'data.xml': DATA.slice(0, -40), 'data_schema.xml': SCHEMA }, /line: 5.*unclosed/],
    ['schema empty', { 'data.xml': DATA, 'data_schema.xml': '<entities/>' }, /describes no table/],
    ['id is none', { 'data.xml': DATA.replace(ID, '1234'), 'data_schema.xml': SCHEMA }, /line: 4.*not a GUID/],
    [
      'bad number',
      { 'data.xml': data('<field name="new_count" value="many"/>'), 'data_schema.xml': SCHEMA },
      /line: 5.*column: new_count.*not a whole number/,
    ],
    [
      'date of no calendar',
      { 'data.xml': data('<field name="new_when" value="2/30/2019 1:00:00 AM"/>'), 'data_schema.xml': SCHEMA },
      /column: new_when.*not a date/,
    ],
    [
      'table name that is a path',
      { 'data.xml': DATA, 'data_schema.xml': SCHEMA.replace('"new_thing"', '"../../etc"') },
      /not a logical name/,
    ],
    [
      'table not described',
      { 'data.xml': DATA.replaceAll('new_thing', 'other'), 'data_schema.xml': SCHEMA },
      /does not describe table other/,
    ],
    [
      'undeclared entity',
      { 'data.xml': data('<field name="new_name" value="&boom;"/>'), 'data_schema.xml': SCHEMA },
      /entity/,
    ],
    [
      'two pairs',
      { 'a-data.xml': DATA, 'a-data_schema.xml': SCHEMA, 'b-data.xml': DATA, 'b-data_schema.xml': SCHEMA },
      /several packages/,
    ],
  ];

  test.each(cases)('%s', async (_, files, reason) => {
    write(files);
    const before = database.version();
    const fault = await faultOf(run());
    expect(fault.code).toBe('package/invalid');
    expect(fault.message).toMatch(reason);
    expect([database.table('new_thing'), database.version()]).toEqual([undefined, before]);
  });

  test('a folder or file that is not there', async () => {
    expect((await faultOf(run(path.join(folder, 'nowhere')))).code).toBe('package/invalid');
  });

  test('text that is no UTF-8', async () => {
    write({ 'data.xml': new Uint8Array([0x3c, 0x65, 0xff, 0xc0]), 'data_schema.xml': SCHEMA });
    expect((await faultOf(run())).message).toMatch(/not text/);
  });

  test('a stopped import leaves nothing', async () => {
    write({ 'data.xml': DATA, 'data_schema.xml': SCHEMA });
    const stopped = AbortSignal.abort();
    await expect(importPackage(database, { path: folder, clock, signal: stopped })).rejects.toThrow();
    expect(database.table('new_thing')).toBeUndefined();
  });
});

describe('what would harm is refused (package/unsafe)', () => {
  const laughs = `<!DOCTYPE entities [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`;

  test.each([
    ['a document type', `<!DOCTYPE entities SYSTEM "file:///etc/passwd">${SCHEMA}`],
    ['entities that multiply', `${laughs}${SCHEMA}`],
  ])('%s', async (_, schema) => {
    write({ 'data.xml': DATA, 'data_schema.xml': schema });
    expect((await faultOf(run())).code).toBe('package/unsafe');
  });

  test('entities in the data, in UTF-16', async () => {
    const text = `\ufeff${laughs}<entities/>`;
    write({ 'data.xml': Buffer.from(text, 'utf16le'), 'data_schema.xml': SCHEMA });
    expect((await faultOf(run())).code).toBe('package/unsafe');
  });

  test('a zip that unpacks to far more than its size, whatever it claims', async () => {
    const bomb = Buffer.alloc(16 * 1024 * 1024, 0x20);
    const schema = { name: 'data_schema.xml', body: bytes(SCHEMA) };
    write({ 'honest.zip': zipOf([{ name: 'data.xml', body: bomb }, schema]) });
    expect((await faultOf(run(path.join(folder, 'honest.zip')))).message).toMatch(/far more than its size/);
    write({ 'liar.zip': zipOf([{ name: 'data.xml', body: bomb, claimed: 100 }, schema]) });
    expect((await faultOf(run(path.join(folder, 'liar.zip')))).code).toMatch(/^package\/(unsafe|invalid)$/);
  });

  test('a file larger than allowed, and too many entries', async () => {
    write({ 'data.xml': DATA, 'data_schema.xml': SCHEMA });
    const limits = { entriesMax: 1, unpackedBytesMax: 300, ratioMax: 200 };
    const signal = new AbortController().signal;
    expect((await faultOf(importPackage(database, { path: folder, clock, signal, limits }))).code).toBe(
      'package/unsafe',
    );
    write({
      'p.zip': zipOf([
        { name: 'data.xml', body: bytes(DATA) },
        { name: 'data_schema.xml', body: bytes(SCHEMA) },
      ]),
    });
    const zip = path.join(folder, 'p.zip');
    expect((await faultOf(importPackage(database, { path: zip, clock, signal, limits }))).message).toMatch(
      /too many entries/,
    );
  });

  test('names that climb out of the zip are never used: such an entry is no data.xml', async () => {
    write({
      'slip.zip': zipOf([
        { name: '../../data.xml', body: bytes(DATA) },
        { name: 'data_schema.xml', body: bytes(SCHEMA) },
      ]),
    });
    const fault = await faultOf(run(path.join(folder, 'slip.zip')));
    expect([fault.code, fault.message]).toEqual([
      'package/invalid',
      expect.stringMatching(/data.xml is missing|invalid relative path/),
    ]);
  });

  test('a broken zip', async () => {
    const good = zipOf([
      { name: 'data.xml', body: bytes(DATA) },
      { name: 'data_schema.xml', body: bytes(SCHEMA) },
    ]);
    write({ 'cut.zip': good.subarray(0, good.length - 30) });
    expect((await faultOf(run(path.join(folder, 'cut.zip')))).code).toBe('package/invalid');
    const twisted = Buffer.from(good);
    twisted.fill(0x41, 45, 80);
    write({ 'twisted.zip': twisted });
    expect((await faultOf(run(path.join(folder, 'twisted.zip')))).code).toBe('package/invalid');
  });
});
