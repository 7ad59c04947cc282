import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { answerAdmin } from './admin.ts';
import { type Application, ApplicationRegister, standardApplication } from './applications.ts';
import { type Behaviour, standardBehaviour } from './behaviour.ts';
import type { SandboxDatabase } from './database.ts';
import { answerDataRequest } from './dispatch.ts';
import { Faults } from './faults.ts';
import { RequestLog } from './request-log.ts';
import { RestorePoints } from './restore.ts';
import { ServiceProtection } from './service-limits.ts';
import { answerOpenIdConfiguration, answerToken, TokenKeeper } from './token.ts';
import { WebServers } from './web-servers.ts';
import type { Answer, Environment, EnvironmentState } from './wire.ts';

export const standardTenantId = '7b1a6c1e-0d5f-4f57-9d0c-3a1f2b7c9e10';

const apiPath = '/api/data/v9.2';
const authorityPath = '/__authority';
const bodyBytesMax = 128 * 1024 * 1024;
/** Of a GET ("Compose HTTP requests and handle errors", maximum URL length). */
const addressBytesMax = 32 * 1024;
/** Room for an address that is too long, so that it can be answered. */
const headerBytesMax = 256 * 1024;

export interface SandboxOptions extends Partial<Behaviour> {
  readonly database: SandboxDatabase;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The origins that answers name, where something in front of the sandbox serves it under the real hosts' names. */
  readonly publicUrl?: string;
  readonly publicAuthorityUrl?: string;
  readonly clock?: Clock;
  readonly newId?: () => string;
  readonly tenantId?: string;
  readonly applications?: readonly Application[];
  /** Requests kept in memory. */
  readonly requestLogMax?: number;
  /** Where every request is appended as a line of JSON. */
  readonly requestLogFile?: string | null;
}

export interface Sandbox {
  /** The environment's URL: `http://127.0.0.1:<port>`, or the public one. */
  readonly url: string;
  /** Where it listens, whatever it is called outside. */
  readonly localUrl: string;
  /** Token endpoint: `<authorityUrl>/<tenantId>/oauth2/v2.0/token`. */
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly requestLog: RequestLog;
  readonly faults: Faults;
  readonly applications: ApplicationRegister;
  /** Stops listening and cuts open connections; the database stays open. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Opens the embedded environment on the loopback address. @throws when the port is taken. */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const server = createServer({ maxHeaderSize: headerBytesMax });
  const port = await listen(server, options.port ?? 0);
  const localUrl = `http://127.0.0.1:${port}`;
  const environment = environmentOf(options, localUrl, ({ keepAliveMs }) => {
    server.keepAliveTimeout = keepAliveMs;
  });
  server.keepAliveTimeout = environment.behaviour.keepAliveMs;
  const connections = new ConnectionLimit();
  const keeper = new TokenKeeper();
  server.on('request', (request, response) => {
    connections.count(environment, request, response);
    serve(environment, keeper, request, response).catch(() => response.destroy());
  });
  let closed: Promise<void> | null = null;
  return {
    get url() {
      return environment.url;
    },
    localUrl,
    authorityUrl: environment.authorityUrl,
    tenantId: environment.tenantId,
    requestLog: environment.log,
    faults: environment.faults,
    applications: environment.applications,
    close: () => {
      closed ??= new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      })
        .then(() => environment.log.flush())
        .finally(() => environment.restorePoints.close());
      return closed;
    },
  };
}

function environmentOf(options: SandboxOptions, url: string, onBehaviour: (behaviour: Behaviour) => void): Environment {
  const { database, port, clock, newId, tenantId, applications, requestLogMax, requestLogFile, ...more } = options;
  const { publicUrl = url, publicAuthorityUrl = url + authorityPath, ...given } = more;
  const state: EnvironmentState = { isInAdminMode: false, renamedUrl: null };
  let behaviour: Behaviour = { ...standardBehaviour, ...given };
  return {
    database,
    get behaviour() {
      return behaviour;
    },
    changeBehaviour: changes => {
      behaviour = { ...behaviour, ...changes };
      onBehaviour(behaviour);
    },
    clock: clock ?? systemClock,
    newId: newId ?? randomUUID,
    state,
    get url() {
      return state.renamedUrl ?? publicUrl;
    },
    get apiUrl() {
      return (state.renamedUrl ?? publicUrl) + apiPath;
    },
    authorityUrl: publicAuthorityUrl,
    tenantId: tenantId ?? standardTenantId,
    applications: new ApplicationRegister(applications ?? [standardApplication]),
    faults: new Faults(),
    log: new RequestLog({ entriesMax: requestLogMax ?? 20_000, file: requestLogFile ?? null }),
    protection: new ServiceProtection(),
    webServers: new WebServers({ salt: publicUrl }),
    restorePoints: new RestorePoints(database),
  };
}

