import type { Clock } from '../core/clock.ts';
import { Fault, toFault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import type { ChildEnd, SqlChild } from './sql-child.ts';
import type { SqlAddress, SqlNews } from './sql-messages.ts';

/** The start does not wait longer for it; it is still tried again. */
const READY_MS_MAX = 30_000;
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 60_000;
/** One that ran for so long begins with the shortest pause again. */
const SOUND_MS = 60_000;

export interface SqlEndpointParts {
  readonly settings: Settings;
  readonly version: string;
  /** `fail`: the start throws; `free`: another port is taken. */
  readonly portTaken: 'fail' | 'free';
  readonly clock: Clock;
  readonly log: Log;
  /** What the service knows of its tables now. */
  readonly tables: () => readonly TableStatus[];
  readonly startChild: () => SqlChild;
}

/** The SQL endpoint at work, in a process of its own. */
export interface SqlEndpoint {
  /** Null while it does not listen: it is on its way, or is started again after it ended. */
  readonly address: SqlAddress | null;
  /** Of the process that works now; null: none does. */
  readonly pid: number | null;
  /**
   * Resolves when it listens, and also after trouble that is tried again, since sync goes on without SQL. Rejects with
   * `input/invalid` where a setting keeps it from starting: a port that is taken, a certificate that is none.
   */
  readonly begun: Promise<void>;
  /** Resolves when the process is gone. Stopping twice is allowed. */
  stop(): Promise<void>;
}

/**
 * Starts the SQL endpoint and keeps it running: a process that ends is started again after a pause that grows, at the
 * port that it had.
 */
export function startSqlEndpoint(parts: SqlEndpointParts): SqlEndpoint {
  return new SupervisedEndpoint(parts);
}

class SupervisedEndpoint implements SqlEndpoint {
  readonly begun: Promise<void>;
  readonly #parts: SqlEndpointParts;
  readonly #stopping = new AbortController();
  readonly #work: Promise<void>;
  #port: number;
  #address: SqlAddress | null = null;
  #child: SqlChild | null = null;
  /** Takes the first outcome: null, or the fault of a setting. */
  #begin: (refusal: Fault | null) => void = () => {};

  constructor(parts: SqlEndpointParts) {
    this.#parts = parts;
    this.#port = parts.settings.sqlPort ?? 0;
    const outcome = new Promise<Fault | null>(resolve => {
      this.#begin = resolve;
    });
    this.begun = this.#first(outcome);
    // Whoever does not ask for it does not want to end by it.
    this.begun.catch(() => undefined);
    this.#work = this.#keepRunning();
  }

  get address(): SqlAddress | null {
    return this.#address;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#child?.stop();
    await this.#work;
  }

  async #first(outcome: Promise<Fault | null>): Promise<void> {
    const { clock, log } = this.#parts;
    const waiting = new AbortController();
    const tooLate = clock.sleep(READY_MS_MAX, waiting.signal).then(
      () => {
        log.error('sql endpoint is not ready yet', { ms: READY_MS_MAX });
        return null;
      },
      () => null,
    );
    const refusal = await Promise.race([outcome, tooLate]);
    waiting.abort();
    if (refusal === null) return;
    // It would fail again at every start.
    this.#stopping.abort();
    throw refusal;
  }

  async #keepRunning(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopping;
    let pauseMs = PAUSE_MS;
    while (!signal.aborted) {
      const startedMs = clock.nowMs();
      const end = await this.#runOnce();
      this.#address = null;
      this.#child = null;
      // A first process that ends before it says anything does not hold up the start.
      this.#begin(null);
      if (signal.aborted) return;
      const livedMs = clock.nowMs() - startedMs;
      pauseMs = livedMs >= SOUND_MS ? PAUSE_MS : pauseMs;
      log.error('sql endpoint ended; it is started again', { code: end.code, signal: end.signal, ms: pauseMs });
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs);
    }
  }

  async #runOnce(): Promise<ChildEnd> {
    const { settings, version, portTaken, log } = this.#parts;
    let child: SqlChild;
    try {
      child = this.#parts.startChild();
    } catch (failure) {
      log.error('sql endpoint did not start', { reason: toFault(failure).message });
      return { code: null, signal: null };
    }
    this.#child = child;
    child.onNews(news => this.#hear(child, news));
    child.send({ kind: 'start', settings, version, port: this.#port, orFreePort: portTaken === 'free' });
    return child.ended;
  }

  #hear(child: SqlChild, news: SqlNews): void {
    const { log, tables } = this.#parts;
    switch (news.kind) {
      case 'ready': {
        const { host, port, tls } = news.address;
        this.#address = news.address;
        // Clients know it by now: after a restart it is the same.
        this.#port = port;
        this.#begin(null);
        log.info('sql endpoint listens', { host, port, tls });
        return;
      }
      case 'failed': {
        const fault = new Fault(news.code, news.details);
        log.error('sql endpoint did not start', { code: fault.code, reason: fault.message });
        this.#begin(fault.code.startsWith('input/') ? fault : null);
        return;
      }
      case 'ask-tables':
        child.send({ kind: 'tables', id: news.id, tables: tables() });
        return;
      case 'log':
        log[news.level](news.sentence, news.fields);
    }
  }
}
