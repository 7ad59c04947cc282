import type { Session } from '../../batch/duckdb.ts';
import type { TableState } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import { parseTableName, type TableName } from '../../core/names.ts';
import type { TableShape } from '../../core/shape.ts';
import {
  type AsOf,
  type DatabaseView,
  type Relation,
  type RelationInfo,
  type RelationName,
  SEARCH_PATH,
} from '../database-view.ts';
import { choiceInfo, choiceRowsSql } from './choice-rows.ts';
import { type Catalogue, type LakeDatabaseParts, viewInfo } from './relation-catalogue.ts';
import type { NamedRelation } from './relation-names.ts';
import { snapshotAt } from './snapshot-definition.ts';
import { isThere, type TableRelation, tableInfo, tableRowsSql } from './table-relations.ts';
import type { DefinedState } from './table-rows.ts';

interface Find {
  readonly asOf: AsOf | null;
  readonly signal: AbortSignal;
}

/** A database as one statement sees it. What was read once is kept: each table is one commit, however often it is named. */
export class LakeView implements DatabaseView {
  readonly #parts: LakeDatabaseParts;
  readonly #catalogue: Catalogue;
  readonly #language: number | null;
  readonly #kept = new Map<string, Promise<unknown>>();

  constructor({
    parts,
    catalogue,
    language,
  }: {
    readonly parts: LakeDatabaseParts;
    readonly catalogue: Catalogue;
    readonly language: number | null;
  }) {
    this.#parts = parts;
    this.#catalogue = catalogue;
    this.#language = language;
  }

  get name(): string {
    return this.#parts.name;
  }

  relations(signal: AbortSignal): Promise<readonly RelationInfo[]> {
    return this.#catalogue.relations(signal);
  }

  catalogueVersion(signal: AbortSignal): Promise<string> {
    return this.#catalogue.version(signal);
  }

  async find({ schema, name }: RelationName, find: Find): Promise<Relation | null> {
    const schemas = schema === null ? SEARCH_PATH : [schema.toLowerCase()];
    for (const one of schemas) {
      const found = await this.#findIn(one, name.toLowerCase(), find);
      if (found === null) continue;
      if (find.asOf !== null && (found.is === 'view' || found.read === null)) {
        throw new Fault('input/sql', {
          reason: `${name} can only be read as it is now: only tables keep earlier states`,
        });
      }
      return found;
    }
    return null;
  }

  async #findIn(schema: string, name: string, find: Find): Promise<Relation | null> {
    const { systemRelations, views } = this.#parts;
    if (schema === 'dbo') {
      const { all } = await this.#once('names', () => this.#catalogue.names(find.signal));
      const named = all.get(name);
      if (named === undefined) return null;
      return named.is === 'choices' ? this.#choices(named) : this.#ofTable(named, find);
    }
    if (schema === 'public') {
      const saved = await this.#once('views', () => views(find.signal));
      const view = saved.find(one => one.name.toLowerCase() === name);
      return view === undefined ? null : { info: viewInfo(view, []), is: 'view' };
    }
    if (schema !== 'lakelink') return null;
    return this.#once(`lakelink.${name}`, async () => systemRelations.find(name));
  }

  async #ofTable(named: NamedRelation & { readonly is: 'of-table' }, { asOf, signal }: Find): Promise<Relation | null> {
    const state = await this.#state(named.table, { asOf, signal });
    if (state.shape === null) return null;
    const at: DefinedState = { state, shape: state.shape };
    const isSnapshot = named.view === 'partitioned';
    const snapshot = isSnapshot ? await snapshotAt(this.#parts.reader, named.table, at, signal) : null;
    const relation: TableRelation = { named, at, snapshot };
    if (!isThere(relation)) return null;
    const time = asOf === null ? null : timeOf(asOf, state);
    return {
      info: tableInfo(relation),
      is: 'rows',
      read: {
        table: named.name,
        sequence: snapshot?.snapshot.sequence ?? state.tail,
        initialSyncCompleted: state.initialSyncCompletedAt !== null,
      },
      sql: (session, during, columns = null) =>
        this.#rowsSql(session, { relation, isPast: asOf !== null, time, columns, signal: during }),
    };
  }

  async #rowsSql(
    session: Session,
    {
      relation,
      isPast,
      time,
      columns,
      signal,
    }: {
      readonly relation: TableRelation;
      readonly isPast: boolean;
      readonly time: AsOf | null;
      readonly columns: ReadonlySet<string> | null;
      readonly signal: AbortSignal;
    },
  ): Promise<string> {
    const target = (table: string) => this.#target(table, { asOf: time, signal });
    const place = { store: this.#parts.store, session, olderImages: this.#catalogue.olderImages };
    try {
      return await tableRowsSql(place, relation, { columns, language: this.#language, target, signal });
    } catch (failure) {
      if (!isPast || !(failure instanceof Fault) || failure.code !== 'store/failed') throw failure;
      const reason = 'its files are no longer kept';
      throw new Fault('sql/not-retained', { table: relation.named.name, reason }, { cause: failure });
    }
  }

  /** A table that a lookup points to. What is wrong with it does not stop the table that was named (I-8). */
  async #target(table: string, find: Find): Promise<DefinedState | null> {
    const { all } = await this.#once('names', () => this.#catalogue.names(find.signal));
    const named = all.get(table);
    if (named?.is !== 'of-table' || named.view !== 'table') return null;
    try {
      const state = await this.#state(parseTableName(table), find);
      return state.shape === null ? null : { state, shape: state.shape };
    } catch {
      find.signal.throwIfAborted();
      return null;
    }
  }

  #state(table: TableName, { asOf, signal }: Find): Promise<TableState> {
    const { reader } = this.#parts;
    if (asOf === null) return this.#once(`now ${table}`, () => reader.state(table, signal));
    const at = asOf.is === 'commit' ? `commit ${asOf.sequence}` : `time ${asOf.ms}`;
    return this.#once(`${at} ${table}`, () => reader.stateAt(table, asOf, signal));
  }

  #choices(named: NamedRelation & { readonly is: 'choices' }): Relation {
    return {
      info: choiceInfo(named),
      is: 'rows',
      read: null,
      sql: async (_session, signal) => choiceRowsSql(named.choices, await this.#shapes(signal)),
    };
  }

  /** Of all tables that can be read. */
  #shapes(signal: AbortSignal): Promise<readonly TableShape[]> {
    return this.#once('shapes', async () => {
      const states = await this.#parts.reader.states({ maxAgeMs: 0, signal });
      return states.flatMap(({ state }) => (state instanceof Fault || state.shape === null ? [] : [state.shape]));
    });
  }

  /** What failed is tried anew by who asks next. */
  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key) as Promise<T> | undefined;
    if (kept !== undefined) return kept;
    const reading = read();
    this.#kept.set(key, reading);
    reading.catch(() => this.#kept.delete(key));
    return reading;
  }
}

/** Another table as of a commit of this one: as of the time that its data are of. */
function timeOf(asOf: AsOf, { cursorAt }: TableState): AsOf {
  return asOf.is === 'time' ? asOf : { is: 'time', ms: cursorAt === null ? 0 : Date.parse(cursorAt) };
}
