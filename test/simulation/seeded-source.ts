import { Fault } from '../../src/core/fault.ts';
import type { TableName } from '../../src/core/names.ts';
import type { TableShape } from '../../src/core/shape.ts';
import type {
  ChangeAnswer,
  ChangeQuestion,
  EnvironmentIdentity,
  OfferedTable,
  PageRequest,
  Source,
} from '../../src/core/source.ts';
import type { Chance } from '../kit/chance.ts';
import type { SeededClock } from './seeded-clock.ts';
import type { SeededEnvironment, SeededPage } from './seeded-environment.ts';
import type { SeededFaults } from './seeded-faults.ts';
import type { Life } from './seeded-life.ts';
import { shapeOf } from './seeded-shape.ts';

export const ORGANIZATION = 'seeded';
export const FOREIGN = 'https://elsewhere.example/';

/** What the environment knows of its readers, so that no row slips away where nothing could ever bring it back. */
export interface ReadMemory {
  /** Version of the environment when a table was first read. */
  readonly firstRead: Map<TableName, number>;
  /** Ids that slipped out of a full read. */
  readonly slipped: Set<string>;
  /** By table and read the links asked on the way to the newest one. */
  readonly askedLinks: Map<string, readonly string[]>;
}

export interface SeededSourceParts {
  readonly environment: SeededEnvironment;
  readonly memory: ReadMemory;
  readonly faults: SeededFaults;
  readonly life: Life;
  readonly clock: SeededClock;
  readonly chance: Chance;
  /** How slow this process's line is; 1 is usual. */
  readonly slowness: number;
  /** Called around each answer: what else happens in the environment. */
  readonly meanwhile: () => void;
  readonly metadataIdOf: (table: TableName) => string;
  readonly note: (what: string) => void;
}

/** The environment as one process sees it, over a line on which everything may go wrong. */
export class SeededSource implements Source {
  readonly #parts: SeededSourceParts;
  #links = 0;

  constructor(parts: SeededSourceParts) {
    this.#parts = parts;
  }

