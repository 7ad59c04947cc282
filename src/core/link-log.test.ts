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
