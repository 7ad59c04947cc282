import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { layKeptLake } from '../../test/kit/kept-lake.ts';
import { ledgerLink } from '../../test/kit/ledger-world.ts';
import { openTestLedger } from '../../test/kit/service-world.ts';
import { parseLinkName } from '../core/names.ts';
import { type LocalDirectory, openLocalDirectory } from './sql-local-directory.ts';

let home: string;
let opened: LocalDirectory | null;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lakelink-local-'));
  opened = null;
});
afterEach(async () => {
  await opened?.close();
  rmSync(home, { recursive: true, force: true });
});

/** A ledger with these links, closed again. */
async function links(...names: readonly string[]): Promise<void> {
  const ledger = await openTestLedger(home);
  for (const name of names) await ledger.addLink(ledgerLink(name), { secret: 's', linksMax: 10 });
  await ledger.close();
}

async function open(wanted: { readonly link?: string; readonly database?: string; readonly lakePath?: string } = {}) {
  const { link, database = null, lakePath = null } = wanted;
  const name = link === undefined ? null : parseLinkName(link);
  opened = await openLocalDirectory({ home }, { wanted: { link: name, database, lakePath }, actor: 'tester' });
  return opened;
}

describe('the lake that a command means', () => {
  test('is that of the only link, of the named one, or the named database', async () => {
    await links('sales');
    expect((await open()).wanted).toMatchObject({ link: 'sales' });
    await opened?.close();
    await links('hr');
    for (const wanted of [{ link: 'hr' }, { database: 'dataverse-hr' }]) {
      expect((await open(wanted)).wanted).toMatchObject({ link: 'hr', name: 'dataverse-hr' });
      await opened?.close();
    }
  });

  test('is asked for where there are several, and unknown where there is none', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'link/unknown' });
    await links('sales', 'hr');
    await expect(open()).rejects.toMatchObject({ code: 'input/invalid', details: { option: '--link' } });
    await expect(open({ link: 'none' })).rejects.toMatchObject({ code: 'link/unknown' });
    await expect(open({ database: 'none' })).rejects.toMatchObject({ code: 'sql/database-unknown' });
  });

  test('may be a folder that no ledger knows, with a ledger that cannot be opened too', async () => {
    const lakePath = join(home, 'kept');
    layKeptLake(lakePath, { id: 'one', name: 'kept' });
    writeFileSync(join(home, 'ledger.db'), 'no ledger at all, whatever it is');
    await expect(open()).rejects.toMatchObject({ code: 'ledger/broken' });
    const directory = await open({ lakePath });
    expect(directory.wanted).toEqual({ name: 'kept', lakePath, link: null });
    expect(await directory.databases()).toEqual([directory.wanted]);
    expect(await directory.views('kept')).toEqual([]);
    await expect(open({ lakePath: home })).rejects.toMatchObject({ code: 'lake/unmarked' });
  });
});

test('a view is not made without its owner, and the refusal says where it is', async () => {
  await links('sales');
  const { createView, wanted } = await open();
  const view = { database: wanted.name, name: 'v', sql: 'SELECT 1', user: 'me', replace: false };
  const hint = expect.stringContaining('Sign in');
  await expect(createView(view)).rejects.toMatchObject({ code: 'sql/denied', details: { hint } });
});
