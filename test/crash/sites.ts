import { subscribe } from 'node:diagnostics_channel';
import type { ByteStore, Content } from '../../src/core/bytestore.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';

/**
 * Places where a process may die: calls of the store, writes of the ledger, HTTP exchanges. A site says what is done to
 * what kind of thing and on which side of the call: `publish partition, after`.
 */
export type Pass = (site: string) => void;

const WRITES = new Set(['putIfAbsent', 'publish', 'remove']);
const READS = new Set(['read', 'list', 'publishedSequence', 'localFile']);
const LEDGER_READS = new Set(['links', 'removals', 'checkLink', 'secret', 'audit', 'close']);

/** A store whose calls are told. A read changes nothing, so dying on either side of it is one site. */
export function watchedStore(store: ByteStore, pass: Pass): ByteStore {
  return watched(
    store,
    method => {
      if (READS.has(method)) return ([path]) => ({ name: `${method} ${kindOf(String(path))}`, sides: ['before'] });
      if (!WRITES.has(method)) return null;
      return ([path, content]) => {
        const entry = method === 'putIfAbsent' ? entryKind(String(path), content as Content) : '';
        return { name: `${method} ${kindOf(String(path))}${entry}`, sides: ['before', 'after'] };
      };
    },
    pass,
  );
}

/** A ledger whose writes are told; each is one transaction. */
export function watchedLedger(ledger: Ledger, pass: Pass): Ledger {
  return watched(
    ledger,
    method => {
      if (LEDGER_READS.has(method)) return null;
      return () => ({ name: `ledger ${method}`, sides: ['before', 'after'] });
    },
    pass,
  );
}

/** Every HTTP exchange of this process: sent, answered, read to its end. */
export function watchExchanges(pass: Pass): void {
  for (const [channel, phase] of [
    ['undici:client:sendHeaders', 'sent'],
    ['undici:request:headers', 'answered'],
    ['undici:request:trailers', 'read'],
  ] as const) {
    subscribe(channel, message => {
      const { request } = message as { readonly request: { readonly path: string } };
      pass(`http ${exchangeKind(request.path)}, ${phase}`);
    });
  }
}

interface Call {
  readonly name: string;
  readonly sides: readonly ('before' | 'after')[];
}

function watched<T extends object>(
  under: T,
  callsOf: (method: string) => ((args: readonly unknown[]) => Call) | null,
  pass: Pass,
): T {
  return new Proxy(under, {
    get: (target, key) => {
      const found = Reflect.get(target, key, target) as unknown;
      if (typeof found !== 'function') return found;
      const callOf = typeof key === 'string' ? callsOf(key) : null;
      if (callOf === null) return found.bind(target);
      return async (...args: unknown[]) => {
        const { name, sides } = callOf(args);
        pass(`${name}, before`);
        const answer = await (found.apply(target, args) as Promise<unknown>);
        if (sides.includes('after')) pass(`${name}, after`);
        return answer;
      };
    },
  });
}

/** What a path of the lake is, whichever table or time it is of. */
function kindOf(path: string): string {
  const [first = '', second = '', third = ''] = path.split('/');
  if (first === '.lakelink') {
    if (second === 'link.json') return 'mark of the link';
    if (third === 'data') return `data ${/^(\w+?)-[^/]*$/.exec(path.split('/')[3] ?? '')?.[1] ?? ''}`.trim();
    return second === '_link' ? `link ${third}` : `table ${third}`.trim();
  }
  if (path === 'model.json') return 'model.json';
  if (first === 'Microsoft.Athena.TrickleFeedService') {
    return second.endsWith('-EntityMetadata.json') ? 'entity metadata' : 'model of a table';
  }
  if (first === 'OptionsetMetadata') return 'choices';
  if (first === 'Changelog') return 'changelog';
  if (/^\d{4}-\d\d-\d\dT/.test(first)) return `folder ${second.endsWith('.json') || third === '' ? second : 'data'}`;
  if (second === 'Snapshot') return 'snapshot';
  return second === '' ? 'folder of a table' : 'partition';
}

/** ` rows`, ` fold` and so on for an entry of a log. */
function entryKind(path: string, content: Content): string {
  if (!path.includes('/log/') || !('bytes' in content)) return '';
  const entry = JSON.parse(new TextDecoder().decode(content.bytes)) as { readonly kind?: string };
  return ` ${entry.kind}`;
}

function exchangeKind(path: string): string {
  if (path.includes('/oauth2/')) return 'token';
  if (path.includes('$batch')) return 'batch';
  if (path.includes('deltatoken')) return 'changes';
  if (path.includes('skiptoken')) return 'next page';
  const resource = /\/api\/data\/v[^/]+\/([^?(]+)/.exec(path)?.[1] ?? 'other';
  return /^new_/.test(resource) ? 'first page' : resource;
}
