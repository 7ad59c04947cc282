import type { StatusAnswer } from '../api/contract.ts';
import type { TableStatus } from '../core/status.ts';
import { ago, count, type TextColumn, textTable } from './text-table.ts';

const COLUMNS: readonly TextColumn[] = [
  { title: 'Link', dropOrder: 4 },
  { title: 'Table' },
  { title: 'State' },
  { title: 'Rows', right: true },
  { title: 'Changes', right: true, dropOrder: 2 },
  { title: 'Deletes', right: true, dropOrder: 3 },
  { title: 'Synchronized', right: true },
  { title: 'Asked', right: true, dropOrder: 1 },
  { title: 'Snapshot', right: true, dropOrder: 5 },
];

/** The status table: state, rows, changes, and how long ago a change was committed and the environment was asked. */
export function statusLines(
  tables: readonly TableStatus[],
  options: { readonly nowMs: number; readonly width: number },
): string[] {
  const rows = tables.map(table => [
    table.link,
    table.table,
    stateText(table),
    count(table.count),
    count(table.changes.rows),
    count(table.changes.deletes),
    ago(table.lastSynchronizedOn, options.nowMs),
    ago(table.lastPolledOn, options.nowMs),
    ago(table.lastSnapshotOn, options.nowMs),
  ]);
  // Nothing is said of snapshots where there are none.
  const columns = tables.some(table => table.lastSnapshotOn !== null) ? COLUMNS : COLUMNS.slice(0, -1);
  const lines = textTable({ columns, rows, width: options.width });
  return lines.concat(troubleLines(tables));
}

/** Where clients of SQL connect. Nothing is said where there is no endpoint: most who turned it off know. */
export function endpointLines(sql: StatusAnswer['sql']): string[] {
  if (sql === null) return [];
  const { host, port, tls } = sql;
  return [`SQL endpoint: ${host.includes(':') ? `[${host}]` : host}:${port}${tls ? ', encrypted' : ''}`];
}

/** At most `rows` lines; the last one says how many are left out. */
export function fitRows(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = Math.max(1, rows - 1);
  return [...lines.slice(0, shown), `and ${lines.length - shown} more lines: make the window higher, or see status`];
}

function stateText(table: TableStatus): string {
  if (table.queued !== null && table.label === 'Queued') return `Queued, place ${table.queued}`;
  if (table.progress === null) return table.label;
  const { rows, estimate } = table.progress;
  if (estimate === null || estimate === 0) return `${table.label} ${count(rows)}`;
  return `${table.label} ${Math.min(99, Math.floor((100 * rows) / estimate))} %`;
}

/** What is wrong, where, and what to do, below the table. */
function troubleLines(tables: readonly TableStatus[]): string[] {
  return tables.flatMap(table => {
    if (table.paused !== null) return [`  ${table.link}/${table.table}: paused: ${table.paused}`];
    if (table.error === null) return [];
    const remedy = table.error.remedy === null ? [] : [`    what to do: ${table.error.remedy}`];
    return [`  ${table.link}/${table.table}: ${table.error.message} [${table.error.code}]`, ...remedy];
  });
}
