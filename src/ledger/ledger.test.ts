import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkTables, NEAR_REAL_TIME } from '../../test/kit/choices.ts';
import type { Clock } from '../core/clock.ts';
import type { LinkName, TableName } from '../core/names.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerLink, LedgerTable } from './link-rows.ts';

/** Waiting takes one turn of the event loop: enough to let the other connection go on. */
const clock: Clock = {
  nowMs: () => 1_700_000_000_000,
  sleep: () => new Promise(resolve => setImmediate(resolve)),
};

let folder: string;
const open: Ledger[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-ledger-'));
});

afterEach(async () => {
  for (const ledger of open.splice(0)) await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ledgerIn(options: { keyFile?: string; secretKey?: string } = {}): Promise<Ledger> {
  const ledger = await openLedger({
    path: join(folder, 'ledger.db'),
    keyPath: join(folder, options.keyFile ?? 'secret.key'),
    secretKey: options.secretKey ?? null,
    actor: 'tester',
    clock,
  });
  open.push(ledger);
  return ledger;
}

function link(name: string, changes: Partial<LedgerLink> = {}): LedgerLink {
  return {
    id: `id-${name}`,
    name: name as LinkName,
    environmentUrl: 'https://contoso.crm.dynamics.com',
    tenantId: 'tenant',
    clientId: 'client',
    authorityUrl: null,
    lakePath: `/lakes/${name}`,
    lakeName: `dataverse-contoso-${name}`,
    partitionStrategy: 'year',
    pollSeconds: 5,
    publishSeconds: 60,
    createdAt: '2026-01-01T00:00:00.000Z',
    organizationId: 'org-1',
    ...NEAR_REAL_TIME,
    paused: null,
    tables: linkTables(['account']),
    ...changes,
  };
}

const secret = { secret: 'p@ss', linksMax: 10 };

describe('links', () => {
  test('a link comes back as it was kept, after the ledger was closed and opened again', async () => {
    const first = await ledgerIn();
    await first.addLink(link('sales'), secret);
    await first.close();
    const second = await ledgerIn();
    expect(await second.links()).toEqual([link('sales')]);
    expect(await second.secret('id-sales')).toBe('p@ss');
    expect((await second.audit({ entriesMax: 5 }))[0]).toMatchObject({ actor: 'tester', action: 'link created' });
  });

  test('a second link of one name, and a second link on one lake, are refused', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    await expect(ledger.addLink(link('sales'), secret)).rejects.toMatchObject({ code: 'link/exists' });
    await expect(ledger.addLink(link('other', { lakePath: '/lakes/sales' }), secret)).rejects.toMatchObject({
      code: 'lake/foreign',
    });
    await expect(ledger.addLink(link('copy', { id: 'id-sales' }), secret)).rejects.toMatchObject({
      code: 'lake/foreign',
    });
  });

  test('a second database of one name is refused, with a name that is free', async () => {
    const ledger = await ledgerIn();
    const named = (name: string, lakeName: string) => ledger.addLink(link(name, { lakeName }), secret);
    await named('one', 'dataverse-a');
    await named('two', 'dataverse-a-2');
    await expect(named('three', 'dataverse-a')).rejects.toMatchObject({
      code: 'lake/name-taken',
      details: { link: 'one', proposal: 'dataverse-a-3' },
    });
    const longest = `d${'x'.repeat(62)}`;
    await named('four', longest);
    await expect(named('five', longest)).rejects.toMatchObject({ details: { proposal: `${longest.slice(0, 61)}-2` } });
  });

  test('the eleventh link of an environment is refused, and one of another environment is not (R 12)', async () => {
    const ledger = await ledgerIn();
    for (let n = 1; n <= 10; n++) await ledger.addLink(link(`link${n}`), secret);
    await expect(ledger.addLink(link('link11'), secret)).rejects.toMatchObject({ code: 'link/limit' });
    await ledger.addLink(link('elsewhere', { organizationId: 'org-2' }), secret);
    expect(await ledger.links()).toHaveLength(11);
  });

  test('of two links made at once over two connections, only one takes the last place (R 12)', async () => {
    const one = await ledgerIn();
    const two = await ledgerIn();
    for (let n = 1; n <= 9; n++) await one.addLink(link(`link${n}`), secret);
    const outcomes = await Promise.allSettled([one.addLink(link('left'), secret), two.addLink(link('right'), secret)]);
    expect(outcomes.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(outcome => outcome.status === 'rejected')).toMatchObject({ reason: { code: 'link/limit' } });
    expect(await two.links()).toHaveLength(10);
  });
});

describe('tables', () => {
  const [lead] = linkTables(['lead'], { addedAt: '2026-02-01T00:00:00.000Z', partitionStrategy: 'month' }) as [
    LedgerTable,
  ];

  test('tables keep the order in which they were added', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    await ledger.addTables('id-sales', [lead]);
    expect((await ledger.links())[0]?.tables.map(one => one.table)).toEqual(['account', 'lead']);
  });

  test('a table chosen twice is refused and nothing of the request is kept', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    const again = { ...lead, table: 'account' as TableName };
    await expect(ledger.addTables('id-sales', [lead, again])).rejects.toMatchObject({ code: 'link/table-exists' });
    expect((await ledger.links())[0]?.tables).toHaveLength(1);
  });

  test('an interrupted removal is still known after a restart, and goes when it is finished', async () => {
    const first = await ledgerIn();
    await first.addLink(link('sales'), secret);
    await first.beginRemoveTables('id-sales', ['account' as TableName], { deleteData: true });
    await first.close();
    const second = await ledgerIn();
    expect((await second.links())[0]?.tables).toEqual([]);
    expect(await second.removals('id-sales')).toEqual([{ table: 'account', deleteData: true, deleteForeign: false }]);
    await second.finishRemoveTables('id-sales', ['account' as TableName]);
    expect(await second.removals('id-sales')).toEqual([]);
  });

  test('a removed link takes its secret with it', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    await ledger.beginRemoveLink('id-sales', { deleteData: false, deleteForeign: false });
    expect(await ledger.removals('id-sales')).toEqual([{ table: null, deleteData: false, deleteForeign: false }]);
    await ledger.finishRemoveLink('id-sales');
    expect(await ledger.links()).toEqual([]);
    await expect(ledger.secret('id-sales')).rejects.toMatchObject({ code: 'ledger/secret' });
  });
});

