import { WireError } from './errors.ts';
import type { ProtectionLimit } from './faults.ts';

/** The limits of service protection, for each user and each web server. */
export interface ServiceLimits {
  readonly requestsPerWindow: number;
  readonly executionMsPerWindow: number;
  readonly concurrent: number;
  readonly windowMs: number;
}

/** As documented ("Service protection API limits"). */
export const documentedLimits: ServiceLimits = {
  requestsPerWindow: 6_000,
  executionMsPerWindow: 1_200_000,
  concurrent: 52,
  windowMs: 300_000,
};

/** The refusal of a request beyond a limit, with the codes and texts of "Service protection API limits". */
export function throttled({
  limit,
  limits = documentedLimits,
  retryAfterSeconds,
}: {
  readonly limit: ProtectionLimit;
  readonly limits?: ServiceLimits;
  /** Null: the answer does not say. */
  readonly retryAfterSeconds: number | null;
}): WireError {
  const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return new WireError({ status: 429, ...refusalOf(limit, limits) }, headers);
}

function refusalOf(
  limit: ProtectionLimit,
  { requestsPerWindow, executionMsPerWindow, concurrent, windowMs }: ServiceLimits,
): { readonly code: string; readonly message: string } {
  const over = `over time window of ${windowMs / 1_000} seconds.`;
  switch (limit) {
    case 'requests':
      return { code: '0x80072322', message: `Number of requests exceeded the limit of ${requestsPerWindow} ${over}` };
    case 'time': {
      const milliseconds = executionMsPerWindow.toLocaleString('en-US');
      const message =
        `Combined execution time of incoming requests exceeded limit of ${milliseconds} milliseconds ${over} ` +
        'Decrease number of concurrent requests or reduce the duration of requests and try again later.';
      return { code: '0x80072321', message };
    }
    case 'concurrency':
      return { code: '0x80072326', message: `Number of concurrent requests exceeded the limit of ${concurrent}.` };
  }
}

/** What one user did on one web server in the last window. */
interface Usage {
  /** Begun requests, oldest first, with their execution time as soon as it is known. */
  readonly begun: { readonly atMs: number; tookMs: number; isOld: boolean }[];
  /** Those of `begun` that have left the window. */
  gone: number;
  tookMs: number;
  running: number;
  /** Refused until then, whatever the window says. */
  refusedUntilMs: number;
  refusedFor: ProtectionLimit;
  /** Refusals in a row: whoever pushes waits longer. */
  pushes: number;
}

/** A request that was let in. */
export interface Admission {
  /** The rest of the limits, as headers. */
  headers(): Readonly<Record<string, string>>;
  /** The work is done; the answer is still to be sent. */
  worked(tookMs: number): void;
  left(): void;
}

/**
 * Counts the requests of each user on each web server. Requests and time are limited over a window: who exceeds it is
 * refused until the time of `Retry-After` is over, and each request sent meanwhile makes that a second longer. Requests
 * at one time are refused one by one. A batch avoids the limit of requests, but its time counts. So says "Service
 * protection API limits"; by how much the wait grows, and that refused requests count for no limit, is our choice.
 */
export class ServiceProtection {
  readonly #usages = new Map<string, Usage>();

  /** @throws WireError 429 */
  admit({
    user,
    server,
    limits,
    nowMs,
  }: {
    readonly user: string;
    readonly server: number;
    readonly limits: ServiceLimits;
    readonly nowMs: number;
  }): Admission {
    const usage = this.#usage(`${server} ${user}`);
    forget(usage, nowMs - limits.windowMs);
    const limit = exceeded(usage, limits, nowMs);
    if (limit !== null) throw this.#refuse(usage, { limit, limits, nowMs });
    usage.pushes = 0;
    usage.running += 1;
    const request = { atMs: nowMs, tookMs: 0, isOld: false };
    usage.begun.push(request);
    return {
      headers: () => headersOf(usage, limits),
      worked: tookMs => {
        if (request.isOld) return;
        request.tookMs = tookMs;
        usage.tookMs += tookMs;
      },
      left: () => {
        usage.running -= 1;
      },
    };
  }

  #refuse(
    usage: Usage,
    {
      limit,
      limits,
      nowMs,
    }: { readonly limit: ProtectionLimit; readonly limits: ServiceLimits; readonly nowMs: number },
  ): WireError {
    const freeMs = limit === 'concurrency' ? nowMs : freeAtMs(usage, limit, limits);
    const seconds = Math.max(1, inSeconds(freeMs - nowMs)) + usage.pushes;
    const windowSeconds = Math.max(1, inSeconds(limits.windowMs));
    const retryAfterSeconds = Math.min(Math.max(seconds, inSeconds(usage.refusedUntilMs - nowMs)), windowSeconds);
    usage.pushes += 1;
    if (limit !== 'concurrency') {
      usage.refusedUntilMs = nowMs + retryAfterSeconds * 1_000;
      usage.refusedFor = limit;
    }
    const error = throttled({ limit, limits, retryAfterSeconds });
    return new WireError(error, { ...error.headers, ...headersOf(usage, limits) });
  }

  #usage(key: string): Usage {
    let usage = this.#usages.get(key);
    if (usage === undefined) {
      usage = { begun: [], gone: 0, tookMs: 0, running: 0, refusedUntilMs: 0, refusedFor: 'requests', pushes: 0 };
      this.#usages.set(key, usage);
    }
    return usage;
  }
}

function exceeded(usage: Usage, limits: ServiceLimits, nowMs: number): ProtectionLimit | null {
  if (nowMs < usage.refusedUntilMs) return usage.refusedFor;
  if (usage.running >= limits.concurrent) return 'concurrency';
  if (usage.begun.length - usage.gone >= limits.requestsPerWindow) return 'requests';
  return usage.tookMs >= limits.executionMsPerWindow ? 'time' : null;
}

function inSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** When enough of the window has passed for one more request. */
function freeAtMs(usage: Usage, limit: 'requests' | 'time', limits: ServiceLimits): number {
  let tookMs = usage.tookMs;
  for (let index = usage.gone; index < usage.begun.length; index += 1) {
    const { atMs, tookMs: itsMs } = usage.begun[index] ?? { atMs: 0, tookMs: 0 };
    tookMs -= itsMs;
    if (limit === 'requests' || tookMs < limits.executionMsPerWindow) return atMs + limits.windowMs;
  }
  return 0;
}

function forget(usage: Usage, beforeMs: number): void {
  for (;;) {
    const oldest = usage.begun[usage.gone];
    if (oldest === undefined || oldest.atMs > beforeMs) break;
    oldest.isOld = true;
    usage.tookMs -= oldest.tookMs;
    usage.gone += 1;
  }
  // Cut seldom: taking the first of a long list away each time is slow.
  if (usage.gone <= 1_000) return;
  usage.begun.splice(0, usage.gone);
  usage.gone = 0;
}

/**
 * The form of the seconds is not documented; with a comma between thousands it is unkind to whoever reads it carelessly.
 */
function headersOf(usage: Usage, limits: ServiceLimits): Readonly<Record<string, string>> {
  const requests = limits.requestsPerWindow - (usage.begun.length - usage.gone);
  const seconds = Math.max(0, limits.executionMsPerWindow - usage.tookMs) / 1_000;
  return {
    'x-ms-ratelimit-burst-remaining-xrm-requests': String(Math.max(0, requests)),
    'x-ms-ratelimit-time-remaining-xrm-requests': seconds.toLocaleString('en-US', {
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
    }),
  };
}
