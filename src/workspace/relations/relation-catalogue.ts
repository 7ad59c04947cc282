import { createHash } from 'node:crypto';
import type { ByteStore } from '../../core/bytestore.ts';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { RelationColumn, RelationInfo } from '../database-view.ts';
import type { SavedView } from '../directory.ts';
import type { LakeReader } from '../lake-reader.ts';
import { choiceInfo } from './choice-rows.ts';
import { type NamedRelation, relationNames } from './relation-names.ts';
import { definedSnapshot } from './snapshot-definition.ts';
import type { SystemRelations } from './system-relations.ts';
import { isThere, type TableRelation, tableInfo } from './table-relations.ts';
import { type DefinedState, KnownOfFiles } from './table-rows.ts';

export interface LakeDatabaseParts {
  readonly name: string;
  readonly store: ByteStore;
  readonly reader: LakeReader;
  readonly systemRelations: SystemRelations;
  /** Users' views of this database. */
  readonly views: (signal: AbortSignal) => Promise<readonly SavedView[]>;
  /** The columns of a view's query, for the catalogue; where it fails, or is absent, a view is shown without columns. */
  readonly describe?: (view: SavedView, signal: AbortSignal) => Promise<readonly RelationColumn[]>;
  readonly clock: Clock;
}

/** The catalogue may be as old as this. */
const CATALOGUE_AGE_MS = 2_000;

interface Names {
  /** By their lower-case forms. */
  readonly all: ReadonlyMap<string, NamedRelation>;
  readonly ofTable: ReadonlyMap<string, readonly TableRelation['named'][]>;
}

interface Listed {
  readonly state: DefinedState['state'];
  readonly names: Names;
  readonly infos: readonly RelationInfo[];
}

/** What a catalogue shows; kept from one question to the next where the table it is of did not change. */
export class Catalogue {
  readonly known = new KnownOfFiles();
  readonly #parts: LakeDatabaseParts;
  readonly #listed = new Map<string, Listed>();
  readonly #described = new Map<string, readonly RelationColumn[]>();
  #names: (Names & { readonly key: string }) | null = null;
  #describedAt = '';

  constructor(parts: LakeDatabaseParts) {
    this.#parts = parts;
  }

  /** What the names of schema `dbo` mean. */
  async names(signal: AbortSignal): Promise<Names> {
    const { tables } = await this.#parts.reader.link(signal);
    const key = tables.join();
    if (this.#names?.key !== key) {
      const all = relationNames(tables);
      this.#names = { key, all, ofTable: byTable([...all.values()]) };
    }
    return this.#names;
  }

  async relations(signal: AbortSignal): Promise<readonly RelationInfo[]> {
    const names = await this.names(signal);
    const states = await this.#parts.reader.states({ maxAgeMs: CATALOGUE_AGE_MS, signal });
    const ofTables: RelationInfo[] = [];
    for (const { table, state } of states) {
      if (state instanceof Fault || state.shape === null) continue;
      const known = this.#listed.get(table);
      if (known?.state !== state || known.names !== names) {
        const infos = await this.#infosOf(names.ofTable.get(table) ?? [], { state, shape: state.shape }, signal);
        this.#listed.set(table, { state, names, infos });
      }
      ofTables.push(...(this.#listed.get(table)?.infos ?? []));
    }
    const choices = [...names.all.values()].flatMap(named => (named.is === 'choices' ? [choiceInfo(named)] : []));
    const all = [...ofTables, ...choices, ...this.#parts.systemRelations.infos(), ...(await this.#viewInfos(signal))];
    const key = ({ schema, name }: RelationInfo) => `${schema}.${name}`;
    return all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  /** Names, columns and comments follow from what is told here of each table. */
  async version(signal: AbortSignal): Promise<string> {
    const { reader, systemRelations, views } = this.#parts;
    const link = await reader.link(signal);
    const states = await reader.states({ maxAgeMs: CATALOGUE_AGE_MS, signal });
    const hash = createHash('sha256').update(link.tables.join());
    for (const { table, state } of states) {
      if (state instanceof Fault) continue;
      const [newest] = state.snapshots;
      const snapshot =
        newest === undefined ? '' : `${newest.append} ${state.retypedAt > newest.shapeAt && newest.shapeAt}`;
      hash.update(`\n${table} ${state.shapeAt} ${state.writeMode} ${snapshot}`);
    }
    for (const { name, columns, comment } of systemRelations.infos())
      hash.update(`\n${name} ${columns.map(column => column.name).join()} ${comment}`);
    for (const { name, sql, createdAt } of await views(signal)) hash.update(`\n${name} ${createdAt} ${sql}`);
    return hash.digest('hex').slice(0, 32);
  }

  async #infosOf(
    names: readonly TableRelation['named'][],
    at: DefinedState,
    signal: AbortSignal,
  ): Promise<RelationInfo[]> {
    const infos: RelationInfo[] = [];
    for (const named of names) {
      const snapshot = named.view === 'partitioned' ? await this.#snapshot(named, at, signal) : null;
      const relation: TableRelation = { named, at, snapshot };
      if (isThere(relation)) infos.push(tableInfo(relation));
    }
    return infos;
  }

  /** Left out where it cannot be read: whoever names it is told why. */
  async #snapshot(named: TableRelation['named'], at: DefinedState, signal: AbortSignal) {
    try {
      const [snapshot] = at.state.snapshots;
      return await definedSnapshot(this.#parts.reader, { table: named.table, at, snapshot }, signal);
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  async #viewInfos(signal: AbortSignal): Promise<RelationInfo[]> {
    const version = await this.version(signal);
    if (this.#describedAt !== version) this.#described.clear();
    this.#describedAt = version;
    const infos: RelationInfo[] = [];
    for (const view of await this.#parts.views(signal)) {
      const columns = this.#described.get(view.sql) ?? (await this.#describe(view, signal));
      this.#described.set(view.sql, columns);
      infos.push(viewInfo(view, columns));
    }
    return infos;
  }

  async #describe(view: SavedView, signal: AbortSignal): Promise<readonly RelationColumn[]> {
    try {
      return (await this.#parts.describe?.(view, signal)) ?? [];
    } catch {
      // A view over what is no more: it is listed, so that it can be found and dropped.
      signal.throwIfAborted();
      return [];
    }
  }
}

function byTable(names: readonly NamedRelation[]): Names['ofTable'] {
  const found = new Map<string, TableRelation['named'][]>();
  for (const named of names) {
    if (named.is !== 'of-table') continue;
    found.set(named.table, [...(found.get(named.table) ?? []), named]);
  }
  return found;
}

export function viewInfo(view: SavedView, columns: readonly RelationColumn[]): RelationInfo {
  return {
    schema: 'public',
    name: view.name,
    kind: 'view',
    columns,
    primaryKey: [],
    comment: `View of ${view.owner}.`,
    rowEstimate: null,
    bytes: null,
    definition: view.sql,
  };
}
