import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { isQuiet, pollPauseMs, type RunEvent, type RunPolicy, type RunState, START, step } from './run-state.ts';

const policy: RunPolicy = { pollMs: 5_000, quietPollMs: 60_000, retryMs: 1_000, retryMsMax: 60_000, pausedMs: 300_000 };
const now = 1_000_000;
const passing = new Fault('source/unavailable');
const forAPerson = new Fault('source/forbidden');
const slowDown = new Fault('source/throttled', { waitMs: 17_000 });

const states: Record<RunState['at'], RunState> = {
  working: { at: 'working', attempt: 2, quietPolls: 0 },
  waiting: { at: 'waiting', sinceMs: now, dueMs: now + 10, quietPolls: 3 },
  retrying: { at: 'retrying', sinceMs: now, dueMs: now + 10, attempt: 2, fault: passing },
  paused: { at: 'paused', sinceMs: now, dueMs: now + 10, fault: forAPerson },
  stopped: { at: 'stopped' },
};

const events: Record<RunEvent['kind'], RunEvent> = {
  tick: { kind: 'tick' },
  advanced: { kind: 'advanced' },
  'caught-up': { kind: 'caught-up', changed: true },
  fault: { kind: 'fault', fault: passing },
  'retry-asked': { kind: 'retry-asked' },
  stop: { kind: 'stop' },
};

/** A forgotten pair does not compile. */
const expected: Record<RunState['at'], Record<RunEvent['kind'], RunState['at']>> = {
  working: {
    tick: 'working',
    advanced: 'working',
    'caught-up': 'waiting',
    fault: 'retrying',
    'retry-asked': 'working',
    stop: 'stopped',
  },
  waiting: {
    tick: 'waiting',
    advanced: 'working',
    'caught-up': 'waiting',
    fault: 'retrying',
    'retry-asked': 'working',
    stop: 'stopped',
  },
  retrying: {
    tick: 'retrying',
    advanced: 'working',
    'caught-up': 'waiting',
    fault: 'retrying',
    'retry-asked': 'working',
    stop: 'stopped',
  },
  paused: {
    tick: 'paused',
    advanced: 'working',
    'caught-up': 'waiting',
    fault: 'retrying',
    'retry-asked': 'working',
    stop: 'stopped',
  },
  stopped: {
    tick: 'stopped',
    advanced: 'stopped',
    'caught-up': 'stopped',
    fault: 'stopped',
    'retry-asked': 'stopped',
    stop: 'stopped',
  },
};

describe('the loop of a table', () => {
  for (const [at, row] of Object.entries(expected) as [RunState['at'], Record<RunEvent['kind'], RunState['at']>][]) {
    for (const [kind, next] of Object.entries(row) as [RunEvent['kind'], RunState['at']][]) {
      test(`${at} + ${kind} = ${next}`, () => {
        expect(step(states[at], events[kind], now, policy).at).toBe(next);
      });
    }
  }

  test('what waits goes on when it is due, and not before', () => {
    for (const state of [states.waiting, states.retrying, states.paused]) {
      expect(step(state, { kind: 'tick' }, now + 9, policy)).toBe(state);
      expect(step(state, { kind: 'tick' }, now + 10, policy).at).toBe('working');
    }
  });

  test('failures in a row wait longer each time, to a limit, and a success forgets them', () => {
    const pauses: number[] = [];
    let state: RunState = START;
    for (let failure = 0; failure < 8; failure += 1) {
      state = step(state, { kind: 'fault', fault: passing }, now, policy);
      if (state.at !== 'retrying') throw new Error(state.at);
      pauses.push(state.dueMs - now);
      state = step(state, { kind: 'tick' }, state.dueMs, policy);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    state = step(state, { kind: 'advanced' }, now, policy);
    expect(state).toEqual(START);
  });

  test('a request to slow down is waited for as long as it says', () => {
    const state = step(START, { kind: 'fault', fault: slowDown }, now, policy);
    expect(state).toMatchObject({ at: 'retrying', dueMs: now + 17_000 });
  });

  test('a fault for a person pauses, and the table looks again by itself', () => {
    const state = step(START, { kind: 'fault', fault: forAPerson }, now, policy);
    expect(state).toMatchObject({ at: 'paused', dueMs: now + 300_000 });
    expect(step(state, { kind: 'tick' }, now + 300_000, policy)).toBe(START);
  });

  test('quiet tables are polled less and less often, changing ones at once again', () => {
    const pauses: number[] = [];
    let state: RunState = START;
    for (let poll = 0; poll < 12; poll += 1) {
      state = step(state, { kind: 'caught-up', changed: false }, now, policy);
      if (state.at !== 'waiting') throw new Error(state.at);
      pauses.push(state.dueMs - now);
      state = step(state, { kind: 'tick' }, state.dueMs, policy);
    }
    const steady = [5_000, 5_000, 5_000, 5_000, 5_000, 5_000];
    expect(pauses).toEqual([...steady, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect(step(state, { kind: 'caught-up', changed: true }, now, policy)).toMatchObject({ dueMs: now + 5_000 });
    expect(pollPauseMs(0, policy)).toBe(5_000);
  });

  test('quiet tables come due together, whenever each was polled', () => {
    const dues = [0, 1, 1_234, 4_999].map(offset => {
      const quiet = { ...START, quietPolls: 6 };
      const state = step(quiet, { kind: 'caught-up', changed: false }, now + offset, policy);
      return state.at === 'waiting' ? state.dueMs - now : null;
    });
    expect(dues).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(step(START, { kind: 'caught-up', changed: true }, now + 1, policy)).toMatchObject({ dueMs: now + 5_001 });
    expect([1, 2].map(quietPolls => isQuiet(quietPolls, policy))).toEqual([false, true]);
    expect(isQuiet(9, { ...policy, quietPollMs: policy.pollMs })).toBe(false);
  });

  test('whatever happens, a table that is not stopped comes back to work', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...Object.values(events).filter(event => event.kind !== 'stop'))),
        history => {
          const state = history.reduce((before, event) => step(before, event, now, policy), START as RunState);
          expect(step(state, { kind: 'tick' }, now + 300_000, policy).at).toBe('working');
        },
      ),
    );
  });
});
