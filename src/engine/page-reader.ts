import { Fault } from '../core/fault.ts';
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

/**
 * Pages of one table through the spool, one on its way at a time. While a page is turned into a batch the next one is
 * fetched. A page that lies complete in the spool, also from before a crash, is never asked again.
 */
export class PageReader {
  readonly #parts: PageReaderParts;
  /** The page asked ahead. Its failure is kept until it is asked for, or dropped with it. */
  #ahead: { readonly key: string; readonly page: Promise<SpooledPage> } | null = null;

  readonly #trail = new PageTrail();

  constructor(parts: PageReaderParts) {
    this.#parts = parts;
  }

  /** The page asked for; the one that follows it is on its way when this resolves. */
  async read(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const page = await this.#take(ask, signal);
    const isFirst = ask.isFirst ?? ask.address === null;
    if (ask.plain !== true && this.#trail.leadsBack({ address: ask.address, next: page.next, isFirst })) {
      await this.#parts.spool.remove(page);
      const { table } = this.#parts;
      throw new Fault('source/answer-broken', { table, reason: 'its pages lead in a circle' });
    }
    if (page.next !== null) this.#readAhead({ ...ask, address: page.next, isFirst: false }, signal);
    return page;
  }

  /** Whether the page lies in the spool or is on its way. */
  async holds(ask: PageAsk): Promise<boolean> {
    return this.#ahead?.key === askKey(ask) || (await this.#parts.spool.find(this.#keyOf(ask))) !== null;
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

  /** Waits for a page that is on its way, whatever becomes of it. */
  async settle(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (ahead !== null) await ahead.page.catch(ignoreFailure);
  }

  async #take(ask: PageAsk, signal: AbortSignal): Promise<SpooledPage> {
    const ahead = this.#ahead;
    if (ahead !== null) {
      this.#ahead = null;
      if (ahead.key === askKey(ask)) return ahead.page;
      await ahead.page.catch(ignoreFailure);
    }
    return this.#receive(ask, signal);
  }

  #readAhead(ask: PageAsk, signal: AbortSignal): void {
    const page = this.#receive(ask, signal);
    page.catch(ignoreFailure);
    this.#ahead = { key: askKey(ask), page };
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
