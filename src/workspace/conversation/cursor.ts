import type { EncodedRow, ResultField, ValueFormat } from '../sql-session.ts';
import { refusal } from './refusal.ts';

/** How FETCH and MOVE go. `relative` 0: the current row again. */
export type Direction =
  | { readonly is: 'forward' | 'backward'; readonly count: number | 'all' }
  | { readonly is: 'absolute' | 'relative'; readonly count: number };

/** Rows that come one piece after the other; an empty piece at the end. */
export interface RowSource {
  next(max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]>;
  close(): Promise<void>;
}

/** Bytes of rows that a SCROLL cursor keeps. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
const PIECE = 1_000;

/**
 * A result with a place in it. Without SCROLL it goes forward only and keeps nothing; with SCROLL it keeps the rows it
 * has read. The query runs when the first row is asked for, over the view of the cursor's making (I-5).
 */
export class Cursor {
  readonly fields: readonly ResultField[];
  readonly isScroll: boolean;
  readonly #open: (signal: AbortSignal) => Promise<RowSource>;
  #source: RowSource | null = null;
  #isClosed = false;
  /** From 1; 0 before the first row; behind the last: one more than there are. */
  #position = 0;
  /** Known once the end was seen. */
  #total: number | null = null;
  #kept: EncodedRow[] = [];
  #keptBytes = 0;
  #keptFormats: string | null = null;

  constructor(parts: {
    readonly fields: readonly ResultField[];
    readonly isScroll: boolean;
    readonly open: (signal: AbortSignal) => Promise<RowSource>;
  }) {
    this.fields = parts.fields;
    this.isScroll = parts.isScroll;
    this.#open = parts.open;
  }

  /** Runs the query now, if it did not yet. */
  async start(signal: AbortSignal): Promise<RowSource> {
    if (this.#isClosed) throw refusal({ state: '55000', message: 'the cursor is closed' });
    if (this.#source === null) {
      const source = await this.#open(signal);
      // Closed while it opened: the connection ended.
      if (this.#isClosed) {
        await source.close();
        throw refusal({ state: '55000', message: 'the cursor is closed' });
      }
      this.#source = source;
    }
    return this.#source;
  }

  /** The next rows, at most `max`; fewer, or none, does not mean the end unless none. */
  async forward(max: number, formats: readonly ValueFormat[], signal: AbortSignal): Promise<readonly EncodedRow[]> {
    if (this.#total !== null && (!this.isScroll || this.#position > this.#total)) return this.#atEnd();
    const source = await this.start(signal);
    if (this.isScroll) return this.#forwardKept(source, max, formats);
    const rows = await source.next(max, formats);
    this.#position += rows.length;
    if (rows.length > 0) return rows;
    // Nobody comes back to what was read: its memory and disk are free from here on.
    await source.close();
    return this.#endSeen(this.#position);
  }

  /** The rows of a FETCH in their order, piece by piece. */
  async *fetch(
    { is, count }: Direction,
    formats: readonly ValueFormat[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly EncodedRow[]> {
    if (is === 'forward') yield* this.#pieces(count, formats, signal);
    else if (is === 'backward') yield* this.#backward(count, formats, signal);
    else {
      const to = count === 'all' ? 0 : count;
      const target = is === 'absolute' ? await this.#absolute(to, formats, signal) : this.#position + to;
      yield* this.#rowAt(target, formats, signal);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#kept = [];
    await this.#source?.close();
  }

  async *#pieces(count: number | 'all', formats: readonly ValueFormat[], signal: AbortSignal) {
    let left = count === 'all' ? Number.POSITIVE_INFINITY : count;
    while (left > 0) {
      signal.throwIfAborted();
      const rows = await this.forward(Math.min(left, PIECE), formats, signal);
      if (rows.length === 0) return;
      left -= rows.length;
      yield rows;
    }
  }

  async *#backward(count: number | 'all', formats: readonly ValueFormat[], signal: AbortSignal) {
    this.#needScroll();
    await this.start(signal);
    this.#needFormats(formats);
    const from = this.#position - 1;
    const to = count === 'all' ? 1 : Math.max(1, this.#position - count);
    const rows = from < to ? [] : this.#kept.slice(to - 1, from).reverse();
    this.#position = count === 'all' ? 0 : Math.max(0, this.#position - count);
    if (rows.length > 0) yield rows;
  }

  /** Where an absolute row is; counted from the end it must be known. */
  async #absolute(count: number, formats: readonly ValueFormat[], signal: AbortSignal): Promise<number> {
    if (count >= 0) return count;
    this.#needScroll();
    for await (const _ of this.#pieces('all', formats, signal));
    return Math.max(0, (this.#total ?? 0) + count + 1);
  }

  async *#rowAt(target: number, formats: readonly ValueFormat[], signal: AbortSignal) {
    if (target <= this.#position) {
      this.#needScroll();
      await this.start(signal);
      this.#needFormats(formats);
      this.#position = Math.max(0, target);
      const row = this.#kept[target - 1];
      if (target > 0 && row !== undefined) yield [row];
      return;
    }
    // Rows on the way are read and passed over.
    for await (const _ of this.#pieces(target - this.#position - 1, formats, signal));
    if (this.#position === target - 1) yield* this.#pieces(1, formats, signal);
  }

  async #forwardKept(source: RowSource, max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]> {
    this.#needFormats(formats);
    if (this.#position < this.#kept.length) {
      const rows = this.#kept.slice(this.#position, this.#position + max);
      this.#position += rows.length;
      return rows;
    }
    if (this.#total !== null) return this.#atEnd();
    const rows = await source.next(max, formats);
    if (rows.length === 0) return this.#endSeen(this.#kept.length);
    for (const row of rows) for (const value of row) this.#keptBytes += value?.length ?? 0;
    if (this.#keptBytes > KEPT_BYTES_MAX) {
      throw refusal({
        state: '54000',
        message: `a SCROLL cursor keeps at most ${KEPT_BYTES_MAX} bytes of rows`,
        hint: 'Declare it with NO SCROLL, or read less.',
      });
    }
    this.#kept.push(...rows);
    this.#position += rows.length;
    return rows;
  }

  #endSeen(total: number): readonly EncodedRow[] {
    this.#total = total;
    return this.#atEnd();
  }

  #atEnd(): readonly EncodedRow[] {
    this.#position = (this.#total ?? 0) + 1;
    return [];
  }

  #needScroll(): void {
    if (this.isScroll) return;
    throw refusal({
      state: '55000',
      message: 'cursor can only scan forward',
      hint: 'Declare it with SCROLL option to enable backward scan.',
    });
  }

  /** Kept rows are kept as they were sent first. */
  #needFormats(formats: readonly ValueFormat[]): void {
    const wanted = this.fields.map((_, index) => formats[index] ?? 'text').join();
    this.#keptFormats ??= wanted;
    if (wanted === this.#keptFormats) return;
    throw refusal({ state: '0A000', message: 'a SCROLL cursor sends its rows in one format only' });
  }
}
