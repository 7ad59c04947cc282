import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkTables, NEAR_REAL_TIME } from '../../test/kit/choices.ts';
import type { LinkName, TableName } from '../core/names.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerLink } from './link-rows.ts';
import { APPLICATION_ID, migrations } from './schema.ts';

const clock = { nowMs: () => 1_700_000_000_000, sleep: () => new Promise<void>(resolve => setImmediate(resolve)) };

let folder: string;
let ledger: Ledger | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-ledger-'));
});

afterEach(async () => {
  await ledger?.close();
  ledger = null;
  rmSync(folder, { recursive: true, force: true });
});

async function opened(): Promise<Ledger> {
  await ledger?.close();
  ledger = await openLedger({
    path: join(folder, 'ledger.db'),
    keyPath: join(folder, 'secret.key'),
    secretKey: null,
    actor: 'tester',
    clock,
  });
  return ledger;
}

const sales: LedgerLink = {
  id: 'id-sales',
  name: 'sales' as LinkName,
  environmentUrl: 'https://contoso.crm.dynamics.com',
  tenantId: 'tenant',
  clientId: 'client',
  authorityUrl: null,
  lakePath: '/lakes/sales',
  lakeName: 'dataverse-contoso-org1',
  partitionStrategy: 'year',
  pollSeconds: 5,
  publishSeconds: 60,
  createdAt: '2026-01-01T00:00:00.000Z',
  organizationId: 'org-1',
  ...NEAR_REAL_TIME,
  paused: null,
  tables: linkTables(['account', 'lead']),
};
const names = (...given: string[]) => given as TableName[];

test('other choices of a link are kept; what is not named stays', async () => {
  await (await opened()).addLink(sales, { secret: 'p', linksMax: 10 });
  const change = { snapshotMinutes: 30, paused: 'maintenance', environmentUrl: 'https://other.crm.dynamics.com' };
  await ledger?.changeLink('id-sales', change, 'link changed');
  expect(await (await opened()).links()).toEqual([{ ...sales, ...change }]);
  await ledger?.changeLink('id-sales', { snapshotMinutes: null, paused: null }, 'link changed');
  expect((await (await opened()).links())[0]).toMatchObject({ snapshotMinutes: null, paused: null });
  expect((await ledger?.audit({ entriesMax: 1 }))?.[0]).toMatchObject({ action: 'link changed', link: 'sales' });
});

test('other choices of tables are kept, of all or none', async () => {
  await (await opened()).addLink(sales, { secret: 'p', linksMax: 10 });
  const change = { appendOnly: true, partitionStrategy: 'day', paused: 'too large' } as const;
  await ledger?.changeTables('id-sales', names('lead'), { change, action: 'tables changed' });
  const [account, lead] = sales.tables;
  expect((await (await opened()).links())[0]?.tables).toEqual([account, { ...lead, ...change }]);
  const unknown = ledger?.changeTables('id-sales', names('account', 'task'), { change, action: 'tables changed' });
  await expect(unknown).rejects.toMatchObject({ code: 'link/table-unknown', details: { table: 'task' } });
  expect((await (await opened()).links())[0]?.tables[0]).toEqual(account);
});

test('that foreign files are to go with a link is remembered until they are gone', async () => {
  await (await opened()).addLink(sales, { secret: 'p', linksMax: 10 });
  await ledger?.beginRemoveLink('id-sales', { deleteData: true, deleteForeign: true });
  expect(await (await opened()).removals('id-sales')).toEqual([{ table: null, deleteData: true, deleteForeign: true }]);
});

test('a database of the first version opens with everything that was in it, and its links make no snapshots', async () => {
  const file = new Database(join(folder, 'ledger.db'));
  for (const statement of migrations[0] ?? []) file.exec(statement);
  file.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  file.exec('PRAGMA user_version = 1');
  file.exec(
    `INSERT INTO links (id, name, environment_url, tenant_id, client_id, organization_id, lake_path, lake_name,
       partition_strategy, poll_seconds, publish_seconds, created_at)
     VALUES ('id-sales', 'sales', 'https://contoso.crm.dynamics.com', 'tenant', 'client', 'org-1', '/lakes/sales',
       'dataverse-contoso-org1', 'month', 5, 60, '2026-01-01T00:00:00.000Z')`,
  );
  file.exec(
    `INSERT INTO link_tables (link_id, position, table_name, partition_strategy, added_at) VALUES
       ('id-sales', 1, 'account', 'month', '2026-01-01T00:00:00.000Z'),
       ('id-sales', 2, 'lead', 'year', '2026-01-01T00:00:00.000Z')`,
  );
  file.close();
  const tables = [...linkTables(['account'], { partitionStrategy: 'month' }), ...linkTables(['lead'])];
  expect(await (await opened()).links()).toEqual([
    { ...sales, partitionStrategy: 'month', snapshotMinutes: null, tables },
  ]);
  // What the first version did not know can be chosen now.
  const change = { partitionStrategy: 'day' } as const;
  await ledger?.changeTables('id-sales', names('lead'), { change, action: 'tables changed' });
  await ledger?.changeLink('id-sales', { snapshotMinutes: 60 }, 'link changed');
  expect((await (await opened()).links())[0]).toMatchObject({ snapshotMinutes: 60, tables: [{}, change] });
});
