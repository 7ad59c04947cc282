import { refusal } from './refusal.ts';

/*
 * PostgreSQL's lexical rules (documentation of version 15, section 4.1 "Lexical Structure"), with
 * standard_conforming_strings on. Each character is looked at a fixed number of times, whatever the text.
 */

export type TokenKind = 'word' | 'quoted' | 'text' | 'number' | 'parameter' | 'operator' | 'mark';

/** A piece of SQL text; offsets in UTF-16 units from 0, `end` behind its last. */
export interface Token {
  /** `mark`: one of `, ( ) [ ] . ; :` or `::`, `:=`, `..`. */
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z_0-9$\u0080-\uffff]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$/y;
/** What follows a number directly belongs to it here: `dataverse-7f-org` is a name in DROP DATABASE. */
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[A-Za-z_0-9$\u0080-\uffff]*/y;
/** A range of digits (`1..5`) is two numbers. */
const DIGITS = /\d+(?=\.\.)/y;
const PARAMETER = /\$\d+/y;
const OPERATOR = /[~!@#^&|`?+\-*/%<>=]+/y;
const MARK = /::|:=|\.\.|[.:]/y;
const RULES: Readonly<Record<Beginning, readonly (readonly [TokenKind, RegExp])[]>> = {
  word: [['word', WORD]],
  digit: [
    ['number', DIGITS],
    ['number', NUMBER],
  ],
  dot: [
    ['number', NUMBER],
    ['mark', MARK],
  ],
  colon: [['mark', MARK]],
  dollar: [['parameter', PARAMETER]],
  operator: [['operator', OPERATOR]],
  space: [],
  mark: [],
  quote: [],
  none: [],
};
/** An operator of several characters ends in + or - only if one of these is in it (section 4.1.3). */
const MAY_END_IN_SIGN = /[~!@#%^&|`?]/;

/** What a token that begins with this ASCII character can be: most are told by their first one. */
type Beginning = 'space' | 'word' | 'digit' | 'mark' | 'dot' | 'colon' | 'quote' | 'dollar' | 'operator' | 'none';

const BEGINNINGS: readonly Beginning[] = Array.from({ length: 0x80 }, (_, code) => {
  const unit = String.fromCharCode(code);
  if (' \t\n\r\f\v'.includes(unit)) return 'space';
  if (/[A-Za-z_]/.test(unit)) return 'word';
  if (/\d/.test(unit)) return 'digit';
  if (',()[];{}'.includes(unit)) return 'mark';
  if (unit === '.') return 'dot';
  if (unit === ':') return 'colon';
  if (unit === "'" || unit === '"') return 'quote';
  if (unit === '$') return 'dollar';
  return '~!@#^&|`?+-*/%<>='.includes(unit) ? 'operator' : 'none';
});

function beginningAt(sql: string, at: number): Beginning {
  // Letters of any script are words, as PostgreSQL takes all bytes above ASCII.
  return BEGINNINGS[sql.charCodeAt(at)] ?? (at < sql.length ? 'word' : 'none');
}

/** The next token at or after `from`, comments and space left out; null at the end. */
export function nextToken(sql: string, from: number): Token | null {
  const start = skipSpace(sql, from);
  if (start >= sql.length) return null;
  const beginning = beginningAt(sql, start);
  if (beginning === 'mark') return { kind: 'mark', start, end: start + 1 };
  const found = stringAt(sql, start, beginning) ?? plainAt(sql, start, beginning);
  return { kind: found[0], start, end: found[1] };
}

/** Where space and comments end. */
function skipSpace(sql: string, from: number): number {
  let at = from;
  for (;;) {
    const code = sql.charCodeAt(at);
    if (BEGINNINGS[code] === 'space') at += 1;
    else if (code === HYPHEN && sql.charCodeAt(at + 1) === HYPHEN) at = lineEnd(sql, at);
    else if (code === SLASH && sql[at + 1] === '*') at = commentEnd(sql, at);
    else return at;
  }
}

const HYPHEN = 0x2d;
const SLASH = 0x2f;

function lineEnd(sql: string, from: number): number {
  let at = from;
  while (at < sql.length && sql[at] !== '\n' && sql[at] !== '\r') at += 1;
  return at;
}

/** Comments nest; a counter holds how deep, so depth costs nothing. */
function commentEnd(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (;;) {
    const found = edge.exec(sql);
    if (found === null) throw unterminated('/* comment', sql, start);
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
}

function stringAt(sql: string, start: number, beginning: Beginning): [TokenKind, number] | null {
  if (beginning === 'quote') {
    return sql[start] === "'"
      ? ['text', quoteEnd(sql, { start, open: start, escapes: false })]
      : ['quoted', identifierEnd(sql, { start, open: start })];
  }
  if (beginning === 'dollar') return dollarAt(sql, start);
  return beginning === 'word' ? prefixedAt(sql, start) : null;
}

/** `E'...'`, `B'...'`, `X'...'`, `N'...'`, `U&'...'`, `U&"..."`. */
function prefixedAt(sql: string, start: number): [TokenKind, number] | null {
  const second = sql[start + 1];
  if (second !== "'" && second !== '&') return null;
  const letter = sql[start]?.toLowerCase() ?? '';
  if (second === "'" && 'ebxn'.includes(letter)) {
    return ['text', quoteEnd(sql, { start, open: start + 1, escapes: letter === 'e' })];
  }
  if (letter !== 'u' || second !== '&') return null;
  if (sql[start + 2] === "'") return ['text', quoteEnd(sql, { start, open: start + 2, escapes: false })];
  return sql[start + 2] === '"' ? ['quoted', identifierEnd(sql, { start, open: start + 2 })] : null;
}

interface Quote {
  readonly start: number;
  /** Where the opening quote stands. */
  readonly open: number;
}

function quoteEnd(sql: string, quote: Quote & { readonly escapes: boolean }): number {
  let open = quote.open;
  for (;;) {
    const end = closing(sql, open + 1, quote.escapes);
    if (end === null) throw unterminated('quoted string', sql, quote.start);
    const next = continued(sql, end);
    if (next === null) return end;
    open = next;
  }
}

/** Behind the closing quote; null: there is none. */
function closing(sql: string, from: number, escapes: boolean): number | null {
  const edge = escapes ? /['\\]/g : /'/g;
  edge.lastIndex = from;
  for (;;) {
    const found = edge.exec(sql);
    if (found === null) return null;
    if (found[0] === '\\' || sql[found.index + 1] === "'") edge.lastIndex = found.index + 2;
    else return found.index + 1;
  }
}

/** A string goes on behind space with a line break in it, by the same rules (section 4.1.2.1); null: it does not. */
function continued(sql: string, from: number): number | null {
  let at = from;
  let isNewLine = false;
  for (;;) {
    const unit = sql[at];
    if (unit === '\n' || unit === '\r') isNewLine = true;
    if (unit === "'") return isNewLine ? at : null;
    if (BEGINNINGS[sql.charCodeAt(at)] === 'space') at += 1;
    else if (unit === '-' && sql[at + 1] === '-') at = lineEnd(sql, at);
    else return null;
  }
}

function identifierEnd(sql: string, { start, open }: Quote): number {
  const edge = /"/g;
  edge.lastIndex = open + 1;
  for (;;) {
    const found = edge.exec(sql);
    if (found === null) throw unterminated('quoted identifier', sql, start);
    if (sql[found.index + 1] === '"') edge.lastIndex = found.index + 2;
    else if (found.index === open + 1) {
      throw refusal({
        state: '42601',
        message: `zero-length delimited identifier at or near "${excerpt(sql, start)}"`,
        position: start + 1,
      });
    } else return found.index + 1;
  }
}

function dollarAt(sql: string, start: number): [TokenKind, number] | null {
  const tag = match(DOLLAR_QUOTE, sql, start);
  if (tag === null) return null;
  const close = sql.indexOf(tag, start + tag.length);
  if (close === -1) throw unterminated('dollar-quoted string', sql, start);
  return ['text', close + tag.length];
}

function plainAt(sql: string, start: number, beginning: Beginning): [TokenKind, number] {
  for (const [kind, rule] of RULES[beginning]) {
    const found = match(rule, sql, start);
    if (found !== null) return [kind, start + (kind === 'operator' ? operatorLength(found) : found.length)];
  }
  throw refusal({ state: '42601', message: `syntax error at or near "${sql[start]}"`, position: start + 1 });
}

/** An operator ends where a comment begins, and before signs that belong to what follows. */
function operatorLength(run: string): number {
  const comment = run.search(/--|\/\*/);
  let operator = comment === -1 ? run : run.slice(0, comment);
  if (operator.length > 1 && !MAY_END_IN_SIGN.test(operator)) {
    const isSign = (unit: string | undefined) => unit === '+' || unit === '-';
    let length = operator.length;
    while (length > 1 && isSign(operator[length - 1])) length -= 1;
    operator = operator.slice(0, length);
  }
  return operator.length;
}

function match(rule: RegExp, sql: string, at: number): string | null {
  rule.lastIndex = at;
  return rule.exec(sql)?.[0] ?? null;
}

function unterminated(what: string, sql: string, start: number) {
  return refusal({
    state: '42601',
    message: `unterminated ${what} at or near "${excerpt(sql, start)}"`,
    position: start + 1,
  });
}

/** PostgreSQL shows the whole rest; a few words are enough to find the place. */
function excerpt(sql: string, start: number): string {
  return sql.slice(start, start + 64);
}
