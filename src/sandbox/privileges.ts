import type { Application } from './applications.ts';
import type { Cell, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { missingPrivilege, missingReadRight } from './errors.ts';
import type { Call, Environment } from './wire.ts';

/** @throws WireError 403 when the application reads nothing of the table. */
export function requireRead(environment: Environment, call: Call, table: TableDefinition): void {
  if (environment.applications.readLevel(call.application, table.logicalName) !== 'none') return;
  throw missingPrivilege({ userId: call.application.userId, table, verb: 'Read' });
}

/** Tracking changes takes reading the whole table. @throws WireError 403 */
export function requireReadOfAll(environment: Environment, call: Call, table: TableDefinition): void {
  if (environment.applications.readLevel(call.application, table.logicalName) === 'organization') return;
  throw missingPrivilege({ userId: call.application.userId, table, verb: 'Read' });
}

/**
 * Whether the caller's role shows this row to it. Rows are of who owns them or of the business unit they are in; rows of
 * a team one is a member of, and shared ones, are not looked for.
 */
export function mayReadRow(environment: Environment, call: Call, table: TableDefinition, { row }: StoredRow): boolean {
  const { application } = call;
  const level = environment.applications.readLevel(application, table.logicalName);
  if (level === 'organization') return true;
  if (level === 'none') return false;
  if (idOf(row.ownerid) === application.userId) return true;
  return level === 'business-unit' && unitOf(environment, row) === unitOfUser(environment, application);
}

/** @throws WireError 403, never 404: the row is there, and the platform says so. */
export function requireReadOfRow(
  environment: Environment,
  call: Call,
  table: TableDefinition,
  stored: StoredRow,
): void {
  if (mayReadRow(environment, call, table, stored)) return;
  throw missingReadRight({ userId: call.application.userId, table, id: stored.id });
}

/** Definitions of tables, relationships and choices; the document of the service itself is open to all who sign in. */
const definitionPaths =
  /^(?:EntityDefinitions|RelationshipDefinitions|GlobalOptionSetDefinitions|RetrieveMetadataChanges)\b/;

/** @throws WireError 403 */
export function requireReadOfDefinitions({ userId, readsDefinitions = true }: Application, path: string): void {
  if (readsDefinitions || !definitionPaths.test(path)) return;
  const table = { schemaName: 'Entity', logicalName: 'entity', objectTypeCode: 9800 };
  throw missingPrivilege({ userId, table, verb: 'Read' });
}

function unitOf({ database }: Environment, row: StoredRow['row']): string | null {
  const unit = idOf(row.owningbusinessunit);
  if (unit !== null) return unit;
  const owner = row.ownerid;
  if (owner === undefined || owner === null || typeof owner !== 'object' || !('id' in owner)) return null;
  const ownerRow = database.table(owner.table) === undefined ? undefined : database.get(owner.table, owner.id);
  return idOf(ownerRow?.row.businessunitid) ?? database.organization().rootBusinessUnitId;
}

function unitOfUser({ database }: Environment, { userId, businessUnitId }: Application): string {
  if (businessUnitId !== undefined) return businessUnitId.toLowerCase();
  const user = database.table('systemuser') === undefined ? undefined : database.get('systemuser', userId);
  return idOf(user?.row.businessunitid) ?? database.organization().rootBusinessUnitId;
}

function idOf(cell: Cell | undefined): string | null {
  return cell !== undefined && cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : null;
}
