import type { Fault, FaultCode } from '../../core/fault.ts';
import type { ServerMessage } from './conversation.ts';

/** States of the faults that end a connection (PostgreSQL documentation, appendix "Error Codes"). */
const states: Partial<Record<FaultCode, string>> = {
  'sql/sign-in': '28P01',
  'sql/denied': '42501',
  'sql/database-unknown': '3D000',
  'sql/connections': '53300',
  'sql/protocol': '08P01',
  'sql/timeout': '57014',
  'sql/memory': '53200',
  'service/stopped': '57P01',
  'ledger/broken': '57P03',
  'store/failed': '57P03',
};

/**
 * A fault as the last thing a client is told. `sqlstate` in its details goes before the table above, `reason` before
 * what the fault means. Of a bug nothing is said but that it is one.
 */
export function fatal(fault: Fault): ServerMessage {
  const { sqlstate, reason, database } = fault.details;
  const isBug = fault.code === 'internal/bug';
  const message = typeof reason === 'string' && !isBug ? reason : fault.entry.means;
  return {
    severity: 'FATAL',
    sqlState: typeof sqlstate === 'string' ? sqlstate : (states[fault.code] ?? 'XX000'),
    message: typeof database === 'string' ? `${message}: ${database}` : message,
    detail: null,
    hint: fault.entry.remedy,
    position: null,
  };
}
