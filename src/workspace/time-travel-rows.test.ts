import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chance } from '../../test/kit/chance.ts';
import { FakeClock } from '../../test/kit/clock.ts';
import { LakeOfLogs, table } from '../../test/kit/lake-of-logs.ts';
import { type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { column, counter, live, rows, running, shapeOf } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import { mergeSql } from '../batch/merge.ts';
import { Cleanup } from '../core/cleanup.ts';
import type { TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { type LakeReader, openLakeReader } from './lake-reader.ts';

const ACCOUNT = table('account');
const SHAPE = shapeOf([column('accountid', 'guid'), column('name', 'string')]);
const hourMs = 3_600_000;
const cleanup = new Cleanup();
let engine: Engine;
let folder: string;
beforeAll(async () => {
  folder = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-travel-')), path => rm(path, { recursive: true }));
  engine = cleanup.add(await openEngine({ threads: 1, tempDirectory: join(folder, 'spill') }), one => one.close());
});
afterAll(() => cleanup.close());

const uuid = (id: number) => `00000000-0000-0000-0000-${String(id).padStart(12, '0')}`;

/** What a commit says of ids: a name, or null for a delete. */
type Words = ReadonlyMap<number, string | null>;

/** A table that changes for days, with what was live after each commit remembered beside the lake. */
class ChangingTable {
  readonly clock = new FakeClock({ auto: true });
  readonly store = new MemoryStore({ clock: this.clock });
  readonly lake = new LakeOfLogs({ store: this.store, clock: this.clock });
  /** By sequence. */
  readonly live = new Map<number, { readonly rows: ReadonlyMap<number, string>; readonly atMs: number }>();
  #rows = new Map<number, string>();
  #version = 0;
  #files = 0;

  async begin(): Promise<void> {
    await this.lake.link(['account']);
    this.#keep(await this.lake.commit('account', () => ({ kind: 'shape', shape: SHAPE })));
  }

  async change(words: Words): Promise<void> {
    const said = [...words].map(([id, name]): SqlRow => {
      this.#version += 1;
      const head = { Id: `'${uuid(id)}'`, __version: String(this.#version) };
      return name === null ? { ...head, __deleted: 'true' } : { ...head, name: `'${name}'` };
    });
    const file = await this.#put('batch', said);
    const deletes = [...words.values()].filter(name => name === null).length;
    const batch = { ...file, rows: words.size - deletes, deletes };
    for (const [id, name] of words) {
      if (name === null) this.#rows.delete(id);
      else this.#rows.set(id, name);
    }
    this.#keep(await this.lake.commit('account', state => rows(state, running(state.tail), { batch })));
  }

  async fold(): Promise<void> {
    const image = [...this.#rows].map(
      ([id, name]): SqlRow => ({ Id: `'${uuid(id)}'`, name: `'${name}'`, __version: String(this.#version) }),
    );
    const file = await this.#put('image', image);
    const state = await this.lake.commit('account', ({ tail }) => ({
      kind: 'fold',
      through: tail,
      partitions: [{ name: '1', changedAt: tail + 1, file }],
      rowCount: image.length,
    }));
    this.#keep(state);
  }

  async #put(kind: 'batch' | 'image', lines: readonly SqlRow[]) {
    this.#files += 1;
    const path = join(folder, `${this.#files}.parquet`);
    const file = await writeLakeParquet(engine, { shape: SHAPE, rows: lines, path, as: kind });
    return this.lake.log('account').putData({ kind, file, signal: live });
  }

  #keep({ tail }: TableState): void {
    this.live.set(tail, { rows: new Map(this.#rows), atMs: this.clock.nowMs() });
  }
}

/** The rows of a state, read from its files by the engine as a query would. */
async function rowsOf(store: MemoryStore, { image, pending }: TableState): Promise<Map<number, string>> {
  const local = (path: string) => store.localFile(path, live);
  const images = (image?.partitions ?? []).map(async one => ({ name: one.name, path: await local(one.file.path) }));
  const batches = pending.map(async one => ({ ...one, path: await local(one.batch.path) }));
  const merged = { shape: SHAPE, image: await Promise.all(images), batches: await Promise.all(batches) };
  const found = await engine.session(session => session.runAll(`SELECT "Id", name FROM (${mergeSql(merged)})`));
  return new Map(found.map(row => [Number(String(row.Id).slice(-12)), String(row.name)]));
}

describe('rows as of another time', () => {
  test('are those that were live after that commit, read from files: inserts, updates, deletes, folds, sweeps', async () => {
    const chance = new Chance(11);
    const changing = new ChangingTable();
    const { clock, store, lake } = changing;
    await changing.begin();
    for (let n = 0; n < 300; n += 1) {
      const count = chance.between(1, 4);
      const words = Array.from({ length: count }, (_, at): [number, string | null] => [
        chance.between(1, 25),
        chance.happens(0.3) ? null : `name ${n}.${at}`,
      ]);
      await changing.change(new Map(words));
      if (chance.happens(0.1)) await changing.fold();
      await clock.advance(chance.between(1, 16) * 60_000);
      if (chance.happens(0.1)) await lake.sweep('account');
    }
    expect(clock.nowMs() - Date.UTC(2026, 0, 1)).toBeGreaterThan(36 * hourMs);
    const reader: LakeReader = openLakeReader({ store, clock, newNonce: counter('reader') });
    const horizonMs = clock.nowMs() - limits.retentionMs;
    let refused = 0;
    for (let sequence = 1; sequence <= lake.state('account').tail; sequence += chance.between(1, 25)) {
      const then = changing.live.get(sequence);
      const isByTime = chance.happens(0.5);
      const asOf = isByTime ? ({ is: 'time', ms: then?.atMs ?? 0 } as const) : ({ is: 'commit', sequence } as const);
      const state = await reader.stateAt(ACCOUNT, asOf, live).catch((failure: unknown) => failure);
      if (state instanceof Fault) {
        expect(state.code).toBe('sql/not-retained');
        expect(then?.atMs).toBeLessThan(horizonMs);
        refused += 1;
        continue;
      }
      const found = state as TableState;
      // A fold comes in the same moment as the change before it, and changes no row.
      expect(found.tail - sequence).toBeLessThanOrEqual(isByTime ? 1 : 0);
      expect(await rowsOf(store, found)).toEqual(then?.rows);
    }
    expect(refused).toBeGreaterThan(0);
    await store.close();
  }, 60_000);
});
