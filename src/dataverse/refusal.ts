import { Fault, type FaultCode, type FaultDetails } from '../core/fault.ts';

/** An answer that is not a success, read to its end. */
export interface Refusal {
  readonly status: number;
  header(name: string): string | null;
  readonly text: string;
}

/** What was asked: never shown with its query, which holds tokens. */
export interface Asked {
  readonly origin: string;
  /** Path and query as sent. */
  readonly path: string;
  /** The table it was about, where it was about one. */
  readonly table?: string;
}

/** A row was asked by its id, and there is none. */
export const OBJECT_DOES_NOT_EXIST = '0x80040217';

/**
 * The platform's error codes that decide, whatever the HTTP status; in lower case. Their names are those of Microsoft's
 * page "Web service error codes"; three of them were only seen in the field.
 */
const faultOfCode: Readonly<Record<string, FaultCode>> = {
  '0x80044352': 'source/token-expired', // ExpiredVersionStamp
  '0x80040220': 'source/forbidden', // PrivilegeDenied
  '0x80048306': 'source/forbidden', // unManagedIdsAccessDenied
  '0x80042f09': 'source/forbidden', // UserNotAssignedRoles
  '0x80048405': 'source/forbidden', // AccessDenied
  '0x80095ffe': 'source/blocked', // the IP firewall of the environment (field)
  '0x80095ffc': 'source/blocked', // access is limited to other applications (field)
  '0x8004a104': 'source/disabled', // disabled, or in administration mode (field)
  '0x8005f101': 'source/token-rejected', // AccessTokenExpired
  '0x80072560': 'source/token-rejected', // the user is not a member of the organization
  '0x80040225': 'source/token-rejected', // the user is disabled
  '0x80072321': 'source/throttled', // combined execution time
  '0x80072322': 'source/throttled', // number of requests
  '0x80072326': 'source/throttled', // number of concurrent requests
  '0x80044151': 'source/unavailable', // SQL timeout
};

/**
 * What a refusing answer means: by `error.code`, then by HTTP status, never by message. The message is shown (it names
 * privileges and properties) after everything that came from the query was cut out of it.
 */
export function faultOfRefusal({
  refusal,
  asked,
  nowMs,
}: {
  readonly refusal: Refusal;
  readonly asked: Asked;
  readonly nowMs: number;
}): Fault {
  const error = parseError(refusal.text);
  const code = faultOfCode[error?.code ?? ''] ?? faultOfStatus({ refusal, asked, isApiError: error !== null });
  const waitMs = code === 'source/throttled' || code === 'source/unavailable' ? retryAfterMs(refusal, nowMs) : null;
  const details: FaultDetails = {
    table: asked.table,
    url: `${asked.origin}${asked.path.replace(/[?#].*$/s, '')}`,
    // A throttling code counts as 429 whatever status it came with.
    status: code === 'source/throttled' ? 429 : refusal.status,
    code: error?.code,
    reason: isLongAddress(refusal, asked, error !== null)
      ? `the address has ${asked.path.length} characters, more than it takes`
      : error === null
        ? undefined
        : cleanMessage(error.message, asked),
    host: code === 'source/foreign-link' ? hostOf(refusal.header('location')) : undefined,
    requestId: refusal.header('x-ms-service-request-id') ?? refusal.header('req_id'),
    waitMs,
  };
  return new Fault(code, details);
}

/** Longer waits are not believed: asking once in a quarter of an hour harms nobody, standing still for a day does. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

/**
 * `Retry-After` in milliseconds: whole or fractional seconds, or a date, which is held against the answer's own `Date`
 * so that a clock that is wrong does not matter; at most a quarter of an hour. Null when there is none, and for zero and
 * times past, which would make a busy loop: the caller then backs off by itself.
 */
export function retryAfterMs(answer: Pick<Refusal, 'header'>, nowMs: number): number | null {
  const text = answer.header('retry-after')?.trim();
  if (text === undefined || text === '') return null;
  const waitMs = /^[+-]?[\d.]+$/.test(text) ? Math.ceil(Number(text) * 1_000) : untilDateMs(text, answer, nowMs);
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MAX_MS) : null;
}

/** NaN when it is no date. */
function untilDateMs(text: string, answer: Pick<Refusal, 'header'>, nowMs: number): number {
  const theirNowMs = Date.parse(answer.header('date') ?? '');
  return Date.parse(text) - (Number.isNaN(theirNowMs) ? nowMs : theirNowMs);
}

function faultOfStatus({
  refusal,
  asked,
  isApiError,
}: {
  readonly refusal: Refusal;
  readonly asked: Asked;
  readonly isApiError: boolean;
}): FaultCode {
  const { status } = refusal;
  if (status < 300) return 'source/answer-broken';
  if (status < 400) {
    const host = hostOf(refusal.header('location'));
    return host !== null && host !== asked.origin ? 'source/foreign-link' : 'source/not-dataverse';
  }
  if (isLongAddress(refusal, asked, isApiError)) return 'source/refused';
  switch (status) {
    case 401:
      return 'source/token-rejected';
    case 403:
      // Not the platform but something before it: a firewall, a gateway, a rule of the network.
      return isApiError ? 'source/refused' : 'source/blocked';
    case 404:
      if (!isApiError || asked.table === undefined) return 'source/not-dataverse';
      return 'source/table-unknown';
    case 407:
      return 'source/proxy';
    case 408:
      return 'source/timeout';
    case 410:
      // What OData says of a delta link that is too old.
      return 'source/token-expired';
    case 429:
      return 'source/throttled';
    case 501:
      return 'source/refused';
    default:
      return status >= 500 ? 'source/unavailable' : 'source/refused';
  }
}

/**
 * 414, or what a web server before the platform says instead (IIS has 404 for long queries): an address this long is the
 * likelier reason than a missing environment. The documented limit is 32 KB.
 */
function isLongAddress({ status }: Refusal, asked: Asked, isApiError: boolean): boolean {
  return status === 414 || (!isApiError && (status === 400 || status === 404) && asked.path.length > 16_000);
}

/** `{"error":{"code","message"}}`; null for anything else: HTML pages, empty and broken bodies. */
function parseError(text: string): { readonly code: string | undefined; readonly message: string } | null {
  const body = parseJson(text);
  const error = isRecord(body) ? body.error : undefined;
  if (!isRecord(error)) return null;
  const { code, message } = error;
  return {
    code: typeof code === 'string' && code !== '' ? normalCode(code) : undefined,
    message: typeof message === 'string' ? message : '',
  };
}

/** Codes are hexadecimal; the same ones are also seen as signed decimals. */
function normalCode(code: string): string {
  return /^-?\d+$/.test(code)
    ? `0x${(Number(code) >>> 0).toString(16).padStart(8, '0')}`
    : code.slice(0, 40).toLowerCase();
}

function cleanMessage(message: string, asked: Asked): string {
  const query = asked.path.split('?').slice(1).join('?');
  const secrets = query
    .split('&')
    .map(part => part.slice(part.indexOf('=') + 1))
    .filter(value => value.length >= 6)
    .flatMap(value => [value, decoded(value)]);
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '...'), message);
  return clean.replace(/\s+/g, ' ').trim().slice(0, 300);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function hostOf(location: string | null): string | null {
  return location !== null && URL.canParse(location) ? new URL(location).origin : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
