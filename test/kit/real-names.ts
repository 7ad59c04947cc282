import { writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { makeCertificates } from './certificates.ts';

/** Where a host's requests go: an origin on this machine, and what stands before every path there. */
interface Behind {
  readonly origin: string;
  readonly pathPrefix?: string;
}

export interface RealNames {
  /** For a program's environment: the proxy, and the authority that its TLS libraries shall trust. */
  readonly env: Readonly<Record<string, string>>;
  /** Requests that passed, `host METHOD path`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * Lets unmodified programs call the real service's hosts and reach programs on this machine instead: an HTTP proxy that
 * ends the TLS of the given hosts itself. Any other host is refused, so nothing leaves the machine. `folder` takes the
 * authority's certificate.
 */
export async function serveRealNames(
  hosts: Readonly<Record<string, () => Behind>>,
  { folder }: { readonly folder: string },
): Promise<RealNames> {
  const made = await makeCertificates(Object.keys(hosts));
  const authorityPath = join(folder, 'authority.pem');
  await writeFile(authorityPath, made.authority);
  const secureContext = createSecureContext({ cert: made.certificate, key: made.key });
  const requests: string[] = [];
  const inner = createServer((request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    requests.push(`${host} ${request.method} ${request.url}`);
    const behind = hosts[host]?.();
    if (behind === undefined) response.writeHead(421).end();
    else pass(request, response, behind);
  });
  const proxy = createServer((_request, response) => response.writeHead(403).end());
  const open = new Set<Duplex>();
  proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    const host = (request.url ?? '').replace(/:443$/, '');
    if (hosts[host] === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const secure = new TLSSocket(socket as never, { isServer: true, secureContext });
    secure.on('error', () => {});
    inner.emit('connection', secure);
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    env: {
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      REQUESTS_CA_BUNDLE: authorityPath,
      SSL_CERT_FILE: authorityPath,
      NODE_EXTRA_CA_CERTS: authorityPath,
    },
    requests,
    close: async () => {
      for (const socket of open) socket.destroy();
      inner.closeAllConnections();
      await new Promise(resolve => proxy.close(resolve));
    },
  };
}

function pass(request: IncomingMessage, response: ServerResponse, { origin, pathPrefix = '' }: Behind): void {
  const { method, headers } = request;
  const onward = httpRequest(`${origin}${pathPrefix}${request.url}`, { method, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
