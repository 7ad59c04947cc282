import type { LinkView } from '../engine/control.ts';
import type { LinkAnswer } from './contract.ts';

/** Named field by field: whatever a view gains later is not sent by accident. */
export function answerOf(link: LinkView): LinkAnswer {
  return {
    id: link.id,
    name: link.name,
    environmentUrl: link.environmentUrl,
    tenantId: link.tenantId,
    clientId: link.clientId,
    authorityUrl: link.authorityUrl,
    lakePath: link.lakePath,
    lakeName: link.lakeName,
    partitionStrategy: link.partitionStrategy,
    pollSeconds: link.pollSeconds,
    publishSeconds: link.publishSeconds,
    createdAt: link.createdAt,
    organizationId: link.organizationId,
    output: link.output,
    snapshotMinutes: link.snapshotMinutes,
    snapshotsKept: link.snapshotsKept,
    incrementalMinutes: link.incrementalMinutes,
    paused: link.paused,
    tables: link.tables,
    running: link.running,
    error: link.error,
  };
}
