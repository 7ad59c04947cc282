import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documented } from '../kit/sql-docs.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { ODD_TEXT } from '../kit/typed-rows.ts';
import { firstThere, isHere, isOnPath, linesOf, say } from './programs.ts';
import { pythonPrograms, runPython } from './python.ts';

const driver = firstThere(
  ['x86_64', 'aarch64']
    .map(machine => `/usr/lib/${machine}-linux-gnu/odbc/psqlodbcw.so`)
    .concat('/usr/lib/psqlodbcw.so'),
);
const isThere =
  isHere('PostgreSQL’s ODBC driver (Debian: odbc-postgresql)', driver !== null) &&
  isHere('isql (Debian: unixodbc)', isOnPath('isql'));

describe.skipIf(!isThere)('PostgreSQL ODBC', () => {
  let world: SqlWorld;
  let folder: string;
  let said: ReadonlyMap<string, unknown>;

  beforeAll(async () => {
    await pythonPrograms();
    folder = mkdtempSync(join(tmpdir(), 'lakelink-odbc-'));
    world = await openSqlWorld();
    const program = fileURLToPath(new URL('odbc_client.py', import.meta.url));
    const out = await runPython('python', [program, driver ?? ''], {
      HOST: world.host,
      PORT: String(world.port),
      DATABASE: world.database,
      PASSWORD,
      PGSSLROOTCERT: world.caFile,
    });
    said = linesOf(out);
  }, 300_000);
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** What isql says of commands, over the documented data source; the driver by its file, wherever it is registered. */
  function isql(...commands: readonly string[]) {
    const file = join(folder, 'odbc.ini');
    const [source = ''] = documented('ini', world);
    writeFileSync(file, source.replace('PostgreSQL Unicode', driver ?? ''));
    const env = { ODBCINI: file, PGSSLROOTCERT: world.caFile };
    return say('isql', ['-b', '-v', '-d;', 'lake', 'ana', PASSWORD], { env, input: `${commands.join('\n')}\n` });
  }

  test('isql connects, lists tables and columns, and reads rows', async () => {
    const { code, out, err } = await isql(
      'help',
      'help account',
      'SELECT count(*) FROM account',
      `SELECT new_exact, new_moment FROM new_crate WHERE new_whole > 0`,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${world.database};dbo;account;TABLE`);
    expect(out).toMatch(/;dbo;account;accountid;.*uuid/);
    expect(out).toMatch(new RegExp(`^${world.world.database.count('account')}$`, 'm'));
    expect(out).toContain('100000000000.0123456789;2024-02-29 23:59:58');
  });

  test('isql shows an error', async () => {
    const { out, err } = await isql('SELECT nam FROM account');
    expect(out + err).toMatch(/nam/);
  });

  test('connects under TLS; a wrong password is refused', () => {
    expect(said.get('product')).toMatch(/^PostgreSQL 15/);
    expect(said.get('database')).toBe(world.database);
    expect(said.get('wrong password')).toMatchObject({
      says: expect.stringContaining('password authentication failed'),
    });
  });

  test('catalogue calls: tables, views, schemas, columns, keys, types', () => {
    expect(said.get('tables')).toEqual(
      ['account', 'contact', 'new_crate', 'new_event', 'opportunity'].flatMap(name => [name, `${name}_partitioned`]),
    );
    expect(said.get('views')).toEqual(expect.arrayContaining(['dbo.account_labels', 'lakelink.tables']));
    expect(said.get('schemas')).toEqual(['dbo', 'lakelink', 'public']);
    expect(said.get('catalogs')).toEqual([world.database]);
    const columns = new Map((said.get('columns') as unknown[][]).map(([name, ...rest]) => [name, rest.slice(0, 3)]));
    expect(columns.get('new_name')).toEqual(['varchar', 200, null]);
    expect(columns.get('new_exact')).toEqual(['numeric', 38, 10]);
    expect(columns.get('new_moment')?.[0]).toBe('timestamptz');
    expect(columns.get('new_big')?.[0]).toBe('int8');
    expect(said.get('primary keys')).toEqual(['Id']);
    expect(said.get('foreign keys')).toEqual([]);
    for (const question of ['all tables', 'statistics', 'types', 'procedures']) expect(said.get(question)).toBe(true);
  });

  test('values of every type', () => {
    expect(said.get('typed')).toEqual([
      ODD_TEXT,
      2_147_483_647,
      '9223372036854775807',
      'Decimal 100000000000.0123456789',
      'Decimal 922337203685477.5807',
      'float 0.1',
      '1',
      'datetime 2024-02-29T23:59:58',
      'date 2024-02-29',
      'datetime 2024-02-29T12:34:56',
      '123E4567-E89B-42D3-A456-426614174000',
      'a note\r\nof two lines',
    ]);
    expect(said.get('nothing')).toEqual([null, null, null]);
  });

  test('parameters of every type find their row', () => {
    const counts = [...said].filter(([of]) => of.startsWith('where '));
    expect(counts).toHaveLength(13);
    for (const [of, is] of counts) expect([of, is]).toEqual([of, of === 'where null' ? 0 : 1]);
    expect(said.get('values in the text')).toBe(1);
  });

  test('rows come whole, in pieces, and through a cursor of the server', () => {
    const count = world.world.database.count('account');
    expect([said.get('rows'), said.get('declare and fetch')]).toEqual([count, count]);
    expect(said.get('in pieces')).toEqual([400, 400, 200]);
  });

  test('errors have a SQLSTATE; a cancel ends a statement; the connection goes on', () => {
    expect(said.get('syntax error')).toMatchObject({ state: '42703' });
    expect(said.get('write')).toMatchObject({ state: '25006' });
    expect(said.get('cancel')).toMatchObject({ state: '57014' });
    expect([said.get('goes on'), said.get('transaction')]).toEqual([42, 1]);
  });
});
