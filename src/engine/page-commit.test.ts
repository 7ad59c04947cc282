import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { CrateEnvironment, crateShape, crateTable } from '../../test/simulation/crate-environment.ts';
import { CrateSpool } from '../../test/simulation/crate-spool.ts';
import type { Batcher, BuildResult } from '../core/batcher.ts';
import { TableLog } from '../core/commit-log.ts';
import type { Cursor } from '../core/cursor.ts';
import { parseLinkName } from '../core/names.ts';
import type { Column, TableShape } from '../core/shape.ts';
import { Gate } from './gate.ts';
import { commitPage } from './page-commit.ts';
import { ReadQueue } from './read-queue.ts';
import { CommittedTable, type TableParts } from './table-parts.ts';

const link = parseLinkName('crates');
const NOTHING: BuildResult = { is: 'built', file: null, highWater: null, repaired: 0, quarantined: [] };

function column(name: string, more: Partial<Column> = {}): Column {
  return {
    name,
    kind: 'string',
    property: name,
    typeProperty: null,
    attributeType: 'String',
    attributeTypeName: 'StringType',
    maxLength: 100,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId: `id of ${name}`,
    ...more,
  };
}

const withColumns = (...columns: Column[]): TableShape => ({ ...crateShape, columns });

/** A table that runs, committed, with these columns; the environment has `fresh` now. */
async function running(columns: readonly Column[], fresh: TableShape, answers: BuildResult[]) {
  const clock = new FakeClock({ auto: true });
  const source = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page' });
  source.shape = async () => fresh;
  let nonces = 0;
  const newNonce = () => {
    nonces += 1;
    return `nonce-${String(nonces).padStart(8, '0')}`;
  };
  const store = new MemoryStore({ clock });
  const spool = new CrateSpool();
  const warned: string[] = [];
  const parts: TableParts = {
    link,
    table: crateTable,
    source,
    store,
    log: new TableLog({ store, table: crateTable, clock, newNonce }),
    spool,
    batcher: { build: async () => answers.shift() ?? NOTHING } as unknown as Batcher,
    replica: {
      publishTable: async () => ({ files: 0, bytes: 0 }),
      publishLink: async () => {},
      tidyTable: async () => {},
      withdrawTable: async () => {},
    },
    clock,
    settings: {
      partitionStrategy: 'year',
      writeMode: 'in-place',
      pollMs: 1,
      quietPollMs: 1,
      retryMs: 1,
      retryMsMax: 1,
      pausedMs: 1,
      publishMs: 1,
      describeMs: 1,
      renewCursorMs: 1,
    },
    readQueue: new ReadQueue({ places: 1, clock, patienceMs: 60_000 }),
    fullGate: new Gate(1),
    deltaGate: new Gate(1),
    upkeepGate: new Gate(1),
    quietPolls: { ask: async () => ({ is: 'changed' }) },
    report: { info: () => {}, warn: (sentence, fields) => warned.push(`${sentence} ${JSON.stringify(fields)}`) },
    environment: { require: async () => ({ epoch: 0, looks: 1 }), doubt: () => {} },
    onPublished: () => {},
  };
  const committed = await CommittedTable.load(parts, live);
  await committed.commit({ kind: 'shape', shape: withColumns(...columns) }, live);
  const cursor: Cursor = { at: 'running', delta: 'd1', next: null };
  await committed.commit(
    {
      kind: 'rows',
      batch: null,
      prevCursor: { at: 'start' },
      nextCursor: cursor,
      highWater: '10',
      sinkAt: new Date(clock.nowMs()).toISOString(),
      repaired: 0,
      quarantined: [],
    },
    live,
  );
  const page = await spool.compose({ link, table: crateTable, generation: 0, read: 'delta', address: 'd1' }, []);
  return { parts, committed, page, warned };
}

test('a page that shows that a removed column came back leaves the full read to come, and is not counted as it (I-6)', async () => {
  const { parts, committed, page } = await running(
    [column('a', { removed: true }), column('b')],
    withColumns(column('a'), column('b'), column('c')),
    [{ is: 'unknown-properties', names: ['c'] }],
  );
  const nextCursor: Cursor = { at: 'running', delta: 'd2', next: null };
  await commitPage(parts, committed, { page, madeFrom: committed.state, nextCursor }, live).catch(() => undefined);
  await committed.refresh(live);
  expect(committed.state.generation).toBe(1);
  expect(committed.state.cursor).toEqual({ at: 'full', next: null, pages: 0 });
});

test('rows that were set aside are told, not only noted in the log', async () => {
  const { parts, committed, page, warned } = await running([column('b')], withColumns(column('b')), [
    { ...NOTHING, quarantined: ['#0'] },
  ]);
  await commitPage(
    parts,
    committed,
    { page, madeFrom: committed.state, nextCursor: { at: 'running', delta: 'd2', next: null } },
    live,
  );
  expect(warned.join()).toContain('set aside');
});

test('changes that another worker committed meanwhile are not committed again as if they came after them (I-2, I-3)', async () => {
  const { parts, committed, page } = await running([column('b')], withColumns(column('b')), []);
  const madeFrom = committed.state;
  const other = await CommittedTable.load(parts, live);
  const moved = { at: 'running', delta: 'd2', next: null } as const;
  await commitPage(parts, other, { page, madeFrom: other.state, nextCursor: moved }, live);
  // A fold beside brought this worker's view up to date before its own page was built.
  await committed.refresh(live);
  const late = commitPage(parts, committed, { page, madeFrom, nextCursor: { ...moved, delta: 'd2 again' } }, live);
  await expect(late).rejects.toMatchObject({ code: 'lake/lost-race' });
  expect(committed.state.cursor).toEqual(moved);
});

test('rows that were read one by one win over every delete that waits, also of a delta that was broken off (I-4)', async () => {
  const chains: string[][] = [];
  const { parts, committed, page } = await running([column('b')], withColumns(column('b')), []);
  parts.batcher.build = async ({ chain }) => {
    chains.push(chain.map(path => readFileSync(path, 'utf8')));
    return NOTHING;
  };
  const commitRows = async (name: string, deletes: number, next: string | null) => {
    const { cursor } = committed.state;
    const file = await parts.log.putData({
      kind: 'batch',
      file: { content: Buffer.from(name), rows: 1 },
      signal: live,
    });
    const nextCursor: Cursor = { at: 'running', delta: name, next };
    const rest = { highWater: '10', sinkAt: new Date(0).toISOString(), repaired: 0, quarantined: [] };
    const batch = { ...file, deletes };
    await committed.commit({ kind: 'rows', batch, prevCursor: cursor, nextCursor, ...rest }, live);
  };
  await commitRows('d2', 1, 'in the middle');
  const full: Cursor = { at: 'full', next: null, pages: 0 };
  const { cursor: prevCursor } = committed.state;
  await committed.commit({ kind: 'reset', reason: 'expired', prevCursor, nextCursor: full }, live, { generation: 1 });
  await commitRows('d3', 0, null);
  const alone = await parts.spool.compose({ ...page.key, generation: 1, read: 'rows', address: 'narrow 0' }, [], live);
  const { state } = committed;
  await commitPage(parts, committed, { page: alone, madeFrom: state, nextCursor: state.cursor }, live);
  expect(chains).toEqual([['d2']]);
});
