import type { Command } from './command.ts';
import { parseSetTransaction } from './parse-transaction.ts';
import { refusal } from './refusal.ts';
import { TokenReader } from './token-reader.ts';

/** SET and what follows it (PostgreSQL documentation, command SET). */
export function parseSet(reader: TokenReader): Command {
  if (reader.takes('transaction')) return parseSetTransaction(reader, 'transaction');
  if (reader.takes('session', 'characteristics')) {
    reader.expect('as', 'transaction');
    return parseSetTransaction(reader, 'session');
  }
  if (reader.takes('session', 'authorization')) return who(reader, 'session_authorization');
  const isLocal = reader.takes('local');
  // `session` may be the first part of a custom option's name, but nobody calls one so.
  if (!isLocal) reader.takes('session');
  if (reader.takes('transaction')) return parseSetTransaction(reader, 'transaction');
  if (reader.takes('time', 'zone')) return timeZone(reader, isLocal);
  if (reader.takes('names')) return namedValue(reader, 'client_encoding', isLocal);
  if (reader.takes('role')) return who(reader, 'role');
  if (reader.takes('schema')) return namedValue(reader, 'search_path', isLocal);
  if (reader.takes('xml', 'option')) return { is: 'set', name: 'xmloption', values: [lastName(reader)], isLocal };
  const name = settingName(reader);
  if (!reader.takes('to')) reader.expectSign('=');
  if (reader.takes('default')) {
    reader.end();
    return { is: 'set', name, values: null, isLocal };
  }
  return { is: 'set', name, values: valuesToEnd(reader), isLocal };
}

/**
 * `SELECT set_config('name', 'value', false)`, alone and with literals, as drivers and dumps send it; null: another query.
 * The word SELECT is still to come.
 */
export function parseSetConfig(reader: TokenReader): Command | null {
  const isQualified = reader.word(1) === 'pg_catalog';
  if (reader.word(isQualified ? 3 : 1) !== 'set_config') return null;
  // Another reader looks on: what does not fit is for the engine.
  const ahead = new TokenReader(reader.statement);
  ahead.expect('select');
  if (isQualified) ahead.take();
  if (isQualified && !ahead.takesSign('.')) return null;
  ahead.expect('set_config');
  if (!ahead.takesSign('(') || ahead.next?.kind !== 'text') return null;
  const name = ahead.text();
  if (!ahead.takesSign(',') || ahead.next?.kind !== 'text') return null;
  const text = ahead.text();
  if (!ahead.takesSign(',')) return null;
  const isLocal = ahead.takes('true');
  if ((!isLocal && !ahead.takes('false')) || !ahead.takesSign(')')) return null;
  const column = ahead.takes('as') ? ahead.name() : 'set_config';
  return ahead.isAtEnd ? { is: 'set-config', name, text, isLocal, column } : null;
}

/** RESET and SHOW; null is ALL. */
export function parseResetOrShow(reader: TokenReader, is: 'reset' | 'show'): Command {
  let name: string | null;
  if (reader.takes('all')) name = null;
  else if (reader.takes('time', 'zone')) name = 'timezone';
  else if (reader.takes('transaction', 'isolation', 'level')) name = 'transaction_isolation';
  else if (reader.takes('session', 'authorization')) name = 'session_authorization';
  else name = settingName(reader);
  reader.end();
  return { is, name };
}

/** A name with dots in it, as it was written for a person who asks what is unknown. */
function settingName(reader: TokenReader): string {
  let name = reader.name();
  while (reader.takesSign('.')) name += `.${reader.name()}`;
  return name;
}

function valuesToEnd(reader: TokenReader): string[] {
  const values = [oneValue(reader)];
  while (reader.takesSign(',')) values.push(oneValue(reader));
  reader.end();
  return values;
}

/** A text, a number with its sign, or a word. */
function oneValue(reader: TokenReader): string {
  const sign = reader.takesSign('-') ? '-' : '';
  if (sign === '') reader.takesSign('+');
  const kind = reader.next?.kind;
  if (kind === 'number') return sign + reader.take().text;
  if (sign === '' && (kind === 'text' || kind === 'word' || kind === 'quoted')) return reader.take().text;
  throw reader.unexpected();
}

function timeZone(reader: TokenReader, isLocal: boolean): Command {
  if (reader.takes('local') || reader.takes('default')) {
    reader.end();
    return { is: 'set', name: 'timezone', values: null, isLocal };
  }
  if (reader.takes('interval')) {
    const text = reader.text();
    // HOUR TO MINUTE and the like say nothing that the text does not.
    while (!reader.isAtEnd) reader.take();
    return { is: 'set', name: 'timezone', values: [intervalOffset(text)], isLocal };
  }
  const value = oneValue(reader);
  reader.end();
  return { is: 'set', name: 'timezone', values: [value], isLocal };
}

/** `+02:00` as hours, which the time zone understands. */
function intervalOffset(text: string): string {
  const found = /^\s*([+-]?)(\d{1,2})(?::(\d{2}))?\s*(?:hours?)?\s*$/.exec(text);
  if (found === null) {
    throw refusal({ state: '22023', message: `invalid value for parameter "TimeZone": "${text.slice(0, 64)}"` });
  }
  const [, sign = '', hours = '0', minutes = '0'] = found;
  return `${sign}${Number(hours) + Number(minutes) / 60}`;
}

/** Nobody is somebody else here: only a way back to oneself is known. */
function who(reader: TokenReader, setting: 'role' | 'session_authorization'): Command {
  const token = reader.next;
  const value = reader.take().text;
  reader.end();
  const isSelf = token?.kind === 'word' && (value === 'default' || value === 'none');
  return { is: 'set', name: setting, values: isSelf ? null : [value], isLocal: false };
}

function namedValue(reader: TokenReader, name: string, isLocal: boolean): Command {
  if (reader.isAtEnd || reader.takes('default')) {
    reader.end();
    return { is: 'set', name, values: null, isLocal };
  }
  const value = reader.text();
  reader.end();
  return { is: 'set', name, values: [value], isLocal };
}

function lastName(reader: TokenReader): string {
  const name = reader.name();
  reader.end();
  return name;
}
