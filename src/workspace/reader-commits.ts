import type { LogEntry } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';

/** What is told of a commit: everything of its entry but names of files, ids of rows, and the links of cursors, which are secrets. */
export interface CommitFacts {
  readonly sequence: number;
  /** Of the writer's clock. */
  readonly atMs: number;
  readonly kind: LogEntry['kind'];
  readonly epoch: number;
  readonly generation: number;
  /** Rows: in the batch. Fold: live rows in the image. Snapshot: rows of all its files. Else 0. */
  readonly rows: number;
  readonly deletes: number;
  /** Data files that it names first, and their bytes; of a snapshot all its files. */
  readonly files: number;
  readonly bytes: number;
  /** Rows: the highest version seen so far, decimal text; else null. */
  readonly highWater: string | null;
  /** Rows: values that were repaired, and lines that were set aside. */
  readonly repaired: number;
  readonly quarantined: number;
  /** Rows and reset: where the reading stands after it; else null. */
  readonly readingAt: Cursor['at'] | null;
  /** Fold, exported: what it reaches up to; else null. */
  readonly through: number | null;
  /** Reset: its reason. Exported: the folder. Snapshot: when it was taken, ISO. Else null. */
  readonly note: string | null;
}

export function commitFacts(entry: LogEntry): CommitFacts {
  const { sequence, at, kind, epoch, generation } = entry;
  return { ...NOTHING, sequence, atMs: Date.parse(at), kind, epoch, generation, ...factsOfBody(entry) };
}

type BodyFacts = Omit<CommitFacts, 'sequence' | 'atMs' | 'kind' | 'epoch' | 'generation'>;

const NOTHING: BodyFacts = {
  rows: 0,
  deletes: 0,
  files: 0,
  bytes: 0,
  highWater: null,
  repaired: 0,
  quarantined: 0,
  readingAt: null,
  through: null,
  note: null,
};

function factsOfBody(entry: LogEntry): Partial<BodyFacts> {
  switch (entry.kind) {
    case 'rows': {
      const { batch, highWater, repaired, quarantined, nextCursor } = entry;
      const of = { rows: batch?.rows ?? 0, deletes: batch?.deletes ?? 0, bytes: batch?.bytes ?? 0 };
      const count = { files: batch === null ? 0 : 1, repaired, quarantined: quarantined.length };
      return { ...of, ...count, highWater, readingAt: nextCursor.at };
    }
    case 'fold': {
      const { rowCount: rows, through, partitions, parts = [], changes = [] } = entry;
      // Without `onto` it names every file: only those that changed were written by it.
      const written = [...partitions, ...parts].filter(({ changedAt }) => changedAt > through).map(({ file }) => file);
      const all = [...written, ...changes];
      return { rows, through, files: all.length, bytes: sum(all, ({ bytes }) => bytes) };
    }
    case 'snapshot': {
      const { files, takenAt: note } = entry;
      return { rows: sum(files, one => one.rows), files: files.length, bytes: sum(files, one => one.bytes), note };
    }
    case 'exported':
      return { through: entry.through, note: entry.folder };
    case 'reset':
      return { readingAt: entry.nextCursor.at, note: entry.reason };
    case 'mode':
    case 'shape':
    case 'removed':
      return {};
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
