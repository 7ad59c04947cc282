import type { Interrupts } from './interrupts.ts';
import { analyse, type Parsed, parseAll } from './plan.ts';
import { run } from './run.ts';
import { sendRows } from './send-rows.ts';
import type { SqlSession } from './sql-session.ts';

/**
 * The simple protocol: the statements of one text, one after the other, each with its own answer, in one implicit
 * transaction (PostgreSQL documentation, section 55.2.2.1). The first error ends it, thrown from here.
 */
export async function simpleQuery(session: SqlSession, sql: string, interrupts: Interrupts): Promise<void> {
  const { backend } = session.parts;
  // It takes the place of what has no name.
  session.statements.remove('');
  await session.portals.close('');
  const all = parseAll(sql);
  if (all.length === 0) backend.emptyQuery();
  for (const parsed of all) {
    await interrupts.run(session.timeoutMs, signal =>
      oneStatement(session, parsed, { isAlone: all.length === 1, signal }),
    );
  }
  await session.endImplicit({ isCommitted: true });
}

async function oneStatement(
  session: SqlSession,
  parsed: Parsed,
  { isAlone, signal }: { readonly isAlone: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { backend } = session.parts;
  session.needTransaction();
  const plan = await analyse(session, parsed, { types: [], signal });
  const outcome = await run(session, plan, { parameters: [], isAlone, signal });
  if (outcome.is === 'done') {
    backend.commandComplete(outcome.tag);
    return;
  }
  const { cursor, formats, tag } = outcome;
  try {
    await cursor.start(signal);
    backend.rowDescription(cursor.fields, formats);
    const count = await sendRows({ next: max => cursor.forward(max, formats, signal), max: 0, backend, signal });
    backend.commandComplete(tag(count));
  } finally {
    await cursor.close();
  }
}
