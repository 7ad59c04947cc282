import type { Clock } from '../core/clock.ts';
import type { TableName } from '../core/names.ts';

interface Waiting {
  readonly table: TableName;
  readonly answer: (isIn: boolean) => void;
}

/**
 * Tables of a link that read all their rows: so many at once, the others stand in line, first come first served. A table
 * keeps its place until its full read is complete, so that few tables are done soon instead of all of them late. It
 * gives it up when it fails or pauses, or when nothing came for `patienceMs` while others wait: one that hangs never
 * keeps the others waiting for long.
 */
export class ReadQueue {
  readonly #places: number;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  /** When each table that reads asked for its place the last time, which it does before every step. */
  readonly #reading = new Map<TableName, number>();
  readonly #waiting: Waiting[] = [];
  #watch: AbortController | null = null;

  constructor({
    places,
    clock,
    patienceMs,
  }: { readonly places: number; readonly clock: Clock; readonly patienceMs: number }) {
    this.#places = places;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /** Resolves when the table has a place, which it may have already; false: it left the line meanwhile. */
  enter(table: TableName): Promise<boolean> {
    if (this.#reading.has(table) || this.#reading.size < this.#places) {
      this.#reading.set(table, this.#clock.nowMs());
      return Promise.resolve(true);
    }
    const turn = new Promise<boolean>(resolve => this.#waiting.push({ table, answer: resolve }));
    this.#watchOver();
    return turn;
  }

  /** Gives up the place, or the place in the line. */
  leave(table: TableName): void {
    const index = this.#waiting.findIndex(waiting => waiting.table === table);
    if (index !== -1) for (const waiting of this.#waiting.splice(index, 1)) waiting.answer(false);
    else if (this.#reading.delete(table)) this.#admit();
    if (this.#waiting.length === 0) this.#watch?.abort();
  }

  /** Where the table stands in the line, from 1; null: it does not. */
  placeOf(table: TableName): number | null {
    const index = this.#waiting.findIndex(waiting => waiting.table === table);
    return index === -1 ? null : index + 1;
  }

  #admit(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#reading.set(next.table, this.#clock.nowMs());
    next.answer(true);
  }

  /** While tables wait: takes the place of one that hangs. What it asked for may still come; then it stands in line. */
  #watchOver(): void {
    if (this.#watch !== null) return;
    const watch = new AbortController();
    this.#watch = watch;
    this.#untilNobodyWaits(watch.signal).then(
      () => this.#endWatch(watch),
      () => this.#endWatch(watch),
    );
  }

  #endWatch(watch: AbortController): void {
    if (this.#watch === watch) this.#watch = null;
    if (this.#waiting.length > 0) this.#watchOver();
  }

  async #untilNobodyWaits(signal: AbortSignal): Promise<void> {
    while (this.#waiting.length > 0) {
      const oldestMs = Math.min(...this.#reading.values());
      await this.#clock.sleep(Math.max(1, oldestMs + this.#patienceMs - this.#clock.nowMs()), signal);
      for (const [table, sinceMs] of this.#reading) {
        if (this.#waiting.length === 0 || this.#clock.nowMs() - sinceMs < this.#patienceMs) continue;
        this.#reading.delete(table);
        this.#admit();
      }
    }
  }
}
