import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/kit/clock.ts';
import { LakeOfLogs } from '../../../test/kit/lake-of-logs.ts';
import { counter, live } from '../../../test/kit/log-values.ts';
import { MemoryStore } from '../../../test/kit/memory-store.ts';
import { type Engine, openEngine, type Row } from '../../batch/duckdb.ts';
import { ident } from '../../batch/sql.ts';
import { Cleanup } from '../../core/cleanup.ts';
import type { TableStatus } from '../../core/status.ts';
import { openLakeReader } from '../lake-reader.ts';
import { openSystemRelations } from './lake-system-relations.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs', 'workspace-system.md');
const cleanup = new Cleanup();
let engine: Engine;
beforeAll(async () => {
  const tempDirectory = cleanup.add(mkdtempSync(join(tmpdir(), 'lakelink-system-')), path =>
    rmSync(path, { recursive: true, force: true }),
  );
  engine = cleanup.add(await openEngine({ threads: 1, tempDirectory }), opened => opened.close());
});
afterAll(() => cleanup.close());

const STATUS: TableStatus = {
  link: 'sales',
  table: 'account',
  initialSync: 'Completed',
  sync: 'Paused',
  label: 'Paused',
  queued: null,
  count: 3,
  progress: { rows: 1, estimate: 10 },
  lastSynchronizedOn: null,
  lastPolledOn: '2026-01-01T00:00:50.000Z',
  rowsPerSecond: 12.5,
  changes: { rows: 3, deletes: 0 },
  pendingBatches: 1,
  partitionStrategy: 'year',
  appendOnly: false,
  lastSnapshotOn: null,
  postProcessingMs: null,
  omittedColumns: 0,
  paused: 'on purpose',
  error: null,
};

async function world({ statuses = null }: { readonly statuses?: readonly TableStatus[] | null } = {}) {
  const clock = new FakeClock();
  const shared = new MemoryStore({ clock });
  const lake = new LakeOfLogs({ store: shared, clock });
  await lake.link(['account', 'contact'], { lakeName: 'dataverse-contoso' });
  await lake.commitShape('account');
  for (let n = 0; n < 3; n += 1) {
    await clock.advance(1_000);
    await lake.commitRow('account');
  }
  await lake.commitFold('account');
  await lake.commitRow('account');
  const file = { partition: '2026', path: 'account/Snapshot/2026_1767225603.csv', bytes: 42, rows: 3, changedAt: 5 };
  await lake.commit('account', ({ image }) => ({
    kind: 'snapshot',
    takenAt: new Date(clock.nowMs()).toISOString(),
    foldedAt: image?.foldedAt ?? 0,
    shapeAt: 1,
    keep: 5,
    files: [file],
  }));
  await lake.commitShape('account', ['accountid', 'name', 'later']);
  const store = shared.handle();
  const reader = openLakeReader({ store, clock, newNonce: counter('reader') });
  const relations = openSystemRelations({ reader, live: async () => statuses, nowMs: () => clock.nowMs() });
  return { clock, shared, lake, store, relations };
}

type World = Awaited<ReturnType<typeof world>>;

/** Rows of a system table; `names`: the columns that the statement is said to use. */
async function rowsOf(
  { relations }: Pick<World, 'relations'>,
  name: string,
  {
    sql = 'SELECT * FROM t',
    names = null,
  }: { readonly sql?: string; readonly names?: ReadonlySet<string> | null } = {},
): Promise<Row[]> {
  const relation = relations.find(name);
  if (relation?.is !== 'rows') throw new Error('not there');
  return engine.session(async session => {
    const rows = await relation.sql(session, live, names);
    return session.runAll(`WITH t AS (${rows}) ${sql}`);
  }, live);
}

