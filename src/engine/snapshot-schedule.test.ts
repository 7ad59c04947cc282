import { expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { batch, dataFile, running } from '../../test/kit/log-values.ts';
import type { TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { emptyState } from '../core/log-state.ts';
import { parseTableName } from '../core/names.ts';
import { SnapshotSchedule } from './snapshot-schedule.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 2, 1, 10, 20);

/** A table whose snapshots only say when they were taken. */
class Table {
  readonly table;
  state: TableState;
  failures = 0;
  failure = new Fault('store/full', {});
  caughtUp = true;
  readonly taken: string[] = [];
  readonly #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.table = parseTableName(name);
    const partitions = [{ name: '2026', changedAt: 1, file: dataFile('image') }];
    const image = { foldedAt: 2, through: 1, partitions, rowCount: 1 };
    this.state = { ...emptyState(), tail: 2, cursor: running(1), initialSyncCompletedIn: 1, image };
  }

  change(): void {
    this.state = { ...this.state, pending: [{ sequence: 9, epoch: 0, batch: batch('new') }] };
  }

  readonly snapshot = async () => {
    if (this.failures > 0) {
      this.failures -= 1;
      this.#world.history.push(`${this.table} failed`);
      throw this.failure;
    }
    const takenAt = new Date(this.#world.clock.nowMs()).toISOString();
    this.taken.push(takenAt.slice(11, 16));
    this.#world.history.push(this.table);
    const file = { partition: '2026', path: 'a', bytes: 1, rows: 1, changedAt: 1 };
    const sequence = this.state.tail + 1;
    const snapshots = [{ sequence, takenAt, foldedAt: 2, shapeAt: 0, files: [file] }];
    this.state = { ...this.state, tail: sequence, pending: [], snapshots };
    return 'taken' as const;
  };
}

class World {
  readonly clock: FakeClock;
  readonly history: string[] = [];
  readonly tables: Table[];
  minutes: number | null = 60;
  readonly #shown = new Map<string, number | undefined>();
  publishes = true;
  schedule: SnapshotSchedule;

  constructor(names: readonly string[], clock = new FakeClock({ startMs: START_MS })) {
    this.clock = clock;
    this.tables = names.map(name => new Table(this, name));
    this.schedule = this.open();
  }

  open(): SnapshotSchedule {
    this.schedule = new SnapshotSchedule({
      writer: { writeSnapshot: async () => [] },
      settings: () => (this.minutes === null ? null : { intervalMs: this.minutes * MINUTE_MS, keep: 5 }),
      tables: () => this.tables,
      publish: async () => {
        const newest = this.tables.map(({ table, state }) => [table, state.snapshots[0]?.sequence] as const);
        if (!this.publishes) throw new Fault('store/failed', { path: 'model.json' });
        if (newest.some(([table, sequence]) => this.#shown.get(table) !== sequence)) this.history.push('manifest');
        for (const [table, sequence] of newest) this.#shown.set(table, sequence);
        return true;
      },
      clock: this.clock,
      report: { info: () => {}, warn: () => {} },
    });
    return this.schedule;
  }

  async start(): Promise<void> {
    this.schedule.start();
    await settle();
    this.history.length = 0;
  }

  table(at: number): Table {
    const table = this.tables[at];
    if (table === undefined) throw new Error('no such table');
    return table;
  }
}

test('every hour all tables that changed, then one manifest for all of them; nothing where nothing changed', async () => {
  const world = new World(['account', 'contact', 'lead']);
  await world.start();
  expect(world.table(0).taken).toEqual(['10:20']);
  await world.clock.advance(40 * MINUTE_MS);
  expect(world.history).toEqual([]);
  world.table(0).change();
  world.table(2).change();
  await world.clock.advance(59 * MINUTE_MS);
  expect(world.history).toEqual([]);
  await world.clock.advance(MINUTE_MS);
  expect(world.history).toEqual(['account', 'lead', 'manifest']);
  expect(world.tables.map(({ taken }) => taken)).toEqual([['10:20', '12:00'], ['10:20'], ['10:20', '12:00']]);
  await world.clock.advance(24 * 60 * MINUTE_MS + 7 * MINUTE_MS);
  expect(world.history).toHaveLength(3);
  // A change in the middle of the hour waits for its end, however old the newest snapshot is.
  world.table(1).change();
  world.schedule.wake();
  await world.clock.advance(52 * MINUTE_MS);
  expect(world.history).toHaveLength(3);
  await world.clock.advance(MINUTE_MS);
  expect(world.history.slice(3)).toEqual(['contact', 'manifest']);
  await world.schedule.end();
  expect(world.clock.sleeping).toBe(0);
});

test('after a downtime of days one snapshot makes up for all that were missed', async () => {
  const world = new World(['account']);
  await world.start();
  await world.schedule.end();
  await world.clock.advance(3 * 24 * 60 * MINUTE_MS + 5 * MINUTE_MS);
  world.table(0).caughtUp = false;
  world.open();
  await world.start();
  await world.clock.advance(2_000);
  // What changed meanwhile is only read now.
  world.table(0).change();
  world.table(0).caughtUp = true;
  world.schedule.wake();
  await settle();
  expect(world.table(0).taken).toEqual(['10:20', '10:25']);
  world.table(0).change();
  await world.clock.advance(34 * MINUTE_MS);
  expect(world.table(0).taken).toHaveLength(2);
  await world.schedule.end();
});

test('another interval counts at once, one minute as well, and off means none', async () => {
  const world = new World(['account']);
  await world.start();
  world.minutes = 1;
  world.schedule.wake();
  for (let minute = 0; minute < 5; minute += 1) {
    world.table(0).change();
    await world.clock.advance(MINUTE_MS);
  }
  expect(world.table(0).taken).toEqual(['10:20', '10:21', '10:22', '10:23', '10:24', '10:25']);
  world.minutes = null;
  world.table(0).change();
  await world.clock.advance(600 * MINUTE_MS);
  expect(world.table(0).taken).toHaveLength(6);
  await world.schedule.end();
});

test('made again after a time without them, they begin with what readers know already', async () => {
  const world = new World(['account', 'contact']);
  await world.start();
  world.minutes = null;
  world.table(0).change();
  await world.clock.advance(10 * MINUTE_MS);
  world.minutes = 60;
  world.schedule.catchUp();
  await world.clock.advance(MINUTE_MS);
  expect(world.history).toEqual(['account', 'manifest']);
  for (const table of world.tables) table.change();
  world.schedule.wake();
  await world.clock.advance(MINUTE_MS);
  expect(world.history).toHaveLength(2);
  await world.schedule.end();
});

test('a table that fails holds up no other; it is tried again with growing pauses, and says why until it succeeds (I-8)', async () => {
  const world = new World(['account', 'contact']);
  await world.start();
  for (const table of world.tables) table.change();
  world.table(0).failures = 3;
  await world.clock.advance(40 * MINUTE_MS);
  expect(world.history).toEqual(['account failed', 'contact', 'manifest']);
  expect(world.schedule.faultOf(world.table(0).table)?.code).toBe('store/full');
  await world.clock.advance(5_000);
  await world.clock.advance(10_000);
  expect(world.history.slice(3)).toEqual(['account failed', 'account failed']);
  await world.clock.advance(19_000);
  expect(world.history).toHaveLength(5);
  await world.clock.advance(1_000);
  expect(world.history.slice(5)).toEqual(['account', 'manifest']);
  expect(world.schedule.faultOf(world.table(0).table)).toBeNull();
  await world.schedule.end();
});

test('a table that was stopped during its snapshot, and is back as another one, has failed at nothing', async () => {
  const world = new World(['account']);
  await world.start();
  world.table(0).change();
  world.table(0).failures = 1;
  world.table(0).failure = new Fault('service/stopped', { table: 'account' });
  await world.clock.advance(40 * MINUTE_MS);
  expect(world.history).toEqual(['account failed']);
  expect(world.schedule.faultOf(world.table(0).table)).toBeNull();
  await world.schedule.end();
});

test('a manifest that could not be written is written a little later, without another snapshot', async () => {
  const world = new World(['account']);
  await world.start();
  world.table(0).change();
  world.publishes = false;
  await world.clock.advance(40 * MINUTE_MS);
  world.publishes = true;
  await world.clock.advance(5_000);
  expect(world.history).toEqual(['account', 'manifest']);
  await world.schedule.end();
});

test('a table whose initial sync is complete gets its first snapshot at once, several within a second share a manifest', async () => {
  const world = new World(['account', 'contact', 'lead']);
  const waiting = world.tables.splice(0);
  await world.start();
  for (const table of waiting) {
    world.tables.push(table);
    world.schedule.wake();
    await world.clock.advance(300);
  }
  await world.clock.advance(1_000);
  expect(world.history).toEqual(['account', 'contact', 'lead', 'manifest']);
  await world.schedule.end();
});

test('a person who wants snapshots now hears of each table how it went, and has the manifest that names them', async () => {
  const world = new World(['account', 'contact', 'lead']);
  await world.start();
  world.table(1).failures = 1;
  const [account, contact, lead] = world.tables.map(({ table }) => table);
  const results = await world.schedule.takeNow([account, contact].flatMap(table => table ?? []));
  expect(results.map(({ table, outcome, fault }) => [table, outcome, fault?.code ?? null])).toEqual([
    [account, 'taken', null],
    [contact, 'failed', 'store/full'],
  ]);
  expect(world.history).toEqual(['account', 'contact failed', 'manifest']);
  world.publishes = false;
  await expect(world.schedule.takeNow(lead === undefined ? [] : [lead])).rejects.toMatchObject({
    code: 'store/failed',
  });
  await world.schedule.end();
});
