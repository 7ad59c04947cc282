import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ByteStore, Content } from '../../src/core/bytestore.ts';

/** A store under test. `second` opens the same lake again, as another process would. */
export interface StoreUnderTest {
  readonly store: ByteStore;
  second(): Promise<ByteStore>;
  close(): Promise<void>;
}

const live = new AbortController().signal;
const bytes = (text: string): Content => ({ bytes: new TextEncoder().encode(text) });

async function textOf(store: ByteStore, path: string): Promise<string | null> {
  const found = await store.read(path, live);
  return found === null ? null : new TextDecoder().decode(found);
}

/** What `ByteStore` promises, as tests. Every implementation runs them. */
export function describeByteStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the byte store contract, kept by ${name}`, () => {
    let world: StoreUnderTest;
    let scratch: string;
    beforeEach(async () => {
      world = await open();
      scratch = await mkdtemp(join(tmpdir(), 'lakelink-contract-'));
    });
    afterEach(async () => {
      await world.close();
      await rm(scratch, { recursive: true, force: true });
    });

    putting(() => world);
    reading(() => ({ ...world, scratch }));
    publishing(() => world);
    stopping(() => world);
  });
}

function putting(world: () => StoreUnderTest): void {
  test('a put file reads back whole, also through a second opening', async () => {
    const { store, second } = world();
    expect(await store.putIfAbsent('a/b/c.json', bytes('one'), live)).toBe('created');
    expect(await textOf(store, 'a/b/c.json')).toBe('one');
    expect(await textOf(await second(), 'a/b/c.json')).toBe('one');
  });

  test('a name that is taken stays as it is (I-3)', async () => {
    const { store } = world();
    await store.putIfAbsent('a/1', bytes('first'), live);
    expect(await store.putIfAbsent('a/1', bytes('second'), live)).toBe('exists');
    expect(await textOf(store, 'a/1')).toBe('first');
  });

  test('of ten writers to one name exactly one creates it, and its bytes are there (I-3)', async () => {
    const { store, second } = world();
    const stores = [store, await second()];
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, writer) =>
          (stores[writer % 2] ?? store).putIfAbsent(`race/${round}`, bytes(`writer ${writer}`), live),
        ),
      );
      expect(answers.filter(answer => answer === 'created')).toHaveLength(1);
      expect(await textOf(store, `race/${round}`)).toBe(`writer ${answers.indexOf('created')}`);
    }
  });

  test('an empty file is a file', async () => {
    const { store } = world();
    await store.putIfAbsent('a/empty', bytes(''), live);
    expect(await textOf(store, 'a/empty')).toBe('');
  });
}

function reading(world: () => StoreUnderTest & { readonly scratch: string }): void {
  test('a local file is put as it is and left where it is', async () => {
    const { store, scratch } = world();
    const file = join(scratch, 'source');
    await writeFile(file, 'from disk');
    expect(await store.putIfAbsent('a/file', { file }, live)).toBe('created');
    expect(await textOf(store, 'a/file')).toBe('from disk');
    expect(await readFile(file, 'utf8')).toBe('from disk');
  });

  test('what is not there reads as null, lists as nothing and can be removed', async () => {
    const { store } = world();
    expect(await store.read('no/such', live)).toBeNull();
    expect(await store.list('no', { signal: live })).toEqual([]);
    await store.remove('no/such', live);
  });

  test('listing is by path in code-unit order, deep or not, with sizes', async () => {
    const { store } = world();
    for (const path of ['l/b.json', 'l/B.json', 'l/a/z.json', 'l/a.json', 'other/x', 'l2/x']) {
      await store.putIfAbsent(path, bytes(path), live);
    }
    const deep = await store.list('l', { signal: live });
    expect(deep.map(file => file.path)).toEqual(['l/B.json', 'l/a.json', 'l/a/z.json', 'l/b.json']);
    expect(deep.map(file => file.bytes)).toEqual(deep.map(file => file.path.length));
    const flat = await store.list('l', { signal: live, deep: false });
    expect(flat.map(file => file.path)).toEqual(['l/B.json', 'l/a.json', 'l/b.json']);
    expect((await store.list('', { signal: live })).map(file => file.path)).toHaveLength(6);
  });

  test('a removed file is gone', async () => {
    const { store } = world();
    await store.putIfAbsent('a/1', bytes('x'), live);
    await store.remove('a/1', live);
    expect(await store.read('a/1', live)).toBeNull();
    expect(await store.putIfAbsent('a/1', bytes('y'), live)).toBe('created');
  });

  test('a local copy has the bytes', async () => {
    const { store } = world();
    await store.putIfAbsent('a/data.parquet', bytes('columns'), live);
    expect(await readFile(await store.localFile('a/data.parquet', live), 'utf8')).toBe('columns');
    await expect(store.localFile('a/none.parquet', live)).rejects.toMatchObject({ code: 'store/failed' });
  });
}

function publishing(world: () => StoreUnderTest): void {
  const publish = (store: ByteStore, text: string, sequence: number) =>
    store.publish('t/2024.csv', bytes(text), { sequence, signal: live });

  test('a published name shows the newest sequence, replaced whole', async () => {
    const { store, second } = world();
    expect(await store.publishedSequence('t/2024.csv', live)).toBeNull();
    expect(await publish(store, 'a long first text', 3)).toBe('published');
    expect(await publish(store, 'two', 5)).toBe('published');
    expect(await textOf(store, 't/2024.csv')).toBe('two');
    expect(await (await second()).publishedSequence('t/2024.csv', live)).toBe(5);
  });

  test('a stale publisher changes nothing, and is told; the same sequence may repeat (I-3)', async () => {
    const { store, second } = world();
    await publish(store, 'newer', 5);
    const other = await second();
    expect(await publish(other, 'older', 4)).toBe('stale');
    expect(await textOf(store, 't/2024.csv')).toBe('newer');
    expect(await publish(other, 'again', 5)).toBe('published');
    expect(await textOf(store, 't/2024.csv')).toBe('again');
  });

  test('of publishers at once the highest sequence is left, and it never falls meanwhile (I-3)', async () => {
    const { store, second } = world();
    const stores = [store, await second()];
    const order = [4, 9, 2, 7, 10, 1, 8, 3, 6, 5];
    let highest = 0;
    await Promise.all(
      order.map(async (sequence, index) => {
        const answer = await publish(stores[index % 2] ?? store, `text ${sequence}`, sequence);
        if (answer === 'published') highest = Math.max(highest, sequence);
        const shown = Number((await textOf(store, 't/2024.csv'))?.slice(5));
        expect(shown).toBeGreaterThanOrEqual(answer === 'published' ? sequence : highest);
      }),
    );
    expect(await textOf(store, 't/2024.csv')).toBe('text 10');
    expect(await store.publishedSequence('t/2024.csv', live)).toBe(10);
  });

  test('a reader beside a publisher never sees a half or empty file (I-5)', async () => {
    const { store } = world();
    const texts = ['a', 'b'].map(letter => letter.repeat(300_000));
    await publish(store, texts[0] ?? '', 0);
    let done = false;
    const writing = (async () => {
      for (let sequence = 1; sequence <= 20; sequence += 1) await publish(store, texts[sequence % 2] ?? '', sequence);
      done = true;
    })();
    let reads = 0;
    while (!done) {
      expect(texts).toContain(await textOf(store, 't/2024.csv'));
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
  });

  test('a removed publication is shown no more, and a stale publisher cannot bring back an older one', async () => {
    const { store } = world();
    await publish(store, 'five', 5);
    await store.remove('t/2024.csv', live);
    expect(await store.publishedSequence('t/2024.csv', live)).toBeNull();
    expect(await publish(store, 'four', 4)).toBe('stale');
    expect(await store.read('t/2024.csv', live)).toBeNull();
    expect(await publish(store, 'six', 6)).toBe('published');
  });

  test('listings show what was put and published, and nothing of the store’s own', async () => {
    const { store } = world();
    await publish(store, 'five', 5);
    await store.putIfAbsent('.lakelink/account/log/1.json', bytes('{}'), live);
    const listed = (await store.list('', { signal: live })).map(file => file.path);
    expect(listed).toEqual(['.lakelink/account/log/1.json', 't/2024.csv']);
  });
}

function stopping(world: () => StoreUnderTest): void {
  test('after an abort nothing is done, and the reason is thrown', async () => {
    const { store } = world();
    const stop = new AbortController();
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(store.putIfAbsent('a/1', bytes('x'), stop.signal)).rejects.toBe(reason);
    await expect(store.publish('a/2', bytes('x'), { sequence: 1, signal: stop.signal })).rejects.toBe(reason);
    await expect(store.read('a/1', stop.signal)).rejects.toBe(reason);
    await expect(store.list('a', { signal: stop.signal })).rejects.toBe(reason);
    await expect(store.remove('a/1', stop.signal)).rejects.toBe(reason);
    expect(await store.list('', { signal: live })).toEqual([]);
  });

  test('an abort during a put leaves the whole file or none (I-1)', async () => {
    const { store } = world();
    const text = 'x'.repeat(200_000);
    for (let round = 0; round < 8; round += 1) {
      const stop = new AbortController();
      const put = store.putIfAbsent(`abort/${round}`, bytes(text), stop.signal).catch(() => 'stopped');
      for (let turn = 0; turn < round; turn += 1) await new Promise(resolve => setImmediate(resolve));
      stop.abort(new Error('stopped'));
      await put;
      expect([null, text]).toContain(await textOf(store, `abort/${round}`));
    }
  });
}