describe('the system tables of a lake', () => {
  test('tell of the link without reading a single log', async () => {
    const it = await world();
    expect(await rowsOf(it, 'LINKS')).toMatchObject([
      {
        name: 'sales',
        environment_url: 'https://contoso.crm.dynamics.com',
        lake: 'dataverse-contoso',
        output: 'replica',
        tables: 2,
        snapshot_minutes: 60,
        incremental_minutes: null,
      },
    ]);
    expect(it.store.calls.map(({ path }) => path)).toEqual(['.lakelink/link.json']);
  });

  test('are named and described without reading anything', async () => {
    const { relations, store } = await world();
    const infos = relations.infos();
    expect(infos.map(({ name }) => name)).toEqual([
      'commits',
      'files',
      'links',
      'runs',
      'shapes',
      'snapshots',
      'tables',
    ]);
    for (const { columns } of infos) for (const one of columns) expect(one.comment).toMatch(/^[A-Z0-9<]?.+/);
    expect(relations.find('commits')?.info).toEqual(infos[0]);
    expect(relations.find('nothing')).toBeNull();
    expect(store.calls).toEqual([]);
  });

  test('show of each table what is committed, and nothing of the service while none runs', async () => {
    const it = await world();
    await it.clock.advance(60_000);
    const [account, contact] = await rowsOf(it, 'tables');
    expect(account).toMatchObject({
      table_name: 'account',
      sync_state: 'InProgress',
      initial_sync: 'Completed',
      append_only: false,
      row_count: '1',
      rows_committed: '4',
      pending_batches: 1,
      pending_rows: '1',
      image_rows: '1',
      image_bytes: '5',
      snapshots: 1,
      columns: 3,
      sequence: '8',
      freshness_seconds: 60,
      label: null,
      error_code: null,
    });
    expect(contact).toMatchObject({ table_name: 'contact', sync_state: 'NotStarted', sequence: '0', columns: null });
  });

  test('show what a running service says beside it, of its own link alone', async () => {
    const it = await world({ statuses: [STATUS, { ...STATUS, link: 'other', table: 'contact', label: 'Retrying' }] });
    await it.clock.advance(57_000);
    const [account, contact] = await rowsOf(it, 'tables');
    expect(account).toMatchObject({
      label: 'Paused',
      sync_state: 'Paused',
      paused: 'on purpose',
      rows_per_second: 12.5,
      progress_estimate: '10',
      freshness_seconds: 10,
    });
    expect(contact).toMatchObject({ label: null });
  });

  test('a table whose log cannot be read is in tables with its fault, and no other suffers (I-8)', async () => {
    const it = await world();
    it.shared.plant('.lakelink/contact/log/00000000000000000001.json', '{');
    const [account, contact] = await rowsOf(it, 'tables');
    expect(account).toMatchObject({ sequence: '8', error_code: null });
    expect(contact).toMatchObject({ sequence: null, sync_state: null, error_code: 'lake/corrupt' });
    expect(await rowsOf(it, 'commits')).toHaveLength(8);
    expect(await rowsOf(it, 'runs')).not.toEqual([]);
  });

  test('have a commit at the next query, and read only what came since', async () => {
    const it = await world();
    expect(await rowsOf(it, 'commits')).toHaveLength(8);
    await it.lake.commitRow('account');
    it.store.calls.length = 0;
    const rows = await rowsOf(it, 'commits', { sql: 'SELECT * FROM t ORDER BY sequence DESC' });
    expect(rows).toHaveLength(9);
    expect(rows[0]).toMatchObject({ table_name: 'account', sequence: '9', kind: 'rows', rows: '1', high_water: '0' });
    const read = it.store.calls.filter(({ operation, path }) => operation === 'read' && path.includes('/log/'));
    expect(read.map(({ path }) => path)).toEqual(['.lakelink/account/log/00000000000000000009.json']);
  });

  test('show the same rows to a statement that reads them twice, whatever comes meanwhile (I-5)', async () => {
    const it = await world();
    const relation = it.relations.find('commits');
    if (relation?.is !== 'rows') throw new Error('not there');
    const count = await engine.session(async session => {
      const first = await relation.sql(session, live, new Set(['sequence']));
      await it.lake.commitRow('account');
      const second = await relation.sql(session, live, new Set(['kind']));
      return session.runAll(
        `SELECT (SELECT count(sequence) FROM (${first})) AS a, (SELECT count(kind) FROM (${second})) AS b`,
      );
    }, live);
    expect(count).toEqual([{ a: '8', b: '8' }]);
  });

  test('give only the columns that are used, and rows to count where none is', async () => {
    const it = await world();
    const [one] = await rowsOf(it, 'files', { names: new Set(['bytes', 'kind']) });
    expect(Object.keys(one ?? {})).toEqual(['kind', 'bytes']);
    expect(await rowsOf(it, 'files', { sql: 'SELECT count(*) AS n FROM t', names: new Set() })).toEqual([{ n: '3' }]);
  });

  test('tell of files, snapshots and definitions', async () => {
    const it = await world();
    expect(await rowsOf(it, 'files', { sql: 'SELECT kind, partition, rows FROM t' })).toEqual([
      { kind: 'image', partition: '2026', rows: '1' },
      { kind: 'batch', partition: null, rows: '1' },
      { kind: 'snapshot', partition: '2026', rows: '3' },
    ]);
    expect(await rowsOf(it, 'snapshots')).toMatchObject([
      { table_name: 'account', sequence: '7', is_newest: true, files: 1, rows: '3', bytes: '42' },
    ]);
    const sql = 'SELECT sequence, is_current, count(*) AS columns FROM t GROUP BY ALL ORDER BY sequence';
    expect(await rowsOf(it, 'shapes', { sql })).toEqual([
      { sequence: '1', is_current: false, columns: '5' },
      { sequence: '8', is_current: true, columns: '6' },
    ]);
  });

  test('never show a cursor, whose links are secrets', async () => {
    const it = await world();
    for (const { name } of it.relations.infos()) {
      expect(JSON.stringify(await rowsOf(it, name))).not.toMatch(/"d[0-9]+"/);
    }
    expect(JSON.stringify(it.lake.state('account').cursor)).toMatch(/"d[0-9]+"/);
  });
});

describe('the page about them', () => {
  const examples = [...readFileSync(DOCS, 'utf8').matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);

  test('has examples that run', async () => {
    const { relations } = await world({ statuses: [STATUS] });
    const answers = await engine.session(async session => {
      await session.runAll('CREATE SCHEMA lakelink');
      for (const { name } of relations.infos()) {
        const relation = relations.find(name);
        if (relation?.is !== 'rows') continue;
        await session.runAll(`CREATE TABLE lakelink.${ident(name)} AS ${await relation.sql(session, live)}`);
      }
      const found: Row[][] = [];
      for (const sql of examples) found.push(await session.runAll(sql));
      await session.runAll('DROP SCHEMA lakelink CASCADE');
      return found;
    }, live);
    expect(answers.length).toBeGreaterThan(7);
    // Nothing came in the last hour of the real clock, and no column says that it came later.
    expect(answers.filter(rows => rows.length > 0).length).toBeGreaterThanOrEqual(7);
  });

  test('names every system table', async () => {
    const { relations } = await world();
    const text = readFileSync(DOCS, 'utf8');
    for (const { name } of relations.infos()) expect(text).toContain(`\`lakelink.${name}\``);
  });
});
