import { type Fault, toFault } from '../../core/fault.ts';
import type { Conversation, FrontendMessage } from '../wire/conversation.ts';
import { ExtendedQuery } from './extended-query.ts';
import type { Interrupts } from './interrupts.ts';
import { refusal } from './refusal.ts';
import { simpleQuery } from './simple-query.ts';
import type { SqlSession } from './sql-session.ts';
import { serverMessage } from './sqlstates.ts';

/** Whoever hears of failures beside the client. */
export interface ConversationEars {
  /** What should not happen (`internal/bug`), which the client is told nothing about. */
  readonly report: (fault: Fault) => void;
  /** Every failure, just before the client is told: a message says less. Its `position` counts UTF-16 units of the client's text. */
  readonly onFault?: ((fault: Fault) => void) | undefined;
}

/** One client's statements in PostgreSQL's protocol, over one session. */
export class LakeConversation implements Conversation {
  readonly #session: SqlSession;
  readonly #interrupts: Interrupts;
  readonly #extended: ExtendedQuery;
  readonly #ears: ConversationEars;
  /** After an error in the extended protocol, until Sync. */
  #isSkipping = false;
  #busy: Promise<void> = Promise.resolve();
  #closed: Promise<void> | null = null;

  constructor(session: SqlSession, interrupts: Interrupts, ears: ConversationEars) {
    this.#session = session;
    this.#interrupts = interrupts;
    this.#extended = new ExtendedQuery(session, interrupts);
    this.#ears = ears;
  }

  async handle(message: FrontendMessage): Promise<void> {
    if (this.#closed !== null) return;
    this.#busy = this.#answer(message);
    await this.#busy;
  }

  cancel(): void {
    this.#interrupts.cancel();
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#interrupts.end();
    await this.#busy;
    await this.#session.close();
  }

  async #answer(message: FrontendMessage): Promise<void> {
    if (this.#isSkipping && message.is !== 'sync') return;
    try {
      await this.#act(message);
    } catch (thrown) {
      await this.#fail(thrown, message);
    }
  }

  async #act(message: FrontendMessage): Promise<void> {
    switch (message.is) {
      case 'query':
        await simpleQuery(this.#session, message.sql, this.#interrupts);
        return this.#ready();
      case 'parse':
        return this.#extended.parse(message);
      case 'bind':
        return this.#extended.bind(message);
      case 'describe':
        return this.#extended.describe(message);
      case 'execute':
        return this.#extended.execute(message);
      case 'close':
        return this.#extended.close(message);
      case 'flush':
        return this.#session.parts.backend.flush();
      case 'sync':
        this.#isSkipping = false;
        await this.#session.endImplicit({ isCommitted: true });
        return this.#ready();
      case 'function-call':
        throw refusal({ state: '0A000', message: 'function calls by number are not supported by Lakelink' });
      case 'copy-data':
      case 'copy-done':
      case 'copy-fail':
        // As PostgreSQL: a client may still send after a COPY of its that failed.
        return;
    }
  }

  /** Tells the client, and brings the transaction to where it stands after an error. */
  async #fail(thrown: unknown, message: FrontendMessage): Promise<void> {
    const fault = toFault(thrown);
    const { backend } = this.#session.parts;
    if (fault.code === 'internal/bug') this.#ears.report(fault);
    const source = message.is === 'query' || message.is === 'parse' ? message.sql : this.#sourceOf(message);
    this.#ears.onFault?.(fault);
    backend.error(serverMessage(fault, { source }));
    try {
      await this.#session.fail();
    } catch (second) {
      this.#ears.report(toFault(second));
    }
    const endsByItself = message.is === 'query' || message.is === 'function-call' || message.is === 'sync';
    this.#isSkipping = !endsByItself;
    // Drivers of cursors send their Sync only when they have read the error.
    const told = endsByItself ? this.#ready() : backend.flush();
    await told.catch(second => this.#ears.report(toFault(second)));
  }

  /** The text that an error's position points into. */
  #sourceOf(message: FrontendMessage): string {
    if (message.is !== 'execute') return '';
    return this.#session.portals.find(message.portal)?.plan.source ?? '';
  }

  async #ready(): Promise<void> {
    const { parts, transaction } = this.#session;
    this.#session.reportSettings();
    await parts.backend.readyForQuery(transaction?.status ?? 'I');
  }
}
