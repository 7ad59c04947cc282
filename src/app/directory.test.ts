import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FOREIGN_FILES, filesIn, layKeptLake } from '../../test/kit/kept-lake.ts';
import { LedgerWorld, ledgerLink, someVerifier } from '../../test/kit/ledger-world.ts';
import { MAINTENANCE_DATABASE, mayUse } from '../workspace/directory.ts';
import { systemClock } from './clock.ts';
import { type OpenDirectory, openDirectory } from './directory.ts';
import { silentLog } from './log.ts';

let world: LedgerWorld;
let directory: OpenDirectory;
let lake: string;
const { signal } = new AbortController();
const database = 'dataverse-sales';

beforeEach(async () => {
  world = await LedgerWorld.open();
  lake = join(world.folder, 'lake');
  await world.add(ledgerLink('sales', { lakePath: lake }));
  await world.add(ledgerLink('other'));
  directory = await openDirectory({ ledgerPath: world.path, clock: systemClock, log: silentLog });
});
afterEach(async () => {
  await directory.close();
  await world.close();
});

test('users sign in by their exact name while they are not disabled', async () => {
  await world.user('maria', 'Reader', [database]);
  const maria = { name: 'maria', role: 'Reader', databases: [database] };
  expect(await directory.user('maria')).toEqual({ ...maria, verifier: someVerifier });
  expect(await directory.users()).toEqual([maria]);
  expect([await directory.user('MARIA'), await directory.user('nobody')]).toEqual([null, null]);
  await world.ledger.users.change('maria', { disabled: true });
  expect(await directory.user('maria')).toBeNull();
});

test.each([
  ['System Administrator', [], [true, true]],
  ['Maker', 'all', [true, true]],
  ['Maker', [database], [true, false]],
  ['Reader', [database], [true, false]],
  ['Reader', 'all', [true, true]],
  ['Reader', [], [false, false]],
] as const)(
  'a %s with %j may use what was granted, and always the maintenance database',
  async (role, granted, may) => {
    await world.user('maria', role, granted);
    const maria = await directory.user('maria');
    if (maria === null) throw new Error('no such user');
    expect([database, 'dataverse-other'].map(name => mayUse(maria, name))).toEqual(may);
    expect(mayUse(maria, MAINTENANCE_DATABASE)).toBe(true);
  },
);

test('databases are those of links and of kept lakes; what changes is seen at the next call', async () => {
  const first = await directory.databases();
  expect(first.map(({ name, link }) => [name, link])).toEqual([
    ['dataverse-other', 'other'],
    [database, 'sales'],
  ]);
  // Nothing changed, nothing is read again.
  expect(await directory.databases()).toBe(first);
  await world.unlink('sales', { deleteData: false });
  expect((await directory.databases())[1]).toEqual({ name: database, lakePath: lake, link: null });
  await world.ledger.databases.beginDrop({ database, user: null, keepFiles: false });
  expect((await directory.databases()).map(({ name }) => name)).toEqual(['dataverse-other']);
});

test('views that were made through it are seen through it', async () => {
  await world.user('maria', 'Maker', 'all');
  expect(await directory.views(database)).toEqual([]);
  const view = { database, name: 'v', sql: 'SELECT 1', user: 'maria', replace: false };
  await directory.createView(view);
  expect(await directory.views(database)).toMatchObject([{ name: 'v', sql: 'SELECT 1', owner: 'maria' }]);
  await directory.createView({ ...view, sql: 'SELECT 2', replace: true });
  expect(await directory.views(database)).toMatchObject([{ sql: 'SELECT 2' }]);
  expect(await directory.dropView(view)).toBe(true);
  expect(await directory.views(database)).toEqual([]);
});

describe('DROP DATABASE', () => {
  const drop = (user: string, changes: { readonly database?: string; readonly keepFiles?: boolean } = {}) =>
    directory.dropDatabase({ database, user, keepFiles: false, signal, ...changes });

  beforeEach(async () => {
    layKeptLake(lake, { id: 'id-sales', name: 'sales' });
    await world.user('admin', 'System Administrator');
    await world.user('maker', 'Maker', 'all');
  });

  test('is for System Administrators, for databases that are there, and that no link uses', async () => {
    await expect(drop('admin')).rejects.toMatchObject({ code: 'sql/in-use', details: { link: 'sales' } });
    await world.unlink('sales', { deleteData: false });
    await expect(drop('maker')).rejects.toMatchObject({ code: 'sql/denied' });
    await expect(drop('admin', { database: 'nope' })).rejects.toMatchObject({ code: 'sql/database-unknown' });
    await expect(drop('admin', { database: 'postgres' })).rejects.toMatchObject({ code: 'input/invalid' });
    expect(filesIn(lake)).toContain('model.json');
    await drop('admin');
    expect(filesIn(lake)).toEqual(FOREIGN_FILES);
    expect((await directory.databases()).map(({ name }) => name)).toEqual(['dataverse-other']);
  });

  test('KEEP FILES leaves the lake as it is', async () => {
    await world.unlink('sales', { deleteData: false });
    const before = filesIn(lake);
    await drop('admin', { keepFiles: true });
    expect(filesIn(lake)).toEqual(before);
  });
});

/** Another process that holds a write transaction until it is told to end it. */
async function writer(sql: string): Promise<ChildProcess> {
  const program = `const file = new (require(${JSON.stringify(createRequire(import.meta.url).resolve('libsql'))}))(process.argv[1]);
    file.exec('BEGIN IMMEDIATE');
    file.exec(process.argv[2]);
    process.on('message', () => { file.exec('COMMIT'); process.send('done'); process.disconnect(); });
    process.send('writing');`;
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, ['-e', program, world.path, sql], { stdio: [...stdio] });
  await once(child, 'message');
  return child;
}

test('a sign-in does not wait for a long transaction of another process, a view is made after it', async () => {
  await world.user('maria', 'Maker', 'all');
  const child = await writer("UPDATE users SET role = 'System Administrator'");
  try {
    const view = { database, name: 'v', sql: 'SELECT 1', user: 'maria', replace: false };
    let isMade = false;
    const made = directory.createView(view).then(() => {
      isMade = true;
    });
    expect(await directory.user('maria')).toMatchObject({ role: 'Maker' });
    expect(await directory.databases()).toHaveLength(2);
    expect(isMade).toBe(false);
    child.send('end');
    await once(child, 'message');
    await made;
    expect(await directory.user('maria')).toMatchObject({ role: 'System Administrator' });
    expect(await directory.views(database)).toHaveLength(1);
  } finally {
    child.kill('SIGKILL');
  }
});

test('what a process wrote that died before its commit is not there, and nobody waits for it', async () => {
  await world.user('maria', 'Maker', 'all');
  const child = await writer("UPDATE users SET role = 'System Administrator'");
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await directory.createView({ database, name: 'v', sql: 'SELECT 1', user: 'maria', replace: false });
  expect(await directory.user('maria')).toMatchObject({ role: 'Maker' });
});
