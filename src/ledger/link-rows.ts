import type { PartitionStrategy } from '../core/commit.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { LedgerSchema } from './schema.ts';

/** A table of a link. Same shape as the engine's; `addedAt` is ISO. */
export interface LedgerTable {
  readonly table: TableName;
  readonly partitionStrategy: PartitionStrategy;
  readonly addedAt: string;
}

/** A link as kept. Same shape as the engine's settings. */
export interface LedgerLink {
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
  };
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
    tables: tables.map(row => ({
      table: row.table_name as TableName,
      partitionStrategy: row.partition_strategy,
      addedAt: row.added_at,
    })),
  };
}
