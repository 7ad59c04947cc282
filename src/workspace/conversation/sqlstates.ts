import { type Fault, type FaultCode, faults, toFault } from '../../core/fault.ts';
import type { sqlFaults } from '../../core/fault-sql.ts';
import type { ServerMessage } from '../wire/conversation.ts';

/*
 * Failures as clients of SQL see them. States: PostgreSQL documentation, appendix "Error Codes".
 */

type Area = FaultCode extends infer Code ? (Code extends `${infer Name}/${string}` ? Name : never) : never;

/** The failures that are made for clients of SQL: each has a state of its own. */
const SQL_STATES = {
  'sql/sign-in': '28P01',
  'sql/denied': '42501',
  'sql/database-unknown': '3D000',
  'sql/user-unknown': '42704',
  'sql/in-use': '55006',
  'sql/exists': '42P07',
  'sql/connections': '53300',
  'sql/protocol': '08P01',
  'sql/timeout': '57014',
  'sql/memory': '53200',
  'sql/temp-disk': '53100',
  'sql/rows': '54000',
  // "snapshot too old": the nearest that PostgreSQL has.
  'sql/not-retained': '72000',
} as const satisfies Record<keyof typeof sqlFaults, string>;

const OTHER_STATES: Partial<Record<FaultCode, string>> = {
  'input/sql': '42601',
  'batch/cast': '22023',
  'store/full': '53100',
  'lake/corrupt': 'XX001',
  'service/stopped': '57P01',
};

/** For what comes up on the way, by where it comes from. */
const AREA_STATES = {
  input: '22023',
  sql: 'XX000',
  source: '08000',
  batch: 'XX000',
  store: '58030',
  lake: '58000',
  sync: '55000',
  ledger: '58000',
  link: '55000',
  service: '58000',
  package: '58000',
  internal: 'XX000',
} as const satisfies Record<Area, string>;

/** The SQLSTATE of a failure that does not carry one. */
export function sqlState(code: FaultCode): string {
  const states: Partial<Record<FaultCode, string>> = { ...OTHER_STATES, ...SQL_STATES };
  return states[code] ?? AREA_STATES[code.slice(0, code.indexOf('/')) as Area];
}

/**
 * What a client is told of a failure. Failures that are not made for it (a disk, a bug) are told by what they mean,
 * with the name of the table and column, never with paths, reasons or values.
 * `source`: the client's text that `position` (UTF-16 units) points into; messages count characters.
 */
export function serverMessage(
  thrown: unknown,
  { source = '', severity = 'ERROR' }: { readonly source?: string; readonly severity?: ServerMessage['severity'] } = {},
): ServerMessage {
  const fault = toFault(thrown);
  const { sqlstate, detail, hint } = fault.details;
  return {
    severity,
    sqlState: typeof sqlstate === 'string' && /^[0-9A-Z]{5}$/.test(sqlstate) ? sqlstate : sqlState(fault.code),
    message: messageOf(fault),
    detail: typeof detail === 'string' ? detail : null,
    hint: typeof hint === 'string' ? hint : hintOf(fault),
    position: positionOf(fault, source),
  };
}

/** Details that are said by other fields, or by nobody. */
const SAID_ELSEWHERE = new Set(['sqlstate', 'position', 'hint', 'detail', 'reason']);
const SAFE_DETAILS = new Set(['table', 'column', 'link', 'database']);

function messageOf(fault: Fault): string {
  const { code, details } = fault;
  const isForClients = code.startsWith('sql/') || code.startsWith('input/');
  const { reason } = details;
  if (code === 'sql/timeout') return 'canceling statement due to statement timeout';
  if (code === 'service/stopped') return 'terminating connection due to administrator command';
  if (code === 'internal/bug') return 'internal error; the server has written it down';
  if (isForClients && typeof reason === 'string') return reason;
  const where = Object.entries(details)
    .filter(([key, value]) => value !== null && value !== undefined && !SAID_ELSEWHERE.has(key))
    .filter(([key]) => isForClients || SAFE_DETAILS.has(key))
    .map(([key, value]) => `${key}: ${value}`);
  const { means } = faults[code];
  return where.length === 0 ? means : `${means} (${where.join(', ')})`;
}

/** The general advice for wrong SQL says nothing beside a reason. */
function hintOf({ code }: Fault): string | null {
  return code === 'input/sql' ? null : faults[code].remedy;
}

function positionOf(fault: Fault, source: string): number | null {
  const { position } = fault.details;
  if (typeof position !== 'number' || position < 1 || position > source.length + 1) return null;
  const before = source.slice(0, position - 1);
  // A surrogate pair is one character.
  return position - (before.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
