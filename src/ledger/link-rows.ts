import type { PartitionStrategy } from '../core/commit.ts';
import type { OutputChoice, TableChoice } from '../core/link-choices.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { LedgerSchema } from './schema.ts';

/** A table of a link. Same shape as the engine's; `addedAt` is ISO. */
export interface LedgerTable extends TableChoice {
  readonly addedAt: string;
  /** Why a person paused it; null while it runs. */
  readonly paused: string | null;
}

/** A link as kept. Same shape as the engine's settings. */
export interface LedgerLink extends OutputChoice {
  readonly id: string;
  readonly name: LinkName;
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly authorityUrl: string | null;
  readonly lakePath: string;
  readonly lakeName: string;
  readonly partitionStrategy: PartitionStrategy;
  readonly pollSeconds: number;
  readonly publishSeconds: number;
  readonly createdAt: string;
  readonly organizationId: string;
  /** Why a person paused the whole link; null while it runs. */
  readonly paused: string | null;
  /** In the order they were added; tables that are being removed are not among them. */
  readonly tables: readonly LedgerTable[];
}

export function rowOf(link: LedgerLink): LedgerSchema['links'] {
  return {
    id: link.id,
    name: link.name,
    environment_url: link.environmentUrl,
    tenant_id: link.tenantId,
    client_id: link.clientId,
    authority_url: link.authorityUrl,
    organization_id: link.organizationId,
    lake_path: link.lakePath,
    lake_name: link.lakeName,
    partition_strategy: link.partitionStrategy,
    poll_seconds: link.pollSeconds,
    publish_seconds: link.publishSeconds,
    created_at: link.createdAt,
    removing: 'no',
    removing_foreign: 0,
    output: link.output,
    snapshot_minutes: link.snapshotMinutes,
    snapshots_kept: link.snapshotsKept,
    incremental_minutes: link.incrementalMinutes,
    paused: link.paused,
  };
}

export function tableRowOf(linkId: string, position: number, table: LedgerTable): LedgerSchema['link_tables'] {
  return {
    link_id: linkId,
    position,
    table_name: table.table,
    partition_strategy: table.partitionStrategy,
    append_only: table.appendOnly ? 1 : 0,
    added_at: table.addedAt,
    removing: 'no',
    paused: table.paused,
  };
}

/** Parts of a link that change while it lives; absent ones stay. */
export type LedgerLinkChange = Partial<
  Pick<
    LedgerLink,
    | 'environmentUrl'
    | 'authorityUrl'
    | 'organizationId'
    | 'partitionStrategy'
    | 'pollSeconds'
    | 'publishSeconds'
    | 'snapshotMinutes'
    | 'snapshotsKept'
    | 'incrementalMinutes'
    | 'paused'
  >
>;

export type LedgerTableChange = Partial<Pick<LedgerTable, 'appendOnly' | 'partitionStrategy' | 'paused'>>;

export function linkChangeOf(change: LedgerLinkChange): Partial<LedgerSchema['links']> {
  return present({
    environment_url: change.environmentUrl,
    authority_url: change.authorityUrl,
    organization_id: change.organizationId,
    partition_strategy: change.partitionStrategy,
    poll_seconds: change.pollSeconds,
    publish_seconds: change.publishSeconds,
    snapshot_minutes: change.snapshotMinutes,
    snapshots_kept: change.snapshotsKept,
    incremental_minutes: change.incrementalMinutes,
    paused: change.paused,
  });
}

export function tableChangeOf(change: LedgerTableChange): Partial<LedgerSchema['link_tables']> {
  const { appendOnly } = change;
  return present({
    partition_strategy: change.partitionStrategy,
    append_only: appendOnly === undefined ? undefined : Number(appendOnly),
    paused: change.paused,
  });
}

/** Without the fields that are undefined; null is a value. */
function present<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Rows come back out of our own database, so names are taken as parsed. */
export function linkOf(link: LedgerSchema['links'], tables: readonly LedgerSchema['link_tables'][]): LedgerLink {
  return {
    id: link.id,
    name: link.name as LinkName,
    environmentUrl: link.environment_url,
    tenantId: link.tenant_id,
    clientId: link.client_id,
    authorityUrl: link.authority_url,
    lakePath: link.lake_path,
    lakeName: link.lake_name,
    partitionStrategy: link.partition_strategy,
    pollSeconds: link.poll_seconds,
    publishSeconds: link.publish_seconds,
    createdAt: link.created_at,
    organizationId: link.organization_id,
    output: link.output,
    snapshotMinutes: link.snapshot_minutes,
    snapshotsKept: link.snapshots_kept,
    incrementalMinutes: link.incremental_minutes,
    paused: link.paused,
    tables: tables.map(row => ({
      table: row.table_name as TableName,
      partitionStrategy: row.partition_strategy,
      appendOnly: row.append_only === 1,
      addedAt: row.added_at,
      paused: row.paused,
    })),
  };
}
