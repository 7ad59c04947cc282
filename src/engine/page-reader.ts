import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { PageRequest, Source } from '../core/source.ts';
import type { PageKey, PageSpool, SpooledPage } from '../core/spool.ts';
import type { Gate } from './gate.ts';
import { PageTrail } from './page-trail.ts';

export interface PageReaderParts {
  readonly link: LinkName;
  readonly table: TableName;
  readonly source: Source;
  readonly spool: PageSpool;
  /** One request of a table at a time, whatever it reads: a killed process then repeats at most one. */
  readonly oneAtATime: Gate;
  readonly gate: Gate;
}

export interface PageAsk {
  readonly read: 'full' | 'delta' | 'narrow';
  readonly generation: number;
  readonly address: string | null;
  readonly shape: TableShape;
  /** The same page without annotations; only its links are of use. */
  readonly plain?: boolean;
  /** A read begins with this page; without it, where there is no address. */
  readonly isFirst?: boolean;
}

/** A page with the question that brought it. */
export interface ReadPage {
  readonly ask: PageAsk;
  readonly page: SpooledPage;
}

/** A page asked ahead. Its failure is kept until it is asked for, or dropped with it. */
interface PageAhead {
  readonly ask: PageAsk;
  readonly page: Promise<SpooledPage>;
  arrived: SpooledPage | null;
}

/**
 * Pages of one table through the spool, one on its way at a time. While pages are turned into a batch the next ones are
 * fetched. A page that lies complete in the spool, also from before a crash, is never asked again.
 */
export class PageReader {
  readonly #parts: PageReaderParts;
  /** In their order; only the last one may still be on its way. */
  readonly #ahead: PageAhead[] = [];
  readonly #trail = new PageTrail();

  constructor(parts: PageReaderParts) {
    this.#parts = parts;
  }

  /** The page asked for; the one that follows it is on its way when this resolves. */
  async read(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const page = await this.#take(ask, signal);
    await this.#requireOwnLinks(page);
    const isFirst = ask.isFirst ?? ask.address === null;
    if (ask.plain !== true && this.#trail.leadsBack({ address: ask.address, next: page.next, isFirst })) {
      await this.#parts.spool.remove(page);
      const { table } = this.#parts;
      throw new Fault('source/answer-broken', { table, reason: 'its pages lead in a circle' });
    }
    if (page.next !== null) this.#readAhead({ ...ask, address: page.next }, signal);
    return page;
  }

  /** The page asked for, and those after it that are here already: at least one, as many as make a good batch. */
  async readTogether(ask: PageAsk, signal: AbortSignal): Promise<readonly [ReadPage, ...ReadPage[]]> {
    const pages: [ReadPage, ...ReadPage[]] = [{ ask, page: await this.read(ask, signal) }];
    for (;;) {
      const next = this.#nextTogether(pages);
      if (next === null) return pages;
      this.#ahead.shift();
      pages.push(next);
      if (next.page.next !== null) this.#readAhead({ ...next.ask, address: next.page.next }, signal);
    }
  }

  /** Pages read together were committed: a later one that leads back to them leads in a circle. */
  passed(pages: readonly ReadPage[]): void {
    for (const { ask } of pages) this.#trail.pass(ask.address);
  }

