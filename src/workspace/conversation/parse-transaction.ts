import type { Command, Isolation, TransactionModes } from './command.ts';
import type { TokenReader } from './token-reader.ts';

/** BEGIN [WORK | TRANSACTION] [modes]; the word itself is read. */
export function parseBegin(reader: TokenReader): Command {
  if (!reader.takes('work')) reader.takes('transaction');
  return { is: 'begin', tag: 'BEGIN', modes: modesToEnd(reader) };
}

export function parseStart(reader: TokenReader): Command {
  reader.expect('transaction');
  return { is: 'begin', tag: 'START TRANSACTION', modes: modesToEnd(reader) };
}

/** COMMIT, END, ROLLBACK and ABORT with what may follow. */
export function parseEnd(reader: TokenReader, is: 'commit' | 'rollback'): Command {
  if (reader.takes('prepared')) return noTwoPhase();
  if (!reader.takes('work')) reader.takes('transaction');
  if (is === 'rollback' && reader.takes('to')) {
    reader.takes('savepoint');
    return { is: 'rollback-to', name: lastName(reader) };
  }
  let chain = false;
  if (reader.takes('and')) {
    chain = !reader.takes('no');
    reader.expect('chain');
  }
  reader.end();
  return { is, chain };
}

export function parseSavepoint(reader: TokenReader): Command {
  return { is: 'savepoint', name: lastName(reader) };
}

export function parseRelease(reader: TokenReader): Command {
  reader.takes('savepoint');
  return { is: 'release', name: lastName(reader) };
}

export function noTwoPhase(): Command {
  return { is: 'refused', state: '55000', message: 'prepared transactions are disabled' };
}

/** SET TRANSACTION modes, with what comes after the word TRANSACTION; at least one. */
export function parseSetTransaction(reader: TokenReader, scope: 'transaction' | 'session'): Command {
  if (scope === 'transaction' && reader.takes('snapshot')) {
    return { is: 'refused', state: '0A000', message: 'SET TRANSACTION SNAPSHOT is not supported by Lakelink' };
  }
  if (reader.isAtEnd) throw reader.unexpected();
  return { is: 'set-transaction', scope, modes: modesToEnd(reader) };
}

/** Modes with commas between them or without; the last of a kind counts. */
function modesToEnd(reader: TokenReader): TransactionModes {
  let modes: TransactionModes = { isolation: null, readOnly: null, deferrable: null };
  let isFirst = true;
  while (!reader.isAtEnd) {
    if (!isFirst) reader.takesSign(',');
    isFirst = false;
    modes = { ...modes, ...oneMode(reader) };
  }
  return modes;
}

function oneMode(reader: TokenReader): Partial<TransactionModes> {
  if (reader.takes('isolation', 'level')) return { isolation: isolation(reader) };
  if (reader.takes('read', 'only')) return { readOnly: true };
  if (reader.takes('read', 'write')) return { readOnly: false };
  if (reader.takes('not', 'deferrable')) return { deferrable: false };
  if (reader.takes('deferrable')) return { deferrable: true };
  throw reader.unexpected();
}

const ISOLATIONS: readonly Isolation[] = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'];

function isolation(reader: TokenReader): Isolation {
  for (const level of ISOLATIONS) if (reader.takes(...level.split(' '))) return level;
  throw reader.unexpected();
}

function lastName(reader: TokenReader): string {
  const name = reader.name();
  reader.end();
  return name;
}
