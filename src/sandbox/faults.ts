/** A scripted fault: the first rule that matches a data request and has times left is played. */
export interface FaultRule {
  /** Regular expression over `METHOD path?query`, and over the table's logical name. */
  readonly match: string;
  /** How often; forever when left out. */
  readonly times?: number;
  /** Matching requests to let pass first. */
  readonly skip?: number;
  readonly do: FaultKind;
  /** For `status`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For `slow`: wait before the answer. */
  readonly ms?: number;
  /** For `truncate`: bytes to send; half when left out. With `clean` the answer ends as if it were whole. */
  readonly bytes?: number;
  readonly clean?: boolean;
}

/**
 * `status` answers instead of the handler · `reset` closes the connection unanswered · `lost-answer` does the work, then
 * closes · `truncate` sends a part of the body · `stall` sends headers and then nothing · `slow` waits first ·
 * `repeat-row` sends the page's last row twice.
 */
export type FaultKind = (typeof faultKinds)[number];

export const faultKinds = ['status', 'reset', 'lost-answer', 'truncate', 'stall', 'slow', 'repeat-row'] as const;

interface Armed {
  readonly rule: FaultRule;
  readonly pattern: RegExp;
  skip: number;
  left: number;
}

export class Faults {
  #armed: Armed[] = [];

  /** Replaces the script. @throws SyntaxError when a pattern is none. */
  set(rules: readonly FaultRule[]): void {
    this.#armed = rules.map(rule => ({
      rule,
      pattern: new RegExp(rule.match),
      skip: rule.skip ?? 0,
      left: rule.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  /** What is still to be played. */
  rest(): readonly { readonly rule: FaultRule; readonly left: number | null }[] {
    return this.#armed.map(({ rule, left }) => ({ rule, left: Number.isFinite(left) ? left : null }));
  }

  take({ request, table }: { readonly request: string; readonly table: string | null }): FaultRule | null {
    for (const armed of this.#armed) {
      if (armed.left <= 0) continue;
      if (!armed.pattern.test(request) && !(table !== null && armed.pattern.test(table))) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      return armed.rule;
    }
    return null;
  }
}
