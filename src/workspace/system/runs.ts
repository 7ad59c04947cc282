import type { CommitFacts } from '../reader-commits.ts';

export type RunKind = 'initial sync' | 'full read' | 'post-processing' | 'fold' | 'snapshot' | 'incremental folder';

/** Work on a table that its log tells of. */
export interface Run {
  readonly kind: RunKind;
  /** `superseded`: another full read began before it was complete. */
  readonly state: 'running' | 'completed' | 'superseded';
  /** Null: the log does not tell when, or that part of it is kept no more. */
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  readonly rows: number;
  readonly deletes: number;
  readonly files: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Of a full read why, of a folder its name. */
  readonly detail: string | null;
}

/**
 * The runs that the kept commits of a table tell of, in the order they began. `initialSyncIn`: the commit that completed
 * the first full read, null before. A full read under way takes in what comes until it is complete; changes of
 * a running table are no runs.
 */
export function runsOf(
  commits: readonly CommitFacts[],
  { initialSyncIn }: { readonly initialSyncIn: number | null },
): readonly Run[] {
  const runs: Run[] = [];
  let open: Run | null = null;
  /** Where the reading stood; null: what came before is kept no more. */
  let reading: CommitFacts['readingAt'] = commits[0]?.sequence === 1 ? 'start' : null;
  const end = (state: Run['state'], at: CommitFacts | null) => {
    if (open !== null) runs.push({ ...open, state, finishedMs: at?.atMs ?? null });
    open = null;
  };
  for (const commit of commits) {
    const whole = wholeRun(commit);
    if (whole !== null) runs.push(whole);
    if (commit.kind === 'removed') {
      end('superseded', commit);
      reading = 'start';
    }
    const { readingAt } = commit;
    if (readingAt === null) continue;
    if (commit.kind === 'reset') end('superseded', commit);
    if (open === null) open = begun(commit, { reading, initialSyncIn });
    open = open === null ? null : withCommit(open, commit);
    const isRead = readingAt === 'settling' || readingAt === 'running';
    if (isRead && open !== null && open.kind !== 'post-processing') {
      end('completed', commit);
      if (readingAt === 'settling') open = begunAs('post-processing', commit, commit.atMs);
    }
    if (readingAt === 'running' && open !== null) end('completed', commit);
    reading = readingAt;
  }
  end('running', null);
  return runs.sort((a, b) => a.firstSequence - b.firstSequence);
}

/** What a commit that is a run by itself tells. */
function wholeRun(commit: CommitFacts): Run | null {
  const kind = WHOLE[commit.kind];
  if (kind === undefined) return null;
  const startedMs = commit.kind === 'snapshot' && commit.note !== null ? Date.parse(commit.note) : null;
  const { rows, files, bytes, atMs: finishedMs } = commit;
  const detail = commit.kind === 'exported' ? commit.note : null;
  return { ...begunAs(kind, commit, startedMs), state: 'completed', finishedMs, rows, files, bytes, detail };
}

const WHOLE: Partial<Readonly<Record<CommitFacts['kind'], RunKind>>> = {
  fold: 'fold',
  snapshot: 'snapshot',
  exported: 'incremental folder',
};

/** The reading that a commit belongs to when none was under way; null: the table was running, and is. */
function begun(
  commit: CommitFacts,
  { reading, initialSyncIn }: { readonly reading: CommitFacts['readingAt']; readonly initialSyncIn: number | null },
): Run | null {
  const { readingAt, kind, note } = commit;
  if (readingAt === 'settling' && reading !== 'start') return begunAs('post-processing', commit, null);
  const isFull = readingAt === 'start' || readingAt === 'full' || reading === 'start';
  if (!isFull) return null;
  const isFirst = initialSyncIn === null || commit.sequence <= initialSyncIn;
  const startedMs = kind === 'reset' || reading === 'start' ? commit.atMs : null;
  const run = begunAs(isFirst ? 'initial sync' : 'full read', commit, startedMs);
  return kind === 'reset' ? { ...run, detail: note } : run;
}

function begunAs(kind: RunKind, { sequence }: CommitFacts, startedMs: number | null): Run {
  const nothing = { finishedMs: null, rows: 0, deletes: 0, files: 0, bytes: 0, detail: null };
  return { kind, state: 'running', startedMs, ...nothing, firstSequence: sequence, lastSequence: sequence };
}

function withCommit(run: Run, { rows, deletes, files, bytes, sequence }: CommitFacts): Run {
  return {
    ...run,
    rows: run.rows + rows,
    deletes: run.deletes + deletes,
    files: run.files + files,
    bytes: run.bytes + bytes,
    lastSequence: sequence,
  };
}
