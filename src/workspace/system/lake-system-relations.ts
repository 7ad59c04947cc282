import type { TableState } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import { inParallel } from '../../core/in-parallel.ts';
import type { LinkFile } from '../../core/link-file.ts';
import type { TableName } from '../../core/names.ts';
import type { TableStatus } from '../../core/status.ts';
import type { LakeHistory, LakeReader } from '../lake-reader.ts';
import type { SystemRelations } from '../relations/system-relations.ts';
import { type CommitRow, commitColumns } from './commit-columns.ts';
import { type FileRow, fileColumns, fileRows, type SnapshotRow, snapshotColumns, snapshotRows } from './file-rows.ts';
import { linkColumns } from './link-rows.ts';
import { type RunRow, runColumns } from './run-columns.ts';
import { runsOf } from './runs.ts';
import { type Definition, type ShapeRow, shapeColumns, shapeRows } from './shape-rows.ts';
import { type SystemTable, systemInfo, systemRelation } from './system-rows.ts';
import { tableColumns } from './table-columns.ts';
import type { TableFacts } from './table-facts.ts';

export interface SystemParts {
  readonly reader: LakeReader & LakeHistory;
  /** What a running service says of its tables; null where none runs, or it does not answer. */
  readonly live: (signal: AbortSignal) => Promise<readonly TableStatus[] | null>;
  readonly nowMs: () => number;
}

/** Logs that are read at once where commits of all tables are asked for. */
const LOGS_AT_ONCE = 4;

/**
 * The relations of schema `lakelink` of a lake: the link, its tables, and what their logs tell. Each reads what it shows
 * and no more: `links` the link's file, `tables`, `files` and `snapshots` the tables' states, `commits`, `runs` and
 * `shapes` the entries that are kept. A table whose log cannot be read stands in `tables` with its fault and is left out
 * of the others (I-8).
 */
export function openSystemRelations(parts: SystemParts): SystemRelations {
  const tables = new Map(systemTables(parts).map(one => [one.info.name, one]));
  return {
    infos: () => [...tables.values()].map(({ info }) => info),
    find: name => tables.get(name.toLowerCase())?.relation() ?? null,
  };
}

function systemTables(parts: SystemParts) {
  return [
    named(commits(parts)),
    named(files(parts)),
    named(links(parts)),
    named(runs(parts)),
    named(shapes(parts)),
    named(snapshots(parts)),
    named(tables(parts)),
  ];
}

function named<R>(table: SystemTable<R>) {
  return { info: systemInfo(table), relation: () => systemRelation(table) };
}

function links({ reader }: SystemParts): SystemTable<LinkFile> {
  return {
    name: 'links',
    comment: 'The link whose lake this is',
    columns: linkColumns,
    rows: async signal => [await reader.link(signal)],
  };
}

function tables({ reader, live, nowMs }: SystemParts): SystemTable<TableFacts> {
  return {
    name: 'tables',
    comment: 'The tables of the link: what is committed of each, and how the service stands with it',
    columns: tableColumns,
    rows: async signal => {
      const [{ name }, states, statuses] = await Promise.all([
        reader.link(signal),
        reader.states({ maxAgeMs: 0, signal }),
        live(signal),
      ]);
      const own = (statuses ?? []).filter(({ link }) => link === name);
      const byTable = new Map(own.map(status => [status.table, status]));
      const now = nowMs();
      return states.map(({ table, state }) => ({ table, state, live: byTable.get(table) ?? null, nowMs: now }));
    },
  };
}

function commits(parts: SystemParts): SystemTable<CommitRow> {
  return {
    name: 'commits',
    comment: 'What was committed to each table, as far as its log is kept',
    columns: commitColumns,
    rows: signal =>
      ofLogs(parts, signal, async table =>
        (await parts.reader.commits(table, signal)).map(facts => ({ ...facts, table })),
      ),
  };
}

function runs(parts: SystemParts): SystemTable<RunRow> {
  return {
    name: 'runs',
    comment: 'Full reads, folds, snapshots and incremental folders of each table, as far as its log is kept',
    columns: runColumns,
    rows: signal =>
      ofLogs(parts, signal, async table => {
        const kept = await parts.reader.commits(table, signal);
        const { initialSyncCompletedIn: initialSyncIn } = await parts.reader.state(table, signal);
        return runsOf(kept, { initialSyncIn }).map(run => ({ ...run, table }));
      }),
  };
}

function shapes(parts: SystemParts): SystemTable<ShapeRow> {
  return {
    name: 'shapes',
    comment: 'The columns of each table by the commit that defined them, as far as its log is kept',
    columns: shapeColumns,
    rows: signal =>
      ofLogs(parts, signal, async table => (await definitionsOf(parts, table, signal)).flatMap(shapeRows)),
  };
}

function files({ reader }: SystemParts): SystemTable<FileRow> {
  return {
    name: 'files',
    comment: 'The files that each table is made of now',
    columns: fileColumns,
    rows: async signal => (await readable(reader, signal)).flatMap(({ table, state }) => fileRows(table, state)),
  };
}

function snapshots({ reader }: SystemParts): SystemTable<SnapshotRow> {
  return {
    name: 'snapshots',
    comment: 'The snapshots of each table that are kept',
    columns: snapshotColumns,
    rows: async signal => (await readable(reader, signal)).flatMap(({ table, state }) => snapshotRows(table, state)),
  };
}

async function readable(
  reader: LakeReader,
  signal: AbortSignal,
): Promise<readonly { readonly table: TableName; readonly state: TableState }[]> {
  const all = await reader.states({ maxAgeMs: 0, signal });
  return all.flatMap(({ table, state }) => (state instanceof Fault ? [] : [{ table, state }]));
}

/** Rows of all tables, in their order; none of a table whose log cannot be read. */
async function ofLogs<R>(
  { reader }: SystemParts,
  signal: AbortSignal,
  rowsOf: (table: TableName) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const { tables: names } = await reader.link(signal);
  const rows = await inParallel({ items: names, atOnce: LOGS_AT_ONCE }, async table => {
    try {
      return await rowsOf(table);
    } catch (failure) {
      signal.throwIfAborted();
      if (failure instanceof Fault) return [];
      throw failure;
    }
  });
  return rows.flat();
}

async function definitionsOf(
  { reader }: SystemParts,
  table: TableName,
  signal: AbortSignal,
): Promise<readonly Definition[]> {
  const kept = await reader.commits(table, signal);
  const { shape: current, shapeAt } = await reader.state(table, signal);
  const times = new Map(kept.map(({ sequence, atMs }) => [sequence, atMs]));
  const earlier = kept.filter(({ kind, sequence }) => kind === 'shape' && sequence < shapeAt);
  const found: Definition[] = [];
  for (const { sequence, atMs } of earlier) {
    const shape = await reader.shapeAt(table, sequence, signal);
    if (shape !== null) found.push({ table, sequence, atMs, isCurrent: false, shape });
  }
  if (current === null) return found;
  return [...found, { table, sequence: shapeAt, atMs: times.get(shapeAt) ?? null, isCurrent: true, shape: current }];
}
