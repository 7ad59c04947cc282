import type { TableState } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import { inParallel } from '../../core/in-parallel.ts';
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
import { snapshotAsOf } from '../reader-snapshots.ts';
import { choiceInfo, choiceRowsSql } from './choice-rows.ts';
import { type Catalogue, type LakeDatabaseParts, viewInfo } from './relation-catalogue.ts';
import type { NamedRelation } from './relation-names.ts';
import { definedSnapshot } from './snapshot-definition.ts';
import { isThere, type TableRelation, tableInfo, tableRowsSql } from './table-relations.ts';
import type { DefinedState } from './table-rows.ts';

interface Find {
  readonly asOf: AsOf | null;
  readonly signal: AbortSignal;
}

const LOGS_AT_ONCE = 8;

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
      // Texts of choices are of all tables at once, so they have earlier times and no commits.
      const isTexts = found.info.schema === 'dbo' && find.asOf?.is === 'time';
      if (find.asOf !== null && !isTexts && (found.is === 'view' || found.read === null)) {
        const reason = `${name} can only be read as it is now: only tables keep earlier states`;
        throw new Fault('input/sql', { reason });
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
      return named.is === 'choices' ? this.#choices(named, find.asOf) : this.#ofTable(named, find);
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
    const { table, view } = named;
    // Which snapshots are still there is said by the newest state.
    const state = await this.#state(table, { asOf: view === 'partitioned' ? null : asOf, signal });
    if (state.shape === null) return null;
    const at: DefinedState = { state, shape: state.shape };
    const snapshot = view === 'partitioned' ? await this.#snapshot(table, at, { asOf, signal }) : null;
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
      sql: (session, during, columns = null) => {
        const place = { store: this.#parts.store, session, known: this.#catalogue.known };
        const target = (other: string) => this.#target(other, { asOf: time, signal: during });
        return tableRowsSql(place, relation, { columns, language: this.#language, target, signal: during });
      },
    };
  }

  #snapshot(table: TableName, at: DefinedState, { asOf, signal }: Find): Promise<TableRelation['snapshot']> {
    const [newest] = at.state.snapshots;
    const snapshot = asOf === null ? newest : snapshotAsOf(at.state, { table, asOf });
    return definedSnapshot(this.#parts.reader, { table, at, snapshot }, signal);
  }

  /** A table that another needs, as for the names of its lookups. What is wrong with it does not stop the one that was named (I-8). */
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

  #choices(named: NamedRelation & { readonly is: 'choices' }, asOf: AsOf | null): Relation {
    return {
      info: choiceInfo(named),
      is: 'rows',
      read: null,
      sql: async (_session, signal) => {
        const shapes = asOf === null ? await this.#shapes(signal) : await this.#shapesAt(asOf, signal);
        return choiceRowsSql(named.choices, shapes);
      },
    };
  }

  /** Of all tables that can be read. */
  #shapes(signal: AbortSignal): Promise<readonly TableShape[]> {
    return this.#once('shapes', async () => {
      const states = await this.#parts.reader.states({ maxAgeMs: 0, signal });
      return states.flatMap(({ state }) => (state instanceof Fault || state.shape === null ? [] : [state.shape]));
    });
  }

  /** Of all tables that were there then. */
  async #shapesAt(asOf: AsOf, signal: AbortSignal): Promise<readonly TableShape[]> {
    const { ofTable } = await this.#once('names', () => this.#catalogue.names(signal));
    const found = await inParallel({ items: [...ofTable.keys()], atOnce: LOGS_AT_ONCE }, table =>
      this.#target(table, { asOf, signal }),
    );
    return found.flatMap(at => (at === null ? [] : [at.shape]));
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
