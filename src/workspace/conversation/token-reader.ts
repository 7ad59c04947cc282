import type { Fault } from '../../core/fault.ts';
import { nextToken, type Token } from './lexer.ts';
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
  /** Looked at and not taken. A long statement never stands here whole. */
  #ahead: Token[] = [];
  #lexedTo: number;

  constructor(statement: Statement) {
    this.statement = statement;
    this.#lexedTo = statement.start;
  }

  get isAtEnd(): boolean {
    return this.next === null;
  }

  get next(): Token | null {
    return this.peek(0);
  }

  /** The token that comes after so many others; null: the statement ends before. */
  peek(ahead: number): Token | null {
    const { source, end } = this.statement;
    while (this.#ahead.length <= ahead) {
      const token = this.#lexedTo < end ? nextToken(source, this.#lexedTo) : null;
      if (token === null) return null;
      this.#ahead.push(token);
      this.#lexedTo = token.end;
    }
    return this.#ahead[ahead] ?? null;
  }

  /** The word that comes, in lower case; null where something else does. `ahead`: how many tokens further. */
  word(ahead = 0): string | null {
    const token = this.peek(ahead);
    return token?.kind === 'word' ? tokenText(this.statement.source, token) : null;
  }

  /** Takes these words when exactly they come, one after the other. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.word(index) === word)) return false;
    this.#ahead.splice(0, words.length);
    return true;
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.takes(word)) throw this.unexpected();
  }

  /** Takes a mark or an operator when it comes. */
  takesSign(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.#ahead.shift();
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
    const hasSign = this.isSign('-') || this.isSign('+');
    const token = this.peek(hasSign ? 1 : 0);
    if (token?.kind !== 'number' || !/^\d+$/.test(this.raw(token))) return null;
    const sign = hasSign && this.take().text === '-' ? -1 : 1;
    const value = sign * Number(this.take().text);
    if (Math.abs(value) > 2_147_483_647) throw this.unexpected(token);
    return value;
  }

  /** Whatever comes, and what it says. */
  take(): { readonly token: Token; readonly text: string } {
    const token = this.next;
    if (token === null) throw this.unexpected();
    this.#ahead.shift();
    return { token, text: tokenText(this.statement.source, token) };
  }

  raw({ start, end }: Token): string {
    return this.statement.source.slice(start, end);
  }

  /** The rest of the statement as it is written; takes it. */
  rest(): TextPart {
    const { source, end } = this.statement;
    const first = this.next;
    if (first === null) throw this.unexpected();
    this.#ahead = [];
    this.#lexedTo = end;
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
      this.#ahead.shift();
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
