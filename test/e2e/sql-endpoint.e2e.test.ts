import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseUserName } from '../../src/core/user-name.ts';
import { runCommand } from '../kit/service-process.ts';
import { openSyncedWorld, type World, worldLink } from '../kit/world.ts';

const PASSWORD = 'correct horse battery';
let world: World;
let database: string;
const open: pg.Client[] = [];

beforeAll(async () => {
  world = await openSyncedWorld({ rows: 600, tables: ['account', 'contact', 'opportunity'], sql: true });
  database = world.service.links.link(worldLink).lakeName;
  const { users } = world.service.administration;
  const make = (name: string, role: 'System Administrator' | 'Maker' | 'Reader', databases: 'all' | string[]) =>
    users.create({ name: parseUserName(name), role, databases, password: PASSWORD });
  await make('admin', 'System Administrator', 'all');
  await make('maker', 'Maker', [database]);
  await make('stranger', 'Reader', []);
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
});
afterAll(() => world?.stop());

async function connect(change: pg.ClientConfig = {}): Promise<pg.Client> {
  const address = world.service.sql?.address;
  if (address === null || address === undefined) throw new Error('there is no endpoint');
  const { host, port } = address;
  const client = new pg.Client({ host, port, user: 'maker', password: PASSWORD, database, ...change });
  // The end of a connection is looked at where it is expected.
  client.on('error', () => undefined);
  open.push(client);
  await client.connect();
  return client;
}

const rowsOf = async (client: pg.Client, sql: string, values: unknown[] = []) =>
  (await client.query<Record<string, unknown>>(sql, values)).rows;

/** A command of the program on this world's home, which it answers by itself. */
function command(...words: string[]) {
  return runCommand(words, { LAKELINK_HOME: world.settings.home, NO_COLOR: '1' });
}

