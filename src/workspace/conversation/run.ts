import type { EncodedRow, ParameterValue, ResultField } from '../sql-session.ts';
import type { Command } from './command.ts';
import { Cursor } from './cursor.ts';
import type { Plan } from './prepared-statements.ts';
import { refusal } from './refusal.ts';
import { runCopy } from './run-copy.ts';
import { declaredTypes, type RowsOutcome, runDeclare, runExecute, runFetch, runMove } from './run-cursor.ts';
import { runCreateView, runDropDatabase, runDropView } from './run-objects.ts';
import { runDiscard, runReset, runSet, runSetConfig, showFields, showRows, textFields } from './run-settings.ts';
import { runTransaction } from './run-transaction.ts';
import { formatsFor } from './send-rows.ts';
import type { SqlSession } from './sql-session.ts';

/** What a statement came to: rows that are still to be sent, or nothing more than its tag. */
export type Outcome = RowsOutcome | { readonly is: 'done'; readonly tag: string };

export interface Run {
  readonly parameters: readonly ParameterValue[];
  /** No other statement is in the client's text. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
}

export async function run(session: SqlSession, plan: Plan, options: Run): Promise<Outcome> {
  const { command } = plan;
  switch (command.is) {
    case 'query':
      return queryRows(session, plan, options);
    case 'show':
      return atRest(showFields(session, command.name), showRows(session, command.name), () => 'SHOW');
    case 'set-config': {
      const value = Buffer.from(await runSetConfig(session, command, options));
      return atRest(textFields([command.column]), [[value]], count => `SELECT ${count}`);
    }
    case 'fetch':
      return runFetch(session, command, options.signal);
    case 'execute':
      return runExecute(session, command, options.signal);
    default:
      return { is: 'done', tag: await runCommand(session, plan, command, options) };
  }
}

type OtherCommand = Exclude<Command, { is: 'query' | 'show' | 'set-config' | 'fetch' | 'execute' }>;

async function runCommand(session: SqlSession, plan: Plan, command: OtherCommand, options: Run): Promise<string> {
  const { parameters, signal } = options;
  switch (command.is) {
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'savepoint':
    case 'release':
    case 'rollback-to':
    case 'set-transaction':
      return runTransaction(session, command, options.isAlone);
    case 'set':
      return runSet(session, command, options);
    case 'reset':
      return runReset(session, command.name);
    case 'discard':
      return runDiscard(session, command.what, options);
    case 'nothing':
      return command.tag;
    case 'prepare':
      return runPrepare(session, plan, command, signal);
    case 'deallocate':
      return deallocate(session, command.name);
    case 'declare':
      return runDeclare(session, { plan, command, parameters }, options);
    case 'move':
      return runMove(session, command, signal);
    case 'close':
      return closeCursor(session, command.name);
    case 'copy':
      return runCopy(session, command, signal);
    case 'drop-database':
      return runDropDatabase(session, command, options);
    case 'create-view':
      return runCreateView(session, command, options);
    case 'drop-view':
      return runDropView(session, command, options);
    case 'refused':
      throw refusal(command);
  }
}

function queryRows(session: SqlSession, { query }: Plan, { parameters }: Run): RowsOutcome {
  if (query === null) throw new Error('a query that was not prepared');
  if (query.parameterTypes.length > parameters.length) {
    throw refusal({ state: '42P02', message: `there is no parameter $${parameters.length + 1}` });
  }
  return {
    is: 'rows',
    cursor: session.cursor(query, { parameters, isScroll: false }),
    tag: count => `SELECT ${count}`,
    formats: formatsFor(query.fields.length, []),
  };
}

/** Rows that are here already. */
function atRest(
  fields: readonly ResultField[],
  all: readonly EncodedRow[],
  tag: (rowCount: number) => string,
): RowsOutcome {
  let rows = all;
  const next = async (max: number) => {
    const piece = rows.slice(0, max);
    rows = rows.slice(max);
    return piece;
  };
  const cursor = new Cursor({ fields, isScroll: false, open: async () => ({ next, close: async () => {} }) });
  return { is: 'rows', cursor, tag, formats: formatsFor(fields.length, []) };
}

async function runPrepare(
  session: SqlSession,
  { source, statement }: Plan,
  command: Extract<Command, { is: 'prepare' }>,
  signal: AbortSignal,
): Promise<string> {
  session.statements.checkFree(command.name);
  const query = await session.prepare(command.query, { types: declaredTypes(command), signal });
  session.statements.add(command.name, {
    source,
    statement,
    command: { is: 'query' },
    query,
    parameterTypes: query.parameterTypes,
  });
  return 'PREPARE';
}

function deallocate(session: SqlSession, name: string | null): string {
  if (name === null) {
    session.statements.clear();
    return 'DEALLOCATE ALL';
  }
  session.statements.get(name);
  session.statements.remove(name);
  return 'DEALLOCATE';
}

async function closeCursor(session: SqlSession, name: string | null): Promise<string> {
  if (name === null) {
    await session.portals.closeAll();
    return 'CLOSE CURSOR ALL';
  }
  session.portals.get(name, 'cursor');
  await session.portals.close(name);
  return 'CLOSE CURSOR';
}
