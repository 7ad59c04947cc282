import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Source } from '../core/source.ts';

const LOOK_AGAIN_MS = 3_600_000;

/**
 * Makes sure that the organization behind the environment's address is still the one the link was made with (I-9):
 * rows of another one would replace those of the lake. Asked by every table, looked at hourly and once for all.
 */
export class EnvironmentGuard {
  readonly #parts: {
    readonly source: Pick<Source, 'identity'>;
    readonly clock: Clock;
    readonly organizationId: string;
    readonly signal: AbortSignal;
  };
  #look: Promise<void> | null = null;
  #goodUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    readonly source: Pick<Source, 'identity'>;
    readonly clock: Clock;
    readonly organizationId: string;
    readonly signal: AbortSignal;
  }) {
    this.#parts = parts;
  }

  /** Throws `source/changed`, or what kept us from looking; then the next call looks again. */
  async require(): Promise<void> {
    if (this.#parts.clock.nowMs() < this.#goodUntilMs) return;
    this.#look ??= this.#lookNow().finally(() => {
      this.#look = null;
    });
    await this.#look;
  }

  async #lookNow(): Promise<void> {
    const { source, clock, organizationId, signal } = this.#parts;
    const found = await source.identity(signal);
    if (found.organizationId.toLowerCase() !== organizationId.toLowerCase()) {
      throw new Fault('source/changed', {
        url: found.url,
        organizationId: found.organizationId,
        expected: organizationId,
      });
    }
    this.#goodUntilMs = clock.nowMs() + LOOK_AGAIN_MS;
  }
}
