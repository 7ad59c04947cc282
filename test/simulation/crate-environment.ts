import { Fault } from '../../src/core/fault.ts';
import { parseTableName, type TableName } from '../../src/core/names.ts';
import type { TableShape } from '../../src/core/shape.ts';
import type {
  ChangeAnswer,
  ChangeQuestion,
  EnvironmentIdentity,
  OfferedTable,
  PageRequest,
  Source,
} from '../../src/core/source.ts';

export interface Crate {
  readonly crateid: string;
  readonly versionnumber: number;
  readonly text: string;
}

/** A page as the environment sends it, before it becomes bytes. */
interface Page {
  readonly value: readonly unknown[];
  readonly next?: string;
  readonly delta?: string;
}

export const crateTable = parseTableName('crate');

export const crateShape: TableShape = {
  table: crateTable,
  displayName: 'Crate',
  entitySetName: 'crates',
  primaryId: 'crateid',
  objectTypeCode: 10_001,
  isIntersect: false,
  columns: [],
  omitted: [],
  unreadable: [],
};

export interface CrateOptions {
  readonly pageSize: number;
  readonly tokenMintedAt: 'first-page' | 'last-page';
  /** Called before each request is answered; a place to change rows in the middle of a read, or to throw. */
  /** A change token that lies after the environment's own time is refused, instead of answered by what came after it. */
  readonly refusesFuture?: boolean;
  /** A delta also tells the delete of a row that was made again since, as the Web API's may. */
  readonly keepsTombstones?: boolean;
  readonly onRequest?: (request: PageRequest, count: number) => void;
}

/** An environment of one table in memory, as a `Source`: versions, tombstones, pages, change tokens. */
export class CrateEnvironment implements Source {
  readonly #options: CrateOptions;
  readonly #rows = new Map<string, Crate>();
  readonly #deleted = new Map<string, number>();
  readonly requests: string[] = [];
  #version = 100;
  #minted = 0;
  /** Deltas under way, by `since until`: later pages show what the first one would have. */
  readonly #deltas = new Map<string, readonly unknown[]>();
  #expiredBefore = 0;

  constructor(options: CrateOptions) {
    this.#options = options;
  }

  put(crateid: string, text: string): void {
    this.#version += 1;
    this.#rows.set(crateid, { crateid, versionnumber: this.#version, text });
    if (this.#options.keepsTombstones !== true) this.#deleted.delete(crateid);
  }

  remove(crateid: string): void {
    if (!this.#rows.delete(crateid)) return;
    this.#version += 1;
    this.#deleted.set(crateid, this.#version);
  }

  expireTokens(): void {
    this.#expiredBefore = this.#version + 1;
    this.#version += 1;
  }

  /** Versions rise without a change of this table, as they do by changes of others. */
  passOver(): void {
    this.#version += 1;
  }

  /** The environment as it is now, to go back to by the function answered: rows, tombstones and the version counter. */
  restorePoint(): () => void {
    const rows = new Map(this.#rows);
    const deleted = new Map(this.#deleted);
    const [version, expiredBefore] = [this.#version, this.#expiredBefore];
    return () => {
      this.#rows.clear();
      for (const [id, row] of rows) this.#rows.set(id, row);
      this.#deleted.clear();
      for (const [id, at] of deleted) this.#deleted.set(id, at);
      this.#version = version;
      this.#expiredBefore = expiredBefore;
    };
  }

  rows(): Crate[] {
    return [...this.#rows.values()].sort((a, b) => (a.crateid < b.crateid ? -1 : 1));
  }

  async identity(): Promise<EnvironmentIdentity> {
    return {
      url: 'https://crates.example',
      organizationId: 'o',
      friendlyName: 'c',
      uniqueName: 'c',
      version: '9.2',
      userId: 'u',
    };
  }

  async tables(): Promise<OfferedTable[]> {
    return [];
  }

  async shape(): Promise<TableShape> {
    return crateShape;
  }

  async estimates(): Promise<ReadonlyMap<TableName, number>> {
    return new Map();
  }

  async rowVersion(_shape: TableShape, id: string): Promise<string | null> {
    this.requests.push(`version ${id}`);
    return this.#rows.get(id)?.versionnumber.toString() ?? null;
  }

  requireOwn(): void {}

  async changes(questions: readonly ChangeQuestion[]): Promise<readonly ChangeAnswer[]> {
    this.requests.push(`changes ${questions.length}`);
    return questions.map(({ link }) => {
      // A link that is refused shows what it is when the table asks by it.
      if (this.#isExpired(link)) return { is: 'changed' };
      const page = this.#deltaPage(link);
      return page.value.length === 0 && page.delta !== undefined
        ? { is: 'quiet', delta: page.delta }
        : { is: 'changed' };
    });
  }

  async row(_shape: TableShape, id: string): Promise<Uint8Array | null> {
    this.requests.push(`row ${id}`);
    const row = this.#rows.get(id);
    return row === undefined ? null : encode(row);
  }

  async page(request: PageRequest): Promise<AsyncIterable<Uint8Array>> {
    this.requests.push(`${request.read} ${request.link ?? 'first'}`);
    this.#options.onRequest?.(request, this.requests.length);
    const page = request.read === 'delta' ? this.#deltaPage(request.link) : this.#fullPage(request);
    return bytesOf({
      value: page.value,
      ...(page.next === undefined ? {} : { '@odata.nextLink': page.next }),
      ...(page.delta === undefined ? {} : { '@odata.deltaLink': page.delta }),
    });
  }

  #fullPage(request: PageRequest): Page {
    const after = request.link ?? '';
    if (request.link === null) this.#minted = this.#version;
    const rows = this.rows().filter(row => row.crateid > after);
    const value = rows.slice(0, this.#options.pageSize);
    const last = value.at(-1);
    if (rows.length > value.length && last !== undefined) return { value, next: last.crateid };
    if (request.read === 'narrow') return { value };
    return { value, delta: `${this.#options.tokenMintedAt === 'first-page' ? this.#minted : this.#version}` };
  }

  #changesOf(since: number, until: number): readonly unknown[] {
    const rows = [...this.#rows.values()]
      .filter(({ versionnumber }) => versionnumber > since && versionnumber <= until)
      .sort((a, b) => a.versionnumber - b.versionnumber);
    const deletes = [...this.#deleted]
      .filter(([, version]) => version > since && version <= until)
      .map(([id]) => ({ '@odata.context': 'x/$deletedEntity', id, reason: 'deleted' }));
    return [...rows, ...deletes];
  }

  #isExpired(link: string): boolean {
    const since = Number(link.split(' ')[0]);
    return since < this.#expiredBefore || (this.#options.refusesFuture === true && since > this.#version);
  }

  /** Links are `since` or `since until offset`. */
  #deltaPage(link: string): Page {
    const [since = 0, until = this.#version, offset = 0] = link.split(' ').map(Number);
    if (this.#isExpired(link)) throw new Fault('source/token-expired', { table: crateTable });
    const key = `${since} ${until}`;
    const all = (offset === 0 ? undefined : this.#deltas.get(key)) ?? this.#changesOf(since, until);
    this.#deltas.set(key, all);
    const value = all.slice(offset, offset + this.#options.pageSize);
    const end = offset + value.length;
    return end < all.length ? { value, next: `${since} ${until} ${end}` } : { value, delta: `${until}` };
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function* bytesOf(value: unknown): AsyncGenerator<Uint8Array> {
  yield encode(value);
}
