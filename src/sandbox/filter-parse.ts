import { badQuery } from './errors.ts';
import { brokenList, filterWords, type Word } from './filter-words.ts';

export type Literal =
  | { readonly kind: 'text'; readonly value: string }
  /** Plain text, so that no digit is lost. */
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'guid' | 'date' | 'datetime'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null'; readonly value: null }
  /** `Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'`: the name within the quotes. */
  | { readonly kind: 'enum'; readonly value: string; readonly type: string }
  | { readonly kind: 'list'; readonly value: readonly string[] };

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** What an expression says, before anyone asked what its names mean. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
  /** `Microsoft.Dynamics.CRM.In(PropertyName='x',PropertyValues=['1'])` */
  | { readonly kind: 'function'; readonly name: string; readonly given: ReadonlyMap<string, Literal> }
  | { readonly kind: 'path'; readonly steps: readonly string[] }
  /** `tasks/any(t:t/statecode eq 1)`; without inner: whether there is one at all. */
  | {
      readonly kind: 'lambda';
      readonly steps: readonly string[];
      readonly quantifier: 'any' | 'all';
      readonly variable: string;
      readonly inner: Expression | null;
    }
  | { readonly kind: 'literal'; readonly literal: Literal };

const comparisons = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
/** Brackets within brackets; more is refused before the stack ends. */
const depthMax = 100;

export class ExpressionReader {
  readonly #text: string;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #words: readonly Word[];
  #next = 0;
  #depth = 0;

  /** Aliases are the other options of the query, `@p1` among them. @throws WireError 400 */
  constructor(text: string, aliases: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#aliases = aliases;
    this.#words = filterWords(text);
  }

  /** `or` over `and` over comparisons over `not`, brackets before all. */
  expression(): Expression {
    if (this.#depth >= depthMax) throw badQuery('Recursion depth exceeded allowed limit.');
    this.#depth += 1;
    let left = this.#conjunction();
    while (this.acceptName('or')) left = { kind: 'or', left, right: this.#conjunction() };
    this.#depth -= 1;
    return left;
  }

  /** Takes a mark when it comes next. */
  accept(mark: string): boolean {
    return this.#take('mark', mark);
  }

  acceptName(name: string): boolean {
    return this.#take('name', name);
  }

  expect(mark: string): void {
    if (!this.accept(mark)) throw badQuery(`'${mark}' expected at position ${this.#word.at} in '${this.#text}'.`);
  }

  name(): string {
    const word = this.#word;
    if (word.kind !== 'name') throw this.#unexpected();
    this.#next += 1;
    return word.text;
  }

  end(): void {
    if (this.#word.kind !== 'end') throw this.#unexpected();
  }

  #conjunction(): Expression {
    let left = this.#comparison();
    while (this.acceptName('and')) left = { kind: 'and', left, right: this.#comparison() };
    return left;
  }

  #comparison(): Expression {
    const left = this.#unary();
    const { kind, text } = this.#word;
    if (kind !== 'name' || !comparisons.has(text)) return left;
    this.#next += 1;
    return { kind: 'compare', operator: text as Comparison, left, right: this.#unary() };
  }

  #unary(): Expression {
    let times = 0;
    while (this.acceptName('not')) times += 1;
    let inner = this.#primary();
    for (; times > 0; times -= 1) inner = { kind: 'not', inner };
    return inner;
  }

  #primary(): Expression {
    const word = this.#word;
    if (word.kind === 'end') throw badQuery(`Expression expected at position ${word.at} in '${this.#text}'.`);
    if (this.accept('(')) {
      const inner = this.expression();
      if (!this.accept(')'))
        throw badQuery(`')' or operator expected at position ${this.#word.at} in '${this.#text}'.`);
      return inner;
    }
    if (word.kind === 'mark') throw this.#unexpected();
    if (word.kind !== 'name' || /^(?:true|false|null)$/.test(word.text)) {
      return { kind: 'literal', literal: this.#literal() };
    }
    return this.#named();
  }

  #named(): Expression {
    const name = this.name();
    if (this.accept('(')) {
      return name.includes('.')
        ? { kind: 'function', name, given: this.#parameters() }
        : { kind: 'call', name, given: this.#arguments() };
    }
    const steps = [name];
    while (this.accept('/')) {
      const step = this.name();
      if ((step === 'any' || step === 'all') && this.accept('(')) return this.#lambda(steps, step);
      steps.push(step);
    }
    return { kind: 'path', steps };
  }

  #lambda(steps: readonly string[], quantifier: 'any' | 'all'): Expression {
    if (quantifier === 'any' && this.accept(')')) {
      return { kind: 'lambda', steps, quantifier, variable: '', inner: null };
    }
    const variable = this.name();
    this.expect(':');
    const inner = this.expression();
    this.expect(')');
    return { kind: 'lambda', steps, quantifier, variable, inner };
  }

  #arguments(): readonly Expression[] {
    const given: Expression[] = [];
    if (this.accept(')')) return given;
    do given.push(this.expression());
    while (this.accept(','));
    this.expect(')');
    return given;
  }

  #parameters(): ReadonlyMap<string, Literal> {
    const given = new Map<string, Literal>();
    if (this.accept(')')) return given;
    do {
      const name = this.name();
      this.expect('=');
      given.set(name, this.#literal());
    } while (this.accept(','));
    this.expect(')');
    return given;
  }

  #literal(): Literal {
    const word = this.#word;
    this.#next += 1;
    if (word.kind === 'alias') return this.#aliased(word.text);
    const literal = literalOf(word);
    if (literal === null) throw this.#unexpected(word);
    return literal;
  }

