import { request } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { HttpProxy } from './proxy.ts';

/** A proxy that could not be used; holds no more of it than host and port. */
export class ProxyFailure extends Error {
  /** Host and port. */
  readonly proxy: string;
  /** Its answer to `CONNECT`; null when it could not be reached. */
  readonly status: number | null;
  readonly code = 'ERR_PROXY';

  constructor(proxy: string, status: number | null, options: { readonly cause?: unknown } = {}) {
    super(`proxy ${proxy}: ${status ?? 'not reached'}`, options);
    this.proxy = proxy;
    this.status = status;
  }
}

export interface ConnectorOptions {
  /** Null: directly. */
  readonly proxy: HttpProxy | null;
  /** PEM certificates that are trusted in place of the system's; null: the system's. */
  readonly ca: readonly string[] | null;
  /** For each step: reaching the host or proxy, the proxy's answer, the TLS handshake. */
  readonly timeoutMs: number;
}

/**
 * Opens connections for undici, TLS 1.2 or later, directly or through an HTTP proxy (`CONNECT`, so that the proxy sees
 * host and port and nothing else). undici has its own `ProxyAgent`; it tells a refusing proxy from other failures by a
 * message only, needs a password beside the user, and has no time limit on the proxy's answer.
 */
export function connectorOf({ proxy, ca, timeoutMs }: ConnectorOptions): buildConnector.connector {
  const direct = directConnector({ ca, timeoutMs });
  if (proxy === null) return direct;
  return (options, callback) => {
    const through = (failure: Error | null, socket: Socket | null): void => {
      if (socket === null) callback(failure ?? new ProxyFailure(proxy.shown, null), null);
      else if (options.protocol !== 'https:') callback(null, socket);
      else direct({ ...options, httpSocket: socket }, callback);
    };
    const { protocol, hostname, port, shown } = proxy;
    direct({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host: shown, port }, (failure, socket) => {
      if (failure !== null) through(new ProxyFailure(shown, null, { cause: failure }), null);
      else tunnel({ proxy, socket, target: targetOf(options), timeoutMs }, through);
    });
  };
}

/** Certificates are parsed once, not for each connection: a system's authorities are some 150. */
function directConnector({ ca, timeoutMs }: Omit<ConnectorOptions, 'proxy'>): buildConnector.connector {
  const plain = buildConnector({ timeout: timeoutMs });
  let secure: buildConnector.connector | null = null;
  const makeSecure = () => {
    const trusted = ca === null ? {} : { ca: [...ca] };
    const secureContext: SecureContext = createSecureContext({ minVersion: 'TLSv1.2', ...trusted });
    return buildConnector({ timeout: timeoutMs, secureContext });
  };
  return (options, callback) => {
    if (options.protocol !== 'https:') plain(options, callback);
    else {
      secure ??= makeSecure();
      secure(options, callback);
    }
  };
}

/** Asks the proxy for a way to `target` and hands on the socket once it stands. */
function tunnel(
  given: { readonly proxy: HttpProxy; readonly socket: Socket; readonly target: string; readonly timeoutMs: number },
  done: (failure: Error | null, socket: Socket | null) => void,
): void {
  const { proxy, socket, target, timeoutMs } = given;
  let isDone = false;
  const finish = (failure: Error | null) => {
    if (isDone) return;
    isDone = true;
    socket.setTimeout(0);
    if (failure !== null) socket.destroy();
    done(failure, failure === null ? socket : null);
  };
  const fail = (status: number | null, cause?: unknown) => finish(new ProxyFailure(proxy.shown, status, { cause }));
  const asking = request({
    method: 'CONNECT',
    path: target,
    createConnection: () => socket,
    headers: {
      host: target,
      connection: 'keep-alive',
      'proxy-connection': 'keep-alive',
      ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }),
    },
  });
  socket.setTimeout(timeoutMs, () => fail(null));
  asking.once('connect', ({ statusCode = 0 }) => {
    if (statusCode >= 200 && statusCode < 300) finish(null);
    else fail(statusCode);
  });
  // Listened to for good: a socket that fails after it was given up must not bring down the process.
  asking.on('error', error => fail(null, error));
  asking.end();
}

function targetOf({ hostname, port, protocol }: buildConnector.Options): string {
  const usedPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${usedPort}`;
}
