import type { Command } from './command.ts';
import { queryPart } from './parse-cursor.ts';
import { refusal } from './refusal.ts';
import type { TokenReader } from './token-reader.ts';

/** Views are made in the users' schema, whatever the search path is. */
const VIEW_SCHEMA = 'public';
const NAME_BYTES_MAX = 63;

/** DROP DATABASE [IF EXISTS] name [CASCADE | RESTRICT] [KEEP FILES], with what comes after the word DATABASE. */
export function parseDropDatabase(reader: TokenReader): Command {
  const ifExists = reader.takes('if', 'exists');
  const name = databaseName(reader);
  if (!reader.takes('cascade')) reader.takes('restrict');
  const keepFiles = reader.takes('keep', 'files');
  reader.end();
  return { is: 'drop-database', name, ifExists, keepFiles };
}

/**
 * In double quotes, in backticks, or bare with its hyphens (`dataverse-env-org`): what stands together is the name. Such
 * a bare name is no name to PostgreSQL, but it is what administrators of the original type.
 */
function databaseName(reader: TokenReader): string {
  const first = reader.next;
  if (first === null || first.kind === 'quoted') return reader.name();
  let end = first.start;
  while (reader.next !== null && reader.next.start === end) end = reader.take().token.end;
  const raw = reader.statement.source.slice(first.start, end);
  const inBackticks = /^`([^`]+)`$/.exec(raw)?.[1];
  if (inBackticks !== undefined) return inBackticks;
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_$-]*$/u.test(raw)) throw reader.unexpected(first);
  return raw.toLowerCase();
}

/** CREATE [OR REPLACE] VIEW; null where something else is created. */
export function parseCreateView(reader: TokenReader): Command | null {
  const replace = reader.takes('or', 'replace');
  if (!reader.takes('view')) return null;
  const name = viewName(reader);
  const columns = reader.isSign('(') ? columnNames(reader) : [];
  reader.expect('as');
  const query = queryPart(reader);
  return { is: 'create-view', name, columns, replace, query };
}

/** DROP VIEW [IF EXISTS] name [, ...] [CASCADE | RESTRICT], with what comes after the word VIEW. */
export function parseDropView(reader: TokenReader): Command {
  const ifExists = reader.takes('if', 'exists');
  const names = [viewName(reader)];
  while (reader.takesSign(',')) names.push(viewName(reader));
  if (!reader.takes('cascade')) reader.takes('restrict');
  reader.end();
  return { is: 'drop-view', names, ifExists };
}

function viewName(reader: TokenReader): string {
  const token = reader.next;
  const first = reader.name();
  const name = reader.takesSign('.') ? reader.name() : first;
  if (name !== first && first !== VIEW_SCHEMA) {
    throw refusal({
      state: '42501',
      message: `permission denied for schema ${first}`,
      hint: `Views of users are in schema ${VIEW_SCHEMA}.`,
      position: (token?.start ?? 0) + 1,
    });
  }
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
    throw refusal({ state: '42622', message: `the name of a view is longer than ${NAME_BYTES_MAX} bytes` });
  }
  return name;
}

function columnNames(reader: TokenReader): string[] {
  reader.expectSign('(');
  const names = [reader.name()];
  while (reader.takesSign(',')) names.push(reader.name());
  reader.expectSign(')');
  return names;
}
