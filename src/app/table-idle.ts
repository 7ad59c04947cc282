import type { Fault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import type { LinkSettings } from '../engine/control.ts';

/** How the tables of a link are shown while it does not run. */
export function idleStatus(link: LinkSettings, fault: Fault | null): TableStatus[] {
  return link.tables.map(({ table, partitionStrategy, appendOnly, paused }) => ({
    link: link.name,
    table,
    initialSync: 'Paused',
    sync: 'Paused',
    label: 'Paused',
    queued: null,
    count: 0,
    progress: null,
    lastSynchronizedOn: null,
    lastPolledOn: null,
    rowsPerSecond: 0,
    changes: { rows: 0, deletes: 0 },
    pendingBatches: 0,
    partitionStrategy,
    appendOnly: appendOnly || link.output === 'incremental',
    lastSnapshotOn: null,
    postProcessingMs: null,
    omittedColumns: 0,
    paused: paused ?? link.paused,
    error: fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy },
  }));
}
