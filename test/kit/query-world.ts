import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../src/core/fault.ts';
import type { CatalogueDoor, OpenCatalogue, SessionFacts } from '../../src/workspace/catalogue-door.ts';
import {
  type AsOf,
  type DatabaseView,
  type Relation,
  type SchemaName,
  SEARCH_PATH,
} from '../../src/workspace/database-view.ts';
import { openQueryEngine, type QueryEngine, type QueryEngineOptions } from '../../src/workspace/query/query-engine.ts';
import type { EngineSession } from '../../src/workspace/query/query-session.ts';
import type { ParameterValue, ResultField, ValueFormat } from '../../src/workspace/sql-session.ts';
import { live } from './log-values.ts';

/** The query engine over relations whose rows are said in SQL. */
export interface QueryWorld {
  readonly engine: QueryEngine;
  readonly session: EngineSession;
  readonly view: DatabaseView;
  /** What was asked of tables of `dbo`, in order. */
  readonly found: { readonly name: string; readonly asOf: AsOf | null }[];
  readonly folder: string;
  query(sql: string, options?: QueryOptions): Promise<QueryAnswer>;
  /** The values of a query's rows as text; null is NULL. */
  rows(sql: string, ...parameters: (string | null)[]): Promise<(string | null)[][]>;
  refusal(sql: string, ...parameters: (string | null)[]): Promise<Fault>;
  close(): Promise<void>;
}

export interface QueryOptions {
  readonly parameters?: readonly ParameterValue[];
  readonly parameterTypes?: readonly number[];
  readonly formats?: readonly ValueFormat[];
  readonly signal?: AbortSignal;
}

export interface QueryAnswer {
  readonly fields: readonly ResultField[];
  readonly parameterTypes: readonly number[];
  readonly rows: readonly (readonly (Uint8Array | null)[])[];
}

/** `schema.name` to the SELECT of its rows, or to a view's definition. */
export type WorldRelations = Readonly<Record<string, string | { readonly view: string }>>;

export async function openQueryWorld(
  relations: WorldRelations = {},
  { door = null, ...limits }: Partial<QueryEngineOptions> & { readonly door?: CatalogueDoor | null } = {},
): Promise<QueryWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-query-'));
  const openCatalogue: OpenCatalogue | null = door === null ? null : async () => door;
  const engine = await openQueryEngine({
    memoryMb: 300,
    threads: 2,
    tempMb: 300,
    tempDirectory: join(folder, 'spill'),
    rowsMax: 2_000_000,
    timeoutMs: 60_000,
    openCatalogue,
    ...limits,
  });
  const session = await engine.openSession(facts);
  const found: { name: string; asOf: AsOf | null }[] = [];
  const view = viewOf(relations, found);
  const query = async (sql: string, options: QueryOptions = {}) => answer({ session, view, sql, options });
  const rows = async (sql: string, ...parameters: (string | null)[]) => {
    const result = await query(sql, { parameters: parameters.map(textParameter) });
    return result.rows.map(row => row.map(value => (value === null ? null : Buffer.from(value).toString())));
  };
  const refusal = async (sql: string, ...parameters: (string | null)[]) => {
    const failure = await rows(sql, ...parameters).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(failure instanceof Fault)) throw new Error(`not refused: ${sql} (${String(failure)})`);
    return failure;
  };
  const close = async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { engine, session, view, found, folder, query, rows, refusal, close };
}

export function textParameter(value: string | null): ParameterValue {
  return { bytes: value === null ? null : Buffer.from(value), format: 'text' };
}

/** Whose session it is. */
export const facts: SessionFacts = {
  database: 'dataverse-contoso-org',
  user: { name: 'reader', role: 'Reader', databases: 'all' },
  databases: [],
  users: ['reader'],
  processId: 1,
  applicationName: '',
  clientAddress: '127.0.0.1',
  serverPort: 5433,
  isEncrypted: false,
  startedAtMs: 0,
  settings: new Map([['TimeZone', 'UTC']]),
};

async function answer(work: {
  readonly session: EngineSession;
  readonly view: DatabaseView;
  readonly sql: string;
  readonly options: QueryOptions;
}): Promise<QueryAnswer> {
  const { session, view, sql, options } = work;
  const { parameters = [], parameterTypes = [], formats = ['text'], signal = live } = options;
  const prepared = await session.prepare(sql, { view, parameterTypes, signal });
  const result = await prepared.run({ view, parameters, signal });
  const rows: (readonly (Uint8Array | null)[])[] = [];
  for (;;) {
    const next = await result.next(50_000, formats);
    if (next.length === 0) break;
    rows.push(...next);
  }
  await result.close();
  return { fields: prepared.fields, parameterTypes: prepared.parameterTypes, rows };
}

function viewOf(relations: WorldRelations, found: { name: string; asOf: AsOf | null }[]): DatabaseView {
  const all = new Map(Object.entries(relations).map(([name, rows]) => [name.toLowerCase(), relationOf(name, rows)]));
  return {
    name: facts.database,
    find: async ({ schema, name }, { asOf }) => {
      const schemas = schema === null ? SEARCH_PATH : [schema.toLowerCase()];
      const relation = schemas.flatMap(one => all.get(`${one}.${name.toLowerCase()}`) ?? [])[0] ?? null;
      if (relation?.info.schema === 'dbo') found.push({ name, asOf });
      return relation;
    },
    relations: async () => [...all.values()].map(({ info }) => info),
    catalogueVersion: async () => '1',
  };
}

function relationOf(qualified: string, rows: string | { readonly view: string }): Relation {
  const [schema, name] = qualified.split('.') as [SchemaName, string];
  const definition = typeof rows === 'string' ? null : rows.view;
  const info: Relation['info'] = {
    schema,
    name,
    kind: definition === null ? 'table' : 'view',
    columns: [],
    primaryKey: [],
    comment: null,
    rowEstimate: null,
    bytes: null,
    definition,
  };
  if (typeof rows !== 'string') return { info, is: 'view' };
  return { info, is: 'rows', read: { table: name, sequence: 1, initialSyncCompleted: true }, sql: async () => rows };
}
