import { Fault } from '../core/fault.ts';
import { isLoopback } from './proxy.ts';

/** Where an environment answers. `origin` is also its identity, and the resource its access tokens are for. */
export interface EnvironmentUrl {
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string;
  /** Path of the Web API, without a slash at the end. */
  readonly apiPath: string;
}

const API_PATH = '/api/data/v9.2';

/**
 * Parses what a person typed: `https://contoso.crm.dynamics.com`, with or without the scheme, a slash at the end, or the
 * path of the Web API (whatever 9.x it names, 9.2 is used). Plain http is for loopback only, since a bearer token
 * travels with every request.
 */
export function parseEnvironmentUrl(text: string): EnvironmentUrl {
  const url = parseSecureUrl({ text, option: 'url' });
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '' && !/^\/api(\/data(\/v9\.\d+)?)?$/i.test(path)) {
    throw new Fault('input/invalid', {
      option: 'url',
      reason: `leave out the path ${path}; the environment URL is ${url.origin}`,
    });
  }
  return { origin: url.origin, apiPath: API_PATH };
}

/** Where the sign-in authority answers; `path` is empty at Microsoft, or opens with a slash and ends without one. */
export interface AuthorityUrl {
  readonly origin: string;
  readonly path: string;
}

/** Parses the sign-in authority: `https://login.microsoftonline.com`, that of a national cloud, or one behind a path. */
export function parseAuthority(text: string): AuthorityUrl {
  const url = parseSecureUrl({ text, option: 'authority' });
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/**
 * The path and query of a link found in an answer, character by character as it was written, after proof that it leads
 * to `origin` (scheme, host and port): a bearer token goes nowhere else. Links hold paging cookies and delta tokens
 * whose encoding is the server's own business, so nothing is decoded or encoded again.
 */
export function pathOfLink({ link, origin }: { readonly link: string; readonly origin: string }): string {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*(.*)$/is.exec(link)?.[1];
  const url = parseUrl(link);
  if (url === null || path === undefined) {
    throw new Fault('source/answer-broken', { reason: 'a link in the answer is not an absolute URL' });
  }
  const hasOddPath = path !== '' && !path.startsWith('/') && !path.startsWith('?');
  if (url.origin !== origin || url.username !== '' || url.password !== '' || hasOddPath) {
    throw new Fault('source/foreign-link', { url: origin, host: `${url.protocol}//${url.host}` });
  }
  return path.startsWith('/') ? path : `/${path}`;
}

function parseSecureUrl({ text, option }: { readonly text: string; readonly option: string }): URL {
  const trimmed = text.trim();
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  const invalid = (reason: string) => new Fault('input/invalid', { option, reason });
  if (url === null || url.hostname === '') throw invalid('this is not a URL');
  if (url.username !== '' || url.password !== '') throw invalid('leave out the user name and password');
  if (url.search !== '' || url.hash !== '') throw invalid('leave out everything from ? or # on');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) throw invalid('https is needed');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('https is needed');
  return url;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
