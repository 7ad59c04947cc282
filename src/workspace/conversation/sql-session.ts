import { type Fault, toFault } from '../../core/fault.ts';
import type { DatabaseView, LakeDatabase, ReadTable } from '../database-view.ts';
import type { Directory, SqlUser } from '../directory.ts';
import type { ParameterValue, PreparedQuery, QuerySession } from '../sql-session.ts';
import type { Backend, ServerMessage } from '../wire/conversation.ts';
import { asOfSetting } from './as-of.ts';
import type { Isolation, TransactionModes } from './command.ts';
import { Cursor } from './cursor.ts';
import type { Interrupts } from './interrupts.ts';
import { Portals } from './portals.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { movedBy, refusal, withoutPosition } from './refusal.ts';
import { searchedView } from './searched-view.ts';
import { durationMs, schemasOf } from './setting-values.ts';
import type { SessionSettings } from './settings.ts';
import { engineZone } from './time-zone.ts';
import type { TextPart } from './token-reader.ts';
import { Transaction } from './transaction.ts';

export interface SqlSessionParts {
  readonly user: SqlUser;
  readonly database: LakeDatabase;
  readonly query: QuerySession;
  readonly settings: SessionSettings;
  readonly directory: Directory;
  readonly backend: Backend;
  readonly interrupts: Interrupts;
  /** No statement runs longer, whatever its client sets. */
  readonly statementTimeoutMs: number;
}

/** One client's session: its settings, its transaction, what it prepared and opened. */
export class SqlSession {
  readonly parts: SqlSessionParts;
  readonly statements = new PreparedStatements();
  readonly portals = new Portals();
  readonly #inEngine: Map<string, string>;
  #appliedVersion = -1;
  #reported: ReadonlyMap<string, string>;
  #transaction: Transaction | null = null;

  constructor(parts: SqlSessionParts) {
    this.parts = parts;
    this.#reported = parts.settings.reported();
    this.#inEngine = new Map(parts.query.settings);
  }

  get transaction(): Transaction | null {
    return this.#transaction;
  }

  get isFailed(): boolean {
    return this.#transaction?.isFailed === true;
  }

  get isExplicit(): boolean {
    return this.#transaction?.isExplicit === true;
  }

  /** Longest time of the next statement. */
  get timeoutMs(): number {
    const own = durationMs(this.parts.settings.show('statement_timeout'));
    const { statementTimeoutMs } = this.parts;
    return own === 0 ? statementTimeoutMs : Math.min(own, statementTimeoutMs);
  }

  /** Every statement is in a transaction; this one ends at the end of the query text, or at Sync. */
  needTransaction(): Transaction {
    this.#transaction ??= this.#begun(new Transaction({ isolation: this.#defaultIsolation(), isExplicit: false }));
    return this.#transaction;
  }

