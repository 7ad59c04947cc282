import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { limits as coreLimits } from '../core/limits.ts';
import { type Figures, ServerFigures } from './server-figures.ts';
import { Usage } from './usage.ts';

/**
 * What a request is for. `poll`: has something changed; answered within seconds whatever else runs. `metadata`: what
 * tables look like. `bulk`: rows by the page; takes what the others leave.
 */
export type RequestKind = 'poll' | 'metadata' | 'bulk';

/**
 * The service protection limits (Microsoft's page of that name: per user and web server, within a sliding window of 300
 * seconds) and how we keep below them.
 */
export interface PacingLimits {
  readonly windowMs: number;
  readonly requestsMax: number;
  readonly executionMsMax: number;
  /** Requests at once. The environment refuses the 53rd of a user, whichever program sends it. */
  readonly concurrentMax: number;
  /** Longest wait of one request for its turn; then it fails with `source/throttled`. */
  readonly waitMaxMs: number;
}

export const usualPacing: PacingLimits = {
  windowMs: 300_000,
  requestsMax: 6_000,
  executionMsMax: 1_200_000,
  concurrentMax: coreLimits.requestsAtOnce,
  waitMaxMs: 600_000,
};

/** For monitoring; all since the source was opened, except the last two. */
export interface PacingFigures {
  /** Time that requests waited for their turn, added up. */
  readonly waitedMs: number;
  readonly requests: number;
  /** Answers with 429. */
  readonly throttled: number;
  readonly running: number;
  readonly waiting: number;
}

/** One request that had its turn. */
export interface Turn {
  /** Its answer's headers arrived. */
  answered(figures: Figures): void;
  /** It is over, in any way; may be called again. */
  end(): void;
}

/**
 * How much of a limit a kind may fill, where it begins to spread its requests over the time until more is free, and its
 * share of concurrent requests. The step between the kinds is what always remains for polls. Bulk spreads from half the
 * limit on: an initial sync that uses all at once would leave nothing of the window for the polls after it.
 */
const SHARES: Readonly<
  Record<RequestKind, { readonly fill: number; readonly spread: number; readonly slots: number }>
> = {
  poll: { fill: 0.99, spread: 0.02, slots: 1 },
  metadata: { fill: 0.96, spread: 0.1, slots: 0.9 },
  bulk: { fill: 0.93, spread: 0.5, slots: 0.8 },
};
const KINDS = ['poll', 'metadata', 'bulk'] as const;

/** When polls alone fill the limit, one other request goes before them as often as this, so that nothing starves. */
const OVERDUE_MS = 5_000;
/** The present rate at which the window gives back is looked at over this time. */
const LOOK_AHEAD_MS = 10_000;

interface Waiter {
  readonly kind: RequestKind;
  readonly weight: number;
  readonly sinceMs: number;
  readonly resolve: (turn: Turn) => void;
  readonly reject: (reason: unknown) => void;
}

interface Running {
  readonly kind: RequestKind;
  readonly startMs: number;
  /** Execution time it is expected to take. */
  readonly expectedMs: number;
}