describe('the SQL endpoint of a running service', () => {
  test('signs users in and shows the tables of the lake', async () => {
    const client = await connect();
    const [row] = await rowsOf(client, 'SELECT count(*) AS n FROM account');
    expect(Number(row?.n)).toBe(world.database.count('account'));
    expect((await rowsOf(client, 'SELECT current_database() AS d, current_user AS u'))[0]).toEqual({
      d: database,
      u: 'maker',
    });
  });

  test('shows a change of the environment within seconds', async () => {
    const client = await connect();
    const [account] = world.database.page('account', { after: null, limit: 1 });
    if (account === undefined) throw new Error('no accounts');
    world.database.patch('account', account.id, { name: 'seen at the next query' });
    await world.until('the new name is there', async () => {
      const [row] = await rowsOf(client, 'SELECT name FROM account WHERE accountid = $1', [account.id]);
      return row?.name === 'seen at the next query';
    });
  });

  test('monitoring is a query: states of tables as the service knows them', async () => {
    const client = await connect();
    const rows = await rowsOf(client, 'SELECT table_name, sync_state, row_count FROM lakelink.tables ORDER BY 1');
    expect(rows.map(row => row.table_name)).toEqual(['account', 'contact', 'opportunity']);
    expect(Number(rows[0]?.row_count)).toBeGreaterThan(0);
  });

  test('a view is there for everyone at the next query, also for the command line', async () => {
    const client = await connect();
    await client.query('CREATE VIEW named AS SELECT accountid, name FROM account WHERE name IS NOT NULL');
    const admin = await connect({ user: 'admin' });
    const columns = await rowsOf(
      admin,
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'named' ORDER BY ordinal_position",
    );
    expect(columns).toEqual([
      { column_name: 'accountid', data_type: 'uuid' },
      { column_name: 'name', data_type: 'text' },
    ]);
    const [row] = await rowsOf(admin, 'SELECT count(*) AS n FROM public.named');
    const { code, out, err } = await command('sql', 'SELECT count(*) AS n FROM named', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual([{ n: String(row?.n) }]);
  });

  test.each([
    ['a wrong password', { password: 'wrong horse' }, '28P01'],
    ['a user who is not there', { user: 'nobody' }, '28P01'],
    ['a database that is not there', { user: 'admin', database: 'dataverse-none' }, '3D000'],
    ['a user without the database', { user: 'stranger' }, '42501'],
  ])('%s is refused', async (_what, change, code) => {
    await expect(connect(change)).rejects.toMatchObject({ code });
  });

  test('a failure has its SQLSTATE and its place', async () => {
    const client = await connect();
    await expect(client.query('SELECT nam FROM account')).rejects.toMatchObject({ code: '42703', position: '8' });
    await expect(client.query('DELETE FROM account')).rejects.toMatchObject({
      code: expect.stringMatching(/^[0-9A-Z]{5}$/),
    });
    await expect(client.query(`SELECT * FROM read_csv('/etc/passwd')`)).rejects.toThrow();
  });

  test('ended by whatever, it is there again at the same port, and sync never stopped', async () => {
    const before = await connect();
    const { sql } = world.service;
    const address = sql?.address;
    const lost = new Promise(resolve => before.once('end', resolve));
    const pid = sql?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await lost;
    await world.until('it listens again', () => sql?.pid !== pid && sql?.address !== null);
    expect(sql?.address).toEqual(address);
    await rowsOf(await connect(), 'SELECT 1');
    await world.caughtUp();
  });

  test('status says where it is', async () => {
    const { out } = await command('status', '--json');
    expect(JSON.parse(out)).toMatchObject({ sql: world.service.sql?.address });
  });
});

describe('a service does not start with a SQL endpoint that nobody could use as told', () => {
  const start = (environment: Readonly<Record<string, string>>) =>
    runCommand(['start'], { LAKELINK_HOME: join(world.settings.home, 'second'), NO_COLOR: '1', ...environment });

  test('where its port is taken: a client that is told a port must not find another server there', async () => {
    const { code, err } = await start({ LAKELINK_SQL_PORT: String(world.service.sql?.address?.port) });
    expect(code).toBe(2);
    expect(err).toMatch(/LAKELINK_SQL_PORT.*the port is in use; set another one, or off/);
  });

  test('where other machines could connect without encryption', async () => {
    const { code, err } = await start({ LAKELINK_SQL_PORT: '0', LAKELINK_SQL_HOST: '0.0.0.0' });
    expect(code).toBe(2);
    expect(err).toContain('LAKELINK_SQL_CERT_FILE');
  });
});

describe('the command line over the same database', () => {
  test('answers what the endpoint answers, from files, to files', async () => {
    const client = await connect();
    const [row] = await rowsOf(client, 'SELECT count(*) AS n FROM contact');
    const path = join(world.settings.home, 'contacts.parquet');
    const exported = await command('export', 'contact', '--to', path, '--json');
    expect(exported).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(exported.out)).toMatchObject({ rows: Number(row?.n), format: 'parquet' });
    expect(readFileSync(path).subarray(0, 4).toString()).toBe('PAR1');
    expect((await command('export', 'contact', '--to', path)).code).toBe(2);
  });

  test('an error has a caret and the exit code of a wrong input', async () => {
    const { code, err } = await command('sql', 'SELECT 1;\nSELECT nam FROM account');
    expect(code).toBe(2);
    expect(err).toMatch(/LINE 2: SELECT nam FROM account\n {15}\^\nerror: /);
  });
});

describe('DROP DATABASE, the procedure before a link is made anew', () => {
  test('is refused while a link uses the database; afterwards database and files are gone', async () => {
    const client = await connect({ user: 'admin', database: 'postgres' });
    const drop = `%%sql\nDROP DATABASE ${database} CASCADE`;
    await expect(client.query(drop)).rejects.toMatchObject({ code: '55006' });
    await world.service.links.deleteLink(worldLink, { deleteData: false, deleteForeign: false });
    expect(existsSync(join(world.lakePath, 'account'))).toBe(true);
    await expect((await connect({ database: 'postgres' })).query(drop)).rejects.toMatchObject({ code: '42501' });
    await client.query(drop);
    expect(existsSync(join(world.lakePath, 'account'))).toBe(false);
    await expect(connect({ user: 'admin' })).rejects.toMatchObject({ code: '3D000' });
  });
});
