import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { refusal } from './refusal.ts';

/** What may end a statement before its time: a cancel request, its time limit, the end of the connection. */
export class Interrupts {
  readonly #clock: Clock;
  #running: AbortController | null = null;
  readonly #ended = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborted when the connection ends. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** One piece of work under a time limit; the signal aborts with the fault that the client is to be told. */
  async run<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#ended.signal.throwIfAborted();
    const controller = new AbortController();
    const done = new AbortController();
    this.#running = controller;
    this.#clock.sleep(limitMs, done.signal).then(
      () => controller.abort(new Fault('sql/timeout')),
      () => {},
    );
    try {
      return await work(controller.signal);
    } finally {
      done.abort();
      if (this.#running === controller) this.#running = null;
    }
  }

  cancel(): void {
    this.#running?.abort(refusal({ state: '57014', message: 'canceling statement due to user request' }));
  }

  end(): void {
    const reason = new Fault('service/stopped');
    this.#ended.abort(reason);
    this.#running?.abort(reason);
  }
}

/** Waits for something that knows no signal; an abort ends the wait, not the thing. */
export async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