describe('secrets', () => {
  test('neither the secret nor the key is in the database, and the key is for its owner only', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), { secret: 'correct horse battery', linksMax: 10 });
    await ledger.close();
    const key = readFileSync(join(folder, 'secret.key'), 'utf8').trim();
    const bytes = readFileSync(join(folder, 'ledger.db')).toString('latin1');
    expect(bytes).not.toContain('correct horse battery');
    expect(bytes).not.toContain(key);
    if (process.platform !== 'win32') expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
  });

  test('another key is refused by name, and so is a lost key file; no new key is made in its place', async () => {
    await (await ledgerIn()).addLink(link('sales'), secret);
    await expect(ledgerIn({ secretKey: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'ledger/secret' });
    await expect(ledgerIn({ keyFile: 'lost.key' })).rejects.toMatchObject({ code: 'ledger/secret' });
    expect(() => statSync(join(folder, 'lost.key'))).toThrow();
    expect(await (await ledgerIn()).secret('id-sales')).toBe('p@ss');
  });

  test('a replaced secret is the one that comes back', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    await ledger.replaceSecret('id-sales', 'newer');
    expect(await ledger.secret('id-sales')).toBe('newer');
  });

  test('a link that accepted another organization keeps it, and the audit tells', async () => {
    const ledger = await ledgerIn();
    await ledger.addLink(link('sales'), secret);
    await ledger.changeLink('id-sales', { organizationId: 'org-2' }, 'environment accepted');
    expect((await ledger.links())[0]?.organizationId).toBe('org-2');
    expect((await ledger.audit({ entriesMax: 1 }))[0]).toMatchObject({ action: 'environment accepted', link: 'sales' });
  });

  test('a key from the settings needs no key file', async () => {
    const ledger = await ledgerIn({ secretKey: 'ab'.repeat(32), keyFile: 'none.key' });
    await ledger.addLink(link('sales'), secret);
    expect(await ledger.secret('id-sales')).toBe('p@ss');
    expect(() => statSync(join(folder, 'none.key'))).toThrow();
  });
});

describe('broken files', () => {
  test('a file that is no database is named and left as it is', async () => {
    const path = join(folder, 'ledger.db');
    writeFileSync(path, 'this is a letter, not a database. '.repeat(100));
    const before = readFileSync(path);
    await expect(ledgerIn()).rejects.toMatchObject({ code: 'ledger/broken', details: { path } });
    expect(readFileSync(path)).toEqual(before);
  });

  test('a damaged database is named and left as it is', async () => {
    const path = join(folder, 'ledger.db');
    const ledger = await ledgerIn();
    for (let n = 1; n <= 10; n++) await ledger.addLink(link(`link${n}`), secret);
    await ledger.close();
    open.splice(0);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 + 8, bytes.length);
    writeFileSync(path, bytes);
    await expect(ledgerIn()).rejects.toMatchObject({ code: 'ledger/broken', details: { path } });
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('a database of another program is refused', async () => {
    const other = new Database(join(folder, 'ledger.db'));
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    await expect(ledgerIn()).rejects.toMatchObject({ code: 'ledger/broken' });
  });

  test('a database of a newer version is refused and left as it is', async () => {
    await (await ledgerIn()).close();
    const newer = new Database(join(folder, 'ledger.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(ledgerIn()).rejects.toMatchObject({ code: 'ledger/newer', details: { schema: 99 } });
  });
});
