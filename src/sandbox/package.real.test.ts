import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { realData } from '../../test/kit/real-data.ts';
import type { SandboxDatabase } from './database.ts';
import { type ImportResult, importPackage } from './package.ts';
import { installCatalogue } from './seed.ts';
import { openSandboxDatabase } from './sqlite-database.ts';

const { folder, isThere } = realData();

const clock = { nowMs: () => Date.UTC(2026, 0, 15), sleep: async () => {} };

async function imported(
  name: string,
): Promise<{ readonly database: SandboxDatabase; readonly result: ImportResult; readonly file: string }> {
  const database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 1 });
  const file = path.join(folder, name);
  const result = await importPackage(database, { path: file, clock, signal: new AbortController().signal });
  return { database, result, file };
}

/** Record ids by table, counted with a means of its own: a regular expression over the file. */
function recordsOf(file: string): ReadonlyMap<string, ReadonlySet<string>> {
  const counts = new Map<string, Set<string>>();
  let table = '';
  for (const match of readFileSync(file, 'utf8').matchAll(/<entity name="(\w+)"|<record id="([^"]+)"/g)) {
    if (match[1] !== undefined) {
      table = match[1];
      counts.set(table, counts.get(table) ?? new Set());
    } else counts.get(table)?.add((match[2] ?? '').toLowerCase());
  }
  return counts;
}

function dataFiles(): string[] {
  if (!isThere) return [];
  return ['crm-data', 'cmt-types'].flatMap(part =>
    readdirSync(path.join(folder, part))
      .filter(name => /data\d?\.xml$/i.test(name))
      .map(name => path.join(part, name)),
  );
}

describe.skipIf(!isThere)('packages of the Configuration Migration tool', () => {
  test.each(dataFiles())('%s arrives with each of its records (R 2)', async name => {
    const { database, result, file } = await imported(name);
    const records = recordsOf(file);
    expect(records.size).toBeGreaterThan(0);
    for (const [table, ids] of records) {
      expect([table, database.count(table)]).toEqual([table, ids.size]);
      for (const id of ids) expect(database.get(table, id)).toBeDefined();
    }
    expect(result.leftOut.filter(one => !EXPECTED.has(one.reason))).toEqual([]);
    database.close();
  });

  test('money, dates, lookups and flags of a bank keep their exact values', async () => {
    const { database } = await imported('crm-data/banking-data.xml');
    const row = database.get('account', '60996e45-066d-e911-a985-000d3a1a992d')?.row;
    expect(row).toMatchObject({
      name: 'Contoso',
      revenue: '120000000.0000',
      exchangerate: '1.0000000000',
      msfsi_availablelimit: '0.0000',
      msfsi_availablelimit_date: '2019-06-15T01:25:42Z',
      createdon: '2019-05-02T18:15:35Z',
      creditonhold: false,
      followemail: true,
      accountratingcode: 1,
      msfsi_enrollmentbranchid: { table: 'msfsi_branch', id: '9eedcf3f-4582-e911-a81b-000d3a1aa8f9' },
    });
    database.close();
  });

  test('dates in ISO form and choices of several values are read as well', async () => {
    const insurance = await imported('cmt-types/insurance-data.xml');
    expect(
      insurance.database.get('fdn_insuranceproductnature', '6afe7cda-9d4f-f011-877b-6045bdccf7ac')?.row,
    ).toMatchObject({
      fdn_amount: '4325.0000',
      fdn_duedate: '2025-06-10T12:00:00Z',
      fdn_customer: { table: 'contact', id: '9cf56f73-aeef-ef11-9342-000d3a09f246' },
      fdn_membercount: 33,
      fdn_isvalid: true,
    });
    const school = await imported('crm-data/highered-data.xml');
    const choices = school.database
      .page('contact', { after: null, limit: 100 })
      .map(({ row }) => row.mshied_contacttype)
      .filter(cell => Array.isArray(cell));
    expect(choices).toContainEqual([494280001, 494280002]);
    insurance.database.close();
    school.database.close();
  });

  test('parties become rows of activityparty, pairs rows of the intersect table', async () => {
    const parties = await imported('cmt-types/PartyListTypedata.xml');
    expect(parties.database.get('activityparty', '3d12ac27-7d4d-e911-a96a-000d3a1d23d3')?.row).toMatchObject({
      partyid: { table: 'contact', id: '9a913e9f-cbb8-e711-a968-000d3a192387' },
      activityid: { table: 'activitypointer', id: '3ff9afe1-7c4d-e911-a96a-000d3a1d23d3' },
      participationtypemask: 11,
      donotemail: false,
    });
    expect(parties.database.get('activitypointer', '3ff9afe1-7c4d-e911-a96a-000d3a1d23d3')).toBeDefined();
    const pairs = await imported('cmt-types/m2mRelationshipTypedata.xml');
    expect(pairs.database.count('systemuserroles')).toBe(5);
    const reflexive = await imported('cmt-types/m2mReflexiveRelationshipTypedata.xml');
    expect(reflexive.database.count('msdyusd_subactioncalls')).toBe(4);
    expect(
      Object.keys(reflexive.database.page('msdyusd_subactioncalls', { after: null, limit: 1 })[0]?.row ?? {}),
    ).toEqual(expect.arrayContaining(['msdyusd_agentscriptactionidone', 'msdyusd_agentscriptactionidtwo']));
    for (const { database } of [parties, pairs, reflexive]) database.close();
  });
});

/** Reasons for which values of these packages are left out. */
const EXPECTED: ReadonlySet<string> = new Set([
  'the platform derives it from another column',
  'the environment gives its own versions',
]);
