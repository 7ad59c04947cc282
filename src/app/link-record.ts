import type { Fault } from '../core/fault.ts';
import type { LinkSettings, LinkView, RunningLink } from '../engine/control.ts';
import type { OpenLake } from './service-parts.ts';

/** A link and what is open for it. `running` and `lake` are both null while it does not run; `fault` says why. */
export interface LinkRecord {
  settings: LinkSettings;
  running: RunningLink | null;
  lake: OpenLake | null;
  fault: Fault | null;
}

export async function bringDown(record: LinkRecord): Promise<void> {
  const { running, lake } = record;
  record.running = null;
  record.lake = null;
  try {
    await running?.stop();
  } finally {
    await lake?.close();
  }
}

export function viewOf(record: LinkRecord): LinkView {
  const { fault } = record;
  return {
    ...record.settings,
    running: record.running !== null,
    error: fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy },
  };
}
