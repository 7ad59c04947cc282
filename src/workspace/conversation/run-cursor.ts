import type { EncodedRow, ParameterValue, ResultField, ValueFormat } from '../sql-session.ts';
import type { Command } from './command.ts';
import { Cursor, type Direction, type RowSource } from './cursor.ts';
import { literalText } from './literal.ts';
import type { Portal } from './portals.ts';
import type { Plan } from './prepared-statements.ts';
import { refusal } from './refusal.ts';
import { formatsFor } from './send-rows.ts';
import { elsewhere, type SqlSession } from './sql-session.ts';
import type { TextPart } from './token-reader.ts';
import { typeOid } from './type-names.ts';

/** Rows to send, and what to say after them. */
export interface RowsOutcome {
  readonly is: 'rows';
  readonly cursor: Cursor;
  readonly tag: (rowCount: number) => string;
  /** Of the columns, in the simple protocol. */
  readonly formats: readonly ValueFormat[];
}

export async function runDeclare(
  session: SqlSession,
  { plan, command, parameters }: CursorRun<'declare'>,
  { isAlone, signal }: { readonly isAlone: boolean; readonly signal: AbortSignal },
): Promise<string> {
  const { name, isScroll, isHold, isBinary } = command;
  if (!isHold && isAlone) session.needExplicit('DECLARE CURSOR');
  if (plan.query === null) throw new Error('a cursor without a query');
  session.portals.checkFree(name);
  const cursor = session.cursor(await elsewhere(plan.query), { parameters, isScroll });
  const portal: Portal = {
    name,
    plan,
    parameters,
    formats: formatsFor(plan.query.fields.length, [isBinary ? 'binary' : 'text']),
    fields: plan.query.fields,
    cursor,
    hasRun: true,
    tag: count => `SELECT ${count}`,
    depth: session.transaction?.depth ?? 0,
    isHold,
    isHeld: false,
  };
  await session.portals.add(portal);
  // What outlives its transaction does not wait with its errors until somebody fetches.
  if (isHold) await cursor.start(signal);
  return 'DECLARE CURSOR';
}

interface CursorRun<Is extends Command['is']> {
  readonly plan: Plan;
  readonly command: Extract<Command, { is: Is }>;
  readonly parameters: readonly ParameterValue[];
}

export function runFetch(
  session: SqlSession,
  { name, direction }: { readonly name: string; readonly direction: Direction },
  signal: AbortSignal,
): RowsOutcome {
  const { cursor, formats } = openCursor(session, name);
  return {
    is: 'rows',
    cursor: new Cursor({
      fields: cursor.fields,
      isScroll: false,
      open: async () => new FetchedRows(cursor, direction, signal),
    }),
    tag: count => `FETCH ${count}`,
    formats,
  };
}

export async function runMove(
  session: SqlSession,
  { name, direction }: { readonly name: string; readonly direction: Direction },
  signal: AbortSignal,
): Promise<string> {
  const { cursor, formats } = openCursor(session, name);
  let count = 0;
  for await (const rows of cursor.fetch(direction, formats, signal)) count += rows.length;
  return `MOVE ${count}`;
}

/** Columns of what FETCH will give; null where the cursor is not there yet. */
export function fetchFields(session: SqlSession, name: string): readonly ResultField[] | null {
  return session.portals.find(name)?.cursor?.fields ?? null;
}

function openCursor(session: SqlSession, name: string): Portal & { readonly cursor: Cursor } {
  const portal = session.portals.get(name, 'cursor');
  const { cursor } = portal;
  if (cursor !== null) return { ...portal, cursor };
  throw refusal({ state: '55000', message: `portal "${name}" cannot be run` });
}

/** The rows of one FETCH. They are the cursor's, so closing this closes nothing. */
class FetchedRows implements RowSource {
  readonly #make: (formats: readonly ValueFormat[]) => AsyncGenerator<readonly EncodedRow[]>;
  #pieces: AsyncGenerator<readonly EncodedRow[]> | null = null;
  #piece: readonly EncodedRow[] = [];
  #at = 0;

  constructor(cursor: Cursor, direction: Direction, signal: AbortSignal) {
    this.#make = formats => cursor.fetch(direction, formats, signal);
  }

  async next(max: number, formats: readonly ValueFormat[]): Promise<readonly EncodedRow[]> {
    this.#pieces ??= this.#make(formats);
    while (this.#at >= this.#piece.length) {
      const next = await this.#pieces.next();
      if (next.done === true) return [];
      this.#piece = next.value;
      this.#at = 0;
    }
    const rows = this.#piece.slice(this.#at, this.#at + max);
    this.#at += rows.length;
    return rows;
  }

  async close(): Promise<void> {
    await this.#pieces?.return(undefined);
  }
}

/** PREPARE: the names of the types as object ids; the query is prepared by the caller. */
export function declaredTypes({ types }: Extract<Command, { is: 'prepare' }>): number[] {
  return types.map(name => {
    const oid = typeOid(name);
    if (oid === null) throw refusal({ state: '42704', message: `type "${name.slice(0, 64)}" does not exist` });
    return oid;
  });
}

/** EXECUTE: the prepared query with the values of the expressions. */
export async function runExecute(
  session: SqlSession,
  command: Extract<Command, { is: 'execute' }>,
  signal: AbortSignal,
): Promise<RowsOutcome> {
  const { name } = command;
  const { query } = session.statements.get(name);
  if (query === null) {
    throw refusal({
      state: '0A000',
      message: `prepared statement "${name}" is not a query; Lakelink executes only those`,
    });
  }
  const [expected, given] = [query.parameterTypes.length, command.arguments.length];
  if (expected !== given) {
    throw refusal({
      state: '42601',
      message: `wrong number of parameters for prepared statement "${name}"`,
      detail: `Expected ${expected} parameters but got ${given}.`,
    });
  }
  const parameters = await valuesOf(session, command.arguments, signal);
  return {
    is: 'rows',
    cursor: session.cursor(await elsewhere(query), { parameters, isScroll: false }),
    tag: count => `SELECT ${count}`,
    formats: formatsFor(query.fields.length, []),
  };
}

/** Literals are read here; anything else is a query for the engine. */
async function valuesOf(
  session: SqlSession,
  parts: readonly TextPart[],
  signal: AbortSignal,
): Promise<readonly ParameterValue[]> {
  const literals = parts.map(({ text }) => literalText(text));
  if (literals.every(literal => literal !== undefined)) {
    return literals.map(text => ({ bytes: text === null ? null : Buffer.from(text), format: 'text' }));
  }
  const view = session.view();
  const query = await session.prepareOwn(`SELECT ${parts.map(({ text }) => `(${text})`).join(', ')}`, view, signal);
  if (query.parameterTypes.length > 0) throw refusal({ state: '42P02', message: 'there is no parameter $1' });
  const rows = await query.run({ view, parameters: [], signal });
  try {
    const [row = []] = await rows.next(1, formatsFor(query.fields.length, []));
    return row.map(bytes => ({ bytes, format: 'text' }));
  } finally {
    await rows.close();
  }
}
