import { parse } from 'lossless-json';
import type { Clock } from '../core/clock.ts';
import { Fault, type FaultCode } from '../core/fault.ts';
import type { JsonRow } from './cells.ts';

/** How to sign in to an environment. `authority` is the sign-in service; default the public Microsoft Entra ID. */
export interface EnvironmentAccess {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authority?: string | undefined;
}

export type Fetch = typeof fetch;

const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';
const API = '/api/data/v9.2/';
const ANSWER_WITHIN_MS = 120_000;
const ATTEMPTS_MAX = 6;
const PAUSE_MS_MAX = 30_000;
/** A token is renewed this long before its end. */
const TOKEN_MARGIN_MS = 60_000;
const ROWS_PER_PAGE = 5_000;
const ROW_HEADERS = {
  accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true',
  'odata-version': '4.0',
  'odata-maxversion': '4.0',
  'if-none-match': 'null',
};
const ANNOTATIONS = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"';

export interface RowPage {
  readonly rows: readonly JsonRow[];
  readonly next: string | null;
}

/**
 * The verifier's own reader of an environment: own sign-in, paging and parser, so that a misunderstanding of the
 * syncing source shows. Numbers that a double would change are kept as texts. Fails only with a `source/` fault.
 */
export class EnvironmentReader {
  readonly #access: EnvironmentAccess;
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  #token: { readonly value: string; readonly untilMs: number } | null = null;

  constructor({
    access,
    clock,
    fetch: send = fetch,
  }: {
    readonly access: EnvironmentAccess;
    readonly clock: Clock;
    readonly fetch?: Fetch | undefined;
  }) {
    this.#access = access;
    this.#clock = clock;
    this.#fetch = send;
  }

  /**
   * All rows of an entity set, page by page, in the environment's own order. `doubles` names the properties that are
   * doubles anyway, whose numbers need no text.
   */
  async *pages(
    entitySet: string,
    signal: AbortSignal,
    doubles: ReadonlySet<string> = new Set(),
  ): AsyncGenerator<RowPage> {
    const prefer = `odata.maxpagesize=${ROWS_PER_PAGE},${ANNOTATIONS}`;
    let address: string | null = this.#apiUrl(entitySet);
    while (address !== null) {
      const answer = await this.#get(address, { prefer, signal });
      if (answer.status === 404) throw new Fault('source/table-unknown', { table: entitySet });
      const page = parseBody(answer.body, doubles);
      const rows = member(page, 'value');
      if (!Array.isArray(rows)) throw new Fault('source/answer-broken', { table: entitySet, reason: 'no value array' });
      const next = member(page, '@odata.nextLink');
      address = typeof next === 'string' ? this.#sameOrigin(next) : null;
      yield { rows: rows as readonly JsonRow[], next: address };
    }
  }

  /** One row; null when the environment has none of this id. */
  async row(
    { entitySetName, primaryId }: { readonly entitySetName: string; readonly primaryId: string },
    id: string,
    signal: AbortSignal,
  ): Promise<JsonRow | null> {
    try {
      const answer = await this.#get(this.#apiUrl(`${entitySetName}(${id})`), { prefer: ANNOTATIONS, signal });
      return answer.status === 404 ? null : (parseBody(answer.body) as JsonRow);
    } catch (failure) {
      if (!(failure instanceof Fault) || failure.code !== 'source/refused') throw failure;
      // Some tables (N:N) cannot be retrieved by key, only queried.
      const query = `${this.#apiUrl(entitySetName)}?$filter=${primaryId} eq ${id}`;
      const answer = await this.#get(query, { prefer: ANNOTATIONS, signal });
      const rows = member(parseBody(answer.body), 'value');
      return Array.isArray(rows) ? ((rows[0] as JsonRow | undefined) ?? null) : null;
    }
  }

  /** Where a table's rows are and what its key is. */
  async definition(
    table: string,
    signal: AbortSignal,
  ): Promise<{ readonly entitySetName: string; readonly primaryId: string }> {
    const path = `EntityDefinitions(LogicalName='${table}')?$select=LogicalName,EntitySetName,PrimaryIdAttribute`;
    const answer = await this.#get(this.#apiUrl(path), { signal });
    if (answer.status === 404) throw new Fault('source/table-unknown', { table });
    const definition = parseBody(answer.body);
    const [entitySetName, primaryId] = ['EntitySetName', 'PrimaryIdAttribute'].map(name => member(definition, name));
    if (typeof entitySetName !== 'string' || typeof primaryId !== 'string') {
      throw new Fault('source/answer-broken', { table, reason: 'no entity set or key' });
    }
    return { entitySetName, primaryId };
  }

