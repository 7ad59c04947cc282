import { Held } from '../reader-held.ts';
import type { PlanFacts } from './plan.ts';

/** Characters of texts that are kept, of each kind; a plan is as large as its text. */
const CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * What the engine made of texts and trees, for all sessions: it is the same for ever, and a dashboard asks the same again.
 * Trees are kept as text, so that nobody can change what another was given.
 */
export class QueryTexts {
  /** A query's text → its tree as JSON. */
  readonly trees = new Memory();
  /** A tree as JSON → the text that parses to it. */
  readonly said = new Memory();
  /** What the engine found out of a query over files that never change, by its fingerprint. */
  readonly plans = new Held<PlanFacts>({
    weightMax: CHARACTERS_MAX,
    weigh: ({ fingerprint, sql }) => fingerprint.length + sql.length,
  });
}

class Memory {
  readonly #held = new Held<{ readonly key: string; readonly value: string }>({
    weightMax: CHARACTERS_MAX,
    weigh: ({ key, value }) => key.length + value.length,
  });

  async of(key: string, make: () => Promise<string>): Promise<string> {
    const known = this.#held.get(key);
    if (known !== null) return known.value;
    const value = await make();
    this.#held.set(key, { key, value });
    return value;
  }
}
