import { limits } from './limits.ts';
import type { NumberedFile } from './sequenced-log.ts';

/** When a table is looked at: at a commit of its own log, or at a time of its writers' clocks. */
export type LogMoment =
  | { readonly is: 'commit'; readonly sequence: number }
  | { readonly is: 'time'; readonly ms: number };

/** The part of a log from which old states can be made again. */
export interface KeptLog {
  /** Lowest number of the entries that stand without a gap up to the newest one. */
  readonly first: number;
  /** 0: the log is empty. */
  readonly newest: number;
  /** The lowest sequence whose state is answered; above `newest` where there is none. */
  readonly oldest: number;
  /** Sequences of states to begin from, lowest first: checkpoints, and 0 while the first entry is there. */
  readonly bases: readonly number[];
}

/**
 * What is kept of a log, for whoever needs the files of a state for `queryMs` from now.
 *
 * A state is answered only while no sweep within that time can choose a floor above it (see `sweepLog`): no checkpoint
 * above it may be past `retentionMs` and `queryMarginMs` by then. So every state that was the newest one at any time of
 * the last `retentionMs` is answered, when queries take no longer than the margin; where little is committed, older ones.
 *
 * Only the run of entries up to the newest counts: below a gap there may be an entry of a writer that slept while its
 * number was used and removed.
 */
export function keptLog({
  entries,
  checkpoints,
  nowMs,
  queryMs,
}: {
  /** Both by their numbers, lowest first. */
  readonly entries: readonly NumberedFile[];
  readonly checkpoints: readonly NumberedFile[];
  readonly nowMs: number;
  readonly queryMs: number;
}): KeptLog {
  const newest = entries.at(-1)?.sequence ?? 0;
  let first = newest;
  for (const { sequence } of entries.slice(0, -1).reverse()) {
    if (sequence !== first - 1) break;
    first = sequence;
  }
  const stays = checkpoints.map(({ sequence }) => sequence).filter(sequence => sequence >= first && sequence <= newest);
  const bases = first <= 1 ? [0, ...stays] : stays;
  const doneMs = nowMs + queryMs - limits.retentionMs - limits.queryMarginMs;
  const floor = checkpoints.filter(({ modifiedMs }) => modifiedMs < doneMs).at(-1)?.sequence ?? 0;
  const [lowest] = bases;
  return { first, newest, oldest: lowest === undefined ? newest + 1 : Math.max(1, lowest, floor), bases };
}

/**
 * The commit that a time means: the newest one before any whose clock said a later time. `entries` lowest first, all
 * that are kept, times of their `at`. Null: already the first one is later.
 *
 * Clocks of writers need not rise. This way a time never means a commit that says it is later, and, however clocks go
 * afterwards, it goes on meaning the same commit once anything later than it is committed.
 */
export function sequenceAt(
  entries: readonly { readonly sequence: number; readonly atMs: number }[],
  ms: number,
): number | null {
  let found: number | null = null;
  for (const { sequence, atMs } of entries) {
    if (atMs > ms) break;
    found = sequence;
  }
  return found;
}
