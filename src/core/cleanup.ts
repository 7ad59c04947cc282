/**
 * Closes what was opened, newest first, also when a start fails halfway.
 * (`AsyncDisposableStack` is missing in Node.js 20.)
 */
export class Cleanup implements AsyncDisposable {
  readonly #closers: (() => unknown)[] = [];

  /** Registers a closer and answers the thing it closes. */
  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#closers.push(() => close(thing));
    return thing;
  }

  /** Closes everything once; every closer runs, the first failure is thrown at the end. Closing twice is allowed. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (;;) {
      const closer = this.#closers.pop();
      if (closer === undefined) break;
      try {
        await closer();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
