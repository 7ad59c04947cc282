import { nextToken, type Token } from './lexer.ts';
import { tokenText } from './token-text.ts';

/** The text of an expression that is one literal; null: NULL; undefined: it is something else. */
export function literalText(sql: string): string | null | undefined {
  const first = nextToken(sql, 0);
  if (first === null) return undefined;
  if (sql.slice(first.start, first.end) === '-') {
    const number = nextToken(sql, first.end);
    return number !== null && isNumber(sql, number) && isLast(sql, number) ? `-${tokenText(sql, number)}` : undefined;
  }
  if (!isLast(sql, first)) return undefined;
  if (isNumber(sql, first)) return tokenText(sql, first);
  if (first.kind === 'text' && /^['eE$]/.test(sql.slice(first.start))) return tokenText(sql, first);
  if (first.kind !== 'word') return undefined;
  const word = tokenText(sql, first);
  if (word === 'null') return null;
  return word === 'true' || word === 'false' ? word : undefined;
}

function isLast(sql: string, { end }: Token): boolean {
  return nextToken(sql, end) === null;
}

function isNumber(sql: string, { kind, start, end }: Token): boolean {
  return kind === 'number' && /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(sql.slice(start, end));
}
