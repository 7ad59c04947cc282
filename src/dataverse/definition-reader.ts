import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { Fault, type FaultCode } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { EntityDefinition } from './definition.ts';
import { readEntities } from './metadata.ts';
import {
  changesResource,
  definitionsResource,
  type MetadataChanges,
  parseMetadataChanges,
  TABLES_NAMED_MAX,
  type TableDefinition,
} from './metadata-changes.ts';
import { readShape, shapeFromMetadata } from './shape.ts';
import type { WebApi } from './web-api.ts';

/** Tables in the first question; later ones follow the size of the answers. */
const TABLES_AT_FIRST = 10;
/**
 * Every property that was not asked for comes as null ("Query schema definitions"), about 2 KB a column. So many bytes
 * are aimed at, and no more are taken: as objects they are three times as large for a moment.
 */
const ANSWER_BYTES_AIM = 6 * 1024 * 1024;
const ANSWER_BYTES_MAX = 24 * 1024 * 1024;

/** After a refusal or an answer of another form, each table is read by itself this long. */
const UNASKED_MS = 3_600_000;

/** Faults that say something of one table, and nothing of another. */
const OF_ONE_TABLE: readonly FaultCode[] = [
  'source/table-unknown',
  'source/table-untracked',
  'source/table-refused',
  'source/answer-broken',
];

/** Statuses that do not speak of the question: sign-in, privileges, time, pace. */
const NO_REFUSALS: readonly unknown[] = [401, 403, 408, 429];

export type ReadTable =
  | { readonly table: TableName; readonly shape: TableShape; readonly ids: readonly string[] | null }
  | { readonly table: TableName; readonly fault: Fault };

/** Tables read together; `stamp` is null where they were read one by one. */
export interface ReadTables {
  readonly stamp: string | null;
  readonly tables: readonly ReadTable[];
}

/** `unanswered`: the environment does not tell what changed. `start-over`: too much changed, or too long ago. */
export type Checked =
  | { readonly is: 'told'; readonly changes: MetadataChanges }
  | { readonly is: 'unanswered' | 'start-over' };

interface SizedChanges extends MetadataChanges {
  readonly sizeBytes: number;
}

/** Reads definitions of tables, many in a request where the environment allows it, else one table after another. */
export class DefinitionReader {
  readonly #api: WebApi;
  readonly #clock: Clock;
  #unaskedUntilMs = Number.NEGATIVE_INFINITY;
  #tablesAtOnce = TABLES_AT_FIRST;
  #isProven = false;
  #primaryIds: ReadonlyMap<string, string> | null = null;
  #withoutPrimaryId: ReadonlySet<string> = new Set();

  constructor({ api, clock }: { readonly api: WebApi; readonly clock: Clock }) {
    this.#api = api;
    this.#clock = clock;
  }

