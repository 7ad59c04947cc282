import type { Command, TransactionModes } from './command.ts';
import { refusal } from './refusal.ts';
import type { SqlSession } from './sql-session.ts';

type TransactionCommand = Extract<
  Command,
  { is: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'set-transaction' }
>;

/** Runs one; answers its tag. `isAlone`: no other statement is in the client's text. */
export async function runTransaction(
  session: SqlSession,
  command: TransactionCommand,
  isAlone: boolean,
): Promise<string> {
  switch (command.is) {
    case 'begin':
      begin(session, command.modes);
      await session.applySettings();
      return command.tag;
    case 'commit':
    case 'rollback':
      return endTransaction(session, command);
    case 'savepoint':
      session.needExplicit('SAVEPOINT').savepoint(command.name, session.parts.settings.mark());
      return 'SAVEPOINT';
    case 'release':
      session.portals.lowerTo(session.needExplicit('RELEASE SAVEPOINT').release(command.name));
      return 'RELEASE';
    case 'rollback-to':
      await rollbackTo(session, command.name);
      return 'ROLLBACK';
    case 'set-transaction':
      setTransaction(session, command, isAlone);
      await session.applySettings();
      return 'SET';
  }
}

function begin(session: SqlSession, modes: TransactionModes): void {
  checkModes(modes);
  if (session.isExplicit) {
    session.notice({ severity: 'WARNING', sqlState: '25001', message: 'there is already a transaction in progress' });
    return;
  }
  session.begin(modes);
}

async function endTransaction(
  session: SqlSession,
  { is, chain }: { readonly is: 'commit' | 'rollback'; readonly chain: boolean },
): Promise<string> {
  const { transaction, isExplicit } = session;
  const word = is === 'commit' ? 'COMMIT' : 'ROLLBACK';
  if (!isExplicit) {
    if (chain) session.needExplicit(`${word} AND CHAIN`);
    session.notice({ severity: 'WARNING', sqlState: '25P01', message: 'there is no transaction in progress' });
  }
  const isCommitted = is === 'commit' && !session.isFailed;
  const isolation = transaction?.isolation ?? null;
  await session.end({ isCommitted });
  if (chain) session.begin({ isolation, readOnly: null, deferrable: null });
  // Without BEGIN there is nothing to roll back, and PostgreSQL says COMMIT all the same.
  return isCommitted ? 'COMMIT' : 'ROLLBACK';
}

async function rollbackTo(session: SqlSession, name: string): Promise<void> {
  const transaction = session.needExplicit('ROLLBACK TO SAVEPOINT');
  session.parts.settings.backTo(transaction.rollbackTo(name));
  await session.portals.closeFrom(transaction.depth);
  await session.applySettings();
}

function setTransaction(
  session: SqlSession,
  { scope, modes }: { readonly scope: 'transaction' | 'session'; readonly modes: TransactionModes },
  isAlone: boolean,
): void {
  if (scope === 'session') {
    const { settings } = session.parts;
    const { isolation, readOnly, deferrable } = modes;
    const set = (name: string, value: string) =>
      settings.set({ name: `default_transaction_${name}`, values: [value], isLocal: false });
    if (isolation !== null) set('isolation', isolation);
    if (readOnly !== null) set('read_only', readOnly ? 'on' : 'off');
    if (deferrable !== null) set('deferrable', deferrable ? 'on' : 'off');
    return;
  }
  checkModes(modes);
  const { transaction } = session;
  if (transaction === null || (!transaction.isExplicit && isAlone)) {
    const message = 'SET TRANSACTION can only be used in transaction blocks';
    session.notice({ severity: 'WARNING', sqlState: '25P01', message });
    return;
  }
  if (modes.isolation !== null && modes.isolation !== transaction.isolation) {
    if (transaction.hasQueried) {
      throw refusal({
        state: '25001',
        message: 'SET TRANSACTION ISOLATION LEVEL must be called before any query',
      });
    }
    session.setIsolation(modes.isolation);
  }
}

/** A hot standby of PostgreSQL refuses it too; here it is the read-only error that clients know. */
function checkModes({ readOnly }: TransactionModes): void {
  if (readOnly !== false) return;
  throw refusal({
    state: '25006',
    message: 'cannot set transaction read-write mode: a lake database is read-only',
  });
}