/**
 * Lets requests of one environment, all tables together, begin at a pace that keeps below its limits, so that none is
 * refused with 429: polls first, then metadata, then pages in bulk. It counts requests itself and takes the time to the
 * headers for their execution time; what web servers say is left can lower that, never raise it.
 * Several web servers would allow more than one server's limits; how many there are is not known and changes.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #limits: PacingLimits;
  readonly #requests: Budget;
  readonly #execution: Budget;
  readonly #waiters: Readonly<Record<RequestKind, Waiter[]>> = { poll: [], metadata: [], bulk: [] };
  readonly #lastMs: Record<RequestKind, number> = { poll: 0, metadata: 0, bulk: 0 };
  readonly #durations: Readonly<Record<RequestKind, Durations>> = {
    poll: new Durations({ guessMs: 100 }),
    metadata: new Durations({ guessMs: 300 }),
    bulk: new Durations({ guessMs: 500 }),
  };
  readonly #running = new Set<Running>();
  readonly #counts = { waitedMs: 0, requests: 0, throttled: 0 };
  #quietUntilMs = 0;
  #alarm: AbortController | null = null;

  constructor({ clock, limits }: { readonly clock: Clock; readonly limits: PacingLimits }) {
    this.#clock = clock;
    this.#limits = limits;
    this.#requests = { usage: new Usage(limits), figures: new ServerFigures() };
    this.#execution = { usage: new Usage(limits), figures: new ServerFigures() };
  }

  get figures(): PacingFigures {
    const waiting = KINDS.reduce((sum, kind) => sum + this.#waiters[kind].length, 0);
    return { ...this.#counts, running: this.#running.size, waiting };
  }

  /**
   * Resolves when a request may begin. `weight`: operations in it, for a guess at its execution time; a batch counts as
   * one request all the same. Rejects with the signal's reason, or `source/throttled` when the wait is too long.
   */
  turn({
    kind,
    weight,
    signal,
  }: {
    readonly kind: RequestKind;
    readonly weight: number;
    readonly signal: AbortSignal;
  }): Promise<Turn> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        const queue = this.#waiters[kind];
        queue.splice(queue.indexOf(waiter), 1);
        reject(signal.reason);
        this.#advance();
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', leave);
          settle(value);
        };
      const waiter: Waiter = {
        kind,
        weight,
        sinceMs: this.#clock.nowMs(),
        resolve: settled(resolve),
        reject: settled(reject),
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters[kind].push(waiter);
      this.#advance();
    });
  }

  /** The environment answered 429: nothing begins for this time. */
  throttled(waitMs: number): void {
    this.#counts.throttled += 1;
    this.#quietUntilMs = Math.max(this.#quietUntilMs, this.#clock.nowMs() + waitMs);
    this.#advance();
  }

  /** Those who wait are refused with `reason`. */
  close(reason: unknown): void {
    this.#alarm?.abort();
    this.#alarm = null;
    for (const kind of KINDS) for (const { reject } of this.#waiters[kind].splice(0)) reject(reason);
  }

  /** Lets begin what may, and sets the alarm for the next that will. */
  #advance(): void {
    const nowMs = this.#clock.nowMs();
    const lateInMs = this.#refuseTheLate(nowMs);
    const quietMs = this.#quietUntilMs - nowMs;
    const turnInMs = quietMs > 0 ? quietMs : this.#beginAll(nowMs);
    this.#alarm?.abort();
    this.#alarm = null;
    // Without a waiter there is no alarm. Where only the end of another request helps, that end comes here by itself.
    if (Number.isFinite(turnInMs) && Number.isFinite(lateInMs)) {
      this.#wakeIn(Math.max(1, Math.ceil(Math.min(turnInMs, lateInMs))));
    }
  }

  #wakeIn(ms: number): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    const ring = () => {
      if (this.#alarm === alarm) this.#advance();
    };
    // Only an alarm that was replaced is aborted.
    this.#clock.sleep(ms, alarm.signal).then(ring, () => undefined);
  }

  /** Lets begin what may and answers when the next will; infinite when only the end of another request helps. */
  #beginAll(nowMs: number): number {
    for (const kind of ['metadata', 'bulk'] as const) {
      if (this.#overdueInMs(kind, nowMs) <= 0) this.#beginFirst(kind, nowMs);
    }
    let wakeInMs = Number.POSITIVE_INFINITY;
    for (const kind of KINDS) {
      let waitMs = this.#firstInMs(kind, SHARES[kind], nowMs);
      while (waitMs <= 0) {
        this.#beginFirst(kind, nowMs);
        waitMs = this.#firstInMs(kind, SHARES[kind], nowMs);
      }
      wakeInMs = Math.min(wakeInMs, waitMs, this.#overdueInMs(kind, nowMs));
    }
    return wakeInMs;
  }

  /** A kind that was not served for a while may fill what polls may, by one request. */
  #overdueInMs(kind: RequestKind, nowMs: number): number {
    const [waiter] = this.#waiters[kind];
    if (kind === 'poll' || waiter === undefined) return Number.POSITIVE_INFINITY;
    const dueInMs = Math.max(this.#lastMs[kind], waiter.sinceMs) + OVERDUE_MS - nowMs;
    return Math.max(dueInMs, this.#firstInMs(kind, { ...SHARES.poll, spread: 0 }, nowMs));
  }

  /** When the first in the queue may begin: zero for now, infinite when there is none or only the end of another request helps. */
  #firstInMs(kind: RequestKind, share: (typeof SHARES)[RequestKind], nowMs: number): number {
    const [waiter] = this.#waiters[kind];
    if (waiter === undefined) return Number.POSITIVE_INFINITY;
    const { concurrentMax, requestsMax, executionMsMax, windowMs } = this.#limits;
    if (this.#running.size >= Math.max(1, Math.floor(concurrentMax * share.slots))) return Number.POSITIVE_INFINITY;
    const durations = this.#durations[kind];
    const common = { share, sinceLastMs: Math.max(0, nowMs - this.#lastMs[kind]), nowMs, windowMs };
    return Math.max(
      spreadWaitMs({
        ...common,
        ...this.#requests,
        max: requestsMax,
        running: this.#running.size,
        cost: 1,
        mostCost: 1,
      }),
      spreadWaitMs({
        ...common,
        ...this.#execution,
        max: executionMsMax,
        running: this.#runningMs(nowMs),
        cost: durations.usualMs(waiter.weight),
        mostCost: durations.expectedMs(waiter.weight),
      }),
    );
  }

  #beginFirst(kind: RequestKind, nowMs: number): void {
    const waiter = this.#waiters[kind].shift();
    if (waiter === undefined) return;
    const { weight, sinceMs, resolve } = waiter;
    const running: Running = { kind, startMs: nowMs, expectedMs: this.#durations[kind].expectedMs(weight) };
    this.#running.add(running);
    this.#lastMs[kind] = nowMs;
    this.#counts.requests += 1;
    this.#counts.waitedMs += nowMs - sinceMs;
    let isCounted = false;
    const count = (atMs: number) => {
      isCounted = true;
      const tookMs = Math.max(0, atMs - running.startMs);
      this.#requests.usage.add(1, atMs);
      this.#execution.usage.add(tookMs, atMs);
      this.#durations[kind].note(tookMs, weight);
    };
    resolve({
      answered: figures => {
        const atMs = this.#clock.nowMs();
        if (!isCounted) count(atMs);
        this.#heed(figures, atMs);
      },
      end: () => {
        if (!this.#running.delete(running)) return;
        if (!isCounted) count(this.#clock.nowMs());
        this.#advance();
      },
    });
  }

  #heed({ server, requestsLeft, executionLeftMs }: Figures, nowMs: number): void {
    const { requestsMax, executionMsMax } = this.#limits;
    if (requestsLeft !== null) {
      this.#requests.figures.note({ server, left: requestsLeft }, { nowMs, max: requestsMax });
    }
    if (executionLeftMs !== null) {
      this.#execution.figures.note({ server, left: executionLeftMs }, { nowMs, max: executionMsMax });
    }
  }

  #runningMs(nowMs: number): number {
    let sum = 0;
    for (const { expectedMs, startMs } of this.#running) sum += Math.max(expectedMs, nowMs - startMs);
    return sum;
  }

  #refuseTheLate(nowMs: number): number {
    let nextInMs = Number.POSITIVE_INFINITY;
    for (const kind of KINDS) {
      const queue = this.#waiters[kind];
      for (let waiter = queue[0]; waiter !== undefined; waiter = queue[0]) {
        const leftMs = waiter.sinceMs + this.#limits.waitMaxMs - nowMs;
        if (leftMs > 0) {
          nextInMs = Math.min(nextInMs, leftMs);
          break;
        }
        queue.shift();
        this.#counts.waitedMs += nowMs - waiter.sinceMs;
        const reason = 'no turn came within the limits of the environment';
        waiter.reject(new Fault('source/throttled', { reason, kind, waitMs: 60_000 }));
      }
    }
    return nextInMs;
  }
}

/** One limit: what we used of it, and what web servers say. */
interface Budget {
  readonly usage: Usage;
  readonly figures: ServerFigures;
}

interface Spread extends Budget {
  readonly max: number;
  /** Of those that run, which are not in `usage` yet. */
  readonly running: number;
  readonly cost: number;
  /** What it costs when it takes unusually long: that much must be left. */
  readonly mostCost: number;
  readonly share: { readonly fill: number; readonly spread: number };
  readonly sinceLastMs: number;
  readonly nowMs: number;
  readonly windowMs: number;
}

/**
 * How long a request of `cost` waits for one limit, by our own count or by what servers say, whichever is longer. With more
 * than the spread left it goes at once; with less, requests are spaced so that what is left lasts until the window has
 * given enough back, on top of what it gives back meanwhile.
 */
function spreadWaitMs(given: Spread): number {
  const { usage, max, running, cost, mostCost, share, sinceLastMs, nowMs } = given;
  const said = saidWaitMs(given);
  const left = max * share.fill - usage.used(nowMs) - running;
  const missing = max * share.spread + mostCost - left;
  if (missing <= 0) return said;
  if (left < mostCost) return Math.max(1, said, usage.freedAfterMs(mostCost - left, nowMs));
  const untilMs = Math.max(1, usage.freedAfterMs(missing, nowMs));
  const perMs = left / untilMs + usage.freedWithin(LOOK_AHEAD_MS, nowMs) / LOOK_AHEAD_MS;
  return Math.max(said, cost / perMs - sinceLastMs);
}

/** The same by the figures of servers, which know of strangers and of lower limits, but not when what was used comes back. */
function saidWaitMs({ figures, running, cost, mostCost, share, sinceLastMs, nowMs, windowMs }: Spread): number {
  if (figures.most === 0) return 0;
  const { left: all, backPerMs } = figures.left({ nowMs, windowMs });
  const left = all - figures.most * (1 - share.fill) - running;
  if (left >= figures.most * share.spread + mostCost) return 0;
  if (left < mostCost) return Math.max(1, backPerMs === 0 ? windowMs : (mostCost - left) / backPerMs);
  return Math.max(0, cost / (left / windowMs + backPerMs) - sinceLastMs);
}

/** How long one operation takes to its headers: usually the mean, at most as a rule two deviations more. */
class Durations {
  #meanMs: number;
  #deviationMs: number;

  /** `guessMs`: until the first answer is there. */
  constructor({ guessMs }: { readonly guessMs: number }) {
    this.#meanMs = guessMs;
    this.#deviationMs = guessMs / 2;
  }

  usualMs(weight: number): number {
    return this.#meanMs * weight;
  }

  expectedMs(weight: number): number {
    return (this.#meanMs + 2 * this.#deviationMs) * weight;
  }

  note(tookMs: number, weight: number): void {
    const ms = tookMs / weight;
    this.#deviationMs += (Math.abs(ms - this.#meanMs) - this.#deviationMs) / 8;
    this.#meanMs += (ms - this.#meanMs) / 8;
  }
}
