import { nextToken } from '../workspace/conversation/lexer.ts';

/** One statement of a text, without the space, comments and semicolon around it. */
export interface TypedStatement {
  readonly text: string;
  /** Where it begins in the whole text, in UTF-16 units from 0. */
  readonly start: number;
}

/** What a text that is still being typed holds. */
export interface TypedText {
  /** Those that a semicolon ends. */
  readonly statements: readonly TypedStatement[];
  /** What comes behind the last semicolon; null: only space and comments. May end inside a string or a comment. */
  readonly rest: TypedStatement | null;
}

/** Takes a text apart at its semicolons; the lexical rules are those of the endpoint. */
export function takeApart(source: string): TypedText {
  const statements: TypedStatement[] = [];
  let first: number | null = null;
  let last = 0;
  let at = 0;
  for (;;) {
    const token = tokenAt(source, at);
    if (token === 'open' || token === null) {
      const start = first ?? (token === 'open' ? skipBlank(source, at) : null);
      return { statements, rest: start === null ? null : { text: source.slice(start), start } };
    }
    if (token.kind === 'mark' && source[token.start] === ';') {
      if (first !== null) statements.push({ text: source.slice(first, last), start: first });
      first = null;
    } else {
      first ??= token.start;
      last = token.end;
    }
    at = token.end;
  }
}

/** `open`: a string, a quoted name or a comment begins that does not end. */
function tokenAt(source: string, at: number) {
  try {
    return nextToken(source, at);
  } catch {
    return 'open' as const;
  }
}

function skipBlank(source: string, at: number): number {
  return at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0);
}
