import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsv } from '../kit/csv.ts';
import { wordsOf } from '../kit/doc-commands.ts';
import { documented } from '../kit/sql-docs.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { ODD_TEXT, typedIds } from '../kit/typed-rows.ts';
import { isHere, isOnPath, type Said, say } from './programs.ts';

const isThere = isHere('psql (Debian: postgresql-client)', isOnPath('psql'));

describe.skipIf(!isThere)('psql', () => {
  let world: SqlWorld;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lakelink-psql-'));
    world = await openSqlWorld();
  });
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const address = (change: Readonly<Record<string, string | number>> = {}) =>
    Object.entries({
      host: world.host,
      port: world.port,
      dbname: world.database,
      user: 'ana',
      sslmode: 'verify-full',
      sslrootcert: world.caFile,
      ...change,
    })
      .map(([name, value]) => `${name}='${value}'`)
      .join(' ');

  const env = (password = PASSWORD) => ({ PGPASSWORD: password, PGCLIENTENCODING: 'UTF8', PAGER: '' });

  const psql = (args: readonly string[], change: Readonly<Record<string, string>> = {}): Promise<Said> =>
    say('psql', ['-X', address(change), ...args], { env: env() });

  /** What a command answers, which must not complain. */
  async function answer(...commands: readonly string[]): Promise<string> {
    const { code, out, err } = await psql(['-v', 'ON_ERROR_STOP=1', ...commands.flatMap(each => ['-c', each])]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  }

  test('connects with the certificate verified, and says so', async () => {
    const out = await answer('\\conninfo', 'SELECT current_user, version()');
    expect(out).toMatch(/as user "ana" on host "localhost".*\n.*TLSv1\.3/);
    expect(out).toContain('PostgreSQL 15.0');
  });

  test('a wrong password, another authority and another name are refused', async () => {
    const wrong = await say('psql', ['-X', address(), '-c', 'SELECT 1'], { env: env('wrong') });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('password authentication failed')]);
    const other = join(folder, 'other.pem');
    writeFileSync(other, readFileSync(world.caFile, 'utf8').slice(0, 0));
    expect((await psql(['-c', 'SELECT 1'], { sslrootcert: other })).code).toBe(2);
    expect((await psql(['-c', 'SELECT 1'], { host: '127.0.0.1' })).err).toMatch(/does not match host name/);
  });

  test('channel binding is required and given', async () => {
    const { code, out } = await psql(['-Atc', 'SELECT 1'], { channel_binding: 'require' });
    expect([code, out.trim()]).toEqual([0, '1']);
  });

  test('\\l lists the databases that one may use', async () => {
    expect(await answer('\\l')).toMatch(new RegExp(`^ ${world.database} .*UTF8`, 'm'));
  });

  test('\\dt, \\dt+ and \\dv list tables and views, with sizes and what they are', async () => {
    expect(await answer('\\dt')).toMatch(/^ dbo +\| account_partitioned +\| table \|/m);
    expect(await answer('\\dt+ account')).toMatch(/^ dbo .* account .*\d+ (bytes|kB).* near real time/m);
    expect(await answer('\\dv lakelink.*')).toMatch(/^ lakelink \| commits +\| view/m);
    expect(await answer('\\d')).toMatch(/^ dbo +\| new_event_current +\| view/m);
    expect(await answer('\\dn')).toMatch(/^ dbo +\| /m);
  });

  test('\\d shows columns with their types, and the key', async () => {
    const out = await answer('\\d new_crate');
    expect(out).toContain('Table "dbo.new_crate"');
    expect(out).toMatch(/^ Id +\| uuid +\| +\| not null/m);
    expect(out).toMatch(/^ new_exact +\| numeric\(38,10\)/m);
    expect(out).toMatch(/^ new_moment +\| timestamp with time zone/m);
    expect(out).toMatch(/^ new_name +\| character varying\(200\)/m);
    expect(out).toContain('PRIMARY KEY');
  });

  test.each([
    '\\d+ account',
    '\\d new_event_current',
    '\\d "GlobalOptionsetMetadata"',
    '\\du',
    '\\dn+',
    '\\l+',
    '\\di',
    '\\df',
    '\\dT',
    '\\dp account',
    '\\dx',
    '\\db',
    '\\dt *.*',
    '\\sf version',
    '\\sv lakelink.tables',
    '\\drds',
    '\\dconfig',
    '\\encoding',
    '\\dO',
    '\\dm',
    '\\ds',
    '\\dE',
    '\\dy',
    '\\dRp',
    '\\da',
    '\\do',
    '\\dC',
    '\\dD',
    '\\ddp',
    '\\des',
    '\\dF',
    '\\dP',
    '\\dAc',
    '\\z',
  ])('%s is answered', async command => {
    const { err } = await psql(['-v', 'ON_ERROR_STOP=1', '-c', command]);
    expect(err).not.toMatch(/ERROR|FATAL|error:/);
  });

  test('--csv gives every value as it is', async () => {
    const sql = `SELECT new_name, new_exact, new_big, new_moment, new_flag FROM new_crate WHERE new_crateid = '${typedIds.most}'`;
    const { out } = await psql(['--csv', '-c', sql]);
    const [header, row] = await readCsv(out);
    expect(header).toEqual(['new_name', 'new_exact', 'new_big', 'new_moment', 'new_flag']);
    expect(row).toEqual([ODD_TEXT, '100000000000.0123456789', '9223372036854775807', '2024-02-29 23:59:58+00', 't']);
  });

  test('\\copy writes a query into a file of the client', async () => {
    const file = join(folder, 'accounts.csv');
    await answer(`\\copy (SELECT accountid, name FROM account) TO '${file}' WITH (FORMAT csv, HEADER)`);
    const rows = await readCsv(readFileSync(file, 'utf8'));
    expect(rows[0]).toEqual(['accountid', 'name']);
    expect(rows).toHaveLength(1 + world.world.database.count('account'));
    const text = await answer('\\copy (SELECT 1, NULL) TO stdout');
    expect(text).toBe('1\t\\N\n');
  });

  test('prepared statements, cursors, variables and many statements of a file', async () => {
    const file = join(folder, 'many.sql');
    const lines = [
      'PREPARE named (text) AS SELECT count(*) FROM new_crate WHERE new_name = $1;',
      `EXECUTE named ('');`,
      'BEGIN;',
      'DECLARE c CURSOR FOR SELECT i FROM generate_series(1, 10) t(i);',
      'FETCH 2 FROM c;',
      'COMMIT;',
      `\\set who 'ana'`,
      `SELECT :'who' = current_user;`,
      'SELECT 1 AS a \\gset',
      'SELECT :a + 1;',
      'SELECT $1::int4 + $2::int4 \\bind 40 2 \\g',
    ];
    const client = await psql(['--version']);
    const major = Number(/(\d+)/.exec(client.out)?.[1]);
    writeFileSync(file, (major >= 16 ? lines : lines.slice(0, -1)).join('\n'));
    const { code, out, err } = await psql(['-At', '-v', 'ON_ERROR_STOP=1', '-f', file]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trim().split('\n')).toEqual([
      'PREPARE',
      '1',
      'BEGIN',
      'DECLARE CURSOR',
      '1',
      '2',
      'COMMIT',
      't',
      '2',
      ...(major >= 16 ? ['42'] : []),
    ]);
    // FETCH_COUNT makes psql read in pieces by a cursor of its own.
    const pieces = await psql(['-At', '-v', 'FETCH_COUNT=3', '-c', 'SELECT accountid FROM account']);
    expect(new Set(pieces.out.trim().split('\n')).size).toBe(world.world.database.count('account'));
  });

  test('an error shows its place, and its SQLSTATE where that is asked for', async () => {
    const { code, err } = await psql(['-v', 'VERBOSITY=verbose', '-c', 'SELECT nam\nFROM account']);
    expect(code).toBe(1);
    expect(err).toMatch(/ERROR: {2}42703: [\s\S]*\nLINE 1: SELECT nam\n {15}\^/);
  });

  test('Ctrl-C ends the query, and another one is answered', async () => {
    const heavy =
      'SELECT sum(hash(a.i, b.i) % 7) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)';
    const commands = ['\\warn begun', heavy].flatMap(each => ['-c', each]);
    const child = spawn('psql', ['-X', '-At', address(), ...commands], { env: { ...process.env, ...env() } });
    const exited = once(child, 'close');
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)));
    await world.world.until('it runs', () => text.includes('begun'));
    // It may not have sent the heavy one yet; a Ctrl-C before that would end nothing.
    const insisting = setInterval(() => child.kill('SIGINT'), 500);
    await world.world.until('it was cancelled', () => text.includes('canceling statement due to user request'));
    clearInterval(insisting);
    await exited;
    expect(await answer('SELECT 41 + 1')).toContain('42');
  });

  test('the documented commands run as they are written', async () => {
    const [shell = ''] = documented('shell', world);
    const [program = '', ...words] = wordsOf(shell.trim());
    expect((await say(program, [...words, '-Atc', 'SELECT 1'], { env: env() })).out).toBe('1\n');
    const commands = documented('psql', world).flatMap(block => block.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      const { code, err } = await psql(['-v', 'ON_ERROR_STOP=1', '-c', command]);
      expect({ command, code, err }).toEqual({ command, code: 0, err: '' });
    }
  });
});
