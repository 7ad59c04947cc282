import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { live, openLog, rows, running } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { TableState } from './commit.ts';
import type { TableLog } from './commit-log.ts';
import { limits } from './limits.ts';
import { keptLog, sequenceAt } from './log-history.ts';
import { emptyState } from './log-state.ts';
import { filesOfState } from './log-sweep.ts';

const minuteMs = 60_000;
const queryMs = 10 * minuteMs;

/** Commits `rows`, of which the last is folded; then so much time passes, and perhaps a sweep comes. */
interface Step {
  readonly rows: number;
  readonly fold: boolean;
  readonly thenMs: number;
  readonly sweep: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    rows: fc.integer({ min: 1, max: 60 }),
    fold: fc.boolean(),
    thenMs: fc.oneof(fc.integer({ min: 0, max: 5 * minuteMs }), fc.integer({ min: 0, max: 300 * minuteMs })),
    sweep: fc.boolean(),
  }),
  { minLength: 5, maxLength: 40 },
);

/** A table's whole life, remembered beside the lake: every state, and when it came. */
class Life {
  readonly clock = new FakeClock({ auto: true });
  readonly store = new MemoryStore({ clock: this.clock });
  readonly log: TableLog = openLog(this.store, { clock: this.clock });
  readonly states: TableState[] = [emptyState()];
  readonly cameMs: number[] = [0];

  get state(): TableState {
    return this.states.at(-1) ?? emptyState();
  }

