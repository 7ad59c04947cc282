import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiClient } from '../../src/api/client.ts';
import { systemClock } from '../../src/app/clock.ts';
import { openDirectory } from '../../src/app/directory.ts';
import { homeLayout, openHome, readToken } from '../../src/app/home.ts';
import { silentLog } from '../../src/app/log.ts';
import { openServiceLedger } from '../../src/app/start-service.ts';
import { isPassword } from '../../src/core/scram.ts';
import { FOREIGN_FILES, filesIn, layKeptLake } from '../kit/kept-lake.ts';
import { ledgerLink } from '../kit/ledger-world.ts';
import { runCommand, startServiceProcess } from '../kit/service-process.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

const kept = { deleteData: false, deleteForeign: false };

describe('the relink procedure of the original', () => {
  let world: World;
  afterEach(() => world?.stop());

  const client = () => {
    const token = readToken(homeLayout(world.settings.home));
    if (token === null) throw new Error('no token');
    return new ApiClient({ port: world.service.api.port, token, fetch });
  };

  test('unlink, drop the database, link again: refused before, clean after, and nobody keeps a right', async () => {
    world = await openSyncedWorld({ rows: 200, tables: ['account'] });
    const { ledgerPath } = homeLayout(world.settings.home);
    await using directory = await openDirectory({ ledgerPath, clock: systemClock, log: silentLog });
    const [entry] = await directory.databases();
    if (entry === undefined) throw new Error('no database');
    expect(entry).toEqual({ name: entry.name, lakePath: world.lakePath, link: worldLink });
    const password = 'correct horse';
    await client().createUser({ name: 'maria', databases: [entry.name], password });
    const maria = await directory.user('maria');
    expect(maria !== null && (await isPassword(password, maria.verifier))).toBe(true);
    expect(maria?.databases).toEqual([entry.name]);
    await expect(client().dropDatabase(entry.name, { keepFiles: false })).rejects.toMatchObject({ code: 'sql/in-use' });

    await world.service.links.deleteLink(worldLink, kept);
    expect(await directory.databases()).toEqual([{ ...entry, link: null }]);
    const lakePath = join(world.lakePath, '..', 'another');
    mkdirSync(lakePath);
    const elsewhere = world.service.links.createLink(await world.request({ lakePath }));
    await expect(elsewhere).rejects.toMatchObject({ code: 'lake/name-taken' });
    expect((await client().databaseContents(entry.name)).kinds.length).toBeGreaterThan(2);
    expect(await client().dropDatabase(entry.name, { keepFiles: false })).toEqual({ foreign: [] });
    expect([readdirSync(world.lakePath), await directory.databases()]).toEqual([[], []]);

    await world.service.links.createLink(await world.request());
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
    expect(await directory.databases()).toEqual([entry]);
    expect((await directory.user('maria'))?.databases).toEqual([]);
  });
});

describe('a drop whose service is killed', () => {
  let folder: string;
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('is done by the next one; files of others are still there', async () => {
    folder = mkdtempSync(join(tmpdir(), 'lakelink-drop-'));
    const lake = join(folder, 'lake');
    layKeptLake(lake, { id: 'id-sales', name: 'sales' });
    const many = join(lake, 'account', 'Snapshot');
    for (let second = 1; second <= 4_000; second += 1)
      writeFileSync(join(many, `2020_${1_600_000_000 + second}.csv`), 'a');
    const home = openHome(join(folder, 'home'));
    const ledger = await openServiceLedger(home, { secretKey: null });
    await ledger.addLink(ledgerLink('sales', { lakePath: lake }), { secret: 's', linksMax: 10 });
    await ledger.beginRemoveLink('id-sales', kept);
    await ledger.finishRemoveLink('id-sales');
    await ledger.close();
    const environment = { LAKELINK_HOME: home.path, LAKELINK_PORT: '0' };

    const first = await startServiceProcess(environment);
    const dropped = runCommand(['database', 'drop', 'dataverse-sales', '--yes'], environment);
    await expect.poll(() => readdirSync(many).length, { interval: 2, timeout: 60_000 }).toBeLessThan(4_000);
    await first.kill();
    expect(readdirSync(many).length).toBeGreaterThan(0);
    expect((await dropped).code).not.toBe(0);

    const second = await startServiceProcess(environment);
    try {
      await expect.poll(() => filesIn(lake), { interval: 20, timeout: 60_000 }).toEqual(FOREIGN_FILES);
      const list = async () =>
        JSON.parse((await runCommand(['database', 'list', '--json'], environment)).out) as unknown;
      await expect.poll(list, { interval: 20, timeout: 60_000 }).toEqual([]);
    } finally {
      await second.kill();
    }
  });
});