async function serve(
  environment: Environment,
  keeper: TokenKeeper,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    send(response, { status: 413, body: '{"error":{"code":"0x80048d19","message":"The request is too large."}}' });
    request.destroy();
    return;
  }
  const address = request.url ?? '/';
  if (address.length > addressBytesMax) {
    // What stands in front of the service refuses it, and not in JSON; the status is our choice.
    const body = '<!DOCTYPE html>\n<html><body><h2>Bad Request - Request URL Too Long</h2></body></html>\n';
    send(response, { status: 414, headers: { 'Content-Type': 'text/html' }, body });
    return;
  }
  const { pathname, query } = split(address);
  if (pathname.startsWith(`${authorityPath}/`)) {
    send(response, await answerAuthority(environment, keeper, { request, path: pathname, body }));
  } else if (pathname.startsWith('/__sandbox/')) {
    // A page in a browser may reach the loopback address by a name of its own; it has no business here.
    const host = request.headers.host?.replace(/^localhost:/, '127.0.0.1:');
    const foreign = request.headers.origin !== undefined || host !== `127.0.0.1:${request.socket.localPort}`;
    const lever = { method: request.method ?? 'GET', path: pathname, body };
    send(response, foreign ? { status: 403 } : await answerAdmin(environment, lever));
  } else if (environment.state.renamedUrl !== null && !isCalledBy(environment.state.renamedUrl, request)) {
    // Nobody is there under the old name; what answers is not the service.
    send(response, { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html><body>404</body></html>\n' });
  } else if (pathname === apiPath || pathname.startsWith(`${apiPath}/`)) {
    const path = pathname.slice(apiPath.length + 1);
    const wire = { method: request.method ?? 'GET', path, query, headers: request.headers, body };
    await answerDataRequest({ environment, keeper, request, response, wire });
  } else {
    send(response, { status: 404, body: '' });
  }
}

function isCalledBy(url: string, { headers }: IncomingMessage): boolean {
  return headers.host === new URL(url).host;
}

async function answerAuthority(
  environment: Environment,
  keeper: TokenKeeper,
  { request, path, body }: { readonly request: IncomingMessage; readonly path: string; readonly body: string },
): Promise<Answer> {
  const [tenant = '', ...rest] = path.slice(authorityPath.length + 1).split('/');
  const operation = rest.join('/');
  if (request.method === 'POST' && operation === 'oauth2/v2.0/token') {
    const { authorization } = request.headers;
    return answerToken(environment, keeper, { tenant: decodeURIComponent(tenant), body, authorization });
  }
  if (request.method === 'GET' && operation === 'v2.0/.well-known/openid-configuration') {
    return answerOpenIdConfiguration(environment);
  }
  return { status: 404, body: '' };
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'Content-Type': 'application/json; charset=utf-8', ...answer.headers });
  const pieces = typeof answer.body === 'string' ? [answer.body] : (answer.body ?? []);
  response.end(Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece))));
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > bodyBytesMax) return null;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function split(url: string): { readonly pathname: string; readonly query: string } {
  const at = url.indexOf('?');
  return at < 0 ? { pathname: url, query: '' } : { pathname: url.slice(0, at), query: url.slice(at + 1) };
}

/** Lets a connection end with its last answer. Node's own limit says so in a header and then keeps it open. */
class ConnectionLimit {
  readonly #answers = new WeakMap<Socket, number>();

  count({ behaviour }: Environment, { socket }: IncomingMessage, response: ServerResponse): void {
    const answers = (this.#answers.get(socket) ?? 0) + 1;
    this.#answers.set(socket, answers);
    if (answers >= (behaviour.requestsPerConnection ?? Number.POSITIVE_INFINITY)) {
      response.setHeader('Connection', 'close');
    }
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};