  /** All tables without their columns. */
  async entities(signal: AbortSignal): Promise<readonly EntityDefinition[]> {
    const entities = await readEntities({ api: this.#api, signal });
    this.#primaryIds = new Map(entities.map(entity => [entity.LogicalName, entity.PrimaryIdAttribute ?? '']));
    return entities;
  }

  async *read(tables: readonly TableName[], signal: AbortSignal): AsyncGenerator<ReadTables> {
    for (let at = 0; at < tables.length; ) {
      const group = tables.slice(at, at + this.#tablesAtOnce);
      const changes = this.#isUnasked()
        ? null
        : await this.#ask({ resource: definitionsResource(group), weight: group.length }, signal);
      if (changes === 'too-large' && group.length > 1) {
        this.#tablesAtOnce = Math.floor(group.length / 2);
        continue;
      }
      const read = changes === null || changes === 'too-large' ? null : await this.#shapes({ group, changes, signal });
      if (read === null) {
        for (const table of group) yield { stamp: null, tables: [await this.#readAlone(table, signal)] };
      } else {
        yield read;
      }
      at += group.length;
    }
  }

  /** What changed since `stamp`, in `tables` or, where they are many, in any table. */
  async check(
    { stamp, tables }: { readonly stamp: string; readonly tables: readonly TableName[] },
    signal: AbortSignal,
  ): Promise<Checked> {
    if (this.#isUnasked()) return { is: 'unanswered' };
    const named = tables.length <= TABLES_NAMED_MAX ? tables : null;
    try {
      const changes = await this.#ask({ resource: changesResource({ stamp, tables: named }), weight: 1 }, signal);
      if (changes === null) return { is: 'unanswered' };
      return changes === 'too-large' ? { is: 'start-over' } : { is: 'told', changes };
    } catch (error) {
      // "Manage expired cache": the stamp is too old, or the server lost track.
      if (error instanceof Fault && error.code === 'source/token-expired') return { is: 'start-over' };
      throw error;
    }
  }

  async #ask(
    { resource, weight }: { readonly resource: string; readonly weight: number },
    signal: AbortSignal,
  ): Promise<SizedChanges | 'too-large' | null> {
    try {
      const answer = await this.#api.open({ target: { resource }, kind: 'metadata', weight, signal });
      const bytes = await readAtMost(answer.body, ANSWER_BYTES_MAX);
      if (bytes === null) return 'too-large';
      const changes = parseMetadataChanges(parsedJson(bytes));
      if (changes !== null) return { ...changes, sizeBytes: bytes.byteLength };
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    this.#unaskedUntilMs = this.#clock.nowMs() + UNASKED_MS;
    return null;
  }

  #isUnasked(): boolean {
    const leftMs = this.#unaskedUntilMs - this.#clock.nowMs();
    return leftMs > 0 && leftMs <= UNASKED_MS;
  }

  /** Null when the answer cannot be believed; then none of this kind is for a while. */
  async #shapes(options: {
    readonly group: readonly TableName[];
    readonly changes: SizedChanges;
    readonly signal: AbortSignal;
  }): Promise<ReadTables | null> {
    const { group, changes, signal } = options;
    this.#tablesAtOnce = nextGroupSize(changes.sizeBytes / group.length);
    const byName = new Map(changes.tables.map(found => [found.name, found]));
    await this.#knowPrimaryIds(changes.tables.flatMap(targetsOf), signal);
    const read: ReadTable[] = [];
    for (const table of group) {
      const found = byName.get(table);
      const known = found === undefined ? unknownTable(table) : this.#shapeOf(table, found);
      const isOdd = 'fault' in known && known.fault.code === 'source/answer-broken';
      read.push(isOdd ? await this.#readAlone(table, signal) : known);
    }
    const isWhole = changes.tables.every(found => found.isWhole);
    if (isWhole && (await this.#isBelieved(read, signal))) return { stamp: changes.stamp, tables: read };
    this.#unaskedUntilMs = this.#clock.nowMs() + UNASKED_MS;
    return null;
  }

  /**
   * Once, one table is read by the old way too, and both must say the same: what this function answers is known from
   * documentation alone, and a definition that is wrong in silence would be written into the lake.
   */
  async #isBelieved(read: readonly ReadTable[], signal: AbortSignal): Promise<boolean> {
    if (this.#isProven) return true;
    for (const ours of read) {
      if (!('shape' in ours) || ours.ids === null) continue;
      const theirs = await this.#readAlone(ours.table, signal);
      this.#isProven = 'shape' in theirs && isDeepStrictEqual(ours.shape, theirs.shape);
      return this.#isProven;
    }
    return true;
  }

  #shapeOf(table: TableName, { json, ids }: TableDefinition): ReadTable {
    return faultOfOneTable(table, () => {
      const shape = shapeFromMetadata({ json, table, primaryIdOf: target => this.#primaryIds?.get(target) ?? null });
      return { table, shape, ids };
    });
  }

  async #readAlone(table: TableName, signal: AbortSignal): Promise<ReadTable> {
    await this.#knowPrimaryIds([table], signal);
    const primaryIdOf = (target: string) => this.#primaryIds?.get(target) ?? null;
    try {
      return { table, shape: await readShape({ api: this.#api, table, primaryIdOf, signal }), ids: null };
    } catch (error) {
      return faultOfOneTable(table, () => {
        throw error;
      });
    }
  }

  /** Primary keys of all tables, for the targets of lookups; read again only when a table is named that was never looked for. */
  async #knowPrimaryIds(names: readonly string[], signal: AbortSignal): Promise<void> {
    const known = this.#primaryIds;
    if (known !== null && names.every(name => known.has(name) || this.#withoutPrimaryId.has(name))) return;
    const found = new Set((await this.entities(signal)).map(entity => entity.LogicalName));
    this.#withoutPrimaryId = new Set([...this.#withoutPrimaryId, ...names].filter(name => !found.has(name)));
  }
}

function nextGroupSize(tableBytes: number): number {
  return Math.max(1, Math.min(TABLES_NAMED_MAX, Math.floor(ANSWER_BYTES_AIM / Math.max(1, tableBytes))));
}

function unknownTable(table: TableName): ReadTable {
  return { table, fault: new Fault('source/table-unknown', { table }) };
}

function faultOfOneTable(table: TableName, read: () => ReadTable): ReadTable {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault && OF_ONE_TABLE.includes(error.code)) return { table, fault: error };
    throw error;
  }
}

function targetsOf({ json }: TableDefinition): string[] {
  const attributes: readonly unknown[] = Array.isArray(json.Attributes) ? json.Attributes : [];
  return attributes.flatMap(attribute => {
    const { Targets: targets } = attribute as { readonly Targets?: unknown };
    return Array.isArray(targets) ? targets.filter(target => typeof target === 'string') : [];
  });
}

/** The function is unknown, or refuses this question; 500 too, since some questions make it fail as such. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Fault) || error.code === 'source/token-expired') return false;
  const { status } = error.details;
  return typeof status === 'number' && status >= 400 && status <= 501 && !NO_REFUSALS.includes(status);
}

async function readAtMost(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Fault('source/answer-broken', { reason: 'it is not JSON' });
  }
}
