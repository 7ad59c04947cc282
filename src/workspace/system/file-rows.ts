import type { Snapshot, TableState } from '../../core/commit.ts';
import { partitionOf } from '../../core/partition-name.ts';
import type { SystemColumn } from './system-rows.ts';
import { sum } from './table-facts.ts';

export interface FileRow {
  readonly table: string;
  readonly kind: 'image' | 'batch' | 'part' | 'waiting' | 'snapshot';
  readonly partition: string | null;
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly deletes: number;
  readonly sequence: number;
}

/** The files that a table's newest state is made of; one that two kept snapshots name stands once. */
export function fileRows(table: string, { image, pending, waiting, snapshots }: TableState): FileRow[] {
  const images = (image?.partitions ?? []).map(({ name, changedAt, file: { path, bytes, rows } }): FileRow => {
    const partition = partitionOf(name);
    return { table, kind: 'image', partition, path, bytes, rows, deletes: 0, sequence: changedAt };
  });
  const parts = (image?.parts ?? []).map(({ name, changedAt, deletes, file: { path, bytes, rows } }): FileRow => {
    return {
      table,
      kind: 'part',
      partition: partitionOf(name),
      path,
      bytes,
      rows: rows - deletes,
      deletes,
      sequence: changedAt,
    };
  });
  const changes = (kind: 'batch' | 'waiting', batches: typeof waiting) =>
    batches.map(({ sequence, batch: { path, bytes, rows, deletes } }): FileRow => {
      return { table, kind, partition: null, path, bytes, rows, deletes, sequence };
    });
  const shown = new Map(snapshots.flatMap(({ files }) => files.map(file => [file.path, file] as const)));
  const snapshotFiles = [...shown.values()].map(({ partition, path, bytes, rows, changedAt: sequence }): FileRow => {
    return { table, kind: 'snapshot', partition: partitionOf(partition), path, bytes, rows, deletes: 0, sequence };
  });
  return [...images, ...parts, ...changes('batch', pending), ...changes('waiting', waiting), ...snapshotFiles];
}

/** `lakelink.files`: a row per file. */
export const fileColumns: readonly SystemColumn<FileRow>[] = [
  { name: 'table_name', sqlType: 'VARCHAR', notNull: true, comment: 'Logical name', of: one => one.table },
  {
    name: 'kind',
    sqlType: 'VARCHAR',
    notNull: true,
    comment:
      'image (rows as they are), batch (changes not in it yet), part (versions kept), waiting (changes for a folder), snapshot',
    of: one => one.kind,
  },
  {
    name: 'partition',
    sqlType: 'VARCHAR',
    comment: '2024, 2024-03, 2024-03-31 or 1; null for changes',
    of: one => one.partition,
  },
  { name: 'path', sqlType: 'VARCHAR', notNull: true, comment: 'In the lake', of: one => one.path },
  { name: 'bytes', sqlType: 'BIGINT', notNull: true, comment: 'Its size', of: one => one.bytes },
  { name: 'rows', sqlType: 'BIGINT', notNull: true, comment: 'Rows in it, without deletes', of: one => one.rows },
  { name: 'deletes', sqlType: 'BIGINT', notNull: true, comment: 'Deletes in it', of: one => one.deletes },
  {
    name: 'sequence',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'The commit from which on it is as it is',
    of: one => one.sequence,
  },
];

export interface SnapshotRow {
  readonly table: string;
  readonly snapshot: Snapshot;
  readonly isNewest: boolean;
}

export function snapshotRows(table: string, { snapshots }: TableState): SnapshotRow[] {
  return snapshots.map((snapshot, place) => ({ table, snapshot, isNewest: place === 0 }));
}

/** `lakelink.snapshots`: a row per snapshot that is kept. */
export const snapshotColumns: readonly SystemColumn<SnapshotRow>[] = [
  { name: 'table_name', sqlType: 'VARCHAR', notNull: true, comment: 'Logical name', of: one => one.table },
  {
    name: 'sequence',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Of its commit',
    of: one => one.snapshot.sequence,
  },
  {
    name: 'taken_at',
    sqlType: 'TIMESTAMPTZ',
    notNull: true,
    comment: 'By the clock of the service',
    of: one => one.snapshot.takenAt,
  },
  {
    name: 'is_newest',
    sqlType: 'BOOLEAN',
    notNull: true,
    comment: 'What <table>_partitioned shows',
    of: one => one.isNewest,
  },
  {
    name: 'append_only',
    sqlType: 'BOOLEAN',
    notNull: true,
    comment: 'It shows every version and delete',
    of: one => one.snapshot.append === true,
  },
  {
    name: 'partition_strategy',
    sqlType: 'VARCHAR',
    comment: 'What its files are cut by, where it says so',
    of: one => one.snapshot.strategy ?? null,
  },
  { name: 'files', sqlType: 'INTEGER', notNull: true, comment: 'Its files', of: one => one.snapshot.files.length },
  {
    name: 'rows',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Rows in them',
    of: one => sum(one.snapshot.files, file => file.rows),
  },
  {
    name: 'bytes',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Bytes of them',
    of: one => sum(one.snapshot.files, file => file.bytes),
  },
];
