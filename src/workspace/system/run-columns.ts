import type { Run } from './runs.ts';
import { type SystemColumn, timeCell } from './system-rows.ts';

export interface RunRow extends Run {
  readonly table: string;
}

/** `lakelink.runs`: full reads, folds, snapshots and incremental folders, as far as the logs are kept. */
export const runColumns: readonly SystemColumn<RunRow>[] = [
  { name: 'table_name', sqlType: 'VARCHAR', notNull: true, comment: 'Logical name', of: one => one.table },
  {
    name: 'kind',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'initial sync, full read, post-processing, fold, snapshot or incremental folder',
    of: one => one.kind,
  },
  {
    name: 'state',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'running, completed, or superseded by another full read',
    of: one => one.state,
  },
  {
    name: 'started_at',
    sqlType: 'TIMESTAMPTZ',
    comment: 'Of a full read its first commit; null where the log does not tell',
    of: one => timeCell(one.startedMs),
  },
  {
    name: 'finished_at',
    sqlType: 'TIMESTAMPTZ',
    comment: 'When it was committed; null while it runs',
    of: one => timeCell(one.finishedMs),
  },
  { name: 'rows', sqlType: 'BIGINT', notNull: true, comment: 'Rows that it brought or holds', of: one => one.rows },
  { name: 'deletes', sqlType: 'BIGINT', notNull: true, comment: 'Deletes that came with it', of: one => one.deletes },
  { name: 'files', sqlType: 'INTEGER', notNull: true, comment: 'Files that it wrote', of: one => one.files },
  { name: 'bytes', sqlType: 'BIGINT', notNull: true, comment: 'Bytes of these files', of: one => one.bytes },
  {
    name: 'first_sequence',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Its first commit that is kept',
    of: one => one.firstSequence,
  },
  { name: 'last_sequence', sqlType: 'BIGINT', notNull: true, comment: 'Its last commit', of: one => one.lastSequence },
  {
    name: 'detail',
    sqlType: 'VARCHAR',
    comment: 'Why a table was read again; the name of a folder',
    of: one => one.detail,
  },
];