  /** An alias that nothing gives a value to is null, as the standard has it. */
  #aliased(name: string): Literal {
    const text = this.#aliases.get(name);
    if (text === undefined) return { kind: 'null', value: null };
    const reader = new ExpressionReader(text, new Map());
    const literal = reader.#literal();
    reader.end();
    return literal;
  }

  get #word(): Word {
    return this.#words[this.#next] ?? { kind: 'end', text: '', at: this.#text.length };
  }

  #take(kind: Word['kind'], text: string): boolean {
    if (this.#word.kind !== kind || this.#word.text !== text) return false;
    this.#next += 1;
    return true;
  }

  #unexpected(word: Word = this.#word): Error {
    return badQuery(`Syntax error at position ${word.at} in '${this.#text}'.`);
  }
}

/** A whole `$filter`. @throws WireError 400 */
export function parseExpression(text: string, aliases: ReadonlyMap<string, string>): Expression {
  const reader = new ExpressionReader(text, aliases);
  const expression = reader.expression();
  reader.end();
  return expression;
}

function literalOf({ kind, text }: Word): Literal | null {
  switch (kind) {
    case 'text':
      return { kind, value: text.slice(1, -1).replaceAll("''", "'") };
    case 'guid':
      return { kind, value: text.toLowerCase() };
    case 'number':
    case 'date':
    case 'datetime':
      return { kind, value: text };
    case 'enum': {
      const [type = '', value = ''] = text.split("'");
      return { kind, value, type };
    }
    case 'list':
      return { kind, value: listOf(text) };
    case 'name':
      if (text === 'null') return { kind: 'null', value: null };
      return text === 'true' || text === 'false' ? { kind: 'boolean', value: text === 'true' } : null;
    case 'alias':
    case 'mark':
    case 'end':
      return null;
  }
}

/**
 * `['a','b']` or `["a","b"]`. A value with an apostrophe needs double quotes, and bare GUIDs are not read: the
 * platform's message for both is on its page about filters.
 */
function listOf(text: string): readonly string[] {
  const values: string[] = [];
  const item = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(-?[\d.]+|true|false|null)(?=\s*[,\]]))\s*([,\]]?)/y;
  item.lastIndex = 1;
  if (/^\[\s*\]$/.test(text)) return values;
  for (;;) {
    const match = item.exec(text);
    if (match?.[3] !== undefined) {
      throw badQuery(`Cannot convert the literal '${match[3]}' to the expected type 'Edm.String'.`);
    }
    if (match === null || match[4] === '') throw brokenList();
    values.push(match[1] === undefined ? (match[2] ?? '') : unescapedJson(match[1]));
    if (match[4] === ']') {
      if (item.lastIndex === text.length) return values;
      throw brokenList();
    }
  }
}

function unescapedJson(inner: string): string {
  try {
    return String(JSON.parse(`"${inner}"`));
  } catch {
    throw badQuery(`Invalid JSON. The text "${inner}" holds a broken escape.`);
  }
}
