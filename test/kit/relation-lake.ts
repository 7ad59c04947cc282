import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine, type Row } from '../../src/batch/duckdb.ts';
import type { LogEntry, TableState } from '../../src/core/commit.ts';
import { Fault } from '../../src/core/fault.ts';
import type { LinkFile } from '../../src/core/link-file.ts';
import { emptyState } from '../../src/core/log-state.ts';
import { parseLinkName, parseTableName, type TableName } from '../../src/core/names.ts';
import type { TableShape } from '../../src/core/shape.ts';
import type { AsOf, DatabaseView, LakeDatabase, Relation, RelationColumn } from '../../src/workspace/database-view.ts';
import type { SavedView } from '../../src/workspace/directory.ts';
import type { LakeReader } from '../../src/workspace/lake-reader.ts';
import { openLakeDatabase } from '../../src/workspace/relations/database.ts';
import { noSystemRelations, type SystemRelations } from '../../src/workspace/relations/system-relations.ts';
import { FakeClock } from './clock.ts';
import { type SqlRow, writeLakeParquet } from './lake-parquet.ts';
import { live } from './log-values.ts';
import { MemoryStore } from './memory-store.ts';

/** A lake whose commits a test makes by hand: files lie on disk, and a path of the lake is a path of the disk. */
export class RelationLake {
  readonly folder: string;
  readonly engine: Engine;
  readonly states = new Map<TableName, TableState | Fault>();
  /** States of other times, by `<table> <sequence or ms>`. */
  readonly past = new Map<string, TableState>();
  readonly entries = new Map<string, readonly LogEntry[]>();
  views: readonly SavedView[] = [];
  systemRelations: SystemRelations = noSystemRelations;
  describe: (view: SavedView) => Promise<readonly RelationColumn[]> = async () => [];
  /** What the reader was asked for, in order. */
  readonly asked: string[] = [];
  readonly #store = new MemoryStore();
  #database: LakeDatabase | null = null;
  #made = 0;

  private constructor(folder: string, engine: Engine) {
    this.folder = folder;
    this.engine = engine;
  }

  static async open(): Promise<RelationLake> {
    const folder = await mkdtemp(join(tmpdir(), 'lakelink-relations-'));
    return new RelationLake(folder, await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 }));
  }

  async close(): Promise<void> {
    this.engine.close();
    await this.#store.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A table with what is given; the rest is that of a table whose initial sync is complete. */
  add(shape: TableShape, state: Partial<TableState> = {}): TableState {
    const added = { ...committed(shape), ...state };
    this.states.set(shape.table, added);
    return added;
  }

  break(table: string): void {
    this.states.set(parseTableName(table), new Fault('lake/corrupt', { path: `.lakelink/${table}/log` }));
  }

  async file(shape: TableShape, rows: readonly SqlRow[], as: 'image' | 'batch' = 'image') {
    this.#made += 1;
    const path = join(this.folder, `file-${this.#made}.parquet`);
    return { ...(await writeLakeParquet(this.engine, { shape, rows, path, as })), deletes: 0 };
  }

  /** An image of one partition. */
  async image(shape: TableShape, rows: readonly SqlRow[]): Promise<NonNullable<TableState['image']>> {
    const file = await this.file(shape, rows);
    return { foldedAt: 3, through: 2, rowCount: rows.length, partitions: [{ name: '2024', changedAt: 3, file }] };
  }

  get database(): LakeDatabase {
    this.#database ??= openLakeDatabase({
      name: 'dataverse-test',
      store: Object.assign(this.#store, { localFile: async (path: string) => path }),
      reader: this.#reader(),
      systemRelations: { infos: () => this.systemRelations.infos(), find: name => this.systemRelations.find(name) },
      views: async () => this.views,
      describe: view => this.describe(view),
      clock: new FakeClock({ auto: true }),
    });
    return this.#database;
  }

  view(language: number | null = null): DatabaseView {
    return this.database.view({ language });
  }

  async find(name: string, asOf: AsOf | null = null, view = this.view()): Promise<Relation> {
    const [schema, own] = name.includes('.') ? name.split('.') : [null, name];
    const found = await view.find({ schema: schema ?? null, name: own ?? '' }, { asOf, signal: live });
    if (found === null) throw new Error(`no relation ${name}`);
    return found;
  }

  /** Rows of a query in which `t` is the relation. `columns`: what the statement says that it uses. */
  async rows(
    name: string,
    query: string,
    {
      asOf = null,
      view = this.view(),
      columns = null,
    }: { readonly asOf?: AsOf | null; readonly view?: DatabaseView; readonly columns?: readonly string[] | null } = {},
  ): Promise<Row[]> {
    const relation = await this.find(name, asOf, view);
    if (relation.is === 'view') throw new Error('a view has no SQL of its own');
    return this.engine.session(async session => {
      const sql = await relation.sql(session, live, columns === null ? null : new Set(columns));
      return session.runAll(`WITH t AS NOT MATERIALIZED (${sql}) ${query}`);
    });
  }

  #reader(): LakeReader {
    const stateOf = (state: TableState | Fault | undefined): TableState => {
      if (state === undefined) throw new Fault('sql/not-retained', {});
      if (state instanceof Fault) throw state;
      return state;
    };
    return {
      link: async () => linkFile([...this.states.keys()]),
      state: async table => {
        this.asked.push(table);
        return stateOf(this.states.get(table));
      },
      stateAt: async (table, asOf) =>
        stateOf(this.past.get(`${table} ${asOf.is === 'commit' ? asOf.sequence : asOf.ms}`)),
      states: async () => [...this.states].map(([table, state]) => ({ table, state })),
      entries: async table => this.entries.get(table) ?? [],
    };
  }
}

export function committed(shape: TableShape): TableState {
  return {
    ...emptyState(),
    tail: 5,
    shape,
    shapeAt: 1,
    initialSyncCompletedAt: '2024-01-01T00:00:00.000Z',
    initialSyncCompletedIn: 1,
  };
}

function linkFile(tables: readonly TableName[]): LinkFile {
  return {
    format: 1,
    revision: 1,
    linkId: 'link',
    name: parseLinkName('test'),
    environmentUrl: 'https://example.crm.dynamics.com',
    organizationId: 'o',
    tables,
    partitionStrategy: 'year',
    createdAt: '2024-01-01T00:00:00.000Z',
  };
}
