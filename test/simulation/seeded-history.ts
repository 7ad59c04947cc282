import type { FoldRequest } from '../../src/core/batcher.ts';
import { fileNameOf, lastFileOf, placeOf } from '../../src/core/partition-name.ts';
import type { Version } from './seeded-batcher.ts';

/** Lines after which a part goes on in another file: few, so that a seed has files that do not grow any more. */
const LINES_MAX = 8;

/** A part that a fold made or added to. */
export interface SeededPart {
  readonly name: string;
  readonly lines: readonly Version[];
}

/**
 * What batches say that is newer than all that was known of its id, in the order they came; of a row that is gone no second
 * delete. Rows are told in their own version, deletes in that of their row, or in 0 without one.
 */
export function keptLines(live: readonly Version[], batches: readonly (readonly Version[])[]): Version[] {
  const known = new Map(live.map(row => [row.id, row]));
  const kept: Version[] = [];
  for (const line of batches.flat()) {
    const before = known.get(line.id);
    if (before !== undefined && !isNewer(line, before)) continue;
    known.set(line.id, line);
    if (!line.deleted) kept.push({ ...line, version: line.own });
    else if (before === undefined) kept.push({ ...line, version: 0 });
    else if (!before.deleted) kept.push({ ...line, epoch: before.epoch, version: before.own });
  }
  return kept;
}

/** `a` takes effect over `b`. */
export function isNewer(a: Version, b: Version): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  if (a.version !== b.version) return a.version > b.version;
  return a.deleted && !b.deleted;
}

/** Adds lines to the last file of each partition, or begins the next one. */
export function grownParts(
  { history }: Pick<FoldRequest, 'history'>,
  given: {
    readonly partitions: readonly string[];
    readonly linesOf: (partition: string) => readonly Version[];
    readonly read: (path: string) => readonly Version[];
  },
): SeededPart[] {
  const files = history?.keep === 'parts' ? (history.parts ?? []) : [];
  return given.partitions.flatMap((partition): SeededPart[] => {
    const fresh = given.linesOf(partition);
    if (fresh.length === 0) return [];
    const last = lastFileOf([...files], partition);
    if (last === null) return [{ name: partition, lines: fresh }];
    if (last.rows >= LINES_MAX) return [{ name: fileNameOf(partition, placeOf(last.name) + 1), lines: fresh }];
    return [{ name: last.name, lines: [...given.read(last.path), ...fresh] }];
  });
}
