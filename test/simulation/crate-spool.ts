import type { PageKey, PageSpool, SpooledPage } from '../../src/core/spool.ts';

/** A spool in memory. It outlives a "crash" of the engine when it is handed to the next one, like files do. */
export class CrateSpool implements PageSpool {
  readonly #pages = new Map<string, { readonly page: SpooledPage; readonly rows: readonly unknown[] }>();

  rowsOf(page: SpooledPage): readonly unknown[] {
    const kept = this.#pages.get(page.path);
    if (kept === undefined) throw new Error(`no page ${page.path}`);
    return kept.rows;
  }

  get size(): number {
    return this.#pages.size;
  }

  async find(key: PageKey): Promise<SpooledPage | null> {
    return this.#pages.get(JSON.stringify(key))?.page ?? null;
  }

  async receive(key: PageKey, body: AsyncIterable<Uint8Array>): Promise<SpooledPage> {
    let text = '';
    for await (const chunk of body) text += new TextDecoder().decode(chunk);
    const parsed = JSON.parse(text) as { value: unknown[]; '@odata.nextLink'?: string; '@odata.deltaLink'?: string };
    return this.#keep(key, parsed.value, parsed['@odata.nextLink'] ?? null, parsed['@odata.deltaLink'] ?? null);
  }

  async compose(key: PageKey, rows: readonly Uint8Array[]): Promise<SpooledPage> {
    return this.#keep(
      key,
      rows.map(row => JSON.parse(new TextDecoder().decode(row)) as unknown),
      null,
      null,
    );
  }

  async remove(page: SpooledPage): Promise<void> {
    this.#pages.delete(page.path);
  }

  async clear(): Promise<void> {
    this.#pages.clear();
  }

  #keep(key: PageKey, rows: readonly unknown[], next: string | null, delta: string | null): SpooledPage {
    const path = JSON.stringify(key);
    const page = { key, path, bytes: JSON.stringify(rows).length, next, delta };
    this.#pages.set(path, { page, rows });
    return page;
  }
}