  /** The page that may join these. One that leads back or elsewhere is read by itself, where it is refused. */
  #nextTogether(pages: readonly ReadPage[]): ReadPage | null {
    const [ahead] = this.#ahead;
    const page = ahead?.arrived ?? null;
    if (ahead === undefined || page === null || pages.length >= limits.pagesTogether) return null;
    const bytes = pages.reduce((sum, one) => sum + one.page.bytes, page.bytes);
    if (bytes > limits.pagesTogetherBytes) return null;
    const leadsBack =
      this.#trail.has(page.next) || [...pages, { ask: ahead.ask }].some(one => one.ask.address === page.next);
    if (page.next !== null && (leadsBack || !this.#isOwn(page.next))) return null;
    return page.delta !== null && !this.#isOwn(page.delta) ? null : { ask: ahead.ask, page };
  }

  #isOwn(link: string): boolean {
    try {
      this.#parts.source.requireOwn(link);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the page lies in the spool or is on its way. */
  async holds(ask: PageAsk): Promise<boolean> {
    return (
      this.#ahead.some(ahead => askKey(ahead.ask) === askKey(ask)) ||
      (await this.#parts.spool.find(this.#keyOf(ask))) !== null
    );
  }

  /** The change token of a full read's last page. What changes between the page and its token is the narrow pass's. */
  async tokenOf(page: SpooledPage, ask: PageAsk, signal: AbortSignal): Promise<string> {
    return page.delta ?? (await this.#plainEnd(page, ask, signal)).delta;
  }

  /**
   * A page of changes, the last one with its token. A token that had to be asked for apart stands for a later moment
   * than the page: what changed between the two would be in no delta. So the page is asked again after its token, unless
   * both answers were empty.
   */
  async readChanges(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const page = await this.read(ask, signal);
    if (page.next !== null || page.delta !== null) return page;
    const plain = await this.#plainEnd(page, ask, signal);
    if (isEmpty(page) && isEmpty(plain)) return { ...page, delta: plain.delta };
    await this.#parts.spool.remove(page);
    const again = await this.read(ask, signal);
    return again.next === null ? { ...again, delta: again.delta ?? plain.delta } : again;
  }

  /**
   * Some environments leave out the change token of a last page when annotations are asked for: then the same page is
   * asked once more without them, only for its link. A read is never taken as complete without a token.
   */
  async #plainEnd(page: SpooledPage, ask: PageAsk, signal: AbortSignal): Promise<SpooledPage & { delta: string }> {
    const { spool, table } = this.#parts;
    const plain = await this.read({ ...ask, plain: true }, signal);
    await spool.remove(plain);
    if (plain.delta !== null) return { ...plain, delta: plain.delta };
    await spool.remove(page);
    throw new Fault('source/no-token', { table });
  }

  /** A page whose links lead elsewhere is asked again: committed with such a cursor, its table could never go on. */
  async #requireOwnLinks(page: SpooledPage): Promise<void> {
    const { source, spool } = this.#parts;
    try {
      for (const link of [page.next, page.delta]) if (link !== null) source.requireOwn(link);
    } catch (failure) {
      await spool.remove(page);
      throw failure;
    }
  }

  /** Waits for a page that is on its way, whatever becomes of it. */
  async settle(): Promise<void> {
    for (const { page } of this.#ahead.splice(0)) await page.catch(ignoreFailure);
  }

  async #take(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const [ahead] = this.#ahead;
    if (ahead !== undefined && askKey(ahead.ask) === askKey(ask)) {
      this.#ahead.shift();
      return ahead.page;
    }
    await this.settle();
    return this.#receive(ask, signal);
  }

  /** Sees to it that pages follow: the one asked for, or what comes after those that are asked for already. */
  #readAhead(ask: PageAsk, signal: AbortSignal): void {
    const last = this.#ahead.at(-1);
    if (last === undefined) this.#askAhead({ ...ask, isFirst: false }, signal);
    else this.#askAfter(last, signal);
  }

  #askAhead(ask: PageAsk, signal: AbortSignal): void {
    const ahead: PageAhead = { ask, page: this.#receive(ask, signal), arrived: null };
    this.#ahead.push(ahead);
    ahead.page.then(page => {
      ahead.arrived = page;
      this.#askAfter(ahead, signal);
    }, ignoreFailure);
  }

  #askAfter(ahead: PageAhead, signal: AbortSignal): void {
    const next = ahead.arrived?.next ?? null;
    if (next === null || this.#ahead.at(-1) !== ahead || this.#ahead.length >= limits.pagesAhead) return;
    this.#askAhead({ ...ahead.ask, address: next }, signal);
  }

  async #receive(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const { source, spool, oneAtATime, gate } = this.#parts;
    const key = this.#keyOf(ask);
    const found = await spool.find(key);
    if (found !== null) return found;
    const receive = async () => spool.receive(key, await source.page(requestOf(ask), signal), signal);
    return oneAtATime.run(() => gate.run(receive, signal), signal);
  }

  #keyOf(ask: PageAsk): PageKey {
    const { link, table } = this.#parts;
    const address = ask.plain === true ? `plain ${ask.address}` : ask.address;
    return { link, table, generation: ask.generation, read: ask.read, address };
  }
}

function requestOf(ask: PageAsk): PageRequest {
  const { read, shape, address, plain = false } = ask;
  if (read === 'narrow') return { read, shape, link: address };
  if (read === 'full') return { read, shape, link: address, plain };
  if (address === null) throw new Fault('internal/bug', { reason: 'a delta was asked without its link' });
  return { read, shape, link: address, plain };
}

function askKey(ask: PageAsk): string {
  return JSON.stringify([ask.read, ask.generation, ask.address, ask.plain === true]);
}

/** An empty JSON array, give or take white space. */
const EMPTY_PAGE_BYTES = 4;

export function isEmpty(page: SpooledPage): boolean {
  return page.bytes <= EMPTY_PAGE_BYTES;
}

/** A failure ahead of time is reported when the page is really needed: the same request is made again then. */
function ignoreFailure(): void {}
