import type { WriteMode } from '../core/commit.ts';
import type { LinkSettings, LinkTable } from './control.ts';
import type { TableSettings } from './table-parts.ts';

/** Changes of a pace. `folderMs`: milliseconds between two incremental folders. */
export type LinkPace = Partial<TableSettings> & { readonly folderMs?: number };

/** A table's settings from what was chosen for it and for its link. Milliseconds. */
export function tableSettings(
  settings: LinkSettings,
  { partitionStrategy, appendOnly }: Pick<LinkTable, 'partitionStrategy' | 'appendOnly'>,
  { folderMs = settings.incrementalMinutes * 60_000, ...pace }: LinkPace = {},
): TableSettings {
  const pollMs = settings.pollSeconds * 1_000;
  return {
    partitionStrategy,
    writeMode: writeModeOf(settings, appendOnly),
    pollMs,
    quietPollMs: Math.max(pollMs, Math.min(60_000, pollMs * 12)),
    retryMs: 1_000,
    retryMsMax: 60_000,
    pausedMs: 300_000,
    // Incremental folders have everything folded when they are closed.
    publishMs: settings.output === 'incremental' ? folderMs : settings.publishSeconds * 1_000,
    describeMs: 600_000,
    // A tenth of a change token's life (7 days), and daily at the least.
    renewCursorMs: 16 * 3_600_000,
    ...pace,
  };
}

function writeModeOf({ output }: LinkSettings, appendOnly: boolean): WriteMode {
  if (output === 'incremental') return 'folders';
  return appendOnly ? 'append' : 'in-place';
}
