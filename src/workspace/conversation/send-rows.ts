import type { EncodedRow, ValueFormat } from '../sql-session.ts';
import type { Backend } from '../wire/conversation.ts';
import { unless } from './interrupts.ts';

/** Rows and bytes of one piece; the first is small, since nobody knows yet how wide the rows are. */
const ROWS_MAX = 1_000;
const ROWS_FIRST = 100;
const BYTES_AIMED = 1024 * 1024;

/** How many rows to ask for next, so that a piece is about `BYTES_AIMED`. */
export class PieceSize {
  #rows = ROWS_FIRST;

  get rows(): number {
    return this.#rows;
  }

  saw(rows: readonly EncodedRow[]): void {
    if (rows.length === 0) return;
    let bytes = 0;
    for (const row of rows) for (const value of row) bytes += value?.length ?? 0;
    const perRow = Math.max(1, bytes / rows.length);
    this.#rows = Math.max(1, Math.min(ROWS_MAX, Math.floor(BYTES_AIMED / perRow)));
  }
}

/** Sends rows until there are no more or `max` (0: all) went out; the client sets the pace. Answers how many. */
export async function sendRows({
  next,
  max,
  backend,
  signal,
}: {
  /** The next rows, at most so many; none at the end. */
  readonly next: (max: number) => Promise<readonly EncodedRow[]>;
  readonly max: number;
  readonly backend: Backend;
  readonly signal: AbortSignal;
}): Promise<number> {
  const piece = new PieceSize();
  let sent = 0;
  for (;;) {
    const left = max === 0 ? Number.POSITIVE_INFINITY : max - sent;
    if (left <= 0) return sent;
    signal.throwIfAborted();
    const rows = await next(Math.min(piece.rows, left));
    if (rows.length === 0) return sent;
    piece.saw(rows);
    // A client that takes nothing is not waited for longer than the statement may run.
    await unless(signal, backend.dataRows(rows));
    sent += rows.length;
  }
}

/** The format of each column from what a client asked for: none is text, one is for all. */
export function formatsFor(columns: number, wanted: readonly ValueFormat[]): readonly ValueFormat[] {
  const [first = 'text'] = wanted;
  return Array.from({ length: columns }, (_, index) => (wanted.length > 1 ? (wanted[index] ?? 'text') : first));
}
