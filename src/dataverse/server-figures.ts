/** What an answer says about what is left, and which web server said it; null where it says nothing. */
export interface Figures {
  /** The value of its affinity cookie; null where it sets none. */
  readonly server: string | null;
  readonly requestsLeft: number | null;
  readonly executionLeftMs: number | null;
}

const REQUESTS_HEADER = 'x-ms-ratelimit-burst-remaining-xrm-requests';
const TIME_HEADER = 'x-ms-ratelimit-time-remaining-xrm-requests';

/**
 * Reads the figures of an answer. Microsoft's page on service protection limits names the headers without their form;
 * seen in the field are `7995` and `1,199.97` (seconds, with separators), the first above the documented 6,000.
 * Cookies are not sent back, so every answer sets the affinity cookie again and thereby names its server.
 */
export function figuresOf(answer: {
  readonly header: (name: string) => string | null;
  readonly cookies: readonly string[];
}): Figures {
  const seconds = numberOf(answer.header(TIME_HEADER));
  return {
    server: serverOf(answer.cookies),
    requestsLeft: numberOf(answer.header(REQUESTS_HEADER)),
    executionLeftMs: seconds === null ? null : seconds * 1_000,
  };
}

function numberOf(text: string | null): number | null {
  const plain = text?.trim().replaceAll(',', '') ?? '';
  return /^-?\d+(\.\d+)?$/.test(plain) ? Math.max(0, Number(plain)) : null;
}

function serverOf(cookies: readonly string[]): string | null {
  for (const cookie of cookies) {
    const value = /^\s*ARRAffinity=([^;]+)/i.exec(cookie)?.[1];
    if (value !== undefined) return value.slice(0, 200);
  }
  return null;
}

/** Answers looked back at for how requests spread over servers, and for the middle of figures without a server. */
const LOOK_BACK = 45;
const NAMELESS_LOOK_BACK = 9;
const SERVERS_MAX = 64;

/** A figure of a web server older than this says nothing any more. */
const FRESH_MS = 10_000;

/**
 * What we may still use of one limit, as the figures of web servers tell it: less than by our own count where strangers work
 * as the same user, or where the limit is lower than documented. Each server counts for itself, so:
 * - a server's figure is divided by its part of our answers: 50 left on one of three equal servers is room for 150, not
 *   for 50, and no reason to stand still;
 * - figures without a server name may come from several: the middle one of the last nine counts, neither one low one nor
 *   one high one.
 */
export class ServerFigures {
  readonly #recent: string[] = [];
  readonly #named = new Map<string, { readonly left: number; readonly seenMs: number }>();
  readonly #nameless: number[] = [];

  #left = Number.POSITIVE_INFINITY;
  #most = 0;
  #seenMs = 0;

  /** Takes a figure; what is above `max` is not believed. */
  note(
    figure: { readonly server: string | null; readonly left: number },
    { nowMs, max }: { readonly nowMs: number; readonly max: number },
  ): void {
    const left = figure.server === null ? this.#middle(figure.left) : this.#lowest(figure.server, figure.left, nowMs);
    this.#left = Math.min(left, max);
    this.#most = Math.max(this.#most, this.#left);
    this.#seenMs = nowMs;
  }

  /** The most that was ever said to be left: the limit itself, as far as we can know; 0 when nothing was said yet. */
  get most(): number {
    return this.#most;
  }

  /**
   * What is left by now, and how much comes back per millisecond: when something was used is not known, so it is taken to
   * come back evenly over one window.
   */
  left({ nowMs, windowMs }: { readonly nowMs: number; readonly windowMs: number }): {
    readonly left: number;
    readonly backPerMs: number;
  } {
    const backPerMs = Math.max(0, this.#most - this.#left) / windowMs;
    const left = this.#left + backPerMs * Math.max(0, nowMs - this.#seenMs);
    return { left: Math.min(this.#most, left), backPerMs };
  }

  #middle(left: number): number {
    this.#nameless.push(left);
    if (this.#nameless.length > NAMELESS_LOOK_BACK) this.#nameless.shift();
    return [...this.#nameless].sort((a, b) => a - b)[Math.floor(this.#nameless.length / 2)] ?? left;
  }

  #lowest(server: string, left: number, nowMs: number): number {
    this.#recent.push(server);
    if (this.#recent.length > LOOK_BACK) this.#recent.shift();
    this.#named.delete(server);
    this.#named.set(server, { left, seenMs: nowMs });
    for (const [name, { seenMs }] of this.#named) {
      if (nowMs - seenMs > FRESH_MS || this.#named.size > SERVERS_MAX) this.#named.delete(name);
    }
    return Math.min(...[...this.#named].map(([name, { left: its }]) => its / this.#share(name)));
  }

  #share(server: string): number {
    const seen = this.#recent.filter(name => name === server).length;
    return Math.max(1, seen) / this.#recent.length;
  }
}
