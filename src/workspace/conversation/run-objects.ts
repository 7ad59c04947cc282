import { toFault } from '../../core/fault.ts';
import type { SqlUser } from '../directory.ts';
import type { Command } from './command.ts';
import { MAINTENANCE_DATABASE } from './maintenance-database.ts';
import { movedBy, refusal } from './refusal.ts';
import { viewWithout } from './searched-view.ts';
import type { SqlSession } from './sql-session.ts';

/*
 * What a client may change: lake databases may be dropped, and users' views made and dropped. None of it can be taken
 * back by ROLLBACK, so none of it is done in a transaction block.
 */

interface Alone {
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
}

export async function runDropDatabase(
  session: SqlSession,
  { name, ifExists, keepFiles }: Extract<Command, { is: 'drop-database' }>,
  { isAlone, signal }: Alone,
): Promise<string> {
  session.needNoBlock('DROP DATABASE', { isAlone });
  const { user, directory, database } = session.parts;
  if (user.role !== 'System Administrator') {
    throw refusal({
      state: '42501',
      message: `must be owner of database ${name}`,
      hint: 'A System Administrator can drop a lake database.',
    });
  }
  if (name === MAINTENANCE_DATABASE) {
    throw refusal({ state: '42501', message: `the database ${name} is always there and holds no lake` });
  }
  if (name === database.name) {
    throw refusal({
      state: '55006',
      message: 'cannot drop the currently open database',
      hint: `Connect to another one, for example ${MAINTENANCE_DATABASE}.`,
    });
  }
  const entries = await directory.databases();
  if (!entries.some(entry => entry.name === name)) {
    const message = `database "${name}" does not exist`;
    if (!ifExists) throw refusal({ state: '3D000', message });
    session.notice({ severity: 'NOTICE', sqlState: '00000', message: `${message}, skipping` });
    return 'DROP DATABASE';
  }
  await directory.dropDatabase({ database: name, user: user.name, keepFiles, signal });
  return 'DROP DATABASE';
}

export async function runCreateView(
  session: SqlSession,
  { name, columns, replace, query }: Extract<Command, { is: 'create-view' }>,
  { isAlone, signal }: Alone,
): Promise<string> {
  const { directory, database, user } = session.parts;
  needMaker(session, 'CREATE VIEW', isAlone);
  const before = columns.length === 0 ? '' : 'SELECT * FROM (';
  // A comment at the end of a line must not take the bracket.
  const after = columns.length === 0 ? '' : `\n) AS ${quoted(name)} (${columns.map(quoted).join(', ')})`;
  const sql = before + query.text + after;
  const view = viewWithout(session.view(), name);
  try {
    const prepared = await session.parts.query.prepare(sql, { view, parameterTypes: [], signal });
    if (prepared.parameterTypes.length > 0) throw refusal({ state: '42P02', message: 'there is no parameter $1' });
    checkColumns(prepared.fields.map(field => field.name));
  } catch (thrown) {
    throw movedBy(query.offset - before.length, toFault(thrown));
  }
  await directory.createView({ database: database.name, name, sql, user: user.name, replace });
  return 'CREATE VIEW';
}

export async function runDropView(
  session: SqlSession,
  { names, ifExists }: Extract<Command, { is: 'drop-view' }>,
  { isAlone }: Alone,
): Promise<string> {
  const { directory, database, user } = session.parts;
  needMaker(session, 'DROP VIEW', isAlone);
  const views = await directory.views(database.name);
  // Either all go or none.
  const missing = names.filter(name => !views.some(view => view.name === name));
  for (const name of missing) {
    const message = `view "${name}" does not exist`;
    if (!ifExists) throw refusal({ state: '42P01', message });
    session.notice({ severity: 'NOTICE', sqlState: '00000', message: `${message}, skipping` });
  }
  for (const name of names) {
    if (!missing.includes(name)) await directory.dropView({ database: database.name, name, user: user.name });
  }
  return 'DROP VIEW';
}

function needMaker(session: SqlSession, what: string, isAlone: boolean): void {
  if (!mayMakeViews(session.parts.user)) {
    throw refusal({
      state: '42501',
      message: 'permission denied for schema public',
      hint: 'A Maker or a System Administrator can make views.',
    });
  }
  if (session.parts.database.name === MAINTENANCE_DATABASE) {
    throw refusal({ state: '42501', message: `the database ${MAINTENANCE_DATABASE} holds no views` });
  }
  if (!session.isExplicit && isAlone) return;
  throw refusal({
    state: '25001',
    message: `${what} cannot run inside a transaction block`,
    hint: 'Send it by itself, with autocommit on: it cannot be rolled back.',
  });
}

function mayMakeViews({ role }: SqlUser): boolean {
  return role === 'Maker' || role === 'System Administrator';
}

function checkColumns(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw refusal({ state: '42701', message: `column "${twice}" specified more than once` });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
