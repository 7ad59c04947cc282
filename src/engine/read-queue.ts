import type { TableName } from '../core/names.ts';

/**
 * Tables of a link that read all their rows: so many at once, the others stand in line, first come first served. A table
 * keeps its place until its full read is complete, so that few tables are done soon instead of all of them late. It
 * gives it up when it fails or pauses, and stands at the end then: one that hangs never keeps the others waiting.
 */
export class ReadQueue {
  readonly #places: number;
  readonly #reading = new Set<TableName>();
  readonly #waiting: { readonly table: TableName; readonly answer: (isIn: boolean) => void }[] = [];

  constructor(places: number) {
    this.#places = places;
  }

  /** Resolves when the table has a place, which it may have already; false: it left the line meanwhile. */
  enter(table: TableName): Promise<boolean> {
    if (this.#reading.has(table)) return Promise.resolve(true);
    if (this.#reading.size < this.#places) {
      this.#reading.add(table);
      return Promise.resolve(true);
    }
    return new Promise(resolve => this.#waiting.push({ table, answer: resolve }));
  }

  /** Gives up the place, or the place in the line. */
  leave(table: TableName): void {
    for (const [index, waiting] of this.#waiting.entries()) {
      if (waiting.table !== table) continue;
      this.#waiting.splice(index, 1);
      waiting.answer(false);
      return;
    }
    if (!this.#reading.delete(table)) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#reading.add(next.table);
    next.answer(true);
  }

  /** Where the table stands in the line, from 1; null: it does not. */
  placeOf(table: TableName): number | null {
    const index = this.#waiting.findIndex(waiting => waiting.table === table);
    return index === -1 ? null : index + 1;
  }
}
