import type { Clock } from '../core/clock.ts';
import { Fault, toFault } from '../core/fault.ts';
import type { LinkLog } from '../core/link-log.ts';
import type { Source } from '../core/source.ts';
import type { EngineLog } from './table-parts.ts';
import { type TableWitnesses, WitnessCheck } from './witness-check.ts';

const LOOK_AGAIN_MS = 3_600_000;
/** However many tables doubt, a look is not repeated sooner. */
const DOUBT_MS = 10_000;

export interface GuardParts {
  readonly source: Pick<Source, 'identity' | 'rowVersion'>;
  readonly clock: Clock;
  readonly organizationId: string;
  readonly linkLog: LinkLog;
  /** The tables whose log was read, and whether these are all of the link. */
  readonly witnesses: () => { readonly tables: readonly TableWitnesses[]; readonly isAll: boolean };
  readonly report: EngineLog;
  readonly signal: AbortSignal;
}

/** What a table has to know of the environment before it reads on. */
export interface EnvironmentView {
  /** A table of a lower epoch begins a new full read. */
  readonly epoch: number;
  /** How many looks at the environment have ended. */
  readonly looks: number;
}

/**
 * Makes sure that the environment is the one that the lake was read from (I-9): the same organization, and not restored
 * to an earlier time. Asked by every table before every step, looked at hourly, when every table is known, and when a
 * table doubts; once for all tables. A restore opens a new epoch in the link's log, so that each table begins it once,
 * whoever dies in between.
 */
export class EnvironmentGuard {
  readonly #parts: GuardParts;
  readonly #check: WitnessCheck;
  #running: Promise<void> | null = null;
  #epoch: number | null = null;
  #looks = 0;
  /** When the newest look that showed the right organization ended, and when the newest one of any outcome began. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #lookedAtAll = false;
  #doubted = false;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#check = new WitnessCheck(parts.source);
  }

  /** Throws `source/changed`, or what kept us from looking; then the next call looks again. */
  async require({ doubt = false }: { readonly doubt?: boolean } = {}): Promise<EnvironmentView> {
    if (doubt) this.doubt();
    const isDue = this.#isLookDue();
    if (isDue || this.#check.provesRestored(() => this.#witnesses().tables)) {
      this.#running ??= (isDue ? this.#look() : this.beginEpoch()).finally(() => {
        this.#running = null;
      });
      await this.#running;
    }
    return { epoch: this.#epoch ?? 0, looks: this.#looks };
  }

  /** Something happened that a restore could explain. */
  doubt(): void {
    this.#doubted = true;
  }

  /** Opens the next epoch: every table reads everything again, and nothing of before wins against what it finds. */
  async beginEpoch(): Promise<void> {
    const { linkLog, report, signal } = this.#parts;
    const before = await linkLog.load(signal);
    // `discarded`: another process opened it first, which is as good.
    const { state } = await linkLog.commit(before, { kind: 'epoch', epoch: before.epoch + 1 }, { signal });
    this.#epoch = state.epoch;
    this.#check.forget();
    report.warn('a new epoch begins, every table is read again', { epoch: state.epoch });
  }

  #isLookDue(): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const isPast = (sinceMs: number, ms: number) => nowMs < sinceMs || nowMs - sinceMs >= ms;
    if (isPast(this.#lookedMs, LOOK_AGAIN_MS) || (this.#doubted && isPast(this.#triedMs, DOUBT_MS))) return true;
    return !this.#lookedAtAll && this.#witnesses().isAll;
  }

  async #look(): Promise<void> {
    const { linkLog, clock, signal } = this.#parts;
    this.#triedMs = clock.nowMs();
    this.#epoch ??= (await linkLog.load(signal)).epoch;
    if (!(await this.#isOrganizationSeen())) return;
    const { tables, isAll } = this.#witnesses();
    const isRestored = await this.#check.look(tables, this.#looks + 1, signal);
    if (isRestored) await this.beginEpoch();
    this.#looks += 1;
    this.#lookedMs = clock.nowMs();
    this.#lookedAtAll ||= isAll;
    this.#doubted = false;
  }

  /** False when it could not be asked and there is no hurry: a doubt of one table must not stop the others (I-8). */
  async #isOrganizationSeen(): Promise<boolean> {
    const { source, clock, organizationId, signal } = this.#parts;
    try {
      const found = await source.identity(signal);
      if (found.organizationId.toLowerCase() === organizationId.toLowerCase()) return true;
      this.#lookedMs = Number.NEGATIVE_INFINITY;
      throw new Fault('source/changed', {
        url: found.url,
        organizationId: found.organizationId,
        expected: organizationId,
      });
    } catch (failure) {
      const nowMs = clock.nowMs();
      const wasGood = nowMs >= this.#lookedMs && nowMs - this.#lookedMs < LOOK_AGAIN_MS;
      if (!wasGood || toFault(failure).code === 'source/changed') throw failure;
      return false;
    }
  }

  #witnesses(): { readonly tables: readonly TableWitnesses[]; readonly isAll: boolean } {
    const { tables, isAll } = this.#parts.witnesses();
    return { tables: tables.filter(({ epoch }) => epoch === (this.#epoch ?? 0)), isAll };
  }
}
