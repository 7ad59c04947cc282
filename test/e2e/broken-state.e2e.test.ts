import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { homeLayout } from '../../src/app/home.ts';
import { openSpool } from '../../src/batch/spool.ts';
import { TableLog } from '../../src/core/commit-log.ts';
import type { FaultCode } from '../../src/core/fault.ts';
import { parseTableName } from '../../src/core/names.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import { counter, live } from '../kit/log-values.ts';
import { clientOf, contentsOf, expectRefusal } from '../kit/refusals.ts';
import { runCommand, startServiceProcess } from '../kit/service-process.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

const CONTACT = parseTableName('contact');
let world: World;
let environment: Record<string, string>;

beforeAll(async () => {
  world = await openSyncedWorld({ rows: 400, tables: ['account', 'contact'] });
  environment = { LAKELINK_HOME: world.settings.home, LAKELINK_LOG_LEVEL: 'error', NO_COLOR: '1' };
});
afterAll(() => world?.stop());

/** Cuts a file in half, or replaces it, while the service stands still; the returned function brings it back. */
function damage(path: string, bytes?: string): () => void {
  const before = readFileSync(path);
  if (bytes === undefined) truncateSync(path, Math.floor(before.length / 2));
  else writeFileSync(path, bytes);
  return () => writeFileSync(path, before);
}

function newest(folder: string): string {
  const name = readdirSync(folder).sort().at(-1);
  if (name === undefined) throw new Error(`${folder} is empty`);
  return join(folder, name);
}

const inLake = (...path: string[]) => join(world.lakePath, '.lakelink', ...path);

async function renameAccount(name: string): Promise<void> {
  const [row] = world.database.page('account', { after: null, limit: 1 });
  if (row === undefined) throw new Error('no accounts');
  world.database.patch('account', row.id, { name });
  await world.until('the account is renamed in the lake', async () => {
    const { rows } = await world.query(`SELECT name FROM account WHERE accountid = '${row.id}'`);
    return rows[0]?.[0] === name;
  });
}

async function isWhole(): Promise<void> {
  await world.caughtUp();
  expect(differences(await world.verify())).toEqual([]);
}

describe("a table's broken state", () => {
  const damages: readonly [string, FaultCode, () => string][] = [
    ['a log entry that was cut off', 'lake/corrupt', () => newest(inLake('contact', 'log'))],
    ['a publication note that was cut off', 'lake/corrupt', () => newest(inLake('_published', 'contact'))],
  ];

  test.each(damages)('%s: the file is named and left as it is, the other table goes on', async (_what, code, find) => {
    await world.service.stop();
    const path = find();
    const restore = damage(path);
    const left = readFileSync(path);
    await world.restart();
    await world.until('the table pauses', () => {
      // A publication is looked at when there is something to publish.
      const [row] = world.database.page('contact', { after: null, limit: 1 });
      if (row !== undefined) world.database.patch('contact', row.id, { lastname: `changed at ${systemClock.nowMs()}` });
      return world.status('contact').error?.code === code;
    });
    const { error, label } = world.status('contact');
    expect(label).toBe('Paused');
    expect(error?.message).toContain(path.split('/').slice(-3).join('/'));
    expect(error?.remedy).toMatch(/Restore the named file/);
    await renameAccount(`renamed beside ${path.length}`);
    expect(readFileSync(path)).toEqual(left);
    restore();
    await isWhole();
  });

  test('a log entry that was cut off: a query that needs the table says so, and others run', async () => {
    await world.service.stop();
    const path = newest(inLake('contact', 'log'));
    const restore = damage(path);
    try {
      const sql = (text: string) => runCommand(['sql', text, '--json'], environment);
      const refused = await runCommand(['sql', 'SELECT count(*) FROM contact'], environment);
      expectRefusal(refused, { exit: 1, code: 'lake/corrupt', says: ['contact/log/'] });
      const rows = JSON.parse((await sql('SELECT count(*) AS n FROM account')).out) as { n: string }[];
      expect(rows).toEqual([{ n: String(world.database.count('account')) }]);
      const proof = await runCommand(['verify', worldLink], environment);
      expectRefusal(proof, { exit: 1, code: 'lake/corrupt', says: ['contact/log/'] });
    } finally {
      restore();
      await world.restart();
    }
    await isWhole();
  });

  test('a checkpoint that was cut off is passed over: the entries say the same', async () => {
    await world.service.stop();
    const store = await openFolderStore({ root: world.lakePath, newId: counter('t') });
    const log = new TableLog({ store, table: CONTACT, clock: systemClock, newNonce: counter('nonce-long') });
    const state = await log.load(live);
    mkdirSync(inLake('contact', 'checkpoint'), { recursive: true });
    const path = inLake('contact', 'checkpoint', `${String(state.tail).padStart(20, '0')}.json`);
    writeFileSync(path, '{"format":1,"state":{"tail":');
    await world.restart();
    await renameAccount('renamed beside a broken checkpoint');
    await isWhole();
    expect(readFileSync(path, 'utf8')).toBe('{"format":1,"state":{"tail":');
    rmSync(path);
  });

  test('a page of the spool that was cut off is asked for again, never read', async () => {
    await world.service.stop();
    const store = await openFolderStore({ root: world.lakePath, newId: counter('t') });
    const log = new TableLog({ store, table: CONTACT, clock: systemClock, newNonce: counter('nonce-long') });
    const { cursor, generation } = await log.load(live);
    if (cursor.at !== 'running') throw new Error('the table is not up to date');
    const [link] = world.service.links.links();
    const folder = join(homeLayout(world.settings.home).spoolPath, link?.id ?? '');
    const spool = await openSpool({ folder, newId: counter('page') });
    const page = await spool.receive(
      { link: worldLink, table: CONTACT, generation, read: 'delta', address: cursor.next ?? cursor.delta },
      (async function* () {
        yield Buffer.from(
          '{"value":[{"contactid":"not a row of ours at all"}],"@odata.deltaLink":"http://elsewhere/"}',
        );
      })(),
      live,
    );
    truncateSync(page.path, 20);
    await world.restart();
    await isWhole();
    expect(readdirSync(dirname(page.path))).toEqual([]);
  });
});

