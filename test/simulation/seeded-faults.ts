import type { Clock } from '../../src/core/clock.ts';
import { Fault } from '../../src/core/fault.ts';
import type { TableName } from '../../src/core/names.ts';
import type { Chance } from '../kit/chance.ts';

/** The answer is a refusal, or none comes. */
const refusals = ['throttled', 'token-rejected', 'forbidden', 'unavailable', 'timeout', 'reset'] as const;
/** The body breaks off: noticed by the connection, ending as if it were whole, or never ending. */
const bodyFaults = ['cut', 'cut-unnoticed', 'stalled'] as const;
/** The page is complete and wrong. */
const pageFaults = [
  'repeated-row',
  'repeated-across',
  'slipped-row',
  'empty-page',
  'no-links',
  'same-cookie',
  'older-cookie',
  'foreign-link',
] as const;
/** A call of the store fails: not done, done, or done some time later. */
const storeFaults = ['refused', 'answer-lost', 'done-later'] as const;
/** A call of the store takes long, and is answered all the same. */
const holds = ['held'] as const;
/** What happens to the world beside single calls. */
const events = [
  'expired-tokens',
  'column-made-again',
  'nap',
  'second-worker',
  'death',
  'restart',
  'spool-lost',
] as const;

export const faultKinds = [...refusals, ...bodyFaults, ...pageFaults, ...storeFaults, ...events] as const;
export type FaultKind = (typeof faultKinds)[number] | (typeof holds)[number];
export type BodyFault = (typeof bodyFaults)[number];
export type PageFault = (typeof pageFaults)[number];
export type StoreFault = (typeof storeFaults)[number];

/**
 * Which faults are in play and when one happens. Each seed leaves some kinds out, so that the others meet in many
 * mixtures, and has its own rates.
 */
export class SeededFaults {
  readonly kinds: ReadonlySet<FaultKind>;
  /** How often each was played. */
  readonly played = new Map<FaultKind, number>();
  readonly #chance: Chance;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #sourceRate: number;
  readonly #storeRate: number;
  readonly #forbiddenUntilMs = new Map<TableName, number>();
  #on = true;

  readonly #holdRate: number;

  /** `holds`: calls of the store may be held as well. */
  constructor({
    chance,
    clock,
    holds: isHolding,
  }: {
    readonly chance: Chance;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly holds: boolean;
  }) {
    this.#chance = chance;
    this.#clock = clock;
    const share = chance.oneOf([0.2, 0.5, 0.8, 1]);
    this.kinds = new Set(faultKinds.filter(() => chance.happens(share)));
    this.#sourceRate = chance.oneOf([0, 0.05, 0.15, 0.3]);
    this.#storeRate = chance.oneOf([0, 0.01, 0.04]);
    this.#holdRate = isHolding ? chance.oneOf([0, 0.005, 0.02]) : 0;
  }

  /** Whether anything may go wrong any more. */
  get on(): boolean {
    return this.#on;
  }

  end(): void {
    this.#on = false;
  }

  /** A fault of the world that the kinds in play allow. */
  allows(kind: FaultKind): boolean {
    return this.#on && this.kinds.has(kind);
  }

  /** Instead of an answer. */
  refusal(table: TableName | null): Fault | null {
    if (!this.#on) return null;
    if (table !== null && this.#clock.nowMs() < (this.#forbiddenUntilMs.get(table) ?? 0)) {
      return new Fault('source/forbidden', { table });
    }
    const kind = this.#play(refusals, this.#sourceRate / 2);
    return kind === null ? null : this.#faultOf(kind, table);
  }

  body(): BodyFault | null {
    return this.#play(bodyFaults, this.#sourceRate / 4);
  }

  page(): PageFault | null {
    return this.#play(pageFaults, this.#sourceRate);
  }

  store(): StoreFault | null {
    return this.#play(storeFaults, this.#storeRate);
  }

  /** Milliseconds that a call of the store is held. */
  heldMs(): number {
    if (!this.#on || this.#holdRate === 0 || !this.#chance.happens(this.#holdRate)) return 0;
    this.count('held');
    return this.#chance.between(1_000, 40_000);
  }

  count(kind: FaultKind): void {
    this.played.set(kind, (this.played.get(kind) ?? 0) + 1);
  }

  #play<K extends FaultKind>(family: readonly K[], rate: number): K | null {
    if (!this.#on || !this.#chance.happens(rate)) return null;
    const kind = this.#chance.oneOf(family);
    return this.kinds.has(kind) ? kind : null;
  }

  #faultOf(kind: (typeof refusals)[number], table: TableName | null): Fault {
    this.count(kind);
    const where = table === null ? {} : { table };
    switch (kind) {
      case 'throttled':
        return new Fault('source/throttled', { ...where, waitMs: this.#chance.between(1, 30_000) });
      case 'token-rejected':
        return new Fault('source/token-rejected', where);
      case 'forbidden':
        if (table !== null)
          this.#forbiddenUntilMs.set(table, this.#clock.nowMs() + this.#chance.between(1_000, 60_000));
        return new Fault('source/forbidden', where);
      case 'unavailable':
        return new Fault('source/unavailable', where);
      case 'timeout':
        return new Fault('source/timeout', where);
      case 'reset':
        return new Fault('source/unreachable', where);
    }
  }
}
