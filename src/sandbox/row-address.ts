import type { TableDefinition } from './definition.ts';
import { badQuery, unknownSegment } from './errors.ts';
import type { Environment } from './wire.ts';

/** @throws WireError 404 for a set that is none; names are case sensitive. */
export function tableOfSet(environment: Environment, set: string | undefined): TableDefinition {
  const table = environment.database.tableBySet(set ?? '');
  if (table === undefined) throw unknownSegment(set ?? '');
  return table;
}

/** A GUID from the parentheses of a path, or `accountid=<guid>`. @throws WireError 400 */
export function keyOf(text: string | undefined, table: TableDefinition): string {
  const key = (text ?? '').replace(new RegExp(`^${table.primaryId}=`), '');
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(key)) {
    throw badQuery('Bad Request - Error in query syntax.');
  }
  return key.toLowerCase();
}
