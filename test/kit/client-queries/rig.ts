import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogueOpener } from '../../../src/workspace/catalogue/open.ts';
import type { SessionFacts } from '../../../src/workspace/catalogue-door.ts';
import type { DatabaseView, RelationColumn, RelationInfo } from '../../../src/workspace/database-view.ts';
import { openQueryEngine } from '../../../src/workspace/query/query-engine.ts';
import type { QuerySession } from '../../../src/workspace/sql-session.ts';

/** An engine for clients' queries with a catalogue, and a temporary folder that goes with it. */
export async function openTestEngine() {
  const tempDirectory = await mkdtemp(join(tmpdir(), 'lakelink-catalogue-'));
  const engine = await openQueryEngine({
    ...{ memoryMb: 1000, threads: 2, tempMb: 100, rowsMax: 100_000, timeoutMs: 60_000 },
    tempDirectory,
    openCatalogue: catalogueOpener(),
  });
  return {
    session: (facts: Partial<SessionFacts> = {}) => engine.openSession(sessionFacts(facts)),
    close: async () => {
      await engine.close();
      await rm(tempDirectory, { recursive: true, force: true });
    },
  };
}

/** Rows of a query, each value as PostgreSQL prints it. */
export type AskedRows = readonly (readonly (string | null)[])[];

export async function ask(
  session: QuerySession,
  {
    view,
    sql,
    parameters = [],
  }: { readonly view: DatabaseView; readonly sql: string; readonly parameters?: readonly string[] },
): Promise<AskedRows> {
  const { signal } = new AbortController();
  const prepared = await session.prepare(sql, { view, parameterTypes: [], signal });
  const given = parameters.map(text => ({ bytes: Buffer.from(text), format: 'text' as const }));
  const rows = await prepared.run({ view, parameters: given, signal });
  const found: (string | null)[][] = [];
  for (;;) {
    const next = await rows.next(1000, ['text']);
    if (next.length === 0) break;
    for (const row of next) found.push(row.map(value => (value === null ? null : Buffer.from(value).toString())));
  }
  await rows.close();
  return found;
}

/** Rows as sorted lines; an object id of a relation of the lake is `{name}`. */
export function shownRows(rows: AskedRows, oids: ReadonlyMap<string, string>): string[] {
  const names = new Map([...oids].map(([name, oid]) => [oid, `{${name}}`]));
  const shown = (value: string | null) => (value === null ? 'NULL' : (names.get(value) ?? value));
  return rows.map(row => row.map(shown).join('|').replaceAll('\n', '\\n')).sort();
}

/** A client for tests. */
export function sessionFacts(changes: Partial<SessionFacts> = {}): SessionFacts {
  return {
    database: 'lake',
    user: { name: 'ana', role: 'Reader', databases: ['lake'] },
    databases: [{ name: 'lake', lakePath: 'lake', link: 'lake' }],
    users: ['ana', 'ben'],
    processId: 4711,
    applicationName: 'test',
    clientAddress: '127.0.0.1',
    serverPort: 5433,
    isEncrypted: true,
    startedAtMs: Date.UTC(2024, 0, 2, 3, 4, 5),
    settings: new Map([
      ['server_version', '15.0 (Lakelink)'],
      ['server_version_num', '150000'],
      ['client_encoding', 'UTF8'],
      ['TimeZone', 'UTC'],
      ['search_path', 'dbo, public, lakelink'],
      ['max_index_keys', '32'],
      ['max_identifier_length', '63'],
      ['standard_conforming_strings', 'on'],
      ['DateStyle', 'ISO, MDY'],
      ['transaction_isolation', 'read committed'],
    ]),
    ...changes,
  };
}

const column = (name: string, sqlType: string, more: Partial<RelationColumn> = {}): RelationColumn => ({
  name,
  sqlType,
  length: null,
  notNull: false,
  comment: null,
  ...more,
});

const NOTHING = { primaryKey: [], comment: null, rowEstimate: null, bytes: null, definition: null };

/** A small lake database: a table with its key, one in mixed case, a derived view, a user's view, a system table. */
export const EXAMPLE_RELATIONS: readonly RelationInfo[] = [
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'account',
    kind: 'table',
    columns: [
      column('id', 'UUID', { notNull: true, comment: 'Account' }),
      column('name', 'VARCHAR', { length: 160, comment: 'Account Name' }),
      column('revenue', 'DECIMAL(38,4)'),
      column('numberofemployees', 'INTEGER'),
      column('createdon', 'TIMESTAMP WITH TIME ZONE'),
      column('statecode', 'BIGINT'),
      column('description', 'VARCHAR'),
      column('donotemail', 'BOOLEAN'),
      column('versionnumber', 'BIGINT'),
      column('closedon', 'DATE'),
      column('score', 'DOUBLE'),
    ],
    primaryKey: ['id'],
    comment: 'Business that represents a customer',
    rowEstimate: 1200,
    bytes: 81_920,
  },
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'Mixed Case',
    kind: 'table',
    columns: [column('Id', 'UUID', { notNull: true }), column('select', 'INTEGER')],
    primaryKey: ['Id'],
  },
  {
    ...NOTHING,
    schema: 'dbo',
    name: 'account_labels',
    kind: 'view',
    columns: [column('id', 'UUID'), column('statecode_label', 'VARCHAR')],
  },
  {
    ...NOTHING,
    schema: 'lakelink',
    name: 'links',
    kind: 'view',
    columns: [column('name', 'VARCHAR')],
    comment: 'Links of this lake',
  },
  {
    ...NOTHING,
    schema: 'public',
    name: 'big',
    kind: 'view',
    columns: [column('id', 'UUID'), column('name', 'VARCHAR')],
    definition: 'SELECT id, name FROM account WHERE revenue > 1000',
  },
];

export function viewOf(relations: readonly RelationInfo[], version = '1'): DatabaseView {
  return {
    name: 'lake',
    find: async () => null,
    relations: async () => relations,
    catalogueVersion: async () => version,
  };
}
