import type { Clock } from '../../src/core/clock.ts';
import type { SeededClock } from './seeded-clock.ts';

/** When a process dies: at the n-th call that leaves it, before the call has an effect or after. */
export interface Death {
  readonly call: number;
  readonly applied: boolean;
}

/**
 * A process that can be killed. All its calls out of memory go through here; once it is dead none of them has an effect
 * and none comes back, so nothing of it runs on: what kill -9 leaves.
 */
export class Life {
  readonly name: string;
  readonly #clock: SeededClock;
  readonly #onDeath: () => void;
  #death: Death | null;
  #calls = 0;
  #alive = true;

  constructor(parts: {
    readonly name: string;
    readonly clock: SeededClock;
    readonly death: Death | null;
    readonly onDeath: () => void;
  }) {
    this.name = parts.name;
    this.#clock = parts.clock;
    this.#death = parts.death;
    this.#onDeath = parts.onDeath;
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onDeath();
  }

  /** It no longer dies by itself. */
  spare(): void {
    this.#death = null;
  }

  /** A call to what outlives the process: the lake, the environment. Here it may die. */
  async call<T>(apply: () => Promise<T>): Promise<T> {
    if (!this.#alive) return never();
    this.#calls += 1;
    const dies = this.#calls === this.#death?.call;
    if (dies && this.#death?.applied !== true) this.kill();
    if (!this.#alive) return never();
    const outcome = await settled(apply());
    if (dies) this.kill();
    if (!this.#alive) return never();
    if ('failure' in outcome) throw outcome.failure;
    return outcome.value;
  }

  /** A call that only must not come back to the dead. */
  async local<T>(apply: () => Promise<T>): Promise<T> {
    if (!this.#alive) return never();
    const outcome = await settled(apply());
    if (!this.#alive) return never();
    if ('failure' in outcome) throw outcome.failure;
    return outcome.value;
  }

  get clock(): Clock {
    return {
      nowMs: () => this.#clock.nowMs(),
      sleep: (ms, signal) => this.local(() => this.#clock.sleep(ms, signal)),
    };
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

async function settled<T>(promise: Promise<T>): Promise<{ readonly value: T } | { readonly failure: unknown }> {
  try {
    return { value: await promise };
  } catch (failure) {
    return { failure };
  }
}
