import type { NarrowResult } from '../core/batcher.ts';
import type { TableState } from '../core/commit.ts';
import { Fault, type FaultCode } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { SpooledPage } from '../core/spool.ts';
import { shapeOf } from './describe.ts';
import { commitPage, requireSameEpoch } from './page-commit.ts';
import type { PageReader } from './page-reader.ts';
import { deletedEntity, readRows } from './row-reads.ts';
import { type CommittedTable, mergeInput, type TableParts } from './table-parts.ts';

/** Rows read again and committed together. */
const SETTLED_AT_ONCE = 1_000;

/**
 * The narrow pass after a full read (I-6): id and version of every row, held against what is committed. It finds what
 * changed or vanished between the first page and the minting of the change token. Its pages are collected beside
 * running updates; changes are polled once more before the comparison, so that only what no update brings is left.
 */
export class NarrowPass {
  readonly #parts: TableParts;
  readonly #reader: PageReader;
  readonly #collected: Promise<readonly SpooledPage[]>;
  readonly #abandoned = new AbortController();
  /** Highest version committed before the first page was asked: what came later is no candidate for deletion. */
  readonly #knownThrough: string;
  /** The full read it belongs to; of no use for another one. */
  readonly generation: number;
  #done = false;
  #polledSince = false;
  #failure: unknown = null;

  constructor(parts: TableParts, committed: CommittedTable, reader: PageReader, signal: AbortSignal) {
    this.#parts = parts;
    this.#reader = reader;
    this.#knownThrough = committed.state.highWater;
    this.generation = committed.state.generation;
    this.#collected = this.#collect(committed, AbortSignal.any([signal, this.#abandoned.signal]));
    this.#collected.then(
      () => {
        this.#done = true;
      },
      failure => {
        this.#done = true;
        this.#failure = failure;
      },
    );
  }

  /** True from the second look on after all pages are there: the poll between the two brought what updates bring. */
  readyToSettle(): boolean {
    if (!this.#done) return false;
    const ready = this.#polledSince;
    this.#polledSince = true;
    return ready;
  }

  /** Asks for no further page. */
  abandon(): void {
    this.#abandoned.abort();
  }

  /** Resolves when no page is on its way any more; never rejects. */
  async whenCollected(): Promise<void> {
    await this.#collected.catch(() => {});
  }

  async #collect(committed: CommittedTable, signal: AbortSignal): Promise<readonly SpooledPage[]> {
    const pages: SpooledPage[] = [];
    const { generation } = committed.state;
    const shape = shapeOf(committed);
    let address: string | null = null;
    do {
      const page: SpooledPage = await this.#reader.read({ read: 'narrow', generation, address, shape }, signal);
      pages.push(page);
      address = page.next;
    } while (address !== null);
    await this.#reader.settle();
    return pages;
  }

  /** Compares, reads again what differs, commits it, and ends post-processing. `confirmed`: a person allowed many deletes. */
  async settle(
    committed: CommittedTable,
    { confirmed }: { readonly confirmed: boolean },
    signal: AbortSignal,
  ): Promise<NarrowResult> {
    if (this.#failure !== null) throw this.#failure;
    const pages = await this.#collected;
    const { state } = committed;
    const { epoch } = state;
    const found = await this.#parts.batcher.compareNarrow(
      { ...(await mergeInput(this.#parts, state, signal)), pages, knownThrough: this.#knownThrough, epoch },
      signal,
    );
    if (found.vanished.length > 0) await requireSameEpoch(this.#parts, epoch);
    const question = confirmed ? null : questionOf(found, state);
    if (question !== null) {
      // What a person decides on must be fresh, so the pages are read anew the next time.
      for (const page of pages) await this.#parts.spool.remove(page);
      const { link, table } = this.#parts;
      throw new Fault(question, { link, table, rows: found.vanished.length, live: found.live });
    }
    const ids = [...found.behind, ...found.vanished];
    const unknown = new Set(found.unknown);
    let madeFrom = state;
    for (let from = 0; from < ids.length; from += SETTLED_AT_ONCE) {
      const some = ids.slice(from, from + SETTLED_AT_ONCE);
      madeFrom = await this.#settleSome(committed, { ids: some, unknown, from, madeFrom }, signal);
    }
    await this.#end(committed, signal);
    for (const page of pages) await this.#parts.spool.remove(page);
    return found;
  }

  async #settleSome(
    committed: CommittedTable,
    {
      ids,
      unknown,
      from,
      madeFrom,
    }: {
      readonly ids: readonly string[];
      readonly unknown: ReadonlySet<string>;
      readonly from: number;
      readonly madeFrom: TableState;
    },
    signal: AbortSignal,
  ): Promise<TableState> {
    const { link, table, spool } = this.#parts;
    const { rows, gone } = await readRows(this.#parts, { shape: shapeOf(committed), ids }, signal);
    const { generation, cursor } = madeFrom;
    const key = { link, table, generation, read: 'rows', address: `narrow ${from}` } as const;
    // What was deleted since its narrow page came, and is deleted here as well, would be deleted a second time.
    const deletes = gone.filter(id => !unknown.has(id)).map(deletedEntity);
    if (rows.length + deletes.length === 0) return madeFrom;
    const page = await spool.compose(key, [...rows, ...deletes], signal);
    const { state } = await commitPage(this.#parts, committed, { page, madeFrom, nextCursor: cursor }, signal);
    return state;
  }

  async #end(committed: CommittedTable, signal: AbortSignal): Promise<void> {
    const { cursor, highWater } = committed.state;
    if (cursor.at !== 'settling') return;
    await committed.commit(
      {
        kind: 'rows',
        batch: null,
        prevCursor: cursor,
        nextCursor: { at: 'running', delta: cursor.delta, next: cursor.next },
        highWater,
        sinkAt: committed.sinkAt().toISOString(),
        repaired: 0,
        quarantined: [],
      },
      signal,
    );
  }
}

/** What a person has to be asked before these rows go; null: nothing. */
function questionOf(found: NarrowResult, state: TableState): FaultCode | null {
  if (state.restoring === true && found.vanished.length > 0) return 'sync/restored-deletes';
  return tooManyDeletes(found) ? 'sync/too-many-deletes' : null;
}

/** I-6: a role cut down looks just like rows that are gone, so many deletes need a person's word. */
function tooManyDeletes(found: NarrowResult): boolean {
  return found.vanished.length > Math.max(limits.deletesUnasked, found.live * limits.deleteShareUnasked);
}
