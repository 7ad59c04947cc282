import { Fault } from '../core/fault.ts';

/** How connections leave this machine. Values as in the environment variables of these names; absent: not set. */
export interface ProxyOptions {
  readonly httpsProxy?: string;
  readonly httpProxy?: string;
  readonly noProxy?: string;
  /** Loopback addresses go through the proxy too, unless `noProxy` names them. */
  readonly proxyLoopback?: boolean;
}

/** An HTTP proxy. */
export interface HttpProxy {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: string;
  /** Host and port: all that is ever shown of it. */
  readonly shown: string;
  /** `Proxy-Authorization`, from the user and password of its URL; null where there are none. */
  readonly authorization: string | null;
}

/**
 * The proxy for an origin; null: directly. As undici's `EnvHttpProxyAgent` and so Node.js itself read the variables: an
 * https address goes by `HTTPS_PROXY` and, without one, by `HTTP_PROXY`. Loopback goes directly unless told otherwise.
 */
export function proxyFor(origin: string, options: ProxyOptions): HttpProxy | null {
  const url = new URL(origin);
  const text = (url.protocol === 'https:' && options.httpsProxy) || options.httpProxy;
  if (text === undefined || text === '' || isExempt(url, options.noProxy ?? '')) return null;
  if (isLoopback(url.hostname) && options.proxyLoopback !== true) return null;
  return parseProxy(text);
}

/** Loopback names and addresses, as `URL` writes them. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Parses `http://user:password@host:port`; the scheme may be left out. `input/invalid` never shows the text. */
export function parseProxy(text: string): HttpProxy {
  const invalid = (reason: string) => new Fault('input/invalid', { option: 'HTTPS_PROXY or HTTP_PROXY', reason });
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()) ? text.trim() : `http://${text.trim()}`;
  if (!URL.canParse(full)) throw invalid('the proxy is not a URL; write http://host:port');
  const { protocol, hostname, port, username, password } = new URL(full);
  if (protocol !== 'http:' && protocol !== 'https:') throw invalid('only http:// and https:// proxies can be used');
  const usedPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const user = `${decoded(username)}:${decoded(password)}`;
  return {
    protocol,
    hostname,
    port: usedPort,
    shown: `${hostname}:${usedPort}`,
    authorization: user === ':' ? null : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}

/** `*`, or hosts between commas or spaces: each stands for itself and all below it, only at its port where it has one. */
function isExempt(url: URL, noProxy: string): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true;
      // A bare IPv6 address has colons of its own; with a port it stands in brackets.
      const [, host = entry, onlyPort] = /^([^:]+|\[.+\]):(\d+)$/.exec(entry) ?? [];
      const name = host.replace(/^\*?\./, '');
      if (onlyPort !== undefined && onlyPort !== port) return false;
      return [name, `[${name}]`].includes(url.hostname) || url.hostname.endsWith(`.${name}`);
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
