import type { Fault } from '../core/fault.ts';

/**
 * How a table's loop stands; the table's committed state (core/commit.ts) says where its reading stands.
 *
 *   working ──caught up──▶ waiting ──due──▶ working
 *      │                                     ▲
 *      ├──fault that passes──▶ retrying ─────┤ due, or asked
 *      └──fault for a person─▶ paused ───────┘ looked at again by itself, or asked
 *
 * `stopped` is final.
 */
export type RunState =
  /** `attempt`: failures in a row before this step; `quietPolls`: polls in a row that found nothing. */
  | { readonly at: 'working'; readonly attempt: number; readonly quietPolls: number }
  /** Nothing to do until `dueMs`. `sinceMs`: when the wait began; a clock that shows less was set back, and the wait is over. */
  | { readonly at: 'waiting'; readonly sinceMs: number; readonly dueMs: number; readonly quietPolls: number }
  /** `attempt` counts failures in a row. */
  | {
      readonly at: 'retrying';
      readonly sinceMs: number;
      readonly dueMs: number;
      readonly attempt: number;
      readonly fault: Fault;
    }
  | { readonly at: 'paused'; readonly sinceMs: number; readonly dueMs: number; readonly fault: Fault }
  | { readonly at: 'stopped' };

export type RunEvent =
  /** Time passed. */
  | { readonly kind: 'tick' }
  /** A step was done; there is more to do at once. */
  | { readonly kind: 'advanced' }
  /** A poll reached the end of what the environment has; `changed`: it brought something. */
  | { readonly kind: 'caught-up'; readonly changed: boolean }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** A person asked to try again now. */
  | { readonly kind: 'retry-asked' }
  | { readonly kind: 'stop' };

export interface RunPolicy {
  /** Between polls of a table that changes, and of one that does not. */
  readonly pollMs: number;
  readonly quietPollMs: number;
  /** First and longest pause before a failed step is tried again. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** How often a paused table looks whether its trouble is over. */
  readonly pausedMs: number;
}

export const START: RunState & { at: 'working' } = { at: 'working', attempt: 0, quietPolls: 0 };

/** The next state. A no-op answers the same object. */
export function step(state: RunState, event: RunEvent, nowMs: number, policy: RunPolicy): RunState {
  if (state.at === 'stopped') return state;
  switch (event.kind) {
    case 'stop':
      return { at: 'stopped' };
    case 'tick':
      return due(state, nowMs);
    case 'retry-asked':
      return state.at === 'working' ? state : START;
    case 'advanced':
      return state.at === 'working' && state.attempt === 0 ? state : { ...START, quietPolls: quietPollsOf(state) };
    case 'caught-up':
      return waiting(state, event.changed, nowMs, policy);
    case 'fault':
      return failed(state, event.fault, nowMs, policy);
  }
}

function due(state: Exclude<RunState, { at: 'stopped' }>, nowMs: number): RunState {
  switch (state.at) {
    case 'working':
      return state;
    case 'waiting':
      return isOver(state, nowMs) ? { ...START, quietPolls: state.quietPolls } : state;
    case 'paused':
      return isOver(state, nowMs) ? START : state;
    case 'retrying':
      // The attempt is kept: only a step that succeeds forgets the failures before it.
      return isOver(state, nowMs) ? { ...START, attempt: state.attempt } : state;
  }
}

function isOver({ sinceMs, dueMs }: { readonly sinceMs: number; readonly dueMs: number }, nowMs: number): boolean {
  return nowMs >= dueMs || nowMs < sinceMs;
}

function waiting(state: RunState, changed: boolean, nowMs: number, policy: RunPolicy): RunState {
  const quietPolls = changed ? 0 : quietPollsOf(state) + 1;
  const dueMs = nowMs + pollPauseMs(quietPolls, policy);
  return {
    at: 'waiting',
    sinceMs: nowMs,
    dueMs: isQuiet(quietPolls, policy) ? onGrid(dueMs, policy) : dueMs,
    quietPolls,
  };
}

/** Polls in a row that found nothing, after which a table asks together with others; a change then costs one more request. */
const QUIET_POLLS = 2;
/** And after which it is asked less and less often. Before, a change is seen as soon as in a table that always changes. */
const STEADY_POLLS = 6;

/** Whether a table has been quiet for so long that it asks together with others. */
export function isQuiet(quietPolls: number, { pollMs, quietPollMs }: RunPolicy): boolean {
  return quietPolls >= QUIET_POLLS && quietPollMs > pollMs;
}

/**
 * Quiet tables of all links come due at the same moments, multiples of `pollMs`, so that one question can ask for many.
 * Never later than their pause.
 */
function onGrid(dueMs: number, { pollMs }: RunPolicy): number {
  return pollMs > 0 ? Math.floor(dueMs / pollMs) * pollMs : dueMs;
}

function quietPollsOf(state: RunState): number {
  return state.at === 'working' || state.at === 'waiting' ? state.quietPolls : 0;
}

/** The pause is `pollMs` for some quiet polls, then doubles with each up to `quietPollMs`. */
export function pollPauseMs(quietPolls: number, policy: RunPolicy): number {
  return Math.min(policy.quietPollMs, policy.pollMs * 2 ** Math.min(20, Math.max(0, quietPolls - STEADY_POLLS)));
}

function failed(state: RunState, fault: Fault, nowMs: number, policy: RunPolicy): RunState {
  const attempt = (state.at === 'working' || state.at === 'retrying' ? state.attempt : 0) + 1;
  switch (fault.entry.retry) {
    case 'pause':
    case 'never':
      return { at: 'paused', sinceMs: nowMs, dueMs: nowMs + policy.pausedMs, fault };
    case 'after-delay': {
      const waitMs = typeof fault.details.waitMs === 'number' ? fault.details.waitMs : retryPauseMs(attempt, policy);
      return { at: 'retrying', sinceMs: nowMs, dueMs: nowMs + waitMs, attempt, fault };
    }
    case 'soon':
    case 'refresh-shape':
    case 'resync':
      return { at: 'retrying', sinceMs: nowMs, dueMs: nowMs + retryPauseMs(attempt, policy), attempt, fault };
  }
}

/** Doubles from `retryMs` to `retryMsMax`. */
export function retryPauseMs(attempt: number, policy: RunPolicy): number {
  return Math.min(policy.retryMsMax, policy.retryMs * 2 ** Math.min(20, attempt - 1));
}
