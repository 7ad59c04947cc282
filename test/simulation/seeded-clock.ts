import { setMaxListeners } from 'node:events';
import type { Clock } from '../../src/core/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/** The one time of a simulated world. Nothing runs but what a sleeper that is due sets off, one sleeper after the other. */
export class SeededClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  #order = 0;
  readonly #sleepers = new Set<Sleeper>();

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      this.#order += 1;
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { dueMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake };
      this.#sleepers.add(sleeper);
      // Of a process with many calls on their way each waits for the same signal.
      if (signal !== undefined) setMaxListeners(0, signal);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The machine was closed for a while: everybody wakes late. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Wakes who is due next and lets all that follows at once run. */
  async step(): Promise<void> {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (next === undefined || sleeper.dueMs < next.dueMs) next = sleeper;
    }
    if (next === undefined) throw new Error('everybody waits for somebody else');
    this.#sleepers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.wake();
    // Promises that are ready are all served before the next turn of the event loop.
    await new Promise(resolve => setImmediate(resolve));
  }
}
