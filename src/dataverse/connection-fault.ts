import { Fault } from '../core/fault.ts';
import { ProxyFailure } from './connector.ts';

/** What is wrong with a certificate or handshake, by the codes of Node.js (its page "TLS (SSL)") and OpenSSL. */
const trustReasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; is the clock of this machine right',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes alone, without the one that signed it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  HOSTNAME_MISMATCH: 'the certificate is for another host',
  CERT_REVOKED: 'the certificate was revoked',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  CERT_REJECTED: 'the certificate is not trusted',
  CERT_SIGNATURE_FAILURE: 'the signature of the certificate is wrong',
  INVALID_CA: 'the certificate was signed by one that may not sign',
  INVALID_PURPOSE: 'the certificate is for another purpose',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it offers no TLS 1.2 or later',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it offers no TLS 1.2 or later',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not answer with TLS at all',
};

/** Why there is no connection, in words, by the codes of the system. */
const reachReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host name; an environment that was renamed or deleted has none',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

/** The fault of an exchange that failed before any header came. `url`: without its query. */
export function faultOfConnection(error: unknown, url: string): Fault {
  if (error instanceof ProxyFailure) return faultOfProxy(error, url);
  const code = codeOf(error);
  const trust = trustReasonOf(code);
  if (trust !== null) return new Fault('source/certificate', { url, reason: `${trust} (${code})` }, { cause: error });
  const reach = reachReasons[code];
  const reason = reach === undefined ? code : `${reach} (${code})`;
  return new Fault('source/unreachable', { url, reason }, { cause: error });
}

/** The code of an error of Node.js, OpenSSL or undici; its name where it has none. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

function faultOfProxy(error: ProxyFailure, url: string): Fault {
  const { proxy, status, cause } = error;
  if (status !== null && status < 500) {
    const reason = status === 407 ? 'it wants a user name and password, or refused them' : 'it refuses this host';
    return new Fault('source/proxy', { proxy, url, status, reason }, { cause: error });
  }
  // Its own trouble passes, as that of the network does.
  if (status !== null) {
    return new Fault('source/unreachable', { proxy, url, reason: `the proxy answered ${status}` }, { cause: error });
  }
  const code = cause === undefined ? 'UND_ERR_CONNECT_TIMEOUT' : codeOf(cause);
  const trust = trustReasonOf(code);
  if (trust !== null) {
    return new Fault('source/certificate', { proxy, url, reason: `${trust} (${code})` }, { cause: error });
  }
  const reason = `the proxy cannot be reached: ${reachReasons[code] ?? 'it failed'} (${code})`;
  return new Fault('source/unreachable', { proxy, url, reason }, { cause: error });
}

function trustReasonOf(code: string): string | null {
  const known = trustReasons[code];
  if (known !== undefined) return known;
  return /^ERR_(SSL|TLS)_|^CERT_/.test(code) ? 'no secure connection could be agreed on' : null;
}
