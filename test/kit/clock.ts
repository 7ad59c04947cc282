import type { Clock } from '../../src/core/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that tests own. Sleepers wake, in order of their time, when `advance` passes it; nothing waits for real. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #auto: boolean;
  readonly #sleepers = new Set<Sleeper>();

  /** `auto`: every sleep ends at once and moves the clock, for tests where only the order matters. */
  constructor({
    startMs = Date.UTC(2026, 0, 1),
    auto = false,
  }: {
    readonly startMs?: number;
    readonly auto?: boolean;
  } = {}) {
    this.#nowMs = startMs;
    this.#auto = auto;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many wait. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#auto) {
      this.#nowMs += ms;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + ms,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Moves the time and wakes who is due; then lets everything that follows at once run. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#sleepers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#sleepers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.wake();
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

/** Lets promises that are ready run their course. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => setImmediate(resolve));
}
