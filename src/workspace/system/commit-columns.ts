import type { CommitFacts } from '../reader-commits.ts';
import { type SystemColumn, timeCell } from './system-rows.ts';

export interface CommitRow extends CommitFacts {
  readonly table: string;
}

/** `lakelink.commits`: a row per entry that is kept of the tables' logs; never a cursor. */
export const commitColumns: readonly SystemColumn<CommitRow>[] = [
  { name: 'table_name', sqlType: 'VARCHAR', notNull: true, comment: 'Logical name', of: one => one.table },
  {
    name: 'sequence',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Number in the log of its table: what AT (VERSION => ...) takes',
    of: one => one.sequence,
  },
  {
    name: 'committed_at',
    sqlType: 'TIMESTAMPTZ',
    notNull: true,
    comment: 'By the clock of whoever committed it',
    of: one => timeCell(one.atMs),
  },
  {
    name: 'kind',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'rows, fold, snapshot, exported, shape, mode, reset or removed',
    of: one => one.kind,
  },
  {
    name: 'epoch',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'Rises when the environment was restored',
    of: one => one.epoch,
  },
  {
    name: 'generation',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'Rises with every full read',
    of: one => one.generation,
  },
  {
    name: 'rows',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Of a batch those in it, of a fold live rows, of a snapshot all its rows',
    of: one => one.rows,
  },
  { name: 'deletes', sqlType: 'BIGINT', notNull: true, comment: 'Deletes in a batch', of: one => one.deletes },
  { name: 'files', sqlType: 'INTEGER', notNull: true, comment: 'Files that came with it', of: one => one.files },
  { name: 'bytes', sqlType: 'BIGINT', notNull: true, comment: 'Bytes of these files', of: one => one.bytes },
  { name: 'high_water', sqlType: 'BIGINT', comment: 'Highest row version seen by then', of: one => one.highWater },
  {
    name: 'repaired',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'Values that were repaired: broken text, NUL',
    of: one => one.repaired,
  },
  {
    name: 'quarantined',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'Lines that were set aside',
    of: one => one.quarantined,
  },
  {
    name: 'through',
    sqlType: 'BIGINT',
    comment: 'Of a fold or export: the last commit that is in it',
    of: one => one.through,
  },
  {
    name: 'detail',
    sqlType: 'VARCHAR',
    comment: 'Of a reset its reason, of a snapshot its time, of an export its folder',
    of: one => one.note,
  },
];
