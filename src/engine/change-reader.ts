import type { TableState } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { shapeOf } from './describe.ts';
import { commitPage, type PageOutcome } from './page-commit.ts';
import { isEmpty, type PageAsk, type PageReader } from './page-reader.ts';
import { type CommittedTable, isPast, type TableParts } from './table-parts.ts';

/** What one step of a table's work came to. */
export type Advance = { readonly is: 'more' } | { readonly is: 'caught-up'; readonly changed: boolean };

type DeltaCursor = Cursor & { at: 'settling' | 'running' };

/** Reads the changes of one table, a page at a time, or asks together with other tables whether there are any. */
export class ChangeReader {
  readonly #parts: TableParts;
  readonly #committed: CommittedTable;
  readonly #reader: PageReader;
  readonly #onPage: (page: PageOutcome) => void;
  /** Newest delta link of polls that brought nothing; only worth a commit when rows come or the committed one grows old. */
  #quietDelta: { readonly base: string; readonly link: string } | null = null;
  /** How many looks at the environment had ended when the delta under way began; null: not known. */
  #beganAfterLook: number | null = null;
  #polledAfterLook: number | null = null;

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

  /** How many looks at the environment had ended when the newest delta began that was read to its end; null: not known. */
  get polledAfterLook(): number | null {
    return this.#polledAfterLook;
  }

  /** After a failure the committed link is asked again. */
  forget(): void {
    this.#quietDelta = null;
    this.#beganAfterLook = null;
  }

  /** Waits for a page that is on its way. */
  settle(): Promise<void> {
    return this.#reader.settle();
  }

  /** One page of changes. `wasQuiet`: the table was quiet lately; `looks`: how many looks at the environment have ended. */
  async poll(
    cursor: DeltaCursor,
    { wasQuiet, looks }: { readonly wasQuiet: boolean; readonly looks: number },
    signal: AbortSignal,
  ): Promise<Advance> {
    const madeFrom = this.#committed.state;
    const ask = this.#askOf(cursor);
    if (cursor.next === null) {
      // A page that is here already was asked at some earlier time.
      const isHere = await this.#reader.holds(ask);
      this.#beganAfterLook = isHere ? null : looks;
      if (wasQuiet && !isHere && (await this.#isQuiet(cursor, ask, signal))) return this.#caughtUp(false);
    }
    return this.#readPage(cursor, { ask, madeFrom }, signal);
  }

  #askOf(cursor: DeltaCursor): PageAsk & { readonly address: string } {
    const quiet = this.#quietDelta?.base === cursor.delta ? this.#quietDelta.link : cursor.delta;
    const { generation } = this.#committed.state;
    const isFirst = cursor.next === null;
    return { read: 'delta', generation, address: cursor.next ?? quiet, isFirst, shape: shapeOf(this.#committed) };
  }

  /** A quiet answer is as good as an empty page. A cursor is renewed by a page only. */
  async #isQuiet(cursor: DeltaCursor, ask: { readonly address: string }, signal: AbortSignal): Promise<boolean> {
    if (cursor.at !== 'running' || this.#renewalDue()) return false;
    const question = { shape: shapeOf(this.#committed), link: ask.address };
    const answer = await this.#parts.quietPolls.ask(question, signal);
    if (answer.is === 'quiet') this.#quietDelta = { base: cursor.delta, link: answer.delta };
    return answer.is === 'quiet';
  }

  async #readPage(
    cursor: DeltaCursor,
    { ask, madeFrom }: { readonly ask: PageAsk; readonly madeFrom: TableState },
    signal: AbortSignal,
  ): Promise<Advance> {
    const page = await this.#reader.readChanges(ask, signal);
    const commit = async (nextCursor: Cursor): Promise<PageOutcome> => {
      const outcome = await commitPage(this.#parts, this.#committed, { page, madeFrom, nextCursor }, signal);
      this.#onPage(outcome);
      return outcome;
    };
    const { delta } = page;
    if (page.next !== null || delta === null) {
      await commit({ ...cursor, next: page.next });
      return { is: 'more' };
    }
    if (isEmpty(page) && cursor.next === null && !this.#renewalDue()) {
      this.#quietDelta = { base: cursor.delta, link: delta };
      await this.#parts.spool.remove(page);
      return this.#caughtUp(false);
    }
    const { rows, deletes } = await commit({ ...cursor, delta, next: null });
    return this.#caughtUp(rows + deletes > 0);
  }

  #caughtUp(changed: boolean): Advance {
    this.#polledAfterLook = this.#beganAfterLook;
    return { is: 'caught-up', changed };
  }

  #renewalDue(): boolean {
    const { cursorAt } = this.#committed.state;
    const { clock, settings } = this.#parts;
    return cursorAt !== null && isPast(clock, { sinceMs: Date.parse(cursorAt), ms: settings.renewCursorMs });
  }
}
