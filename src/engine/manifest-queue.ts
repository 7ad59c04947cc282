import type { Clock } from '../core/clock.ts';
import { toFault } from '../core/fault.ts';
import type { EngineLog } from './table-parts.ts';

const RETRY_MS = 5_000;
/** Between two manifests: while many tables complete their initial sync, each one would have its own. */
const PAUSE_MS = 1_000;

/** Manifests of a link, one after the other. Asking while one is made, or waits, means once more after it. */
export class ManifestQueue {
  readonly #publish: () => Promise<void>;
  readonly #clock: Clock;
  readonly #report: EngineLog;
  #turn: Promise<void> = Promise.resolve();
  #isAsked = false;
  #madeMs = Number.NEGATIVE_INFINITY;
  /** How many want one at once. */
  #hurried = 0;
  #hurry = new AbortController();
  readonly #ended = new AbortController();

  constructor(parts: { readonly publish: () => Promise<void>; readonly clock: Clock; readonly report: EngineLog }) {
    this.#publish = parts.publish;
    this.#clock = parts.clock;
    this.#report = parts.report;
  }

  /** A manifest within a second or so; one that fails is tried again. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const made = this.#inTurn(async () => {
      await this.#pause();
      this.#isAsked = false;
      await this.#make(this.#publish);
    });
    made.catch(failure => this.#askAgain(failure));
  }

  /** A manifest at once; a failure is the asker's own. */
  async now(publish: () => Promise<void>): Promise<void> {
    this.#hurried += 1;
    this.#skipPause();
    try {
      await this.#inTurn(() => this.#make(publish));
    } finally {
      this.#hurried -= 1;
    }
  }

  /** Makes what was asked for, and nothing after it. */
  async end(): Promise<void> {
    this.#ended.abort();
    this.#skipPause();
    await this.#turn;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #make(publish: () => Promise<void>): Promise<void> {
    await publish();
    this.#madeMs = this.#clock.nowMs();
  }

  async #pause(): Promise<void> {
    if (this.#ended.signal.aborted || this.#hurried > 0) return;
    const passedMs = this.#clock.nowMs() - this.#madeMs;
    // A clock that was set back must not hold it up.
    if (passedMs < 0 || passedMs >= PAUSE_MS) return;
    await this.#clock.sleep(PAUSE_MS - passedMs, this.#hurry.signal).catch(() => {});
  }

  #skipPause(): void {
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  #askAgain(failure: unknown): void {
    const { signal } = this.#ended;
    if (signal.aborted) return;
    this.#report.warn('manifest not published', { code: toFault(failure).code });
    this.#clock.sleep(RETRY_MS, signal).then(
      () => this.ask(),
      () => {},
    );
  }
}
