import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore, type ScriptLine } from '../../test/kit/memory-store.ts';
import { limits } from '../core/limits.ts';
import { openLocalCache } from './local-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = (name: string) => `.lakelink/account/data/batch-${name}.parquet`;

async function world({ bytesMax = 100, script = [] }: { bytesMax?: number; script?: ScriptLine[] } = {}) {
  const clock = new FakeClock();
  const shared = new MemoryStore({ clock });
  const remote = shared.handle({ script });
  const open = (max = bytesMax) =>
    openLocalCache({ remote, folder, bytesMax: max, clock, newId: counter('temporary') });
  const cache = await open();
  const lay = (name: string, bytes: number) => shared.plant(path(name), name.slice(0, 1).repeat(bytes));
  const fetched = () =>
    remote.calls.filter(({ operation }) => operation === 'read').map(one => /batch-(\w+)/.exec(one.path)?.[1]);
  return { clock, shared, remote, cache, open, lay, fetched };
}

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async name => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe('a local cache', () => {
  test('fetches a file once and answers its bytes from then on, also after the remote lost it', async () => {
    const { cache, lay, fetched, shared } = await world();
    lay('a', 10);
    const first = await cache.localFile(path('a'), live);
    shared.lose(path('a'));
    expect(await cache.localFile(path('a'), live)).toBe(first);
    expect(await readFile(first, 'utf8')).toBe('aaaaaaaaaa');
    expect(fetched()).toEqual(['a']);
  });

  test('fetches once for all who ask at the same time', async () => {
    const { cache, lay, fetched, remote } = await world({ script: [{ on: 'read', do: 'hold' }] });
    lay('a', 10);
    const asked = Promise.all(Array.from({ length: 20 }, () => cache.localFile(path('a'), live)));
    await until(() => remote.heldCalls > 0);
    remote.release();
    expect(new Set(await asked).size).toBe(1);
    expect(fetched()).toEqual(['a']);
  });

  test('stays within its bytes: what was used longest ago goes first', async () => {
    const { cache, lay, fetched } = await world({ bytesMax: 100 });
    for (const name of ['a', 'b', 'c', 'd']) lay(name, 40);
    const use = async (name: string) => {
      const lease = cache.lease();
      await lease.store.localFile(path(name), live);
      lease.release();
    };
    for (const name of ['a', 'b', 'a', 'c']) await use(name);
    expect(await bytesOnDisk()).toBe(80);
    expect(cache.bytes).toBe(80);
    await use('a');
    expect(fetched()).toEqual(['a', 'b', 'c']);
    await use('b');
    expect(fetched()).toEqual(['a', 'b', 'c', 'b']);
  });

  test('keeps what a query uses until it is over, and refuses what has no room beside it: store/full', async () => {
    const { cache, lay } = await world({ bytesMax: 100 });
    for (const name of ['a', 'b', 'c']) lay(name, 50);
    const lease = cache.lease();
    const used = [await lease.store.localFile(path('a'), live), await lease.store.localFile(path('b'), live)];
    const other = cache.lease();
    await expect(other.store.localFile(path('c'), live)).rejects.toMatchObject({ code: 'store/full' });
    for (const file of used) expect((await stat(file)).size).toBe(50);
    lease.release();
    lease.release();
    expect(await readFile(await other.store.localFile(path('c'), live), 'utf8')).toBe('c'.repeat(50));
    expect(await bytesOnDisk()).toBe(100);
  });

  test('keeps a file that two queries use until both are over', async () => {
    const { cache, lay } = await world({ bytesMax: 50 });
    for (const name of ['a', 'b']) lay(name, 50);
    const [one, two] = [cache.lease(), cache.lease()];
    const [file = ''] = await Promise.all([one, two].map(({ store }) => store.localFile(path('a'), live)));
    one.release();
    await expect(cache.localFile(path('b'), live)).rejects.toMatchObject({ code: 'store/full' });
    expect((await stat(file)).size).toBe(50);
    two.release();
    await cache.localFile(path('b'), live);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('keeps a file whose user says nothing for as long as a query may take', async () => {
    const { cache, lay, clock } = await world({ bytesMax: 50 });
    for (const name of ['a', 'b']) lay(name, 50);
    await cache.localFile(path('a'), live);
    await clock.advance(limits.queryMarginMs - 1);
    await expect(cache.localFile(path('b'), live)).rejects.toMatchObject({ code: 'store/full' });
    await clock.advance(1);
    await cache.localFile(path('b'), live);
  });

  test('refuses a file larger than all of it, and drives nothing out for it', async () => {
    const { cache, lay, fetched } = await world({ bytesMax: 50 });
    lay('a', 50);
    lay('large', 51);
    const lease = cache.lease();
    await lease.store.localFile(path('a'), live);
    lease.release();
    await expect(cache.localFile(path('large'), live)).rejects.toMatchObject({ code: 'store/full' });
    await cache.localFile(path('a'), live);
    expect(fetched()).toEqual(['a', 'large']);
  });

  test('never takes more than its bytes, however many come at once', async () => {
    const { cache, lay } = await world({ bytesMax: 100 });
    const names = Array.from({ length: 26 }, (_, n) => String.fromCharCode(97 + n));
    for (const name of names) lay(name, 30);
    let most = 0;
    const outcomes = await Promise.all(
      names.map(async name => {
        const lease = cache.lease();
        try {
          const file = await lease.store.localFile(path(name), live);
          most = Math.max(most, cache.bytes);
          expect(await readFile(file, 'utf8')).toBe(name.repeat(30));
          return 'read';
        } catch (failure) {
          expect(failure).toMatchObject({ code: 'store/full' });
          return 'full';
        } finally {
          lease.release();
        }
      }),
    );
    expect(outcomes).toContain('read');
    expect(most).toBeLessThanOrEqual(100);
    expect(await bytesOnDisk()).toBe(cache.bytes);
  });

  test('holds what came against what was committed, and keeps nothing else', async () => {
    const { cache, lay, shared } = await world();
    lay('a', 10);
    const right = { bytes: 10, sha256: 'bf2cb58a68f684d95a3b78ef8f661c9a4e5b09e82cc8f9cc88cce90528caeb27' };
    await expect(cache.localFile(path('a'), live, { ...right, bytes: 11 })).rejects.toMatchObject({
      code: 'store/failed',
    });
    await expect(cache.localFile(path('a'), live, { ...right, sha256: 'b'.repeat(64) })).rejects.toThrow(
      'not what was',
    );
    expect(await bytesOnDisk()).toBe(0);
    const file = await cache.localFile(path('a'), live, right);
    shared.lose(path('a'));
    expect(await cache.localFile(path('a'), live, right)).toBe(file);
  });
});

describe('a local cache that is opened again', () => {
  test('takes over whole copies, by their use, and up to its bytes', async () => {
    const { cache, lay, open, fetched, clock } = await world();
    for (const name of ['a', 'b', 'c']) {
      lay(name, 30);
      await clock.advance(1_000);
      await cache.localFile(path(name), live);
    }
    await clock.advance(1_000);
    await cache.localFile(path('a'), live);
    await settle();
    const again = await open(60);
    expect(await bytesOnDisk()).toBe(60);
    await again.localFile(path('c'), live);
    await again.localFile(path('a'), live);
    expect(fetched()).toEqual(['a', 'b', 'c']);
  });

  test('removes what a crash left under temporary names, and copies that are cut short or damaged', async () => {
    const { cache, lay, open, fetched } = await world();
    for (const name of ['a', 'b']) lay(name, 20);
    const [a, b] = [await cache.localFile(path('a'), live), await cache.localFile(path('b'), live)];
    await writeFile(join(folder, 'tmp-of-a-dead-process'), 'half');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    await writeFile(a, 'short');
    await writeFile(b, 'x'.repeat(20));
    const again = await open();
    expect((await readdir(folder)).sort()).toEqual([b.split(/[\\/]/).at(-1), 'notes.txt'].sort());
    expect(await readFile(await again.localFile(path('a'), live), 'utf8')).toBe('a'.repeat(20));
    expect(await readFile(await again.localFile(path('b'), live), 'utf8')).toBe('b'.repeat(20));
    expect(fetched()).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('trouble of a local cache', () => {
  test('a fetch that failed leaves nothing, and the next one is a new one', async () => {
    const { cache, lay } = await world({ script: [{ on: 'read', do: 'refuse' }] });
    lay('a', 10);
    await expect(cache.localFile(path('a'), live)).rejects.toMatchObject({ code: 'store/failed' });
    expect(await bytesOnDisk()).toBe(0);
    expect(await readFile(await cache.localFile(path('a'), live), 'utf8')).toBe('aaaaaaaaaa');
  });

  test('a copy that somebody removed is fetched again', async () => {
    const { cache, lay, fetched } = await world();
    lay('a', 10);
    await rm(await cache.localFile(path('a'), live));
    expect(await readFile(await cache.localFile(path('a'), live), 'utf8')).toBe('aaaaaaaaaa');
    expect(fetched()).toEqual(['a', 'a']);
    expect(cache.bytes).toBe(10);
  });

  test('a folder that is gone is a fault of the store, not of the query', async () => {
    const { cache, lay } = await world();
    lay('a', 10);
    await rm(folder, { recursive: true });
    await expect(cache.localFile(path('a'), live)).rejects.toMatchObject({ code: 'store/failed' });
    expect(cache.bytes).toBe(0);
  });

  test('a full disk is store/full; copies that nobody uses make room before', async () => {
    const { remote, clock, lay } = await world();
    for (const name of ['a', 'b', 'c']) lay(name, 10);
    const disk = { bytes: 20 };
    const write = async (file: string, content: Uint8Array) => {
      if ((await bytesOnDisk()) + content.byteLength > disk.bytes) {
        await writeFile(file, content.subarray(0, 3));
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      }
      await writeFile(file, content);
    };
    const options = { remote, folder, bytesMax: 100, clock, newId: counter('temporary') };
    const cache = await openLocalCache({ ...options, write });
    const lease = cache.lease();
    for (const name of ['a', 'b']) await lease.store.localFile(path(name), live);
    const full = { code: 'store/full', details: { path: path('c') } };
    await expect(cache.localFile(path('c'), live)).rejects.toMatchObject(full);
    expect(await bytesOnDisk()).toBe(20);
    lease.release();
    expect(await readFile(await cache.localFile(path('c'), live), 'utf8')).toBe('cccccccccc');
    expect(cache.bytes).toBe(10);
  });

  test('one who leaves does not stop the others; when all left the fetch is stopped', async () => {
    const { cache, lay, remote, fetched } = await world({ script: [{ on: 'read', do: 'hold', times: 2 }] });
    lay('a', 10);
    const [one, two] = [new AbortController(), new AbortController()];
    const lease = cache.lease();
    const first = cache.localFile(path('a'), one.signal);
    const second = lease.store.localFile(path('a'), two.signal);
    await until(() => remote.heldCalls > 0);
    one.abort(new Error('the first left'));
    await expect(first).rejects.toThrow('the first left');
    remote.release();
    expect(await readFile(await second, 'utf8')).toBe('aaaaaaaaaa');
    lay('b', 10);
    const third = lease.store.localFile(path('b'), two.signal);
    await until(() => remote.heldCalls > 0);
    two.abort(new Error('all left'));
    await expect(third).rejects.toThrow('all left');
    remote.release();
    lease.release();
    expect(await readFile(await cache.localFile(path('b'), live), 'utf8')).toBe('bbbbbbbbbb');
    expect(fetched()).toEqual(['a', 'b', 'b']);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 500) throw new Error('it never held');
    await settle();
  }
}
