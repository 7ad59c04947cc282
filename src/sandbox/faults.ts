/**
 * What a scripted fault does.
 *
 * Instead of the work: `status` answers what it is told · `throttle` 429 of a service-protection limit ·
 * `unauthorized` 401 with the challenge, the token stays good · `forbidden` 403 of a missing privilege ·
 * `unavailable` 503 with a page of HTML · `expired-delta-token` the platform's error 0x80044352 · `reset` closes the
 * connection unanswered.
 *
 * After the work: `lost-answer` closes the connection · `expire-access-token` answers, but the token that came with the
 * request is refused from then on · `truncate` sends a part of the body · `cut-gzip` a part of the packed body ·
 * `stall` stops in the middle and keeps the connection · `slow` waits first · `drip` sends the body bit by bit.
 *
 * To a page of rows only: `repeat-row` its last row comes twice · `repeat-across` the next page begins with its last row ·
 * `shift-page` its first row is in no page · `empty-page` an empty page comes before it · `no-links` it has neither a
 * nextLink nor a deltaLink · `repeat-cookie` its nextLink leads back · `foreign-link` its link names another host ·
 * `broken-utf8` and `lone-surrogate` one of its texts is no text.
 */
export type FaultKind = (typeof faultKinds)[number];

export const faultKinds = [
  'status',
  'throttle',
  'unauthorized',
  'forbidden',
  'unavailable',
  'expired-delta-token',
  'reset',
  'lost-answer',
  'expire-access-token',
  'truncate',
  'cut-gzip',
  'stall',
  'slow',
  'drip',
  'repeat-row',
  'repeat-across',
  'shift-page',
  'empty-page',
  'no-links',
  'repeat-cookie',
  'foreign-link',
  'broken-utf8',
  'lone-surrogate',
] as const;

/** The limits of service protection: requests of a window, their combined time, requests at one time. */
export type ProtectionLimit = (typeof protectionLimits)[number];

export const protectionLimits = ['requests', 'time', 'concurrency'] as const;

/** A scripted fault: the first rule that matches a data request and has times left is played. */
export interface FaultRule {
  /** Regular expression over `METHOD path?query`, and over the table's logical name. */
  readonly match: string;
  /** How often; forever when left out. */
  readonly times?: number;
  /** Matching requests to let pass first. */
  readonly skip?: number;
  readonly do: FaultKind;
  /** For `status`; 503 when left out. */
  readonly status?: number;
  /** For what answers instead of the work: more headers, or others. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For `status` and `unavailable`. */
  readonly body?: string;
  /** For `throttle`; `requests` when left out. */
  readonly limit?: ProtectionLimit;
  /** For `throttle` (5 when left out, null for no header) and `unavailable` (no header when left out). */
  readonly retryAfterSeconds?: number | null;
  /** For `slow`: the wait before the answer, 1,000 when left out. For `drip`: the time of the whole body, 10,000. */
  readonly ms?: number;
  /** For `drip`: in how many pieces; 10 when left out. */
  readonly pieces?: number;
  /**
   * Bytes of the body to send. `truncate` and `cut-gzip`: half when left out. `stall`: none. `expire-access-token`: all;
   * with a number the connection breaks after that many.
   */
  readonly bytes?: number;
  /** For `truncate` and `cut-gzip`: the answer ends as if it were whole. */
  readonly clean?: boolean;
  /** For `stall`: before the first byte, in the middle of the headers, or in the body, which is the default. */
  readonly at?: 'start' | 'headers' | 'body';
  /** For `foreign-link`, where it is needed: `other.example` or `https://other.example:8443`. */
  readonly host?: string;
  /** For `repeat-cookie`: 1, the page leads to itself; 2, every second page to the one before. */
  readonly cycle?: 1 | 2;
  /** For `broken-utf8` and `lone-surrogate`: the property; else the first that holds words. */
  readonly column?: string;
}

type Detail = Exclude<keyof FaultRule, 'match' | 'times' | 'skip' | 'do'>;

