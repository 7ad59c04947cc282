import type { SandboxDatabase, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { othersTurn } from './page-read.ts';
import type { Place, RowOrder } from './row-order.ts';
import type { RowScope } from './row-scope.ts';

/** Rows looked at before other requests get their turn. */
const sliceRows = 500;

/** Rows to choose from: a table, or what belongs to one row of another. */
export interface RowSource {
  readonly table: TableDefinition;
  /** In order of id, after one of them, slice by slice; a slice may be empty before the end. */
  slices(after: string | null): Iterable<readonly StoredRow[]>;
}

export type RowTest = (stored: StoredRow) => boolean;

export function tableSource(database: SandboxDatabase, table: TableDefinition, belongs: RowTest = everyRow): RowSource {
  return {
    table,
    *slices(from) {
      let after = from;
      for (;;) {
        const slice: StoredRow[] = database.page(table.logicalName, { after, limit: sliceRows });
        yield belongs === everyRow ? slice : slice.filter(belongs);
        if (slice.length < sliceRows) return;
        after = slice.at(-1)?.id ?? null;
      }
    },
  };
}

/** Rows by their ids, which need no order. */
export function namedSource(database: SandboxDatabase, table: TableDefinition, ids: readonly string[]): RowSource {
  const sorted = [...new Set(ids)].sort();
  return {
    table,
    *slices(after) {
      const rest = after === null ? sorted : sorted.filter(id => id > after);
      for (let at = 0; at < rest.length; at += sliceRows) {
        yield rest
          .slice(at, at + sliceRows)
          .map(id => database.get(table.logicalName, id))
          .filter(stored => stored !== undefined);
      }
    },
  };
}

/** Keeps the first so many rows of an order, or as they come, and knows whether there were more. */
export class FirstRows {
  readonly #limit: number;
  readonly #order: RowOrder | null;
  #kept: { readonly stored: StoredRow; readonly place: Place | null }[] = [];
  /** Of an order: what comes after this place no longer matters. */
  #last: Place | null = null;

  constructor({ limit, order }: { readonly limit: number; readonly order: RowOrder | null }) {
    this.#limit = limit;
    this.#order = order;
  }

  /** Whether no further row can matter. */
  get full(): boolean {
    return this.#order === null && this.#kept.length > this.#limit;
  }

  add(stored: StoredRow, place: Place | null = this.#order?.place(stored) ?? null): void {
    if (this.full) return;
    const order = this.#order;
    if (order !== null && place !== null && this.#last !== null && order.compare(place, this.#last) > 0) return;
    this.#kept.push({ stored, place });
    // Cut now and then, so that what is kept stays in proportion to what is wanted.
    if (order !== null && this.#kept.length > 2 * this.#limit + 100) this.#cut();
  }

  finish(): { readonly rows: readonly StoredRow[]; readonly more: boolean } {
    this.#cut();
    const rows = this.#kept.slice(0, this.#limit).map(({ stored }) => stored);
    return { rows, more: this.#kept.length > this.#limit };
  }

  #cut(): void {
    const order = this.#order;
    if (order !== null) {
      this.#kept.sort((a, b) => (a.place === null || b.place === null ? 0 : order.compare(a.place, b.place)));
    }
    this.#kept = this.#kept.slice(0, this.#limit + 1);
    if (this.#kept.length > this.#limit) this.#last = this.#kept.at(-1)?.place ?? null;
  }
}

export interface RowQuestion {
  readonly scope: RowScope;
  readonly source: RowSource;
  readonly filter: RowTest | null;
}

/**
 * The rows of one page that the caller may see. Without an order they are in order of id, and reading stops with the
 * page; with one every row is looked at, and no more is kept than two pages.
 */
export async function readRows({
  question,
  order,
  after,
  limit,
}: {
  readonly question: RowQuestion;
  readonly order: RowOrder | null;
  readonly after: Place | null;
  readonly limit: number;
}): Promise<{ readonly rows: readonly StoredRow[]; readonly more: boolean }> {
  const first = new FirstRows({ limit, order });
  const startId = order === null ? (after?.id ?? null) : null;
  for await (const slice of visible(question, startId)) {
    for (const stored of slice) {
      const place = order?.place(stored) ?? null;
      const isLater = order === null || place === null || after === null || order.compare(place, after) > 0;
      if (isLater) first.add(stored, place);
    }
    if (first.full) break;
  }
  return first.finish();
}

/** How many rows the caller may see, and never more than one above `max`: then it stops looking. */
export async function countMatching(question: RowQuestion, max: number): Promise<number> {
  let count = 0;
  for await (const slice of visible(question, null)) {
    count += slice.length;
    if (count > max) return max + 1;
  }
  return count;
}

/** Slices of what the caller may see and the filter lets through; others get their turn between them. */
export async function* visible(question: RowQuestion, after: string | null): AsyncGenerator<readonly StoredRow[]> {
  await question.scope.prepare();
  yield* visibleNow(question, after);
}

/** The same for work that itself prepares a filter. */
export async function* visibleNow(
  { scope, source, filter }: RowQuestion,
  after: string | null,
): AsyncGenerator<readonly StoredRow[]> {
  for (const slice of source.slices(after)) {
    yield slice.filter(stored => scope.mayRead(source.table, stored) && (filter === null || filter(stored)));
    await othersTurn();
  }
}

function everyRow(): boolean {
  return true;
}
