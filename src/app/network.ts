import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { Agent, type buildConnector, fetch as undiciFetch } from 'undici';
import { Fault } from '../core/fault.ts';
import { connectorOf } from '../dataverse/connector.ts';
import { proxyFor } from '../dataverse/proxy.ts';
import { type NetworkOptions, usualTimeouts } from '../dataverse/transport.ts';
import { type Settings, settingTable } from './settings.ts';

export type NetworkSettings = Pick<Settings, 'httpsProxy' | 'httpProxy' | 'noProxy' | 'caFile'>;

/**
 * How links reach their environments. Reads the file of certificates: `input/invalid` names it when it is missing or
 * holds anything but certificates.
 */
export function networkOf(settings: NetworkSettings): NetworkOptions {
  const { httpsProxy, httpProxy, noProxy, caFile } = settings;
  return {
    ...(httpsProxy === null ? {} : { httpsProxy }),
    ...(httpProxy === null ? {} : { httpProxy }),
    ...(noProxy === null ? {} : { noProxy }),
    ...(caFile === null ? {} : { ca: [...usualAuthorities(), ...readCertificates(caFile)] }),
  };
}

/** `fetch` over this network, for a client that is not the source; the usual one where nothing is set. */
export function fetchOver(network: NetworkOptions): typeof fetch {
  if (Object.keys(network).length === 0) return fetch;
  const connectors = new Map<string, buildConnector.connector>();
  const dispatcher = new Agent({
    connect: (options, callback) => {
      const origin = `${options.protocol}//${options.host ?? options.hostname}`;
      const connector =
        connectors.get(origin) ??
        connectorOf({
          proxy: proxyFor(origin, network),
          ca: network.ca ?? null,
          timeoutMs: usualTimeouts.connectMs,
        });
      connectors.set(origin, connector);
      connector(options, callback);
    },
  });
  const send = (input: Parameters<typeof undiciFetch>[0], init?: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(input, { ...init, dispatcher });
  // The same function in two declarations: that of undici and that of Node.js, which is made of undici.
  return send as unknown as typeof fetch;
}

const CERTIFICATE = /-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]+-----END (TRUSTED )?CERTIFICATE-----/g;

function readCertificates(path: string): readonly string[] {
  const invalid = (reason: string, cause?: unknown) =>
    new Fault('input/invalid', { setting: settingTable.caFile.env, path, reason }, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid('the file cannot be read', cause);
  }
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw invalid('it holds no certificate in PEM form');
  if (found.length !== text.split('-----BEGIN ').length - 1)
    throw invalid('it holds a broken certificate, or something else');
  found.forEach((pem, index) => {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw invalid(`certificate ${index + 1} of ${found.length} is broken`, cause);
    }
  });
  return found;
}

/**
 * Those trusted without a file of ours, which TLS forgets once certificates are given to it. Node.js lists them itself
 * from 22.15 on; before, they are its own and those of `NODE_EXTRA_CA_CERTS`.
 */
function usualAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (kind: 'default') => string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  try {
    return extra === undefined || extra === ''
      ? tls.rootCertificates
      : [...tls.rootCertificates, readFileSync(extra, 'utf8')];
  } catch {
    // Node.js itself warns of such a file and goes on without it.
    return tls.rootCertificates;
  }
}
