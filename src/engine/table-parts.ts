import type { Batcher, MergeInput } from '../core/batcher.ts';
import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import type { EntryBody, PartitionStrategy, TableState, WriteMode } from '../core/commit.ts';
import type { CommitOptions, TableLog } from '../core/commit-log.ts';
import { Fault } from '../core/fault.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { Replica } from '../core/replica.ts';
import type { Source } from '../core/source.ts';
import type { PageSpool, SpooledPage } from '../core/spool.ts';
import type { EnvironmentGuard } from './environment-guard.ts';
import type { Gate } from './gate.ts';
import type { QuietPolls } from './quiet-polls.ts';
import type { ReadQueue } from './read-queue.ts';
import type { RunPolicy } from './run-state.ts';

export interface TableSettings extends RunPolicy {
  readonly partitionStrategy: PartitionStrategy;
  /** As chosen; a table without createdon keeps its deletes in any case. */
  readonly writeMode: WriteMode;
  /** How long committed changes may stay out of the published files. */
  readonly publishMs: number;
  /** How often the table's definition is read again. */
  readonly describeMs: number;
  /** A quiet table renews its cursor after this long. */
  readonly renewCursorMs: number;
}

/** Fields of a log line; never a row value, a token or a link. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** What the engine says to whoever listens; sentences in lower case, keys from `LogFields`. */
export interface EngineLog {
  info(sentence: string, fields: LogFields): void;
  warn(sentence: string, fields: LogFields): void;
}

/** Everything a table's work needs; contracts only. */
export interface TableParts {
  readonly link: LinkName;
  readonly table: TableName;
  readonly source: Source;
  readonly store: ByteStore;
  readonly log: TableLog;
  readonly spool: PageSpool;
  readonly batcher: Batcher;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly settings: TableSettings;
  /** Tables whose rows are all to be read stand in line here; only those wait, so that an initial sync never holds up changes (I-8). */
  readonly readQueue: ReadQueue;
  /** Requests of narrow passes share one gate, changes another. */
  readonly fullGate: Gate;
  readonly deltaGate: Gate;
  /** Folding and publishing have a gate of their own, so that they hold up neither. */
  readonly upkeepGate: Gate;
  /** Where quiet tables ask together whether they changed. */
  readonly quietPolls: Pick<QuietPolls, 'ask'>;
  readonly report: EngineLog;
  /** Whether the environment is still the one that the lake was read from (I-9). Cheap to ask often. */
  readonly environment: Pick<EnvironmentGuard, 'require' | 'doubt'>;
  /** After a publication: the link's manifest may have to follow. */
  readonly onPublished: (state: TableState) => void;
}

/**
 * A table's committed state, as its only writer in this process knows it, and the one way to change it. Pages and folds
 * are committed beside each other, so what changes the state waits for its turn.
 */
export class CommittedTable {
  readonly #parts: TableParts;
  #state: TableState;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: TableParts, state: TableState) {
    this.#parts = parts;
    this.#state = state;
  }

  static async load(parts: TableParts, signal: AbortSignal): Promise<CommittedTable> {
    return new CommittedTable(parts, await parts.log.load(signal));
  }

  get state(): TableState {
    return this.#state;
  }

  /**
   * Commits an entry or throws `lake/lost-race` when another worker was first; the state is the newest either way.
   * `madeFrom`: the older state that it was made from.
   */
  commit(body: EntryBody, signal: AbortSignal, head: Omit<CommitOptions, 'signal'> = {}): Promise<TableState> {
    return this.#inTurn(async () => {
      const result = await this.#parts.log.commit(this.#state, body, { signal, ...head });
      this.#state = result.state;
      if (result.outcome === 'discarded') throw new Fault('lake/lost-race', { table: this.#parts.table });
      return result.state;
    });
  }

  /** After a failure the log alone knows whether an entry was committed. */
  refresh(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      this.#state = await this.#parts.log.refresh(this.#state, signal);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * The sink time of a batch of this page, or of none: never below the previous batch's. What may say something of a row
   * that was taken in before is in a later second: readers' files show whole seconds, and by them readers tell a delete, or
   * a row that was read again, from the row of its version. Of one delta that is its first page, and every page where
   * versions are kept; a table in place may keep them from tomorrow on.
   */
  sinkAt(page: Pick<SpooledPage, 'key'> | null = null): Date {
    const { sinkAt, writeMode, cursor } = this.#state;
    const beforeMs = sinkAt === null ? 0 : Date.parse(sinkAt);
    const isFirst = !('next' in cursor) || cursor.next === null;
    const isApart = page !== null && (isFirst || (page.key.read !== 'full' && writeMode !== 'in-place'));
    const leastMs = isApart ? (Math.floor(beforeMs / 1_000) + 1) * 1_000 : beforeMs;
    return new Date(Math.max(this.#parts.clock.nowMs(), leastMs));
  }
}

/** Whether that long has passed; also when the clock was set back behind that moment, which would hold things up. */
export function isPast(clock: Clock, { sinceMs, ms }: { readonly sinceMs: number; readonly ms: number }): boolean {
  const nowMs = clock.nowMs();
  return nowMs < sinceMs || nowMs - sinceMs >= ms;
}

/** What a merge reads of a table's committed state, as local files. */
export async function mergeInput(
  parts: Pick<TableParts, 'store'>,
  { shape, image, pending }: TableState,
  signal: AbortSignal,
): Promise<MergeInput> {
  if (shape === null) throw new Fault('internal/bug', { reason: 'a merge before the table was described' });
  return {
    shape,
    image: await Promise.all(
      (image?.partitions ?? []).map(async ({ name, file, csvBytes }) => ({
        name,
        path: await parts.store.localFile(file.path, signal),
        csvBytes,
      })),
    ),
    batches: await Promise.all(
      pending.map(async ({ sequence, epoch, batch }) => ({
        path: await parts.store.localFile(batch.path, signal),
        sequence,
        epoch,
      })),
    ),
  };
}
