import type { Session } from '../batch/duckdb.ts';
import { literal } from '../batch/sql.ts';
import { Fault } from '../core/fault.ts';

/** A node of the parser's tree, read with care: its form belongs to the engine. */
export type Tree = { readonly [key: string]: unknown };

/** Text of a query is at most this long, characters. */
const SQL_LENGTH_MAX = 1_000_000;
/** Statement ends tried from the end of the text. */
const ENDS_TRIED = 32;

/**
 * The tree of one query. Throws `input/sql` for what is not exactly one statement that reads: the engine's serializer
 * knows SELECT, WITH, VALUES, FROM, TABLE, SHOW, DESCRIBE and SUMMARIZE, and nothing that writes or sets.
 */
export async function parseQuery(session: Session, sql: string): Promise<Tree> {
  if (sql.trim() === '') throw new Fault('input/sql', { reason: 'the query is empty' });
  if (sql.length > SQL_LENGTH_MAX) {
    throw new Fault('input/sql', { reason: `the query is longer than ${SQL_LENGTH_MAX} characters` });
  }
  if (sql.includes('\0')) throw new Fault('input/sql', { reason: 'the query holds a NUL character' });
  const answer = await serialize(session, sql);
  if (answer.error === true) throw refused(answer);
  const statements = list(answer.statements);
  const [statement] = statements;
  if (statements.length > 1) throw new Fault('input/sql', { reason: 'more than one statement' });
  if (statement === undefined) throw new Fault('input/sql', { reason: 'the query is empty' });
  return tree(tree(statement).node);
}

/**
 * The query's text without a semicolon or comment behind it, so that it can stand in brackets. Proven, not scanned:
 * the text in brackets has the same tree.
 */
export async function bracketable(
  session: Session,
  { sql, node }: { readonly sql: string; readonly node: Tree },
): Promise<string> {
  const wanted = shapeOf(node);
  let end = sql.length;
  for (let attempt = 0; attempt < ENDS_TRIED && end >= 0; attempt += 1) {
    const body = sql.slice(0, end);
    const answer = await serialize(session, inBrackets(body));
    const [statement, ...more] = list(answer.statements ?? []);
    if (answer.error === false && statement !== undefined && more.length === 0) {
      const from = tree(tree(tree(statement).node).from_table);
      const inner = from.subquery;
      if (inner !== undefined && shapeOf(tree(tree(inner).node)) === wanted) return body;
    }
    end = sql.lastIndexOf(';', end - 1);
    if (end < 0) break;
  }
  throw new Fault('input/sql', { reason: 'leave out what stands behind the query (semicolons, comments)' });
}

/** The query as a relation; the line breaks end a comment that its text may end in. */
export function inBrackets(body: string): string {
  return `SELECT * FROM (\n${body}\n) AS result`;
}

async function serialize(session: Session, sql: string): Promise<Tree> {
  const [row] = await session.runAll(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
  return tree(JSON.parse(String(row?.tree)));
}

function refused(answer: Tree): Fault {
  const message = String(answer.error_message);
  if (answer.error_type === 'parser') {
    const position = Number(answer.position);
    const where = Number.isInteger(position) ? `, at character ${position + 1}` : '';
    return new Fault('input/sql', { reason: `${message}${where}` });
  }
  return new Fault('input/sql', {
    reason: 'only SELECT (also WITH, VALUES, FROM, DESCRIBE, SUMMARIZE, SHOW TABLES) runs here',
  });
}

/** A text that is equal for trees that mean the same, wherever in a text they stood. */
function shapeOf(node: Tree): string {
  return JSON.stringify(node, (key, value: unknown) => (key === 'query_location' ? undefined : value));
}

/**
 * A name in the form in which the engine compares names: only A to Z lose their case. `toLowerCase` would make `k` of the
 * Kelvin sign, so that a WITH name could stand for a table of the engine's own that it does not hide.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function tree(value: unknown): Tree {
  if (!isTree(value)) throw new Fault('internal/bug', { reason: 'the parser answered in an unknown form' });
  return value;
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Fault('internal/bug', { reason: 'the parser answered in an unknown form' });
  return value;
}
