import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandLine } from '../../test/kit/command-line.ts';
import { FOREIGN_FILES, filesIn, layKeptLake } from '../../test/kit/kept-lake.ts';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';
import { administrationOf } from '../app/database-control.ts';
import { silentLog } from '../app/log.ts';
import { isPassword } from '../core/scram.ts';

let world: LedgerWorld;
let line: CommandLine;
let lake: string;
const database = 'dataverse-sales';

beforeEach(async () => {
  world = await LedgerWorld.open();
  lake = join(world.folder, 'lake');
  layKeptLake(lake, { id: 'id-sales', name: 'sales' });
  await world.add(ledgerLink('sales', { lakePath: lake }));
  await world.add(ledgerLink('other'));
  line = await CommandLine.over(administrationOf({ ledger: world.ledger, log: silentLog }));
});
afterEach(async () => {
  await line.close();
  await world.close();
});

/** Whether the user signs in with this password. */
async function signsIn(name: string, password: string): Promise<boolean> {
  const found = await world.ledger.users.find(name);
  return found !== null && isPassword(password, found.verifier);
}

describe('a new user', () => {
  test('gets a password that is shown once, and signs in with it', async () => {
    expect(await line.run('user', 'create', 'maria', '--database', database)).toBe(0);
    expect(line.out).toMatch(/^user maria: Reader; databases: dataverse-sales\npassword: [A-Za-z2-9]{24}\nit is shown/);
    const [, first = ''] = /password: (\S+)/.exec(line.out) ?? [];
    expect(await signsIn('maria', first)).toBe(true);
    await line.run('user', 'list', '--json');
    expect(JSON.parse(line.out)).toEqual([
      { name: 'maria', role: 'Reader', databases: [database], createdAt: '2026-01-01T00:00:00.000Z', disabled: false },
    ]);
    await line.run('user', 'password', 'maria', '--json');
    const second = (JSON.parse(line.out) as { readonly password: string }).password;
    expect([second === first, await signsIn('maria', first), await signsIn('maria', second)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('takes a password from the environment or the standard input, which is not shown', async () => {
    await line.run('user', 'create', 'report', '--role', 'maker', '--database', 'all', '--password-env', 'PASSWORD');
    expect(line.out).toBe('user report: Maker; databases: all\n');
    expect(await signsIn('report', 'correct horse')).toBe(true);
    line.input = 'battery staple\n';
    await line.run('user', 'password', 'report', '--password-stdin');
    expect(line.out).toBe('user report signs in with the new password\n');
    expect(await signsIn('report', 'battery staple')).toBe(true);
  });

  test.each([
    [['a\u0000b'], 2, 'no control characters'],
    [['x'.repeat(64)], 2, '1 to 63'],
    [['..'], 2, 'dots'],
    [['maria', '--role', 'owner'], 2, 'admin, maker, reader'],
    [['maria', '--password-env', 'SECRET'], 2, 'at least 12 characters'],
    [['maria', '--password-env', 'NOTHING'], 2, 'the password is empty'],
    [['maria', '--password-env', 'PASSWORD', '--password-stdin'], 2, 'either'],
    [['maria', '--password', 'correct horse'], 2, 'unknown option'],
    [['maria', '--database', 'all', database], 2, 'it is all, or names'],
    [['maria', '--database', 'nope'], 1, 'There is no such lake database (database: nope)'],
  ])('%j is refused with %i, and nothing is made', async (argv, code, text) => {
    expect(await line.run('user', 'create', ...argv)).toBe(code);
    expect(line.err).toContain(text);
    expect(`${line.out}${line.err}`).not.toContain('p@ss');
    expect(await world.ledger.users.list()).toEqual([]);
  });

  test('of the longest and oddest name is reached by it', async () => {
    for (const name of ['😀'.repeat(63), "o'neil/../%2f?#", 'DOM\\maria', 'Maria Weiß']) {
      await line.run('user', 'create', name, '--password-env', 'PASSWORD');
      expect(await line.run('user', 'set', name, '--role', 'admin'), line.err).toBe(0);
      expect(await line.run('user', 'delete', name), line.err).toBe(0);
    }
    expect(await world.ledger.users.list()).toEqual([]);
  });
});

test('rights are given and taken, of all or none; role and sign-in change', async () => {
  await line.run('user', 'create', 'maria', '--password-env', 'PASSWORD');
  await line.run('user', 'grant', 'maria', '--database', `${database},dataverse-other`);
  expect(line.out).toBe('user maria: Reader; databases: dataverse-other, dataverse-sales\n');
  await line.run('user', 'revoke', 'maria', '--database', 'dataverse-other');
  expect(line.out).toBe('user maria: Reader; databases: dataverse-sales\n');
  expect(await line.run('user', 'grant', 'maria', '--database', 'dataverse-other', 'nope')).toBe(1);
  await line.run('user', 'set', 'maria', '--role', 'maker', '--sign-in', 'off');
  expect(line.out).toBe('user maria: Maker, may not sign in; databases: dataverse-sales\n');
  await line.run('user', 'list');
  expect(line.out).toMatch(/^User +Role +Sign-in +Databases\nmaria +Maker +off +dataverse-sales\n$/);
  await line.run('user', 'set', 'maria', '--role', 'admin', '--sign-in', 'on');
  expect(line.out).toBe('user maria: System Administrator; databases: all\n');
});

test.each([
  [['user', 'set', 'maria'], 2, 'say what is to be changed'],
  [['user', 'set', 'maria', '--sign-in', 'yes'], 2, 'on or off'],
  [['user', 'grant', 'maria'], 2, '--database'],
  [['user', 'grant', 'nobody', '--database', 'all'], 1, 'lakelink user list'],
  [['user', 'password', 'nobody'], 1, 'sql/user-unknown'],
  [['user', 'delete', 'nobody'], 1, 'sql/user-unknown'],
  [['database', 'drop', 'nope', '--yes'], 1, 'lakelink database list'],
  [['database', 'drop', 'postgres', '--yes'], 1, 'sql/database-unknown'],
])('%j ends with %i and says why', async (argv, code, text) => {
  expect(await line.run(...argv)).toBe(code);
  expect(line.err).toContain(text);
});

describe('a database', () => {
  test('is listed with its link, its lake and its tables', async () => {
    await world.unlink('sales', { deleteData: false });
    await line.run('database', 'list');
    const [head = '', other = '', sales = ''] = line.out.split('\n');
    expect(head).toMatch(/^Database +Link +Tables +Lake$/);
    expect(other).toMatch(/^dataverse-other +other +- +\/lakes\/other$/);
    expect(sales).toMatch(/^dataverse-sales +none +1 /);
    await line.run('database', 'list', '--json');
    expect(JSON.parse(line.out)).toMatchObject([{ link: 'other' }, { link: null, lakePath: lake, tables: 1 }]);
  });

  test('of a link is not dropped; the failure names the link and what to do', async () => {
    expect(await line.run('database', 'drop', database, '--yes')).toBe(1);
    expect(line.err).toContain('A link uses this database (database: dataverse-sales, link: sales)');
    expect(line.err).toContain('lakelink link delete');
    expect(filesIn(lake)).toContain('model.json');
  });

  test('is dropped only when it was said twice; before, it is shown what goes and what stays', async () => {
    await world.unlink('sales', { deleteData: false });
    expect(await line.run('database', 'drop', database)).toBe(2);
    expect(line.out).toMatch(/near real-time CSV +2/);
    expect(line.out).toContain('files of others, which stay:\n  notes/mine.txt\n');
    expect(line.err).toContain('nothing was dropped');
    expect(await world.databases()).toContain('dataverse-sales: none');
    expect(await line.run('database', 'drop', database, '--yes', '--json')).toBe(0);
    expect(JSON.parse(line.out)).toEqual({ dropped: database, keepFiles: false, foreign: FOREIGN_FILES });
    expect(filesIn(lake)).toEqual(FOREIGN_FILES);
    expect(await world.databases()).toEqual(['dataverse-other: other']);
  });

  test('goes without its files where they are to be kept', async () => {
    await world.unlink('sales', { deleteData: false });
    const before = filesIn(lake);
    await line.run('database', 'drop', database, '--keep-files', '--yes');
    expect(line.out).toBe('database dataverse-sales dropped; the lake keeps its files\n');
    expect(filesIn(lake)).toEqual(before);
  });
});

test('without a service each command says so', async () => {
  const alone = new CommandLine();
  for (const argv of [
    ['user', 'list'],
    ['database', 'list'],
    ['user', 'create', 'maria'],
  ]) {
    expect(await alone.run(...argv)).toBe(3);
    expect(alone.err).toContain('lakelink start');
    expect(alone.out).toBe('');
  }
  await alone.close();
});
