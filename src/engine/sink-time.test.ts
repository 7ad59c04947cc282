import { afterEach, describe, expect, test } from 'vitest';
import { pageKey } from '../../test/kit/batch-fixtures.ts';
import { FakeClock } from '../../test/kit/clock.ts';
import { ACCOUNT, batch, live, openLog, rows, running } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { WriteMode } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { CommittedTable, type TableParts } from './table-parts.ts';

const stores: MemoryStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** A table of this mode at this cursor, whose newest batch was taken in some milliseconds ago. */
async function tableAt({ writeMode, cursor, agoMs }: { writeMode: WriteMode; cursor: Cursor; agoMs: number }) {
  const clock = new FakeClock({ auto: true });
  const store = new MemoryStore({ clock });
  stores.push(store);
  const log = openLog(store, { clock });
  const nowMs = Math.ceil(clock.nowMs() / 1_000) * 1_000 + 500;
  clock.nowMs = () => nowMs;
  const committed = await CommittedTable.load({ clock, log, table: ACCOUNT } as unknown as TableParts, live);
  await committed.commit({ kind: 'mode', partitionStrategy: 'year', writeMode }, live);
  const sinkAt = new Date(nowMs - agoMs).toISOString();
  await committed.commit(rows(committed.state, cursor, { batch: batch('b'), sinkAt }), live);
  return { committed, nowMs };
}

const deltaPage = { key: pageKey({ read: 'delta' }) };
const fullPage = { key: pageKey({ read: 'full' }) };
const rowsPage = { key: pageKey({ read: 'rows' }) };
const inDelta = running(1, 'page-2');
const inFull: Cursor = { at: 'full', next: 'page-2', pages: 1 };

describe('a batch’s sink time', () => {
  test.each([
    ['changes of a table that keeps versions', 'append', running(1), deltaPage, 'apart'],
    ['any page of its deltas', 'append', inDelta, deltaPage, 'apart'],
    ['changes of a link of folders', 'folders', inDelta, deltaPage, 'apart'],
    ['rows that were read one by one', 'append', inDelta, rowsPage, 'apart'],
    [
      'a delta of a table in place, which may keep versions from tomorrow on',
      'in-place',
      running(1),
      deltaPage,
      'apart',
    ],
    ['the first page of another full read', 'append', { at: 'full', next: null, pages: 0 }, fullPage, 'apart'],
    ['later pages of a delta of a table in place', 'in-place', inDelta, deltaPage, 'now'],
    ['later pages of a full read', 'append', inFull, fullPage, 'now'],
    ['no page at all', 'append', running(1), null, 'now'],
  ] as const)('of %s', async (_, writeMode, cursor, page, is) => {
    const { committed, nowMs } = await tableAt({ writeMode, cursor, agoMs: 300 });
    expect(committed.sinkAt(page).getTime()).toBe(is === 'now' ? nowMs : nowMs + 500);
  });

  test('is now where the batch before came in an earlier second', async () => {
    const { committed, nowMs } = await tableAt({ writeMode: 'append', cursor: running(1), agoMs: 600 });
    expect(committed.sinkAt(deltaPage).getTime()).toBe(nowMs);
  });

  test('never falls, also when the clock was set back', async () => {
    const { committed, nowMs } = await tableAt({ writeMode: 'append', cursor: running(1), agoMs: -60_000 });
    expect(committed.sinkAt().getTime()).toBe(nowMs + 60_000);
    expect(committed.sinkAt(deltaPage).getTime()).toBe(nowMs + 60_500);
  });
});
