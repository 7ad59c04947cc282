import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { LakeOfLogs, table } from '../../test/kit/lake-of-logs.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore, type ScriptLine } from '../../test/kit/memory-store.ts';
import { openFolderStore } from '../store/folder-store.ts';
import { openLakeReader } from './lake-reader.ts';

const ACCOUNT = table('account');

async function world(tables: readonly string[] = ['account']) {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const lake = new LakeOfLogs({ store, clock });
  await lake.link(tables);
  const read = ({ script = [], stateBytesMax }: { script?: ScriptLine[]; stateBytesMax?: number } = {}) => {
    const handle = store.handle({ script });
    const bound = stateBytesMax === undefined ? {} : { stateBytesMax };
    return { store: handle, reader: openLakeReader({ store: handle, clock, newNonce: counter('reader'), ...bound }) };
  };
  return { clock, store, lake, read };
}

const kinds = (store: MemoryStore) => store.calls.map(({ operation, path }) => `${operation} ${path.split('/')[2]}`);

describe('the state of a table', () => {
  test('has every commit that came before the question, by whatever process, in a folder (R: visible at the next query)', async () => {
    const root = await mkdtemp(join(tmpdir(), 'lakelink-reader-'));
    try {
      const clock = new FakeClock({ auto: true });
      const lake = new LakeOfLogs({ store: await openFolderStore({ root, newId: counter('one') }), clock });
      await lake.link(['account']);
      const store = await openFolderStore({ root, newId: counter('two'), readOnly: true });
      const reader = openLakeReader({ store, clock, newNonce: counter('reader') });
      for (let n = 0; n < 20; n += 1) {
        const committed = n % 5 === 4 ? await lake.commitFold('account') : await lake.commitRow('account');
        expect(await reader.state(ACCOUNT, live)).toEqual(committed);
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  test('that did not change costs one look for a next entry and one at the checkpoints', async () => {
    const { lake, read } = await world();
    for (let n = 0; n < 150; n += 1) await lake.commitRow('account');
    const { reader, store } = read();
    await reader.state(ACCOUNT, live);
    store.calls.length = 0;
    await reader.state(ACCOUNT, live);
    expect(kinds(store)).toEqual(['read log', 'list checkpoint']);
    await lake.commitRow('account');
    store.calls.length = 0;
    expect((await reader.state(ACCOUNT, live)).tail).toBe(151);
    expect(kinds(store)).toEqual(['read log', 'read log', 'list checkpoint']);
  });

  test('is looked for once for all who ask together', async () => {
    const { lake, read } = await world();
    await lake.commitRow('account');
    const { reader, store } = read();
    await reader.link(live);
    store.calls.length = 0;
    await Promise.all(Array.from({ length: 100 }, () => reader.state(ACCOUNT, live)));
    const looks = store.calls.filter(({ path }) => path.endsWith('/00000000000000000002.json'));
    expect(looks.length).toBeLessThanOrEqual(2);
  });

  test('is never older than the question: whoever asks during a look gets the next one', async () => {
    const { lake, read } = await world();
    await lake.commitRow('account');
    const { reader, store } = read({ script: [{ on: 'list', path: /account\/checkpoint/, do: 'hold' }] });
    const early = reader.state(ACCOUNT, live);
    for (let turn = 0; store.heldCalls === 0 && turn < 100; turn += 1) await settle();
    // The first look found no checkpoint yet; what it is about to read is older than what comes now.
    await lake.commitRow('account');
    const late = reader.state(ACCOUNT, live);
    store.release();
    expect((await late).tail).toBe(2);
    expect((await early).tail).toBeGreaterThanOrEqual(1);
  });

  test('does not fail for others when one of those who wait for it leaves, and stops when all left', async () => {
    const { lake, read } = await world();
    await lake.commitRow('account');
    const { reader, store } = read({ script: [{ on: 'list', path: /account\/checkpoint/, times: 2, do: 'hold' }] });
    await reader.link(live);
    const [one, other, third] = [new AbortController(), new AbortController(), new AbortController()];
    const first = reader.state(ACCOUNT, one.signal);
    const second = reader.state(ACCOUNT, other.signal);
    for (let turn = 0; store.heldCalls === 0 && turn < 100; turn += 1) await settle();
    one.abort(new Error('the first left'));
    await expect(first).rejects.toThrow('the first left');
    store.release();
    expect((await second).tail).toBe(1);
    const alone = reader.state(ACCOUNT, third.signal);
    third.abort(new Error('all left'));
    await expect(alone).rejects.toThrow('all left');
    store.release();
    expect((await reader.state(ACCOUNT, live)).tail).toBe(1);
  });

  test('follows a table that was removed and added again, whatever was known of its life before', async () => {
    const { lake, read, clock } = await world();
    const { reader } = read();
    for (let n = 0; n < 5; n += 1) await lake.commitRow('account');
    expect((await reader.state(ACCOUNT, live)).pending).toHaveLength(5);
    for (let n = 0; n < 5; n += 1) await lake.commitRow('account');
    await lake.remove('account');
    expect(await reader.state(ACCOUNT, live)).toEqual(lake.state('account'));
    await lake.commitShape('account');
    const again = await lake.commitRow('account');
    expect(again.tail).toBe(13);
    expect(await reader.state(ACCOUNT, live)).toEqual(again);
    await lake.link([]);
    await clock.advance(1_000);
    await expect(reader.state(ACCOUNT, live)).rejects.toMatchObject({ code: 'link/table-unknown' });
  });

  test('is right again after a day in which everything known of it was swept', async () => {
    const { lake, read, clock } = await world();
    const { reader } = read();
    await lake.commitRow('account');
    await reader.state(ACCOUNT, live);
    for (let n = 0; n < 220; n += 1) await lake.commitRow('account');
    await clock.advance(26 * 3_600_000);
    for (let n = 0; n < 100; n += 1) await lake.commitRow('account');
    await lake.sweep('account');
    expect(await reader.state(ACCOUNT, live)).toEqual(lake.state('account'));
  });
});

describe('the link of a lake', () => {
  test('is read at most every second, and at once for a table that it does not know', async () => {
    const { lake, read, clock } = await world();
    const { reader, store } = read();
    for (let n = 0; n < 10; n += 1) await reader.link(live);
    expect(store.calls).toHaveLength(1);
    await lake.link(['account', 'contact']);
    expect((await reader.link(live)).tables).toEqual(['account']);
    expect((await reader.state(table('contact'), live)).tail).toBe(0);
    expect((await reader.link(live)).tables).toEqual(['account', 'contact']);
    await lake.link(['account', 'contact', 'lead']);
    await clock.advance(1_000);
    expect((await reader.link(live)).tables).toEqual(['account', 'contact', 'lead']);
  });

  test('that is not there is lake/unmarked, and found once it is', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock();
    const reader = openLakeReader({ store, clock, newNonce: counter('reader') });
    await expect(reader.link(live)).rejects.toMatchObject({ code: 'lake/unmarked' });
    await expect(reader.states({ maxAgeMs: 0, signal: live })).rejects.toMatchObject({ code: 'lake/unmarked' });
    await new LakeOfLogs({ store, clock }).link(['account']);
    expect((await reader.link(live)).name).toBe('sales');
  });
});

describe('all states of a lake', () => {
  test('a log that cannot be read is a fault of its table alone, until it is mended (I-8)', async () => {
    const { lake, read, store: shared } = await world(['account', 'contact']);
    await lake.commitRow('account');
    await lake.commitRow('contact');
    const path = '.lakelink/account/log/00000000000000000001.json';
    const whole = shared.text(path) ?? '';
    shared.plant(path, '{');
    const { reader } = read();
    const [account, contact] = await reader.states({ maxAgeMs: 0, signal: live });
    expect(account).toMatchObject({ table: 'account', state: { code: 'lake/corrupt' } });
    expect(contact).toEqual({ table: 'contact', state: lake.state('contact') });
    await expect(reader.state(ACCOUNT, live)).rejects.toMatchObject({ code: 'lake/corrupt' });
    shared.plant(path, whole);
    expect(await reader.state(ACCOUNT, live)).toEqual(lake.state('account'));
  });

  test('are as old as allowed, not older', async () => {
    const { lake, read, clock } = await world();
    await lake.commitRow('account');
    const { reader, store } = read();
    const tail = async (maxAgeMs: number) => {
      const [one] = await reader.states({ maxAgeMs, signal: live });
      return one !== undefined && 'tail' in one.state ? one.state.tail : null;
    };
    expect(await tail(5_000)).toBe(1);
    await lake.commitRow('account');
    await clock.advance(5_000);
    store.calls.length = 0;
    expect(await tail(5_000)).toBe(1);
    expect(store.calls.filter(({ path }) => path.includes('account'))).toEqual([]);
    expect(await tail(4_999)).toBe(2);
  });

  test('are held up to a bound: what is not held is loaded again, and is the same', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `new_table${n}`);
    const { lake, read } = await world(names);
    for (const name of names) {
      await lake.commitShape(name);
      await lake.commitRow(name);
    }
    const { reader, store } = read({ stateBytesMax: 60_000 });
    for (let round = 0; round < 2; round += 1) {
      const all = await reader.states({ maxAgeMs: 0, signal: live });
      expect(all.map(one => one.state)).toEqual(names.map(name => lake.state(name)));
    }
    store.calls.length = 0;
    expect((await reader.state(table('new_table0'), live)).tail).toBe(2);
    expect(store.calls.filter(({ operation }) => operation === 'read').length).toBeGreaterThan(1);
  });
});

test('a reader writes nothing, whatever it is asked', async () => {
  const { lake, read, clock } = await world();
  for (let n = 0; n < 120; n += 1) await lake.commitRow('account');
  const { reader, store } = read();
  await reader.state(ACCOUNT, live);
  await reader.stateAt(ACCOUNT, { is: 'commit', sequence: 50 }, live);
  await reader.stateAt(ACCOUNT, { is: 'time', ms: clock.nowMs() }, live);
  await reader.states({ maxAgeMs: 0, signal: live });
  expect(await reader.entries(ACCOUNT, live)).toHaveLength(120);
  expect(await reader.commits(ACCOUNT, live)).toHaveLength(120);
  expect(new Set(store.calls.map(({ operation }) => operation))).toEqual(new Set(['read', 'list']));
});
