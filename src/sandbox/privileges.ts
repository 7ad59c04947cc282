import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { missingPrivilege } from './errors.ts';
import type { Call, Environment } from './wire.ts';

/** @throws WireError 403 when the application reads nothing of the table. */
export function requireRead(environment: Environment, call: Call, table: TableDefinition): void {
  if (environment.applications.readLevel(call.application, table.logicalName) !== 'none') return;
  throw missingPrivilege({ userId: call.application.userId, table, verb: 'Read' });
}

/** Whether the caller's role shows this row to it. */
export function mayReadRow(environment: Environment, call: Call, table: TableDefinition, { row }: StoredRow): boolean {
  if (environment.applications.readLevel(call.application, table.logicalName) === 'organization') return true;
  const owner = row.ownerid;
  return owner !== null && typeof owner === 'object' && 'id' in owner && owner.id === call.application.userId;
}
