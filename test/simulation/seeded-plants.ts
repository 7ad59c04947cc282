import type { BuildRequest } from '../../src/core/batcher.ts';
import type { ByteStore } from '../../src/core/bytestore.ts';
import type { PageRequest } from '../../src/core/source.ts';
import type { SpooledPage } from '../../src/core/spool.ts';
import type { SeededEnvironment } from './seeded-environment.ts';
import type { Plant } from './seeded-process.ts';
import type { SpoolDisk } from './seeded-spool.ts';
import type { SeededDisk } from './seeded-store.ts';

/**
 * Mistakes that lose or keep rows they should not, each made by a contract's wrapper: the program itself has no switch
 * for them. A simulation that does not find one of these proves nothing.
 */
export const plants: Readonly<Record<string, Plant>> = {
  'a cursor that is saved before its data': {
    store: store => over(store, { putIfAbsent: cursorFirst(store) }),
  },
  'a put that replaces what another worker put': {
    store: (store, disk) => over(store, { putIfAbsent: replacing(store, disk) }),
  },
  'a row and a delete of one id settled by their position in the page': {
    batcher: (batcher, spool) =>
      over(batcher, {
        build: async (request, signal) => {
          const built = await batcher.build(request, signal);
          if (built.is !== 'unsettled') return built;
          return batcher.build({ ...request, settled: settledByPosition(request, built.ids, spool) }, signal);
        },
      }),
  },
  'a delete that does not win over the row it deletes': {
    batcher: batcher =>
      over(batcher, { build: (request, signal) => batcher.build({ ...request, deleteVersion: '0' }, signal) }),
  },
  'a page without any link taken for the end': {
    source: (source, environment) =>
      over(source, {
        page: async (request, signal) => ended(await source.page(request, signal), request, environment),
      }),
  },
  'a narrow pass that is skipped': {
    batcher: batcher =>
      over(batcher, {
        compareNarrow: async (request, signal) => ({
          ...(await batcher.compareNarrow(request, signal)),
          behind: [],
          vanished: [],
        }),
      }),
  },
  'a narrow pass that believes a page which lost a row': {
    source: source =>
      over(source, {
        // Not shown is taken for gone.
        row: async (shape, id, signal) => (id.endsWith('7') ? null : source.row(shape, id, signal)),
      }),
  },
  'a changed table called quiet': {
    source: (source, environment) =>
      over(source, {
        changes: async questions => questions.map(() => ({ is: 'quiet', delta: environment.tokenNow() })),
      }),
  },
};

/** The same object with some methods of its own. */
function over<T extends object>(under: T, methods: Partial<T>): T {
  return new Proxy(under, {
    get: (target, key) => {
      const own = Reflect.get(methods, key) as unknown;
      const found = own ?? (Reflect.get(target, key, target) as unknown);
      return typeof found === 'function' ? found.bind(own === undefined ? target : methods) : found;
    },
  });
}

/** The entry is put without its batch; the rows come into the lake only with the next fold of this process. */
function cursorFirst(store: ByteStore): ByteStore['putIfAbsent'] {
  return (path, content, signal) => {
    if (!path.includes('/log/') || !('bytes' in content)) return store.putIfAbsent(path, content, signal);
    const entry = JSON.parse(new TextDecoder().decode(content.bytes)) as Readonly<Record<string, unknown>>;
    if (entry.kind !== 'rows') return store.putIfAbsent(path, content, signal);
    const bytes = new TextEncoder().encode(JSON.stringify({ ...entry, batch: null }));
    return store.putIfAbsent(path, { bytes }, signal);
  };
}

function replacing(store: ByteStore, disk: SeededDisk): ByteStore['putIfAbsent'] {
  return (path, content, signal) => {
    if (path.includes('/log/')) disk.lake.delete(path);
    return store.putIfAbsent(path, content, signal);
  };
}

type WireRow = { readonly thingid?: string; readonly id?: string; readonly reason?: string };

function settledByPosition(
  { page }: BuildRequest,
  ids: readonly string[],
  spool: SpoolDisk,
): NonNullable<BuildRequest['settled']> {
  const rows = spool.rowsOf(page) as WireRow[];
  const last = new Map(rows.map(row => [row.thingid ?? row.id ?? '', row]));
  const gone = ids.filter(id => last.get(id)?.reason === 'deleted');
  const kept = ids.flatMap(id => (gone.includes(id) ? [] : (last.get(id) ?? [])));
  return { gone, page: keptPage(page, kept, spool) };
}

function keptPage(page: SpooledPage, rows: readonly WireRow[], spool: SpoolDisk): SpooledPage {
  return spool.keep({ ...page.key, read: 'rows', address: 'by position' }, rows, { next: null, delta: null });
}

/** A token of now for a page that has no link. */
async function* ended(
  body: AsyncIterable<Uint8Array>,
  { read }: PageRequest,
  environment: SeededEnvironment,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  const isEnded = read !== 'narrow' && text.endsWith(']}');
  const token = JSON.stringify(environment.tokenNow());
  yield new TextEncoder().encode(isEnded ? `${text.slice(0, -1)},"@odata.deltaLink":${token}}` : text);
}
