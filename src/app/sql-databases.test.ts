import { beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import type { LakeDatabase } from '../workspace/database-view.ts';
import type { DatabaseEntry } from '../workspace/directory.ts';
import { OpenDatabases } from './sql-databases.ts';

let clock: FakeClock;
let history: string[];
let fails: boolean;
let databases: OpenDatabases;

beforeEach(() => {
  clock = new FakeClock();
  history = [];
  fails = false;
  databases = new OpenDatabases({
    open: async ({ name, lakePath }) => {
      history.push(`open ${lakePath}`);
      if (fails) throw new Error('no');
      return fakeDatabase(name, () => history.push(`close ${lakePath}`));
    },
    clock,
  });
});

const one = entry('one', '/lakes/one');
const two = entry('two', '/lakes/two');

function entry(name: string, lakePath: string): DatabaseEntry {
  return { name, lakePath, link: null };
}

function fakeDatabase(name: string, onClose: () => void): LakeDatabase {
  const close = async () => onClose();
  return { name, view: () => Promise.reject(new Error('none')) as never, close, [Symbol.asyncDispose]: close };
}

describe('open databases', () => {
  test('one is opened once for all who hold it, also at the same moment', async () => {
    const held = await Promise.all([databases.hold(one), databases.hold(one), databases.hold(two)]);
    expect(held.map(({ name }) => name)).toEqual(['one', 'one', 'two']);
    expect(history).toEqual(['open /lakes/one', 'open /lakes/two']);
  });

  test('it stays open for a minute after its last holder left, and for as long as one holds it', async () => {
    const first = await databases.hold(one);
    const second = await databases.hold(one);
    await first.close();
    await first.close();
    await clock.advance(120_000);
    await second.close();
    await clock.advance(59_000);
    const third = await databases.hold(one);
    await clock.advance(120_000);
    expect(history).toEqual(['open /lakes/one']);
    await third.close();
    await clock.advance(60_000);
    expect(history).toEqual(['open /lakes/one', 'close /lakes/one']);
    expect(databases.size).toBe(0);
  });

  test('a name that means another lake by now is that lake; the old one closes with its last holder', async () => {
    const before = await databases.hold(one);
    await databases.hold(entry('one', '/lakes/new'));
    await before.close();
    await settle();
    expect(history).toEqual(['open /lakes/one', 'open /lakes/new', 'close /lakes/one']);
  });

  test('one that cannot be opened is tried again by the next who wants it', async () => {
    fails = true;
    await expect(databases.hold(one)).rejects.toThrow('no');
    fails = false;
    await databases.hold(one);
    expect(history).toEqual(['open /lakes/one', 'open /lakes/one']);
  });

  test('closing closes all, those that nobody holds too', async () => {
    await (await databases.hold(one)).close();
    await databases.hold(two);
    await databases.close();
    await databases.close();
    expect(history.slice(2)).toEqual(['close /lakes/one', 'close /lakes/two']);
  });
});