  begin({ isolation, deferrable }: TransactionModes): void {
    const level = isolation ?? this.#defaultIsolation();
    const before = this.#transaction;
    this.#transaction = this.#begun(
      before === null ? new Transaction({ isolation: level, isExplicit: true }) : before.toExplicit(level),
    );
    this.parts.settings.setTransactionFact('transaction_deferrable', deferrable === true ? 'on' : 'off');
  }

  setIsolation(isolation: Isolation): void {
    if (this.#transaction !== null) this.#transaction.isolation = isolation;
    this.parts.settings.setTransactionFact('transaction_isolation', isolation);
  }

  async end({ isCommitted }: { readonly isCommitted: boolean }): Promise<void> {
    const { settings } = this.parts;
    const isGood = isCommitted && !this.isFailed;
    this.#transaction = null;
    if (isGood) settings.commit();
    else settings.rollback();
    settings.setTransactionFact('transaction_isolation', this.#defaultIsolation());
    settings.setTransactionFact('transaction_deferrable', 'off');
    await this.portals.endTransaction({ isCommitted: isGood });
    await this.applySettings();
  }

  /** The end of a query text, or a Sync: what ran without BEGIN is done. */
  async endImplicit({ isCommitted }: { readonly isCommitted: boolean }): Promise<void> {
    if (this.#transaction !== null && !this.isExplicit) await this.end({ isCommitted });
  }

  /** After an error: what ran without BEGIN is undone, a transaction waits for its end. */
  async fail(): Promise<void> {
    if (this.#transaction === null) return;
    if (!this.isExplicit) return this.end({ isCommitted: false });
    this.#transaction.fail();
    await this.portals.closeFrom(this.#transaction.depth);
  }

  /** What the next statement sees. */
  view(): DatabaseView {
    const { settings, database } = this.parts;
    const language = settings.show('lakelink.language');
    const make = () => database.view({ language: language === '' ? null : Number(language) });
    return searchedView(this.needTransaction().view(make), schemasOf(settings.show('search_path')));
  }

  /** Prepares a query of the client's text; a position in its errors points into the whole text. */
  async prepare(
    { text, offset }: TextPart,
    { types, signal }: { readonly types: readonly number[]; readonly signal: AbortSignal },
  ): Promise<PreparedQuery> {
    return placed(
      () => this.parts.query.prepare(text, { view: this.view(), parameterTypes: types, signal }),
      fault => movedBy(offset, fault),
    );
  }

  /** Prepares a query that is ours; a position in its errors means nothing to the client. */
  async prepareOwn(text: string, view: DatabaseView, signal: AbortSignal): Promise<PreparedQuery> {
    return placed(() => this.parts.query.prepare(text, { view, parameterTypes: [], signal }), withoutPosition);
  }

  /** A query's rows as they are seen now, whenever they are read (I-5). */
  cursor(
    query: PreparedQuery,
    { parameters, isScroll }: { readonly parameters: readonly ParameterValue[]; readonly isScroll: boolean },
  ): Cursor {
    const view = this.view();
    return new Cursor({
      fields: query.fields,
      isScroll,
      open: async signal => {
        const rows = await query.run({ view, parameters, signal });
        this.#tellPartial(rows.tables);
        return rows;
      },
    });
  }

  /** Rows that are not there yet must not look like rows that do not exist. */
  #tellPartial(tables: readonly ReadTable[]): void {
    for (const { table, initialSyncCompleted } of tables) {
      if (initialSyncCompleted) continue;
      const message = `${table}: the initial sync is not complete; only the rows that arrived so far were read`;
      this.notice({ severity: 'WARNING', sqlState: '01000', message });
    }
  }

  /** Tells the engine what was set since it was told last: it reads some, and the catalogue shows all. */
  async applySettings(): Promise<void> {
    const { settings, query } = this.parts;
    if (settings.version === this.#appliedVersion) return;
    for (const [name, value] of engineSettings(settings)) {
      if (this.#inEngine.get(name) !== value) {
        await query.set(name, value);
        this.#inEngine.set(name, value);
      }
    }
    query.asOf = asOfSetting(settings.show('lakelink.as_of'));
    this.#appliedVersion = settings.version;
  }

  /** Tells the client what was set since it was told last. */
  reportSettings(): void {
    const now = this.parts.settings.reported();
    for (const [name, value] of now) {
      if (this.#reported.get(name) !== value) this.parts.backend.parameterStatus(name, value);
    }
    this.#reported = now;
  }

  notice(message: Pick<ServerMessage, 'severity' | 'sqlState' | 'message'>): void {
    this.parts.backend.notice({ detail: null, hint: null, position: null, ...message });
  }

  /** For statements that only mean something after BEGIN. */
  needExplicit(what: string): Transaction {
    const transaction = this.#transaction;
    if (transaction?.isExplicit === true) return transaction;
    throw refusal({ state: '25P01', message: `${what} can only be used in transaction blocks` });
  }

  /** For statements that cannot be taken back. `isAlone`: no other statement is in the client's text. */
  needNoBlock(what: string, { isAlone }: { readonly isAlone: boolean }): void {
    if (!this.isExplicit && isAlone) return;
    throw refusal({ state: '25001', message: `${what} cannot run inside a transaction block` });
  }

  /** Frees everything; also when a part of it fails. */
  async close(): Promise<void> {
    const { query, database } = this.parts;
    const ends = [() => this.portals.closeAll(), () => query.close(), () => database.close()];
    const failures: unknown[] = [];
    for (const end of ends) await end().catch(thrown => failures.push(thrown));
    this.statements.clear();
    if (failures.length > 0) throw failures[0];
  }

  #begun(transaction: Transaction): Transaction {
    const { settings } = this.parts;
    settings.begin();
    settings.setTransactionFact('transaction_isolation', transaction.isolation);
    return transaction;
  }

  #defaultIsolation(): Isolation {
    return this.parts.settings.show('default_transaction_isolation') as Isolation;
  }
}

/** All settings in the engine's words. */
export function engineSettings(settings: SessionSettings): Map<string, string> {
  return new Map(settings.entries().map(([name, value]) => [name, name === 'TimeZone' ? engineZone(value) : value]));
}

/** Prepares, with the errors of preparing and of each run brought to the place where the client sees them. */
async function placed(prepare: () => Promise<PreparedQuery>, place: (fault: Fault) => Fault): Promise<PreparedQuery> {
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw place(toFault(thrown));
    }
  };
  const query = await run(prepare);
  const { parameterTypes, fields } = query;
  return { parameterTypes, fields, run: options => run(() => query.run(options)) };
}

/** The same query for statements of another text (FETCH, EXECUTE): places in its own mean nothing there. */
export function elsewhere(query: PreparedQuery): Promise<PreparedQuery> {
  return placed(async () => query, withoutPosition);
}
