import type { Command } from './command.ts';
import type { Direction } from './cursor.ts';
import type { TextPart, TokenReader } from './token-reader.ts';

/** DECLARE name [options] CURSOR [WITH | WITHOUT HOLD] FOR query. */
export function parseDeclare(reader: TokenReader): Command {
  const name = reader.name();
  let [isBinary, isScroll] = [false, false];
  while (!reader.takes('cursor')) {
    if (reader.takes('binary')) isBinary = true;
    else if (reader.takes('no', 'scroll')) isScroll = false;
    else if (reader.takes('scroll')) isScroll = true;
    else if (!reader.takes('insensitive') && !reader.takes('asensitive')) throw reader.unexpected();
  }
  const isHold = reader.takes('with', 'hold');
  if (!isHold) reader.takes('without', 'hold');
  reader.expect('for');
  return { is: 'declare', name, isBinary, isScroll, isHold, query: queryPart(reader) };
}

/** FETCH and MOVE: [direction] [FROM | IN] name. */
export function parseFetch(reader: TokenReader, is: 'fetch' | 'move'): Command {
  // A cursor may be called as a direction is: `FETCH first`.
  const isNameAlone = reader.peek(1) === null;
  const direction: Direction = isNameAlone ? { is: 'forward', count: 1 } : directionOf(reader);
  if (!reader.takes('from')) reader.takes('in');
  const name = reader.name();
  reader.end();
  return { is, name, direction };
}

function directionOf(reader: TokenReader): Direction {
  if (reader.takes('next')) return { is: 'forward', count: 1 };
  if (reader.takes('prior')) return { is: 'backward', count: 1 };
  if (reader.takes('first')) return { is: 'absolute', count: 1 };
  if (reader.takes('last')) return { is: 'absolute', count: -1 };
  if (reader.takes('absolute')) return { is: 'absolute', count: integer(reader) };
  if (reader.takes('relative')) return { is: 'relative', count: integer(reader) };
  if (reader.takes('forward')) return counted(reader, 1);
  if (reader.takes('backward')) return counted(reader, -1);
  return counted(reader, 1);
}

function counted(reader: TokenReader, sign: 1 | -1): Direction {
  const is = sign === 1 ? 'forward' : 'backward';
  if (reader.takes('all')) return { is, count: 'all' };
  const count = (reader.takesInteger() ?? 1) * sign;
  // As PostgreSQL has it: no rows forward or backward means the current row again.
  if (count === 0) return { is: 'relative', count: 0 };
  return count > 0 ? { is: 'forward', count } : { is: 'backward', count: -count };
}

function integer(reader: TokenReader): number {
  const value = reader.takesInteger();
  if (value === null) throw reader.unexpected();
  return value;
}

/** CLOSE name, CLOSE ALL. */
export function parseClose(reader: TokenReader): Command {
  if (reader.takes('all')) {
    reader.end();
    return { is: 'close', name: null };
  }
  const name = reader.name();
  reader.end();
  return { is: 'close', name };
}

/** PREPARE name [(types)] AS query. */
export function parsePrepare(reader: TokenReader): Command {
  const name = reader.name();
  const types = reader.isSign('(') ? splitByCommas(reader).map(({ text }) => text.trim()) : [];
  reader.expect('as');
  return { is: 'prepare', name, types, query: queryPart(reader) };
}

/** EXECUTE name [(expressions)]. */
export function parseExecute(reader: TokenReader): Command {
  const name = reader.name();
  const given = reader.isSign('(') ? splitByCommas(reader) : [];
  reader.end();
  return { is: 'execute', name, arguments: given };
}

/** DEALLOCATE [PREPARE] name | ALL. */
export function parseDeallocate(reader: TokenReader): Command {
  if (reader.peek(1) !== null) reader.takes('prepare');
  const name = reader.takes('all') ? null : reader.name();
  reader.end();
  return { is: 'deallocate', name };
}

const QUERY_WORDS = new Set(['select', 'with', 'values', 'table']);

/** Whether a query begins here: a word of a query, or an opening bracket. */
export function isQueryNext(reader: TokenReader): boolean {
  const word = reader.word();
  return word === null ? reader.isSign('(') : QUERY_WORDS.has(word);
}

/** The rest of the statement, which must be a query. */
export function queryPart(reader: TokenReader): TextPart {
  if (!isQueryNext(reader)) throw reader.unexpected();
  return reader.rest();
}

/** The parts of a list in brackets, split at the commas that stand in no further brackets. */
function splitByCommas(reader: TokenReader): TextPart[] {
  const { source } = reader.statement;
  const parts: TextPart[] = [];
  reader.expectSign('(');
  let [depth, from] = [0, reader.next?.start ?? 0];
  for (;;) {
    const { token } = reader.take();
    const raw = token.kind === 'mark' ? reader.raw(token) : '';
    if (depth === 0 && (raw === ',' || raw === ')')) {
      const text = source.slice(from, token.start);
      if (text.trim() === '') throw reader.unexpected(token);
      parts.push({ text, offset: from });
      if (raw === ')') return parts;
      from = token.end;
    } else if (raw === '(' || raw === '[') depth += 1;
    else if (raw === ')' || raw === ']') depth -= 1;
  }
}
