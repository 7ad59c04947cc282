import { setMaxListeners } from 'node:events';

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

interface Fetch<T> {
  readonly waiters: Set<Waiter<T>>;
  readonly stop: AbortController;
}

/** Work by name that callers who come while it goes on share; a few at a time. It is stopped when all who wait left. */
export class SharedFetches<T> {
  readonly #work: (name: string, signal: AbortSignal) => Promise<T>;
  /** Told before the waiters are: how many will get the value. */
  readonly #onValue: (value: T, waiters: number) => void;
  readonly #running = new Map<string, Fetch<T>>();
  readonly #line: (() => void)[] = [];
  #free: number;

  constructor(options: {
    readonly work: (name: string, signal: AbortSignal) => Promise<T>;
    readonly onValue: (value: T, waiters: number) => void;
    readonly atOnce: number;
  }) {
    this.#work = options.work;
    this.#onValue = options.onValue;
    this.#free = options.atOnce;
  }

  get(name: string, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const fetch = this.#running.get(name) ?? this.#begin(name);
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        fetch.waiters.delete(waiter);
        reject(signal.reason);
        if (fetch.waiters.size > 0) return;
        // Who comes from now on begins anew.
        if (this.#running.get(name) === fetch) this.#running.delete(name);
        fetch.stop.abort(signal.reason);
      };
      const ended = () => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter<T> = {
        resolve: value => {
          ended();
          resolve(value);
        },
        reject: reason => {
          ended();
          reject(reason);
        },
      };
      fetch.waiters.add(waiter);
      // One query waits for many files with one signal.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #begin(name: string): Fetch<T> {
    const fetch: Fetch<T> = { waiters: new Set(), stop: new AbortController() };
    this.#running.set(name, fetch);
    const end = () => {
      if (this.#running.get(name) === fetch) this.#running.delete(name);
      return [...fetch.waiters];
    };
    this.#inTurn(async () => {
      fetch.stop.signal.throwIfAborted();
      return this.#work(name, fetch.stop.signal);
    }).then(
      value => {
        const waiters = end();
        this.#onValue(value, waiters.length);
        for (const { resolve } of waiters) resolve(value);
      },
      (failure: unknown) => {
        for (const { reject } of end()) reject(failure);
      },
    );
    return fetch;
  }

  async #inTurn<R>(work: () => Promise<R>): Promise<R> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>(resolve => this.#line.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
