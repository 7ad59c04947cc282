import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../core/clock.ts';
import { type OpenSource, openSource, type SourceOptions } from './source.ts';

/** A request as a server saw it: method, raw path and query, headers, body. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Canned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text, bytes, or a value that is sent as JSON. */
  readonly body?: unknown;
  readonly gzip?: boolean;
  /** Takes over the raw response, for answers that break the rules. */
  readonly raw?: (response: ServerResponse, request: IncomingMessage) => void;
}

export type Answerer = (request: SeenRequest) => Canned;

export interface CannedServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: SeenRequest[];
}

/** An HTTP server on loopback that answers by script and writes down what it was asked. */
export async function startServer(answerer: Answerer): Promise<CannedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(asked);
      send({ canned: answerer(asked), request, response });
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function send({
  canned,
  request,
  response,
}: {
  readonly canned: Canned;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}): void {
  if (canned.raw !== undefined) {
    canned.raw(response, request);
    return;
  }
  const { status = 200, body = '', gzip = false } = canned;
  const isText = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; odata.metadata=minimal',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    ...canned.headers,
  });
  response.end(gzip ? gzipSync(bytes) : bytes);
}

/** A clock that moves only when something sleeps on it. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly sleptMs: number[] = [];

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleptMs.push(ms);
    this.#nowMs += ms;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

export interface CannedEnvironment extends AsyncDisposable {
  readonly server: CannedServer;
  readonly clock: FakeClock;
  readonly source: OpenSource;
  /** Requests to the API, in order; those for tokens are apart. */
  apiRequests(): readonly SeenRequest[];
  tokenRequests(): readonly SeenRequest[];
}

export const SECRET = 'the-client-secret-itself';
const TOKEN_PATH = '/tenant-1/oauth2/v2.0/token';

/** A server that is authority and environment in one, and a source over it. Tokens are `token-1`, `token-2` ... */
export async function startEnvironment(
  api: Answerer,
  {
    token,
    ...options
  }: Partial<SourceOptions> & { readonly token?: (request: SeenRequest, position: number) => Canned } = {},
): Promise<CannedEnvironment> {
  let tokens = 0;
  const server = await startServer(request => {
    if (!request.path.startsWith(TOKEN_PATH)) return api(request);
    tokens += 1;
    return (
      token?.(request, tokens) ?? { body: { token_type: 'Bearer', expires_in: 3599, access_token: `token-${tokens}` } }
    );
  });
  const clock = new FakeClock();
  const source = openSource({
    url: server.origin,
    authority: server.origin,
    tenantId: 'tenant-1',
    clientId: '11111111-2222-3333-4444-555555555555',
    clientSecret: SECRET,
    clock,
    ...options,
  });
  const isToken = (request: SeenRequest) => request.path.startsWith(TOKEN_PATH);
  return {
    server,
    clock,
    source,
    apiRequests: () => server.seen.filter(request => !isToken(request)),
    tokenRequests: () => server.seen.filter(isToken),
    async [Symbol.asyncDispose]() {
      await source.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A small table's definition, as `EntityDefinitions(LogicalName='crate')` with its columns would say it. */
export const CRATE = {
  '@odata.context': 'https://org/api/data/v9.2/$metadata#EntityDefinitions/$entity',
  LogicalName: 'crate',
  MetadataId: '99999999-0000-0000-0000-000000000001',
  DisplayName: { UserLocalizedLabel: { Label: 'Crate', LanguageCode: 1033 } },
  EntitySetName: 'crates',
  PrimaryIdAttribute: 'crateid',
  ObjectTypeCode: 10042,
  IsIntersect: false,
  ChangeTrackingEnabled: true,
  CanChangeTrackingBeEnabled: { Value: true, CanBeChanged: true },
  TableType: 'Standard',
  DataProviderId: null,
  IsPrivate: false,
} as const;

/** One attribute with the properties all attributes have. */
export function attribute(name: string, type: string, more: object = {}): Record<string, unknown> {
  return {
    LogicalName: name,
    MetadataId: `metadata-of-${name}`,
    AttributeType: type.replace(/Type$/, ''),
    AttributeTypeName: { Value: type },
    AttributeOf: null,
    IsValidForRead: true,
    IsSecured: false,
    ...more,
  };
}
