import type { SandboxDatabase } from './database.ts';
import type { TableDefinition } from './definition.ts';
import type { Environment } from './wire.ts';

const dayMs = 24 * 3_600_000;

interface Counted {
  readonly count: number;
  readonly atMs: number;
}

const counts = new WeakMap<SandboxDatabase, Map<string, Counted>>();

/**
 * How many rows a table has, as `RetrieveTotalRecordCount` says it: from a snapshot of the last 24 hours there. Here
 * the figure of the first question stands for a day of the environment's clock, unless exact ones are wanted.
 */
export function recordCount({ database, behaviour, clock }: Environment, { logicalName }: TableDefinition): number {
  if (behaviour.recordCounts === 'exact') return database.count(logicalName);
  const known = counts.get(database) ?? new Map<string, Counted>();
  counts.set(database, known);
  const nowMs = clock.nowMs();
  const last = known.get(logicalName);
  if (last !== undefined && nowMs - last.atMs < dayMs) return last.count;
  const counted = { count: database.count(logicalName), atMs: nowMs };
  known.set(logicalName, counted);
  return counted.count;
}
