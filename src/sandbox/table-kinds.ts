import type { TableDefinition } from './definition.ts';
import { WireError } from './errors.ts';

/**
 * Rows of a virtual table are its provider's, and this environment has none to ask: every operation on them is refused,
 * as the platform refuses one whose provider does not answer (code IsvUnExpected, text as users report it).
 * @throws WireError 400
 */
export function refuseVirtual(table: TableDefinition): void {
  if (table.kind !== 'Virtual') return;
  throw new WireError({
    status: 400,
    code: '0x80040224',
    message: 'Entity could not be retrieved from data source. Please try again or contact your system administrator.',
  });
}
