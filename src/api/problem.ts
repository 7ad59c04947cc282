import { Fault, type FaultCode, faults } from '../core/fault.ts';
import type { Problem } from './contract.ts';

const STATUS_OF_CODE: Partial<Record<FaultCode, number>> = {
  'link/unknown': 404,
  'link/table-unknown': 404,
  'source/table-unknown': 404,
  'link/exists': 409,
  'link/limit': 409,
  'link/table-exists': 409,
  'sql/database-unknown': 404,
  'sql/user-unknown': 404,
  'sql/denied': 403,
  'lake/foreign': 409,
  'lake/not-empty': 409,
  'source/table-untracked': 409,
  'source/table-refused': 409,
  'service/unauthorized': 401,
  'service/host': 403,
  'service/stopped': 503,
  'store/full': 507,
  'source/timeout': 504,
};

/** Where the code itself says nothing, its family does. */
const STATUS_OF_FAMILY: Readonly<Record<string, number>> = { input: 400, source: 502, store: 409, lake: 409, sql: 409 };

export function statusOf(code: FaultCode): number {
  return STATUS_OF_CODE[code] ?? STATUS_OF_FAMILY[code.split('/')[0] ?? ''] ?? 500;
}

/** A fault as the body of an answer (`application/problem+json`). */
export function problemOf(fault: Fault, status = statusOf(fault.code)): Problem {
  const details = Object.entries(fault.details).filter(
    (entry): entry is [string, string | number | boolean | null] => entry[1] !== undefined,
  );
  return {
    type: `urn:lakelink:fault:${fault.code}`,
    title: fault.entry.means,
    status,
    code: fault.code,
    detail: fault.message,
    remedy: fault.entry.remedy,
    details: Object.fromEntries(details),
  };
}

/** The fault that a problem was made of; a code this version does not know becomes `internal/bug`. */
export function faultOf(problem: Problem): Fault {
  if (isFaultCode(problem.code)) return new Fault(problem.code, problem.details);
  return new Fault('internal/bug', { reason: problem.detail, code: problem.code });
}

function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(faults, code);
}
