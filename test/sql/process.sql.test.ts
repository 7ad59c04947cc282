import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneValue, rowsOf } from '../kit/pg-rows.ts';
import { openSqlWorld, type SqlWorld } from '../kit/sql-world.ts';
import { worldLink } from '../kit/world.ts';

let world: SqlWorld;

beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world?.stop());

test('kill -9 of its process in the middle of a query: the client is told, sync goes on, and it is there again at the same port', async () => {
  const client = await world.connect();
  const lost = new Promise(resolve => client.once('end', resolve));
  const running = client.query(
    'SELECT count(*) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)',
  );
  const failed = expect(running).rejects.toThrow(/terminated|ended|reset|ECONNRESET/i);
  const { sql } = world.world.service;
  const killed = sql?.pid;
  process.kill(killed ?? 0, 'SIGKILL');
  await failed;
  await lost;
  world.world.database.patch('account', first('account'), { name: 'changed while nobody could ask' });
  await world.world.caughtUp();
  await world.world.until('it listens again', () => sql?.address !== null && sql?.pid !== killed);
  expect(sql?.address?.port).toBe(world.port);
  const again = await world.connect();
  const named = `SELECT count(*)::int4 FROM account WHERE name = 'changed while nobody could ask'`;
  expect(await oneValue(again, named)).toBe(1);
});

test('DROP DATABASE: refused while a link uses it and for all but administrators, then database and files are gone', async () => {
  const root = await world.connect({ user: 'root', database: 'postgres' });
  const drop = `%%sql\nDROP DATABASE ${world.database} CASCADE`;
  await expect(root.query(drop)).rejects.toMatchObject({ code: '55006' });
  const inIt = await world.connect();
  await world.world.service.links.deleteLink(worldLink, { deleteData: false, deleteForeign: false });
  // The database is kept with its data, and can still be read.
  expect(Number(await oneValue(inIt, 'SELECT count(*) FROM account'))).toBe(world.world.database.count('account'));
  const maker = await world.connect({ user: 'maker', database: 'postgres' });
  await expect(maker.query(drop)).rejects.toMatchObject({ code: '42501' });
  await expect(root.query(`BEGIN; ${drop.slice(6)}`)).rejects.toMatchObject({ code: '25001' });
  await root.query('ROLLBACK');
  expect(existsSync(join(world.world.lakePath, 'account'))).toBe(true);
  await root.query(drop);
  expect(existsSync(join(world.world.lakePath, 'account'))).toBe(false);
  const after = await world.connect({ user: 'root', database: 'postgres' });
  expect(await rowsOf(after, 'SELECT datname FROM pg_database')).toEqual([{ datname: 'postgres' }]);
  await expect(world.connect({ user: 'root' })).rejects.toMatchObject({ code: '3D000' });
  await root.query(`DROP DATABASE IF EXISTS "${world.database}"`);
});

function first(table: string): string {
  const [row] = world.world.database.page(table, { after: null, limit: 1 });
  if (row === undefined) throw new Error(`no row in ${table}`);
  return row.id;
}
