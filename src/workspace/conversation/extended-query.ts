import type { ParameterValue, ResultField } from '../sql-session.ts';
import type { FrontendMessage } from '../wire/conversation.ts';
import type { Interrupts } from './interrupts.ts';
import { analyse, endsFailure, fieldsOf, mustNotHaveFailed, parseOne } from './plan.ts';
import type { Portal } from './portals.ts';
import type { Plan } from './prepared-statements.ts';
import { type Refusal, refusal } from './refusal.ts';
import { run } from './run.ts';
import { formatsFor, sendRows } from './send-rows.ts';
import type { SqlSession } from './sql-session.ts';

type Message<Is extends FrontendMessage['is']> = Extract<FrontendMessage, { is: Is }>;

/**
 * The extended protocol (PostgreSQL documentation, section 55.2.3): each message is done or throws; what follows an
 * error up to Sync is the caller's to pass over.
 */
export class ExtendedQuery {
  readonly #session: SqlSession;
  readonly #interrupts: Interrupts;

  constructor(session: SqlSession, interrupts: Interrupts) {
    this.#session = session;
    this.#interrupts = interrupts;
  }

  async parse({ name, sql, parameterTypes }: Message<'parse'>): Promise<void> {
    const session = this.#session;
    session.needTransaction();
    if (name === '') session.statements.remove('');
    else session.statements.checkFree(name);
    const parsed = parseOne(sql);
    const plan = await this.#interrupts.run(session.timeoutMs, signal =>
      analyse(session, parsed, { types: parameterTypes, signal }),
    );
    session.statements.add(name, plan);
    session.parts.backend.parseComplete();
  }

  async bind(message: Message<'bind'>): Promise<void> {
    const session = this.#session;
    session.needTransaction();
    const plan = session.statements.get(message.statement);
    mustRun(session, plan);
    const parameters = parametersOf(message, plan);
    const fields = fieldsOf(session, plan);
    checkResultFormats(message, fields);
    if (message.portal !== '') session.portals.checkFree(message.portal);
    const isQuery = plan.command.is === 'query' && plan.query !== null;
    await session.portals.add({
      name: message.portal,
      plan,
      parameters,
      formats: formatsFor(fields?.length ?? 0, message.resultFormats),
      fields,
      // What a query sees is settled here, as in PostgreSQL, whenever its rows are asked for.
      cursor: isQuery && plan.query !== null ? session.cursor(plan.query, { parameters, isScroll: false }) : null,
      hasRun: isQuery,
      tag: count => `SELECT ${count}`,
      depth: session.transaction?.depth ?? 0,
      isHold: false,
      isHeld: false,
    });
    session.parts.backend.bindComplete();
  }

  describe({ of, name }: Message<'describe'>): void {
    const session = this.#session;
    const { backend } = session.parts;
    session.needTransaction();
    if (of === 'statement') {
      const plan = session.statements.get(name);
      const fields = fieldsOf(session, plan);
      if (fields !== null) mustNotHaveFailed(session);
      backend.parameterDescription(plan.parameterTypes);
      if (fields === null) backend.noData();
      else backend.rowDescription(fields, formatsFor(fields.length, []));
      return;
    }
    const { fields, formats } = session.portals.get(name, 'portal');
    if (fields !== null) mustNotHaveFailed(session);
    if (fields === null) backend.noData();
    else backend.rowDescription(fields, formats);
  }

  async execute({ portal: name, maxRows }: Message<'execute'>): Promise<void> {
    const session = this.#session;
    const { backend } = session.parts;
    session.needTransaction();
    const portal = session.portals.get(name, 'portal');
    if (portal.plan.statement === null) {
      backend.emptyQuery();
      return;
    }
    mustRun(session, portal.plan);
    await this.#interrupts.run(session.timeoutMs, async signal => {
      const tag = await this.#runOnce(portal, signal);
      if (tag !== null) backend.commandComplete(tag);
      else await this.#sendRows(portal, { maxRows: Math.max(0, maxRows), signal });
    });
  }

  async close({ of, name }: Message<'close'>): Promise<void> {
    const session = this.#session;
    if (of === 'statement') session.statements.remove(name);
    else await session.portals.close(name);
    session.parts.backend.closeComplete();
  }

  /** Null: rows are to be sent. */
  async #runOnce(portal: Portal, signal: AbortSignal): Promise<string | null> {
    if (portal.cursor !== null) return null;
    if (portal.hasRun) throw refusal({ state: '55000', message: `portal "${portal.name}" cannot be run` });
    portal.hasRun = true;
    const outcome = await run(this.#session, portal.plan, { parameters: portal.parameters, isAlone: true, signal });
    if (outcome.is === 'done') return outcome.tag;
    portal.cursor = outcome.cursor;
    portal.tag = outcome.tag;
    return null;
  }

  async #sendRows(
    portal: Portal,
    { maxRows, signal }: { readonly maxRows: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { backend } = this.#session.parts;
    const { cursor, fields } = portal;
    if (cursor === null) return;
    // EXECUTE of a statement that was made after Bind: the client was not told of any columns.
    if (fields === null || fields.length !== cursor.fields.length) {
      throw refusal({ state: '0A000', message: 'cached plan must not change result type' });
    }
    const next = (max: number) => cursor.forward(max, portal.formats, signal);
    const count = await sendRows({ next, max: maxRows, backend, signal });
    if (maxRows > 0 && count === maxRows) backend.portalSuspended();
    else backend.commandComplete(portal.tag(count));
  }
}

function mustRun(session: SqlSession, { statement, command }: Plan): void {
  if (statement !== null && !endsFailure(command)) mustNotHaveFailed(session);
}

function parametersOf(
  { parameters, parameterFormats, statement }: Message<'bind'>,
  { parameterTypes }: Plan,
): ParameterValue[] {
  if (parameterFormats.length > 1 && parameterFormats.length !== parameters.length) {
    throw violation({
      message: `bind message has ${parameterFormats.length} parameter formats but ${parameters.length} parameters`,
    });
  }
  if (parameters.length !== parameterTypes.length) {
    throw violation({
      message: `bind message supplies ${parameters.length} parameters, but prepared statement "${statement}" requires ${parameterTypes.length}`,
    });
  }
  const formats = formatsFor(parameters.length, parameterFormats);
  return parameters.map((bytes, index) => ({ bytes, format: formats[index] ?? 'text' }));
}

function checkResultFormats({ resultFormats }: Message<'bind'>, fields: readonly ResultField[] | null): void {
  if (fields === null || resultFormats.length <= 1 || resultFormats.length === fields.length) return;
  throw violation({
    message: `bind message has ${resultFormats.length} result formats but query has ${fields.length} columns`,
  });
}

function violation({ message }: Pick<Refusal, 'message'>) {
  return refusal({ state: '08P01', message });
}
