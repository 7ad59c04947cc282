import type { Clock } from '../core/clock.ts';
import type { Statements } from './database.ts';

/** A change as it is told. `link` null: it is of no link. Details never hold a secret, a password or what checks one. */
export interface AuditAct {
  readonly actor: string;
  readonly action: string;
  readonly link: string | null;
  readonly details: object;
}

export async function writeAudit(statements: Statements, clock: Clock, act: AuditAct): Promise<void> {
  const { actor, action, link, details } = act;
  const at = new Date(clock.nowMs()).toISOString();
  await statements
    .insertInto('audit')
    .values({ at, actor, action, link, details: JSON.stringify(details) })
    .execute();
}
