import type { Clock } from '../core/clock.ts';
import { Fault, type FaultCode } from '../core/fault.ts';
import type { Patience } from './patience.ts';
import { retryAfterMs } from './refusal.ts';
import { type Answer, readBytes, type Transport } from './transport.ts';

/** Bearer tokens for one environment. */
export interface TokenSource {
  /** A token that is valid for a while yet. */
  token(signal: AbortSignal): Promise<string>;
  /** Says that the environment did not accept this token; the next call signs in again. */
  reject(token: string): void;
}

export interface SignInOptions {
  /** HTTP to the authority. */
  readonly transport: Transport;
  /** Path before the tenant's; empty at Microsoft. */
  readonly authorityPath: string;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The environment's URL and `/.default`. */
  readonly scope: string;
}

interface HeldToken {
  readonly token: string;
  readonly renewAtMs: number;
}

/** A token is renewed this long before its end, or after four fifths of a short life. */
const RENEW_BEFORE_MS = 5 * 60_000;
const TOKEN_ANSWER_BYTES_MAX = 256 * 1024;

/** AADSTS codes of Microsoft Entra ID that say more than "refused", in words for a person. */
const reasonOfCode: Readonly<Record<number, string>> = {
  7000215: 'the client secret is wrong (its value is needed, not its ID)',
  7000222: 'the client secret has expired',
  700016: 'this tenant has no such application',
  7000112: 'the application is disabled',
  7000218: 'the client secret is missing',
  53003: 'a Conditional Access policy blocks it',
};
const TENANT_CODES: readonly number[] = [90002, 900023, 900021, 50059];
/** The resource asked for is not known: the environment URL is wrong, or belongs to another tenant. */
const RESOURCE_CODES: readonly number[] = [500011];

/**
 * Client-credentials sign-in at Microsoft Entra ID. A token is kept until shortly before its end, counted from the
 * moment it was asked for by `expires_in`, so the two clocks need not agree; all tables share one token, and one renewal
 * at a time. Errors: `source/sign-in-tenant`, `source/sign-in-refused` (with the AADSTS code), `source/not-dataverse`
 * (the authority knows no such environment), and those of the transport.
 */
export class SignIn implements TokenSource {
  readonly #options: SignInOptions;
  readonly #stop = new AbortController();
  #held: HeldToken | null = null;
  #renewal: Promise<HeldToken> | null = null;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  async token(signal: AbortSignal): Promise<string> {
    const held = this.#held;
    if (held !== null && this.#options.clock.nowMs() < held.renewAtMs) return held.token;
    // The renewal is everyone's: one caller's abort must not fail the others.
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return (await untilAborted(this.#renewal, signal)).token;
  }

  reject(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  close(): void {
    this.#stop.abort(new Fault('service/stopped'));
  }

  async #renew(): Promise<HeldToken> {
    const signal = this.#stop.signal;
    const { patience, clock } = this.#options;
    this.#held = await patience.run({
      signal,
      attempt: async () => {
        const askedAtMs = clock.nowMs();
        return heldFrom(await this.#ask(signal), askedAtMs);
      },
    });
    return this.#held;
  }

  async #ask(signal: AbortSignal): Promise<unknown> {
    const { transport, authorityPath, tenantId, clientId, clientSecret, scope, clock } = this.#options;
    const path = `${authorityPath}/${tenantId}/oauth2/v2.0/token`;
    const answer = await transport.send({
      method: 'POST',
      path,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope,
      }).toString(),
      signal,
    });
    const text = new TextDecoder().decode(await readBytes(answer.body, { maxBytes: TOKEN_ANSWER_BYTES_MAX }));
    const url = `${transport.origin}${path}`;
    const environment = scope.replace(/\/\.default$/, '');
    if (answer.status !== 200) throw refusedSignIn({ answer, text, url, environment, nowMs: clock.nowMs() });
    try {
      return JSON.parse(text);
    } catch {
      throw new Fault('source/answer-broken', {
        url,
        reason: 'the sign-in answer is not JSON, but perhaps the page of a proxy',
      });
    }
  }
}

function heldFrom(body: unknown, askedAtMs: number): HeldToken {
  const { access_token: token, expires_in: life } = (body ?? {}) as Record<string, unknown>;
  const lifeMs = Number(life) * 1_000;
  if (typeof token !== 'string' || token === '' || !(lifeMs > 0)) {
    throw new Fault('source/answer-broken', { reason: 'the sign-in answer holds no token' });
  }
  return { token, renewAtMs: askedAtMs + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 5) };
}

function refusedSignIn({
  answer,
  text,
  url,
  environment,
  nowMs,
}: {
  readonly answer: Answer;
  readonly text: string;
  readonly url: string;
  /** The environment's URL, which the token was asked for. */
  readonly environment: string;
  readonly nowMs: number;
}): Fault {
  const { status } = answer;
  if (status === 429 || status >= 500) {
    const code = status === 429 ? 'source/throttled' : 'source/unavailable';
    return new Fault(code, { url, status, waitMs: retryAfterMs(answer, nowMs) });
  }
  const code = aadstsOf(text);
  const details = { url, status, aadsts: code === null ? null : `AADSTS${code}`, reason: reasonOfCode[code ?? 0] };
  if (code !== null && RESOURCE_CODES.includes(code)) {
    const reason = 'this tenant knows no environment at this address';
    return new Fault('source/not-dataverse', { ...details, url: environment, authority: url, reason });
  }
  // The sign-in always gives its code: this is something on the way to it.
  if (code === null && status === 403)
    return new Fault('source/blocked', { url, status, reason: 'no answer of the sign-in' });
  if (code === null && status === 407) return new Fault('source/proxy', { url, status });
  return new Fault(faultOfAadsts(code), details);
}

function faultOfAadsts(code: number | null): FaultCode {
  if (code !== null && TENANT_CODES.includes(code)) return 'source/sign-in-tenant';
  return 'source/sign-in-refused';
}

/** The AADSTS number: the first of `error_codes`, else the one that opens `error_description`. */
function aadstsOf(text: string): number | null {
  try {
    const body = JSON.parse(text) as { error_codes?: unknown; error_description?: unknown } | null;
    const first: unknown = Array.isArray(body?.error_codes) ? body.error_codes[0] : undefined;
    if (typeof first === 'number') return first;
    const opening = /^AADSTS(\d+)/.exec(String(body?.error_description ?? ''));
    return opening === null ? null : Number(opening[1]);
  } catch {
    return null;
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
