/**
 * What was used of one limit in the last minutes: an amount belongs to the moment its answer arrived, so that it leaves
 * this window never before it leaves the environment's own. Kept by the second; an amount leaves with the end of its
 * second.
 *
 * Strangers, anyone else who works as the same user, cannot be counted but are seen in what a web server says is left.
 * When they used it is unknown, so what they used is taken to leave evenly over one window.
 */
export class Usage {
  readonly #windowMs: number;
  #entries: { readonly leavesMs: number; amount: number }[] = [];
  #total = 0;
  #strangers = { amount: 0, sinceMs: 0 };

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

  setStrangers(amount: number, nowMs: number): void {
    this.#strangers = { amount, sinceMs: nowMs };
  }

  /** What we used ourselves. */
  own(nowMs: number): number {
    this.#forget(nowMs);
    return this.#total;
  }

  /** What we and strangers used. */
  used(nowMs: number): number {
    return this.own(nowMs) + this.#strangersLeft(nowMs);
  }

  /** How long until `amount` of what is used has left; a window where there is not as much. */
  freedAfterMs(amount: number, nowMs: number): number {
    this.#forget(nowMs);
    const perMs = this.#strangersLeft(nowMs) / this.#windowMs;
    let freed = 0;
    for (const { leavesMs, amount: leaving } of this.#entries) {
      const untilMs = leavesMs - nowMs;
      if (freed + leaving + perMs * untilMs >= amount) {
        const byStrangersMs = perMs === 0 ? Number.POSITIVE_INFINITY : (amount - freed) / perMs;
        return Math.max(0, Math.min(untilMs, byStrangersMs));
      }
      freed += leaving;
    }
    return perMs === 0 ? this.#windowMs : Math.min(this.#windowMs, Math.max(0, (amount - freed) / perMs));
  }

  /** How much leaves within this time. */
  freedWithin(ms: number, nowMs: number): number {
    this.#forget(nowMs);
    let freed = (this.#strangersLeft(nowMs) / this.#windowMs) * ms;
    for (const { leavesMs, amount } of this.#entries) {
      if (leavesMs > nowMs + ms) break;
      freed += amount;
    }
    return freed;
  }

  #strangersLeft(nowMs: number): number {
    const { amount, sinceMs } = this.#strangers;
    return amount * Math.max(0, 1 - (nowMs - sinceMs) / this.#windowMs);
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
