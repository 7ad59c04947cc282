import { DEFAULT_OUTPUT } from '../../core/link-choices.ts';
import type { LinkFile } from '../../core/link-file.ts';
import type { SystemColumn } from './system-rows.ts';

/** `lakelink.links`: the link whose lake this is. One row: a lake is one link's. */
export const linkColumns: readonly SystemColumn<LinkFile>[] = [
  { name: 'name', sqlType: 'VARCHAR', notNull: true, comment: 'Name of the link', of: link => link.name },
  {
    name: 'environment_url',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Address of the environment',
    of: link => link.environmentUrl,
  },
  {
    name: 'organization_id',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Id of the organization behind it',
    of: link => link.organizationId,
  },
  { name: 'lake', sqlType: 'VARCHAR', comment: 'Name of the lake and its database', of: link => link.lakeName ?? null },
  {
    name: 'output',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'replica: tables as they are; incremental: a folder of changes at every interval',
    of: link => link.output ?? DEFAULT_OUTPUT.output,
  },
  {
    name: 'partition_strategy',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Of tables that are added: year, month or day',
    of: link => link.partitionStrategy,
  },
  { name: 'tables', sqlType: 'INTEGER', notNull: true, comment: 'How many tables', of: link => link.tables.length },
  {
    name: 'append_only_tables',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'How many of them were chosen to keep every version and delete',
    of: link => (link.choices ?? []).filter(({ appendOnly }) => appendOnly).length,
  },
  {
    name: 'snapshot_minutes',
    sqlType: 'INTEGER',
    comment: 'Minutes between two snapshots; null: none are taken',
    of: link =>
      isIncremental(link) || link.snapshotMinutes === null
        ? null
        : (link.snapshotMinutes ?? DEFAULT_OUTPUT.snapshotMinutes),
  },
  {
    name: 'snapshots_kept',
    sqlType: 'INTEGER',
    comment: 'How many snapshots of a table are kept',
    of: link => (isIncremental(link) ? null : (link.snapshotsKept ?? DEFAULT_OUTPUT.snapshotsKept)),
  },
  {
    name: 'incremental_minutes',
    sqlType: 'INTEGER',
    comment: 'Minutes between two incremental folders; null: this link has none',
    of: link => (isIncremental(link) ? (link.incrementalMinutes ?? DEFAULT_OUTPUT.incrementalMinutes) : null),
  },
  {
    name: 'poll_seconds',
    sqlType: 'DOUBLE',
    comment: 'Seconds between two looks for changes of a table that changes',
    of: link => link.pollSeconds ?? null,
  },
  {
    name: 'publish_seconds',
    sqlType: 'DOUBLE',
    comment: 'Seconds after which files for readers follow a change',
    of: link => link.publishSeconds ?? null,
  },
  {
    name: 'created_at',
    sqlType: 'TIMESTAMPTZ',
    notNull: true,
    comment: 'When the link was made',
    of: link => link.createdAt,
  },
  {
    name: 'revision',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'Rises with every change of the link',
    of: link => link.revision,
  },
];

function isIncremental({ output }: LinkFile): boolean {
  return output === 'incremental';
}
