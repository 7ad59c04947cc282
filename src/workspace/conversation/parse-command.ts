import type { Command } from './command.ts';
import { parseCopy } from './copy-command.ts';
import { parseClose, parseDeallocate, parseDeclare, parseExecute, parseFetch, parsePrepare } from './parse-cursor.ts';
import { parseCreateView, parseDropDatabase, parseDropView } from './parse-objects.ts';
import { parseResetOrShow, parseSet, parseSetConfig } from './parse-settings.ts';
import { noTwoPhase, parseBegin, parseEnd, parseRelease, parseSavepoint, parseStart } from './parse-transaction.ts';
import type { Statement } from './statements.ts';
import { TokenReader } from './token-reader.ts';

/** Understands one statement; throws `input/sql` where a command is not written as it should be. */
export function parseCommand(statement: Statement): Command {
  const reader = new TokenReader(statement);
  const word = reader.word();
  if (word === null) return { is: 'query' };
  if (word === 'select') return parseSetConfig(reader) ?? { is: 'query' };
  // The engine's own word; PostgreSQL would look for a setting of this name.
  if (word === 'show' && reader.word(1) === 'tables') return { is: 'query' };
  const parse = Object.hasOwn(PARSERS, word) ? PARSERS[word] : undefined;
  if (parse !== undefined) {
    reader.take();
    return parse(reader);
  }
  return refusedWord(reader, word) ?? { is: 'query' };
}

const PARSERS: Readonly<Record<string, (reader: TokenReader) => Command>> = {
  begin: parseBegin,
  start: parseStart,
  commit: reader => parseEnd(reader, 'commit'),
  end: reader => parseEnd(reader, 'commit'),
  rollback: reader => parseEnd(reader, 'rollback'),
  abort: reader => parseEnd(reader, 'rollback'),
  savepoint: parseSavepoint,
  release: parseRelease,
  set: parseSet,
  reset: reader => parseResetOrShow(reader, 'reset'),
  show: reader => parseResetOrShow(reader, 'show'),
  discard: parseDiscard,
  deallocate: parseDeallocate,
  prepare: reader => (reader.word() === 'transaction' ? noTwoPhase() : parsePrepare(reader)),
  execute: parseExecute,
  declare: parseDeclare,
  fetch: reader => parseFetch(reader, 'fetch'),
  move: reader => parseFetch(reader, 'move'),
  close: parseClose,
  copy: parseCopy,
  unlisten: parseUnlisten,
  create: reader => parseCreateView(reader) ?? writes(`CREATE ${objectKind(reader)}`),
  drop: parseDrop,
};

function parseDrop(reader: TokenReader): Command {
  if (reader.takes('database')) return parseDropDatabase(reader);
  if (reader.takes('view')) return parseDropView(reader);
  return writes(`DROP ${objectKind(reader)}`);
}

function parseDiscard(reader: TokenReader): Command {
  for (const [word, what] of [
    ['all', 'ALL'],
    ['plans', 'PLANS'],
    ['sequences', 'SEQUENCES'],
    ['temp', 'TEMP'],
    ['temporary', 'TEMP'],
  ] as const) {
    if (reader.takes(word)) {
      reader.end();
      return { is: 'discard', what };
    }
  }
  throw reader.unexpected();
}

/** Nobody listens, so nobody needs to stop; drivers send it when they give a connection back. */
function parseUnlisten(reader: TokenReader): Command {
  if (!reader.takesSign('*')) reader.name();
  reader.end();
  return { is: 'nothing', tag: 'UNLISTEN' };
}

/** Statements that write, by their first words, as PostgreSQL names them in its errors. */
const WRITES: Readonly<Record<string, string>> = {
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
  merge: 'MERGE',
  truncate: 'TRUNCATE TABLE',
  alter: 'ALTER',
  grant: 'GRANT',
  revoke: 'REVOKE',
  comment: 'COMMENT',
  reindex: 'REINDEX',
  cluster: 'CLUSTER',
  vacuum: 'VACUUM',
  analyze: 'ANALYZE',
  analyse: 'ANALYZE',
  refresh: 'REFRESH MATERIALIZED VIEW',
  reassign: 'REASSIGN OWNED',
  security: 'SECURITY LABEL',
  import: 'IMPORT FOREIGN SCHEMA',
  lock: 'LOCK TABLE',
};
const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  listen: 'LISTEN',
  notify: 'NOTIFY',
  do: 'DO',
  call: 'CALL',
  explain: 'EXPLAIN',
};

function refusedWord(reader: TokenReader, word: string): Command | null {
  if (Object.hasOwn(WRITES, word)) {
    reader.take();
    return writes(word === 'alter' ? `ALTER ${objectKind(reader)}` : (WRITES[word] ?? ''));
  }
  if (Object.hasOwn(NOT_SUPPORTED, word)) {
    const hint = word === 'explain' ? { hint: 'Plans cannot be shown here: run the query itself.' } : {};
    return { is: 'refused', state: '0A000', message: `${NOT_SUPPORTED[word]} is not supported by Lakelink`, ...hint };
  }
  if (word === 'checkpoint' || word === 'load') {
    return { is: 'refused', state: '42501', message: `permission denied: ${word.toUpperCase()} is not for clients` };
  }
  return null;
}

function writes(tag: string): Command {
  return {
    is: 'refused',
    state: '25006',
    message: `cannot execute ${tag.trim()} in a read-only transaction`,
    hint: 'A lake database is read-only; users can make views in schema public.',
  };
}

/** Words that may stand before what is made, dropped or changed. */
const BEFORE_KIND = new Set(
  'or replace temp temporary local global unlogged unique recursive trusted procedural constraint'.split(' '),
);

/** TABLE, MATERIALIZED VIEW, FOREIGN TABLE, ... */
function objectKind(reader: TokenReader): string {
  let word = reader.word();
  while (word !== null && BEFORE_KIND.has(word)) {
    reader.take();
    word = reader.word();
  }
  if (word === null) return '';
  reader.take();
  const isTwoWords = ['materialized', 'foreign', 'event', 'text', 'access', 'user', 'default', 'large'].includes(word);
  const second = isTwoWords ? ` ${reader.word() ?? ''}` : '';
  return `${word}${second}`.toUpperCase().trim();
}
