import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Application } from './applications.ts';
import { WireError } from './errors.ts';
import type { Answer, Environment } from './wire.ts';
import { json } from './wire.ts';

/** Signs and reads access tokens; a restart makes old ones invalid, as a rotated key does. */
export class TokenKeeper {
  readonly #key = randomBytes(32);
  /** Client id, audience and end of life by token, so that a token is verified once. */
  readonly #verified = new Map<string, { readonly clientId: string; readonly url: string; readonly endsMs: number }>();
  readonly #refused = new Set<string>();

  async sign(environment: Environment, application: Application): Promise<string> {
    const nowSeconds = Math.floor(environment.clock.nowMs() / 1_000);
    return new SignJWT({ appid: application.clientId, tid: environment.tenantId, oid: application.userId, ver: '1.0' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setAudience(environment.url)
      .setIssuer(`${environment.authorityUrl}/${environment.tenantId}/`)
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(nowSeconds + Math.ceil(environment.behaviour.accessTokenLifeMs / 1_000))
      .setJti(environment.newId())
      .sign(this.#key);
  }

  /** @throws WireError 401 with the challenge that names the authority. */
  async application(environment: Environment, authorization: string | undefined): Promise<Application> {
    const token = bearer(authorization);
    if (token === undefined) throw challenge(environment, '');
    if (this.#refused.has(token)) throw challenge(environment, 'invalid_token');
    const clientId = await this.#clientId(environment, token);
    const application = environment.applications.get(clientId);
    if (application === undefined) throw challenge(environment, 'invalid_token');
    return application;
  }

  /** Ends one token before its time. */
  refuse(authorization: string | undefined): void {
    const token = bearer(authorization);
    if (token !== undefined) this.#refused.add(token);
  }

  async #clientId(environment: Environment, token: string): Promise<string> {
    const nowMs = environment.clock.nowMs();
    const known = this.#verified.get(token);
    if (known !== undefined && known.endsMs > nowMs && known.url === environment.url) return known.clientId;
    this.#verified.delete(token);
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        audience: environment.url,
        currentDate: new Date(nowMs),
        clockTolerance: 0,
      });
      const clientId = String(payload.appid);
      if (this.#verified.size > 1_000) this.#verified.clear();
      this.#verified.set(token, { clientId, url: environment.url, endsMs: (payload.exp ?? 0) * 1_000 });
      return clientId;
    } catch {
      throw challenge(environment, 'invalid_token');
    }
  }
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
}

/** 401 with the header that names the authority. */
export function challenge({ authorityUrl, tenantId, url }: Environment, error: string): WireError {
  const suffix =
    error === '' ? '' : `, error=${error}, error_description=The access token is not valid or has expired.`;
  return new WireError(
    { status: 401, code: '0x8005F101', message: 'The access token is missing, not valid or has expired.' },
    {
      'WWW-Authenticate': `Bearer authorization_uri=${authorityUrl}/${tenantId}/oauth2/authorize, resource_id=${url}/${suffix}`,
    },
  );
}

interface TokenRequest {
  readonly tenant: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** `POST <authority>/<tenant>/oauth2/v2.0/token`, the client-credentials grant only. */
export async function answerToken(
  environment: Environment,
  keeper: TokenKeeper,
  request: TokenRequest,
): Promise<Answer> {
  if (request.tenant.toLowerCase() !== environment.tenantId.toLowerCase()) {
    return refusal(environment, {
      status: 400,
      error: 'invalid_request',
      number: 90002,
      text: `Tenant '${request.tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    });
  }
  const form = new URLSearchParams(request.body);
  const [basicId, basicSecret] = basicCredentials(request.authorization);
  const grant = form.get('grant_type');
  const clientId = form.get('client_id') ?? basicId;
  const secret = form.get('client_secret') ?? basicSecret;
  const missing = grant === null ? 'grant_type' : clientId === null ? 'client_id' : null;
  if (missing !== null) return missingField(environment, missing);
  if (grant !== 'client_credentials') {
    return refusal(environment, {
      status: 400,
      error: 'unsupported_grant_type',
      number: 70003,
      text: `The app requested an unsupported grant type '${grant}'.`,
    });
  }
  const application = environment.applications.get(clientId ?? '');
  if (application === undefined) {
    return refusal(environment, {
      status: 400,
      error: 'unauthorized_client',
      number: 700016,
      text: `Application with identifier '${clientId}' was not found in the directory 'Sandbox'.`,
    });
  }
  if (secret === null) return missingField(environment, 'client_secret');
  if (secret !== application.clientSecret) return wrongSecret(environment, application);
  const scopeFault = checkScope(environment, form.get('scope'));
  if (scopeFault !== null) return refusal(environment, scopeFault);
  const seconds = Math.ceil(environment.behaviour.accessTokenLifeMs / 1_000);
  return json({
    token_type: 'Bearer',
    expires_in: seconds,
    ext_expires_in: seconds,
    access_token: await keeper.sign(environment, application),
  });
}

/** What clients that discover the token endpoint ask for. */
export function answerOpenIdConfiguration({ authorityUrl, tenantId }: Environment): Answer {
  const base = `${authorityUrl}/${tenantId}`;
  return json({
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  });
}

interface TokenFault {
  readonly status: number;
  readonly error: string;
  readonly number: number;
  readonly text: string;
}

function checkScope(environment: Environment, scope: string | null): TokenFault | null {
  if (scope === `${environment.url}/.default` || scope === `${environment.url}//.default`) return null;
  if (scope === null || !scope.endsWith('/.default')) {
    const text = `The provided request must include a 'scope' input parameter ending in /.default; given: '${scope ?? ''}'.`;
    return { status: 400, error: 'invalid_scope', number: 1002012, text };
  }
  const resource = scope.slice(0, -'/.default'.length);
  return {
    status: 400,
    error: 'invalid_resource',
    number: 500011,
    text: `The resource principal named ${resource} was not found in the tenant named Sandbox.`,
  };
}

function wrongSecret(environment: Environment, application: Application): Answer {
  return refusal(environment, {
    status: 401,
    error: 'invalid_client',
    number: 7000215,
    text:
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, ' +
      `not the client secret ID, for a secret added to app '${application.clientId}'.`,
  });
}

function missingField(environment: Environment, field: string): Answer {
  const text = `The request body must contain the following parameter: '${field}'.`;
  return refusal(environment, { status: 400, error: 'invalid_request', number: 900144, text });
}

function refusal(environment: Environment, { status, error, number, text }: TokenFault): Answer {
  const time = `${new Date(environment.clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const traceId = environment.newId();
  const correlationId = environment.newId();
  return json(
    {
      error,
      error_description: `AADSTS${number}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${time}`,
      error_codes: [number],
      timestamp: time,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${number}`,
    },
    status,
  );
}

function basicCredentials(header: string | undefined): [string | null, string | null] {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return [null, null];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 0 ? [null, null] : [decodeURIComponent(text.slice(0, at)), decodeURIComponent(text.slice(at + 1))];
}