  async commitRows(): Promise<void> {
    const { state } = this;
    const file = await this.log.putData({ kind: 'batch', file: this.#content(), signal: live });
    const body = rows(state, running(state.tail + 1), { batch: { ...file, deletes: 0 } });
    this.#keep((await this.log.commit(state, body, { signal: live })).state);
  }

  async commitFold(): Promise<void> {
    const { state } = this;
    const file = await this.log.putData({ kind: 'image', file: this.#content(), signal: live });
    const partitions = [{ name: '2026', changedAt: state.tail + 1, file }];
    const body = { kind: 'fold', through: state.tail, partitions, rowCount: 1 } as const;
    this.#keep((await this.log.commit(state, body, { signal: live })).state);
  }

  async live(steps: readonly Step[]): Promise<void> {
    for (const { rows: count, fold, thenMs, sweep } of steps) {
      for (let n = 0; n < count; n += 1) await this.commitRows();
      if (fold) await this.commitFold();
      await this.clock.advance(thenMs);
      if (sweep) await this.log.sweep(this.state, live);
    }
  }

  /** The newest at any time of the last 24 hours. */
  wasNewest(sequence: number): boolean {
    const endedMs = this.cameMs[sequence + 1] ?? Number.POSITIVE_INFINITY;
    return endedMs >= this.clock.nowMs() - limits.retentionMs;
  }

  #keep(state: TableState): void {
    expect(state.tail).toBe(this.states.length);
    this.states.push(state);
    this.cameMs.push(this.clock.nowMs());
  }

  #content(): { content: Uint8Array; rows: number } {
    return { content: new TextEncoder().encode(String(this.states.length)), rows: 1 };
  }
}

describe('old states', () => {
  test('of the last 24 hours are all made again as they were, with every file, until a query on them is over (I-5)', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async plan => {
        const life = new Life();
        await life.live(plan);
        const kept = await life.log.kept({ queryMs, signal: live });
        for (let sequence = 1; sequence < life.states.length; sequence += 1) {
          if (life.wasNewest(sequence)) expect(kept.oldest).toBeLessThanOrEqual(sequence);
          if (sequence < kept.oldest) continue;
          expect(await life.log.stateOf(sequence, kept, live)).toEqual(life.states[sequence]);
        }
        const answered = life.states.slice(kept.oldest);
        // The hardest that can come while a query runs: much is committed, and a sweep at its very end.
        await life.clock.advance(queryMs - 2);
        await life.live([
          { rows: 150, fold: true, thenMs: 1, sweep: false },
          { rows: 100, fold: true, thenMs: 1, sweep: true },
        ]);
        const there = new Set(life.store.paths);
        for (const state of answered) expect(filesOfState(state).filter(path => !there.has(path))).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });

  test('have their files until a query is over that began just before they got too old', async () => {
    const life = new Life();
    await life.live([{ rows: 99, fold: true, thenMs: limits.retentionMs - 1, sweep: true }]);
    const kept = await life.log.kept({ queryMs, signal: live });
    expect(await life.log.stateOf(99, kept, live)).toEqual(life.states[99]);
    await life.clock.advance(queryMs);
    await life.live([{ rows: 100, fold: false, thenMs: 0, sweep: true }]);
    for (const path of filesOfState(life.states[99] ?? emptyState())) expect(life.store.paths).toContain(path);
  });

  test('are refused once a sweep may have taken their files: without that a query would find some gone', async () => {
    const life = new Life();
    await life.live([{ rows: 99, fold: true, thenMs: limits.retentionMs + limits.queryMarginMs, sweep: false }]);
    // The checkpoint at 100 is not the newest any more: the next sweep goes by it.
    await life.live([{ rows: 100, fold: false, thenMs: 1, sweep: false }]);
    const kept = await life.log.kept({ queryMs, signal: live });
    expect(kept).toMatchObject({ first: 1, oldest: 100, newest: 200 });
    expect(await life.log.stateOf(99, kept, live)).toEqual(life.states[99]);
    await life.log.sweep(life.state, live);
    expect(await life.log.kept({ queryMs, signal: live })).toMatchObject({ first: 100, oldest: 100 });
    expect(await life.log.stateOf(99, kept, live)).toBeNull();
    expect(life.store.paths).not.toContain(life.states[99]?.pending[0]?.batch.path);
  });

  test('are kept however long ago where less was committed since than makes a checkpoint', async () => {
    const life = new Life();
    await life.live([{ rows: 50, fold: true, thenMs: 30 * limits.retentionMs, sweep: true }]);
    await life.live([{ rows: 10, fold: false, thenMs: limits.retentionMs, sweep: true }]);
    const kept = await life.log.kept({ queryMs, signal: live });
    expect(kept.oldest).toBe(1);
    expect(await life.log.stateOf(50, kept, live)).toEqual(life.states[50]);
  });

  test('go with the table: after its removal there are none before it', async () => {
    const life = new Life();
    await life.live([{ rows: 120, fold: true, thenMs: 1, sweep: false }]);
    const gone = await life.log.remove(life.state, live);
    expect(await life.log.kept({ queryMs, signal: live })).toEqual({
      first: 122,
      newest: 122,
      oldest: 122,
      bases: [122],
    });
    expect(gone.tail).toBe(122);
  });

  test('a damaged checkpoint is passed over for the one before', async () => {
    const life = new Life();
    await life.live([{ rows: 230, fold: true, thenMs: 1, sweep: false }]);
    life.store.plant(`.lakelink/account/checkpoint/${String(200).padStart(20, '0')}.json`, '{');
    const kept = await life.log.kept({ queryMs, signal: live });
    expect(await life.log.stateOf(220, kept, live)).toEqual(life.states[220]);
  });
});

describe('what is kept', () => {
  const file = (sequence: number, modifiedMs = 0) => ({ path: '', bytes: 1, sequence, modifiedMs });
  const files = (...sequences: number[]) => sequences.map(sequence => file(sequence));

  test('of an empty log is nothing', () => {
    expect(keptLog({ entries: [], checkpoints: [], nowMs: 0, queryMs })).toEqual({
      first: 0,
      newest: 0,
      oldest: 1,
      bases: [0],
    });
  });

  test('begins above a gap: an entry below it may be of a writer that slept (I-3)', () => {
    const kept = keptLog({
      entries: files(101, 151, 152, 200, 201, 202),
      checkpoints: files(100, 200),
      nowMs: 0,
      queryMs,
    });
    expect(kept).toEqual({ first: 200, newest: 202, oldest: 200, bases: [200] });
  });

  test('is so much less as the longest query takes longer than the margin', () => {
    const nowMs = 100 * limits.retentionMs;
    const checkpoints = [file(100, nowMs - limits.retentionMs), file(200, nowMs)];
    const entries = Array.from({ length: 201 }, (_, n) => file(n + 1));
    expect(keptLog({ entries, checkpoints, nowMs, queryMs: limits.queryMarginMs }).oldest).toBe(1);
    expect(keptLog({ entries, checkpoints, nowMs, queryMs: limits.queryMarginMs + 1 }).oldest).toBe(100);
  });
});

describe('the commit that a time means', () => {
  const at = (...times: number[]) => times.map((atMs, n) => ({ sequence: n + 1, atMs }));

  test('is the newest at or before it', () => {
    expect(sequenceAt(at(10, 20, 20, 30), 20)).toBe(3);
    expect(sequenceAt(at(10, 20, 20, 30), 19)).toBe(1);
    expect(sequenceAt(at(10, 20), 9)).toBeNull();
    expect(sequenceAt(at(10, 20), 1_000)).toBe(2);
  });

  test('is never one that says it is later, nor one behind such a one', () => {
    expect(sequenceAt(at(10, 50, 20, 60), 30)).toBe(1);
    expect(sequenceAt(at(10, 50, 20, 60), 50)).toBe(3);
  });

  test('stays the same whatever is committed later, by whatever clock', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1 }), fc.array(fc.nat(100)), fc.nat(100), (before, after, ms) => {
        fc.pre(before.some(time => time > ms));
        expect(sequenceAt(at(...before, ...after), ms)).toBe(sequenceAt(at(...before), ms));
      }),
    );
  });
});
