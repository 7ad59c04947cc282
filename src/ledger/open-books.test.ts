import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';
import { APPLICATION_ID, migrations } from './schema.ts';

let world: LedgerWorld;

beforeEach(async () => {
  world = await LedgerWorld.open();
});
afterEach(() => world.close());

test('a ledger of the third version opens with a database for each link; of links that share a name the oldest keeps it', async () => {
  const older = new LedgerWorld();
  const file = new Database(older.path);
  for (const statement of migrations.slice(0, 3).flat()) file.exec(statement);
  file.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  file.exec('PRAGMA user_version = 3');
  const id = (n: number) => `0d3f1c52-7a0b-4c43-9d0e-5a8f0a4d7e0${n}`;
  const rows = ['dataverse-contoso-org1', 'dataverse-contoso-org1', 'postgres', 'dataverse-other'];
  for (const [n, name] of rows.entries()) {
    file.exec(
      `INSERT INTO links (id, name, environment_url, tenant_id, client_id, organization_id, lake_path, lake_name,
         poll_seconds, publish_seconds, created_at, removing)
       VALUES ('${id(n)}', 'link${n}', 'https://contoso.crm.dynamics.com', 't', 'c', 'org', '/lakes/${n}', '${name}',
         5, 60, '2025-01-0${n + 1}T00:00:00.000Z', '${n === 3 ? 'keep-data' : 'no'}')`,
    );
  }
  file.close();
  await older.reopen();

  const links = await older.ledger.links();
  expect(links.map(({ lakeName }) => lakeName)).toEqual([
    'dataverse-contoso-org1',
    `dataverse-contoso-org1-${id(1)}`,
    `postgres-${id(2)}`,
    'dataverse-other',
  ]);
  const databases = await older.ledger.databases.list();
  const bare = databases.map(({ name, lakePath, link: used, keptAt }) => ({ name, lakePath, link: used, keptAt }));
  const expected = links.map(({ lakeName, lakePath, name }) => ({
    name: lakeName,
    lakePath,
    link: name,
    keptAt: null,
  }));
  expect(bare).toEqual(expected.sort((a, b) => (a.name < b.name ? -1 : 1)));
  // A removal that was under way ends as it would have.
  await older.ledger.finishRemoveLink(id(3));
  expect(await older.databases()).toContain('dataverse-other: none');
  await older.close();
});

describe('a second process', () => {
  test('reads while a long transaction writes, and sees what was committed at its next read', async () => {
    const beside = await world.books();
    await world.user('maria', 'Reader');
    const before = beside.version();
    const other = new Database(world.path, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    other.exec("UPDATE users SET role = 'Maker'");
    expect(await beside.users.find('maria')).toMatchObject({ role: 'Reader' });
    expect(await world.ledger.users.list()).toHaveLength(1);
    expect(beside.version()).toBe(before);
    other.exec('COMMIT');
    other.close();
    expect(await beside.users.find('maria')).toMatchObject({ role: 'Maker' });
    expect(beside.version()).not.toBe(before);
  });

  test('writes in turn with the service; reads do not wait for the turn', async () => {
    await world.add(ledgerLink('sales'));
    const beside = await world.books();
    await world.user('maria', 'Maker', 'all');
    const other = new Database(world.path, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const database = 'dataverse-sales';
    const made = beside.databases.createView({ database, name: 'v', sql: 'SELECT 1', user: 'maria', replace: false });
    const served = world.user('hugo', 'Reader');
    expect(await beside.users.list()).toHaveLength(1);
    expect(await world.ledger.users.list()).toHaveLength(1);
    other.exec('COMMIT');
    other.close();
    await Promise.all([made, served]);
    expect(await world.ledger.databases.views(database)).toHaveLength(1);
    expect(await beside.users.list()).toHaveLength(2);
    await world.ledger.close();
    // The one that goes first takes nothing from the other.
    expect(await beside.users.list()).toHaveLength(2);
  });
});
