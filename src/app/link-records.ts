import { Fault, toFault } from '../core/fault.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { Source } from '../core/source.ts';
import { bringDown, type LinkRecord } from './link-record.ts';
import { endedRemoval, finishRemovals } from './link-removal.ts';
import type { ServiceParts, SourceAddress } from './service-parts.ts';
import { Turns } from './turns.ts';

/** Everything that is asked of an environment while a person waits. */
const CHECKS_TIMEOUT_MS = 120_000;
/** Pauses between attempts to bring up a link that did not start. */
const RESTART_PAUSES_MS = [2_000, 5_000, 15_000, 60_000] as const;

/** The links of the service: who is at work, bringing them up and down, one change of a link at a time. */
export class LinkRecords {
  readonly parts: ServiceParts;
  readonly #records = new Map<LinkName, LinkRecord>();
  readonly #turns = new Turns();
  readonly #stopping = new AbortController();
  readonly #retries = new Set<Promise<void>>();

  constructor(parts: ServiceParts) {
    this.parts = parts;
  }

  async start(): Promise<void> {
    const links = await this.parts.ledger.links();
    for (const settings of links) this.add({ settings, running: null, lake: null, fault: null });
    await Promise.all(links.map(link => this.#turns.take(link.name, () => this.#bringUpOrRetry(link.name))));
  }

  /** Stops every link; what was committed is complete. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Fault('service/stopped'));
    await Promise.all([...this.#retries]);
    const stops = this.all().map(record => this.#turns.take(record.settings.name, () => bringDown(record)));
    const outcomes = await Promise.allSettled(stops);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  all(): LinkRecord[] {
    return [...this.#records.values()];
  }

  /** `link/unknown` when there is none. */
  get(name: LinkName): LinkRecord {
    const record = this.#records.get(name);
    if (record === undefined) throw new Fault('link/unknown', { link: name });
    return record;
  }

  ofTable(name: LinkName, table: TableName): LinkRecord {
    const record = this.get(name);
    if (!record.settings.tables.some(one => one.table === table)) {
      throw new Fault('link/table-unknown', { link: name, table });
    }
    return record;
  }

  add(record: LinkRecord): void {
    this.#records.set(record.settings.name, record);
  }

  remove(name: LinkName): void {
    this.#records.delete(name);
  }

  /** One change of a link at a time. */
  inTurn<T>(name: LinkName, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(name, work);
  }

  /** Runs what a person waits for, with an end: an environment that hangs is `source/timeout`. */
  async asking<T>(address: SourceAddress, work: (source: Source, signal: AbortSignal) => Promise<T>): Promise<T> {
    const source = this.parts.openSource(address);
    const timeout = AbortSignal.timeout(CHECKS_TIMEOUT_MS);
    const signal = AbortSignal.any([timeout, this.#stopping.signal]);
    try {
      return await work(source, signal);
    } catch (failure) {
      if (this.#stopping.signal.aborted) throw new Fault('service/stopped', {}, { cause: failure });
      if (timeout.aborted) throw new Fault('source/timeout', { waitedMs: CHECKS_TIMEOUT_MS }, { cause: failure });
      throw failure;
    } finally {
      await source.close();
    }
  }

  async addressOf(record: LinkRecord): Promise<SourceAddress> {
    return { ...record.settings, clientSecret: await this.parts.ledger.secret(record.settings.id) };
  }

  /** Opens the lake, starts the link, and goes on with removals that were interrupted; of one that runs the latter only. */
  async bringUp(record: LinkRecord, { isNew = false } = {}): Promise<void> {
    this.refuseWhenStopping();
    if (record.running === null) {
      if (await endedRemoval(this, record)) return;
      await this.#start(record, { isNew });
    }
    await finishRemovals(this, record);
    record.fault = null;
  }

  async #start(record: LinkRecord, { isNew }: { readonly isNew: boolean }): Promise<void> {
    const { ledger, lakes } = this.parts;
    try {
      const secret = await ledger.secret(record.settings.id);
      record.lake ??= await lakes.open(record.settings);
      record.running = await this.parts.startLink(record.settings, { secret, lake: record.lake });
      record.fault = null;
    } catch (failure) {
      record.fault = toFault(failure);
      // A new link's folder was empty: the mark goes, so that it can be used again.
      if (isNew) await record.lake?.erase({ foreign: false });
      await bringDown(record);
      throw record.fault;
    }
  }

  refuseWhenStopping(): void {
    if (this.#stopping.signal.aborted) throw new Fault('service/stopped');
  }

  nowText(): string {
    return new Date(this.parts.clock.nowMs()).toISOString();
  }

  async #bringUpOrRetry(name: LinkName): Promise<void> {
    const record = this.get(name);
    try {
      await this.bringUp(record);
    } catch (failure) {
      const fault = toFault(failure);
      record.fault ??= fault;
      this.parts.log.error('link did not start', { link: name, code: fault.code, reason: fault.message });
      const retry = this.#retry(record).finally(() => this.#retries.delete(retry));
      this.#retries.add(retry);
    }
  }

  async #retry(record: LinkRecord): Promise<void> {
    const { clock, log } = this.parts;
    const { name } = record.settings;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await clock.sleep(RESTART_PAUSES_MS[Math.min(attempt, RESTART_PAUSES_MS.length - 1)] ?? 60_000, signal);
        // One that runs has a fault while a removal in it is not finished.
        if (this.#records.get(name) !== record || (record.running !== null && record.fault === null)) return;
        await this.#turns.take(name, () => this.bringUp(record));
        log.info('link started after all', { link: name });
        return;
      } catch (failure) {
        if (signal.aborted) return;
        log.debug('link still does not start', { link: name, code: toFault(failure).code });
      }
    }
  }
}
