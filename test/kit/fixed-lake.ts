import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorFacts } from '../../src/app/sql-lake.ts';
import type { ByteStore } from '../../src/core/bytestore.ts';
import type { TableState } from '../../src/core/commit.ts';
import { Fault } from '../../src/core/fault.ts';
import { parseLinkName, type TableName } from '../../src/core/names.ts';
import type { PublishedTable } from '../../src/core/replica.ts';
import { catalogueOpener } from '../../src/workspace/catalogue/open.ts';
import type { ReadTable } from '../../src/workspace/database-view.ts';
import type { LakeReader } from '../../src/workspace/lake-reader.ts';
import { openQueryEngine } from '../../src/workspace/query/query-engine.ts';
import { openLakeDatabase } from '../../src/workspace/relations/database.ts';
import { noSystemRelations } from '../../src/workspace/relations/system-relations.ts';
import type { ResultField } from '../../src/workspace/sql-session.ts';
import { FakeClock } from './clock.ts';
import { live } from './log-values.ts';

/** A lake database over states that a test holds: the whole way of a client's SQL, without a log, a link or a wire. */
export interface FixedLake {
  query(sql: string, options?: { readonly signal?: AbortSignal }): Promise<FixedAnswer>;
  close(): Promise<void>;
}

export interface FixedAnswer {
  readonly fields: readonly ResultField[];
  /** As a client is sent them in text form. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly tables: readonly ReadTable[];
}

/** A table's state, or why it cannot be read. */
export type FixedTable = PublishedTable | { readonly table: TableName; readonly state: Fault };

const NAME = 'dataverse-fixed';

/** `tables`: asked again for every query. */
export async function openFixedLake({
  store,
  tables,
  rowsMax = 1_000_000,
}: {
  readonly store: ByteStore;
  readonly tables: () => readonly FixedTable[];
  readonly rowsMax?: number;
}): Promise<FixedLake> {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-fixed-'));
  const engine = await openQueryEngine({
    memoryMb: 512,
    threads: 2,
    tempMb: 1_024,
    tempDirectory: join(folder, 'spill'),
    rowsMax,
    timeoutMs: 60_000,
    openCatalogue: catalogueOpener(),
  });
  const database = openLakeDatabase({
    name: NAME,
    store,
    reader: readerOf(tables),
    systemRelations: noSystemRelations,
    views: async () => [],
    clock: new FakeClock({ auto: true }),
  });
  const session = await engine.openSession(operatorFacts({ name: NAME, lakePath: store.location, link: null }));
  return {
    query: async (sql, { signal = live } = {}) => {
      const view = database.view({ language: null });
      const prepared = await session.prepare(sql, { view, parameterTypes: [], signal });
      const result = await prepared.run({ view, parameters: [], signal });
      const rows: (string | null)[][] = [];
      for (;;) {
        const next = await result.next(10_000, ['text']);
        if (next.length === 0) break;
        for (const row of next) rows.push(row.map(value => (value === null ? null : Buffer.from(value).toString())));
      }
      await result.close();
      return { fields: prepared.fields, rows, tables: result.tables };
    },
    close: async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readerOf(tables: () => readonly FixedTable[]): LakeReader {
  return {
    link: async () => ({
      format: 1,
      revision: 1,
      linkId: 'fixed',
      name: parseLinkName('fixed'),
      environmentUrl: 'https://example.crm.dynamics.com',
      organizationId: '00000000-0000-0000-0000-00000000000a',
      tables: tables().map(({ table }) => table),
      partitionStrategy: 'year',
      createdAt: '2024-01-01T00:00:00.000Z',
    }),
    state: async table => stateOf(tables().find(one => one.table === table)),
    stateAt: async () => {
      throw new Fault('sql/not-retained', {});
    },
    states: async () => tables().map(({ table, state }) => ({ table, state })),
    entries: async () => [],
  };
}

function stateOf(found: FixedTable | undefined): TableState {
  if (found === undefined) throw new Fault('link/table-unknown', {});
  if (found.state instanceof Fault) throw found.state;
  return found.state;
}