/** The fields a kind has a use for, beside those of every rule. */
export const faultDetails: Readonly<Record<FaultKind, readonly Detail[]>> = {
  status: ['status', 'headers', 'body'],
  throttle: ['limit', 'retryAfterSeconds', 'headers'],
  unauthorized: ['headers'],
  forbidden: ['headers'],
  unavailable: ['retryAfterSeconds', 'headers', 'body'],
  'expired-delta-token': ['headers'],
  reset: [],
  'lost-answer': [],
  'expire-access-token': ['bytes'],
  truncate: ['bytes', 'clean'],
  'cut-gzip': ['bytes', 'clean'],
  stall: ['bytes', 'at'],
  slow: ['ms'],
  drip: ['ms', 'pieces'],
  'repeat-row': [],
  'repeat-across': [],
  'shift-page': [],
  'empty-page': [],
  'no-links': [],
  'repeat-cookie': ['cycle'],
  'foreign-link': ['host'],
  'broken-utf8': ['column'],
  'lone-surrogate': ['column'],
};

/** Kinds that change a page of rows; other requests pass them by and do not count. */
export const pageFaults: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'repeat-row',
  'repeat-across',
  'shift-page',
  'empty-page',
  'no-links',
  'repeat-cookie',
  'foreign-link',
  'broken-utf8',
  'lone-surrogate',
]);

/** Kinds that belong to a connection; a request inside a batch has none of its own. */
export const connectionFaults: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'reset',
  'lost-answer',
  'expire-access-token',
  'truncate',
  'cut-gzip',
  'stall',
  'slow',
  'drip',
]);

interface Armed {
  readonly rule: FaultRule;
  readonly pattern: RegExp;
  skip: number;
  left: number;
  played: number;
}

/** What a request offers to the rules. */
export interface FaultQuestion {
  /** `METHOD path?query` */
  readonly request: string;
  readonly table: string | null;
  /** Whether it asks for a page of rows. */
  readonly page: boolean;
  /** Whether it is a part of a batch. */
  readonly part: boolean;
}

/** The script of one environment. */
export class Faults {
  #armed: Armed[] = [];
  /** Rows that a later page begins with, by that page's link. */
  readonly #carried = new Map<string, string>();
  /** For cycles of two: the link that leads back. */
  readonly #backLinks = new Map<FaultRule, string>();

  /** Replaces the script. @throws SyntaxError when a pattern is none. */
  set(rules: readonly FaultRule[]): void {
    this.#armed = rules.map(rule => ({
      rule,
      pattern: new RegExp(rule.match),
      skip: rule.skip ?? 0,
      left: rule.times ?? Number.POSITIVE_INFINITY,
      played: 0,
    }));
    this.#carried.clear();
    this.#backLinks.clear();
  }

  /** The script: what is still to be played, null for no end, and how often each rule was. */
  rest(): readonly { readonly rule: FaultRule; readonly left: number | null; readonly played: number }[] {
    return this.#armed.map(({ rule, left, played }) => ({ rule, left: Number.isFinite(left) ? left : null, played }));
  }

  take({ request, table, page, part }: FaultQuestion): FaultRule | null {
    for (const armed of this.#armed) {
      if (armed.left <= 0 || (pageFaults.has(armed.rule.do) && !page)) continue;
      if (part && connectionFaults.has(armed.rule.do)) continue;
      if (!armed.pattern.test(request) && !(table !== null && armed.pattern.test(table))) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      armed.played += 1;
      return armed.rule;
    }
    return null;
  }

  /** Lets the page behind a link begin with a row, however often it is asked for. */
  carry(link: string, row: string): void {
    this.#carried.set(link, row);
  }

  carried(link: string): string | undefined {
    return this.#carried.get(link);
  }

  /** Every second call answers the link of the call before it, the others null. */
  backLink(rule: FaultRule, link: string): string | null {
    const before = this.#backLinks.get(rule);
    if (before === undefined) this.#backLinks.set(rule, link);
    else this.#backLinks.delete(rule);
    return before ?? null;
  }
}
