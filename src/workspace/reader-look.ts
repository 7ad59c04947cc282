import { setMaxListeners } from 'node:events';

/**
 * Looks that callers share: whoever asks while one is under way waits for the next, which all who came meanwhile share.
 * So nobody gets an answer from a look that began before it asked, and however many ask, one look is under way and one
 * waits. A look is stopped when all who asked for it have left.
 */
export class SharedLook<T> {
  readonly #look: (signal: AbortSignal) => Promise<T>;
  #upcoming: Look<T> | null = null;
  /** Resolves, whatever comes of them, when all looks so far have ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor(look: (signal: AbortSignal) => Promise<T>) {
    this.#look = look;
  }

  /** The answer of a look that begins after this call. */
  fresh(signal: AbortSignal): Promise<T> {
    if (this.#upcoming === null || this.#upcoming.isAbandoned) this.#upcoming = this.#plan();
    return this.#upcoming.join(signal);
  }

  #plan(): Look<T> {
    const look = new Look(this.#look);
    // Even with nothing under way it begins a moment later: all who ask in one go share it.
    this.#ended = this.#ended.then(() => {
      if (this.#upcoming === look) this.#upcoming = null;
      return look.run();
    });
    return look;
  }
}

class Look<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  readonly #stop = new AbortController();
  readonly #answer: Promise<T>;
  #settle: { readonly resolve: (value: T) => void; readonly reject: (reason: unknown) => void } | null = null;
  #waiting = 0;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
    this.#answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Those who wait are told; that nobody waits any more is no failure of the process.
    this.#answer.catch(() => undefined);
  }

  get isAbandoned(): boolean {
    return this.#stop.signal.aborted;
  }

  async run(): Promise<void> {
    try {
      this.#stop.signal.throwIfAborted();
      this.#settle?.resolve(await this.#work(this.#stop.signal));
    } catch (failure) {
      this.#settle?.reject(failure);
    }
  }

  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#waiting += 1;
    const { promise: left, leave } = leaving(signal);
    try {
      return await Promise.race([this.#answer, left]);
    } finally {
      leave();
      this.#waiting -= 1;
      if (this.#waiting === 0 && signal.aborted) this.#stop.abort(signal.reason);
    }
  }
}

/** Rejects with the signal's reason when it aborts; `leave` ends the listening. */
function leaving(signal: AbortSignal): { readonly promise: Promise<never>; readonly leave: () => void } {
  let leave = () => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    // One signal may wait for the looks of many tables at once.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
    leave = () => signal.removeEventListener('abort', onAbort);
  });
  promise.catch(() => undefined);
  return { promise, leave };
}