  /** Readable attributes of a table by its definition: logical name and `AttributeTypeName`. */
  async attributes(table: string, signal: AbortSignal): Promise<{ readonly name: string; readonly type: string }[]> {
    const path = `EntityDefinitions(LogicalName='${table}')/Attributes`;
    const answer = await this.#get(`${this.#apiUrl(path)}?$select=LogicalName,AttributeTypeName,IsValidForRead`, {
      signal,
    });
    if (answer.status === 404) throw new Fault('source/table-unknown', { table });
    const found = member(parseBody(answer.body), 'value');
    if (!Array.isArray(found)) throw new Fault('source/answer-broken', { table, reason: 'no attributes' });
    return found.flatMap((attribute: unknown) => {
      const name = member(attribute, 'LogicalName');
      if (typeof name !== 'string' || member(attribute, 'IsValidForRead') === false) return [];
      const type = member(member(attribute, 'AttributeTypeName'), 'Value');
      return [{ name, type: typeof type === 'string' ? type : '' }];
    });
  }

  #apiUrl(path: string): string {
    return `${new URL(this.#access.url).origin}${API}${path}`;
  }

  /** A token is sent to the environment's own origin only. */
  #sameOrigin(link: string): string {
    if (new URL(link).origin !== new URL(this.#access.url).origin) {
      throw new Fault('source/foreign-link', { host: new URL(link).host });
    }
    return link;
  }

  async #get(
    address: string,
    { prefer, signal }: { readonly prefer?: string; readonly signal: AbortSignal },
  ): Promise<{ readonly status: number; readonly body: string }> {
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#signIn(signal);
      const headers = { ...ROW_HEADERS, authorization: `Bearer ${token}`, ...(prefer === undefined ? {} : { prefer }) };
      const answer = await this.#send(address, { headers, signal });
      if (typeof answer !== 'string' && (answer.status === 200 || answer.status === 404)) return answer;
      if (typeof answer !== 'string' && answer.status === 401 && !renewed) {
        renewed = true;
        this.#token = null;
        continue;
      }
      const fault = typeof answer === 'string' ? new Fault('source/unreachable', { reason: answer }) : refusal(answer);
      if (attempt >= ATTEMPTS_MAX || !isPassing(fault.code)) throw fault;
      const waitMs = typeof answer === 'string' ? null : answer.retryAfterMs;
      await this.#clock.sleep(waitMs ?? Math.min(PAUSE_MS_MAX, 500 * 2 ** attempt), signal);
    }
  }

  /** One request: the answer with its whole body, or why there is none. */
  async #send(
    address: string,
    {
      headers,
      body,
      signal,
    }: { readonly headers: Record<string, string>; readonly body?: string; readonly signal: AbortSignal },
  ): Promise<Answer | string> {
    try {
      const answer = await this.#fetch(address, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
      return {
        status: answer.status,
        body: await answer.text(),
        retryAfterMs: Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : null,
      };
    } catch (failure) {
      signal.throwIfAborted();
      const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
      return cause instanceof Error ? cause.message : String(cause);
    }
  }

  async #signIn(signal: AbortSignal): Promise<string> {
    if (this.#token !== null && this.#token.untilMs > this.#clock.nowMs()) return this.#token.value;
    const { url, tenantId, clientId, clientSecret, authority } = this.#access;
    const address = `${(authority ?? PUBLIC_AUTHORITY).replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${new URL(url).origin}/.default`,
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const answer = await this.#send(address, { headers, body, signal });
    if (typeof answer === 'string') throw new Fault('source/unreachable', { reason: answer });
    if (answer.status !== 200) throw signInRefusal(answer);
    const granted = JSON.parse(answer.body) as { readonly access_token: string; readonly expires_in: number };
    const lifeMs = Number(granted.expires_in) * 1000;
    // A token shorter than the margin is used for half its life.
    const usableMs = lifeMs > 2 * TOKEN_MARGIN_MS ? lifeMs - TOKEN_MARGIN_MS : lifeMs / 2;
    this.#token = { value: granted.access_token, untilMs: this.#clock.nowMs() + usableMs };
    return this.#token.value;
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | null;
}

/** A property whose bare number a double may not hold: it has a fraction, an exponent, or more than 15 digits. */
const DELICATE = /"([^"\\]*)"\s*:\s*-?\d+(?:[.eE]|\d{15})/g;

/**
 * Numbers as they stood, where a double would change them; a page without such a number is parsed by the platform, in a
 * tenth of the time. A text that only looks like one costs that time and nothing else.
 */
export function parseBody(body: string, doubles: ReadonlySet<string> = new Set()): unknown {
  try {
    for (const [, property = ''] of body.matchAll(DELICATE)) if (!doubles.has(property)) return parse(body);
    return JSON.parse(body);
  } catch (failure) {
    throw new Fault('source/answer-broken', { reason: 'not JSON' }, { cause: failure });
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function isPassing(code: FaultCode): boolean {
  return code === 'source/unreachable' || code === 'source/throttled' || code === 'source/unavailable';
}

/** An answer other than 200 and 404 as a fault. The message is the platform's own and holds no values. */
function refusal({ status, body }: Answer): Fault {
  const details = { status, code: /"code"\s*:\s*"([^"]{0,40})"/.exec(body)?.[1] };
  if (status === 401) return new Fault('source/token-rejected', details);
  if (status === 403) return new Fault('source/forbidden', details);
  if (status === 429) return new Fault('source/throttled', details);
  if (status >= 500) return new Fault('source/unavailable', details);
  if (status >= 300 && status < 400) return new Fault('source/not-dataverse', details);
  return new Fault('source/refused', details);
}

function signInRefusal({ status, body }: Answer): Fault {
  const code = /AADSTS\d+/.exec(body)?.[0];
  const unknownTenant = code === 'AADSTS90002' || code === 'AADSTS900023';
  if (unknownTenant) return new Fault('source/sign-in-tenant', { code });
  return new Fault(status >= 500 ? 'source/unavailable' : 'source/sign-in-refused', { status, code });
}
