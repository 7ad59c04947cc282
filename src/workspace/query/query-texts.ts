import { Held } from '../reader-held.ts';

/** Characters of texts that are kept, of each kind. */
const CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * What the engine's parser made of texts, and texts of trees that were proven, for all sessions: both are the same for
 * ever, and a dashboard asks the same again. Kept as text, so that nobody can change what another was given.
 */
export class QueryTexts {
  /** A query's text → its tree as JSON. */
  readonly trees = new Memory();
  /** A tree as JSON → the text that parses to it. */
  readonly said = new Memory();
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
