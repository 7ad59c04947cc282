import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FOREIGN_FILES, filesIn, layKeptLake } from '../../test/kit/kept-lake.ts';
import { LedgerWorld, ledgerLink } from '../../test/kit/ledger-world.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { dropDatabase, finishDrops } from './database-drop.ts';
import { eraseKeptLake, tablesOfLake } from './database-files.ts';
import { silentLog } from './log.ts';

let world: LedgerWorld;
let lake: string;

const database = 'dataverse-sales';
const { signal } = new AbortController();
const parts = () => ({ databases: world.ledger.databases, log: silentLog });
const drop = (changes: { readonly keepFiles?: boolean; readonly signal?: AbortSignal } = {}) =>
  dropDatabase(parts(), { database, user: null, keepFiles: false, signal, ...changes });

beforeEach(async () => {
  world = await LedgerWorld.open();
  lake = join(world.folder, 'lake');
  layKeptLake(lake, { id: 'id-sales', name: 'sales' });
  await world.add(ledgerLink('sales', { lakePath: lake }));
  await world.user('maria', 'Reader', [database]);
  await world.unlink('sales', { deleteData: false });
});
afterEach(() => world.close());

async function isGone(): Promise<void> {
  expect(await world.databases()).toEqual([]);
  expect((await world.ledger.users.list())[0]?.databases).toEqual([]);
}

/** Aborted at the so-many-th look at it. */
function endingSignal(looks: number): AbortSignal {
  let left = looks;
  return {
    aborted: false,
    throwIfAborted: () => {
      left -= 1;
      if (left < 0) throw new DOMException('the process ends', 'AbortError');
    },
  } as AbortSignal;
}

test('what Lakelink wrote goes with the database; files of others stay, and are named', async () => {
  expect(await tablesOfLake(lake)).toBe(1);
  expect(await drop()).toEqual({ foreign: FOREIGN_FILES });
  expect(filesIn(lake)).toEqual(FOREIGN_FILES);
  expect(existsSync(join(lake, 'account'))).toBe(false);
  await isGone();
  await expect(drop()).rejects.toMatchObject({ code: 'sql/database-unknown' });
});

test('kept files stay to the last one, and can be attached again', async () => {
  const before = filesIn(lake);
  expect(await drop({ keepFiles: true })).toEqual({ foreign: [] });
  expect(filesIn(lake)).toEqual(before);
  await isGone();
  await world.add(ledgerLink('sales', { lakePath: lake }));
  expect(await world.databases()).toEqual([`${database}: sales`]);
});

test('a drop that ends at any moment is done at the next start, and touches no file of others', async () => {
  let looks = 1;
  for (; ; looks += 1) {
    const dies = drop({ signal: endingSignal(looks) });
    const isDone = await dies.then(
      () => true,
      () => false,
    );
    if (isDone) break;
    await world.reopen();
    await expect(world.add(ledgerLink('sales', { lakePath: lake }))).rejects.toMatchObject({ code: 'store/busy' });
    await finishDrops(parts(), signal);
    expect(filesIn(lake), `after ${looks} looks`).toEqual(FOREIGN_FILES);
    await isGone();
    layKeptLake(lake, { id: 'id-sales', name: 'sales' });
    await world.add(ledgerLink('sales', { lakePath: lake }));
    await world.unlink('sales', { deleteData: false });
    await world.ledger.users.grant('maria', [database]);
  }
  // One look before the note, and one before each of the six files outside the own folder.
  expect(looks).toBe(7);
});

test('one that died while it removed the logs is done at the next start, with or without the mark', async () => {
  for (const left of ['.lakelink/link.json', '.lakelink']) {
    layKeptLake(lake, { id: 'id-sales', name: 'sales' });
    const ended = dropDatabase(
      { ...parts(), erase: () => Promise.reject(new DOMException('the process ends', 'AbortError')) },
      { database, user: null, keepFiles: false, signal },
    );
    await expect(ended).rejects.toThrow('the process ends');
    await eraseKeptLake({ path: lake, lakeId: 'id-sales' }, { signal });
    if (left !== '.lakelink') mkdirSync(join(lake, '.lakelink', 'account', 'log'), { recursive: true });
    await finishDrops(parts(), signal);
    expect(filesIn(lake)).toEqual(FOREIGN_FILES);
    await isGone();
    await world.add(ledgerLink('sales', { lakePath: lake }));
    await world.unlink('sales', { deleteData: false });
    await world.ledger.users.grant('maria', [database]);
  }
});

describe('a lake that is not what it was', () => {
  test('is not touched where another link claimed it, in another home', async () => {
    const mark = join(lake, '.lakelink', 'link.json');
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('id-sales', 'id-another'));
    const before = filesIn(lake);
    await drop();
    expect(filesIn(lake)).toEqual(before);
    await isGone();
  });

  test('is not touched where it lost its mark and a service has its home there', async () => {
    rmSync(join(lake, '.lakelink', 'link.json'));
    writeFileSync(join(lake, '.lakelink', 'ledger.db'), '');
    const before = filesIn(lake);
    await drop();
    expect(filesIn(lake)).toEqual(before);
  });

  test('stays, and its drop stays noted, while another service works on it', async () => {
    const before = filesIn(lake);
    const lock = await lockFolder({ path: lake, purpose: 'service' });
    await expect(drop()).rejects.toMatchObject({ code: 'store/busy' });
    await finishDrops(parts(), signal);
    expect((await world.ledger.databases.list())[0]).toMatchObject({ dropping: true });
    lock.release();
    expect(filesIn(lake)).toEqual(before);
    await drop();
    expect(filesIn(lake)).toEqual(FOREIGN_FILES);
    await isGone();
  });

  test('stays, with what to do, where its mark cannot be read', async () => {
    writeFileSync(join(lake, '.lakelink', 'link.json'), 'not a mark');
    const before = filesIn(lake);
    await expect(drop()).rejects.toMatchObject({ code: 'lake/corrupt' });
    expect(filesIn(lake)).toEqual(before);
  });

  test('needs not be there at all', async () => {
    rmSync(lake, { recursive: true });
    expect(await tablesOfLake(lake)).toBeNull();
    await drop();
    await isGone();
  });
});

test('the database of a link, and the maintenance database, are refused before anything happens', async () => {
  await world.add(ledgerLink('sales', { lakePath: lake }));
  const before = filesIn(lake);
  await expect(drop()).rejects.toMatchObject({ code: 'sql/in-use', details: { link: 'sales' } });
  const postgres = dropDatabase(parts(), { database: 'postgres', user: null, keepFiles: true, signal });
  await expect(postgres).rejects.toMatchObject({ code: 'input/invalid' });
  expect(filesIn(lake)).toEqual(before);
  expect(await world.databases()).toEqual([`${database}: sales`]);
});
