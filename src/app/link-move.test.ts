import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { TableLog } from '../core/commit-log.ts';
import type { Cursor } from '../core/cursor.ts';
import { parseTableName } from '../core/names.ts';
import { moveCursors } from './link-move.ts';

const signal = new AbortController().signal;
const clock = new FakeClock();
const table = parseTableName('account');
const OLD = 'https://contoso.crm.dynamics.com';
const NEW = 'https://contoso2.crm4.dynamics.com:444';
const link = (origin: string, token: string) => `${origin}/api/data/v9.2/accounts?$deltatoken=${token}`;

let nonces = 0;
function newNonce(): string {
  nonces += 1;
  return `nonce-${String(nonces).padStart(8, '0')}`;
}

/** A lake whose table stands at a cursor, and what it stands at after a move. */
async function movedFrom(cursor: Cursor, times = 1): Promise<{ readonly cursor: Cursor; readonly entries: number }> {
  const store = new MemoryStore({ clock });
  const log = new TableLog({ store, table, clock, newNonce });
  let state = await log.load(signal);
  if (cursor.at !== 'start') {
    const { at } = cursor;
    const body = { batch: null, highWater: '7', sinkAt: '2026-01-01T00:00:00.000Z', repaired: 0, quarantined: [] };
    const entry = { kind: 'rows', prevCursor: state.cursor, nextCursor: cursor, ...body } as const;
    state = (await log.commit(state, entry, { signal })).state;
    expect(state.cursor.at).toBe(at);
  }
  const before = state.tail;
  for (let time = 0; time < times; time += 1) {
    await moveCursors({ store, tables: [table], to: NEW, clock, newNonce, signal });
  }
  const after = await log.load(signal);
  await store.close();
  expect(after.highWater).toBe(state.highWater);
  expect(after.initialSyncCompletedAt).toBe(state.initialSyncCompletedAt);
  return { cursor: after.cursor, entries: after.tail - before };
}

test.each<[string, Cursor, Cursor]>([
  [
    'a table that is up to date',
    { at: 'running', delta: link(OLD, '1'), next: null },
    { at: 'running', delta: link(NEW, '1'), next: null },
  ],
  [
    'one in the middle of its changes',
    { at: 'running', delta: link(OLD, '1'), next: link(OLD, '2') },
    { at: 'running', delta: link(NEW, '1'), next: link(NEW, '2') },
  ],
  [
    'one in post-processing',
    { at: 'settling', delta: link(OLD, '1'), next: null },
    { at: 'settling', delta: link(NEW, '1'), next: null },
  ],
  [
    'one in the middle of its initial sync',
    { at: 'full', next: link(OLD, '3'), pages: 3 },
    { at: 'full', next: link(NEW, '3'), pages: 3 },
  ],
])('%s goes on under the new address, once', async (_, from, to) => {
  expect(await movedFrom(from)).toEqual({ cursor: to, entries: 1 });
  expect(await movedFrom(from, 2)).toEqual({ cursor: to, entries: 1 });
});

test.each<[string, Cursor]>([
  ['nothing was read yet', { at: 'start' }],
  ['the first page is to be read', { at: 'full', next: null, pages: 0 }],
])('where %s there is nothing to move', async (_, cursor) => {
  expect(await movedFrom(cursor)).toEqual({ cursor, entries: 0 });
});