  identity(signal: AbortSignal): Promise<EnvironmentIdentity> {
    return this.#ask(null, signal, () => ({
      url: 'https://seeded.example',
      organizationId: ORGANIZATION,
      friendlyName: ORGANIZATION,
      uniqueName: ORGANIZATION,
      version: '9.2',
      userId: 'reader',
    }));
  }

  tables(signal: AbortSignal): Promise<OfferedTable[]> {
    return this.#ask(null, signal, () => []);
  }

  shape(table: TableName, signal: AbortSignal): Promise<TableShape> {
    return this.#ask(table, signal, () => shapeOf(table, this.#parts.metadataIdOf(table)));
  }

  estimates(_tables: readonly TableName[], signal: AbortSignal): Promise<ReadonlyMap<TableName, number>> {
    return this.#ask(null, signal, () => new Map());
  }

  row({ table }: TableShape, id: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#ask(table, signal, () => {
      const row = this.#parts.environment.row(table, id);
      this.#parts.note(`row ${table} ${id} is ${row === null ? 'gone' : row.version}`);
      return row === null ? null : encode(wireOf(row));
    });
  }

  rowVersion({ table }: TableShape, id: string, signal: AbortSignal): Promise<string | null> {
    return this.#ask(table, signal, () => this.#parts.environment.row(table, id)?.version.toString() ?? null);
  }

  requireOwn(link: string): void {
    if (link.startsWith(FOREIGN)) throw new Fault('source/foreign-link');
  }

  changes(questions: readonly ChangeQuestion[], signal: AbortSignal): Promise<readonly ChangeAnswer[]> {
    return this.#ask(null, signal, () => questions.map(question => this.#answer(question)));
  }

  page(request: PageRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { table } = request.shape;
    return this.#ask(table, signal, () => {
      const { environment, note } = this.#parts;
      const { read, link } = request;
      if (link !== null) this.requireOwn(link);
      this.#remember(request);
      const page = this.#distorted(request, environment.page({ read, link, table }));
      note(`${read} ${table} ${link ?? 'first'}: ${brief(page)}`);
      return this.#body(page, signal);
    });
  }

  /** One request: its way there, what goes wrong, its answer. */
  #ask<T>(table: TableName | null, signal: AbortSignal, answer: () => T): Promise<T> {
    const { life, clock, chance, slowness, faults, meanwhile, note } = this.#parts;
    return life.call(async () => {
      await clock.sleep(this.#wayMs(), signal);
      meanwhile();
      const refusal = faults.refusal(table);
      if (refusal !== null) {
        note(`refused ${table ?? ''} ${refusal.code}`);
        throw refusal;
      }
      const given = answer();
      meanwhile();
      await clock.sleep(chance.between(0, 10 * slowness), signal);
      return given;
    });
  }

  #wayMs(): number {
    const { chance, slowness } = this.#parts;
    return chance.happens(0.03) ? chance.between(500, 15_000) : chance.between(1, 40) * slowness;
  }

  #answer({ shape: { table }, link }: ChangeQuestion): ChangeAnswer {
    const { environment, faults, chance, note } = this.#parts;
    // As cautious as allowed: also where nothing changed, and for what the table's own request would be refused.
    if (faults.on && chance.happens(0.1)) return { is: 'changed' };
    if (link.startsWith(FOREIGN)) return { is: 'changed' };
    try {
      const page = environment.page({ read: 'delta', link, table });
      if (page.items.length > 0 || page.delta === null) return { is: 'changed' };
      note(`quiet ${table} ${link}: ${page.delta}`);
      return { is: 'quiet', delta: page.delta };
    } catch {
      return { is: 'changed' };
    }
  }

  #remember({ read, link, shape: { table } }: PageRequest): void {
    const { memory, environment } = this.#parts;
    if (read === 'full' && link === null && !memory.firstRead.has(table)) {
      memory.firstRead.set(table, environment.version);
    }
  }

  /** The page with its fault, if it has one. */
  #distorted(request: PageRequest, page: SeededPage): SeededPage {
    const { environment, faults, memory, note } = this.#parts;
    const place = `${request.shape.table} ${readOf(request.link ?? '')}`;
    const before = request.link === null ? undefined : linkBefore(memory.askedLinks, { place, link: request.link });
    const drops = environment.traits.annotationsDropToken && request.read !== 'narrow';
    const sent = drops && 'plain' in request && request.plain !== true ? { ...page, delta: null } : page;
    const fault = faults.page();
    if (fault === null) return sent;
    const wrong = this.#wrongPage(fault, { request, page: sent, before });
    if (wrong === null) return sent;
    faults.count(fault);
    note(`${fault}:`);
    return wrong;
  }

  #wrongPage(
    fault: NonNullable<ReturnType<SeededFaults['page']>>,
    {
      request,
      page,
      before,
    }: { readonly request: PageRequest; readonly page: SeededPage; readonly before?: string | undefined },
  ): SeededPage | null {
    const { chance } = this.#parts;
    const { items } = page;
    switch (fault) {
      case 'repeated-row':
        return items.length === 0 ? null : { ...page, items: [...items, chance.oneOf(items)] };
      case 'repeated-across':
        return this.#withRowBefore(request, page);
      case 'slipped-row':
        return this.#withoutRow(request, page);
      case 'empty-page':
        return { items: [], next: this.#again(request), delta: null };
      case 'no-links':
        return request.read === 'narrow' ? null : { items, next: null, delta: null };
      case 'same-cookie':
        return page.next === null || request.link === null ? null : { ...page, next: request.link };
      case 'older-cookie':
        return page.next === null || before === undefined || before === request.link ? null : { ...page, next: before };
      case 'foreign-link':
        return page.next === null ? null : { ...page, next: `${FOREIGN}${page.next}` };
    }
  }

  /** A row that the reader has already, once more at the beginning. */
  #withRowBefore({ read, link, shape: { table } }: PageRequest, page: SeededPage): SeededPage | null {
    if (read === 'delta' || link === null) return null;
    const known = this.#parts.environment.rows(table);
    return known.length === 0 ? null : { ...page, items: [this.#parts.chance.oneOf(known), ...page.items] };
  }

  /**
   * A row slips through between two pages. Where it slipped out of a full read and the narrow pass alike, nothing could
   * find it; so the narrow pass loses only rows that a full read certainly brought.
   */
  #withoutRow({ read, shape: { table } }: PageRequest, page: SeededPage): SeededPage | null {
    const { chance, memory, environment } = this.#parts;
    if (read === 'delta' || page.items.length === 0) return null;
    const item = chance.oneOf(page.items);
    const key = `${table} ${item.id}`;
    if (read === 'full') memory.slipped.add(key);
    else {
      const isOld = 'version' in item && item.version <= (memory.firstRead.get(table) ?? 0);
      if (!isOld || memory.slipped.has(key) || environment.traits.fullOrder === 'offset') return null;
    }
    return { ...page, items: page.items.filter(({ id }) => id !== item.id) };
  }

  /** Another link to the same page. */
  #again({ read, link }: PageRequest): string {
    this.#links += 1;
    const first = read === 'narrow' ? 'narrow ' : `full ${this.#parts.environment.version} `;
    return `${(link ?? first).replace(/~\d+$/, '')}~${this.#links}`;
  }

  async *#body({ items, next, delta }: SeededPage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { life, clock, chance, slowness, faults, note } = this.#parts;
    const bytes = encode({
      value: items.map(wireOf),
      ...(next === null ? {} : { '@odata.nextLink': next }),
      ...(delta === null ? {} : { '@odata.deltaLink': delta }),
    });
    const fault = faults.body();
    const middle = chance.between(1, bytes.length - 1);
    yield bytes.subarray(0, middle);
    await life.local(() => clock.sleep(chance.between(0, 20) * slowness, signal));
    if (fault === null) return void (yield bytes.subarray(middle));
    faults.count(fault);
    note(`body ${fault}`);
    if (fault === 'stalled') {
      await life.local(() => clock.sleep(60_000, signal));
      throw new Fault('source/timeout');
    }
    if (fault === 'cut') throw new Fault('source/answer-broken');
  }
}

/** Which read a link belongs to: its kind, and where a full read or a delta began. */
function readOf(link: string): string {
  const [read = '', began = ''] = link.replace(/~\d+$/, '').split(' ');
  return read === 'narrow' ? read : `${read} ${began}`;
}

function wireOf(item: SeededPage['items'][number]): unknown {
  if ('deletedAt' in item) return { '@odata.context': 'x/$deletedEntity', id: item.id, reason: 'deleted' };
  return { thingid: item.id, versionnumber: item.version, text: item.text };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function brief({ items, next, delta }: SeededPage): string {
  const rows = items.map(item => ('deletedAt' in item ? `-${item.id}` : `${item.id}@${item.version}`));
  return `[${rows.join(' ')}] next=${next} delta=${delta}`;
}

/**
 * The link that was asked before this one on the way to it. A reader that goes back forgets the links that lie ahead: one
 * of those would not be older, but would skip rows, which nobody could notice.
 */
function linkBefore(
  asked: Map<string, readonly string[]>,
  { place, link }: { readonly place: string; readonly link: string },
): string | undefined {
  const links = asked.get(place) ?? [];
  const at = links.indexOf(link);
  const way = at === -1 ? [...links, link] : links.slice(0, at + 1);
  asked.set(place, way);
  return way.at(-2);
}
