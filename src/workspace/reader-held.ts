/** Values that are held up to a total weight; what was not used for the longest goes first. */
export class Held<T> {
  readonly #weightMax: number;
  readonly #weigh: (value: T) => number;
  /** In the order of their last use. */
  readonly #values = new Map<string, { readonly value: T; readonly weight: number }>();
  #weight = 0;

  constructor({ weightMax, weigh }: { readonly weightMax: number; readonly weigh: (value: T) => number }) {
    this.#weightMax = weightMax;
    this.#weigh = weigh;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: string): T | null {
    const found = this.#values.get(key);
    if (found === undefined) return null;
    this.#values.delete(key);
    this.#values.set(key, found);
    return found.value;
  }

  /** A value that alone weighs more than all may is not held. */
  set(key: string, value: T): void {
    this.drop(key);
    const weight = this.#weigh(value);
    if (weight > this.#weightMax) return;
    this.#values.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#weightMax) return;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    this.#weight -= this.#values.get(key)?.weight ?? 0;
    this.#values.delete(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }
}
