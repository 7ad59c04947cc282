import { Fault } from '../../src/core/fault.ts';
import type { PageKey, PageSpool, SpooledPage } from '../../src/core/spool.ts';
import type { Life } from './seeded-life.ts';

/** Pages on the disk of one machine; they outlive its processes. */
export class SpoolDisk {
  readonly #pages = new Map<string, { readonly page: SpooledPage; readonly rows: readonly unknown[] }>();

  find(key: PageKey): SpooledPage | null {
    return this.#pages.get(JSON.stringify(key))?.page ?? null;
  }

  rowsOf({ path }: Pick<SpooledPage, 'path'>): readonly unknown[] {
    const kept = this.#pages.get(path);
    if (kept === undefined) throw new Fault('batch/page-invalid', { reason: `no page ${path}` });
    return kept.rows;
  }

  keep(key: PageKey, rows: readonly unknown[], links: { readonly next: string | null; readonly delta: string | null }) {
    const path = JSON.stringify(key);
    const page = { key, path, bytes: JSON.stringify(rows).length, ...links };
    this.#pages.set(path, { page, rows });
    return page;
  }

  remove({ path }: SpooledPage): void {
    this.#pages.delete(path);
  }

  clear(table: string | null): void {
    for (const [path, { page }] of this.#pages) {
      if (table === null || page.key.table === table) this.#pages.delete(path);
    }
  }
}

/** The spool as one process uses it. */
export class SeededSpool implements PageSpool {
  readonly #disk: SpoolDisk;
  readonly #life: Life;

  constructor({ disk, life }: { readonly disk: SpoolDisk; readonly life: Life }) {
    this.#disk = disk;
    this.#life = life;
  }

  find(key: PageKey): Promise<SpooledPage | null> {
    return this.#life.local(async () => this.#disk.find(key));
  }

  receive(key: PageKey, body: AsyncIterable<Uint8Array>): Promise<SpooledPage> {
    return this.#life.local(async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const { value, next, delta } = parsed(new TextDecoder().decode(Buffer.concat(chunks)));
      // The process may have died while the body was on its way.
      return this.#life.local(async () => this.#disk.keep(key, value, { next, delta }));
    });
  }

  compose(key: PageKey, rows: readonly Uint8Array[]): Promise<SpooledPage> {
    const values = rows.map(row => JSON.parse(new TextDecoder().decode(row)) as unknown);
    return this.#life.local(async () => this.#disk.keep(key, values, { next: null, delta: null }));
  }

  remove(page: SpooledPage): Promise<void> {
    return this.#life.local(async () => this.#disk.remove(page));
  }

  clear(_link: string, table: string): Promise<void> {
    return this.#life.local(async () => this.#disk.clear(table));
  }
}

function parsed(text: string): { value: readonly unknown[]; next: string | null; delta: string | null } {
  try {
    const { value, ...links } = JSON.parse(text) as Readonly<Record<string, unknown>> & { value: readonly unknown[] };
    const [next = null, delta = null] = [links['@odata.nextLink'], links['@odata.deltaLink']] as (string | undefined)[];
    return { value, next, delta };
  } catch {
    throw new Fault('batch/page-invalid', { reason: 'it is not JSON' });
  }
}
