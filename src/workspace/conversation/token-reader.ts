import type { Fault } from '../../core/fault.ts';
import type { Token } from './lexer.ts';
import { refusal } from './refusal.ts';
import type { Statement } from './statements.ts';
import { tokenText } from './token-text.ts';

/** A part of a client's text that goes to the query engine by itself. */
export interface TextPart {
  readonly text: string;
  /** Where it stands in the client's text, UTF-16 units from 0. */
  readonly offset: number;
}

/** Reads the tokens of one statement from left to right; what does not fit is a syntax error in PostgreSQL's words. */
export class TokenReader {
  readonly statement: Statement;
  #at = 0;

  constructor(statement: Statement) {
    this.statement = statement;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.statement.tokens.length;
  }

  get next(): Token | null {
    return this.statement.tokens[this.#at] ?? null;
  }

  /** The word that comes, in lower case; null where something else does. `ahead`: how many tokens further. */
  word(ahead = 0): string | null {
    const token = this.statement.tokens[this.#at + ahead];
    return token?.kind === 'word' ? tokenText(this.statement.source, token) : null;
  }

  /** Takes these words when exactly they come, one after the other. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.word(index) === word)) return false;
    this.#at += words.length;
    return true;
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.takes(word)) throw this.unexpected();
  }

  /** Takes a mark or an operator when it comes. */
  takesSign(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.#at += 1;
    return true;
  }

  isSign(sign: string): boolean {
    const token = this.next;
    return token !== null && (token.kind === 'mark' || token.kind === 'operator') && this.raw(token) === sign;
  }

  expectSign(sign: string): void {
    if (!this.takesSign(sign)) throw this.unexpected();
  }

  /** A name, quoted or not. */
  name(): string {
    const token = this.next;
    if (token === null || (token.kind !== 'word' && token.kind !== 'quoted')) throw this.unexpected();
    return this.take().text;
  }

  /** A text in quotes. */
  text(): string {
    if (this.next?.kind !== 'text') throw this.unexpected();
    return this.take().text;
  }

  /** A whole number, maybe with a sign; null where none comes. */
  takesInteger(): number | null {
    const before = this.#at;
    const sign = this.takesSign('-') ? -1 : 1;
    if (sign === 1) this.takesSign('+');
    const token = this.next;
    if (token?.kind === 'number' && /^\d+$/.test(this.raw(token))) {
      const value = sign * Number(this.take().text);
      if (Math.abs(value) > 2_147_483_647) throw this.unexpected(token);
      return value;
    }
    this.#at = before;
    return null;
  }

  /** Whatever comes, and what it says. */
  take(): { readonly token: Token; readonly text: string } {
    const token = this.next;
    if (token === null) throw this.unexpected();
    this.#at += 1;
    return { token, text: tokenText(this.statement.source, token) };
  }

  raw({ start, end }: Token): string {
    return this.statement.source.slice(start, end);
  }

  /** The rest of the statement as it is written; takes it. */
  rest(): TextPart {
    const { source, end, tokens } = this.statement;
    const first = this.next;
    if (first === null) throw this.unexpected();
    this.#at = tokens.length;
    return { text: source.slice(first.start, end), offset: first.start };
  }

  /** What stands in the brackets that come; takes both brackets. */
  inBrackets(): TextPart {
    const open = this.next;
    this.expectSign('(');
    let depth = 1;
    for (;;) {
      const token = this.next;
      if (token === null || open === null) throw this.unexpected();
      const raw = token.kind === 'mark' ? this.raw(token) : '';
      this.#at += 1;
      if (raw === '(') depth += 1;
      if (raw === ')') depth -= 1;
      if (depth === 0) {
        const part = { text: this.statement.source.slice(open.end, token.start), offset: open.end };
        if (part.text.trim() === '') throw this.unexpected(token);
        return part;
      }
    }
  }

  /** For what must be the whole statement. */
  end(): void {
    if (!this.isAtEnd) throw this.unexpected();
  }

  unexpected(token: Token | null = this.next): Fault {
    if (token === null) {
      return refusal({ state: '42601', message: 'syntax error at end of input', position: this.statement.end + 1 });
    }
    return refusal({
      state: '42601',
      message: `syntax error at or near "${this.raw(token).slice(0, 64)}"`,
      position: token.start + 1,
    });
  }
}
