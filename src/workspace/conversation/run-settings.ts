import { toFault } from '../../core/fault.ts';
import type { ResultField } from '../sql-session.ts';
import type { Command } from './command.ts';
import { refusal } from './refusal.ts';
import { runTransaction } from './run-transaction.ts';
import { booleanOf, invalid } from './setting-values.ts';
import type { SqlSession } from './sql-session.ts';

const TEXT_OID = 25;

export async function runSet(
  session: SqlSession,
  { name, values, isLocal }: Extract<Command, { is: 'set' }>,
  { isAlone }: { readonly isAlone: boolean },
): Promise<string> {
  const key = name.toLowerCase();
  if (key === 'role' || key === 'session_authorization') return setWho(session, key, values);
  if (key === 'transaction_isolation' || key === 'transaction_read_only') return setFact(session, key, values, isAlone);
  const { settings } = session.parts;
  if (isLocal && !session.isExplicit && isAlone) {
    // As PostgreSQL: said, and of no effect. Checked all the same. In a text of several it holds to the end of that.
    const before = settings.mark();
    settings.set({ name, values, isLocal });
    settings.backTo(before);
    const message = 'SET LOCAL can only be used in transaction blocks';
    session.notice({ severity: 'WARNING', sqlState: '25P01', message });
    return 'SET';
  }
  if (key === 'lakelink.language') checkLanguage(session);
  await changing(session, name, () => settings.set({ name, values, isLocal }));
  return 'SET';
}

/** As SET, with a list as one text; answers the value as it is now. */
export async function runSetConfig(
  session: SqlSession,
  { name, text, isLocal }: Extract<Command, { is: 'set-config' }>,
  { isAlone }: { readonly isAlone: boolean },
): Promise<string> {
  const { settings } = session.parts;
  const key = name.toLowerCase();
  if (key === 'lakelink.language') checkLanguage(session);
  const before = settings.mark();
  await changing(session, name, () => settings.setText({ name, text, isLocal }));
  const value = settings.show(name);
  // The transaction of a statement alone ends with it.
  if (isLocal && !session.isExplicit && isAlone) settings.backTo(before);
  return value;
}

export async function runReset(session: SqlSession, name: string | null): Promise<string> {
  const { settings } = session.parts;
  const key = name?.toLowerCase();
  if (key === 'role' || key === 'session_authorization') return 'RESET';
  if (key === 'lakelink.language') checkLanguage(session);
  await changing(session, name ?? '', () => settings.reset(name));
  return 'RESET';
}

/** Columns of SHOW. */
export function showFields(session: SqlSession, name: string | null): readonly ResultField[] {
  return textFields(name === null ? ['name', 'setting', 'description'] : [session.parts.settings.canonical(name)]);
}

export function textFields(names: readonly string[]): readonly ResultField[] {
  return names.map(column => ({ name: column, typeOid: TEXT_OID, typeSize: -1, typeModifier: -1 }));
}

export function showRows(session: SqlSession, name: string | null): readonly (readonly Uint8Array[])[] {
  const { settings } = session.parts;
  const rows = name === null ? settings.all().map(row => [row.name, row.value, row.about]) : [[settings.show(name)]];
  return rows.map(row => row.map(text => Buffer.from(text)));
}

/** DISCARD ALL and its parts. */
export async function runDiscard(
  session: SqlSession,
  what: Extract<Command, { is: 'discard' }>['what'],
  { isAlone }: { readonly isAlone: boolean },
): Promise<string> {
  if (what === 'ALL') {
    session.needNoBlock('DISCARD ALL', { isAlone });
    await session.portals.closeAll();
    session.statements.clear();
    session.parts.settings.reset(null);
    await session.applySettings();
  }
  // There are no sequences, no temporary tables, and plans are made anew for each run.
  return `DISCARD ${what}`;
}

/** A change that the engine refuses is not made. */
async function changing(session: SqlSession, name: string, change: () => void): Promise<void> {
  const { settings } = session.parts;
  const before = settings.mark();
  change();
  try {
    await session.applySettings();
  } catch (thrown) {
    const value = settings.get(name) ?? '';
    settings.backTo(before);
    await session.applySettings();
    if (toFault(thrown).code === 'internal/bug' || name === '') throw thrown;
    throw invalid(settings.canonical(name), value);
  }
}

/** One view has one language; a transaction that keeps its view keeps its language. */
function checkLanguage({ transaction }: SqlSession): void {
  const isShared = transaction?.isolation === 'repeatable read' || transaction?.isolation === 'serializable';
  if (!isShared || transaction?.hasQueried !== true) return;
  throw refusal({ state: '25001', message: 'lakelink.language must be set before any query of this transaction' });
}

/** Nobody becomes somebody else. */
function setWho(session: SqlSession, key: string, values: readonly string[] | null): string {
  const [name] = values ?? [];
  if (name === undefined || name === session.parts.user.name) return 'SET';
  const setting = key === 'role' ? 'role' : 'session authorization';
  throw refusal({ state: '42501', message: `permission denied to set ${setting} "${name.slice(0, 64)}"` });
}

/** The transaction's facts, set as if they were settings. */
function setFact(
  session: SqlSession,
  key: string,
  values: readonly string[] | null,
  isAlone: boolean,
): Promise<string> {
  const [text = ''] = values ?? [];
  const modes = { isolation: null, readOnly: null, deferrable: null };
  if (key === 'transaction_read_only') {
    const readOnly = values === null ? true : booleanOf(text);
    return runTransaction(
      session,
      { is: 'set-transaction', scope: 'transaction', modes: { ...modes, readOnly } },
      isAlone,
    );
  }
  const isolation = (['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const).find(
    level => level === text.toLowerCase(),
  );
  if (isolation === undefined) throw invalid('transaction_isolation', text);
  return runTransaction(
    session,
    { is: 'set-transaction', scope: 'transaction', modes: { ...modes, isolation } },
    isAlone,
  );
}
