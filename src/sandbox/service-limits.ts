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
  const seconds = limits.windowMs / 1_000;
  const milliseconds = limits.executionMsPerWindow.toLocaleString('en-US');
  const [code, message] = {
    requests: [
      '0x80072322',
      `Number of requests exceeded the limit of ${limits.requestsPerWindow} over time window of ${seconds} seconds.`,
    ],
    time: [
      '0x80072321',
      `Combined execution time of incoming requests exceeded limit of ${milliseconds} milliseconds over time window of ` +
        `${seconds} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
    ],
    concurrency: ['0x80072326', `Number of concurrent requests exceeded the limit of ${limits.concurrent}.`],
  }[limit] as [string, string];
  return new WireError(
    { status: 429, code, message },
    retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) },
  );
}
