import { createHash } from 'node:crypto';

/** Addresses kept of one read: half a billion rows. A longer circle is not noticed. */
const PAGES_MAX = 100_000;
/** How often in a row a page may lead back before the read goes round once more. */
const REFUSALS_MAX = 6;

/**
 * Notices when the pages of a read lead in a circle: a page names one as the next that was read before. The same page
 * read again, after a failure, is none. A process that began inside a circle cannot know which page leads back wrongly,
 * so after some refusals it goes round once more: it is never held by a page that is right, and never reads for ever.
 */
export class PageTrail {
  readonly #read = new Set<string>();
  #last: string | null = null;
  #refusals = 0;

  /** Whether a page of this address was read. */
  has(address: string | null): boolean {
    return address !== null && this.#read.has(keyOf(address));
  }

  /** A page was read that nobody asked about. */
  pass(address: string | null): void {
    const here = keyOf(address);
    this.#read.add(here);
    this.#last = here;
  }

  /** Whether a page leads back. `isFirst`: a read begins with it. */
  leadsBack(page: {
    readonly address: string | null;
    readonly next: string | null;
    readonly isFirst: boolean;
  }): boolean {
    const here = keyOf(page.address);
    if (here !== this.#last) {
      this.#refusals = 0;
      if (page.isFirst || this.#read.size >= PAGES_MAX) this.#read.clear();
      this.#read.add(here);
      this.#last = here;
    }
    if (page.next === null || !this.#read.has(keyOf(page.next))) return false;
    this.#refusals += 1;
    if (this.#refusals <= REFUSALS_MAX || page.next === page.address) return true;
    this.#read.clear();
    return false;
  }
}

/** Addresses are long, and secrets. */
function keyOf(address: string | null): string {
  return createHash('sha256')
    .update(address ?? '')
    .digest('base64')
    .slice(0, 22);
}
