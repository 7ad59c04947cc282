/**
 * What was used of one limit in the last minutes: an amount belongs to the moment its answer arrived, so that it leaves
 * this window never before it leaves the environment's own. Kept by the second; an amount leaves with the end of its
 * second.
 */
export class Usage {
  readonly #windowMs: number;
  #entries: { readonly leavesMs: number; amount: number }[] = [];
  #total = 0;

  constructor({ windowMs }: { readonly windowMs: number }) {
    this.#windowMs = windowMs;
  }

  add(amount: number, nowMs: number): void {
    const leavesMs = (Math.floor(nowMs / 1_000) + 1) * 1_000 + this.#windowMs;
    const last = this.#entries.at(-1);
    if (last !== undefined && last.leavesMs >= leavesMs) last.amount += amount;
    else this.#entries.push({ leavesMs, amount });
    this.#total += amount;
  }

  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.#total;
  }

  /** How long until `amount` of what is used has left; a window where there is not as much. */
  freedAfterMs(amount: number, nowMs: number): number {
    this.#forget(nowMs);
    let freed = 0;
    for (const { leavesMs, amount: leaving } of this.#entries) {
      freed += leaving;
      if (freed >= amount) return leavesMs - nowMs;
    }
    return this.#windowMs;
  }

  /** How much leaves within this time. */
  freedWithin(ms: number, nowMs: number): number {
    this.#forget(nowMs);
    let freed = 0;
    for (const { leavesMs, amount } of this.#entries) {
      if (leavesMs > nowMs + ms) break;
      freed += amount;
    }
    return freed;
  }

  #forget(nowMs: number): void {
    let gone = 0;
    for (const { leavesMs, amount } of this.#entries) {
      if (leavesMs > nowMs) break;
      gone += 1;
      this.#total -= amount;
    }
    if (gone > 0) this.#entries = this.#entries.slice(gone);
    if (this.#entries.length === 0) this.#total = 0;
  }
}
