import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { ACCOUNT, counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { LINK_FILE, type LinkFile, readLinkFile, writeLinkFile } from './link-file.ts';
import { emptyLinkState, LinkLog, type LinkState } from './link-log.ts';
import { parseLinkName, parseTableName } from './names.ts';

const CONTACT = parseTableName('contact');

function open(store: MemoryStore, writer = 'writer'): LinkLog {
  return new LinkLog({ store, clock: new FakeClock({ auto: true }), newNonce: counter(writer) });
}

async function withTables(log: LinkLog): Promise<LinkState> {
  let state = emptyLinkState();
  for (const table of [ACCOUNT, CONTACT]) {
    state = (await log.commit(state, { kind: 'table-added', table, from: 0 }, { signal: live })).state;
  }
  return state;
}

describe('link log', () => {
  test('holds tables and what a manifest shows of them, and loads as committed (I-7)', async () => {
    const store = new MemoryStore();
    const log = open(store);
    let state = await withTables(log);
    state = (await log.commit(state, { kind: 'manifest', tables: { account: 5 } }, { signal: live })).state;
    expect(state).toEqual({
      ...emptyLinkState(),
      tail: 3,
      members: [ACCOUNT, CONTACT],
      shown: { account: 5 },
      manifestAt: 3,
    });
    expect(await open(store).load(live)).toEqual(state);
  });

  test('a manifest made from older states than the last one is discarded (I-3)', async () => {
    const store = new MemoryStore();
    const log = open(store);
    const state = await withTables(log);
    await open(store, 'other').commit(
      state,
      { kind: 'manifest', tables: { account: 6, contact: 1 } },
      { signal: live },
    );
    const answer = await log.commit(state, { kind: 'manifest', tables: { account: 5, contact: 2 } }, { signal: live });
    expect(answer.outcome).toBe('discarded');
    expect(answer.state.shown).toEqual({ account: 6, contact: 1 });
  });

  test('a manifest with a table that left is discarded, and the table can come back', async () => {
    const store = new MemoryStore();
    const log = open(store);
    let state = await withTables(log);
    state = (await log.commit(state, { kind: 'manifest', tables: { account: 6 } }, { signal: live })).state;
    const left = (await log.commit(state, { kind: 'table-removed', table: ACCOUNT }, { signal: live })).state;
    expect(left.shown).toEqual({});
    const late = await open(store, 'late').commit(
      state,
      { kind: 'manifest', tables: { account: 7 } },
      { signal: live },
    );
    expect(late.outcome).toBe('discarded');
    const back = await log.commit(left, { kind: 'table-added', table: ACCOUNT, from: 7 }, { signal: live });
    expect(back.state.members).toEqual([CONTACT, ACCOUNT]);
  });

  test('of two that add one table at once exactly one does', async () => {
    const store = new MemoryStore();
    const body = { kind: 'table-added', table: ACCOUNT, from: 0 } as const;
    const answers = await Promise.all(
      ['a', 'b'].map(writer => open(store, `writer-${writer}`).commit(emptyLinkState(), body, { signal: live })),
    );
    expect(answers.map(answer => answer.outcome).toSorted()).toEqual(['committed', 'discarded']);
  });

  test('long logs are checkpointed and swept, and load the same', async () => {
    const clock = new FakeClock({ auto: true });
    const store = new MemoryStore({ clock });
    const log = new LinkLog({ store, clock, newNonce: counter('writer') });
    let state = await withTables(log);
    for (let sequence = 1; sequence <= 250; sequence += 1) {
      state = (await log.commit(state, { kind: 'manifest', tables: { account: sequence } }, { signal: live })).state;
    }
    await clock.advance(25 * 3_600_000);
    expect(await log.sweep(live)).toEqual({ entries: 99, checkpoints: 0 });
    expect(await open(store).load(live)).toEqual(state);
  });
});

describe('incremental folders', () => {
  const [FIRST, SECOND, THIRD] = ['2026-01-01T00.00.00Z', '2026-01-01T00.05.00Z', '2026-01-01T00.10.00Z'] as const;
  const closed = (name: string, next: string, after: number, through: number) =>
    ({ kind: 'folder-closed', name, next, tables: { account: { after, through, shapeAt: 2 } } }) as const;

  async function opened(log: LinkLog): Promise<LinkState> {
    const { state } = await log.commit(emptyLinkState(), { kind: 'folder-opened', name: FIRST }, { signal: live });
    return state;
  }

  test('what is in a folder is decided once, and stays so until the folder is finished (I-2)', async () => {
    const store = new MemoryStore();
    const log = open(store);
    const open1 = await opened(log);
    const { state } = await log.commit(open1, closed(FIRST, SECOND, 0, 7), { signal: live });
    expect(state).toMatchObject({ folder: SECOND, closing: { sequence: 2, name: FIRST }, exported: { account: 7 } });
    expect(await open(store).load(live)).toEqual(state);
    // Another worker that decided from the state before: its folder would hold the same changes again.
    const late = await open(store, 'late').commit(open1, closed(FIRST, SECOND, 0, 9), { signal: live });
    expect(late.outcome).toBe('discarded');
    const next = await log.commit(state, closed(SECOND, THIRD, 7, 9), { signal: live });
    expect(next.outcome).toBe('discarded');
    const finished = (await log.commit(state, { kind: 'folder-finished', name: FIRST }, { signal: live })).state;
    expect(finished.closing).toBeNull();
    const second = await log.commit(finished, closed(SECOND, THIRD, 7, 9), { signal: live });
    expect(second.state.exported).toEqual({ account: 9 });
  });

  test.each([
    ['changes that are in a folder already', closed(FIRST, SECOND, 3, 9)],
    ['a next name that does not rise', closed(FIRST, FIRST, 0, 7)],
    ['a folder that is not the one in progress', closed(SECOND, THIRD, 0, 7)],
  ])('%s is no closing', async (_, body) => {
    const log = open(new MemoryStore());
    expect((await log.commit(await opened(log), body, { signal: live })).outcome).toBe('discarded');
  });

  test('a folder is opened under a higher name only', async () => {
    const log = open(new MemoryStore());
    const state = (await log.commit(await opened(log), { kind: 'folder-opened', name: SECOND }, { signal: live }))
      .state;
    expect(state.folder).toBe(SECOND);
    const back = await log.commit(state, { kind: 'folder-opened', name: FIRST }, { signal: live });
    expect(back.outcome).toBe('discarded');
  });

  test('a table that left the link and came back is exported from its start again', async () => {
    const log = open(new MemoryStore());
    let state = await opened(log);
    for (const body of [
      { kind: 'table-added', table: ACCOUNT, from: 0 },
      closed(FIRST, SECOND, 0, 7),
      { kind: 'folder-finished', name: FIRST },
      { kind: 'table-removed', table: ACCOUNT },
    ] as const) {
      state = (await log.commit(state, body, { signal: live })).state;
    }
    expect(state.exported).toEqual({});
  });
});

describe('link.json', () => {
  const file: LinkFile = {
    format: 1,
    revision: 1,
    linkId: 'link-1',
    name: parseLinkName('sales'),
    environmentUrl: 'https://contoso.crm.dynamics.com',
    organizationId: '5b0a9ab0-7a5a-4dbb-9a83-6f0b0f3d8f10',
    tables: [ACCOUNT],
    partitionStrategy: 'year',
    createdAt: '2026-01-01T00:00:00.000Z',
  };

  test('reads as written; a lake without one is no link’s (I-7)', async () => {
    const store = new MemoryStore();
    expect(await readLinkFile(store, live)).toBeNull();
    await writeLinkFile(store, file, live);
    expect(await readLinkFile(store, live)).toEqual(file);
  });

  test('of another link is never overwritten', async () => {
    const store = new MemoryStore();
    await writeLinkFile(store, file, live);
    await expect(writeLinkFile(store, { ...file, linkId: 'link-2' }, live)).rejects.toMatchObject({
      code: 'lake/foreign',
    });
    expect(await readLinkFile(store, live)).toEqual(file);
  });

  test('does not go back to an older revision', async () => {
    const store = new MemoryStore();
    await writeLinkFile(store, file, live);
    await writeLinkFile(store, { ...file, revision: 3 }, live);
    await expect(writeLinkFile(store, file, live)).rejects.toMatchObject({ code: 'lake/lost-race' });
  });

  test.each(['', '{', '[]', '{"format":2}', JSON.stringify({ ...file, tables: ['../x'] })])(
    'that is broken is lake/corrupt: %s',
    async text => {
      const store = new MemoryStore();
      store.plant(LINK_FILE, text);
      await expect(readLinkFile(store, live)).rejects.toMatchObject({
        code: 'lake/corrupt',
        details: { path: LINK_FILE },
      });
    },
  );
});
