import type { TableState } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { shapeOf } from './describe.ts';
import { commitPage, commitTogether, type PageOutcome } from './page-commit.ts';
import type { PageAsk, PageReader, ReadPage } from './page-reader.ts';
import type { CommittedTable, TableParts } from './table-parts.ts';

type FullCursor = Cursor & { at: 'start' | 'full' };

/** Pages read one by one after some could not become one batch: what kept them apart may be in all of them. */
const PAGES_APART = 32;

/** Reads all rows of one table: the pages that are here become one batch, in one commit. */
export class FullReader {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  readonly #reader: PageReader;
  readonly #onPage: (page: PageOutcome) => void;
  #apart = 0;

  constructor(
    parts: TableParts,
    committed: CommittedTable,
    { reader, onPage }: { readonly reader: PageReader; readonly onPage: (page: PageOutcome) => void },
  ) {
    this.#parts = parts;
    this.#committed = committed;
    this.#reader = reader;
    this.#onPage = onPage;
  }

  /** Waits for a page that is on its way. */
  settle(): Promise<void> {
    return this.#reader.settle();
  }

  async read(cursor: FullCursor, signal: AbortSignal): Promise<void> {
    const address = cursor.at === 'full' ? cursor.next : null;
    const madeFrom = this.#committed.state;
    const { generation } = madeFrom;
    const ask: PageAsk = { read: 'full', generation, address, shape: shapeOf(this.#committed) };
    const pages =
      this.#apart > 0
        ? ([{ ask, page: await this.#reader.read(ask, signal) }] as const)
        : await this.#reader.readTogether(ask, signal);
    const outcome = pages.length > 1 ? await this.#commitTogether(cursor, { pages, madeFrom }, signal) : null;
    if (outcome !== null) {
      this.#reader.passed(pages);
      this.#onPage(outcome);
      return;
    }
    const [first] = pages;
    this.#apart = pages.length > 1 ? PAGES_APART : Math.max(0, this.#apart - 1);
    const nextCursor = await this.#cursorAfter(cursor, [first], signal);
    this.#onPage(await commitPage(this.#parts, this.#committed, { page: first.page, madeFrom, nextCursor }, signal));
  }

  /** Null: they have to be looked at one by one. Those that are not committed stay in the spool. */
  async #commitTogether(
    cursor: FullCursor,
    { pages, madeFrom }: { readonly pages: readonly [ReadPage, ...ReadPage[]]; readonly madeFrom: TableState },
    signal: AbortSignal,
  ): Promise<PageOutcome | null> {
    const nextCursor = await this.#cursorAfter(cursor, pages, signal);
    const read = pages.map(({ page }) => page);
    return commitTogether(this.#parts, this.#committed, { pages: read, madeFrom, nextCursor }, signal);
  }

  async #cursorAfter(
    cursor: FullCursor,
    pages: readonly [ReadPage, ...ReadPage[]],
    signal: AbortSignal,
  ): Promise<Cursor> {
    const { page, ask } = pages.at(-1) ?? pages[0];
    const before = cursor.at === 'full' ? cursor.pages : 0;
    if (page.next !== null) return { at: 'full', next: page.next, pages: before + pages.length };
    return { at: 'settling', delta: await this.#reader.tokenOf(page, ask, signal), next: null };
  }
}
