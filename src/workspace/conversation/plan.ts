import type { PreparedQuery, ResultField } from '../sql-session.ts';
import type { Command } from './command.ts';
import { parseCommand } from './parse-command.ts';
import type { Plan } from './prepared-statements.ts';
import { refusal } from './refusal.ts';
import { fetchFields } from './run-cursor.ts';
import { showFields, textFields } from './run-settings.ts';
import type { SqlSession } from './sql-session.ts';
import { type Statement, splitStatements, statementText } from './statements.ts';

/** A statement before the query engine saw it. */
export interface Parsed {
  readonly source: string;
  /** Null: there is none. */
  readonly statement: Statement | null;
  readonly command: Command;
}

/** Every statement of a text, understood before the first one runs: a wrong word runs nothing, as in PostgreSQL. */
export function parseAll(source: string): Parsed[] {
  return splitStatements(source).map(statement => ({ source, statement, command: parseCommand(statement) }));
}

/** The one statement that Parse may hold. */
export function parseOne(source: string): Parsed {
  const [first, second] = parseAll(source);
  if (second !== undefined) {
    throw refusal({ state: '42601', message: 'cannot insert multiple commands into a prepared statement' });
  }
  return first ?? { source, statement: null, command: { is: 'nothing', tag: '' } };
}

/** Lets the engine check what is a query. */
export async function analyse(
  session: SqlSession,
  { source, statement, command }: Parsed,
  { types, signal }: { readonly types: readonly number[]; readonly signal: AbortSignal },
): Promise<Plan> {
  if (statement !== null && !endsFailure(command)) mustNotHaveFailed(session);
  const query = await queryOf();
  return { source, statement, command, query, parameterTypes: query?.parameterTypes ?? types };

  async function queryOf(): Promise<PreparedQuery | null> {
    if (statement === null) return null;
    if (command.is === 'declare') return session.prepare(command.query, { types, signal });
    if (command.is !== 'query') return null;
    return session.prepare({ text: statementText(statement), offset: statement.start }, { types, signal });
  }
}

/** Whether a command is heard in a transaction that failed. */
export function endsFailure({ is }: Command): boolean {
  return is === 'commit' || is === 'rollback' || is === 'rollback-to';
}

export function mustNotHaveFailed(session: SqlSession): void {
  if (!session.isFailed) return;
  throw refusal({
    state: '25P02',
    message: 'current transaction is aborted, commands ignored until end of transaction block',
  });
}

/** Columns of what a statement will answer; null: no rows. */
export function fieldsOf(session: SqlSession, { command, query }: Plan): readonly ResultField[] | null {
  switch (command.is) {
    case 'query':
      return query?.fields ?? null;
    case 'show':
      return showFields(session, command.name);
    case 'set-config':
      return textFields([command.column]);
    case 'fetch':
      return fetchFields(session, command.name);
    case 'execute':
      return session.statements.find(command.name)?.query?.fields ?? null;
    default:
      return null;
  }
}
