import { nextToken, type Token } from './lexer.ts';
import { refusal } from './refusal.ts';

/** One statement of a client's text, without the space, comments and semicolon around it. */
export interface Statement {
  /** The client's whole text. */
  readonly source: string;
  /** UTF-16 units from 0; `end` behind its last. */
  readonly start: number;
  readonly end: number;
}

/** Of a whole text. The engine takes less than that of one query. */
const LENGTH_MAX = 4_000_000;
const STATEMENTS_MAX = 10_000;

/** Brackets inside brackets. Parsers that call themselves for each would end the process far above this. */
const DEPTH_MAX = 1_000;
const MAGIC_WORD = /^\s*%%sql(?=\s|$)/i;

/**
 * The statements of a text, empty ones left out. A leading `%%sql`, as notebooks write it, is passed over. Throws
 * `input/sql` with a position where a string, a name or a comment does not end.
 */
export function splitStatements(source: string): Statement[] {
  if (source.length > LENGTH_MAX) throw tooLarge(`a text of more than ${LENGTH_MAX} characters`);
  const statements: Statement[] = [];
  let first: Token | null = null;
  let last: Token | null = null;
  let depth = 0;
  let at = MAGIC_WORD.exec(source)?.[0].length ?? 0;
  for (;;) {
    const token = nextToken(source, at);
    const isEnd = token === null || (token.kind === 'mark' && source[token.start] === ';');
    if (isEnd) {
      if (first !== null && last !== null) statements.push({ source, start: first.start, end: last.end });
      if (statements.length > STATEMENTS_MAX) throw tooLarge(`a text of more than ${STATEMENTS_MAX} statements`);
      if (token === null) return statements;
      first = null;
      depth = 0;
    } else {
      first ??= token;
      last = token;
      depth = depthAfter(source, token, depth);
    }
    at = token.end;
  }
}

/** The text of a statement alone. */
export function statementText({ source, start, end }: Statement): string {
  return source.slice(start, end);
}

function depthAfter(source: string, { kind, start }: Token, depth: number): number {
  if (kind !== 'mark') return depth;
  const mark = source[start];
  if (mark === ')' || mark === ']') return depth - 1;
  if (mark !== '(' && mark !== '[') return depth;
  if (depth >= DEPTH_MAX) {
    throw refusal({
      state: '54001',
      message: 'stack depth limit exceeded',
      detail: `Brackets may stand in ${DEPTH_MAX} others at most.`,
      position: start + 1,
    });
  }
  return depth + 1;
}

function tooLarge(message: string) {
  return refusal({ state: '54000', message });
}