describe("a link's broken mark", () => {
  test('keeps that link from starting, with the file named and left as it is; it starts by itself when it is back', async () => {
    await world.service.stop();
    const path = inLake('link.json');
    const restore = damage(path);
    const left = contentsOf(world.lakePath);
    await world.restart();
    const view = world.service.links.link(worldLink);
    expect(view).toMatchObject({ running: false, error: { code: 'lake/corrupt' } });
    expect(view.error?.message).toContain(path);
    expect(world.status('account')).toMatchObject({ label: 'Paused', error: { code: 'lake/corrupt' } });
    expect(contentsOf(world.lakePath)).toEqual(left);
    restore();
    await world.until('the link runs again', () => world.service.links.link(worldLink).running);
    await isWhole();
  });
});

describe('a broken home', () => {
  const damages: readonly [string, FaultCode, 'ledger.db' | 'secret.key', string | undefined][] = [
    ['a control database that is garbage', 'ledger/broken', 'ledger.db', 'this is no database'.repeat(1_000)],
    ['a control database that was cut off', 'ledger/broken', 'ledger.db', undefined],
    ['another key', 'ledger/secret', 'secret.key', `${Buffer.alloc(32, 7).toString('base64')}\n`],
    ['a key that was cut off', 'ledger/secret', 'secret.key', undefined],
  ];

  test.each(damages)(
    '%s: the service does not start, says which file, and leaves it',
    async (_what, code, name, bytes) => {
      await world.service.stop();
      const path = join(world.settings.home, name);
      const restore = damage(path, bytes);
      const left = readFileSync(path);
      try {
        const says = code === 'ledger/broken' ? [path] : [];
        // A query needs no client secret, so no key.
        const query = code === 'ledger/secret' ? [] : [['sql', 'SELECT 1']];
        const commands = [['start'], ...query, ['verify', worldLink]];
        for (const ended of await Promise.all(commands.map(command => runCommand(command, environment))))
          expectRefusal(ended, { exit: 1, code, says });
        expect(readFileSync(path)).toEqual(left);
      } finally {
        restore();
        await world.restart();
      }
      await isWhole();
    },
  );

  test('a note of the service, or its token, that is garbage reads as: no service runs', async () => {
    for (const name of ['service.json', 'api-token']) {
      const restore = damage(join(world.settings.home, name), '{"pid":');
      const ended = await runCommand(['status'], environment);
      expectRefusal(ended, { exit: 3, code: 'service/not-running', says: [world.settings.home] });
      restore();
    }
    expect(await runCommand(['status'], environment)).toMatchObject({ code: 0 });
  });
});

describe('two services', () => {
  test('on one home: the second is refused and the first goes on', async () => {
    const ended = await runCommand(['start'], environment);
    expectRefusal(ended, { exit: 1, code: 'service/running', says: [world.settings.home] });
    expect(await runCommand(['status'], environment)).toMatchObject({ code: 0 });
    await renameAccount('renamed beside a second service');
  });

  test('on one lake: the second says so, and takes over by itself when the first is gone (I-3)', async () => {
    const copy = join(world.settings.home, '..', 'copy');
    mkdirSync(copy);
    await world.service.stop();
    for (const name of ['ledger.db', 'secret.key']) copyFileSync(join(world.settings.home, name), join(copy, name));
    await world.restart();
    const second = await startServiceProcess({ ...environment, LAKELINK_HOME: copy });
    try {
      const client = clientOf(copy);
      expect(await client.link(worldLink)).toMatchObject({ running: false, error: { code: 'store/busy' } });
      const shown = await runCommand(['link', 'show', worldLink], { ...environment, LAKELINK_HOME: copy });
      expect(shown.out).toContain(world.lakePath);
      expect(shown.out).toContain('what to do      Stop the other service');
      await renameAccount('renamed beside a locked out service');
      await world.service.stop();
      await expect.poll(async () => (await client.link(worldLink)).running, { timeout: 30_000 }).toBe(true);
      expect(await client.link(worldLink)).toMatchObject({ error: null });
    } finally {
      await second.kill();
      await world.restart();
    }
    await isWhole();
  });
});
