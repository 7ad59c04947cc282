import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { parseTableName } from '../../src/core/names.ts';
import { differences, openSyncedWorld, type World, worldLink } from '../kit/world.ts';

let world: World | null = null;

afterEach(async () => {
  await world?.stop();
  world = null;
});

async function opened(): Promise<World> {
  world = await openSyncedWorld({ rows: 400, tables: ['account', 'contact'] });
  return world;
}

async function admin({ sandbox }: World, path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/__sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** After the restore point an account changes, one goes and, if `born`, one comes; all is in the lake. Answers the new one's id. */
async function liveOn(world: World, { born }: { readonly born: boolean }): Promise<string> {
  const { database } = world;
  const [changed, gone] = database.page('account', { after: null, limit: 2 });
  if (changed === undefined || gone === undefined) throw new Error('no accounts');
  const accountid = randomUUID();
  if (born) database.put('account', [{ accountid, name: 'born after the restore point' }]);
  database.patch('account', changed.id, { name: 'changed after the restore point' });
  database.remove('account', gone.id);
  await world.caughtUp();
  return accountid;
}

async function accounts(world: World, where: string): Promise<number> {
  return Number((await world.query(`SELECT count(*) FROM account WHERE ${where}`)).rows[0]?.[0]);
}

const asks = (world: World) => world.status('account').error?.code === 'sync/restored-deletes';

describe('an environment that was restored to an earlier time (I-9)', () => {
  test('is read again by itself, and the lake is what it is now', async () => {
    const world = await opened();
    await admin(world, 'restore-point', { name: 'before' });
    await liveOn(world, { born: false });
    await admin(world, 'restore', { name: 'before' });
    await world.restart();
    await world.until('the accounts are as before', async () => {
      return (await accounts(world, "name = 'changed after the restore point'")) === 0;
    });
    await world.caughtUp();
    expect(differences(await world.verify())).toEqual([]);
  });

  test('deletes no row by itself: the table asks, the other one goes on, and after a word the lake is equal', async () => {
    const world = await opened();
    await admin(world, 'restore-point', { name: 'before' });
    const id = await liveOn(world, { born: true });
    await admin(world, 'restore', { name: 'before' });
    await world.restart();
    await world.until('a person is asked', () => asks(world));
    expect(await accounts(world, `accountid = '${id}'`)).toBe(1);
    expect(world.status('account').error?.remedy).toContain('confirm-deletes');
    await world.until('the contacts go on', () => world.status('contact').label === 'Active');
    await world.service.links.confirmDeletes(worldLink, parseTableName('account'));
    await world.caughtUp();
    expect(await accounts(world, `accountid = '${id}'`)).toBe(0);
    expect(differences(await world.verify())).toEqual([]);
  });

  test('under another organization id pauses every table until a person accepts it', async () => {
    const world = await opened();
    await admin(world, 'restore-point', { name: 'before' });
    const id = await liveOn(world, { born: true });
    await admin(world, 'restore', { name: 'before', newOrganizationId: randomUUID() });
    await world.restart();
    const isChanged = (table: string) => world.status(table).error?.code === 'source/changed';
    await world.until('every table pauses', () => isChanged('account') && isChanged('contact'));
    await world.service.links.acceptEnvironment(worldLink);
    await world.until('a person is asked', () => asks(world));
    expect(await accounts(world, `accountid = '${id}'`)).toBe(1);
    await world.service.links.confirmDeletes(worldLink, parseTableName('account'));
    await world.caughtUp();
    expect(await accounts(world, `accountid = '${id}'`)).toBe(0);
    expect(differences(await world.verify())).toEqual([]);
    await world.restart();
    await world.caughtUp();
    expect(world.status('account').error).toBeNull();
  });
});
