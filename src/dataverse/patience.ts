import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';

export interface PatienceLimits {
  /** All waiting of one request together, milliseconds. */
  readonly waitTotalMs: number;
  /** Attempts of one request, the first included. */
  readonly attemptsMax: number;
}

/** Longer waits are the caller's to plan: the fault says how long (`waitMs`). */
export const usualPatience: PatienceLimits = { waitTotalMs: 120_000, attemptsMax: 8 };

/** Answers after which the same request may be sent again by itself. */
const PASSING_STATUSES: readonly unknown[] = [429, 502, 503, 504];

/**
 * Waiting as the other side asked, for all requests to it together: once one of them was told `Retry-After`, the others
 * hold back too, since an environment lengthens its pause for a client that keeps pushing. Without `Retry-After` a
 * request backs off 1, 2, 4 ... seconds.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #limits: PatienceLimits;
  #quietUntilMs = 0;

  constructor({ clock, limits }: { readonly clock: Clock; readonly limits: PatienceLimits }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Runs `attempt` until it succeeds, fails for good, or the limits are reached; the fault then carries `waitMs`. */
  async run<T>({ attempt, signal }: { readonly attempt: () => Promise<T>; readonly signal: AbortSignal }): Promise<T> {
    let waitedMs = 0;
    let dueMs = 0;
    let last = new Fault('source/throttled', { reason: 'another request was told to wait' });
    for (let attempts = 0; ; ) {
      const waitMs = Math.max(dueMs, this.#quietUntilMs) - this.#clock.nowMs();
      if (waitMs > 0) {
        if (waitedMs + waitMs > this.#limits.waitTotalMs) throw withWait(last, waitMs);
        await this.#clock.sleep(waitMs, signal);
        waitedMs += waitMs;
        continue;
      }
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Fault) || !PASSING_STATUSES.includes(error.details.status)) throw error;
        last = error;
        const pauseMs = this.#pauseAfter(error, attempts);
        dueMs = this.#clock.nowMs() + pauseMs;
        attempts += 1;
        if (attempts >= this.#limits.attemptsMax) throw withWait(error, pauseMs);
      }
    }
  }

  #pauseAfter(fault: Fault, attempts: number): number {
    const askedMs = fault.details.waitMs;
    if (typeof askedMs !== 'number') return 1_000 * 2 ** attempts;
    this.#quietUntilMs = Math.max(this.#quietUntilMs, this.#clock.nowMs() + askedMs);
    return askedMs;
  }
}

function withWait(fault: Fault, waitMs: number): Fault {
  return new Fault(fault.code, { ...fault.details, waitMs }, { cause: fault });
}
