/** An element of an array's text: a text, NULL, or an array. */
export type ArrayItem = string | null | readonly ArrayItem[];

/** Deeper than PostgreSQL's arrays go (MAXDIM). */
const DEPTH_MAX = 6;

/**
 * What stands in PostgreSQL's text of an array (documentation, "Array Input and Output Syntax"): `{1,"a b",NULL,{2}}`; null
 * where it is none. Lower bounds (`[0:1]={1,2}`) are passed over: lists count from 1 here.
 */
export function arrayItems(text: string): readonly ArrayItem[] | null {
  const body = text.replace(/^\s*(?:\[[-+]?\d+(?::[-+]?\d+)?\])+\s*=\s*/, '').trim();
  const reader = new Reader(body);
  const items = reader.array(1);
  return items !== null && reader.isAtEnd ? items : null;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  array(depth: number): ArrayItem[] | null {
    if (depth > DEPTH_MAX || !this.#take('{')) return null;
    const items: ArrayItem[] = [];
    this.#skipSpace();
    if (this.#take('}')) return items;
    for (;;) {
      const item = this.#item(depth);
      if (item === undefined) return null;
      items.push(item);
      this.#skipSpace();
      if (this.#take('}')) return items;
      if (!this.#take(',')) return null;
    }
  }

  /** Undefined: there is none. */
  #item(depth: number): ArrayItem | undefined {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === '{') return this.array(depth + 1) ?? undefined;
    if (next === '"') return this.#quoted();
    const match = this.#match(/(?:[^{}",\\]|\\[\s\S])+/y);
    if (match === undefined) return undefined;
    const plain = match.trimEnd();
    if (plain === '') return undefined;
    return /^null$/i.test(plain) ? null : plain.replace(/\\([\s\S])/g, '$1');
  }

  #quoted(): string | undefined {
    const match = this.#match(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y);
    return match?.slice(1, -1).replace(/\\([\s\S])/g, '$1');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    this.#match(/\s*/y);
  }
}
