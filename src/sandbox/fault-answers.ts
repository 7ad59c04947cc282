import { expiredDeltaToken, missingPrivilege, WireError } from './errors.ts';
import type { FaultRule } from './faults.ts';
import { throttled } from './service-limits.ts';
import { challenge } from './token.ts';
import type { Answer, Environment } from './wire.ts';

/** What stands in front of the service says when nothing behind it answers. */
const unavailablePage =
  '<!DOCTYPE html>\n<html><head><title>Service Unavailable</title></head>\n' +
  '<body><h2>Service Unavailable</h2><hr><p>HTTP Error 503. The service is unavailable.</p></body></html>\n';

/**
 * The answer of a fault that takes the place of the work; null for every other kind.
 * @throws WireError where the platform answers with an error of its own.
 */
export function answerInstead(environment: Environment, fault: FaultRule, table: string | null): Answer | null {
  const headers = fault.headers ?? {};
  if (fault.do === 'status') return { status: fault.status ?? 503, headers, body: fault.body ?? '' };
  if (fault.do === 'unavailable') {
    const wait = fault.retryAfterSeconds ?? null;
    const known = { 'Content-Type': 'text/html', ...(wait === null ? {} : { 'Retry-After': String(wait) }) };
    return { status: 503, headers: { ...known, ...headers }, body: fault.body ?? unavailablePage };
  }
  const error = errorOf(environment, fault, table);
  if (error === null) return null;
  throw new WireError(error, { ...error.headers, ...headers });
}

function errorOf(environment: Environment, fault: FaultRule, table: string | null): WireError | null {
  switch (fault.do) {
    case 'throttle':
      return throttled({
        limit: fault.limit ?? 'requests',
        retryAfterSeconds: fault.retryAfterSeconds === undefined ? 5 : fault.retryAfterSeconds,
      });
    case 'unauthorized':
      return challenge(environment, 'invalid_token');
    case 'expired-delta-token':
      return expiredDeltaToken();
    case 'forbidden': {
      const userId = '00000000-0000-0000-0000-000000000000';
      const denied = { schemaName: 'Entity', logicalName: table ?? 'entity', objectTypeCode: 0 };
      return missingPrivilege({ userId, table: (table && environment.database.table(table)) || denied, verb: 'Read' });
    }
    default:
      return null;
  }
}
