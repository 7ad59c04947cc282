import { Fault } from '../../src/core/fault.ts';
import type { TableName } from '../../src/core/names.ts';
import type { PageRequest } from '../../src/core/source.ts';

export interface SeededRow {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** A page before it becomes bytes: rows and deletions, in the order they are sent, and the links beside them. */
export interface SeededPage {
  readonly items: readonly (SeededRow | { readonly id: string; readonly deletedAt: number })[];
  readonly next: string | null;
  readonly delta: string | null;
}

/** What environments differ in; a seed chooses. */
export interface EnvironmentTraits {
  readonly pageSize: number;
  readonly tokenMintedAt: 'first-page' | 'last-page';
  /** Order of a full read. `offset` counts rows from the beginning, so that a row slips away when one before it goes. */
  readonly fullOrder: 'id' | 'id-descending' | 'offset';
  /** Order of a delta; documented are rows by version, then deletes. */
  readonly deltaOrder: 'rows-first' | 'deletes-first' | 'by-version';
  /** Last pages carry no token when annotations are asked for. */
  readonly annotationsDropToken: boolean;
}

interface Table {
  readonly rows: Map<string, SeededRow>;
  /** Every deletion, as the platform logs them: also of rows that were made again, and of those deleted once more. */
  readonly deleted: { readonly id: string; readonly deletedAt: number }[];
  expiredBefore: number;
}

/**
 * An environment of several tables in memory: one counter of versions, deletions, pages, change tokens. Links say all
 * they need themselves: `full <minted> <after>`, `narrow <after>`, `delta <since> <until> <class> <version>`, and `~n`
 * after a link makes another one of the same meaning.
 */
export class SeededEnvironment {
  readonly traits: EnvironmentTraits;
  readonly #tables = new Map<TableName, Table>();
  #version = 1_000;

  constructor(traits: EnvironmentTraits, tables: readonly TableName[]) {
    this.traits = traits;
    for (const table of tables) {
      this.#tables.set(table, { rows: new Map(), deleted: [], expiredBefore: 0 });
    }
  }

  get version(): number {
    return this.#version;
  }

  put(table: TableName, id: string, text: string): number {
    this.#version += 1;
    this.#table(table).rows.set(id, { id, version: this.#version, text });
    return this.#version;
  }

  remove(table: TableName, id: string): boolean {
    const { rows, deleted } = this.#table(table);
    if (!rows.delete(id)) return false;
    this.#version += 1;
    deleted.push({ id, deletedAt: this.#version });
    return true;
  }

  expireTokens(table: TableName): void {
    this.#version += 1;
    this.#table(table).expiredBefore = this.#version;
  }

  row(table: TableName, id: string): SeededRow | null {
    return this.#table(table).rows.get(id) ?? null;
  }

  rows(table: TableName): SeededRow[] {
    return [...this.#table(table).rows.values()].sort(byId);
  }

  /** A token of now: what a client takes for the end of a read. */
  tokenNow(): string {
    return `delta ${this.#version}`;
  }

  page(request: Pick<PageRequest, 'read' | 'link'> & { readonly table: TableName }): SeededPage {
    const link = request.link?.replace(/~\d+$/, '') ?? null;
    if (request.read === 'delta') return this.#deltaPage(request.table, link ?? '');
    return request.read === 'narrow' ? this.#narrowPage(request.table, link) : this.#fullPage(request.table, link);
  }

  #fullPage(table: TableName, link: string | null): SeededPage {
    const { pageSize, tokenMintedAt, fullOrder } = this.traits;
    const [, minted = `${this.#version}`, after = ''] = link?.split(' ') ?? [];
    const rows = this.rows(table);
    if (fullOrder === 'id-descending') rows.reverse();
    const from = after === '' ? 0 : fullOrder === 'offset' ? Number(after) : placeAfter(rows, after, fullOrder);
    const items = rows.slice(from, from + pageSize);
    const end = fullOrder === 'offset' ? `${from + items.length}` : items.at(-1)?.id;
    if (from + items.length < rows.length && end !== undefined)
      return { items, next: `full ${minted} ${end}`, delta: null };
    return { items, next: null, delta: tokenMintedAt === 'first-page' ? `delta ${minted}` : this.tokenNow() };
  }

  #narrowPage(table: TableName, link: string | null): SeededPage {
    const after = link?.split(' ')[1] ?? '';
    const rows = this.rows(table).filter(({ id }) => id > after);
    const items = rows.slice(0, this.traits.pageSize);
    const last = items.at(-1);
    return { items, next: rows.length > items.length && last !== undefined ? `narrow ${last.id}` : null, delta: null };
  }

  /** Its end is fixed with its first page: what changes meanwhile is in the next delta. */
  #deltaPage(name: TableName, link: string): SeededPage {
    const table = this.#table(name);
    const [since = 0, until = this.#version, lastClass = -1, lastVersion = 0] = link.split(' ').slice(1).map(Number);
    if (since < table.expiredBefore) throw new Fault('source/token-expired', { table: name });
    const order = this.traits.deltaOrder;
    const rowClass = order === 'deletes-first' ? 1 : 0;
    const deleteClass = order === 'rows-first' ? 1 : 0;
    const all = [
      ...[...table.rows.values()].map(row => ({ rank: rowClass, at: row.version, item: row })),
      ...table.deleted.map(item => ({ rank: deleteClass, at: item.deletedAt, item })),
    ]
      .filter(({ at }) => at > since && at <= until)
      .filter(({ rank, at }) => rank > lastClass || (rank === lastClass && at > lastVersion))
      .sort((a, b) => a.rank - b.rank || a.at - b.at);
    const page = all.slice(0, this.traits.pageSize);
    const items = page.map(({ item }) => item);
    const last = page.at(-1);
    if (all.length === page.length || last === undefined) return { items, next: null, delta: `delta ${until}` };
    return { items, next: `delta ${since} ${until} ${last.rank} ${last.at}`, delta: null };
  }

  #table(name: TableName): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Fault('source/table-unknown', { table: name });
    return table;
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function placeAfter(rows: readonly SeededRow[], after: string, order: 'id' | 'id-descending'): number {
  const place = rows.findIndex(({ id }) => (order === 'id' ? id > after : id < after));
  return place === -1 ? rows.length : place;
}
